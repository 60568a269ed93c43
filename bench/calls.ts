// What one small call costs of time: both sides keep one client, and the fetch answers from memory.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import { type Endpoint, official, ours } from "./support/clients.ts"
import { fetchOf } from "./support/memoryFetch.ts"
import { withOpenStreams } from "./support/open.ts"
import { type Budget, type Report, ratioColumns } from "./support/report.ts"
import { alternate, median, ratioOf } from "./support/rounds.ts"
import { model, text, message as wireMessage } from "./support/wire.ts"

// Many, since garbage is collected before each round, and the engine then discards what it compiled for calls: the first few
// hundred take three times as long. A program with calls under way seldom sees that.
const calls = 2000
const rounds = 15

const endpoint = (value: object): Endpoint => {
  const body = JSON.stringify(value)
  return {
    baseUrl: "http://bench.invalid",
    fetch: fetchOf(
      () => new Response(body, { headers: { "content-type": "application/json", "request-id": "req_01bench" } })
    )
  }
}

const measure = <E>(options: {
  readonly what: string
  readonly answer: object
  readonly ours: Effect.Effect<unknown, E, HttpClient.HttpClient>
  readonly official: (client: ReturnType<typeof official>) => Promise<unknown>
  readonly budget: Budget
}): Promise<Report> =>
  withOpenStreams(async () => {
    const source = endpoint(options.answer)
    const client = official(source)
    const repeated = Effect.gen(function* () {
      for (let call = 0; call < calls; call++) yield* options.ours
    }).pipe(Effect.provide(ours(source)))
    const times = await alternate(rounds, {
      ours: () => Effect.runPromise(repeated),
      official: async () => {
        for (let call = 0; call < calls; call++) await options.official(client)
      }
    })
    const time = (side: "ours" | "official") => `${((median(times(side)) * 1000) / calls).toFixed(0)} us`
    return {
      rows: [
        {
          what: options.what,
          ours: time("ours"),
          official: time("official"),
          ...ratioColumns(ratioOf(times("official"), times("ours")), options.budget)
        }
      ],
      notes: [
        `calls: ${calls} in a row with one client, ${rounds} rounds in turn, from memory; the fetch reads the body.`
      ]
    }
  })

export const retrieve = () =>
  measure({
    what: "a call of Models.retrieve",
    answer: model("claude-haiku-5-5"),
    ours: Models.retrieve("claude-haiku-5-5"),
    official: (client) => client.models.retrieve("claude-haiku-5-5"),
    budget: { atLeast: 0.5, aim: 0.7 }
  })

const params = {
  model: "claude-haiku-5-5",
  max_tokens: 1024,
  messages: [{ role: "user" as const, content: "One sentence about Lyon." }]
}

export const message = () =>
  measure({
    what: "a call of Messages.create",
    answer: wireMessage([{ type: "text", text: text(300), citations: null }]),
    ours: Messages.create(params),
    official: (client) => client.messages.create(params),
    budget: { atLeast: 0.4, aim: 0.7 }
  })
