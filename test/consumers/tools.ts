// The runtimes and bundlers that the consumers need: installed where they can be, and found.
// None of them is a dependency of the package: each is large, and only this check uses it.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync } from "node:fs"
import { join, resolve } from "node:path"

const cache = resolve("node_modules/.cache/consumers")

/** Each tool's package and version, by its command. */
const packages = {
  attw: "@arethetypeswrong/cli@0.18.5",
  bun: "bun@1.4.5",
  deno: "deno@2.9.6",
  publint: "publint@0.3.25",
  vite: "vite@8.3.4",
  workerd: "workerd@1.20261117.1"
}

/** Installs a tool from the registry, and returns its command, or why there is none. */
const installed = (name: keyof typeof packages): string | undefined => {
  const path = join(cache, "node_modules/.bin", name)
  if (existsSync(path)) return path
  mkdirSync(cache, { recursive: true })
  try {
    execFileSync("npm", ["install", "--prefix", cache, "--no-audit", "--no-fund", packages[name]], {
      stdio: "ignore"
    })
  } catch {
    return undefined
  }
  return existsSync(path) ? path : undefined
}

/** The first of these commands that runs. */
const firstOf = (names: ReadonlyArray<string>): string | undefined =>
  names.find((name) => {
    try {
      execFileSync(name, ["--version"], { stdio: "ignore" })
      return true
    } catch {
      return false
    }
  })

/** The running Node, and those that `NODES` lists, by their major version. */
const findNodes = (): ReadonlyMap<string, string> => {
  const paths = [process.execPath, ...(process.env.NODES ?? "").split(":").filter((path) => path !== "")]
  return new Map(
    paths.map((path) => [
      execFileSync(path, ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" }).trim(),
      path
    ])
  )
}

/** The commands of all tools; `undefined` where one is missing. */
export const findTools = () => ({
  nodes: findNodes(),
  attw: installed("attw"),
  bun: installed("bun"),
  deno: installed("deno"),
  publint: installed("publint"),
  vite: installed("vite"),
  workerd: installed("workerd"),
  chromium: firstOf([process.env.CHROMIUM ?? "chromium", "chromium-browser", "google-chrome"])
})

export type Tools = ReturnType<typeof findTools>
