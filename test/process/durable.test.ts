// A durable run as a real process on a SQLite file, which is killed with SIGKILL at each step and started again.
// On the newest Node that is there and has `node:sqlite`; the continuous integration brings one.
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { makeRow } from "../../examples/support/rows.ts"
import { server } from "../support/served.ts"
import { bundle, nodes } from "./support.ts"

const hasSqlite = (path: string): boolean =>
  execFileSync(path, ["-p", "process.getBuiltinModule?.('node:sqlite') !== undefined"], { encoding: "utf8" }).trim() ===
  "true"

let program = ""
beforeAll(() => {
  program = bundle("../../../examples/durable/runner.ts")
})
afterAll(() => rmSync(program))

const rows = 12

type Call = { readonly method: string; readonly path: string }

const isCreate = ({ method, path }: Call) => method === "POST" && path === "/v1/messages/batches"
const isLook = ({ method, path }: Call) => method === "GET" && /^\/v1\/messages\/batches\/[^/]+$/.test(path)
const isDownload = ({ path }: Call) => path.endsWith("/results")

/** When the process is killed: at a call, which the API then answers or loses, or at something else. */
interface Kill {
  readonly at?: (call: Call) => boolean
  readonly isLost?: boolean
  /** So many milliseconds later. */
  readonly after?: number
  readonly whenWritten?: boolean
}

const kills: { readonly [where: string]: Kill } = {
  "before the API accepts a create": { at: isCreate, isLost: true },
  "in a create that the API accepts": { at: isCreate },
  "around the record of a create": { at: isCreate, after: 12 },
  "while the run sleeps": { at: isLook, after: 400 },
  "in a look at the batch": { at: isLook, isLost: true },
  "in the download of the results": { at: isDownload },
  "around the record of outcomes that are written": { whenWritten: true }
}

// The newest is enough: what is tested is the run, not the Node.
for (const { path: node, version } of nodes.filter(({ path }) => hasSqlite(path)).slice(-1)) {
  describe(`a durable run on a SQLite file, on Node ${version}`, () => {
    for (const [where, { after = 0, at, isLost = false, whenWritten = false }] of Object.entries(kills)) {
      it.live(
        `has one create for each chunk and each outcome once after SIGKILL ${where}`,
        () => {
          const directory = mkdtempSync(join(tmpdir(), "durable-"))
          const outcomes = join(directory, "outcomes")
          const source = join(directory, "rows.jsonl")
          writeFileSync(
            source,
            Array.from({ length: rows }, (_, index) => `${JSON.stringify(makeRow(index))}\n`).join("")
          )
          let child: ChildProcess | undefined
          let isKilled = false
          const kill = () => {
            if (isKilled) return
            isKilled = true
            if (after === 0) child?.kill("SIGKILL")
            else setTimeout(() => child?.kill("SIGKILL"), after)
          }
          const emulated = AnthropicEmulator.serve({
            plan: { endsAfter: "3 seconds" },
            chaos: (call) => {
              if (at === undefined || isKilled || !at(call)) return undefined
              kill()
              return isLost ? AnthropicEmulator.Fault.resetBeforeHeaders() : undefined
            }
          })
          /** Runs the process to its end, and gives what it said. */
          const life = (url: string) =>
            Effect.callback<string>((resume) => {
              const args = ["--store", join(directory, "runs.sqlite"), "--source", source, "--outcomes", outcomes]
              const current = spawn(node, [program, ...args, "--grace", "4 seconds", "--until-done"], {
                env: { ...process.env, ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: "test" }
              })
              child = current
              let said = ""
              for (const stream of [current.stdout, current.stderr]) {
                stream.on("data", (chunk) => {
                  said += chunk
                })
              }
              current.on("close", (code, signal) => resume(Effect.succeed(`${said}\n${code ?? signal}`)))
              return Effect.sync(() => current.kill("SIGKILL"))
            })
          return Effect.gen(function* () {
            const url = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
            if (whenWritten) {
              const watcher = watch(directory, { recursive: true }, (_, file) => {
                if (file?.includes("chunk-0.jsonl") === true) kill()
              })
              yield* Effect.addFinalizer(() => Effect.sync(() => watcher.close()))
            }
            const first = yield* life(url)
            assert.include(first, "SIGKILL")
            const second = yield* life(url)
            assert.include(second, `completed 1 runs, ${rows} items`)
            const emulator = yield* AnthropicEmulator.Emulator
            // A stretch of 12 rows is two chunks, whose sizes vary.
            const batches = yield* emulator.batches
            assert.lengthOf(batches, 2)
            assert.lengthOf(yield* emulator.bill, rows)
            const [run = ""] = readdirSync(outcomes)
            const files = readdirSync(join(outcomes, run)).filter((file) => file.endsWith(".jsonl"))
            const lines = files.flatMap((file) => readFileSync(join(outcomes, run, file), "utf8").split("\n"))
            const written = lines.filter((line) => line !== "").map((line) => JSON.parse(line))
            assert.deepStrictEqual(
              written.map(({ outcome, position }) => `${position} ${outcome}`).toSorted(),
              Array.from({ length: rows }, (_, position) => `${position} Succeeded`).toSorted()
            )
            rmSync(directory, { recursive: true })
          }).pipe(Effect.scoped, Effect.provide(emulated.pipe(Layer.provideMerge(server))))
        },
        120_000
      )
    }
  })
}

describe("a durable run on a SQLite file", () => {
  it("is tested on a Node with SQLite when the environment names versions of Node", () => {
    const named = (process.env.NODES ?? "") !== ""
    assert(!named || nodes.some(({ path }) => hasSqlite(path)))
  })
})
