// Ways to change what the API sends, and what a schema has to hold for a value of the wire: it survives storage.
import { assert } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { accept } from "../../src/schema/checked.ts"
import { blocks } from "./blocks.ts"

export const Int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

export const Extras = Schema.Record(Schema.String, Schema.Json)

/** How a block of the API is changed: a field is dropped or replaced, fields are added, or it gets another type. */
export const Mutation = Schema.Struct({
  block: Int(0, blocks.length - 1),
  change: Schema.Literals(["none", "drop", "replace", "extend", "rename", "nest"]),
  field: Int(0, 7),
  value: Schema.Json,
  extras: Extras,
  name: Schema.String
})

export interface Json {
  readonly [field: string]: unknown
}

/** Fields that were generated never replace those that are there. */
export const extend = (value: Json, extras: Json): Json => ({ ...extras, ...value })

const nested = (value: unknown, { extras, name }: typeof Mutation.Type): unknown => {
  if (Array.isArray(value))
    return [...value.map((item) => nested(item, { extras, name } as never)), { ...extras, type: name }]
  return typeof value === "object" && value !== null ? extend({ ...value }, extras) : value
}

export const mutated = (mutation: typeof Mutation.Type): Json => {
  const { block, change, extras, field, name, value } = mutation
  const wire: Json = blocks[block] ?? { type: "text", text: "" }
  const keys = Object.keys(wire).filter((key) => key !== "type")
  const key = keys[field % keys.length] ?? "text"
  switch (change) {
    case "none":
      return wire
    case "drop":
      return Object.fromEntries(Object.entries(wire).filter(([name]) => name !== key))
    case "replace":
      return { ...wire, [key]: value }
    case "extend":
      return extend(wire, extras)
    case "rename":
      return { ...wire, type: name }
    case "nest":
      return { ...wire, [key]: nested(wire[key], mutation) }
  }
}

/** As the bytes of a response are: no value is shared, and none is of JavaScript alone. */
export const parsed = <A>(value: A): A => JSON.parse(JSON.stringify(value))

export const freeze = <A>(value: A): A => {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) freeze(member)
    Object.freeze(value)
  }
  return value
}

/** Decodes JSON in every way, stores the value in every way, and expects the same of all. */
export const survives = <A>(schema: Schema.Codec<A, unknown>, wire: unknown, isSame = true): A => {
  const value = Schema.decodeUnknownSync(schema)(freeze(parsed(wire)))
  assert.isTrue(Schema.is(schema)(value))
  assert.deepStrictEqual<unknown>(accept(schema)(parsed(wire)), value)
  const codec = Schema.toCodecJson(schema)
  const json = Schema.encodeSync(codec)(freeze(value))
  if (isSame) {
    assert.strictEqual(JSON.stringify(json), JSON.stringify(wire))
    assert.strictEqual(JSON.stringify(value), JSON.stringify(wire))
  }
  for (const stored of [json, value, structuredClone(json)]) {
    assert.deepStrictEqual(Schema.decodeUnknownSync(codec)(parsed(stored)), value)
  }
  const inText = Schema.fromJsonString(codec)
  assert.deepStrictEqual(Schema.decodeSync(inText)(Schema.encodeSync(inText)(value)), value)
  return value
}
