import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import {
  accept,
  checked,
  JsonObject,
  LenientUnion,
  nullable,
  OpenEnum,
  OpenUnion,
  Timestamp,
  UnknownMember
} from "../../src/schema/checked.ts"
import { recordOf } from "../../src/schema/record.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const outcome = <A>(result: Result.Result<A, Schema.SchemaError>) => {
  if (Result.isSuccess(result)) return { value: result.success }
  const [issue] = format(result.failure.issue).issues
  return { wrong: issue?.message, path: issue?.path ?? [] }
}

/** The value that is kept, or what is wrong and where. */
const decode = <A>(schema: Schema.ConstraintDecoder<A>, input: unknown) =>
  outcome(Schema.decodeUnknownResult(schema)(input))

const freeze = <A>(value: A): A => {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) freeze(member)
    Object.freeze(value)
  }
  return value
}

const isSame = (value: unknown, input: unknown) => assert.strictEqual(value, input)

const Shape = checked(
  "Shape",
  OpenUnion([
    Schema.Struct({ type: Schema.Literal("circle"), radius: Schema.Finite }),
    Schema.Struct({ type: Schema.Literal("group"), of: Schema.Array(Schema.Struct({ name: Schema.String })) })
  ])
)

describe("checked", () => {
  it("returns the input itself, with unknown fields and the order of its keys", () => {
    const schema = checked(
      "Everything",
      Schema.Struct({
        text: Schema.String,
        number: Schema.Finite,
        flag: Schema.Boolean,
        list: Schema.Array(Schema.NullOr(Schema.Struct({ a: Schema.optionalKey(Schema.String) }))),
        any: Schema.Unknown,
        level: OpenEnum(["low", "high"]),
        nested: Schema.optionalKey(checked("Nested", Schema.Struct({ a: Schema.Finite }))),
        record: recordOf(Schema.NullOr(Schema.Finite)),
        object: JsonObject
      })
    )
    const input = freeze({
      nested: { a: 1 },
      zz: 1,
      level: "middle",
      any: [{}],
      list: [null, { b: 2 }],
      flag: false,
      number: 0,
      text: "",
      record: { x: 1, y: null },
      object: { deep: [1] }
    })
    isSame(decode(schema, input).value, input)
    isSame(outcome(Schema.encodeUnknownResult(schema)(input)).value, input)
    assert.isTrue(Schema.is(schema)(input))
  })

  it("fails with a description of what is wrong and its path", () => {
    const schema = checked(
      "Thing",
      Schema.Struct({
        a: Schema.Array(Schema.Struct({ b: Schema.NullOr(Schema.Finite), c: Schema.optionalKey(Schema.Boolean) })),
        level: Schema.optionalKey(OpenEnum(["low"])),
        kind: Schema.optionalKey(Schema.Literal("k")),
        record: Schema.optionalKey(recordOf(Schema.Finite)),
        object: Schema.optionalKey(JsonObject),
        at: Schema.optionalKey(Timestamp)
      })
    )
    for (const [input, wrong, path] of [
      [null, "Expected an object", []],
      [[], "Expected an object", []],
      ["x", "Expected an object", []],
      [{}, "Expected a value", ["a"]],
      [{ a: {} }, "Expected an array", ["a"]],
      [{ a: [{ b: null }, { b: "1" }] }, "Expected a number or null", ["a", 1, "b"]],
      [{ a: [{ b: Number.POSITIVE_INFINITY }] }, "Expected a number or null", ["a", 0, "b"]],
      [{ a: [{ b: 1, c: 0 }] }, "Expected a boolean", ["a", 0, "c"]],
      [{ a: [{ b: 1, c: null }] }, "Expected a boolean", ["a", 0, "c"]],
      [{ a: [], level: 5 }, "Expected a string", ["level"]],
      [{ a: [], kind: "x" }, 'Expected "k"', ["kind"]],
      [{ a: [], record: { x: 1, y: "1" } }, "Expected a number", ["record", "y"]],
      [{ a: [], object: [] }, "Expected an object", ["object"]],
      [{ a: [], at: "never" }, "Expected a timestamp", ["at"]],
      [{ a: [], at: 5 }, "Expected a string", ["at"]]
    ] as const) {
      assert.deepStrictEqual(decode(schema, input), { wrong, path: [...path] })
      assert.isUndefined(accept(schema)(input))
      assert.isFalse(Schema.is(schema)(input))
    }
  })

  it("decodes a timestamp in every format of RFC 3339, and one without a zone as UTC", () => {
    const iso = "2026-11-01T10:00:00.123Z"
    for (const text of [
      "2026-11-01T10:00:00.123456Z",
      "2026-11-01T12:00:00.123+02:00",
      "2026-11-01T05:30:00.123-04:30",
      "2026-11-01T10:00:00.123"
    ]) {
      const at = accept(Timestamp)(text)
      if (at === undefined) return assert.fail(`${text} is not accepted`)
      assert.isTrue(DateTime.isUtc(at), text)
      assert.strictEqual(DateTime.formatIso(at), iso)
      assert.deepStrictEqual(decode(Timestamp, text), { value: at })
    }
    for (const text of ["Z", "2026-13-01T10:00:00Z", "2026-11-01T10:00:00+99"]) {
      assert.deepStrictEqual(decode(Timestamp, text), { wrong: "Expected a timestamp", path: [] })
    }
  })

  it("fails with the error of the union member that matched deepest", () => {
    const schema = checked(
      "Union",
      Schema.Union([
        Schema.Array(Schema.Finite),
        Schema.Struct({ a: Schema.Struct({ b: Schema.Finite }) }),
        Schema.Struct({ c: Schema.Finite })
      ])
    )
    assert.deepStrictEqual(decode(schema, { a: { b: "x" } }), { wrong: "Expected a number", path: ["a", "b"] })
    assert.deepStrictEqual(decode(schema, [1, "x"]), { wrong: "Expected a number", path: [1] })
    assert.deepStrictEqual(decode(schema, 5), { wrong: "Expected an array or an object or an object", path: [] })
  })

  it("works inside another schema, as a guard, and as an encoder", () => {
    const Inner = checked("Inner", Schema.Struct({ a: Schema.Finite }))
    const Outer = Schema.Struct({ inner: Inner })
    const inner = freeze({ a: 1, b: 2 })
    const { value } = decode(Outer, { inner })
    isSame(value?.inner, inner)
    assert.isTrue(Schema.is(Inner)(inner))
    assert.isFalse(Schema.is(Inner)({ a: "1" }))
    isSame(Schema.encodeSync(Inner)(inner), inner)
    assert.deepStrictEqual(decode(Outer, { inner: { a: "x" } }), { wrong: "Expected a number", path: ["inner", "a"] })
  })

  it("has a JSON Schema with its fields", () => {
    const Inner = checked("Inner", Schema.Struct({ at: Timestamp, level: OpenEnum(["low", "high"]), any: JsonObject }))
    const { schema, definitions } = Schema.toJsonSchemaDocument(
      checked("Outer", Schema.Struct({ inner: nullable(Inner), shape: Shape, number: Schema.Finite }))
    )
    assert.deepStrictEqual(schema, { $ref: "#/$defs/Outer" })
    assert.deepStrictEqual(definitions.Outer, {
      type: "object",
      properties: {
        inner: { anyOf: [{ $ref: "#/$defs/Inner" }, { type: "null" }] },
        shape: { $ref: "#/$defs/Shape" },
        number: { type: "number" }
      },
      required: ["shape", "number"],
      additionalProperties: true
    })
    assert.deepStrictEqual(definitions.Inner?.properties, {
      at: { type: "string", format: "date-time" },
      level: { type: "string", examples: ["low", "high"] },
      any: { type: "object" }
    })
    assert.deepInclude(definitions.Shape?.anyOf, { type: "object", properties: { type: { type: "string" } } })
  })

  it("encodes to JSON without undefined fields, and refuses values that JSON does not have", () => {
    const schema = checked("Any", Schema.Struct({ a: Schema.Unknown, b: Schema.optional(Schema.String) }))
    const encode = (value: unknown) => outcome(Schema.encodeUnknownResult(schema)(value))
    const value = freeze({ a: { x: undefined, y: [new Date(0)] }, b: undefined, c: undefined, d: { e: "f" } })
    assert.deepStrictEqual(encode(value), { value: { a: { y: ["1970-01-01T00:00:00.000Z"] }, d: { e: "f" } } })
    for (const [input, wrong, path] of [
      [{ a: [1n] }, "Expected a JSON value", ["a", 0]],
      [{ a: 1, c: { d: () => 1 } }, "Expected a JSON value", ["c", "d"]],
      [{ a: Number.NaN }, "Expected a finite number", ["a"]],
      [{ a: [undefined] }, "Expected a JSON value", ["a", 0]]
    ] as const) {
      assert.deepStrictEqual(encode(input), { wrong, path: [...path] })
    }
  })

  it.effect("dies for schemas that it does not support", () =>
    Effect.gen(function* () {
      const text = Schema.String
      for (const schema of [
        Schema.Struct({ a: text.check(Schema.isMinLength(1)) }),
        Schema.Struct({ a: Schema.NumberFromString }),
        Schema.Tuple([text]),
        Schema.TupleWithRest(Schema.Tuple([]), [text, text]),
        Schema.Record(text, text),
        Schema.Struct({ a: Schema.Date }),
        Schema.Struct({ a: Schema.BigInt })
      ]) {
        const defect = yield* Schema.decodeUnknownEffect(checked<unknown>("Odd", schema))({}).pipe(
          Effect.sandbox,
          Effect.flip
        )
        assert.match(Cause.pretty(defect), /checked: .* not supported/)
      }
    })
  )
})

