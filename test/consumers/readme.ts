// The programs of the README, pasted into a new project: each type-checks and runs against a served emulator.
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { promisify } from "node:util"
import { transform } from "esbuild"

/** What a reader installs beside the package to run them. */
const packages = ["@effect/platform-node", "@effect/vitest", "vitest", "@types/node"]

const compilerOptions = {
  target: "ES2022",
  lib: ["ES2023", "DOM", "DOM.Iterable"],
  module: "NodeNext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true
}

/** Writes the programs into `project`, and returns the paths of those for Node and of those for a test runner. */
const paste = async (project: string): Promise<{ readonly programs: Array<string>; readonly tests: Array<string> }> => {
  const folder = join(project, "readme")
  mkdirSync(folder)
  for (const name of packages) {
    const target = join(project, "node_modules", name)
    mkdirSync(dirname(target), { recursive: true })
    symlinkSync(resolve("node_modules", name), target)
  }
  const programs: Array<string> = []
  const tests: Array<string> = []
  const blocks = [...readFileSync("README.md", "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code ?? "")
  for (const [index, code] of blocks.entries()) {
    const isTest = code.includes("@effect/vitest")
    const path = join(folder, `program${index + 1}${isTest ? ".test" : ""}`)
    writeFileSync(`${path}.ts`, code)
    if (isTest) tests.push(`${path}.ts`)
    else {
      writeFileSync(`${path}.mjs`, (await transform(code, { loader: "ts", format: "esm" })).code)
      programs.push(`${path}.mjs`)
    }
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
  return { programs, tests }
}

/** Runs them all, and returns how many there are. */
export const runReadme = async (project: string, api: string, limit: number): Promise<number> => {
  const { programs, tests } = await paste(project)
  const run = promisify(execFile)
  const env = { ...process.env, ANTHROPIC_API_KEY: "any-key-will-do", ANTHROPIC_BASE_URL: api }
  const folder = join(project, "readme")
  await run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "-p", folder]).catch((error) => {
    throw new Error(error.stdout)
  })
  for (const program of programs) {
    const { stderr, stdout } = await run(process.execPath, [program], { cwd: folder, env, timeout: limit })
    if (stdout.trim() === "" || stderr !== "") throw new Error(`${program} printed ${stdout || "nothing"}\n${stderr}`)
  }
  for (const test of tests) {
    await run(process.execPath, [resolve("node_modules/vitest/vitest.mjs"), "run", "--root", folder, test], {
      cwd: folder,
      timeout: limit
    })
  }
  return programs.length + tests.length
}
