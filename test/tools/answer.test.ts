// Calls answered by the handlers of a toolkit, each kind of call that cannot be, and every bad input.
import { assert, describe, it } from "@effect/vitest"
import * as AiError from "effect/ai/AiError"
import * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import type * as Messages from "effect-anthropic/Messages"
import * as Tools from "effect-anthropic/Tools"
import { message } from "../messages/support.ts"

class Offline extends Schema.TaggedError<Offline>()("Offline", { since: Schema.Number }) {}

class Station extends Context.Service<Station, { readonly degrees: number }>()("test/Station") {}

const Weather = Tool.make("get_weather", {
  description: "The weather in a city",
  parameters: Schema.Struct({ city: Schema.String, on: Schema.optionalKey(Schema.DateTimeUtcFromString) }),
  success: Schema.String,
  failure: Offline
})
const Now = Tool.make("now", { success: Schema.Struct({ hour: Schema.Number }), dependencies: [Station] })

const toolkit = Toolkit.make(Weather, Now)
const handlers = toolkit.toLayer({
  get_weather: ({ city }) =>
    city === "Mars"
      ? Effect.fail(new Offline({ since: 3 }))
      : Effect.succeed(city === "" ? "" : `18 degrees in ${city}`),
  now: () => Effect.map(Station, ({ degrees }) => ({ hour: degrees }))
})
const station = Effect.provideService(Station, { degrees: 7 })

const call = (id: string, input: unknown, fields: Record<string, unknown> = {}) => ({
  type: "tool_use",
  id,
  name: "get_weather",
  input,
  caller: { type: "direct" },
  ...fields
})

const calling = (content: ReadonlyArray<unknown>, stop_reason: string | null = "tool_use"): Messages.Message =>
  message(content, { stop_reason })