describe("a field that may be null", () => {
  const schema = checked("Nullable", Schema.Struct({ a: Schema.NullOr(Schema.String), b: nullable(Schema.String) }))

  it("is decoded as null when it is left out, in a copy", () => {
    const input = freeze({ z: 1 })
    assert.deepStrictEqual(decode(schema, input).value, { z: 1, a: null } as never)
    assert.deepStrictEqual(accept(schema)({ z: 1 }), { z: 1, a: null } as never)
    const value = freeze({ a: null, b: null })
    isSame(decode(schema, value).value, value)
  })

  it("is required in a value of the type", () => {
    assert.isFalse(Schema.is(schema)({}))
    assert.isTrue(Schema.is(schema)({ a: null }))
  })
})

describe("Timestamp", () => {
  const schema = checked("Timed", Schema.Struct({ at: Timestamp, end: nullable(Timestamp) }))

  it("is a DateTime.Utc in a value, and a text in JSON", () => {
    const input = freeze({ zz: { a: 1 }, at: "2026-01-01T00:00:00.5Z", end: null })
    const value = Schema.decodeUnknownSync(schema)(input)
    assert.isTrue(DateTime.isUtc(value.at))
    const json = { ...input, at: "2026-01-01T00:00:00.500Z" }
    assert.deepStrictEqual(Schema.encodeUnknownSync(schema)(value), json)
    assert.strictEqual(JSON.stringify(value), JSON.stringify(json))
    assert.deepStrictEqual(Schema.decodeUnknownSync(schema)(json), value)
    assert.deepStrictEqual(accept(schema)({ ...input }), value)
  })

  it("accepts a decoded value as its type, and not its JSON", () => {
    const json = { at: "2026-01-01T00:00:00Z" }
    assert.isTrue(Schema.is(schema)(Schema.decodeUnknownSync(schema)(json)))
    assert.isFalse(Schema.is(schema)(json))
    assert.deepStrictEqual(outcome(Schema.encodeUnknownResult(schema)(json)), {
      wrong: "Expected a DateTime.Utc",
      path: ["at"]
    })
  })
})

