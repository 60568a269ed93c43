import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Messages from "effect-anthropic/Messages"
import { toEvents } from "../../src/testing/messages/events.ts"
import { written } from "../support/emulator.ts"
import {
  begin,
  collect,
  decodeEvent,
  decodeMessage,
  delta,
  end,
  finish,
  hello,
  rich,
  start,
  stop,
  text,
  textDelta,
  type Wire
} from "./support.ts"

const events = (wire: ReadonlyArray<Wire>) =>
  Stream.fromIterable(structuredClone(wire).map((event) => decodeEvent(event)))

const accumulate = (wire: ReadonlyArray<Wire>) => Messages.accumulate(events(wire))

const wired = (events: ReadonlyArray<object>): ReadonlyArray<Wire> => JSON.parse(JSON.stringify(events))

/** The message of these events between a start and an end. */
const of = (...wire: ReadonlyArray<Wire>) => accumulate([start(), ...wire, finish(), end])

const block = (start: unknown, ...deltas: ReadonlyArray<unknown>) => [
  begin(0, start),
  ...deltas.map((piece) => delta(0, piece)),
  stop(0)
]

const json = (partial_json: string) => ({ type: "input_json_delta", partial_json })

const call = { type: "tool_use", id: "toolu_1", name: "look", input: {}, caller: { type: "direct" } }

