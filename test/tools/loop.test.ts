// The loop of calls: whole and streamed, its ends that are no answer, and the conversation that each leaves behind.
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { ToolLoopError } from "effect-anthropic/AnthropicError"
import * as Messages from "effect-anthropic/Messages"
import * as Tools from "effect-anthropic/Tools"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { params } from "../messages/support.ts"
import { Emulator, Fault, onEmulator, script } from "../support/batches.ts"

const Weather = Tool.make("get_weather", {
  parameters: Schema.Struct({ city: Schema.String }),
  success: Schema.String,
  failure: Schema.String
})
const toolkit = Toolkit.make(Weather)
const handlers = toolkit.toLayer({
  get_weather: ({ city }) => (city === "Mars" ? Effect.fail("too far") : Effect.succeed(`18 degrees in ${city}`))
})

const call = (id: string, input: unknown): Messages.ToolUseBlock => ({
  type: "tool_use",
  id,
  name: "get_weather",
  input
})

type Answer = ReturnType<NonNullable<AnthropicEmulator.Options["answer"]>>

/** Answers with these in turn, with the last one from then on. */
const answering = (...answers: ReadonlyArray<Answer>) =>
  onEmulator({ answer: (_, index) => answers[Math.min(index, answers.length - 1)] }, { retry: { maxRetries: 0 } })

const calls = (...inputs: ReadonlyArray<unknown>) => ({
  content: inputs.map((input, index) => call(`toolu_${index}`, input)),
  stop_reason: "tool_use"
})

const paused: Messages.ServerToolUseBlock = {
  type: "server_tool_use",
  id: "srvtoolu_1",
  name: "web_search",
  input: { query: "Lyon" }
}

/** The bodies that were sent. */
const bodies = Effect.map(
  Effect.flatMap(Emulator, ({ requests }) => requests),
  (all) => all.map(({ body }): Record<string, unknown> => ({ ...(Predicate.isReadonlyObject(body) ? body : {}) }))
)

const failureOf = <A, R>(effect: Effect.Effect<A, Tools.LoopError, R>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert(error._tag === "ToolLoopError")
    return error
  })

const roles = (messages: ReadonlyArray<Messages.MessageParam>) => messages.map(({ role }) => role)