describe("OpenUnion", () => {
  const schema = checked("Shapes", Schema.Array(Shape))
  const wire = [
    { type: "circle", radius: 1, x: 2 },
    { type: "blob", points: [1] },
    { type: "unknown", odd: true }
  ]

  it("decodes known members, keeps unknown ones, and does not change its input", () => {
    const input = freeze(structuredClone(wire))
    const value = Schema.decodeUnknownSync(schema)(input)
    const [circle, blob, unknown] = value
    isSame(circle, input[0])
    assert(blob instanceof UnknownMember && unknown instanceof UnknownMember)
    assert.deepStrictEqual([blob.type, blob.raw], ["unknown", { type: "blob", points: [1] }])
    assert.deepStrictEqual(unknown.raw, { type: "unknown", odd: true })
    assert.strictEqual(JSON.stringify(value), JSON.stringify(wire))
    // Decoded again, it stays as it is.
    isSame(Schema.decodeUnknownSync(schema)(value), value)
    assert.isTrue(Schema.is(schema)(value))
    assert.isFalse(Schema.is(schema)(input))
    assert.deepStrictEqual(Schema.encodeSync(schema)(value), wire)
  })

  it("replaces unknown members in place when it may change the JSON", () => {
    const input = structuredClone(wire)
    const value = accept(schema)(input)
    isSame(value, input)
    assert(value?.[1] instanceof UnknownMember)
  })

  it("accepts an unknown member that lost its class by a clone, a spread or JSON", () => {
    const value = Schema.decodeUnknownSync(schema)(wire)
    for (const copy of [structuredClone(value), value.map((member) => ({ ...member }))]) {
      assert.isTrue(Schema.is(schema)(copy))
      assert.deepStrictEqual(Schema.encodeUnknownSync(schema)(copy), wire)
      const restored = Schema.decodeUnknownSync(schema)(JSON.parse(JSON.stringify(copy)))
      assert.deepStrictEqual(restored, value)
      assert(restored[1] instanceof UnknownMember)
    }
  })

  it("refuses an unknown member with additional fields", () => {
    const [, blob] = Schema.decodeUnknownSync(schema)(wire)
    assert.deepStrictEqual(decode(schema, [{ ...blob, cache_control: null }]), {
      wrong: "Expected an unknown member without further fields",
      path: [0]
    })
  })

  it("fails for a malformed member of a known type", () => {
    for (const [input, wrong, path] of [
      [{ type: "circle", radius: "1" }, "Expected a number", [0, "radius"]],
      [{ type: "group", of: [{ name: "a" }, {}] }, "Expected a value", [0, "of", 1, "name"]],
      [{ type: 5 }, "Expected a string", [0, "type"]],
      [{}, "Expected a string", [0, "type"]],
      ["circle", "Expected an object", [0]],
      [null, "Expected an object", [0]]
    ] as const) {
      assert.deepStrictEqual(decode(schema, [input]), { wrong, path: [...path] })
      assert.isUndefined(accept(schema)([input]))
    }
  })

  it("recognizes members with several types, and members whose type may be left out", () => {
    const tools = checked(
      "Tools",
      Schema.Array(
        OpenUnion([
          Schema.Struct({ type: Schema.optional(Schema.NullOr(Schema.Literal("custom"))), name: Schema.String }),
          Schema.Struct({ type: Schema.Literals(["search_1", "search_2"]), max: Schema.Finite })
        ])
      )
    )
    const input = freeze([
      { name: "a" },
      { type: null, name: "b" },
      { type: "custom", name: "c" },
      { type: "search_2", max: 1 }
    ])
    isSame(decode(tools, input).value, input)
    assert.deepStrictEqual(decode(tools, [{}]), { wrong: "Expected a value", path: [0, "name"] })
    assert.deepStrictEqual(decode(tools, [{ type: "search_1" }]), { wrong: "Expected a value", path: [0, "max"] })
  })
})

