import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import { DecodeError } from "effect-anthropic/AnthropicError"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import { type Answer, answering, apiError, assertFields, empty, json, text, using } from "../support/fakeClient.ts"
import { batch, model, page, requests } from "../support/fixtures.ts"

const noRetry = { retry: { maxRetries: 0 } }

/** What an operation fails with on this answer. */
const failing = (answer: Answer) => Effect.flip(Models.retrieve("m").pipe(using(answering(answer), noRetry)))

const apiFailing = Effect.fnUntraced(function* (answer: Answer) {
  const error = yield* failing(answer)
  assert("details" in error)
  return error
})

const decodeFailing = Effect.fnUntraced(function* <A, E>(operation: Effect.Effect<A, E>) {
  const error: unknown = yield* Effect.flip(operation)
  assert(error instanceof DecodeError)
  return error
})

const byStatus: { readonly [status: number]: string } = {
  400: "InvalidRequestError",
  401: "AuthenticationError",
  402: "BillingError",
  403: "PermissionError",
  404: "NotFoundError",
  405: "InvalidRequestError",
  409: "ConflictError",
  411: "InvalidRequestError",
  413: "RequestTooLargeError",
  422: "InvalidRequestError",
  429: "RateLimitError",
  504: "GatewayTimeoutError",
  529: "OverloadedError"
}

const byType = {
  invalid_request_error: "InvalidRequestError",
  authentication_error: "AuthenticationError",
  billing_error: "BillingError",
  permission_error: "PermissionError",
  not_found_error: "NotFoundError",
  conflict_error: "ConflictError",
  request_too_large: "RequestTooLargeError",
  rate_limit_error: "RateLimitError",
  timeout_error: "GatewayTimeoutError",
  api_error: "InternalServerError",
  overloaded_error: "OverloadedError"
}

const expectedTag = (status: number): string =>
  byStatus[status] ?? (status >= 500 ? "InternalServerError" : "UnknownApiError")

const statuses = Array.from({ length: 200 }, (_, index) => 400 + index)

describe("the class of an error", () => {
  it.effect(
    "is that of the status when the body is empty, HTML, or has an unknown type",
    () =>
      Effect.gen(function* () {
        for (const status of statuses) {
          const html = `<html><body>${status}</body></html>`
          const bare = yield* apiFailing(empty(status, { "request-id": "req_1" }))
          assertFields(bare, { _tag: expectedTag(status), status, requestId: "req_1" })
          assert.isUndefined(bare.type)
          const foreign = yield* apiFailing(text(html, { status }))
          assertFields(foreign, { _tag: expectedTag(status), status })
          if (status !== 411) {
            assert.strictEqual(bare.message, `Models.retrieve: ${status} (request req_1)`)
            assert.deepStrictEqual([bare.description, foreign.description], ["", html])
          }
          const unknown = yield* apiFailing(apiError(status, "memory_path_conflict_error"))
          assertFields(unknown, { _tag: expectedTag(status), status, type: "memory_path_conflict_error" })
        }
      }),
    30_000
  )

  it.effect("is that of error.type rather than that of the status", () =>
    Effect.gen(function* () {
      for (const [type, tag] of Object.entries(byType)) {
        for (const status of [400, 404, 418, 429, 500, 599]) {
          const error = yield* apiFailing(apiError(status, type))
          assertFields(error, { _tag: tag, status, type, description: "scripted" })
          assert.isTrue(error instanceof Error)
          assert.strictEqual(error.message, `Models.retrieve: ${status} ${type}: scripted`)
          assert.strictEqual(error.isRetryable, status === 429 || status >= 500)
        }
      }
    })
  )

  it.effect("does not come from a property of Object when a type or code has its name", () =>
    Effect.gen(function* () {
      const details = { error_code: "constructor" }
      assert.strictEqual((yield* apiFailing(apiError(400, "toString")))._tag, "InvalidRequestError")
      const created = Batches.create(requests(1)).pipe(
        using(answering(apiError(400, "invalid_request_error", { details })))
      )
      assert.strictEqual((yield* Effect.flip(created))._tag, "InvalidRequestError")
    })
  )

  it.effect("is UnknownApiError for a status such as 304 or 418, and InternalServerError above 599", () =>
    Effect.gen(function* () {
      for (const status of [300, 304, 418, 600, 999]) {
        assert.strictEqual(
          (yield* failing(text("?", { status })))._tag,
          status > 599 ? "InternalServerError" : "UnknownApiError"
        )
      }
    })
  )
})

