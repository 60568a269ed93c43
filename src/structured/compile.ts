// Compiles a schema to the form that the API accepts, and to the codec of the model's output. Each schema is compiled once.
// Effect's result is corrected if the API would refuse it: the root, unions of one type, too many nullable fields.
import { toCodecAnthropic } from "effect/ai/AnthropicStructuredOutput"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { schemaLimits } from "../facts/limits.ts"
import { checkSchemas, isUnion, judge, refuse } from "../params/schemas.ts"
import type { JsonSchemaFormat } from "../schema/MessageParams.ts"
import { describe, isKeywords, type Keywords } from "./describe.ts"

/**
 * A schema of outputs. Decoding may need services.
 *
 * @category models
 * @since 0.1.0
 */
export type Output<A, R = never> = Schema.ConstraintCodec<A, unknown, R, unknown>

type Codec<A, R, RE> = Schema.ConstraintCodec<A, unknown, R, RE>

/** A compiled schema. */
export interface Compiled<A, R, RE = unknown> {
  readonly schema: Codec<A, R, RE>
  readonly format: JsonSchemaFormat
  readonly codec: Codec<A, R, RE>
  /** Converts the output of the model to the form of Effect's own codec. It is a part of `codec`. */
  readonly prepare: (input: unknown) => unknown
}

/** The field of an output that is not an object. */
const wrapper = "value"

const isNull = (schema: unknown): boolean => isKeywords(schema) && schema.type === "null"

/**
 * Whether a schema is that of the texts for numbers that JSON does not have. They are left out, so that a number needs no
 * union.
 */
const isNotFinite = (schema: unknown): boolean =>
  isKeywords(schema) &&
  Array.isArray(schema.enum) &&
  schema.enum.length > 0 &&
  schema.enum.every((text) => text === "Infinity" || text === "-Infinity" || text === "NaN")

const isNumber = (schema: unknown): boolean => isKeywords(schema) && schema.type === "number"

const withoutRepeats = (members: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const written = members.map((member) => JSON.stringify(member))
  return members.filter((_, index) => written.indexOf(written[index] ?? "") === index)
}

/** Removes redundant members of a union. A union of a single member is replaced by that member. */
const simplifyUnion = (schema: Keywords): void => {
  if (!Array.isArray(schema.anyOf)) return
  const flat = schema.anyOf.flatMap((member: unknown) =>
    isKeywords(member) && Array.isArray(member.anyOf) && Object.keys(member).length === 1 ? member.anyOf : [member]
  )
  const finite = flat.some(isNumber) ? flat.filter((member) => !isNotFinite(member)) : flat
  const members = withoutRepeats(finite)
  const [only] = members
  if (members.length > 1 || !isKeywords(only)) {
    schema.anyOf = members
    return
  }
  const { description } = schema
  delete schema.anyOf
  for (const [keyword, value] of Object.entries(only)) schema[keyword] ??= value
  if (description !== undefined) schema.description = description
}

const membersOf = (schema: Keywords): ReadonlyArray<Keywords> =>
  [
    ...(isKeywords(schema.properties) ? Object.values(schema.properties) : []),
    ...(isKeywords(schema.$defs) ? Object.values(schema.$defs) : []),
    schema.items,
    ...[schema.anyOf, schema.allOf].flatMap((members) => (Array.isArray(members) ? members : []))
  ].filter(isKeywords)

const simplify = (schema: Keywords): void => {
  for (const member of membersOf(schema)) simplify(member)
  simplifyUnion(schema)
}

/** Fields that may be left out although Effect requires null, by the schema of their object. */
type Relaxed = ReadonlyMap<Keywords, ReadonlyArray<string>>

const nullableMember = (schema: unknown): Keywords | undefined => {
  if (!isKeywords(schema) || !Array.isArray(schema.anyOf) || schema.anyOf.length !== 2) return undefined
  const others = schema.anyOf.filter((member) => !isNull(member))
  const [only] = others
  return others.length === 1 && isKeywords(only) && !isUnion(only) ? { ...only, ...describedBy(schema) } : undefined
}

const describedBy = ({ description }: Keywords): Keywords => (description === undefined ? {} : { description })

/**
 * Lets fields be left out instead of being null, as many as necessary: the API takes few fields of a union type, and a few
 * more that may be left out. A schema that still exceeds these limits is refused before sending.
 */
const relax = (root: Keywords): Relaxed => {
  const relaxed = new Map<Keywords, Array<string>>()
  let { optional, unions } = judge(structuredClone(root))
  const visit = (schema: Keywords): void => {
    for (const [name, property] of Object.entries(isKeywords(schema.properties) ? schema.properties : {})) {
      const member = nullableMember(property)
      if (member === undefined || unions <= schemaLimits.unions || optional >= schemaLimits.optional) continue
      relaxed.set(schema, [...(relaxed.get(schema) ?? []), name])
      schema.properties = { ...(isKeywords(schema.properties) ? schema.properties : {}), [name]: member }
      schema.required = Array.isArray(schema.required) ? schema.required.filter((each) => each !== name) : []
      unions -= 1
      optional += 1
    }
    for (const member of membersOf(schema)) visit(member)
  }
  visit(root)
  return relaxed
}

/** Puts null where a field was left out. */
class Filling {
  readonly #root: Keywords
  readonly #relaxed: Relaxed

  constructor(root: Keywords, relaxed: Relaxed) {
    this.#root = root
    this.#relaxed = relaxed
  }