describe("LenientUnion", () => {
  const schema = checked(
    "Lenient",
    LenientUnion([
      Schema.Struct({ type: Schema.Literal("circle"), radius: Schema.Finite }),
      Schema.Struct({
        type: Schema.Literal("group"),
        of: Schema.Array(LenientUnion([Schema.Struct({ type: Schema.Literal("dot"), x: Schema.Finite })]))
      })
    ])
  )

  it("decodes a malformed member as unknown, the innermost first", () => {
    for (const wire of [
      { type: "circle", radius: null },
      { type: "group", of: "none" },
      { type: "group", of: [5] },
      { shape: "without a type" }
    ]) {
      assert.deepStrictEqual(decode(schema, freeze({ ...wire })).value, new UnknownMember(wire) as never)
      assert.deepStrictEqual(accept(schema)({ ...wire }), new UnknownMember(wire) as never)
      const clone = structuredClone(new UnknownMember(wire))
      assert.isTrue(Schema.is(schema)(clone))
      assert.deepStrictEqual(Schema.encodeUnknownSync(schema)(clone), wire)
    }
    const group = freeze({ type: "group", of: [{ type: "dot", x: 1 }, { type: "dot" }] })
    const { value } = decode(schema, group)
    assert.deepStrictEqual(value, { type: "group", of: [group.of[0], new UnknownMember({ type: "dot" })] } as never)
    assert.deepStrictEqual(Schema.encodeUnknownSync(schema)(value), group)
  })

  it("keeps the raw JSON of a malformed member, also when a part of it was decoded", () => {
    const dot = LenientUnion([Schema.Struct({ type: Schema.Literal("dot"), x: Schema.Finite })])
    const pair = checked(
      "Pair",
      LenientUnion([Schema.Struct({ type: Schema.Literal("pair"), first: dot, second: Schema.Finite })])
    )
    const wire = { type: "pair", first: { type: "dot", x: "1" }, second: "2" }
    const value = accept(pair)(structuredClone(wire))
    assert(value?.type === "unknown")
    assert.deepStrictEqual(value.raw, wire)
    assert.deepStrictEqual(JSON.parse(JSON.stringify(structuredClone(value.raw))), wire)
  })

  it("does not accept a malformed value as its type", () => {
    assert.isFalse(Schema.is(schema)({ type: "circle", radius: null }))
    assert.isTrue(Schema.is(schema)(new UnknownMember({ type: "circle", radius: null })))
    assert.deepStrictEqual(decode(schema, 5), { wrong: "Expected an object", path: [] })
  })
})