describe("an error has", () => {
  it.effect("the request id of the header, else of the body", () =>
    Effect.gen(function* () {
      const headers = { "request-id": "req_header" }
      const id = (answer: Answer) => Effect.map(apiFailing(answer), (error) => error.requestId)
      assert.strictEqual(yield* id(apiError(400, "x", { headers, request_id: "req_body" })), "req_header")
      assert.strictEqual(yield* id(apiError(400, "x", { request_id: "req_body" })), "req_body")
      assert.isUndefined(yield* id(apiError(400, "x", { request_id: null })))
      assert.isUndefined(yield* id(apiError(400, "x")))
    })
  )

  it.effect("advice to send a body of known size after a 411", () =>
    Effect.gen(function* () {
      for (const answer of [
        empty(411),
        text("Length Required", { status: 411 }),
        apiError(411, "invalid_request_error")
      ]) {
        const error = yield* apiFailing(answer)
        assertFields(error, { _tag: "InvalidRequestError", status: 411, isRetryable: false })
        assert.include(error.message, "upload a source of known size")
      }
      const told = yield* apiFailing(text("Length Required", { status: 411 }))
      assert.isTrue(told.description.startsWith("Length Required: "))
    })
  )

  it.effect("the details unchanged, and their code", () =>
    Effect.gen(function* () {
      const details = { error_code: "organization_on_hold", appeal_url: null, nested: [{ a: 1 }] }
      const error = yield* apiFailing(apiError(400, "invalid_request_error", { details }))
      assert.deepStrictEqual(error.details, details)
      assert.strictEqual(error.errorCode, "organization_on_hold")
      const uncoded = yield* apiFailing(apiError(400, "invalid_request_error", { details: { a: 1 } }))
      assert.deepStrictEqual([uncoded.details, uncoded.errorCode], [{ a: 1 }, undefined])
      const none = yield* apiFailing(apiError(400, "invalid_request_error", { details: null }))
      assert.deepStrictEqual([none._tag, none.details], ["InvalidRequestError", undefined])
    })
  )

  it.effect("a short piece of a body that is not from the API", () =>
    Effect.gen(function* () {
      const long = yield* apiFailing(text("é".repeat(10_000), { status: 502 }))
      assert.strictEqual(long.description, `${"é".repeat(500)}…`)
      const other = yield* apiFailing(json({ error: "nope" }, { status: 400 }))
      assert.strictEqual(other.description, '{"error":"nope"}')
    })
  )

  it.effect("the part of a body that came, of which at most 64 KiB are read", () =>
    Effect.gen(function* () {
      let pulled = 0
      const endless = Stream.fromEffectRepeat(
        Effect.sync(() => {
          pulled += 1024
          return new Uint8Array(1024).fill(120)
        })
      )
      const web = new Response(Stream.toReadableStream(endless), { status: 500 })
      assert.strictEqual((yield* apiFailing(web)).description, `${"x".repeat(500)}…`)
      assert.isAtMost(pulled, 66 * 1024)
      const half = Stream.concat(Stream.make(new TextEncoder().encode("half an er")), Stream.fail("reset"))
      const cut = yield* apiFailing(HttpServerResponse.stream(half, { status: 500 }))
      assertFields(cut, { _tag: "InternalServerError", description: "half an er" })
    })
  )

  it.effect("the time to wait that the response asks for", () =>
    Effect.gen(function* () {
      const retryAfter = (headers: { readonly [name: string]: string }) =>
        Effect.map(apiFailing(empty(429, headers)), (error) => error.retryAfter)
      const cases = [
        [{ "retry-after": "3" }, Duration.seconds(3)],
        [{ "retry-after": "0.5" }, Duration.millis(500)],
        [{ "retry-after-ms": "250", "retry-after": "3" }, Duration.millis(250)],
        [{ "retry-after-ms": "0", "retry-after": "3" }, Duration.seconds(3)],
        [{ "retry-after-ms": "x", "retry-after": "3" }, Duration.seconds(3)],
        [{ "retry-after": "Thu, 01 Jan 1970 00:01:00 GMT" }, Duration.minutes(1)],
        [{ "retry-after": "Thursday, 01-Jan-70 00:01:00 GMT" }, Duration.minutes(1)],
        [{ "retry-after": "Wed, 31 Dec 1969 23:59:59 GMT" }, undefined],
        [{ "retry-after": "" }, undefined],
        [{ "retry-after": "try again 2099" }, undefined],
        [{}, undefined]
      ] as const
      for (const [headers, expected] of cases) assert.deepStrictEqual(yield* retryAfter(headers), expected)
    })
  )

  it.effect("the rate limits of the response", () =>
    Effect.gen(function* () {
      const reset = "2026-11-20T10:00:00Z"
      const headers = {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": reset,
        "anthropic-ratelimit-input-tokens-remaining": "1000",
        "anthropic-ratelimit-output-tokens-limit": "many",
        "anthropic-ratelimit-tokens-reset": "tomorrow",
        "anthropic-ratelimit-something-new-limit": "7",
        "anthropic-priority-input-tokens-limit": "8",
        "anthropic-fast-output-tokens-remaining": "",
        "anthropic-ratelimit-requests-colour": "9",
        "anthropic-organization-id": "org"
      }
      const { rateLimit } = yield* apiFailing(empty(429, headers))
      assert.deepStrictEqual(rateLimit, {
        requests: { limit: 50, remaining: 49, reset: DateTime.makeUnsafe(reset) },
        input_tokens: { remaining: 1000 },
        something_new: { limit: 7 },
        priority_input_tokens: { limit: 8 }
      })
      assert.isUndefined((yield* apiFailing(empty(429))).rateLimit)
    })
  )

  it.effect("rate limits with names of properties of Object, which is not changed", () =>
    Effect.gen(function* () {
      const headers = {
        "anthropic-ratelimit-constructor-limit": "1",
        "anthropic-ratelimit---proto---limit": "2",
        "anthropic-ratelimit-valueof-limit": "3"
      }
      const { rateLimit } = yield* apiFailing(empty(429, headers))
      const windows = new Map(Object.entries(rateLimit ?? {}))
      assert.deepStrictEqual(windows.get("constructor"), { limit: 1 })
      assert.deepStrictEqual(windows.get("valueof"), { limit: 3 })
      assert.notProperty({}, "limit")
      assert.notProperty(Object, "limit")
    })
  )
})

