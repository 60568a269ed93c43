// Type-checks the code of the documents and of the docstrings' examples, each block a module of its own, and follows the
// links between documents.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
// Beside the sources, so that the packages they name are found.
const directory = join(root, "node_modules/.cache/docs")
rmSync(directory, { recursive: true, force: true })
mkdirSync(directory, { recursive: true })

const markdown = [...documents("."), ...documents("docs"), ...documents("examples")]
const sources = readdirSync(join(root, "src"), { recursive: true }).filter((name) => name.endsWith(".ts"))
const blocks = [
  ...markdown.map((name) => [name, [...read(name).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code)]),
  ...sources.map((name) => [
    name,
    [...read(`src/${name}`).matchAll(/^ \* @example\n(.*?)^ \*(?: @|\/)/gms)].map(([, text]) =>
      text.replace(/^ \* ?/gm, "")
    )
  ])
]
for (const [name, codes] of blocks) {
  codes.forEach((code, index) => {
    writeFileSync(join(directory, `${name.replaceAll(/[^\w]/g, "_")}_${index + 1}.ts`), `${code}\nexport {}\n`)
  })
}

const compilerOptions = { noUnusedLocals: false, paths: Object.fromEntries(paths()) }
writeFileSync(
  join(directory, "tsconfig.json"),
  JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: ["*.ts"] })
)
const dead = markdown.flatMap(deadLinks)
if (dead.length > 0) {
  console.error(dead.join("\n"))
  process.exit(1)
}

const tsc = join(root, "node_modules/typescript/bin/tsc")
if (spawnSync(process.execPath, [tsc, "-p", directory], { stdio: "inherit" }).status !== 0) process.exit(1)
console.log(
  `${blocks.reduce((sum, [, codes]) => sum + codes.length, 0)} blocks of code in documents and docstrings type-check`
)

function documents(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => /\.md$|^llms\.txt$/.test(name))
    .map((name) => join(folder, name))
}

/** The ids that headings of a document get where it is shown. */
function anchorsOf(name) {
  return [...read(name).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-")
  )
}

/** The links of a document that lead nowhere. */
function deadLinks(name) {
  return [...read(name).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path, anchor] = link.split("#")
      const target = path === "" ? name : join(dirname(name), path)
      if (!existsSync(join(root, target))) return true
      return anchor !== undefined && !anchorsOf(target).includes(anchor)
    })
    .map((link) => `${name}: ${link} leads nowhere`)
}

function read(name) {
  return readFileSync(join(root, name), "utf8")
}

function* paths() {
  for (const [name, [target]] of Object.entries(JSON.parse(read("tsconfig.json")).compilerOptions.paths)) {
    yield [name, [join(root, target)]]
  }
}
