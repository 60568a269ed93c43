import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Messages from "effect-anthropic/Messages"
import { calls, Emulator, Fault, onEmulator, script } from "../support/batches.ts"
import { answering, apiError, json, onVirtualTime, type Sent, text, using } from "../support/fakeClient.ts"
import { decodeMessage, hello, params, rich, streaming } from "./support.ts"

const bodyOf = (sent: Sent | undefined) =>
  Effect.gen(function* () {
    assert(sent !== undefined)
    return new TextDecoder().decode(Buffer.concat(yield* sent.upload))
  })

const lastBody = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.at(-1)?.body
})

describe("Messages.create", () => {
  it.effect("sends the parameters and returns the message", () =>
    Effect.gen(function* () {
      const message = yield* Messages.create(params)
      assert.strictEqual(Messages.text(message), "Hello")
      assert.strictEqual(message.stop_reason, "end_turn")
      assert.deepEqual(yield* lastBody, params)
      assert.deepStrictEqual(yield* calls, ["POST /v1/messages"])
    }).pipe(onEmulator())
  )

  it.effect("streams internally when max_tokens is above 21 333, where the official SDK refuses", () =>
    Effect.gen(function* () {
      yield* Messages.create({ ...params, max_tokens: 21_333 })
      assert.notProperty(yield* lastBody, "stream")
      const long = { ...params, max_tokens: 21_334 }
      assert.strictEqual(Messages.text(yield* Messages.create(long)), "Hello")
      assert.deepEqual(yield* lastBody, { ...long, stream: true })
      yield* script(Fault.cutAfterEvents(4, "end"))
      const error = yield* Effect.flip(Messages.create(long))
      assert(error._tag === "MessageInterruptedError")
      assert.strictEqual(error.operation, "Messages.create")
      assert.strictEqual(error.partial?.model, params.model)
    }).pipe(onEmulator())
  )

  it.effect("streams internally for a model name of a cloud platform when max_tokens is above 8 192", () =>
    Effect.gen(function* () {
      const fake = answering(streaming(hello))
      yield* Messages.create({ ...params, model: "claude-opus-4@20250514", max_tokens: 8_193 }).pipe(using(fake))
      assert.include(yield* bodyOf(fake.requests[0]), '"stream":true')
      const short = answering(json(rich))
      yield* Messages.create({ ...params, model: "claude-opus-4@20250514", max_tokens: 8_192 }).pipe(using(short))
      assert.notInclude(yield* bodyOf(short.requests[0]), "stream")
    })
  )

  it.effect("ignores a field `stream` in the parameters", () =>
    Effect.gen(function* () {
      yield* Messages.create(Messages.withExtra(params, { stream: true }))
      assert.notProperty(yield* lastBody, "stream")
      yield* Stream.runDrain(Messages.stream(Messages.withExtra(params, { stream: false })))
      assert.deepEqual(yield* lastBody, { ...params, stream: true })
    }).pipe(onEmulator())
  )

  it.effect("sends fields and blocks of a beta unchanged", () =>
    Effect.gen(function* () {
      const fake = answering(json(rich))
      const extra = { context_management: { edits: [] }, output_config: { task_budget: { type: "tokens", total: 9 } } }
      yield* Messages.create(
        Messages.withExtra(
          {
            ...params,
            messages: [Messages.user([Messages.raw({ type: "compaction", content: "so far" })])],
            tools: [Messages.raw({ type: "advisor_20260301", name: "advisor" })]
          },
          extra
        )
      ).pipe(Anthropic.withSettings({ betas: ["a", "b"] }), using(fake))
      assert.deepInclude(JSON.parse(yield* bodyOf(fake.requests[0])), {
        ...extra,
        messages: [{ role: "user", content: [{ type: "compaction", content: "so far" }] }],
        tools: [{ type: "advisor_20260301", name: "advisor" }]
      })
      assert.strictEqual(fake.requests[0]?.headers["anthropic-beta"], "a,b")
    })
  )

  it.effect("refuses parameters that cannot be written as JSON", () =>
    Effect.gen(function* () {
      const fake = answering(json(rich))
      const tool_use = { type: "tool_use", id: "t", name: "n", input: 1n } as const
      const unwritable = { ...params, messages: [Messages.assistant([tool_use])] }
      const created = yield* Effect.flip(Messages.create(unwritable).pipe(using(fake)))
      const counted = yield* Effect.flip(Messages.countTokens(unwritable).pipe(using(fake)))
      for (const error of [created, counted]) {
        assert(error._tag === "RequestRefusedError")
        assert.include(error.message, "BigInt")
      }
      assert.lengthOf(fake.requests, 0)
    })
  )

  it.effect("fails with DecodeError for an answer that is no message, and with SpendLimitError for a spend limit", () =>
    Effect.gen(function* () {
      const failing = (answer: Parameters<typeof answering>[0]) =>
        Effect.flip(Messages.create(params).pipe(using(answering(answer))))
      assert.strictEqual((yield* failing(text("<html>", { status: 200 })))._tag, "DecodeError")
      assert.strictEqual((yield* failing(text("", { status: 200 })))._tag, "DecodeError")
      const malformed = yield* failing(json({ ...rich, content: ["text"] }))
      assert(malformed._tag === "DecodeError")
      assert.deepStrictEqual(malformed.path, ["content", 0])
      const details = { error_code: "enforced_spend_limit_reached" }
      assert.strictEqual((yield* failing(apiError(429, "rate_limit_error", { details })))._tag, "SpendLimitError")
    })
  )

  it.effect("is repeated after a 500 and after an overload", () =>
    Effect.gen(function* () {
      const fake = answering(apiError(500, "api_error"), apiError(529, "overloaded_error"), json(rich))
      const result = yield* onVirtualTime(Messages.create(params).pipe(using(fake)))
      assert.strictEqual(result._tag, "Success")
      assert.lengthOf(fake.requests, 3)
    })
  )
})

