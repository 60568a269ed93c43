// What goes wrong with a call, as the errors of `effect/ai`.
import { assert, describe, it } from "@effect/vitest"
import type * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import { begin, end, finish, hello, start, streaming, text, textDelta } from "../messages/support.ts"
import { wireMessage } from "../support/batches.ts"
import { type Answer, apiError, broken, json, onVirtualTime } from "../support/fakeClient.ts"
import { faked } from "./support.ts"

const failed = (answer: Answer) => faked(() => answer, {}, { retry: { maxRetries: 0 } }).layer

const failing = (answer: Answer) =>
  LanguageModel.generateText({ prompt: "Hello" }).pipe(Effect.flip, Effect.provide(failed(answer)))

const reasons: ReadonlyArray<readonly [name: string, answer: Answer, reason: string, isRetryable: boolean]> = [
  ["a rate limit", apiError(429, "rate_limit_error", { headers: { "retry-after": "7" } }), "RateLimitError", true],
  [
    "a spend limit",
    apiError(429, "rate_limit_error", { details: { error_code: "enforced_spend_limit_reached" } }),
    "QuotaExhaustedError",
    false
  ],
  ["a payment problem", apiError(402, "billing_error"), "QuotaExhaustedError", false],
  ["a wrong key", apiError(401, "authentication_error"), "AuthenticationError", false],
  ["a missing permission", apiError(403, "permission_error"), "AuthenticationError", false],
  ["a malformed request", apiError(400, "invalid_request_error"), "InvalidRequestError", false],
  ["an unknown model", apiError(404, "not_found_error"), "InvalidRequestError", false],
  ["a conflict", apiError(409, "conflict_error"), "InvalidRequestError", false],
  ["a body that is too large", apiError(413, "request_too_large"), "InvalidRequestError", false],
  ["an overload", apiError(529, "overloaded_error"), "InternalProviderError", true],
  ["a failure of the server", apiError(500, "api_error"), "InternalProviderError", true],
  ["a timeout of the server", apiError(504, "timeout_error"), "InternalProviderError", true],
  ["an unknown status", apiError(418, "teapot_error"), "UnknownError", false],
  ["a broken connection", broken("ECONNRESET"), "NetworkError", true],
  ["a redirect", json({}, { status: 307, headers: { location: "/elsewhere" } }), "UnknownError", false],
  ["an answer that is no message", json({ type: "message" }), "InvalidResponseError", false]
]

