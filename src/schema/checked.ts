// Makes schemas of values of the API: `checked` for values that are kept unchanged, and the parts that it supports.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import type * as SchemaRepresentation from "effect/SchemaRepresentation"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { type Check, checkJson, compile, Invalid, leaf, type Mode, type Own, ownCheck } from "./check.ts"
import { compileOpenUnion } from "./openUnion.ts"
import { isUnknownMember, type UnknownMember } from "./UnknownMember.ts"

export { UnknownMember } from "./UnknownMember.ts"

/**
 * A schema of a value of the API. It decodes from JSON and encodes to JSON, so it is its own JSON codec.
 *
 * @category models
 * @since 0.1.0
 */
export type Wire<T, Encoded = Schema.Json> = Schema.declareConstructor<T, Encoded, readonly []>

/** How a declaration is written in a JSON Schema. Without this it could not be. */
interface Shown {
  readonly identifier?: string | undefined
  readonly schemas?: ReadonlyArray<SchemaAST.AST> | undefined
  readonly toJsonSchema: SchemaRepresentation.ToJsonSchema.Check
}

const show = (shown: Shown) =>
  Schema.makeFilter(() => true, {
    identifier: shown.identifier,
    representation: {
      id: `effect-anthropic/${shown.identifier ?? "value"}`,
      payload: null,
      get schemas() {
        return shown.schemas ?? []
      }
    },
    toJsonSchema: shown.toJsonSchema
  })

const toIssue = (kept: unknown): SchemaIssue.Issue => {
  const { description, path } = misfit(kept)
  return new SchemaIssue.Pointer(path, new SchemaIssue.InvalidValue({ message: description }))
}

/** Whether a value was kept. A check keeps only values of its schema, which the compiler cannot know. */
const isKept = <T>(kept: unknown): kept is T => !(kept instanceof Invalid)

/** Makes a schema from a check: decoding, encoding and guarding are modes of the check. */
export const fromCheck = <T, Encoded = Schema.Json>(own: Own, shown: Shown): Wire<T, Encoded> => {
  const run =
    <A>(mode: Mode) =>
    (input: unknown): Effect.Effect<A, SchemaIssue.Issue> => {
      const kept = own.check(input, mode)
      return isKept<A>(kept) ? Effect.succeed(kept) : Effect.fail(toIssue(kept))
    }
  const isEncoded = (input: unknown): input is Encoded => input !== undefined
  const check = show(shown)
  const json = Schema.declare(isEncoded, { toCodecJson: () => undefined }).check(check)
  const type = Schema.declareConstructor<T>()([], () => run<T>("type"), { [ownCheck]: own }).check(check)
  const transformation = SchemaTransformation.transformEffect({
    decode: run<T>("decode"),
    encode: run<Encoded>("encode")
  })
  return Schema.make<Wire<T, Encoded>>(json.pipe(Schema.decodeTo(type, transformation)).ast)
}

/** Compiles a check when it is first used, because most programs use few schemas. */
export const lazily = (compile: () => Check): Check => {
  let compiled: Check | undefined
  return (input, mode) => {
    compiled ??= compile()
    return compiled(input, mode)
  }
}

/**
 * Makes a schema that checks a value against `schema` and returns the same value. Unknown fields and the order of keys are
 * kept, so that a received value can be sent back unchanged. Only unknown members of open unions, timestamps and nullable
 * fields that were left out are replaced, in a copy.
 */
export const checked = <T, Encoded = Schema.Json>(
  identifier: string,
  schema: Schema.Constraint & { readonly Type: T }
): Wire<T, Encoded> =>
  fromCheck(
    { check: lazily(() => compile(schema.ast)), of: [schema.ast] },
    { identifier, schemas: [schema.ast], toJsonSchema: ({ schemas: [shown = {}] }) => shown }
  )

/**
 * Makes the same schema for a value that was checked before. It is not checked again, because an error must be able to hold
 * any answer. Its JSON is that of `schema`.
 */
export const trusted = <T, Encoded>(schema: Wire<T, Encoded>): Wire<T, T> => {
  const isHeld = (input: unknown): input is T => Predicate.isReadonlyObject(input)
  const transformation = SchemaTransformation.passthrough<T>()
  return Schema.make<Wire<T, T>>(
    Schema.declare(isHeld, { toCodecJson: () => new SchemaAST.Link(schema.ast, transformation) }).ast
  )
}

/** Checks new JSON. */
const checkNew = (schema: Schema.Constraint) => {
  const check = lazily(() => compile(schema.ast))
  return (input: unknown): unknown => check(input, "received")
}

/**
 * Makes a function that checks new JSON without the schema interpreter. It replaces values in place, so nothing else may
 * refer to the JSON.
 *
 * It returns the value, or undefined if it does not fit. `receive` says why.
 */
