// The log of the requests that the emulator had.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { AnthropicEmulator } from "../../src/testing/index.ts"
import { call, create, headers, origin, request, requests } from "./client.ts"

const withEmulator = (options?: AnthropicEmulator.Options) => Effect.provide(AnthropicEmulator.layer(options))

const records = Effect.flatMap(AnthropicEmulator.Emulator, (emulator) => emulator.requests)

describe("the request log", () => {
  it.effect("the log has requests and answers, without the credential", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("3 seconds")
      yield* call("GET", "/v1/models?limit=2&lifecycle%5B%5D=active", {
        headers: { ...headers, "X-Custom": "1", "anthropic-beta": "oauth-2025-04-20" }
      })
      yield* call("GET", "/v1/models/a%2Fb", { headers: { "x-api-key": "sk-secret-wxyz" } })
      yield* create(1)
      yield* call("GET", "/v1/models", { headers: { authorization: "Basic secret", "x-api-key": "short" } })
      const [first, second, third, fourth] = yield* records
      assert.deepInclude(first, {
        requestId: "req_000001",
        method: "GET",
        origin,
        path: "/v1/models",
        query: [
          ["limit", "2"],
          ["lifecycle[]", "active"]
        ],
        body: undefined,
        bodyBytes: 0,
        status: 200,
        fault: undefined,
        closedEarly: false,
        receivedAt: 3000,
        answeredAt: 3000
      })
      assert.deepInclude(first?.headers, {
        authorization: "Bearer …1234",
        "x-custom": "1",
        "anthropic-beta": "oauth-2025-04-20"
      })
      assert.deepInclude(second, { path: "/v1/models/a%2Fb", status: 400 })
      assert.strictEqual(second?.headers["x-api-key"], "…wxyz")
      assert.deepStrictEqual([fourth?.headers.authorization, fourth?.headers["x-api-key"]], ["…cret", "…"])
      assert.notInclude(JSON.stringify(yield* records), "sk-")
      const sent = { requests: requests(1) }
      assert.deepInclude(third, { method: "POST", body: sent, bodyBytes: JSON.stringify(sent).length })
    }).pipe(withEmulator())
  )

  it.effect("the log keeps small bodies only, and reads every body to its end", () =>
    Effect.gen(function* () {
      const body = new TextEncoder().encode(
        JSON.stringify({ requests: [request("a", { system: "x".repeat(100_000) })] })
      )
      const response = yield* HttpClient.execute(
        HttpClientRequest.post(`${origin}/v1/messages/batches`, {
          headers,
          body: HttpBody.stream(Stream.make(body.slice(0, 70_000), body.slice(70_000)), "application/json")
        })
      )
      assert.strictEqual(response.status, 200)
      const [record] = yield* records
      assert.deepInclude(record, { body: undefined, bodyBytes: body.length })
    }).pipe(withEmulator())
  )

  it.effect("the log distinguishes a client that stops reading or dies from one that reads to the end", () =>
    Effect.gen(function* () {
      const { id } = yield* create(500)
      yield* TestClock.adjust("90 seconds")
      const path = `/v1/messages/batches/${id}/results`
      const part = yield* call("GET", path)
      yield* Stream.runDrain(Stream.take(part.stream, 1))
      const all = yield* call("GET", path)
      yield* Stream.runDrain(all.stream)
      const died = yield* call("GET", path)
      yield* Effect.exit(Stream.runForEach(died.stream, () => Effect.die("mine")))
      const [, first, second, third] = yield* records
      assert.deepInclude(first, { status: 200, closedEarly: true })
      assert.deepInclude(second, { status: 200, closedEarly: false })
      assert.deepInclude(third, { status: 200, closedEarly: true })
    }).pipe(withEmulator())
  )

  it.effect("the log shows that the body of a request broke", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        HttpClient.execute(
          HttpClientRequest.post(`${origin}/v1/messages/batches`, {
            headers,
            body: HttpBody.stream(Stream.fail("broken"), "application/json")
          })
        )
      )
      assert.strictEqual(error.reason._tag, "TransportError")
      assert.deepInclude((yield* records)[0], { status: undefined, closedEarly: true })
    }).pipe(withEmulator())
  )
})
