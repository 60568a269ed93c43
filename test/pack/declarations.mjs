// Builds a library on top of the packed package and looks at the declarations that the compiler writes for it.
// Every value of every public module is exported again without a type, so that its type is inferred and written out, and so is
// what every function returns.
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"

/** Names that are exported at run time and stripped from the declarations, as marked `@internal`, are left out. */
const isDeclared = (library, file, key) =>
  new RegExp(`\\b${key}\\b`).test(readFileSync(join(library, file.replace(/\.js$/, ".d.ts")), "utf8"))

/** Classes, schemas and references are functions at run time, too. */
const isPlainFunction = (value) =>
  typeof value === "function" &&
  Object.getPrototypeOf(value) === Function.prototype &&
  !/^class\b/.test(Function.prototype.toString.call(value))

/** Functions of any toolkit: what they need is that of its tools, which is `any` in the type that `effect/ai` has for all tools. */
const ofToolkits = new Set(["Tools.answer", "Tools.loop", "Tools.stream"])

/** The value under another name, and what it returns if it is a function. No type is written anywhere. */
const linesOf = (module, name, path, value) => [
  `export const ${name} = ${path}`,
  ...(isPlainFunction(value) && !ofToolkits.has(path.replace("M", module))
    ? [`export const ${name}returned = (...args: Parameters<typeof ${path}>) => ${path}(...args)`]
    : [])
]

async function writeSources(library, directory) {
  const { exports } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"))
  mkdirSync(directory)
  for (const [path, file] of Object.entries(exports)) {
    if (path === "." || !file.endsWith(".js")) continue
    const module = await import(pathToFileURL(join(library, file)).href)
    const isIndex = file.endsWith("/index.js")
    const lines = Object.entries(module).flatMap(([key, value]) => {
      if (isIndex)
        return Object.entries(value).flatMap(([member, own]) =>
          linesOf("testing", `${key}_${member}_`, `M.${key}.${member}`, own)
        )
      return isDeclared(library, file, key) ? linesOf(path.slice(2), `${key}_`, `M.${key}`, value) : []
    })
    const source = [`import * as M from "effect-anthropic/${path.slice(2)}"`, ...lines, ""].join("\n")
    writeFileSync(join(directory, `${path.slice(2)}.ts`), source)
  }
}

/**
 * Fails when a consumer's declarations would name something that cannot be imported, or have an `any`. The declarations of
 * the package are checked themselves, too, because nothing skips them.
 */
export async function checkDeclarations({ compilers, library, project }) {
  const source = join(project, "library")
  await writeSources(library, source)
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    module: "NodeNext",
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: source
  }
  for (const [name, compiler] of Object.entries(compilers)) {
    const outDir = join(project, `declarations-${name}`)
    const config = join(project, `tsconfig.${name}.json`)
    writeFileSync(config, JSON.stringify({ compilerOptions: { ...compilerOptions, outDir }, include: [source] }))
    const { stdout } = spawnSync(process.execPath, [compiler, "-p", config], { cwd: project, encoding: "utf8" })
    assert.equal(stdout, "", `the declarations of a library on top, by TypeScript ${name}`)
    for (const file of readdirSync(outDir)) {
      const declarations = readFileSync(join(outDir, file), "utf8")
      assert.doesNotMatch(declarations, /\bany\b/, `${file}, by TypeScript ${name}`)
      assert.doesNotMatch(declarations, /node_modules/, `${file}, by TypeScript ${name}`)
    }
  }
}

/** The modules of the first release, and the most bytes that all their declarations together may have. */
const first = {
  modules: [
    "Anthropic",
    "AnthropicError",
    "Batches",
    "BatchRequest",
    "FileSource",
    "Files",
    "Messages",
    "Models",
    "Pagination",
    "Pricing",
    "RateLimit",
    "StructuredOutput",
    "testing/index"
  ],
  bytes: 320_563
}

/** The declarations that some of them lead to, themselves included. */
function reachable(files) {
  const reached = new Set()
  const visit = (file) => {
    if (reached.has(file)) return
    reached.add(file)
    for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:from |import\(|import )"(\.[^"]+)"/g)) {
      visit(join(dirname(file), path.replace(/\.[jt]s$/, ".d.ts")))
    }
  }
  files.forEach(visit)
  return reached
}

const bytesOf = (files) => [...files].reduce((sum, file) => sum + readFileSync(file).length, 0)

/** Fails when there are declarations that nobody can reach, or when they are too large. Returns their size as text. */
export function checkSize(library) {
  const dist = join(library, "dist")
  const all = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".d.ts"))
  const { exports } = JSON.parse(readFileSync(join(library, "package.json"), "utf8"))
  const modules = Object.values(exports).filter((file) => file.endsWith(".js"))
  const reached = reachable(modules.map((file) => join(library, file.replace(/\.js$/, ".d.ts"))))
  assert.deepEqual(
    all.map((name) => join(dist, name)).filter((file) => !reached.has(file)),
    [],
    "reached by no module"
  )
  for (const name of all) assert.ok(existsSync(join(dist, `${name}.map`)), `${name} has a map`)
  const bytes = bytesOf(reachable(first.modules.map((name) => join(dist, `${name}.d.ts`))))
  assert.ok(bytes <= first.bytes, `the declarations of the first modules have ${bytes} of ${first.bytes} bytes`)
  return `${bytesOf(reached)} bytes in ${reached.size} files; of the first modules ${bytes} (at most ${first.bytes})`
}
