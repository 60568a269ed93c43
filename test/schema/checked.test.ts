import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { checked, OpenEnum, OpenUnion, UnknownMember } from "../../src/schema/checked.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** The value that is kept, or what is wrong and where. */
const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, input: unknown) => {
  const result = Schema.decodeUnknownResult(schema)(input)
  if (Result.isSuccess(result)) return { value: result.success }
  const [issue] = format(result.failure.issue).issues
  return { wrong: issue?.message, path: issue?.path ?? [] }
}

const isSame = (value: unknown, input: unknown) => assert.strictEqual(value, input)

const Shape = OpenUnion([
  Schema.Struct({ type: Schema.Literal("circle"), radius: Schema.Number }),
  Schema.Struct({ type: Schema.Literal("group"), of: Schema.Array(Schema.Struct({ name: Schema.String })) })
])

const Tree = Schema.Struct({
  label: Schema.String,
  children: Schema.Array(Schema.suspend((): typeof TreeCheck => TreeCheck))
})
interface Tree {
  readonly label: string
  readonly children: ReadonlyArray<Tree>
}
const TreeCheck: Schema.declare<Tree> = checked(Tree)

describe("checked", () => {
  it("gives back the very value, unknown fields and order kept", () => {
    const schema = checked(
      Schema.Struct({
        text: Schema.String,
        number: Schema.Number,
        flag: Schema.Boolean,
        list: Schema.Array(Schema.NullOr(Schema.Struct({ a: Schema.optionalKey(Schema.String) }))),
        any: Schema.Unknown,
        level: OpenEnum(["low", "high"]),
        nested: Schema.optionalKey(checked(Schema.Struct({ a: Schema.Number }))),
        named: OpenEnum(["x"]).annotate({ identifier: "Named" })
      })
    )
    const input = {
      nested: { a: 1 },
      named: "y",
      zz: 1,
      level: "middle",
      any: [{}],
      list: [null, { b: 2 }],
      flag: false,
      number: 0,
      text: ""
    }
    const before = JSON.stringify(input)
    isSame(decode(schema, input).value, input)
    assert.strictEqual(JSON.stringify(input), before)
  })

  it("says what is wrong, and where", () => {
    const schema = checked(
      Schema.Struct({
        a: Schema.Array(Schema.Struct({ b: Schema.NullOr(Schema.Number), c: Schema.optionalKey(Schema.Boolean) })),
        level: Schema.optionalKey(OpenEnum(["low"])),
        kind: Schema.optionalKey(Schema.Literal("k"))
      })
    )
    for (const [input, wrong, path] of [
      [null, "Expected an object", []],
      [[], "Expected an object", []],
      ["x", "Expected an object", []],
      [{}, "Expected a value", ["a"]],
      [{ a: {} }, "Expected an array", ["a"]],
      [{ a: [{ b: null }, { b: "1" }] }, "Expected a number or null", ["a", 1, "b"]],
      [{ a: [{ b: 1, c: 0 }] }, "Expected a boolean", ["a", 0, "c"]],
      [{ a: [{ b: 1, c: null }] }, "Expected a boolean", ["a", 0, "c"]],
      [{ a: [], level: 5 }, "Expected a string", ["level"]],
      [{ a: [], kind: "x" }, 'Expected "k"', ["kind"]]
    ] as const) {
      assert.deepStrictEqual(decode(schema, input), { wrong, path: [...path] })
    }
  })

  it("tells the member of a union that got deepest", () => {
    const schema = checked(
      Schema.Union([
        Schema.Array(Schema.Number),
        Schema.Struct({ a: Schema.Struct({ b: Schema.Number }) }),
        Schema.Struct({ c: Schema.Number })
      ])
    )
    assert.deepStrictEqual(decode(schema, { a: { b: "x" } }), { wrong: "Expected a number", path: ["a", "b"] })
    assert.deepStrictEqual(decode(schema, [1, "x"]), { wrong: "Expected a number", path: [1] })
    assert.deepStrictEqual(decode(schema, 5), { wrong: "Expected an array or an object or an object", path: [] })
  })

  it("goes into itself", () => {
    const input = { label: "a", children: [{ label: "b", children: [] }] }
    assert.strictEqual(decode(TreeCheck, input).value, input)
    assert.deepStrictEqual(decode(TreeCheck, { label: "a", children: [{ label: 1, children: [] }] }), {
      wrong: "Expected a string",
      path: ["children", 0, "label"]
    })
  })

  it("is a schema like others: inside one, and for its own values", () => {
    const Inner = checked(Schema.Struct({ a: Schema.Number }))
    const Outer = Schema.Struct({ inner: Inner })
    const inner = { a: 1, b: 2 }
    const { value } = decode(Outer, { inner })
    assert.strictEqual(value?.inner, inner)
    assert.isTrue(Schema.is(Inner)(inner))
    assert.isFalse(Schema.is(Inner)({ a: "1" }))
    assert.deepStrictEqual(Schema.encodeSync(Inner)(inner), inner)
    assert.deepStrictEqual(decode(Outer, { inner: { a: "x" } }), { wrong: "Expected a number", path: ["inner", "a"] })
  })

  it.effect("does not take a schema for less than it says", () =>
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
        const defect = yield* Schema.decodeUnknownEffect(checked(schema))({}).pipe(Effect.sandbox, Effect.flip)
        assert.match(Cause.pretty(defect), /checked: .* not supported/)
      }
    })
  )
})

describe("OpenUnion", () => {
  const schema = checked(Schema.Array(Shape))

  it("checks the members that it knows, and keeps the others", () => {
    const input = [
      { type: "circle", radius: 1, x: 2 },
      { type: "blob", points: [1] },
      { type: "unknown", odd: true }
    ]
    const before = JSON.stringify(input)
    const { value } = decode(schema, input)
    isSame(value, input)
    const [circle, blob, unknown] = value ?? []
    assert.deepInclude(circle, { type: "circle", radius: 1 })
    assert(blob instanceof UnknownMember && unknown instanceof UnknownMember)
    assert.deepStrictEqual([blob.type, blob.raw], ["unknown", { type: "blob", points: [1] }])
    assert.deepStrictEqual(unknown.raw, { type: "unknown", odd: true })
    assert.strictEqual(JSON.stringify(value), before)
    // Checked again, it stays as it is.
    assert.strictEqual(decode(schema, value).value?.[1], blob)
  })

  it("does not take a malformed member that it knows for one that it does not", () => {
    for (const [input, wrong, path] of [
      [{ type: "circle", radius: "1" }, "Expected a number", [0, "radius"]],
      [{ type: "group", of: [{ name: "a" }, {}] }, "Expected a value", [0, "of", 1, "name"]],
      [{ type: 5 }, "Expected a string", [0, "type"]],
      [{}, "Expected a string", [0, "type"]],
      ["circle", "Expected an object", [0]],
      [null, "Expected an object", [0]]
    ] as const) {
      assert.deepStrictEqual(decode(schema, [input]), { wrong, path: [...path] })
    }
  })
})
