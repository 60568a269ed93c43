// Schemas in the form that the API takes, or refused with the place before anything is sent. The emulator is the judge.
import { assert, describe, it } from "@effect/vitest"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import * as StructuredOutput from "effect-anthropic/StructuredOutput"
import { emulated } from "../languageModel/support.ts"
import { message, params } from "../messages/support.ts"
import { calls, onEmulator } from "../support/batches.ts"

class Place extends Schema.Class<Place>("Place")({ city: Schema.String }) {}

interface Tree {
  readonly name: string
  readonly kids: ReadonlyArray<Tree>
}
const Tree = Schema.Struct({
  name: Schema.String,
  kids: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
})

const fields = <S extends Schema.Constraint>(count: number, schema: S): { readonly [name: string]: S } =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, schema]))

const schemaOf = (schema: Schema.Constraint) =>
  StructuredOutput.format(Schema.make<Schema.Codec<unknown, unknown>>(schema.ast)).schema

const answer = (value: unknown) => message([{ type: "text", text: JSON.stringify(value) }])

const decoded = <A>(schema: StructuredOutput.Output<A>, value: unknown): A =>
  Effect.runSync(StructuredOutput.decode(answer(value), schema))

const taken: ReadonlyArray<readonly [what: string, schema: Schema.Codec<unknown, unknown>]> = [
  ["a struct without fields", Schema.Struct({})],
  ["a class", Place],
  ["a text at the root", Schema.String],
  ["a list at the root", Schema.Array(Place)],
  ["a union at the root", Schema.Union([Place, Schema.Struct({ b: Schema.String })])],
  ["null or a struct at the root", Schema.NullOr(Place)],
  ["a record", Schema.Record(Schema.String, Schema.Finite)],
  [
    "a struct with rest",
    Schema.StructWithRest(Schema.Struct({ a: Schema.String }), [Schema.Record(Schema.String, Schema.String)])
  ],
  ["a tuple", Schema.Struct({ a: Schema.Tuple([Schema.String, Schema.Finite]) })],
  ["20 fields that are numbers", Schema.Struct(fields(20, Schema.Number))],
  ["40 fields that may be left out", Schema.Struct(fields(40, Schema.optionalKey(Schema.String)))],
  ["30 fields that may be undefined", Schema.Struct(fields(30, Schema.optional(Schema.Int)))],
  ["30 fields that may be null", Schema.Struct(fields(30, Schema.NullOr(Schema.Boolean)))]
]

const refused: ReadonlyArray<readonly [what: string, schema: Schema.Codec<unknown, unknown>, path: string]> = [
  ["anything", Schema.Unknown, ".properties.value"],
  ["a field of anything", Schema.Struct({ a: Schema.Struct({ b: Schema.Unknown }) }), ".properties.a.properties.b"],
  ["a list of anything", Schema.Struct({ a: Schema.Array(Schema.Json) }), ".properties.a.items"],
  ["a recursive schema", Tree, ""],
  ["41 fields that may be left out", Schema.Struct(fields(41, Schema.optionalKey(Schema.String))), ""],
  ["17 fields of two types", Schema.Struct(fields(17, Schema.Union([Schema.String, Schema.Finite]))), ""],
  ["an instance without JSON", Schema.Struct({ a: Schema.instanceOf(Intl.Collator) }), ".properties.a"],
  ["a field named by a symbol", Schema.Struct({ [Symbol.for("a")]: Schema.String }), ""]
]

