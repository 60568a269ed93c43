// The language model answered through batches: the same programs, in a batch with other calls at half the price.
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as AiError from "effect/ai/AiError"
import * as Chat from "effect/ai/Chat"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import type * as Pool from "effect-anthropic/Pool"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { atCreate, creates, Emulator, Fault, onServer, script } from "../run/support/world.ts"

const options = { model: "claude-haiku-5-5", max_tokens: 1024 } as const

const pooled = (more: Partial<AnthropicLanguageModel.PooledOptions> = {}) =>
  Effect.provide(AnthropicLanguageModel.layerPooled({ ...options, ...more }))

/** The number of requests of each batch. */
const sizes = Effect.gen(function* () {
  const emulator = yield* Emulator
  return yield* Effect.forEach((yield* emulator.batches).toReversed(), ({ id }) =>
    Effect.map(emulator.batchRequests(id), ({ length }) => length)
  )
})

const City = Schema.Struct({ name: Schema.String, population: Schema.optional(Schema.Int) })

const toolkit = Toolkit.make(
  Tool.make("get_weather", {
    parameters: Schema.Struct({ city: Schema.String }),
    success: Schema.Struct({ degrees: Schema.Number })
  })
)

const weather = toolkit.toLayer({ get_weather: ({ city }) => Effect.succeed({ degrees: city.length }) })

describe("a pooled language model", () => {
  it.live("answers texts and objects that are asked for at once from one batch", () =>
    Effect.gen(function* () {
      const numbers = Array.from({ length: 150 }, (_, index) => index)
      const texts = Effect.forEach(
        numbers,
        (number) => Effect.map(LanguageModel.generateText({ prompt: `Hello ${number}` }), ({ text }) => text),
        { concurrency: "unbounded" }
      )
      const objects = Effect.forEach(
        numbers,
        () => Effect.map(LanguageModel.generateObject({ prompt: "Lyon", schema: City }), ({ value }) => value),
        { concurrency: "unbounded" }
      )
      const [said, found] = yield* Effect.all([texts, objects], { concurrency: "unbounded" })
      assert.deepStrictEqual(
        said,
        numbers.map((number) => `Hello ${number}`)
      )
      assert.isTrue(found.every(({ name }) => name === "Lyon"))
      assert.deepStrictEqual(yield* sizes, [300])
    }).pipe(pooled(), onServer())
  )

  it.live("runs tools over several rounds, each of which is a batch", () =>
    Effect.gen(function* () {
      const chat = yield* Chat.empty
      const first = yield* chat.generateText({ prompt: "call get_weather", toolkit })
      assert.strictEqual(first.finishReason, "tool-calls")
      assert.deepStrictEqual(
        first.toolResults.map(({ result }) => result),
        [{ degrees: "call get_weather".length }]
      )
      const second = yield* chat.generateText({ prompt: "thanks", toolkit })
      assert.strictEqual(second.finishReason, "stop")
      assert.deepStrictEqual(yield* sizes, [1, 1])
    }).pipe(Effect.provide(weather), pooled(), onServer())
  )

  it.live("streams by a direct call", () =>
    Effect.gen(function* () {
      const parts = yield* Stream.runCollect(LanguageModel.streamText({ prompt: "Hello" }))
      assert.strictEqual(parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join(""), "Hello")
      assert.strictEqual(yield* creates, 0)
      assert.deepStrictEqual(
        (yield* (yield* Emulator).requests).map(({ path }) => path),
        ["/v1/messages"]
      )
    }).pipe(pooled(), onServer())
  )

  it.live("applies the overrides and settings of one call, with a batch for each set of headers", () =>
    Effect.gen(function* () {
      const say = (prompt: string) => Effect.map(LanguageModel.generateText({ prompt }), (all) => all.finishReason)
      const reasons = yield* Effect.all(
        [
          say("one two three four"),
          Effect.provideService(say("one two three four"), AnthropicLanguageModel.Overrides, { max_tokens: 2 }),
          Effect.provideService(say("Hello"), AnthropicLanguageModel.Overrides, { betas: ["context-1m-2025-08-07"] }),
          Anthropic.withSettings({ userProfileId: "profile_1" })(say("Hello"))
        ],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(reasons, ["stop", "length", "stop", "stop"])
      assert.deepStrictEqual(yield* sizes, [2, 1, 1])
      const headers = (yield* (yield* Emulator).requests)
        .filter(({ method, path }) => method === "POST" && path === "/v1/messages/batches")
        .map(({ headers }) => [headers["anthropic-beta"], headers["anthropic-user-profile-id"]])
      assert.sameDeepMembers(headers, [
        [undefined, undefined],
        ["context-1m-2025-08-07", undefined],
        [undefined, "profile_1"]
      ])
    }).pipe(pooled(), onServer())
  )

  it.live("keeps batches within the limits of its options", () =>
    Effect.gen(function* () {
      yield* Effect.forEach(Array.from({ length: 12 }), () => LanguageModel.generateText({ prompt: "Hello" }), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(yield* sizes, [4, 4, 4])
    }).pipe(pooled({ window: "1 minute", maxRequests: 4 }), onServer())
  )

  it.live("fails with PoolOptionsError for invalid options", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(LanguageModel.generateText({ prompt: "Hello" }).pipe(pooled({ maxRequests: 0 })))
      assert.strictEqual(error._tag, "PoolOptionsError")
    }).pipe(onServer())
  )

  it.live("fails with ContentPolicyError for an object that the model refuses", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(LanguageModel.generateObject({ prompt: "Lyon", schema: City }))
      assert(AiError.isAiError(error))
      assert.strictEqual(error.reason._tag, "ContentPolicyError")
    }).pipe(
      pooled(),
      onServer({ outcome: () => ({ type: "succeeded", message: { content: [], stop_reason: "refusal" } }) })
    )
  )
})

