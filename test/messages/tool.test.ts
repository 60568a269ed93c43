import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Messages from "effect-anthropic/Messages"
import * as Tool from "effect-anthropic/Tool"
import { onEmulator } from "../support/batches.ts"
import { message, params } from "./support.ts"

const weather = Tool.make("get_weather", {
  description: "The weather in a city",
  input: Schema.Struct({ city: Schema.String, on: Schema.optionalKey(Schema.DateTimeUtcFromString) })
})

const now = Tool.make("now", { input: Schema.Struct({}), param: { defer_loading: true } })

const call = (id: string, input: unknown, fields: Record<string, unknown> = {}) => ({
  type: "tool_use",
  id,
  name: "get_weather",
  input,
  caller: { type: "direct" },
  ...fields
})

const calling = (content: ReadonlyArray<unknown>, stop_reason: string | null = "tool_use") =>
  message(content, { stop_reason })

class Offline extends Data.TaggedError("Offline") {}

class Station extends Context.Service<Station, { readonly degrees: number }>()("test/Station") {}

describe("Tool.make", () => {
  it("describes the tool to the API", () => {
    assert.deepStrictEqual(weather.param, {
      name: "get_weather",
      description: "The weather in a city",
      input_schema: {
        type: "object",
        properties: { city: { type: "string" }, on: { type: "string" } },
        required: ["city"],
        additionalProperties: false
      }
    })
    assert.deepStrictEqual(now.param, {
      defer_loading: true,
      name: "now",
      input_schema: { type: "object", properties: {}, additionalProperties: false }
    })
  })

  it("takes the subset of JSON Schema of the API when it is strict", () => {
    const strict = Tool.make("t", {
      strict: true,
      input: Schema.Struct({ n: Schema.Int.check(Schema.isGreaterThan(1)), o: Schema.optionalKey(Schema.String) })
    })
    assert.isTrue(strict.param.strict)
    assert.deepStrictEqual(strict.param.input_schema.required, ["n", "o"])
    assert.notInclude(JSON.stringify(strict.param), "exclusiveMinimum")
    assert.deepStrictEqual(Result.getOrThrow(strict.decodeInput({ n: 2, o: null })), { n: 2 })
    assert.deepStrictEqual(Tool.make("now", { strict: true, input: Schema.Struct({}) }).param.input_schema, {
      type: "object",
      properties: {},
      additionalProperties: false
    })
  })

  it("takes classes, and what is JSON only after encoding", () => {
    class Point extends Schema.Class<Point>("Point")({ at: Schema.DateTimeUtc }) {}
    const tool = Tool.make("t", { input: Point, strict: false })
    assert.strictEqual(tool.param.input_schema.type, "object")
    assert.property(tool.param.input_schema, "$defs")
    const point = Result.getOrThrow(tool.decodeInput({ at: "2026-01-01T00:00:00Z" }))
    assert.instanceOf(point, Point)
    assert.isTrue(DateTime.isDateTime(point.at))
  })

  it("refuses an input that is not an object", () => {
    assert.throws(() => Tool.make("t", { input: Schema.String }), "input of the tool t is not an object")
  })
})

describe("Tool.calls", () => {
  it("decodes the calls of a tool, in their order", () => {
    const answer = calling([
      { type: "text", text: "Let me see." },
      call("a", { city: "Lyon", on: "2026-01-01T00:00:00Z" }),
      call("b", {}, { name: "now" }),
      call("c", { city: 7 })
    ])
    const [first, second, ...others] = Tool.calls(answer, weather)
    assert.lengthOf(others, 0)
    assert(first !== undefined && second !== undefined)
    assert.strictEqual(first.id, "a")
    assert.strictEqual(first.block, answer.content[1])
    assert.strictEqual(Result.getOrThrow(first.input).city, "Lyon")
    assert(Result.isFailure(second.input) && second.input.failure._tag === "AnswerMismatchError")
    assert.deepStrictEqual(second.input.failure.path, ["city"])
    assert.strictEqual(second.input.failure.toolUseId, "c")
    assert.include(second.input.failure.message, "call c of message msg_1")
    assert.lengthOf(Tool.calls(answer, now), 1)
  })

  it("tells a refusal and an input that may be cut off from one that does not fit", () => {
    const tagOf = (content: ReadonlyArray<unknown>, stop: string) =>
      Tool.calls(calling(content, stop), weather).map(({ input }) =>
        Result.isFailure(input) ? input.failure._tag : "fits"
      )
    const good = call("a", { city: "Lyon" })
    assert.deepStrictEqual(tagOf([good], "refusal"), ["AnswerRefusedError"])
    assert.deepStrictEqual(tagOf([good, call("b", '{"city": "Ly')], "max_tokens"), ["fits", "AnswerIncompleteError"])
    assert.deepStrictEqual(tagOf([good, call("b", { city: "Ly" })], "max_tokens"), ["fits", "AnswerIncompleteError"])
    assert.deepStrictEqual(tagOf([good], "model_context_window_exceeded"), ["AnswerIncompleteError"])
    assert.deepStrictEqual(tagOf([good, { type: "text", text: "and" }], "max_tokens"), ["fits"])
    assert.deepStrictEqual(tagOf([call("b", "not json")], "tool_use"), ["AnswerIncompleteError"])
  })
})