describe("Tools.answer", () => {
  it.effect("returns a result for every call in order, also when others fail", () =>
    Effect.gen(function* () {
      const results = yield* Tools.answer(
        calling([
          call("a", { city: "Lyon" }),
          { type: "text", text: "and" },
          call("b", {}, { name: "now" }),
          call("c", { city: "Mars" }),
          call("d", { town: "Lyon" }),
          call("e", {}, { name: "nonsense" }),
          call("f", { city: "Nice", on: "2026-01-01T00:00:00Z" }),
          call("g", { city: "" })
        ]),
        toolkit
      )
      const [, , , unfit] = results
      assert.deepStrictEqual(
        results.filter((result) => result !== unfit),
        [
          { type: "tool_result", tool_use_id: "a", content: "18 degrees in Lyon" },
          { type: "tool_result", tool_use_id: "b", content: '{"hour":7}' },
          { type: "tool_result", tool_use_id: "c", content: '{"_tag":"Offline","since":3}', is_error: true },
          { type: "tool_result", tool_use_id: "e", content: "There is no tool nonsense", is_error: true },
          { type: "tool_result", tool_use_id: "f", content: "18 degrees in Nice" },
          { type: "tool_result", tool_use_id: "g" }
        ]
      )
      assert.isTrue(unfit?.is_error)
      assert.match(String(unfit?.content), /does not fit[\s\S]*city/)
      assert.deepStrictEqual(yield* Tools.answer(calling([{ type: "text", text: "Bye" }], "end_turn"), toolkit), [])
    }).pipe(station, Effect.provide(handlers))
  )

  it.effect("returns an error for an input that is cut off, and runs the other calls", () =>
    Effect.gen(function* () {
      const answerOf = (content: ReadonlyArray<unknown>, stop: string) =>
        Effect.map(Tools.answer(calling(content, stop), toolkit), (results) =>
          results.map(({ content, is_error }) => (is_error === true ? content : "ran"))
        )
      const good = call("a", { city: "Lyon" })
      const cut = "The input was cut off"
      assert.deepStrictEqual(yield* answerOf([good, call("b", '{"city": "Ly')], "max_tokens"), ["ran", cut])
      assert.deepStrictEqual(yield* answerOf([good, call("b", { city: "Ly" })], "max_tokens"), ["ran", cut])
      assert.deepStrictEqual(yield* answerOf([good], "model_context_window_exceeded"), [cut])
      assert.deepStrictEqual(yield* answerOf([good, { type: "text", text: "and" }], "max_tokens"), ["ran"])
    }).pipe(station, Effect.provide(handlers))
  )

  for (const [what, input, told] of [
    ["null", null, "it is null, not a JSON object"],
    ["a number", 7, "it is 7, not a JSON object"],
    ["a list", [{ city: "Lyon" }], "it is a list, not a JSON object"],
    ["an empty text", "", "it is blank"],
    ["a blank text", " \n", "it is blank"],
    ["JSON in a string", '{"city": "Lyon"}', "it is a text, not a JSON object"],
    ["not JSON", '{"city": Lyon}', "it is a text, not a JSON object"]
  ] as const) {
    it.effect(`returns an error for an input that is ${what}, and runs the other calls`, () =>
      Effect.gen(function* () {
        const results = yield* Tools.answer(calling([call("a", input), call("b", { city: "Lyon" })]), toolkit)
        assert.deepStrictEqual(results, [
          { type: "tool_result", tool_use_id: "a", content: `The input does not fit: ${told}`, is_error: true },
          { type: "tool_result", tool_use_id: "b", content: "18 degrees in Lyon" }
        ])
      }).pipe(station, Effect.provide(handlers))
    )
  }

  it.effect("fails when the model refused, and runs nothing", () =>
    Effect.gen(function* () {
      let ran = 0
      const counting = toolkit.toLayer({
        get_weather: () => Effect.sync(() => String(ran++)),
        now: () => Effect.succeed({ hour: ran++ })
      })
      const refused = yield* Tools.answer(calling([call("a", { city: "Lyon" })], "refusal"), toolkit).pipe(
        Effect.provide(counting),
        Effect.flip
      )
      assert.strictEqual(refused._tag, "AnswerRefusedError")
      assert.strictEqual(ran, 0)
    }).pipe(station)
  )

  it.effect("returns an error for a failure in both failure modes, with or without its schema", () =>
    Effect.gen(function* () {
      const kit = Toolkit.make(
        Tool.make("error_mode", { failure: Schema.String }),
        Tool.make("return_mode", { failure: Offline, failureMode: "return" }),
        Tool.make("empty", { failure: Schema.String }),
        Tool.make("ai", { failureMode: "return" }),
        Tool.make("ai_error", {}),
        Tool.make("unfit", { parameters: Schema.Struct({ n: Schema.Number }), failureMode: "return" }),
        Tool.make("no_json", { failure: Schema.Unknown }),
        Tool.make("other", { failure: Schema.Number })
      )
      const invalid = new AiError.InvalidUserInputError({ description: "no such city" })
      const layer = kit.toLayer({
        error_mode: () => Effect.fail("closed"),
        return_mode: () => Effect.fail(new Offline({ since: 1 })),
        empty: () => Effect.fail(""),
        ai: () => Effect.fail(invalid),
        ai_error: () => Effect.fail(invalid),
        unfit: () => Effect.void,
        no_json: () => Effect.fail(1n),
        other: () => Effect.fail(Number.NaN)
      })
      const results = yield* Tools.answer(
        calling(Object.keys(kit.tools).map((name) => call(name, name === "unfit" ? { n: "x" } : {}, { name }))),
        kit
      ).pipe(Effect.provide(layer))
      assert.isTrue(results.every(({ is_error }) => is_error === true))
      const [errorMode, returnMode, empty, ai, aiError, unfit, noJson, other] = results.map(({ content }) => content)
      assert.strictEqual(errorMode, "closed")
      assert.strictEqual(returnMode, '{"_tag":"Offline","since":1}')
      assert.strictEqual(empty, "The tool failed")
      assert.include(ai, "no such city")
      assert.include(aiError, "no such city")
      assert.include(unfit, "does not fit")
      assert.strictEqual(noJson, "The tool failed")
      assert.strictEqual(other, "NaN")
    })
  )

  it.effect("returns an error for a result that does not fit its schema or cannot be sent", () =>
    Effect.gen(function* () {
      const kit = Toolkit.make(
        Tool.make("wrong", { success: Schema.Struct({ n: Schema.Int }) }),
        Tool.make("big", { success: Schema.Unknown }),
        Tool.make("film", {
          success: Schema.String,
          toModelOutput: (data) => [Prompt.filePart({ data, mediaType: "video/mp4" })]
        })
      )
      const layer = kit.toLayer({
        wrong: () => Effect.succeed({ n: 1.5 }),
        big: () => Effect.succeed({ n: 1n }),
        film: () => Effect.succeed("AAAA")
      })
      const results = yield* Tools.answer(
        calling(Object.keys(kit.tools).map((name) => call(name, {}, { name }))),
        kit
      ).pipe(Effect.provide(layer))
      const [wrong, big, film] = results.map(({ content, is_error }) => (is_error === true ? String(content) : ""))
      assert.include(wrong, "wrong")
      assert.match(String(big), /tool failed/)
      assert.match(String(film), /tool failed: .*video\/mp4/)
    })
  )

  it.effect("returns the result of toModelOutput, and encodes values without a form in JSON", () =>
    Effect.gen(function* () {
      const kit = Toolkit.make(
        Tool.make("shown", {
          success: Schema.Number,
          toModelOutput: (n) => [
            Prompt.textPart({ text: `it is ${n}` }),
            Prompt.filePart({ data: "QUJD", mediaType: "image/png" })
          ]
        }),
        Tool.make("dates", { success: Schema.DateTimeUtc }),
        Tool.make("big", { success: Schema.BigInt }),
        Tool.make("nothing", {}),
        Tool.make("progress", { success: Schema.Number })
      )
      const at = Schema.decodeSync(Schema.DateTimeUtcFromString)("2026-01-01T00:00:00Z")
      const layer = kit.toLayer({
        shown: () => Effect.succeed(7),
        dates: () => Effect.succeed(at),
        big: () => Effect.succeed(12n),
        nothing: () => Effect.void,
        progress: (_, { preliminary, toolCallId }) =>
          Effect.as(Effect.andThen(preliminary(1), preliminary(2)), toolCallId === "progress" ? 3 : 0)
      })
      const results = yield* Tools.answer(
        calling(Object.keys(kit.tools).map((name) => call(name, {}, { name }))),
        kit
      ).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        results.map(({ content }) => content),
        [
          [
            { type: "text", text: "it is 7" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "QUJD" } }
          ],
          "2026-01-01T00:00:00.000Z",
          "12",
          undefined,
          "3"
        ]
      )
      assert.isTrue(results.every(({ is_error }) => is_error === undefined))
    })
  )

  it.effect("runs a tool that needs an approval only when it is approved", () =>
    Effect.gen(function* () {
      const kit = Toolkit.make(
        Tool.make("always", { success: Schema.String, needsApproval: true }),
        Tool.make("asked", { success: Schema.String, needsApproval: () => false }),
        Tool.make("never", { success: Schema.String, needsApproval: false })
      )
      const layer = kit.toLayer({
        always: () => Effect.succeed("ran"),
        asked: () => Effect.succeed("ran"),
        never: () => Effect.succeed("ran")
      })
      const answer = calling(Object.keys(kit.tools).map((name) => call(name, {}, { name })))
      const contents = (options?: Tools.AnswerOptions) =>
        Effect.map(Tools.answer(answer, kit, options), (results) => results.map(({ content }) => content))
      const denied = "The call was not approved"
      assert.deepStrictEqual(yield* contents().pipe(Effect.provide(layer)), [denied, denied, "ran"])
      const approve = ({ name }: Messages.ToolUseBlock) => Effect.succeed(name === "always")
      assert.deepStrictEqual(yield* contents({ approve }).pipe(Effect.provide(layer)), ["ran", denied, "ran"])
    })
  )

  it.effect("takes parameters of classes, recursive, with rest, dynamic, not objects, and without a form in JSON", () =>
    Effect.gen(function* () {
      class Place extends Schema.Class<Place>("Place")({ city: Schema.String }) {}
      interface Tree {
        readonly name: string
        readonly kids: ReadonlyArray<Tree>
      }
      const Tree = Schema.Struct({
        name: Schema.String,
        kids: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
      })
      const kit = Toolkit.make(
        Tool.make("by_class", { parameters: Place, success: Schema.String }),
        Tool.make("recursive", { parameters: Tree, success: Schema.Number }),
        Tool.make("rest", {
          parameters: Schema.StructWithRest(Schema.Struct({ a: Schema.String }), [
            Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite]))
          ]),
          success: Schema.String
        }),
        Tool.make("text", { parameters: Schema.String, success: Schema.String }),
        Tool.make("either", {
          parameters: Schema.Union([Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.String })]),
          success: Schema.String
        }),
        Tool.make("date", { parameters: Schema.Struct({ at: Schema.DateTimeUtc }), success: Schema.Boolean }),
        Tool.dynamic("dynamic", { parameters: { type: "object", properties: { q: {} } }, success: Schema.Unknown }),
        Tool.make("strict", {
          parameters: Schema.Struct({ n: Schema.optionalKey(Schema.Int), r: Schema.Record(Schema.String, Schema.Int) }),
          success: Schema.String
        }).annotate(Tool.Strict, true)
      )
      const layer = kit.toLayer({
        by_class: (place) => Effect.succeed(place instanceof Place ? place.city : "no class"),
        recursive: ({ kids }) => Effect.succeed(kids.length),
        rest: (all) => Effect.succeed(JSON.stringify(all)),
        text: (text) => Effect.succeed(text.toUpperCase()),
        either: (one) => Effect.succeed("a" in one ? one.a : one.b),
        date: ({ at }) => Effect.succeed(at.epochMilliseconds > 0),
        dynamic: (input) => Effect.succeed(input),
        strict: (all) => Effect.succeed(JSON.stringify(all))
      })
      const results = yield* Tools.answer(
        calling([
          call("1", { city: "Lyon" }, { name: "by_class" }),
          call("2", { name: "a", kids: [{ name: "b", kids: [] }] }, { name: "recursive" }),
          call("3", { a: "x", b: 1 }, { name: "rest" }),
          call("4", { value: "hi" }, { name: "text" }),
          call("5", { value: { b: "bee" } }, { name: "either" }),
          call("6", { at: "2026-01-01T00:00:00Z" }, { name: "date" }),
          call("7", { q: 1 }, { name: "dynamic" }),
          call("8", { n: null, r: [{ "0": "k", "1": 1 }] }, { name: "strict" }),
          call("9", { n: "x" }, { name: "strict" })
        ]),
        kit
      ).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        results.slice(0, 8).map(({ content }) => content),
        ["Lyon", "1", '{"a":"x","b":1}', "HI", "bee", "true", '{"q":1}', '{"r":{"k":1}}']
      )
      assert.isTrue(results[8]?.is_error)
    })
  )

  it.effect("decodes parameters with effects and services", () =>
    Effect.gen(function* () {
      const Degrees = Schema.String.pipe(
        Schema.decodeTo(Schema.Number, {
          decode: SchemaGetter.transformEffect((text: string) =>
            Effect.andThen(
              Effect.yieldNow,
              Effect.map(Station, ({ degrees }) => degrees + text.length)
            )
          ),
          encode: SchemaGetter.transform(String)
        })
      )
      const kit = Toolkit.make(
        Tool.make("later", { parameters: Schema.Struct({ at: Degrees }), success: Schema.Number })
      )
      const results = yield* Tools.answer(calling([call("a", { at: "abc" }, { name: "later" })]), kit).pipe(
        Effect.provide(kit.toLayer({ later: ({ at }) => Effect.succeed(at) })),
        station
      )
      assert.deepStrictEqual(results, [{ type: "tool_result", tool_use_id: "a", content: "10" }])
    })
  )

  it.effect("calls a toolset with the called member, and names the set in its result", () =>
    Effect.gen(function* () {
      const Computer = Tool.providerDefined({
        id: "anthropic.computer_toolset_20260801",
        customName: "Desk",
        providerName: "computer",
        requiresHandler: true,
        parameters: Schema.Struct({ member: Schema.String, input: Schema.Unknown }),
        success: Schema.String
      })
      const Search = Tool.providerDefined({
        id: "anthropic.web_search_20260318",
        customName: "Search",
        providerName: "web_search"
      })
      const kit = Toolkit.make(Computer({}), Search(undefined))
      const layer = kit.toLayer({ Desk: ({ input, member }) => Effect.succeed(`${member} ${JSON.stringify(input)}`) })
      const results = yield* Tools.answer(
        calling([
          call("a", { coordinate: [1, 2] }, { name: "left_click", toolset_name: "computer" }),
          call("b", {}, { name: "web_search" })
        ]),
        kit
      ).pipe(Effect.provide(layer))
      assert.deepStrictEqual(results, [
        { type: "tool_result", tool_use_id: "a", toolset_name: "computer", content: 'left_click {"coordinate":[1,2]}' },
        { type: "tool_result", tool_use_id: "b", content: "There is no tool web_search", is_error: true }
      ])
    })
  )

  it.effect("runs at most `concurrency` handlers at once, four by default", () =>
    Effect.gen(function* () {
      const kit = Toolkit.make(Tool.make("wait", {}))
      const mostAtOnce = (options?: Tools.AnswerOptions) =>
        Effect.gen(function* () {
          let running = 0
          let most = 0
          const layer = kit.toLayer({
            wait: () =>
              Effect.gen(function* () {
                running += 1
                most = Math.max(most, running)
                yield* Effect.repeat(Effect.yieldNow, { times: 50 })
                running -= 1
              })
          })
          const calls = Array.from({ length: 9 }, (_, index) => call(`c${index}`, {}, { name: "wait" }))
          yield* Tools.answer(calling(calls), kit, options).pipe(Effect.provide(layer))
          return most
        })
      assert.strictEqual(yield* mostAtOnce(), 4)
      assert.strictEqual(yield* mostAtOnce({ concurrency: 1 }), 1)
      assert.strictEqual(yield* mostAtOnce({ concurrency: "unbounded" }), 9)
    })
  )

  it.effect("refuses an invalid concurrency", () =>
    Effect.gen(function* () {
      for (const concurrency of [0, -1, 1.5, Number.NaN]) {
        const error = yield* Effect.flip(Tools.answer(calling([]), Toolkit.empty, { concurrency }))
        assert(error._tag === "RequestRefusedError")
        assert.strictEqual(error.reasons[0]?.path, "options.concurrency")
      }
    })
  )
})
