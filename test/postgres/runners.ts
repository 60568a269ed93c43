// Durable runs on PostgreSQL with several processes, which are killed and frozen, and with a database that goes away.
// `npm run test:postgres` runs it on the database that DATABASE_URL names.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as PgClient from "@effect/sql-pg/PgClient"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { countLines, startRunner } from "../../examples/durable/support/runners.ts"
import { makeRow } from "../../examples/support/rows.ts"
import { bundle } from "../process/support.ts"
import { Random } from "../run/support/random.ts"
import { atCreate, creates, script } from "../run/support/world.ts"
import { server } from "../support/served.ts"

const database = process.env.DATABASE_URL ?? ""

let program = ""
beforeAll(() => {
  assert(database !== "", "DATABASE_URL is not set")
  program = bundle("../../../examples/durable/runner.ts")
})
afterAll(() => rmSync(program, { force: true }))

const rows = 4

/** A database of its own, which is dropped with the scope. */
const ownDatabase = Effect.gen(function* () {
  const name = `durable_${process.pid}_${Date.now()}`
  const admin = (statement: string) =>
    Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe(statement)).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(database) })),
      Effect.orDie
    )
  yield* Effect.acquireRelease(admin(`CREATE DATABASE ${name}`), () => admin(`DROP DATABASE ${name} WITH (FORCE)`))
  const url = new URL(database)
  url.pathname = `/${name}`
  return url
})

interface World {
  readonly runs: number
  readonly store: string
  readonly start: (port: number, ...flags: ReadonlyArray<string>) => ReturnType<typeof startRunner>
  /** Holds the promises against what the server and the sink have. */
  readonly check: Effect.Effect<void, never, AnthropicEmulator.Emulator>
}

const makeWorld = (runs: number, store: string) =>
  Effect.gen(function* () {
    const directory = mkdtempSync(join(tmpdir(), "durable-"))
    const source = join(directory, "rows.jsonl")
    const outcomes = join(directory, "outcomes")
    writeFileSync(source, Array.from({ length: rows }, (_, index) => `${JSON.stringify(makeRow(index))}\n`).join(""))
    const url = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
    const world: World = {
      runs,
      store,
      start: (port, ...flags) =>
        startRunner([process.execPath, program], {
          store,
          source,
          outcomes,
          runs,
          prefix: "run-",
          port,
          url,
          grace: "8 seconds",
          flags
        }),
      check: Effect.gen(function* () {
        const emulator = yield* AnthropicEmulator.Emulator
        const batches = yield* emulator.batches
        // The ids of a run begin with its random name.
        const names = yield* Effect.forEach(batches, ({ id }) =>
          Effect.map(emulator.batchRequests(id), ([request]) => request?.custom_id.split("-")[0])
        )
        assert.strictEqual(new Set(names).size, runs, "runs with a batch")
        assert.strictEqual(names.length, runs, "batches")
        assert.lengthOf(yield* emulator.bill, runs * rows, "charges")
        const directories = readdirSync(outcomes)
        assert.lengthOf(directories, runs)
        for (const run of directories) {
          const lines = countLines(join(outcomes, run), (path) => readFileSync(path, "utf8"))
          assert.deepStrictEqual(lines.map((line) => JSON.parse(line).position).toSorted(), [0, 1, 2, 3])
        }
        rmSync(directory, { recursive: true })
      })
    }
    return world
  })

/** A server whose batches end after five to `longest` seconds. */
const api = (longest: number) =>
  AnthropicEmulator.serve({
    plan: (_, index) => ({ endsAfter: `${5 + ((index * 7) % Math.max(1, longest - 5))} seconds` })
  }).pipe(Layer.provideMerge(server))

