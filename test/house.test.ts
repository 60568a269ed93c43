// The shape of the sources: a module imports only from floors below its own, and never in a circle.
// A new file has to stand in one of the rooms that are listed here.

import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const root = fileURLToPath(new URL("..", import.meta.url))
const src = join(root, "src")

/** From the ground up: each floor has public modules (files) and private rooms (folders). */
const floors: ReadonlyArray<ReadonlyArray<string>> = [
  ["facts", "hash"],
  ["schema"],
  ["AnthropicError.ts", "errors", "BatchRequest.ts", "params", "FileSource.ts", "media"],
  ["Anthropic.ts", "settings", "Pricing.ts", "pricing"],
  ["SkillSource.ts", "skillSource"],
  ["http", "decode"],
  ["Credentials.ts", "credentials", "StructuredOutput.ts", "structured", "RateLimit.ts", "rateLimit", "Pagination.ts"],
  ["ai"],
  ["Endpoint.ts", "endpoint"],
  ["Batches.ts", "batches", "Files.ts", "files", "Messages.ts", "messages", "Models.ts", "models"],
  ["Tools.ts", "tools", "ProviderTools.ts"],
  ["Telemetry.ts", "telemetry", "Organization.ts", "organization"],
  ["Skills.ts", "skills"],
  ["run"],
  ["Journal.ts", "journal"],
  ["BatchRun.ts", "runner", "Pool.ts", "pool"],
  ["AnthropicLanguageModel.ts", "languageModel", "BatchWorkflow.ts", "workflow"],
  ["index.ts"]
]

/** Rooms that a public module of the same floor may enter, and no other. */
const rooms = new Map([
  ["AnthropicError.ts", "errors"],
  ["BatchRequest.ts", "params"],
  ["Anthropic.ts", "settings"],
  ["Credentials.ts", "credentials"],
  ["Pricing.ts", "pricing"],
  ["StructuredOutput.ts", "structured"],
  ["RateLimit.ts", "rateLimit"],
  ["Endpoint.ts", "endpoint"],
  ["Batches.ts", "batches"],
  ["Files.ts", "files"],
  ["Messages.ts", "messages"],
  ["Telemetry.ts", "telemetry"],
  ["Organization.ts", "organization"],
  ["Models.ts", "models"],
  ["Tools.ts", "tools"],
  ["Skills.ts", "skills"],
  ["SkillSource.ts", "skillSource"],
  ["Journal.ts", "journal"],
  ["BatchRun.ts", "runner"],
  ["Pool.ts", "pool"],
  ["AnthropicLanguageModel.ts", "languageModel"],
  ["BatchWorkflow.ts", "workflow"]
])

/** Public modules that carry the compiler of schemas, which takes 13 kB of a bundle. A bundler may keep a module as a whole. */
const compiling = [
  "AnthropicLanguageModel.ts",
  "BatchRun.ts",
  "BatchWorkflow.ts",
  "Messages.ts",
  "StructuredOutput.ts",
  "Tools.ts"
]

/** Public modules that the root entry point leaves out, so that nobody else pays for what they import. */
const apart = new Set([
  "./AnthropicLanguageModel",
  "./BatchWorkflow",
  "./Credentials",
  "./Organization",
  "./ProviderTools",
  "./Telemetry"
])

const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"))

const importsOf = (file: string): ReadonlyArray<string> =>
  [...readFileSync(join(src, file), "utf8").matchAll(/^(?:import|export|\}) ?.*?from "(\.[^"]+)"/gm)].map(([, path]) =>
    relative(src, resolve(src, dirname(file), path ?? ""))
  )

/** The files that a file needs while it runs, itself included. */
const reachedFrom = (start: string): ReadonlySet<string> => {
  const reached = new Set([start])
  // A set gives what is added while it is read.
  for (const file of reached) {
    const source = readFileSync(join(src, file), "utf8")
    for (const [, path = ""] of source.matchAll(/^(?:import|export) (?!type )[^"]*?from "(\.[^"]+)"/gm)) {
      reached.add(relative(src, resolve(src, dirname(file), path)))
    }
  }
  return reached
}

const unitOf = (file: string): string => file.split("/")[0] ?? file

const floorOf = (file: string): number => floors.findIndex((floor) => floor.includes(unitOf(file)))

/** The emulator is a house of its own beside this one: it knows the wire and nothing else. */
const isTesting = (file: string): boolean => unitOf(file) === "testing"

const isAllowed = (from: string, to: string): boolean => {
  if (isTesting(from)) return isTesting(to) || unitOf(to) === "schema"
  if (isTesting(to)) return false
  if (floorOf(to) < floorOf(from)) return true
  return floorOf(to) === floorOf(from) && (unitOf(from) === unitOf(to) || isRoomOf(from, to))
}

const isRoomOf = (from: string, to: string): boolean =>
  rooms.get(from) === unitOf(to) || (unitOf(from) === "http" && unitOf(to) === "decode")

/** The files that lead from a file back to itself. */
const circleAt = (start: string): ReadonlyArray<string> => {
  const seen = new Set<string>()
  const visit = (file: string): ReadonlyArray<string> | undefined => {
    for (const next of importsOf(file)) {
      if (next === start) return [file]
      if (seen.has(next)) continue
      seen.add(next)
      const path = visit(next)
      if (path !== undefined) return [file, ...path]
    }
    return undefined
  }
  return visit(start) ?? []
}

describe("the sources", () => {
  it("have a floor for every file, which says what it may import", () => {
    assert.deepStrictEqual(
      files.filter((file) => !isTesting(file) && floorOf(file) === -1),
      []
    )
  })

  it("have no import from a higher floor or from the folder of another module", () => {
    const wrong = files.flatMap((from) =>
      importsOf(from)
        .filter((to) => !isAllowed(from, to))
        .map((to) => `${from} imports ${to}`)
    )
    assert.deepStrictEqual(wrong, [])
  })

  it("have no circular imports", () => {
    assert.deepStrictEqual(
      files.map(circleAt).filter((circle) => circle.length > 0),
      []
    )
  })

  it("have no file of more than 400 lines", () => {
    const long = files.filter((file) => readFileSync(join(src, file), "utf8").split("\n").length - 1 > 400)
    assert.deepStrictEqual(long, [])
  })

  it("are exported as exactly the public modules", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    const modules = files.filter((file) => /^[A-Z]\w*\.ts$/.test(file)).map((file) => `./${file.slice(0, -3)}`)
    assert.deepStrictEqual(Object.keys(exports).sort(), [".", "./package.json", "./testing", ...modules].sort())
    const index = readFileSync(join(src, "index.ts"), "utf8")
    const named = [...index.matchAll(/^export \* as (\w+) from "\.\/(\w+)\.ts"$/gm)].map(([, name, file]) => [
      name,
      file
    ])
    const atRoot = modules.filter((module) => !apart.has(module))
    assert.deepStrictEqual(
      named.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
      atRoot.map((module) => [module.slice(2), module.slice(2)]).sort(([a = ""], [b = ""]) => (a < b ? -1 : 1))
    )
  })

  it("import the compiler of schemas only in modules that compile schemas", () => {
    const modules = files.filter((file) => /^[A-Z]\w*\.ts$/.test(file))
    assert.deepStrictEqual(
      modules.filter((module) => reachedFrom(module).has("structured/compile.ts")).sort(),
      compiling
    )
  })
})
