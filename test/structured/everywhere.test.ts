// One schema, asked for in every way: as an object, directly and through effect/ai, and as the parameters of a tool, strict or not.
// What the emulator writes by the schema that it was sent is decoded to a value of the schema; or nothing is sent.
import { assert, describe, it } from "@effect/vitest"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import * as Messages from "effect-anthropic/Messages"
import * as Tools from "effect-anthropic/Tools"
import { params } from "../messages/support.ts"
import { calls, onEmulator } from "../support/batches.ts"

class Place extends Schema.Class<Place>("Place")({ city: Schema.String }) {}
class Home extends Place.extend<Home>("Home")({ zip: Schema.Int }) {}
class Visit extends Schema.TaggedClass<Visit>()("Visit", { at: Place }) {}

interface Tree {
  readonly name: string
  readonly kids: ReadonlyArray<Tree>
}
const Tree: Schema.Codec<Tree> = Schema.Struct({
  name: Schema.String,
  kids: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
})

const field = <S extends Schema.Constraint>(a: S) => Schema.Struct({ a })

const fields = <S extends Schema.Constraint>(count: number, schema: S): { readonly [name: string]: S } =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, schema]))

type Any = Schema.Codec<unknown, unknown>

const taken: ReadonlyArray<readonly [what: string, schema: Any]> = [
  ["a struct without fields", Schema.Struct({})],
  ["a class", Place],
  ["a class that extends another", Home],
  ["a class with a tag", Visit],
  ["a class in a union of one", Schema.Union([Place])],
  ["a class in a union of one in another", Schema.Union([Schema.Union([Place])])],
  ["a class twice", Schema.Struct({ x: Place, y: Place, all: Schema.Array(Place), maybe: Schema.optionalKey(Place) })],
  ["the type side of a class", Schema.toEncoded(Place)],
  ["a union of structs", Schema.Union([Place, Schema.Struct({ b: Schema.Int })])],
  [
    "a union of unions",
    field(Schema.Union([Schema.NullOr(Schema.String), Schema.Union([Schema.Int, Schema.Boolean])]))
  ],
  ["a text", Schema.String],
  ["a text or a number", Schema.Union([Schema.String, Schema.Int])],
  ["one of a few texts", Schema.Literals(["yes", "no"])],
  ["literals of every kind", field(Schema.Literals(["a", 1, true]))],
  ["null or a class", Schema.NullOr(Place)],
  ["a list", Schema.Array(Place)],
  ["a list that is not empty", field(Schema.NonEmptyArray(Schema.Int))],
  ["a tuple", Schema.Tuple([Schema.String, Schema.Int])],
  ["a tuple with an optional end", field(Schema.Tuple([Schema.String, Schema.optionalKey(Schema.Int)]))],
  ["a tuple with rest", field(Schema.TupleWithRest(Schema.Tuple([Schema.String]), [Schema.Int]))],
  ["a record", Schema.Record(Schema.String, Schema.Int)],
  ["a record of known keys", Schema.Record(Schema.Literals(["a", "b"]), Schema.Int)],
  [
    "a struct with rest",
    Schema.StructWithRest(Schema.Struct({ a: Schema.String }), [Schema.Record(Schema.String, Schema.String)])
  ],
  ["an option", field(Schema.Option(Schema.String))],
  ["an option from null", field(Schema.OptionFromNullOr(Schema.String))],
  ["a map", field(Schema.ReadonlyMap(Schema.String, Schema.Int))],
  ["a set", field(Schema.ReadonlySet(Schema.String))],
  ["a duration", field(Schema.Duration)],
  ["a redacted text", field(Schema.Redacted(Schema.String))],
  ["a literal that is no JSON", field(Schema.Literal(1n))],
  ["a field that may be undefined", field(Schema.optional(Schema.NullOr(Schema.String)))],
  ["nothing in a field", Schema.Struct({ a: Schema.Undefined, b: Schema.Null })],
  ["a flipped transformation", field(Schema.flip(Schema.NumberFromString))],
  ["a brand", field(Schema.String.pipe(Schema.brand("B")))],
  [
    "fields named like keywords",
    Schema.Struct({
      $ref: Schema.String,
      $defs: Schema.String,
      properties: Schema.NullOr(Schema.String),
      anyOf: Schema.NullOr(Schema.String),
      items: Schema.Array(Schema.Int),
      type: Schema.Boolean,
      value: Schema.Int,
      "": Schema.String,
      "a.b/c~d": Schema.String
    })
  ],
  ["40 fields that may be left out", Schema.Struct(fields(40, Schema.optionalKey(Schema.String)))]
]

