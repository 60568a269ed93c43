/** Interrupts a call at every stage, against a server in this process, and then has nothing more to do. */
import type { RequestListener } from "node:http"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import { requests } from "../../support/fixtures.ts"
import { rawServer } from "../../support/rawServer.ts"

const interrupting = (
  stage: string,
  operation: Effect.Effect<unknown, unknown, HttpClient.HttpClient>,
  listener: RequestListener
) =>
  Effect.gen(function* () {
    let isReached = false
    let isClosed = false
    const baseUrl = yield* rawServer((request, response) => {
      request.socket.on("close", () => {
        isClosed = true
      })
      listener(request, response)
      isReached = true
    })
    const layer = Layer.merge(FetchHttpClient.layer, Anthropic.layer({ apiKey: "k", baseUrl }))
    const fiber = yield* Effect.forkChild(Effect.provide(operation, layer))
    yield* Effect.repeat(
      Effect.sync(() => isReached),
      { until: (value) => value, schedule: Schedule.spaced("2 millis") }
    )
    yield* Effect.sleep("50 millis")
    yield* Fiber.interrupt(fiber)
    const exit = yield* Fiber.await(fiber)
    yield* Effect.repeat(
      Effect.sync(() => isClosed || stage === "before a repetition"),
      { until: (value) => value, schedule: Schedule.spaced("2 millis") }
    )
    console.log(`${stage}: ${Exit.hasInterrupts(exit) ? "interrupted" : "not interrupted"}, closed`)
  }).pipe(Effect.scoped)

const program = Effect.gen(function* () {
  yield* interrupting("before the headers", Models.retrieve("m"), () => {})
  yield* interrupting("in the body", Models.retrieve("m"), (_, response) => {
    response.writeHead(200, { "content-type": "application/json" })
    response.write("{")
  })
  yield* interrupting("during an upload", Batches.create(requests(40_000, 1000)), (request) => {
    request.on("data", () => {
      // Read slowly, so that the upload takes seconds.
      request.pause()
      setTimeout(() => request.resume(), 5)
    })
  })
  yield* interrupting("before a repetition", Models.retrieve("m"), (_, response) => {
    response.writeHead(529, { "retry-after": "55" })
    response.end()
  })
})

await Effect.runPromise(program)
const done = Date.now()
process.on("exit", () => console.log(`lingered ${Date.now() - done}`))