describe("a conversation", () => {
  it.effect("sends thinking, calls and citations back unchanged, also when they were streamed", () =>
    Effect.gen(function* () {
      const received = JSON.stringify(rich)
      const turn = JSON.stringify(JSON.parse(received).content)
      const next = (message: Messages.Message) =>
        Effect.gen(function* () {
          const fake = answering(json(rich))
          yield* Messages.create({ ...params, messages: [...params.messages, Messages.assistant(message)] }).pipe(
            using(fake)
          )
          assert.include(yield* bodyOf(fake.requests[0]), `{"role":"assistant","content":${turn}}`)
        })
      const whole = yield* Messages.create(params).pipe(using(answering(json(JSON.parse(received)))))
      assert.strictEqual(JSON.stringify(whole), received)
      yield* next(whole)
      yield* next(
        yield* Messages.accumulate(Messages.stream(params)).pipe(
          onEmulator({ answer: () => decodeMessage(JSON.parse(received)) })
        )
      )
    })
  )
})

describe("Messages.countTokens", () => {
  it.effect("counts an input, and accepts the parameters of Messages.create", () =>
    Effect.gen(function* () {
      const { input_tokens } = yield* Messages.countTokens({ model: params.model, messages: params.messages })
      assert.isAbove(input_tokens, 0)
      const full = Messages.withExtra(
        {
          ...params,
          stop_sequences: ["x"],
          service_tier: "auto",
          metadata: {},
          container: "c",
          inference_geo: "us",
          diagnostics: null,
          system: "s",
          speed: "standard"
        },
        { stream: true, context_management: null }
      )
      yield* Messages.countTokens(full)
      const { model, messages, system, speed } = full
      assert.deepEqual(yield* lastBody, { model, messages, system, speed, context_management: null })
      assert.deepStrictEqual(yield* calls, Array(2).fill("POST /v1/messages/count_tokens"))
    }).pipe(onEmulator())
  )
})