describe("Tools.loop", () => {
  it.effect("answers calls until the model ends its turn", () =>
    Effect.gen(function* () {
      const { answers, message, messages } = yield* Tools.loop(params, toolkit)
      assert.strictEqual(Messages.text(message), "A jacket does no harm.")
      assert.lengthOf(answers, 3)
      assert.deepStrictEqual(roles(messages), ["user", "assistant", "user", "assistant", "user", "assistant"])
      assert.deepStrictEqual(messages[2]?.content, [
        { type: "tool_result", tool_use_id: "toolu_0", content: "18 degrees in Lyon" },
        { type: "tool_result", tool_use_id: "toolu_1", content: "too far", is_error: true }
      ])
    }).pipe(
      Effect.provide(handlers),
      answering(
        calls({ city: "Lyon" }, { city: "Mars" }),
        { content: [call("toolu_9", { city: "Nice" })], stop_reason: "tool_use" },
        "A jacket does no harm."
      )
    )
  )

  it.effect("continues after an input that is not an object, which it sends back as one", () =>
    Effect.gen(function* () {
      const { message, messages } = yield* Tools.loop(params, toolkit)
      assert.strictEqual(Messages.text(message), "Sorry.")
      const [block] = messages[1]?.content ?? []
      assert.deepInclude(block, { input: { INVALID_JSON: '{"city": Lyon}' } })
    }).pipe(Effect.provide(handlers), answering(calls('{"city": Lyon}'), "Sorry."))
  )

  it.effect("continues after a blank text, which it does not send back", () =>
    Effect.gen(function* () {
      const { answers, messages } = yield* Tools.loop(params, toolkit)
      assert.deepStrictEqual(answers[0]?.content.length, 2)
      assert.deepStrictEqual(
        messages.map(({ content }) => content?.length),
        [params.messages[0]?.content?.length, 1, 1, 1]
      )
      assert.deepStrictEqual(Messages.issues({ ...params, messages: [...messages, Messages.user("Thanks")] }), [])
    }).pipe(
      Effect.provide(handlers),
      answering(
        {
          content: [{ type: "text", text: "\n\n", citations: null }, call("toolu_1", { city: "Lyon" })],
          stop_reason: "tool_use"
        },
        {
          content: [
            { type: "text", text: "", citations: null },
            { type: "text", text: "Bye", citations: null }
          ]
        }
      )
    )
  )

  it.effect("adds the tools of the toolkit, forces a call only once, and keeps the container", () =>
    Effect.gen(function* () {
      yield* Tools.loop(
        {
          ...params,
          tools: [{ type: "code_execution_20260521", name: "code_execution" }],
          tool_choice: { type: "any", disable_parallel_tool_use: true }
        },
        toolkit
      )
      const [first, second] = yield* bodies
      assert.deepStrictEqual(first?.tool_choice, { type: "any", disable_parallel_tool_use: true })
      assert.deepStrictEqual(second?.tool_choice, { type: "auto", disable_parallel_tool_use: true })
      assert.isUndefined(first?.container)
      assert.strictEqual(second?.container, "container_1")
      assert(Array.isArray(first?.tools))
      assert.deepStrictEqual(
        first.tools.map(({ name }) => name),
        ["code_execution", "get_weather"]
      )
    }).pipe(
      Effect.provide(handlers),
      answering(
        { ...calls({ city: "Lyon" }), container: { id: "container_1", expires_at: null, skills: null } },
        "Done."
      )
    )
  )

  it.effect("keeps the skills of a container, and replaces a forced tool by the choice auto", () =>
    Effect.gen(function* () {
      const skills = [{ type: "anthropic", skill_id: "pdf" }] as const
      yield* Tools.loop(
        {
          ...params,
          tools: [{ type: "code_execution_20250825", name: "code_execution" }],
          tool_choice: { type: "tool", name: "get_weather" },
          container: { skills }
        },
        toolkit
      )
      const [, second] = yield* bodies
      assert.deepStrictEqual(second?.container, { skills, id: "container_1" })
      assert.deepStrictEqual(second?.tool_choice, { type: "auto" })
    }).pipe(
      Effect.provide(handlers),
      answering(
        { ...calls({ city: "Lyon" }), container: { id: "container_1", expires_at: null, skills: null } },
        "Done."
      )
    )
  )

  it.effect("sends an answer back when the server paused it", () =>
    Effect.gen(function* () {
      const { message, messages } = yield* Tools.loop(params, Toolkit.empty)
      assert.strictEqual(Messages.text(message), "and found it.")
      assert.deepStrictEqual(roles(messages), ["user", "assistant", "assistant"])
      const [first, second] = yield* bodies
      assert.isUndefined(first?.tools)
      assert.lengthOf(Array.isArray(second?.messages) ? second.messages : [], 2)
    }).pipe(
      answering(
        {
          content: [paused],
          stop_reason: "pause_turn"
        },
        "and found it."
      )
    )
  )

  for (const [stop, reason] of [
    ["max_tokens", "incomplete"],
    ["model_context_window_exceeded", "incomplete"],
    ["refusal", "refused"],
    ["compaction", "incomplete"],
    ["new_reason", "incomplete"]
  ] as const) {
    it.effect(`fails with the reason ${reason} when an answer stopped with ${stop}`, () =>
      Effect.gen(function* () {
        let ran = 0
        const counting = toolkit.toLayer({ get_weather: () => Effect.sync(() => String(ran++)) })
        const error = yield* failureOf(Tools.loop(params, toolkit).pipe(Effect.provide(counting)))
        assert.strictEqual(error.reason, reason)
        assert.strictEqual(error.answer?.stop_reason, stop)
        assert.deepStrictEqual(roles(error.messages), ["user"])
        assert.isFalse(error.isRetryable)
        assert.strictEqual(ran, 0)
      }).pipe(answering({ ...calls({ city: "Lyon" }), stop_reason: stop }))
    )
  }

  it.effect("fails with the reason incomplete when an answer stopped with tool_use and has no call", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(Tools.loop(params, toolkit))
      assert.strictEqual(error.reason, "incomplete")
      assert.include(error.message, "stop reason tool_use")
    }).pipe(Effect.provide(handlers), answering({ content: [{ type: "text", text: "Hm" }], stop_reason: "tool_use" }))
  )

  it.effect("fails after maxTurns with a conversation that another loop can continue", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(Tools.loop(params, toolkit, { maxTurns: 2 }))
      assert.strictEqual(error.reason, "turns")
      assert.lengthOf(error.answers, 2)
      assert.deepStrictEqual(roles(error.messages), ["user", "assistant", "user", "assistant", "user"])
      const { message } = yield* Tools.loop({ ...params, messages: error.messages }, toolkit)
      assert.strictEqual(Messages.text(message), "18 degrees.")
    }).pipe(
      Effect.provide(handlers),
      answering(
        calls({ city: "Lyon" }),
        { content: [call("toolu_9", { city: "Nice" })], stop_reason: "tool_use" },
        "18 degrees."
      )
    )
  )

  it.effect("counts a pause as a turn", () =>
    Effect.gen(function* () {
      const error = yield* failureOf(Tools.loop(params, Toolkit.empty, { maxTurns: 1 }))
      assert.strictEqual(error.reason, "turns")
      assert.deepStrictEqual(roles(error.messages), ["user", "assistant"])
    }).pipe(answering({ content: [{ type: "text", text: "Hm" }], stop_reason: "pause_turn" }))
  )

  it.effect("fails with the conversation so far when a later request fails, and can be continued", () =>
    Effect.gen(function* () {
      yield* script({ skip: 1, ...Fault.status(400) })
      const error = yield* failureOf(Tools.loop(params, toolkit))
      assert.strictEqual(error.reason, "failed")
      assert.strictEqual(error.cause?._tag, "InvalidRequestError")
      assert.isFalse(error.isRetryable)
      assert.lengthOf(error.answers, 1)
      assert.deepStrictEqual(roles(error.messages), ["user", "assistant", "user"])
      const stored = Schema.toCodecJson(ToolLoopError)
      const copy = Schema.decodeUnknownSync(stored)(JSON.parse(JSON.stringify(Schema.encodeUnknownSync(stored)(error))))
      assert.deepStrictEqual(JSON.stringify(copy.messages), JSON.stringify(error.messages))
      const { message } = yield* Tools.loop({ ...params, messages: copy.messages }, toolkit)
      assert.strictEqual(Messages.text(message), "18 degrees.")
    }).pipe(Effect.provide(handlers), answering(calls({ city: "Lyon" }), "18 degrees."))
  )

  it.effect("refuses wrong tools and options before the first request", () =>
    Effect.gen(function* () {
      const kit = Toolkit.make(Tool.make("no spaces"))
      const error = yield* Effect.flip(Tools.loop(params, kit, { maxTurns: 0, concurrency: 0 })).pipe(
        Effect.provide(kit.toLayer({ "no spaces": () => Effect.void }))
      )
      assert(error._tag === "RequestRefusedError")
      assert.deepStrictEqual(
        error.reasons.map(({ path }) => path),
        ["tools[0].name", "options.concurrency", "options.maxTurns"]
      )
      for (const maxTurns of [-1, 1.5, Number.NaN]) {
        const wrong = yield* Effect.flip(Tools.loop(params, Toolkit.empty, { maxTurns }))
        assert.strictEqual(wrong._tag, "RequestRefusedError")
      }
      assert.lengthOf(yield* bodies, 0)
    }).pipe(onEmulator())
  )
})

