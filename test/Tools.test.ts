// The tools of a toolkit as parameters: what the API takes, and what is refused before anything is sent.
import { assert, describe, it } from "@effect/vitest"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Messages from "effect-anthropic/Messages"
import * as Tools from "effect-anthropic/Tools"
import { onEmulator, written } from "./support/batches.ts"

class Place extends Schema.Class<Place>("Place")({ city: Schema.String }) {}

interface Tree {
  readonly name: string
  readonly kids: ReadonlyArray<Tree>
}
const Tree = Schema.Struct({
  name: Schema.String,
  kids: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
})

const toolOf = (parameters: Schema.Top, strict?: boolean) =>
  Toolkit.make(Tool.make("t", { parameters }).annotate(Tool.Strict, strict))

/** The schema of the only tool, as it is sent. */
const schemaOf = (parameters: Schema.Top, strict?: boolean) => {
  const [tool] = Result.getOrThrow(Tools.params(toolOf(parameters, strict)))
  return tool !== undefined && "input_schema" in tool ? tool.input_schema : undefined
}

const reasonsOf = (toolkit: Parameters<typeof Tools.params>[0], before?: Parameters<typeof Tools.params>[1]) =>
  Result.match(Tools.params(toolkit, before), {
    onFailure: ({ operation, reasons }) => (operation === "Tools.params" ? reasons : []),
    onSuccess: () => []
  })

describe("Tools.params", () => {
  it("describes each tool to the API, after those that are there already", () => {
    const toolkit = Toolkit.make(
      Tool.make("get_weather", {
        description: "The weather in a city",
        parameters: Schema.Struct({ city: Schema.String, on: Schema.optionalKey(Schema.DateTimeUtcFromString) })
      }),
      Tool.make("now").annotate(Tools.ToolFields, { defer_loading: true })
    )
    const search: Messages.AnyToolParam = { type: "web_search_20260318", name: "web_search" }
    assert.deepStrictEqual(written(Result.getOrThrow(Tools.params(toolkit, [search]))), [
      search,
      {
        name: "get_weather",
        description: "The weather in a city",
        input_schema: {
          type: "object",
          properties: { city: { type: "string" }, on: { type: "string" } },
          required: ["city"],
          additionalProperties: false
        }
      },
      { defer_loading: true, name: "now", input_schema: { type: "object", additionalProperties: false } }
    ])
  })

  it("writes the API's subset of JSON Schema for a strict tool", () => {
    const schema = schemaOf(
      Schema.Struct({ n: Schema.Int.check(Schema.isGreaterThan(1)), o: Schema.optionalKey(Schema.String) }),
      true
    )
    assert.deepStrictEqual(schema?.required, ["n", "o"])
    assert.notInclude(JSON.stringify(schema), "exclusiveMinimum")
  })

  it("writes an object without combinators at the root of the schema of any parameters", () => {
    const either = Schema.Union([Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.String })])
    const rest = Schema.StructWithRest(Schema.Struct({ a: Schema.String }), [
      Schema.Record(Schema.String, Schema.Finite)
    ])
    for (const parameters of [
      Schema.Struct({}),
      Place,
      either,
      rest,
      Schema.String,
      Schema.Array(Place),
      Schema.Unknown
    ]) {
      for (const strict of [false, true]) {
        if (strict && parameters === Schema.Unknown) continue
        const schema = schemaOf(parameters, strict)
        assert.strictEqual(schema?.type, "object")
        assert.isTrue(["anyOf", "oneOf", "allOf", "$ref"].every((keyword) => schema?.[keyword] === undefined))
      }
    }
    assert.deepStrictEqual(schemaOf(either)?.required, ["value"])
    assert.deepStrictEqual(schemaOf(rest)?.additionalProperties, { type: "number" })
    assert.deepStrictEqual(schemaOf(Schema.Struct({})), { type: "object", properties: {}, additionalProperties: false })
  })

  it("keeps the definitions of a recursive schema", () => {
    const schema = schemaOf(Tree)
    assert.strictEqual(schema?.type, "object")
    assert.property(schema, "$defs")
  })

  it("refuses every tool that the API would refuse, each with its place", () => {
    const Search = Tool.providerDefined({
      id: "anthropic.web_search_20260318",
      customName: "Search",
      providerName: "web_search"
    })
    const Foreign = Tool.providerDefined({ id: "openai.web_search", customName: "Foreign", providerName: "web_search" })
    const reasons = reasonsOf(
      Toolkit.make(
        Tool.make("no spaces"),
        Tool.make("x".repeat(129)),
        Tool.make(""),
        Tool.make("bash"),
        Tool.make("tree", { parameters: Tree }).annotate(Tool.Strict, true),
        Search(undefined),
        Foreign(undefined),
        Tool.make("web_search"),
        Tool.make("fine")
      ),
      [Messages.raw({ type: "bash_20250124", name: "bash" })]
    )
    assert.deepStrictEqual(
      reasons.map(({ path }) => path),
      [
        "tools[1].name",
        "tools[2].name",
        "tools[3].name",
        "tools[4].name",
        "tools[5].input_schema",
        "tools[7]",
        "tools[8].name"
      ]
    )
    assert.include(reasons[0]?.description, "no spaces")
    assert.include(reasons[3]?.description, `another tool has the name "bash"`)
    assert.match(String(reasons[4]?.description), /tool tree: .*[Rr]ecursive/)
    assert.include(reasons[5]?.description, "another provider")
  })

  it("refuses two toolsets of one type", () => {
    const set = (customName: string) =>
      Tool.providerDefined({ id: "anthropic.browser_toolset_20260801", customName, providerName: "browser" })(undefined)
    assert.deepStrictEqual(
      reasonsOf(Toolkit.make(set("One"), set("Two"))).map(({ path }) => path),
      ["tools[1].name"]
    )
  })

  it.effect("makes tools that the emulator accepts, strict or not", () =>
    Effect.gen(function* () {
      const toolkit = Toolkit.make(
        Tool.make("tree", { parameters: Tree }),
        Tool.make("place", { parameters: Place }).annotate(Tool.Strict, true),
        Tool.make("either", { parameters: Schema.Union([Place, Schema.String]) }).annotate(Tool.Strict, true),
        Tool.make("nothing").annotate(Tool.Strict, true)
      )
      const tools = yield* Effect.fromResult(Tools.params(toolkit))
      const answer = yield* Messages.create({
        model: "claude-haiku-5-5",
        max_tokens: 100,
        tools,
        messages: [Messages.user("Hello")]
      })
      assert.strictEqual(answer.stop_reason, "end_turn")
    }).pipe(onEmulator())
  )
})
