// The server example on a real socket: what a browser gets, and what the API sees when the browser leaves.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Anthropic from "effect-anthropic/Anthropic"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { routes } from "../../examples/support/answers.ts"
import { server } from "../support/served.ts"

const { Emulator, Fault } = AnthropicEmulator

const running = (options: AnthropicEmulator.Options = {}) => {
  const emulator = AnthropicEmulator.layer({ answer: () => "A lamp burns in a tower, all night.", ...options })
  const client = Anthropic.layerClient({ apiKey: "test", retry: { maxRetries: 0 } }).pipe(Layer.provide(emulator))
  return HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
    Layer.provide(client),
    Layer.provideMerge(server),
    Layer.merge(emulator)
  )
}

const url = Effect.map(HttpServer.HttpServer, ({ address }) => HttpServer.formatAddress(address))

const ask = (question: string, signal?: AbortSignal) =>
  Effect.flatMap(url, (base) =>
    Effect.promise(() =>
      fetch(`${base}/answer?${new URLSearchParams({ question })}`, signal === undefined ? {} : { signal })
    )
  )

const body = (response: Response) => Effect.promise(() => response.text())

describe("the server example", () => {
  it.live("serves a page, and refuses an empty question", () =>
    Effect.gen(function* () {
      const base = yield* url
      const page = yield* Effect.promise(() => fetch(base))
      assert.include(yield* body(page), "EventSource")
      assert.strictEqual((yield* ask(" ")).status, 400)
    }).pipe(Effect.provide(running()))
  )

  it.live("streams the text of an answer as events", () =>
    Effect.gen(function* () {
      const response = yield* ask("How?")
      assert.strictEqual(response.headers.get("content-type"), "text/event-stream")
      const events = (yield* body(response)).split("\n\n").filter((text) => text !== "")
      const text = events
        .filter((one) => one.includes("event: text"))
        .map((one) => JSON.parse(one.split("data: ")[1] ?? ""))
      assert.strictEqual(text.join(""), "A lamp burns in a tower, all night.")
      assert.include(events.at(-1), "event: done")
    }).pipe(Effect.provide(running()))
  )

  it.live("sends the page only whether to ask again after a failure", () =>
    Effect.gen(function* () {
      const { fault } = yield* Emulator
      yield* fault({ ...Fault.status(529) })
      assert.include(yield* body(yield* ask("How?")), "busy, ask again")
      yield* fault({ ...Fault.status(401) })
      const text = yield* body(yield* ask("How?"))
      assert.include(text, "no answer")
      assert.notInclude(text, "401")
    }).pipe(Effect.provide(running()))
  )

  it.live("closes the answer of the API when the browser leaves", () =>
    Effect.gen(function* () {
      const browser = new AbortController()
      const response = yield* ask("How?", browser.signal)
      yield* Effect.promise(() => response.body?.getReader().read() ?? Promise.reject(new Error("no body")))
      browser.abort()
      const { requests } = yield* Emulator
      const closed = Effect.filterOrFail(
        requests,
        ([first]) => first?.closedEarly === true,
        () => "still open"
      )
      yield* Effect.retry(closed, { schedule: Schedule.spaced("20 millis"), times: 250 })
    }).pipe(Effect.provide(running({ pace: "100 millis" })))
  )
})
