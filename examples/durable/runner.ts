// One of several processes that carry out durable runs. It starts runs, or joins them, and works until it is stopped.
//
//   node scripts/run.mjs examples/durable/runner.ts --store <database URL or SQLite file> --source rows.jsonl
//     --outcomes <directory> [--runs 1] [--prefix run-] [--port 34431] [--grace "2 minutes"] [--until-done]
//
// The API is the one that ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY name.
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import { option } from "../support/example.ts"
import { onPostgres, onSqlite } from "./support/engine.ts"
import { Reviews, reviewsLive } from "./support/reviews.ts"
import { layer } from "./support/sqlite.ts"

const store = option("store") ?? "runs.sqlite"
const source = option("source") ?? "rows.jsonl"
const grace = Option.getOrUndefined(Duration.fromInput((option("grace") ?? "2 minutes") as Duration.Input))
const prefix = option("prefix") ?? "run-"
const runIds = Array.from({ length: Number(option("runs") ?? 1) }, (_, index) => `${prefix}${index}`)

const engine = store.startsWith("postgres")
  ? onPostgres(store, Number(option("port") ?? 34_431), "fast")
  : onSqlite(layer(store), "fast")

const live = reviewsLive(option("outcomes") ?? "outcomes", {
  poll: { first: "1 second", longest: "3 seconds" },
  grace
}).pipe(Layer.provideMerge(engine), Layer.provide([FetchHttpClient.layer, NodeFileSystem.layer]))

const payloadOf = (runId: string): BatchWorkflow.Payload => ({ runId, source, options: { chunk: { items: 10 } } })

const program = Effect.gen(function* () {
  yield* Effect.forEach(runIds, (runId) => BatchWorkflow.start(Reviews, payloadOf(runId)), { concurrency: 16 })
  yield* Console.log("ready")
  if (!process.argv.includes("--until-done")) return yield* Effect.never
  const results = yield* Effect.forEach(runIds, (runId) => BatchWorkflow.run(Reviews, payloadOf(runId)), {
    concurrency: "unbounded"
  })
  const items = results.reduce((sum, result) => sum + result.items, 0)
  yield* Console.log(`completed ${results.length} runs, ${items} items`)
})

NodeRuntime.runMain(Effect.provide(program, live))