describe("an error of a call", () => {
  for (const [name, answer, reason, isRetryable] of reasons) {
    it.effect(`is ${reason} for ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* failing(answer)
        assert.strictEqual(error._tag, "AiError")
        assert.strictEqual(error.reason._tag, reason)
        assert.strictEqual(error.isRetryable, isRetryable)
        assert.isTrue(error.reason.cause instanceof Error, "the original error is the cause")
      })
    )
  }

  it.effect("is InvalidUserInputError for a request that is refused before sending", () =>
    Effect.gen(function* () {
      const { layer, requests } = faked(() => json(wireMessage("Hi")), { max_tokens: 1.5 })
      const error = yield* LanguageModel.generateText({ prompt: "Hello" }).pipe(Effect.flip, Effect.provide(layer))
      assert.strictEqual(error.reason._tag, "InvalidUserInputError")
      assert.isFalse(error.isRetryable)
      assert.lengthOf(requests, 0)
    })
  )

  it.effect("is InvalidKey for a credential that cannot be sent", () =>
    Effect.gen(function* () {
      const { layer } = faked(() => json(wireMessage("Hi")), {}, { apiKey: "a key\nwith a line" })
      const { reason } = yield* LanguageModel.generateText({ prompt: "Hello" }).pipe(Effect.flip, Effect.provide(layer))
      assert(reason._tag === "AuthenticationError")
      assert.strictEqual(reason.kind, "InvalidKey")
    })
  )

  it.effect("is NetworkError for a server that does not answer, or stalls", () =>
    Effect.gen(function* () {
      const silent = faked(() => Effect.never, {}, { retry: { maxRetries: 0 }, responseTimeout: "1 minute" })
      const still = faked(() => streaming([start(), begin(0, text)], Stream.never), {}, { idleTimeout: "1 minute" })
      const late = yield* onVirtualTime(
        LanguageModel.generateText({ prompt: "Hello" }).pipe(Effect.provide(silent.layer))
      )
      const stalled = yield* onVirtualTime(
        Stream.runDrain(LanguageModel.streamText({ prompt: "Hello" })).pipe(Effect.provide(still.layer))
      )
      for (const result of [late, stalled]) {
        assert(result._tag === "Failure" && result.failure._tag === "AiError")
        assert.strictEqual(result.failure.reason._tag, "NetworkError")
        assert.isTrue(result.failure.isRetryable)
      }
    })
  )

  it.effect("has the time to wait, the type and the code of the error, and the request id", () =>
    Effect.gen(function* () {
      const error = yield* failing(
        apiError(429, "rate_limit_error", { headers: { "retry-after": "7", "request-id": "req_1" } })
      )
      assert.deepStrictEqual(error.retryAfter, Duration.seconds(7))
      assert.deepStrictEqual("metadata" in error.reason ? error.reason.metadata : undefined, {
        anthropic: { errorType: "rate_limit_error", errorCode: null, requestId: "req_1" }
      })
    })
  )

  it.effect("is MissingKey without a credential", () =>
    Effect.gen(function* () {
      const error = yield* LanguageModel.generateText({ prompt: "Hello" }).pipe(
        Effect.flip,
        Effect.provide(AnthropicLanguageModel.layer({ model: "claude-haiku-5-5", max_tokens: 10 })),
        Effect.provide(faked(() => json({})).client)
      )
      assert.strictEqual(kindOf(error), "MissingKey")
    })
  )

  it.effect("is ContentPolicyError for an object that the model refuses, and a finish reason for a text", () =>
    Effect.gen(function* () {
      const refused = wireMessage("", { content: [], stop_reason: "refusal" })
      const error = yield* LanguageModel.generateObject({
        prompt: "Hello",
        schema: Schema.Struct({ a: Schema.String })
      }).pipe(Effect.flip)
      assert.strictEqual(error.reason._tag, "ContentPolicyError")
      const response = yield* LanguageModel.generateText({ prompt: "Hello" })
      assert.strictEqual(response.finishReason, "content-filter")
      assert.strictEqual(refused.stop_reason, "refusal")
    }).pipe(Effect.provide(faked(() => json(wireMessage("", { content: [], stop_reason: "refusal" }))).layer))
  )
})

const kindOf = (error: AiError.AiError): string | undefined => ("kind" in error.reason ? error.reason.kind : undefined)

const streamed = (answer: Answer) =>
  LanguageModel.streamText({ prompt: "Hello" }).pipe(Stream.runCollect, Effect.flip, Effect.provide(failed(answer)))

describe("a stream", () => {
  it.effect("fails when it is cut off", () =>
    Effect.gen(function* () {
      const error = yield* streamed(streaming([start(), begin(0, text), textDelta(0, "Hel")], Stream.fail("cut")))
      assert.strictEqual(error.reason._tag, "NetworkError")
      assert.isTrue(error.isRetryable)
    })
  )

  it.effect("fails when it ends without message_stop", () =>
    Effect.gen(function* () {
      const error = yield* streamed(streaming(hello.slice(0, -1)))
      assert.strictEqual(error.reason._tag, "NetworkError")
    })
  )

  it.effect("fails with the error that an event reports", () =>
    Effect.gen(function* () {
      const event = { type: "error", error: { type: "overloaded_error", message: "later" } }
      const error = yield* streamed(streaming([...hello.slice(0, 3), event]))
      assert.strictEqual(error.reason._tag, "InternalProviderError")
      assert.isTrue(error.isRetryable)
    })
  )

  it.effect("fails when its events contradict each other", () =>
    Effect.gen(function* () {
      const error = yield* streamed(streaming([start(), textDelta(3, "lost")]))
      assert.strictEqual(error.reason._tag, "InvalidResponseError")
    })
  )
})

describe("a finish reason", () => {
  const expected = [
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["tool_use", "tool-calls"],
    ["pause_turn", "pause"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["refusal", "content-filter"],
    ["a_new_reason", "unknown"],
    [null, "unknown"]
  ] as const
  for (const [stop_reason, reason] of expected) {
    it.effect(`is ${reason} for ${stop_reason}`, () =>
      Effect.gen(function* () {
        const response = yield* LanguageModel.generateText({ prompt: "Hello" })
        assert.strictEqual(response.finishReason, reason)
        const [last] = response.content.filter((part) => part.type === "finish")
        assert.strictEqual(last?.metadata.anthropic?.stopReason, stop_reason)
      }).pipe(Effect.provide(faked(() => json(wireMessage("Hi", { stop_reason }))).layer))
    )

    it.effect(`is ${reason} for ${stop_reason} at the end of a stream`, () =>
      Effect.gen(function* () {
        const parts = yield* Stream.runCollect(LanguageModel.streamText({ prompt: "Hello" }))
        const last = parts.at(-1)
        assert(last?.type === "finish")
        assert.strictEqual(last.reason, reason)
        assert.strictEqual(last.metadata.anthropic?.stopReason, stop_reason)
      }).pipe(Effect.provide(faked(() => streaming([...hello.slice(0, -2), finish({ stop_reason }), end])).layer))
    )
  }
})
