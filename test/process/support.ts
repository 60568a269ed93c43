// Programs of this directory as processes of their own, on every Node that is there.
import { execFileSync, spawn } from "node:child_process"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { buildSync } from "esbuild"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** The running Node, and those that the variable `NODES` lists, separated like those of `PATH`. */
export const nodes = [process.execPath, ...(process.env.NODES ?? "").split(delimiter)]
  .filter((path) => path !== "")
  .map((path) => ({ path, version: execFileSync(path, ["--version"], { encoding: "utf8" }).trim() }))

/** Bundles a program, packages left outside; gives its path, which the caller removes. */
export const bundle = (file: string): string => {
  const outfile = join(root, "node_modules/.cache", `${file.replaceAll(/\W/g, "_")}-${process.pid}.mjs`)
  buildSync({
    entryPoints: [join(root, "test/process/children", file)],
    outfile,
    tsconfig: join(root, "tsconfig.json"),
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm"
  })
  return outfile
}

/** What a process said, line by line, and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly lines: ReadonlyArray<string>
}

/** Runs a program and awaits its end; it is killed when it is interrupted. */
export const run = (node: string, program: string, args: ReadonlyArray<string>, flags: ReadonlyArray<string> = []) =>
  Effect.callback<Ended>((resume) => {
    const child = spawn(node, [...flags, program, ...args])
    let output = ""
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
    }
    child.stdout.on("data", read)
    child.stderr.on("data", read)
    child.on("close", (code) => resume(Effect.succeed({ code, lines: output.trim().split("\n") })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })
