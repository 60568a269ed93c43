// Faults of lines and of JSON, as bad downloads and gateways make them.
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import { AnthropicEmulator } from "../../src/testing/index.ts"
import { Emulator, Fault, script } from "../support/emulator.ts"
import { call } from "./client.ts"

const withEmulator = (options?: AnthropicEmulator.Options) => Effect.provide(AnthropicEmulator.layer(options))

const textOf = (method: "GET" | "POST" | "DELETE", path: string, body?: unknown) =>
  Effect.flatMap(call(method, path, { body }), (response) => response.text)

const seed = Effect.gen(function* () {
  const [batch] = yield* (yield* Emulator).seedBatches([{ requests: 3 }])
  return `/v1/messages/batches/${batch?.id}`
})

const idsOf = (text: string) => [...text.matchAll(/"custom_id":"([^"]*)"/g)].map(([, id]) => id)

/** What is wrong with the account of the faults after a program, by name. */
const unsettled = <A, E>(program: Effect.Effect<A, E, HttpClient.HttpClient | AnthropicEmulator.Emulator>) =>
  Effect.map(Effect.exit(program.pipe(withEmulator())), (exit) => {
    const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    return error instanceof AnthropicEmulator.UnconsumedFaultsError ? error.faults : []
  })

describe("faults of the lines of results", () => {
  it.effect("Fault.lines makes lines that are missing, repeated, foreign, or of another chunk", () =>
    Effect.gen(function* () {
      const results = `${yield* seed}/results`
      const [a, b, c] = ["seed-000001", "seed-000002", "seed-000003"]
      yield* script(
        Fault.lines((lines) => lines.slice(1)),
        Fault.lines((lines) => [...lines, ...lines.slice(0, 1)]),
        Fault.lines((lines) => [...lines, { custom_id: "nobody", result: { type: "expired" } }]),
        Fault.lines((lines) => lines.map((line, index) => (index === 1 ? { ...line, custom_id: "x-2-7" } : line)))
      )
      assert.deepStrictEqual(idsOf(yield* textOf("GET", results)), [b, c])
      assert.deepStrictEqual(idsOf(yield* textOf("GET", results)), [a, b, c, a])
      assert.deepStrictEqual(idsOf(yield* textOf("GET", results)), [a, b, c, "nobody"])
      assert.deepStrictEqual(idsOf(yield* textOf("GET", results)), [a, "x-2-7", c])
      assert.deepStrictEqual(idsOf(yield* textOf("GET", results)), [a, b, c])
    }).pipe(withEmulator({ resultsOrder: "asSent" }))
  )

  it.effect("Fault.endAfterLines ends cleanly after complete lines, as often as its times", () =>
    Effect.gen(function* () {
      const results = `${yield* seed}/results`
      yield* script({ ...Fault.endAfterLines(2), times: 2 }, Fault.endAfterLines(0))
      for (const count of [2, 2, 0, 3]) assert.lengthOf(idsOf(yield* textOf("GET", results)), count)
    }).pipe(withEmulator())
  )
})

describe("gateways", () => {
  it.effect("Fault.omitNulls leaves out fields that are null, at every depth, of every resource and page", () =>
    Effect.gen(function* () {
      const batch = yield* seed
      const message = { model: "claude-haiku-5-5", max_tokens: 10, messages: [{ role: "user", content: "Hi" }] }
      yield* script({ ...Fault.omitNulls(), times: 4 })
      const one = JSON.parse(yield* textOf("GET", batch))
      assert.deepInclude(one, { processing_status: "ended" })
      assert.notProperty(one, "archived_at")
      const page = JSON.parse(yield* textOf("GET", "/v1/files"))
      assert.deepStrictEqual(page, { data: [] })
      const results = yield* textOf("GET", `${batch}/results`)
      assert.lengthOf(idsOf(results), 3)
      assert.notInclude(results, "null")
      assert.include(results, '"usage"')
      const events = yield* textOf("POST", "/v1/messages", { ...message, stream: true })
      assert.notInclude(events, "null")
      assert.include(events, "event: message_stop\ndata: {")
    }).pipe(withEmulator())
  )

  it.effect("Fault.omitFields leaves out named fields, and Fault.rewriteJson changes the JSON", () =>
    Effect.gen(function* () {
      const batch = yield* seed
      yield* script(
        Fault.omitFields("request_counts", "type"),
        Fault.rewriteJson((document) => ({ wrapped: document })),
        Fault.omitFields("lifecycle")
      )
      const one = JSON.parse(yield* textOf("GET", batch))
      assert.notProperty(one, "request_counts")
      assert.notProperty(one, "type")
      assert.property(JSON.parse(yield* textOf("GET", batch)), "wrapped")
      const models = yield* textOf("GET", "/v1/models?limit=2")
      assert.notInclude(models, "lifecycle")
    }).pipe(withEmulator())
  )

  it.effect("Fault.processedThen answers a deletion with 204 or {} after it has happened", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* seed, yield* seed]
      yield* script(Fault.processedThen(Fault.empty(204)), Fault.processedThen(Fault.body("{}")))
      const response = yield* call("DELETE", first)
      assert.deepStrictEqual([response.status, yield* response.text], [204, ""])
      assert.strictEqual(yield* textOf("DELETE", second), "{}")
      assert.deepStrictEqual(yield* (yield* Emulator).batches, [])
    }).pipe(withEmulator())
  )

  it.effect("Fault.empty and Fault.html answer 200 without JSON", () =>
    Effect.gen(function* () {
      yield* script(Fault.empty(200), Fault.html(200))
      assert.strictEqual(yield* textOf("GET", "/v1/models"), "")
      const html = yield* call("GET", "/v1/models")
      assert.deepStrictEqual([html.status, html.headers["content-type"]], [200, "text/html"])
      assert.match(yield* html.text, /^<html>[^\n]*$/)
    }).pipe(withEmulator())
  )
})

describe("a fault that changes nothing", () => {
  it.effect("a fault that changes nothing fails the test with its name", () =>
    Effect.gen(function* () {
      for (const [fault, why] of [
        [Fault.lines((lines) => lines), "the lines did not change"],
        [Fault.endAfterLines(3), "the body has no more than 3 lines"],
        [Fault.endAfterLines(9), "the body has no more than 9 lines"],
        [Fault.omitFields("nothing"), "the JSON did not change"],
        [Fault.rewriteJson((document) => document), "the JSON did not change"]
      ] as const) {
        const faults = yield* unsettled(
          Effect.gen(function* () {
            const results = `${yield* seed}/results`
            yield* script(fault)
            yield* textOf("GET", results)
          })
        )
        assert.deepStrictEqual(faults, [`${fault.name}: ${why}`])
      }
    })
  )
})
