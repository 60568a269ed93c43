// The checks behind the schemas of the wire: compiled once for each schema, and run without the schema interpreter.
// A check returns the value to keep, which is the input itself if nothing in it has to be replaced.
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"

/**
 * What a check is for.
 *
 * - `received`: new JSON that nothing else refers to. Values are replaced in place.
 * - `copied`: new JSON that is kept unchanged if a part of it cannot be read. Values are replaced in a copy.
 * - `decode`: JSON from anywhere, also stored values. Values are replaced in a copy.
 * - `type`: decoded values. Nothing is replaced.
 * - `encode`: decoded values that become JSON. Values are replaced in a copy.
 */
export type Mode = "received" | "copied" | "decode" | "type" | "encode"

/** Returns the value to keep, or an `Invalid`. */
export type Check = (input: unknown, mode: Mode) => unknown

/** The check of a schema that has its own, and the schemas that it is made of. */
export interface Own {
  readonly check: Check
  readonly of?: ReadonlyArray<SchemaAST.AST>
  /** Whether it takes every string. Default: false. */
  readonly takesText?: boolean
}

/** The annotation with the own check of a schema, so that a schema inside another one runs without the interpreter. */
export const ownCheck = "effect-anthropic/check"

export const isOwn = (value: unknown): value is Own =>
  Predicate.isReadonlyObject(value) && typeof value.check === "function"

/** Why a value was not accepted, and the `path` from the root to the wrong value. */
export class Invalid {
  readonly path: Array<PropertyKey>
  readonly expected: string

  constructor(expected: string, path: ReadonlyArray<PropertyKey> = []) {
    this.expected = expected
    this.path = [...path]
  }

  at(key: PropertyKey): this {
    this.path.unshift(key)
    return this
  }
}

/** Makes a check of values that are kept unchanged. */
export const leaf =
  (isKept: (input: unknown) => boolean, expected: string): Check =>
  (input) =>
    isKept(input) ? input : new Invalid(expected)

/** Keeps any JSON. Only encoding checks its content, because other values are from JSON already. */
export const checkJson: Check = (input, mode) => (mode === "encode" ? toJson(input) : input)

/** Converts a value to JSON: the result of `JSON.stringify` and then `JSON.parse`. */
export const toJson = (input: unknown): unknown => {
  if (input === null || typeof input === "string" || typeof input === "boolean") return input
  if (typeof input === "number") return Number.isFinite(input) ? input : new Invalid("a finite number")
  if (typeof input !== "object") return new Invalid("a JSON value")
  if ("toJSON" in input && typeof input.toJSON === "function") return toJson(input.toJSON())
  return Array.isArray(input) ? eachItem(input, "encode", toJson) : fieldsToJson(input)
}

const eachItem = (input: Array<unknown>, mode: Mode, check: Check): unknown => {
  let output: Array<unknown> | undefined
  for (let i = 0; i < input.length; i++) {
    const value = input[i]
    const kept = check(value, mode)
    if (kept === value) continue
    if (kept instanceof Invalid) return kept.at(i)
    // What was received belongs to nobody else, and is changed in place.
    output ??= mode === "received" ? input : [...input]
    output[i] = kept
  }
  return output ?? input
}

const nothing: ReadonlySet<PropertyKey> = new Set()

/** Converts fields to JSON, except those that are JSON already. Undefined fields are left out, as `JSON.stringify` does. */
const fieldsToJson = (input: object, isJson: ReadonlySet<PropertyKey> = nothing): unknown => {
  const entries: Array<[string, unknown]> = []
  let isSame = true
  for (const [name, value] of Object.entries(input)) {
    const kept = value === undefined || isJson.has(name) ? value : toJson(value)
    if (kept instanceof Invalid) return kept.at(name)
    if (kept !== value || kept === undefined) isSame = false
    if (kept !== undefined) entries.push([name, kept])
  }
  return isSame ? input : Object.fromEntries(entries)
}

/** One field of an object, as its check needs it. */
interface Field {
  readonly check: Check
  readonly isOptional: boolean
  readonly isNullable: boolean
  /** Whether it takes every string, and every finite number. */
  readonly takesText: boolean
  readonly takesNumbers: boolean
}

const takes = (ast: SchemaAST.AST, tag: "String" | "Number"): boolean => {
  const own = ast.annotations?.[ownCheck]
  if (isOwn(own)) return tag === "String" && own.takesText === true
  return ast._tag === tag || (ast._tag === "Union" && ast.types.some((type) => takes(type, tag)))
}

const fieldOf = ({ type }: SchemaAST.PropertySignature): Field => ({
  check: compile(type),
  isOptional: type.context?.isOptional === true,
  isNullable: isNullable(type),
  takesText: takes(type, "String"),
  takesNumbers: takes(type, "Number")
})