describe("Messages.accumulate", () => {
  it.effect("joins the deltas of text, thinking, signatures and citations", () =>
    Effect.gen(function* () {
      const citation = {
        type: "web_search_result_location",
        cited_text: "x",
        url: "u",
        title: null,
        encrypted_index: "i"
      }
      const message = yield* accumulate([
        start(),
        begin(0, { type: "thinking", thinking: "", signature: "" }),
        delta(0, { type: "thinking_delta", thinking: "Hm" }),
        delta(0, { type: "thinking_delta", thinking: "…" }),
        delta(0, { type: "signature_delta", signature: "first" }),
        delta(0, { type: "signature_delta", signature: "second" }),
        stop(0),
        begin(1, text),
        textDelta(1, "One"),
        delta(1, { type: "citations_delta", citation }),
        begin(2, { type: "text", text: "", citations: [citation] }),
        textDelta(1, " two"),
        delta(2, { type: "citations_delta", citation: { type: "hologram_location", at: 1 } }),
        stop(1),
        stop(2),
        begin(3, { type: "text", text: "bare" }),
        delta(3, { type: "citations_delta", citation }),
        stop(3),
        finish(),
        end
      ])
      assert.deepStrictEqual(written(message.content), [
        { type: "thinking", thinking: "Hm…", signature: "second" },
        { type: "text", text: "One two", citations: [citation] },
        { type: "text", text: "", citations: [citation, { type: "hologram_location", at: 1 }] },
        { type: "text", text: "bare", citations: [citation] }
      ])
      assert.strictEqual(message.stop_reason, "end_turn")
      assert.strictEqual(message.usage.output_tokens, 9)
    })
  )

  it.effect("parses the input of a call at the end of its block", () =>
    Effect.gen(function* () {
      const parsed = yield* of(...block(call, json(""), json('{"a":[1,'), json('"ä"]}')))
      assert.deepStrictEqual(written(parsed.content), [{ ...call, input: { a: [1, "ä"] } }])
      const without = yield* of(...block(call))
      assert.deepStrictEqual(written(without.content), [call])
      const open = yield* of(
        ...block({ ...call, type: "server_tool_use", name: "web_search" }, json("{}")).slice(0, -1)
      )
      assert.deepStrictEqual(written(open.content), [{ ...call, type: "server_tool_use", name: "web_search" }])
    })
  )

  it.effect("keeps an input that was cut off as the text that came", () =>
    Effect.gen(function* () {
      const cut = (...deltas: ReadonlyArray<unknown>) =>
        Effect.map(
          accumulate([start(), ...block(call, ...deltas), finish({ stop_reason: "max_tokens" }), end]),
          ({ content: [first] }) => (first?.type === "tool_use" ? first.input : undefined)
        )
      assert.strictEqual(yield* cut(json('{"count": 12')), '{"count": 12')
      assert.strictEqual(yield* cut(json('{"city": "Ly')), '{"city": "Ly')
      assert.strictEqual(yield* cut(), "")
      assert.strictEqual(yield* cut(json("")), "")
      assert.deepStrictEqual(yield* cut(json("{}")), {})
      const eager = yield* of(...block(call, json("not json")))
      assert.deepStrictEqual(written(eager.content), [{ ...call, input: "not json" }])
    })
  )

  it.effect("assigns the fields of message_delta: stops also when null, counts only when they are present", () =>
    Effect.gen(function* () {
      const container = { id: "c", expires_at: "2026-01-01T00:00:00Z", skills: null }
      const message = yield* accumulate([
        start({
          usage: {
            input_tokens: 5,
            output_tokens: 1,
            cache_read_input_tokens: 7,
            cache_creation_input_tokens: 3,
            server_tool_use: null
          },
          container: null
        }),
        finish({ stop_reason: "refusal", stop_sequence: "x", container }, { input_tokens: 0 }),
        finish(
          {
            stop_reason: null,
            stop_details: { type: "refusal", category: null, explanation: null },
            container: null,
            later: 1
          },
          {
            output_tokens: 20,
            input_tokens: null,
            cache_read_input_tokens: 0,
            cache_creation_input_tokens: null,
            server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 },
            later_tokens: 4
          }
        ),
        { ...finish(), context_management: { applied_edits: [] }, input_transformations: null },
        end
      ])
      assert.strictEqual(message.stop_reason, "end_turn")
      assert.isNull(message.stop_sequence)
      assert.deepStrictEqual(written(message.stop_details), { type: "refusal", category: null, explanation: null })
      assert.deepStrictEqual(written(message.container), container)
      assert.deepStrictEqual(written(message.usage), {
        input_tokens: 0,
        output_tokens: 9,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 3,
        server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 },
        later_tokens: 4
      })
      assert.strictEqual(Reflect.get(message, "later"), 1)
      assert.deepStrictEqual(Reflect.get(message, "context_management"), { applied_edits: [] })
      assert.notProperty(message, "input_transformations")
    })
  )

  it.effect("keeps stop fields that message_delta does not have", () =>
    Effect.gen(function* () {
      const bare = { type: "message_delta", delta: {}, usage: { output_tokens: 3 } }
      const message = yield* accumulate([start(), bare, end])
      assert.isNull(message.stop_reason)
      assert.isNull(message.stop_sequence)
    })
  )

  it.effect("applies known deltas to blocks of an unknown type", () =>
    Effect.gen(function* () {
      const message = yield* accumulate([
        start(),
        ...block({ type: "mcp_tool_use", id: "m", name: "n", server_name: "s", input: {} }, json('{"a":'), json("1}")),
        begin(1, { type: "compaction", content: null, encrypted_content: null }),
        delta(1, { type: "compaction_delta", content: "short", encrypted_content: null }),
        delta(1, { type: "compaction_delta", encrypted_content: "e" }),
        delta(1, { type: "signature_delta", signature: "s" }),
        stop(1),
        begin(2, { type: "essay", text: "A" }),
        textDelta(2, "B"),
        delta(2, { type: "thinking_delta", thinking: "C" }),
        delta(2, { type: "citations_delta", citation: { type: "strange" } }),
        delta(2, { type: "smell_delta", smell: "rose" }),
        stop(2),
        begin(3, { type: "essay", citations: [1] }),
        delta(3, { type: "citations_delta", citation: { type: "strange" } }),
        begin(4, { type: "fallback", from: { model: "a" }, to: { model: "claude-other" } }),
        begin(5, { type: "fallback", to: "nowhere" }),
        begin(6, { type: "fallback", to: { model: 7 } }),
        finish(),
        end
      ])
      assert.deepStrictEqual(written(message.content), [
        { type: "mcp_tool_use", id: "m", name: "n", server_name: "s", input: { a: 1 } },
        { type: "compaction", content: "short", encrypted_content: "e", signature: "s" },
        { type: "essay", text: "AB", thinking: "C", citations: [{ type: "strange" }] },
        { type: "essay", citations: [1, { type: "strange" }] },
        { type: "fallback", from: { model: "a" }, to: { model: "claude-other" } },
        { type: "fallback", to: "nowhere" },
        { type: "fallback", to: { model: 7 } }
      ])
      assert.strictEqual(message.model, "claude-other")
    })
  )

  it.effect("ignores events before the start and after the end", () =>
    Effect.gen(function* () {
      const message = yield* accumulate([
        { type: "weather" },
        textDelta(0, "lost"),
        ...hello,
        start(),
        { type: "message_stop" }
      ])
      assert.strictEqual(Messages.text(message), "Hello")
    })
  )

  it.effect("continues the content of a message that does not start empty", () =>
    Effect.gen(function* () {
      const message = yield* accumulate([
        start({ content: [{ ...text, text: "A" }] }),
        begin(1, text),
        textDelta(1, "B"),
        end
      ])
      assert.strictEqual(Messages.text(message), "AB")
      const error = yield* Effect.flip(accumulate([start({ content: [text] }), textDelta(0, "B"), end]))
      assert.include(error.message, "block 0 has already stopped")
    })
  )

  it.effect("fails on events that contradict each other, with the message so far", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [ReadonlyArray<Wire>, string]> = [
        [[...hello.slice(0, 3), start()], "a second message_start"],
        [[start(), textDelta(0, "x")], "block 0 has not started"],
        [[...hello.slice(0, 5), textDelta(0, "x")], "block 0 has already stopped"],
        [[...hello.slice(0, 5), stop(0)], "block 0 has already stopped"],
        [[start(), begin(-1, text)], "content_block_start of block -1 where 0 is next"],
        [[start(), begin(0, call), textDelta(0, "x")], "text_delta does not fit block 0"],
        [[start(), begin(0, call), delta(0, { type: "citations_delta", citation: { type: "x" } })], "citations_delta"]
      ]
      for (const [wire, description] of cases) {
        const error = yield* Effect.flip(accumulate([...wire, ...hello.slice(5)]))
        assert.strictEqual(error.reason, "malformed")
        assert.strictEqual(error.operation, "Messages.accumulate")
        assert.include(error.message, description)
        assert.strictEqual(error.partial?.id, "msg_1")
      }
    })
  )

  it.effect("fails without message_start or message_stop", () =>
    Effect.gen(function* () {
      const cut = yield* Effect.flip(accumulate(hello.slice(0, 4)))
      assert.strictEqual(cut.reason, "ended")
      assert(cut.partial !== undefined)
      assert.strictEqual(Messages.text(cut.partial), "Hello")
      for (const wire of [[], [end], hello.slice(1)]) {
        const error = yield* Effect.flip(accumulate(wire))
        assert.strictEqual(error.reason, "ended")
        assert.isUndefined(error.partial)
      }
    })
  )

  it.effect("fails with the error of its events", () =>
    Effect.gen(function* () {
      const failing = Stream.concat(events(hello.slice(0, 2)), Stream.fail("mine"))
      assert.strictEqual(yield* Effect.flip(Messages.accumulate(failing)), "mine")
    })
  )
})