export const accept = <T>(schema: Schema.Constraint & { readonly Type: T }): ((input: unknown) => T | undefined) => {
  const check = checkNew(schema)
  return (input) => {
    const kept = check(input)
    return isKept<T>(kept) ? kept : undefined
  }
}

/** What is wrong with a value, and its path. */
export interface Misfit {
  readonly description: string
  readonly path: ReadonlyArray<string | number>
}

/** Makes a function that checks new JSON like that of `accept`, and returns what is wrong if it does not fit. */
export const receive = <T>(
  schema: Schema.Constraint & { readonly Type: T }
): ((input: unknown) => Result.Result<T, Misfit>) => {
  const check = checkNew(schema)
  return (input) => {
    const kept = check(input)
    return isKept<T>(kept) ? Result.succeed(kept) : Result.fail(misfit(kept))
  }
}

const misfit = (kept: unknown): Misfit => {
  const { expected, path } = kept instanceof Invalid ? kept : new Invalid("something else")
  return { description: `Expected ${expected}`, path: path.map((key) => (typeof key === "number" ? key : String(key))) }
}

const unknownMember: Wire<UnknownMember> = fromCheck(
  { check: leaf(isUnknownMember, "an unknown member") },
  { toJsonSchema: () => ({ type: "object", properties: { type: { type: "string" } } }) }
)

const unionOf = <const Members extends ReadonlyArray<Schema.Constraint>>(members: Members, isLenient: boolean) => {
  const own: Own = {
    check: lazily(() => compileOpenUnion(members, isLenient)),
    of: members.map(({ ast }) => ast)
  }
  return Schema.Union([...members, unknownMember]).annotate({ [ownCheck]: own })
}

/**
 * Makes a union distinguished by `type` that decodes unknown members to an `UnknownMember`. A malformed member of a known
 * kind is an error. Only `checked` reads it.
 */
export const OpenUnion = <const Members extends ReadonlyArray<Schema.Constraint>>(members: Members) =>
  unionOf(members, false)

/**
 * Makes a union like `OpenUnion`, for an answer that was paid for: a member of a known kind, or without a kind, that cannot
 * be read is an `UnknownMember`, too.
 */
export const LenientUnion = <const Members extends ReadonlyArray<Schema.Constraint>>(members: Members) =>
  unionOf(members, true)

/**
 * Makes a schema of a string that is usually one of `literals`, which an editor completes. Other values are kept.
 */
export const OpenEnum = <const Literals extends ReadonlyArray<string>>(
  literals: Literals
): Wire<Literals[number] | (string & {}), string> =>
  fromCheck(
    { check: leaf(Predicate.isString, "a string"), takesText: true },
    { toJsonSchema: () => ({ type: "string", examples: literals }) }
  )

/** A field that may be left out. Undefined counts as left out, and is not written to the JSON, as the type says. */
export interface Optional<S extends Schema.Constraint>
  extends Schema.optionalKey<Schema.Codec<S["Type"] | undefined, S["Encoded"] | undefined>> {}

/** Makes a field that may be left out. */
export const optional = <S extends Schema.Constraint>(schema: S): Optional<S> =>
  Schema.make<Optional<S>>(Schema.optionalKey(schema).ast)

/** Makes a field that may be null or left out. */
export const nullable = <S extends Schema.Constraint>(schema: S): Optional<Schema.NullOr<S>> =>
  optional(Schema.NullOr(schema))

const checkTimestamp: Check = (input, mode) => {
  if (mode === "type")
    return DateTime.isDateTime(input) && DateTime.isUtc(input) ? input : new Invalid("a DateTime.Utc")
  if (mode === "encode") return DateTime.isDateTime(input) ? DateTime.formatIso(input) : new Invalid("a DateTime.Utc")
  if (!Predicate.isString(input)) return new Invalid("a string")
  // Finding the zone of a text takes as long as reading it, and the texts of the API end with "Z".
  const time = DateTime.make(input.endsWith("Z") ? new Date(input) : input)
  return Option.isSome(time) ? time.value : new Invalid("a timestamp")
}

/** A point in time: RFC 3339 in JSON, `DateTime.Utc` in a program. Fractions of a millisecond are lost. */
export const Timestamp: Wire<DateTime.Utc, string> = fromCheck(
  { check: checkTimestamp },
  { toJsonSchema: () => ({ type: "string", format: "date-time" }) }
)

/** A JSON object with any fields. */
export const JsonObject: Wire<{ readonly [field: string]: unknown }> = fromCheck(
  {
    check: (input, mode) => (Predicate.isReadonlyObject(input) ? checkJson(input, mode) : new Invalid("an object"))
  },
  { toJsonSchema: () => ({ type: "object" }) }
)