/** Whether a field takes a value that needs no closer look. */
const isPlain = (field: Field, value: unknown): boolean => {
  if (typeof value === "string") return field.takesText
  if (typeof value === "number") return field.takesNumbers && Number.isFinite(value)
  return value === null && field.isNullable
}

const compileObject = (ast: SchemaAST.Objects): Check => {
  if (ast.indexSignatures.length > 0) throw unsupported("a record")
  const fields = new Map(ast.propertySignatures.map((property) => [property.name, fieldOf(property)]))
  const required = [...fields].filter(([, { isOptional }]) => !isOptional)
  const known = new Set(fields.keys())
  return (input, mode) => {
    if (!Predicate.isObject(input)) return new Invalid("an object")
    let output = input
    let missing = required.length
    // Reads the fields that are present, because V8 takes much longer to look up one that is absent.
    for (const name in input) {
      const field = fields.get(name)
      const value = input[name]
      if (field === undefined || value === undefined) continue
      if (!field.isOptional) missing -= 1
      if (isPlain(field, value)) continue
      const kept = field.check(value, mode)
      if (kept === value) continue
      if (kept instanceof Invalid) return kept.at(name)
      output = withField(output, output === input && mode !== "received", name, kept)
    }
    if (missing > 0) {
      for (const [name, { isNullable }] of required) {
        if (input[name] !== undefined) continue
        // Gateways leave out fields that are null.
        if (!isNullable || mode === "type") return new Invalid("a value").at(name)
        output = withField(output, output === input && mode !== "received", name, null)
      }
    }
    return mode === "encode" ? fieldsToJson(output, known) : output
  }
}

export type Fields = { [name: PropertyKey]: unknown }

/** Sets a field, in a copy if the object is shared. */
export const withField = (fields: Fields, isShared: boolean, name: PropertyKey, value: unknown): Fields => {
  const own = isShared ? { ...fields } : fields
  own[name] = value
  return own
}

export const isNullable = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Union" && ast.types.some(({ _tag }) => _tag === "Null")

const compileArray = (ast: SchemaAST.Arrays): Check => {
  const [item, ...others] = ast.rest
  if (item === undefined || others.length > 0 || ast.elements.length > 0) {
    throw unsupported("a tuple")
  }
  const check = compile(item)
  return (input, mode) => (Array.isArray(input) ? eachItem(input, mode, check) : new Invalid("an array"))
}

/** Fields that distinguish the members of a union. */
const tags = new Set<PropertyKey | undefined>(["type", "role"])

/** How close a value is to a member of a union. The member with the deepest path and the right tag is the intended one. */
const closeness = ({ path }: Invalid): number => path.length + (tags.has(path.at(-1)) ? 0 : 0.5)

const isSamePath = (a: ReadonlyArray<PropertyKey>, b: ReadonlyArray<PropertyKey>): boolean =>
  a.length === b.length && a.every((key, index) => key === b[index])

const compileUnion = (ast: SchemaAST.Union): Check => {
  const members = ast.types.map(compile)
  const takesNull = isNullable(ast)
  return (input, mode) => {
    if (takesNull && input === null) return input
    let failure: Invalid | undefined
    for (const member of members) {
      const kept = member(input, mode)
      if (!(kept instanceof Invalid)) return kept
      if (failure === undefined || closeness(kept) > closeness(failure)) failure = kept
      else if (isSamePath(kept.path, failure.path)) {
        failure = new Invalid(`${failure.expected} or ${kept.expected}`, failure.path)
      }
    }
    return failure
  }
}

const unsupported = (what: string): Error => new Error(`checked: ${what} is not supported`)

/** Compiles a schema to a check. Throws if the schema has a part that is not supported. */
export const compile = (ast: SchemaAST.AST): Check => {
  const own = ast.annotations?.[ownCheck]
  if (isOwn(own)) return own.check
  const isFinite = ast._tag === "Number" && ast.checks === Schema.Finite.ast.checks
  if ((ast.checks !== undefined && !isFinite) || ast.encoding !== undefined) {
    throw unsupported("a refinement or a transformation")
  }
  switch (ast._tag) {
    case "Unknown":
      return checkJson
    case "String":
      return leaf(Predicate.isString, "a string")
    case "Number":
      return leaf(Number.isFinite, "a number")
    case "Boolean":
      return leaf(Predicate.isBoolean, "a boolean")
    case "Null":
      return leaf(Predicate.isNull, "null")
    case "Undefined":
      return leaf(Predicate.isUndefined, "undefined")
    case "Literal":
      return leaf((input) => input === ast.literal, JSON.stringify(ast.literal))
    case "Objects":
      return compileObject(ast)
    case "Arrays":
      return compileArray(ast)
    case "Union":
      return compileUnion(ast)
    default:
      throw unsupported(ast._tag)
  }
}
