// Durable runs on PostgreSQL with three processes, one of which is killed in the middle: the others finish its runs.
// The API is the emulator on a port of this process. The processes communicate through the database only. Use a separate
// database: processes continue every unfinished run that they find in it.
//
//   DATABASE_URL=postgres://user@host/database npm run example -- examples/durable/postgres.ts [--runs 20] [--rows 40]
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { option } from "../support/example.ts"
import { makeRow } from "../support/rows.ts"
import { countLines, startRunner } from "./support/runners.ts"

const store = process.env.DATABASE_URL
if (store === undefined) {
  console.error("DATABASE_URL is not set: this example needs a PostgreSQL database")
  process.exit(1)
}
const runs = Number(option("runs") ?? 20)
const rows = Number(option("rows") ?? 40)

const directory = mkdtempSync(join(tmpdir(), "durable-"))
const source = join(directory, "rows.jsonl")
const outcomes = join(directory, "outcomes")
writeFileSync(source, Array.from({ length: rows }, (_, index) => `${JSON.stringify(makeRow(index))}\n`).join(""))

const program = Effect.gen(function* () {
  const url = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
  // Different for each start of this example, because the runs of earlier starts are in the database.
  const prefix = `example-${Date.now()}-`
  const command = [
    process.execPath,
    fileURLToPath(new URL("../../scripts/run.mjs", import.meta.url)),
    "examples/durable/runner.ts"
  ]
  const start = (port: number, ...flags: ReadonlyArray<string>) =>
    startRunner(command, { store, source, outcomes, runs, prefix, port, url, grace: "5 seconds", flags })
  const first = yield* start(34_501)
  const second = yield* start(34_502)
  yield* Effect.all([first.ready, second.ready])
  yield* Effect.sleep("2 seconds")
  yield* Console.log("two processes work; one is killed, and a third one starts")
  first.kill("SIGKILL")
  const third = yield* start(34_503, "--until-done")
  yield* Console.log(yield* third.said("completed"))
  second.kill("SIGTERM")
  const emulator = yield* AnthropicEmulator.Emulator
  yield* Console.log(`${(yield* emulator.batches).length} batches created`)
  const lines = readdirSync(outcomes).flatMap((run) =>
    countLines(join(outcomes, run), (path) => readFileSync(path, "utf8"))
  )
  yield* Console.log(`${lines.length} outcomes of ${runs * rows} rows in ${outcomes}`)
  yield* Console.log(`${(yield* emulator.bill).length} requests charged`)
}).pipe(Effect.scoped)

const server = AnthropicEmulator.serve({ plan: { endsAfter: "5 seconds" } }).pipe(
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1", gracefulShutdownTimeout: 0 }))
)

NodeRuntime.runMain(Effect.provide(program, server))
