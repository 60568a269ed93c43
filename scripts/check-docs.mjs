// Type-checks the code of the documents and of the docstrings' examples, each block a module of its own.
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
// Beside the sources, so that the packages they name are found.
const directory = join(root, "node_modules/.cache/docs")
rmSync(directory, { recursive: true, force: true })
mkdirSync(directory, { recursive: true })

const markdown = ["README.md", ...documents().map((name) => `docs/${name}`)]
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
const tsc = join(root, "node_modules/typescript/bin/tsc")
if (spawnSync(process.execPath, [tsc, "-p", directory], { stdio: "inherit" }).status !== 0) process.exit(1)
console.log(
  `${blocks.reduce((sum, [, codes]) => sum + codes.length, 0)} blocks of code in documents and docstrings type-check`
)

function documents() {
  return readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"))
}

function read(name) {
  return readFileSync(join(root, name), "utf8")
}

function* paths() {
  for (const [name, [target]] of Object.entries(JSON.parse(read("tsconfig.json")).compilerOptions.paths)) {
    yield [name, [join(root, target)]]
  }
}