describe("an answer that is not what the endpoint returns", () => {
  const retrieving = (answer: Answer) => Models.retrieve("m").pipe(using(answering(answer)))
  const listing = (answer: Answer) => Models.listPage().pipe(using(answering(answer)))

  it.effect("fails with a DecodeError that has a snippet of it", () =>
    Effect.gen(function* () {
      const html = yield* decodeFailing(
        retrieving(text("<html>Sign in</html>", { headers: { "request-id": "req_1" } }))
      )
      assertFields(html, {
        operation: "Models.retrieve",
        description: "it is not JSON",
        path: [],
        snippet: "<html>Sign in</html>",
        status: 200,
        requestId: "req_1",
        isRetryable: false
      })
      assert.strictEqual(html.message, "Models.retrieve: unexpected response: it is not JSON")
      for (const nothing of [empty(200), empty(204), text(" \n"), new Response(null, { status: 204 })]) {
        assertFields(yield* decodeFailing(retrieving(nothing)), { description: "the body is empty", path: [] })
      }
      for (const value of [null, 5, "text", [], true]) {
        const error = yield* decodeFailing(retrieving(json(value)))
        assertFields(error, { path: [], snippet: JSON.stringify(value), status: 200 })
      }
    })
  )

  it.effect("fails with the path of the first field that is wrong", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* decodeFailing(retrieving(json(batch)))).path, ["type"])
      const { display_name: _, ...nameless } = model
      assert.deepStrictEqual((yield* decodeFailing(retrieving(json(nameless)))).path, ["display_name"])
      const late = { ...model, created_at: "yesterday" }
      assert.deepStrictEqual((yield* decodeFailing(retrieving(json(late)))).path, ["created_at"])
      const deep = {
        ...model,
        capabilities: { thinking: { supported: true, types: { enabled: { supported: "yes" } } } }
      }
      const error = yield* decodeFailing(listing(json(page(model, deep))))
      assert.deepStrictEqual(error.path, ["data", 1, "capabilities", "thinking", "types", "enabled", "supported"])
      assert.include(String(error), "at data.1.capabilities.thinking.types.enabled.supported")
      assert.deepStrictEqual((yield* decodeFailing(listing(json({ ...page(), has_more: "no" })))).path, ["has_more"])
      assert.deepStrictEqual((yield* decodeFailing(listing(json(model)))).path, ["data"])
    })
  )

  it.effect("is kept in the error up to 500 characters", () =>
    Effect.gen(function* () {
      const error = yield* decodeFailing(retrieving(json({ ...model, type: "x".repeat(5000) })))
      assert.lengthOf(error.snippet, 501)
      assert.isAtMost(error.description.length, 501)
    })
  )

  /** A body that does not end, in chunks of 16 MiB. */
  const endless = () => {
    const chunk = new Uint8Array(16 * 1024 * 1024).fill(32)
    let pulled = 0
    const web = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1
        controller.enqueue(chunk)
      }
    })
    return { answer: new Response(web), pulled: () => pulled * chunk.byteLength }
  }

  it.effect("fails with a DecodeError when it does not end, before it fills the memory", () =>
    Effect.gen(function* () {
      const whole = endless()
      const error = yield* decodeFailing(retrieving(whole.answer))
      assertFields(error, { description: "the answer is longer than 268435456 bytes", status: 200 })
      assert.isAtMost(whole.pulled(), 320 * 1024 * 1024)
      const deleted = endless()
      const failed = yield* decodeFailing(Batches.delete("b").pipe(using(answering(deleted.answer))))
      assertFields(failed, { description: "the answer is longer than 1048576 bytes", status: 200 })
      assert.isAtMost(deleted.pulled(), 64 * 1024 * 1024)
    })
  )

  it.effect("leaves a create indeterminate, which is not repeated", () =>
    Effect.gen(function* () {
      const answers = [
        json({ ...batch, id: 5 }),
        json(null),
        json([batch]),
        text("<html>Sign in</html>"),
        text(" \n"),
        empty(200),
        empty(202),
        empty(204),
        new Response(null, { status: 204 })
      ]
      for (const answer of answers) {
        const fake = answering(answer)
        const error = yield* Effect.flip(Batches.create(requests(1)).pipe(using(fake)))
        assert(error._tag === "IndeterminateError")
        assert.strictEqual(error.cause._tag, "DecodeError")
        assert.lengthOf(fake.requests, 1)
      }
    })
  )

  it.effect("is accepted when it only has unknown fields and values", () =>
    Effect.gen(function* () {
      const found = yield* retrieving(json({ ...model, lifecycle: "sunset", line: "novella", extra: { a: [1] } }))
      assertFields(found, { lifecycle: "sunset", line: "novella", extra: { a: [1] } })
      const kept = yield* Batches.retrieve("b").pipe(using(answering(json({ ...batch, processing_status: "paused" }))))
      assert.strictEqual(kept.processing_status, "paused")
      const created = yield* Models.retrieve("m").pipe(using(answering(json(model, { status: 201 }))))
      assert.strictEqual(created.id, model.id)
    })
  )
})