/** A way to the database that can be cut. */
const proxy = (target: URL) =>
  Effect.acquireRelease(
    Effect.callback<{
      readonly url: string
      readonly cut: () => void
      readonly mend: () => void
      readonly close: () => void
    }>((resume) => {
      const sockets = new Set<Socket>()
      let isCut = false
      const listener = createServer((socket) => {
        if (isCut) return socket.destroy()
        const upstream = connect(Number(target.port || 5432), target.hostname)
        for (const [from, to] of [
          [socket, upstream],
          [upstream, socket]
        ] as const) {
          sockets.add(from)
          from.on("error", () => to.destroy())
          from.on("close", () => {
            sockets.delete(from)
            to.destroy()
          })
          from.pipe(to)
        }
      })
      const drop = () => {
        for (const socket of sockets) socket.destroy()
      }
      listener.listen(0, "127.0.0.1", () => {
        const address = listener.address()
        const url = new URL(target)
        url.hostname = "127.0.0.1"
        url.port = String(typeof address === "object" ? address?.port : "")
        resume(
          Effect.succeed({
            url: url.href,
            cut: () => {
              isCut = true
              drop()
            },
            mend: () => {
              isCut = false
            },
            close: () => {
              drop()
              listener.close()
            }
          })
        )
      })
    }),
    ({ close }) => Effect.sync(close)
  )

describe("durable runs on PostgreSQL", () => {
  it.live("have one batch for each of 200 runs and each outcome once, after nine kills of three processes", () =>
    Effect.gen(function* () {
      const { href } = yield* ownDatabase
      const random = new Random(9)
      const { check, start } = yield* makeWorld(200, href)
      const ports = [34_601, 34_602, 34_603]
      const runners = yield* Effect.forEach(ports, (port) => start(port), { concurrency: 3 })
      yield* Effect.all(
        runners.map(({ ready }) => ready),
        { concurrency: 3 }
      )
      for (let kill = 0; kill < 9; kill++) {
        yield* Effect.sleep(random.int(500, 3_500))
        const index = random.int(0, 2)
        runners[index]?.kill("SIGKILL")
        const next = yield* start(ports[index] ?? 0)
        runners[index] = next
      }
      const last = yield* start(34_604, "--until-done")
      assert.strictEqual(yield* last.said("completed"), `completed 200 runs, ${200 * rows} items`)
      yield* check
    }).pipe(Effect.scoped, Effect.provide(api(30)))
  )

  it.live("create no batch twice when a process is frozen for 30 seconds and continues", () =>
    Effect.gen(function* () {
      const { href } = yield* ownDatabase
      const { check, start } = yield* makeWorld(30, href)
      // It is frozen while it waits for the answers to as many creates as it sends at once. The other runs wait for their turn.
      yield* script({ when: atCreate, times: 4, ...AnthropicEmulator.Fault.delay("3 seconds") })
      const frozen = yield* start(34_611)
      while ((yield* creates) < 4) yield* Effect.sleep("50 millis")
      yield* Effect.sleep("1 second")
      frozen.kill("SIGSTOP")
      const other = yield* start(34_612, "--until-done")
      yield* Effect.sleep("30 seconds")
      frozen.kill("SIGCONT")
      assert.strictEqual(yield* other.said("completed"), `completed 30 runs, ${30 * rows} items`)
      yield* check
    }).pipe(Effect.scoped, Effect.provide(api(15)))
  )

  it.live("lose no outcome when the database cannot be reached for some seconds", () =>
    Effect.gen(function* () {
      const { cut, mend, url } = yield* proxy(yield* ownDatabase)
      const { check, start } = yield* makeWorld(20, url)
      const one = yield* start(34_621)
      const two = yield* start(34_622)
      yield* Effect.all([one.ready, two.ready], { concurrency: 2 })
      for (const seconds of [4, 6]) {
        yield* Effect.sleep("2 seconds")
        cut()
        yield* Effect.sleep(seconds * 1_000)
        mend()
      }
      yield* Effect.sleep("5 seconds")
      for (const { output, process } of [one, two]) assert.strictEqual(process.exitCode, null, output())
      // A step whose result could not be kept is delivered again after 10 minutes, or when a process comes or goes.
      one.kill("SIGKILL")
      two.kill("SIGKILL")
      const last = yield* start(34_623, "--until-done")
      assert.strictEqual(yield* last.said("completed"), `completed 20 runs, ${20 * rows} items`)
      yield* check
    }).pipe(Effect.scoped, Effect.provide(api(15)))
  )
})
