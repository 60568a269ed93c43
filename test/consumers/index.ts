// Installs the packed library in a new project, and runs a user's program in each runtime and bundle there is.
//
//   npm run test:consumers
//
// What cannot be installed here is named as skipped. `NODES` lists more Node binaries, separated by colons.
import assert from "node:assert/strict"
import { execFile, spawn } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { build, transform } from "esbuild"
import { rolldown } from "rolldown"
import type { Servers } from "./program.ts"
import { runReadme } from "./readme.ts"
import { openReport } from "./report.ts"
import { closedPort, servePage, withServers } from "./servers.ts"
import { findTools } from "./tools.ts"

const limit = 180_000
const { attw, bun, chromium, deno, nodes, publint, vite, workerd } = findTools()

const expected = {
  models: AnthropicEmulator.models.filter(({ lifecycle }) => lifecycle !== "retired").length,
  joined: 30,
  message: "one message",
  text: "one stream",
  fileBytes: 9_000_000,
  outcomes: 30
}

/** The errors of these runtimes tell whether a connection was made: without one nothing was created. */
const told = {
  refused: "ConnectionError",
  unknownHost: "ConnectionError",
  noTls: "ConnectionError",
  blockedPort: "ConnectionError",
  broken: "IndeterminateError"
}

/** The errors of a page and of a worker tell nothing: whether something was created is unknown. */
const untold = {
  refused: "IndeterminateError",
  unknownHost: "IndeterminateError",
  noTls: "IndeterminateError",
  blockedPort: "IndeterminateError",
  broken: "IndeterminateError"
}

const failed: Array<string> = []
const skipped: Array<string> = []

/** Does one check, and goes on when it fails. `needed` lists commands, `undefined` where one is missing. */
const attempt = async (
  name: string,
  needed: Record<string, string | undefined>,
  use: () => Promise<void>
): Promise<void> => {
  const missing = Object.keys(needed).filter((key) => needed[key] === undefined)
  if (missing.length > 0) {
    skipped.push(name)
    return console.log(`SKIPPED ${name}: no ${missing.join(" and no ")} on this machine`)
  }
  const began = Date.now()
  try {
    await use()
    console.log(`passed  ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failed.push(name)
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.message : error}`)
  }
}

/** Compares what came of the program in one place. */
const check = (
  name: string,
  needed: Record<string, string | undefined>,
  fates: typeof told,
  use: () => Promise<unknown>
): Promise<void> => attempt(name, needed, async () => assert.deepEqual(await use(), { ...expected, fates }))

/** Packs the library, and installs the tarball in a new project beside the `effect` of this repository. */
const install = async (): Promise<{ readonly project: string; readonly tarball: string }> => {
  const project = mkdtempSync(join(tmpdir(), "effect-anthropic-"))
  const packed = await promisify(execFile)("npm", ["pack", "--pack-destination", project])
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }))
  const tarball = join(project, packed.stdout.trim().split("\n").at(-1) ?? "")
  console.log(`${basename(tarball)}: ${Math.round(statSync(tarball).size / 1000)} kB`)
  await promisify(execFile)("npm", ["install", "--offline", "--no-audit", tarball, resolve("node_modules/effect")], {
    cwd: project
  })
  for (const file of ["program.ts", "main.ts", "page.ts", "worker.ts"]) {
    cpSync(join("test/consumers", file), join(project, file))
  }
  return { project, tarball }
}

const run = async (project: string, command: string, args: ReadonlyArray<string>): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(command, args, { cwd: project, timeout: limit })
  return JSON.parse(stdout)
}

/** The program without its types, for a Node that takes none: as a module, and as a script that calls `require`. */
const strip = async (project: string): Promise<void> => {
  const code = readFileSync(join(project, "program.ts"), "utf8")
  const module = await transform(code, { loader: "ts", format: "esm" })
  writeFileSync(join(project, "program.mjs"), module.code)
  writeFileSync(
    join(project, "main.mjs"),
    'import { outcome, parseServers } from "./program.mjs"\nconsole.log(JSON.stringify(await outcome(parseServers(process.argv[2]))))\n'
  )
  const script = await transform(code, { loader: "ts", format: "cjs" })
  writeFileSync(join(project, "program.cjs"), script.code)
  writeFileSync(
    join(project, "main.cjs"),
    'const { outcome, parseServers } = require("./program.cjs")\n' +
      "outcome(parseServers(process.argv[2])).then((outcome) => console.log(JSON.stringify(outcome)))\n"
  )
}

const query = (servers: Servers): string => `servers=${encodeURIComponent(JSON.stringify(servers))}`