describe("Tool.answer", () => {
  const handlers = [
    Tool.handle(weather, ({ city }) =>
      city === "Atlantis"
        ? Effect.succeed(Tool.failure("No such city"))
        : city === "Mars"
          ? Effect.fail(new Offline())
          : Effect.succeed(`18 degrees in ${city}`)
    ),
    Tool.handle(now, () =>
      Effect.map(Station, ({ degrees }) => [{ type: "text", text: `${degrees} o'clock` } as const])
    ),
    Tool.handleNamed("computer", ({ name }) => Effect.succeed(`did ${name}`))
  ]

  const station = Effect.provideService(Station, { degrees: 7 })

  it.effect("answers every call in its place", () =>
    Effect.gen(function* () {
      const results = yield* Tool.answer(
        calling([
          call("a", { city: "Lyon" }),
          { type: "text", text: "and" },
          call("b", {}, { name: "now" }),
          call("c", { city: "Atlantis" }),
          call("d", { town: "Lyon" }),
          call("e", {}, { name: "nonsense" }),
          call("f", { coordinate: [1, 2] }, { name: "left_click", toolset_name: "computer" })
        ]),
        handlers,
        { concurrency: "unbounded" }
      )
      const [, , , unfit] = results
      assert.deepStrictEqual(
        results.filter((result) => result !== unfit),
        [
          { type: "tool_result", tool_use_id: "a", content: "18 degrees in Lyon" },
          { type: "tool_result", tool_use_id: "b", content: [{ type: "text", text: "7 o'clock" }] },
          { type: "tool_result", tool_use_id: "c", content: "No such city", is_error: true },
          { type: "tool_result", tool_use_id: "e", content: "There is no tool nonsense", is_error: true },
          { type: "tool_result", tool_use_id: "f", toolset_name: "computer", content: "did left_click" }
        ]
      )
      assert.isTrue(unfit?.is_error)
      assert.include(String(unfit?.content), "does not fit")
      assert.deepStrictEqual(yield* Tool.answer(calling([{ type: "text", text: "Bye" }], "end_turn"), handlers), [])
    }).pipe(station)
  )

  it.effect("fails with what a handler fails with", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Tool.answer(calling([call("a", { city: "Mars" })]), handlers))
      assert.strictEqual(error._tag, "Offline")
    }).pipe(station)
  )

  it.effect("runs nothing when the model refused or an input is cut off", () =>
    Effect.gen(function* () {
      let ran = 0
      const counting = [Tool.handle(weather, () => Effect.sync(() => String(ran++)))]
      const refused = yield* Effect.flip(Tool.answer(calling([call("a", { city: "Lyon" })], "refusal"), counting))
      assert.strictEqual(refused._tag, "AnswerRefusedError")
      const content = [call("a", { city: "Lyon" }), call("b", '{"c')]
      const cut = yield* Effect.flip(Tool.answer(calling(content, "max_tokens"), counting))
      assert.strictEqual(cut._tag, "AnswerIncompleteError")
      assert.strictEqual(cut.toolUseId, "b")
      assert.strictEqual(ran, 0)
    })
  )

  it.effect("is a few lines from being a loop", () =>
    Effect.gen(function* () {
      const tools = [weather.param, now.param]
      const messages: Array<Messages.MessageParam> = [Messages.user("Use get_weather")]
      let message = yield* Messages.create({ ...params, tools, messages })
      assert.strictEqual(message.stop_reason, "tool_use")
      while (message.stop_reason === "tool_use") {
        messages.push(Messages.assistant(message), Messages.user(yield* Tool.answer(message, handlers)))
        message = yield* Messages.create({ ...params, tools, messages })
      }
      assert.strictEqual(Messages.text(message), "18 degrees in Use get_weather")
    }).pipe(station, onEmulator())
  )
})
