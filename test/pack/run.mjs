// Packs the library, installs the tarball in a project of its own and uses it there as a stranger would.
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { rolldown } from "rolldown"
import { checkDeclarations, checkSize } from "./declarations.mjs"
import { checkHovers } from "./hovers.mjs"

const root = fileURLToPath(new URL("../..", import.meta.url))
const project = mkdtempSync(join(tmpdir(), "effect-anthropic-"))
const library = join(project, "node_modules/effect-anthropic")
const { resolve } = createRequire(join(project, "consumer.js"))

const run = (cwd, command, args) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })

function install() {
  run(root, "npm", ["pack", "--pack-destination", project])
  const [tarball] = readdirSync(project)
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }))
  run(project, "npm", ["install", "--offline", "--no-audit", `./${tarball}`, join(root, "node_modules/effect")])
  return tarball
}

function checkFiles() {
  assert.deepEqual(readdirSync(library).sort(), [
    "AGENTS.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "dist",
    "docs",
    "examples",
    "llms.txt",
    "package.json",
    "src"
  ])
  assert.ok(!existsSync(join(library, "docs/api")), "the API reference is not shipped")
  const files = readdirSync(library, { recursive: true }).filter((file) => statSync(join(library, file)).isFile())
  const sources = files.filter((file) => file.startsWith("src/")).map((file) => file.replace(/^src\/|\.ts$/g, ""))
  const built = files.filter((file) => file.startsWith("dist/") && !/\.d\.ts(\.map)?$/.test(file))
  assert.deepEqual(
    built.sort(),
    sources.flatMap((name) => [".js", ".js.map"].map((end) => `dist/${name}${end}`)).sort()
  )
}

async function checkExports() {
  for (const module of ["index", "http/transport", "schema/Message", "testing/AnthropicEmulator"]) {
    assert.throws(() => resolve(`effect-anthropic/${module}`), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" }, module)
  }
  const { version } = await import(pathToFileURL(join(library, "dist/http/version.js")).href)
  assert.equal(version, JSON.parse(readFileSync(join(library, "package.json"), "utf8")).version, "the user agent")
  const modules = readdirSync(join(library, "dist")).filter((file) => /^[A-Z]\w+\.js$/.test(file))
  for (const file of modules) await import(pathToFileURL(resolve(`effect-anthropic/${file.slice(0, -3)}`)).href)
}

function checkConsumer() {
  copyFileSync(join(root, "test/pack/consumer.ts"), join(project, "consumer.ts"))
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    module: "NodeNext",
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true
  }
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }))
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc")], { cwd: project, stdio: "inherit" })
  assert.notEqual(run(project, process.execPath, ["consumer.js"]), "", "the consumer lists models")
}

/** Without a word on side effects, a bundler still keeps nothing of modules whose exports nobody imports. */
async function checkBundle() {
  cpSync(join(library, "dist"), join(project, "dist"), { recursive: true })
  const input = join(project, "unused.js")
  writeFileSync(input, 'import "./dist/index.js"\nimport "./dist/testing/index.js"\n')
  const bundle = await rolldown({ input, external: /^effect\// })
  const { output } = await bundle.generate()
  const kept = output[0].code.split("\n").filter((line) => !/^(import .*|\/\/.*|)$/.test(line))
  assert.deepEqual(kept, [], "what modules run while they load is marked as pure")
}

try {
  const tarball = install()
  checkFiles()
  await checkExports()
  checkConsumer()
  const compilers = {
    7: join(root, "node_modules/typescript/bin/tsc"),
    5.9: join(root, "node_modules/typescript-5.9/bin/tsc")
  }
  const size = checkSize(library)
  await checkDeclarations({ compilers, library, project })
  const hovers = checkHovers({ library, project })
  await checkBundle()
  console.log(`declarations: ${size}`)
  console.log(`hovers: ${hovers}, each of at most ten lines`)
  console.log(
    `${tarball}: installs, type-checks, runs, bundles, hides its internals, and what builds on it can name its types`
  )
} finally {
  rmSync(project, { recursive: true })
}