const inBrowser = (script: string, servers: Servers): Promise<unknown> =>
  servePage(
    script,
    (url) =>
      spawn(
        chromium ?? "",
        [
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          `--user-data-dir=${mkdtempSync(join(tmpdir(), "chromium-"))}`,
          `${url}?${query(servers)}`
        ],
        { stdio: "ignore" }
      ),
    limit
  )

const bundlers: Record<string, (project: string) => Promise<string>> = {
  esbuild: async (project) => {
    const { outputFiles } = await build({
      entryPoints: [join(project, "page.ts")],
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      write: false
    })
    return outputFiles[0]?.text ?? ""
  },
  rolldown: async (project) => {
    const bundle = await rolldown({ input: join(project, "page.ts"), platform: "browser" })
    const { output } = await bundle.generate({ minify: true })
    return output[0].code
  },
  vite: async (project) => {
    writeFileSync(
      join(project, "vite.config.mjs"),
      'export default { build: { lib: { entry: "page.ts", formats: ["es"], fileName: "page" } } }\n'
    )
    await promisify(execFile)(vite ?? "", ["build", "--outDir", "vite"], { cwd: project, timeout: limit })
    return readFileSync(join(project, "vite/page.js"), "utf8")
  }
}

const inWorker = async (project: string, servers: Servers): Promise<unknown> => {
  await build({
    entryPoints: [join(project, "worker.ts")],
    outfile: join(project, "worker.js"),
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["workerd", "worker"]
  })
  const port = await closedPort()
  writeFileSync(
    join(project, "worker.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js")],
      compatibilityDate = "2026-01-01",
      globalOutbound = "network"
    )),
    (name = "network", network = (allow = ["local", "private", "public"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`
  )
  const server = spawn(workerd ?? "", ["serve", "worker.capnp"], { cwd: project, stdio: ["ignore", "ignore", "pipe"] })
  const said: Array<string> = []
  server.stderr?.on("data", (chunk) => said.push(String(chunk)))
  try {
    const url = `http://127.0.0.1:${port}/?${query(servers)}`
    for (let tries = 0; ; tries++) {
      const response = await fetch(url, { signal: AbortSignal.timeout(limit) }).catch(() => undefined)
      if (response?.ok) return await response.json()
      if (response !== undefined || tries === 50)
        throw new Error(`the worker answered ${await response?.text()}\n${said.join("")}`)
      await sleep(200)
    }
  } finally {
    server.kill()
  }
}

const { project, tarball } = await install()
try {
  await strip(project)
  await attempt("publint: the contents of the package", { publint }, async () => {
    await promisify(execFile)(publint ?? "", ["run", "--strict", tarball])
  })
  await attempt("attw: the types of every entry point, for ES modules", { attw }, async () => {
    await promisify(execFile)(attw ?? "", [tarball, "--profile", "esm-only"])
  })
  await withServers(async (servers) => {
    const argument = JSON.stringify(servers)
    for (const [major, node] of nodes) {
      await check(`Node ${major}, import`, {}, told, () => run(project, node, ["main.mjs", argument]))
      await check(`Node ${major}, require`, {}, told, () => run(project, node, ["main.cjs", argument]))
      if (Number(major) < 24) continue
      await check(`Node ${major}, TypeScript`, {}, told, () => run(project, node, ["main.ts", argument]))
    }
    await check("Bun, TypeScript", { bun }, told, () => run(project, bun ?? "", ["main.ts", argument]))
    await check("Deno, TypeScript", { deno }, told, () =>
      run(project, deno ?? "", ["run", "--allow-all", "--no-check", "--node-modules-dir=manual", "main.ts", argument])
    )
    for (const [name, bundle] of Object.entries(bundlers)) {
      const needed = name === "vite" ? { chromium, vite } : { chromium }
      await check(`Chromium, a page by ${name}`, needed, untold, async () => inBrowser(await bundle(project), servers))
    }
    await attempt("Chromium, the report of npm start", { chromium }, async () => {
      console.log(`        ${await openReport(chromium ?? "", limit)}`)
    })
    await attempt("programs of the README, in a new project", {}, async () => {
      console.log(`        ${await runReadme(project, servers.api, limit)} programs`)
    })
    await check("workerd, a worker by esbuild", { workerd }, untold, () => inWorker(project, servers))
  })
} finally {
  rmSync(project, { recursive: true })
}
console.log(`consumers: ${failed.length} failed, ${skipped.length} skipped`)
process.exit(failed.length === 0 ? 0 : 1)