const reasons: ReadonlyArray<
  readonly [
    name: string,
    emulator: AnthropicEmulator.Options,
    reason: string,
    isRetryable: boolean,
    cause: Pool.PoolError["_tag"],
    more?: Partial<AnthropicLanguageModel.PooledOptions>
  ]
> = [
  [
    "an overload",
    { outcome: () => ({ type: "errored", error: { type: "overloaded_error" } }) },
    "InternalProviderError",
    true,
    "OverloadedError"
  ],
  [
    "a malformed request",
    { outcome: () => ({ type: "errored", error: { type: "invalid_request_error" } }) },
    "InvalidRequestError",
    false,
    "InvalidRequestError"
  ],
  [
    "an expired request",
    { outcome: () => ({ type: "expired" }) },
    "InternalProviderError",
    true,
    "RequestExpiredError"
  ],
  ["a canceled request", { outcome: () => ({ type: "canceled" }) }, "UnknownError", false, "RequestCanceledError"],
  ["a missing answer", { plan: { lines: () => [] } }, "UnknownError", false, "AnswerMissingError"],
  [
    "an answer that was not waited for",
    { plan: { endsAfter: "5 hours" } },
    "UnknownError",
    false,
    "AnswerUnreadError",
    { watch: { timeout: "1 hour" } }
  ],
  ["a request that is refused here", {}, "InvalidUserInputError", false, "RequestRefusedError", { max_tokens: 0 }]
]

describe("an error of a pooled call", () => {
  for (const [name, emulator, reason, isRetryable, cause, more] of reasons) {
    it.live(`is ${reason} for ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(LanguageModel.generateText({ prompt: "Hello" }))
        assert(AiError.isAiError(error))
        assert.strictEqual(error.reason._tag, reason)
        assert.strictEqual(error.isRetryable, isRetryable)
        assert.propertyVal(error.reason.cause, "_tag", cause)
      }).pipe(pooled(more), onServer(emulator))
    )
  }

  it.live("is UnknownError when it is not known whether the batch was created", () =>
    Effect.gen(function* () {
      yield* script(
        { when: atCreate, ...Fault.processedThenReset() },
        { when: { method: "GET", path: (path) => path === "/v1/messages/batches" }, ...Fault.status(403) }
      )
      const error = yield* Effect.flip(LanguageModel.generateText({ prompt: "Hello" }))
      assert(AiError.isAiError(error))
      assert.strictEqual(error.reason._tag, "UnknownError")
      assert.propertyVal(error.reason.cause, "_tag", "IndeterminateError")
    }).pipe(pooled(), onServer())
  )

  it.live("is UnknownError when the layer is closed", () =>
    Effect.gen(function* () {
      const model = yield* Effect.scoped(
        Effect.map(Layer.build(AnthropicLanguageModel.layerPooled(options)), (context) => context)
      )
      const error = yield* Effect.flip(Effect.provide(LanguageModel.generateText({ prompt: "Hello" }), model))
      assert(AiError.isAiError(error))
      assert.strictEqual(error.reason._tag, "UnknownError")
      assert.propertyVal(error.reason.cause, "_tag", "PoolClosedError")
    }).pipe(onServer())
  )
})

describe("the types of a pooled language model", () => {
  it("require a client only", () => {
    expectTypeOf(AnthropicLanguageModel.layerPooled(options)).toEqualTypeOf<
      Layer.Layer<LanguageModel.LanguageModel, Pool.PoolOptionsError, HttpClient.HttpClient>
    >()
    expectTypeOf(
      AnthropicLanguageModel.layerPooled({ ...options, watch: { schedule: Schedule.spaced("1 hour") } })
    ).toEqualTypeOf<Layer.Layer<LanguageModel.LanguageModel, Pool.PoolOptionsError, HttpClient.HttpClient>>()
    // @ts-expect-error the model is required
    AnthropicLanguageModel.layerPooled({ max_tokens: 10 })
  })
})