describe("Messages.snapshots", () => {
  it.effect("emits the message after each event, and does not change it afterwards", () =>
    Effect.gen(function* () {
      const { seen, error } = yield* collect(Messages.snapshots(events([{ type: "weather" }, ...hello])))
      assert.isUndefined(error)
      assert.deepStrictEqual(seen.map(Messages.text), ["", "", "Hel", "Hello", "Hello", "Hello", "Hello"])
      assert.strictEqual(seen.at(-2)?.stop_reason, "end_turn")
      assert.isNull(seen.at(-3)?.stop_reason)
      assert.deepEqual(seen.at(-1), yield* accumulate(hello))
    })
  )

  it.effect("has the input of a call as text until it is complete, and fails with the part that came", () =>
    Effect.gen(function* () {
      const wire = [start(), ...block(call, json('{"a"'), json(":1}"))]
      const { seen, error } = yield* collect(Messages.snapshots(events(wire)))
      assert(error !== undefined)
      assert.strictEqual(error.operation, "Messages.snapshots")
      const inputs = seen.flatMap(({ content }) => content.map((block) => block.type === "tool_use" && block.input))
      assert.deepStrictEqual(inputs, [{}, '{"a"', '{"a":1}', { a: 1 }])
      const open = yield* collect(Messages.snapshots(events(wire.slice(0, 3))))
      assert.deepStrictEqual(written(open.error?.partial?.content), [{ ...call, input: '{"a"' }])
    })
  )
})

describe("a message that is streamed and accumulated", () => {
  it.effect("is equal to the original, in pieces of any length", () =>
    Effect.gen(function* () {
      const message = decodeMessage(structuredClone(rich))
      for (const length of [1, 3, 1000]) {
        const accumulated = yield* accumulate(wired(toEvents(message, length)))
        assert.strictEqual(JSON.stringify(accumulated), JSON.stringify(rich))
      }
    })
  )

  const Text = Schema.String.check(Schema.isMaxLength(30))
  const Input = Schema.Record(Text, Schema.Union([Schema.Finite, Text, Schema.Null, Schema.Array(Text)]))
  const Block = Schema.Union([
    Schema.Struct({
      type: Schema.Literal("text"),
      text: Text,
      citations: Schema.NullOr(Schema.Array(Schema.Struct({ type: Schema.Literal("new_location"), at: Schema.Finite })))
    }),
    Schema.Struct({ type: Schema.Literal("thinking"), thinking: Text, signature: Text }),
    Schema.Struct({ type: Schema.Literal("redacted_thinking"), data: Text }),
    Schema.Struct({ type: Schema.Literal("tool_use"), id: Text, name: Text, input: Input }),
    Schema.Struct({ type: Schema.Literal("server_tool_use"), id: Text, name: Text, input: Input }),
    Schema.Struct({ type: Schema.Literal("container_upload"), file_id: Text }),
    Schema.Struct({ type: Schema.Literal("hologram"), voxels: Schema.Array(Schema.Finite) })
  ])
  const Blocks = Schema.Array(Block).check(Schema.isMaxLength(6))
  const Stop = Schema.Literals(["end_turn", "tool_use", "refusal", "pause_turn", "stop_sequence"])
  const Count = Schema.NullOr(Schema.Int)

  it.effect.prop(
    "is equal to the original, with any blocks",
    [Arbitrary.schema(Blocks), Stop, Count, Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7 }))],
    ([blocks, stop_reason, count, length]) =>
      Effect.gen(function* () {
        const usage = { input_tokens: 3, output_tokens: 4, cache_read_input_tokens: count }
        const wire = written({ ...rich, content: blocks, stop_reason, usage })
        const message = decodeMessage(structuredClone(wire))
        const accumulated = yield* accumulate(wired(toEvents(message, length)))
        assert.strictEqual(JSON.stringify(accumulated), JSON.stringify(wire))
      }),
    { arbitrary: { runs: 300 } }
  )
})