  fill(value: unknown, given: unknown): unknown {
    if (!isKeywords(given)) return value
    const schema = resolve(given, this.#root)
    if (Array.isArray(schema.anyOf)) return this.fill(value, this.#memberOf(value, schema.anyOf))
    if (Array.isArray(value)) return value.map((item: unknown) => this.fill(item, schema.items))
    if (!isKeywords(value) || !isKeywords(schema.properties)) return value
    const filled: Keywords = { ...value }
    for (const name of this.#relaxed.get(schema) ?? []) filled[name] ??= null
    for (const [name, property] of Object.entries(schema.properties)) {
      if (Object.hasOwn(filled, name)) filled[name] = this.fill(filled[name], property)
    }
    return filled
  }

  /** The member of a union to which a value belongs: a list, or an object with its fields and its literals. */
  #memberOf(value: unknown, members: ReadonlyArray<unknown>): unknown {
    return members.find((member) => {
      const schema = isKeywords(member) ? resolve(member, this.#root) : {}
      if (Array.isArray(value)) return schema.type === "array"
      if (!isKeywords(value) || !isKeywords(schema.properties)) return false
      const properties = schema.properties
      const required = Array.isArray(schema.required) ? schema.required : []
      return (
        required.every((name) => typeof name === "string" && Object.hasOwn(value, name)) &&
        Object.entries(value).every(([name, field]) => isPossible(properties[name], field))
      )
    })
  }
}

const isPossible = (schema: unknown, value: unknown): boolean =>
  isKeywords(schema) &&
  (schema.const === undefined || schema.const === value) &&
  (!Array.isArray(schema.enum) || schema.enum.includes(value))

const resolve = (schema: Keywords, root: Keywords): Keywords => {
  const name = typeof schema.$ref === "string" ? schema.$ref.replace("#/$defs/", "") : undefined
  const definition = name !== undefined && isKeywords(root.$defs) ? root.$defs[name] : undefined
  return isKeywords(definition) ? definition : schema
}

/** Replaces a root that is only a reference by its definition. */
const dereference = (root: Keywords): Keywords => {
  const { $defs, $ref, ...rest } = root
  const target = resolve(root, root)
  return target === root || $ref === undefined
    ? root
    : { ...target, ...rest, ...($defs === undefined ? {} : { $defs }) }
}

const isUsed = (root: Keywords): boolean => JSON.stringify(root).includes('"$ref"')

/** Puts a schema into an object at the root, which the API always takes. */
const wrap = ({ $defs, ...schema }: Keywords): Keywords => ({
  type: "object",
  properties: { [wrapper]: schema },
  required: [wrapper],
  additionalProperties: false,
  ...($defs === undefined ? {} : { $defs })
})

const transformed = <A, R, RE>(codec: Codec<A, R, RE>, prepare: (input: unknown) => unknown): Codec<A, R, RE> =>
  Schema.Unknown.pipe(
    Schema.decodeTo(
      codec,
      SchemaTransformation.transform<unknown, unknown>({ decode: prepare, encode: (value) => value })
    )
  )

const make = <A, R, RE>(schema: Codec<A, R, RE>): Compiled<A, R, RE> => {
  const { codec, jsonSchema } = toCodecAnthropic(schema)
  const described: Keywords = structuredClone(jsonSchema)
  describe(codec.ast, described)
  simplify(described)
  const made = dereference(described)
  if (!isUsed(made)) delete made.$defs
  const isWrapped = made.type !== "object"
  const root = isWrapped ? wrap(made) : made
  const relaxed = relax(root)
  const format: JsonSchemaFormat = { type: "json_schema", schema: root }
  if (!isWrapped && relaxed.size === 0) return { schema, format, codec, prepare: (input) => input }
  const filling = new Filling(root, relaxed)
  const prepare = (input: unknown): unknown => {
    const filled = relaxed.size === 0 ? input : filling.fill(input, root)
    return isWrapped && isKeywords(filled) && Object.hasOwn(filled, wrapper) ? filled[wrapper] : filled
  }
  return { schema, format, codec: transformed(codec, prepare), prepare }
}

/** Makes the result for a schema that cannot be compiled. It is refused before it is sent, with the place if there is one. */
const refused = <A, R, RE>(schema: Codec<A, R, RE>, cause: unknown): Compiled<A, R, RE> => {
  const plain = Result.try(() => {
    const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema, { onExcessProperty: "error" })
    return { ...root, $defs: definitions }
  })
  const jsonSchema = Result.getOrElse(plain, () => ({}))
  const reasons = judge(jsonSchema).reasons.filter(() => Result.isSuccess(plain))
  const description = cause instanceof Error ? cause.message : String(cause)
  refuse(jsonSchema, reasons.length > 0 ? reasons : [{ path: "", description }])
  return { schema, format: { type: "json_schema", schema: jsonSchema }, codec: schema, prepare: (input) => input }
}

/** A cache by schema, because compiling takes 2 ms for a small schema and 40 ms for one of 24 kB. */
const known = new WeakMap<object, Compiled<unknown, unknown>>()

const isOf = <A, R, RE>(
  compiled: Compiled<unknown, unknown>,
  schema: Codec<A, R, RE>
): compiled is Compiled<A, R, RE> => compiled.schema === schema

/** Compiles a schema, once. */
export const compile = <A, R, RE>(schema: Codec<A, R, RE>): Compiled<A, R, RE> => {
  const before = known.get(schema)
  if (before !== undefined && isOf(before, schema)) return before
  const result = Result.try(() => make(schema))
  const compiled = Result.isSuccess(result) ? result.success : refused(schema, result.failure)
  known.set(schema, compiled)
  return compiled
}

/** Why the API does not take a schema, or undefined if it does. */
export const problemOf = ({ format }: Compiled<unknown, unknown>): string | undefined => {
  const reasons = checkSchemas({ output_config: { format } })
  return reasons.length === 0
    ? undefined
    : reasons.map(({ description, path }) => `${path.replace("output_config.format.", "")}: ${description}`).join("; ")
}