describe("a connection that breaks", () => {
  const broken = (cause: unknown) => failing(Effect.fail(cause))

  it.effect("fails with the innermost message and the first code", () =>
    Effect.gen(function* () {
      const inner = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })
      const error = yield* broken(new TypeError("fetch failed", { cause: new Error("", { cause: inner }) }))
      assertFields(error, {
        _tag: "ConnectionError",
        operation: "Models.retrieve",
        phase: "request",
        code: "ECONNRESET",
        description: "read ECONNRESET",
        isRetryable: true
      })
      assert.strictEqual(error.message, "Models.retrieve: connection failed (request ECONNRESET): read ECONNRESET")
    })
  )

  it.effect("fails with ConnectionError when its cause has no message or is circular", () =>
    Effect.gen(function* () {
      for (const cause of [undefined, null, "text", { code: 5 }, { cause: { cause: null } }]) {
        assertFields(yield* broken(cause), { _tag: "ConnectionError", code: undefined, description: "TransportError" })
      }
      const circle: Error & { cause?: unknown } = new Error("round")
      circle.cause = circle
      assertFields(yield* broken(circle), { _tag: "ConnectionError", description: "round" })
      assertFields(yield* broken(new Error("x".repeat(9999))), { description: `${"x".repeat(500)}…` })
    })
  )

  it.effect("in the body fails with the phase `body` and the request id", () =>
    Effect.gen(function* () {
      const cut = HttpServerResponse.stream(Stream.fail(Object.assign(new Error("reset"), { code: "ECONNREFUSED" })), {
        headers: { "request-id": "req_1" }
      })
      // Whatever its code: after the headers a connection was there.
      assertFields(yield* failing(cut), { _tag: "ConnectionError", phase: "body", requestId: "req_1" })
    })
  )
})
