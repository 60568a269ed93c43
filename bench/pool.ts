// Ten thousand calls at once through a pool, beside as many single calls in a row, on a server in the same process.
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Messages from "effect-anthropic/Messages"
import * as Pool from "effect-anthropic/Pool"
import { lineOf, makeFakeBatches } from "./support/fakeBatches.ts"
import type { Report } from "./support/report.ts"
import { alternate, median, ratioOf } from "./support/rounds.ts"
import { text } from "./support/wire.ts"

const calls = 10_000
const rounds = 3

const params: Messages.MessageParams = {
  model: "claude-haiku-5-5",
  max_tokens: 1024,
  messages: [Messages.user(text(500))]
}

const using = (client: HttpClient.HttpClient) =>
  Effect.provide([Layer.succeed(HttpClient.HttpClient, client), Anthropic.layer({ apiKey: "sk-ant-test-1234" })])

/** Every batch is full or waits for the window, and has ended when it is looked at. */
const pooled = () =>
  Effect.gen(function* () {
    const pool = yield* Pool.make({
      window: "20 millis",
      maxRequests: 2_500,
      watch: { schedule: Schedule.spaced("0 millis") }
    })
    yield* Effect.forEach(Array.from({ length: calls }), () => pool.create(params), {
      concurrency: "unbounded",
      discard: true
    })
  }).pipe(Effect.scoped, using(makeFakeBatches().client), Effect.runPromise)

const single = () => {
  const answer = JSON.stringify(JSON.parse(lineOf("a")).result.message)
  const client = HttpClient.make((request) =>
    Effect.sync(() => HttpClientResponse.fromWeb(request, new Response(answer)))
  )
  return Effect.gen(function* () {
    for (let call = 0; call < calls; call++) yield* Messages.create(params)
  }).pipe(using(client), Effect.runPromise)
}

export const run = async (): Promise<Report> => {
  const times = await alternate(rounds, { pooled, single })
  const micros = (name: "pooled" | "single"): string => `${((median(times(name)) * 1000) / calls).toFixed(0)} us`
  return {
    rows: [
      {
        what: "10 000 calls at once through a pool: a call",
        ours: micros("pooled"),
        official: "-",
        ratio: `${ratioOf(times("single"), times("pooled")).toFixed(2)} x a single call (${micros("single")})`,
        atLeast: "",
        aim: "",
        met: "-"
      }
    ],
    notes: [
      `pool: ${calls} concurrent calls of about 600 bytes, answers of about 2 KB, ${rounds} rounds in turn with as many single calls in a row, from memory.`,
      "  The work of the server is in both. Batches have ended when they are looked at."
    ]
  }
}