/** What tools without `strict` take, and structured outputs do not. */
const plainOnly: ReadonlyArray<readonly [what: string, schema: Any]> = [
  ["a recursive schema", Tree],
  ["a value that may be anything", field(Schema.Unknown)],
  ["any JSON", field(Schema.Json)],
  [
    "a struct with anything beside its fields",
    Schema.StructWithRest(Schema.Struct({ a: Schema.String }), [Schema.Record(Schema.String, Schema.Unknown)])
  ],
  ["a tuple of nothing", field(Schema.Tuple([]))],
  ["41 fields that may be left out", Schema.Struct(fields(41, Schema.optionalKey(Schema.String)))],
  ["17 fields of two types", Schema.Struct(fields(17, Schema.Union([Schema.String, Schema.Int])))]
]

const model = Effect.provide(AnthropicLanguageModel.layer({ model: "claude-haiku-5-5", max_tokens: 1024 }))

/** Calls a tool with such parameters through `Tools` and through a language model, and returns what its handler was given. */
const called = (schema: Any, strict: boolean) =>
  Effect.gen(function* () {
    const given: Array<unknown> = []
    const tool = Tool.make("look_up", { parameters: schema, success: Schema.String }).annotate(Tool.Strict, strict)
    const toolkit = Toolkit.make(tool)
    const live = toolkit.toLayer({
      look_up: (parameters) => {
        given.push(parameters)
        return Effect.succeed("found")
      }
    })
    yield* Tools.loop({ ...params, messages: [Messages.user("Use look_up.")] }, toolkit).pipe(Effect.provide(live))
    yield* LanguageModel.generateText({ prompt: "Use look_up.", toolkit }).pipe(Effect.provide(live))
    return given
  })

describe("a schema of answers, objects and tools", () => {
  for (const [what, schema] of taken) {
    it.effect(`is decoded to its values: ${what}`, () =>
      Effect.gen(function* () {
        const { value: direct } = yield* Messages.createAs(params, schema)
        const { value: object } = yield* LanguageModel.generateObject({
          prompt: "Hello",
          schema: Schema.make<Schema.Codec<unknown, Record<string, unknown>>>(schema.ast)
        })
        const given = [...(yield* called(schema, false)), ...(yield* called(schema, true))]
        assert.lengthOf(given, 4)
        for (const value of [direct, object, ...given]) assert.isTrue(Schema.is(schema)(value))
      }).pipe(model, onEmulator())
    )
  }

  for (const [what, schema] of plainOnly) {
    it.effect(`is accepted by tools that are not strict, and refused elsewhere: ${what}`, () =>
      Effect.gen(function* () {
        for (const value of yield* called(schema, false)) assert.isTrue(Schema.is(schema)(value))
        const before = (yield* calls).length
        const refusals = [
          yield* Effect.flip(Messages.createAs(params, schema)),
          yield* Effect.flip(
            LanguageModel.generateObject({
              prompt: "Hello",
              schema: Schema.make<Schema.Codec<unknown, Record<string, unknown>>>(schema.ast)
            })
          ),
          yield* Effect.flip(called(schema, true))
        ].map((error) => (error._tag === "AiError" ? error.reason._tag : error._tag))
        assert.deepStrictEqual(refusals, ["RequestRefusedError", "UnsupportedSchemaError", "RequestRefusedError"])
        assert.lengthOf(yield* calls, before)
      }).pipe(model, onEmulator())
    )
  }
})
