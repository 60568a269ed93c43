// Kills the bulk example with SIGKILL at random moments, starts it again until it has ended, and counts: every row has one
// outcome, and every request is charged once. The server runs in this process, on a clock that is sixty times as fast.
//
//   npm run example -- examples/bulk-crash.ts [--rows 10000] [--kills 3]
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { count, crashes } from "./support/crashes.ts"
import { option } from "./support/example.ts"
import { fastClock } from "./support/fastClock.ts"

const rows = Number(option("rows") ?? 10_000)
const kills = Number(option("kills") ?? 3)
const speed = 60
const began = Date.now()

const server = AnthropicEmulator.serve({
  clock: fastClock(speed, began),
  plan: (_, index) => ({ endsAfter: `${20 + 30 * (index % 4)} seconds` })
}).pipe(
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1", gracefulShutdownTimeout: 0 }))
)

const program = Effect.gen(function* () {
  const { address } = yield* HttpServer.HttpServer
  const directory = mkdtempSync(join(tmpdir(), "bulk-crash-"))
  const output = join(directory, "outcomes.jsonl")
  yield* crashes({
    url: HttpServer.formatAddress(address),
    directory,
    rows,
    kills,
    speed,
    began,
    onLine: (line) => Console.log(line)
  })
  const { bill, batches } = yield* AnthropicEmulator.Emulator
  const { differentRows, lines } = count(readFileSync(output, "utf8"))
  const charges = yield* bill
  const requests = new Set(charges.map(({ customId }) => customId)).size
  yield* Console.log(`${lines} outcomes of ${differentRows} rows in ${(yield* batches).length} batches`)
  yield* Console.log(`${charges.length} charges for ${requests} requests`)
  rmSync(directory, { recursive: true })
  const isWhole = lines === rows && differentRows === rows && charges.length === rows && requests === rows
  yield* Console.log(
    isWhole ? "Every row has one outcome and was charged once." : "An outcome or a charge is missing or double!"
  )
  if (!isWhole) process.exitCode = 1
})

NodeRuntime.runMain(Effect.provide(program, server))