describe("a schema of an output", () => {
  for (const [what, schema] of taken) {
    it.effect(`is compiled to a form that the API takes, and its answers are decoded: ${what}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(schemaOf(schema).type, "object")
        const { value } = yield* Messages.createAs(params, schema)
        assert.isTrue(Schema.is(schema)(value))
        assert.deepStrictEqual(
          BatchRequest.check(BatchRequest.make("a", StructuredOutput.withSchema(params, schema))),
          []
        )
      }).pipe(onEmulator())
    )
  }

  for (const [what, schema, path] of refused) {
    it.effect(`is refused before sending when the API would refuse it: ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Messages.createAs(params, schema))
        assert(error._tag === "RequestRefusedError")
        const [reason] = error.reasons
        assert.include(reason?.path, `output_config.format.schema${path}`)
        assert.lengthOf(yield* calls, 0)
        const [issue] = BatchRequest.check(BatchRequest.make("a", StructuredOutput.withSchema(params, schema)))
        assert.strictEqual(issue?.path, `params.${reason?.path}`)
        const unsupported = yield* Effect.flip(
          LanguageModel.generateObject({
            prompt: "Hello",
            schema: Schema.make<Schema.Codec<unknown, Record<string, unknown>>>(schema.ast)
          })
        )
        assert.strictEqual(unsupported.reason._tag, "UnsupportedSchemaError")
        assert.lengthOf(yield* calls, 0)
      }).pipe(Effect.provide(emulated()))
    )
  }

  it("is refused with the path of its recursion", () => {
    const issues = BatchRequest.check(BatchRequest.make("a", StructuredOutput.withSchema(params, Tree)))
    assert.match(String(issues[0]?.path), /kids\.items$/)
    assert.include(issues[0]?.description, "recursive")
  })

  it("counts for the limits together with the schemas of strict tools", () => {
    const strict = (name: string, count: number): Messages.ToolParam => ({
      name,
      strict: true,
      input_schema: {
        type: "object",
        properties: Object.fromEntries(
          Array.from({ length: count }, (_, index) => [`f${index}`, { type: ["string", "null"] }])
        ),
        additionalProperties: false
      }
    })
    const check = (tools: ReadonlyArray<Messages.AnyToolParam>) =>
      BatchRequest.check(BatchRequest.make("a", { ...params, tools })).map(
        ({ description, path }) => `${path} ${description}`
      )
    assert.deepStrictEqual(check([strict("a", 8), strict("b", 8)]), [])
    const [union, ...others] = check([strict("a", 8), strict("b", 9)])
    assert.include(union, "params.tools[0].input_schema the schemas have 17 fields of a union type")
    assert.deepStrictEqual(others, [])
    assert.include(check([strict("a", 13), strict("b", 12)])[0], "25 optional fields")
    assert.include(check(Array.from({ length: 21 }, (_, index) => strict(`t${index}`, 0)))[0], "21 strict tools")
    const raw = Messages.raw({ ...strict("a", 17), type: "custom" })
    assert.lengthOf(check([raw]), 1)
    assert.deepStrictEqual(check([{ ...strict("a", 30), strict: false }]), [])
  })

  it("is also checked when it was written by hand", () => {
    const check = (schema: unknown) =>
      BatchRequest.check(
        BatchRequest.make("a", {
          ...params,
          output_config: { format: { type: "json_schema", schema: schema as never } }
        })
      ).map(({ path }) => path.replace("params.output_config.format.", ""))
    assert.deepStrictEqual(check({ type: "object", properties: {}, additionalProperties: false }), [])
    assert.deepStrictEqual(check("no schema"), ["schema"])
    assert.deepStrictEqual(check({ type: "object", properties: { a: {}, b: 7 } }), [
      "schema.properties.a",
      "schema.properties.b"
    ])
    assert.deepStrictEqual(
      check({ $ref: "#/$defs/A", $defs: { A: { type: "array", items: { $ref: "#/$defs/A" } } } }),
      ["schema.items"]
    )
    assert.deepStrictEqual(check({ anyOf: [{ type: "null" }, {}], allOf: [{ type: "null" }] }), ["schema.anyOf[1]"])
    const twice = { $ref: "#/$defs/A" }
    assert.deepStrictEqual(
      check({
        type: "object",
        properties: { a: twice, b: twice, c: { $ref: "elsewhere" } },
        $defs: { A: { type: "null" } }
      }),
      []
    )
  })

  it("keeps the descriptions of transformed fields, of keys and of classes", () => {
    const Described = Schema.Struct({
      at: Schema.DateTimeUtcFromString.annotate({ description: "The day" }),
      count: Schema.NumberFromString.annotate({ description: "How many" }),
      maybe: Schema.optionalKey(Schema.DateTimeUtcFromString.annotate({ description: "The night" })),
      date: Schema.DateTimeUtc.annotate({ description: "The date" }),
      key: Schema.DateTimeUtcFromString.annotateKey({ description: "The key" }),
      place: Place.annotate({ description: "The place" }),
      places: Schema.Array(Schema.Struct({ x: Schema.NumberFromString.annotate({ description: "The x" }) })),
      either: Schema.Union([Schema.NumberFromString.annotate({ description: "The number" }), Schema.Boolean]),
      inner: Schema.optionalKey(Schema.Struct({ y: Schema.NumberFromString.annotate({ description: "The y" }) })),
      pair: Schema.Tuple([Schema.NumberFromString.annotate({ description: "The first" })]),
      plain: Schema.String.annotate({ description: "The text" }),
      checked: Schema.String.check(Schema.isMinLength(2)).annotate({ description: "The long" })
    })
    const written = JSON.stringify(schemaOf(Described))
    for (const word of ["day", "night", "date", "key", "place", "x", "y", "first", "text", "long", "number"]) {
      assert.include(written, `The ${word}`)
    }
    assert.include(written, "How many")
    assert.lengthOf(written.split("The text"), 2)
  })

  it("decodes fields that are left out or null, also in lists, unions and classes", () => {
    const nulls = (from: number, to: number) =>
      Object.fromEntries(Array.from({ length: to - from }, (_, index) => [`f${from + index}`, null]))
    const Text = Schema.NullOr(Schema.String)
    // Of 18 fields that may be null, two may be left out.
    const Many = Schema.Struct(fields(18, Schema.optionalKey(Schema.String)))
    assert.deepStrictEqual(decoded(Many, nulls(2, 18)), {})
    assert.deepStrictEqual(decoded(Many, { f0: "x", ...nulls(1, 18) }), { f0: "x" })
    const Nullable = Schema.Struct(fields(18, Text))
    assert.deepStrictEqual(decoded(Nullable, nulls(2, 18)), nulls(0, 18))
    const A = Schema.Struct({ kind: Schema.Literal("a"), ...fields(9, Text) })
    const B = Schema.Struct({ kind: Schema.Literal("b"), ...fields(9, Text) })
    const Deep = Schema.Struct({ all: Schema.Array(Schema.Union([A, B, Schema.Array(Schema.String)])) })
    const all = [{ kind: "b", ...nulls(0, 9) }, { kind: "a", ...nulls(2, 9) }, ["y"]]
    assert.deepStrictEqual(
      decoded(Deep, { all }).all.map((each) => Object.keys(each).length),
      [10, 10, 1]
    )
    class Person extends Schema.Class<Person>("Person")({ name: Schema.String, ...fields(17, Text) }) {}
    const People = Schema.Struct({ one: Person, two: Person })
    const person = { name: "a", ...nulls(1, 17) }
    assert.instanceOf(decoded(People, { one: person, two: person }).two, Person)
    for (const [schema, value] of [
      [People, { one: 1, two: [] }],
      [Deep, { all: [{ kind: "c" }, 7] }],
      [Deep, { all: [{ kind: "b", what: 1 }] }],
      [Deep, "x"]
    ] as const) {
      assert.isTrue(Exit.isFailure(Effect.runSyncExit(StructuredOutput.decode<unknown, never>(answer(value), schema))))
    }
  })
})