describe("Tools.stream", () => {
  it.effect("emits the events of every answer, every answer, every result and the end", () =>
    Effect.gen(function* () {
      const events = yield* Stream.runCollect(Tools.stream(params, toolkit))
      const kinds = events.map(({ turn, type }) => `${turn} ${type}`)
      assert.deepStrictEqual(
        kinds.filter((kind, index) => kind !== kinds[index - 1]),
        ["1 event", "1 message", "1 result", "2 event", "2 message", "2 end"]
      )
      const results = events.filter((event) => event.type === "result")
      assert.deepStrictEqual(results.map(({ call, outcome }) => [call.id, outcome._tag]).sort(), [
        ["toolu_0", "Answered"],
        ["toolu_1", "Failed"]
      ])
      const failed = results.find(({ outcome }) => outcome._tag === "Failed")
      assert.deepStrictEqual(failed?.outcome, { _tag: "Failed", error: "too far" })
      const last = events.at(-1)
      assert(last?.type === "end")
      assert.strictEqual(Messages.text(last.message), "18 degrees.")
    }).pipe(Effect.provide(handlers), answering(calls({ city: "Lyon" }, { city: "Mars" }), "18 degrees."))
  )

  it.effect("fails with the conversation when a stream breaks off", () =>
    Effect.gen(function* () {
      yield* script({ skip: 1, ...Fault.cutAfterEvents(3, "reset") })
      const error = yield* failureOf(Stream.runDrain(Tools.stream(params, toolkit)))
      assert.strictEqual(error.reason, "failed")
      assert.strictEqual(error.cause?._tag, "MessageInterruptedError")
      assert.isTrue(error.isRetryable)
      assert.deepStrictEqual(roles(error.messages), ["user", "assistant", "user"])
    }).pipe(Effect.provide(handlers), answering(calls({ city: "Lyon" }), "18 degrees."))
  )

  it.effect("sends no more requests when its reader stops", () =>
    Effect.gen(function* () {
      const events = yield* Stream.runCollect(
        Stream.takeUntil(Tools.stream(params, toolkit), ({ type }) => type === "result")
      )
      assert.strictEqual(events.at(-1)?.type, "result")
      assert.lengthOf(yield* bodies, 1)
    }).pipe(Effect.provide(handlers), answering(calls({ city: "Lyon" }), "18 degrees."))
  )
})
