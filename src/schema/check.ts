// The checks behind the schemas of the wire: compiled once for each schema, and run without the schema interpreter.
// A check returns the value to keep, which is the input itself wherever nothing in it has to be replaced.
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import { isMarked, isUnknownMember, UnknownMember } from "./UnknownMember.ts"

/**
 * What a check is for: `received` is fresh JSON that belongs to nobody, so that values are replaced in place; `decode`
 * takes JSON, and copies where a value is replaced; `type` takes decoded values, and replaces nothing; `encode` turns
 * decoded values into JSON, and copies where a value is replaced.
 */
export type Mode = "received" | "decode" | "type" | "encode"

/** Returns the value to keep, or an `Invalid`. */
export type Check = (input: unknown, mode: Mode) => unknown

/** The check of a schema that has its own, and the values of `type` by which an open union knows it. */
export interface Own {
  readonly check: Check
  readonly types: () => ReadonlyArray<unknown>
}

/** Where a schema carries its own check, so that one inside another runs without the interpreter. */
export const ownCheck = "effect-anthropic/check"

/** Marks an open union: a `lenient` one keeps a known member that it cannot read as an unknown one. */
export const openUnion = "effect-anthropic/openUnion"

const isOwn = (value: unknown): value is Own => Predicate.isReadonlyObject(value) && typeof value.check === "function"

/** Why a value was not accepted, and where: `path` leads from the root to the wrong value. */
export class Invalid {
  readonly path: Array<PropertyKey> = []
  readonly expected: string

  constructor(expected: string) {
    this.expected = expected
  }

  at(key: PropertyKey): this {
    this.path.unshift(key)
    return this
  }
}

/** A check of values that are kept as they are. */
export const leaf =
  (isKept: (input: unknown) => boolean, expected: string): Check =>
  (input) =>
    isKept(input) ? input : new Invalid(expected)

/** Keeps any JSON. Only encoding looks inside, since everything else is from JSON already. */
export const checkJson: Check = (input, mode) => (mode === "encode" ? toJson(input) : input)

/** The value as JSON: what `JSON.parse` gives back for what `JSON.stringify` writes. */
const toJson = (input: unknown): unknown => {
  if (input === null || typeof input === "string" || typeof input === "boolean") return input
  if (typeof input === "number") return Number.isFinite(input) ? input : new Invalid("a finite number")
  if (typeof input !== "object") return new Invalid("a JSON value")
  if ("toJSON" in input && typeof input.toJSON === "function") return toJson(input.toJSON())
  return Array.isArray(input) ? eachItem(input, "encode", toJson) : fieldsToJson(input)
}

const eachItem = (input: ReadonlyArray<unknown>, mode: Mode, check: Check): unknown => {
  let output: Array<unknown> | undefined
  for (let i = 0; i < input.length; i++) {
    const value = input[i]
    const kept = check(value, mode)
    if (kept === value) continue
    if (kept instanceof Invalid) return kept.at(i)
    output ??= [...input]
    output[i] = kept
  }
  return output ?? input
}

const nothing: ReadonlySet<PropertyKey> = new Set()

/** The fields as JSON, but those that are JSON already. Undefined ones are left out, as `JSON.stringify` does. */
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

const compileObject = (ast: SchemaAST.Objects): Check => {
  const properties = ast.propertySignatures.map((property) => ({
    name: property.name,
    check: compile(property.type),
    isOptional: property.type.context?.isOptional === true,
    isNullable: isNullable(property.type)
  }))
  const known = new Set(properties.map(({ name }) => name))
  const [record, ...others] = ast.indexSignatures
  if (others.length > 0) throw new Error("checked: several index signatures are not supported")
  const checkOther = record === undefined ? undefined : compile(record.type)
  return (input, mode) => {
    if (!Predicate.isObject(input)) return new Invalid("an object")
    let output = input
    for (const { name, check, isOptional, isNullable } of properties) {
      const value = input[name]
      if (value === undefined) {
        if (isOptional) continue
        // Gateways leave out fields that are null.
        if (!isNullable || mode === "type") return new Invalid("a value").at(name)
        output = withField(output, output === input && mode !== "received", name, null)
        continue
      }
      const kept = check(value, mode)
      if (kept === value) continue
      if (kept instanceof Invalid) return kept.at(name)
      output = withField(output, output === input && mode !== "received", name, kept)
    }
    if (checkOther !== undefined) {
      for (const [name, value] of Object.entries(input)) {
        if (known.has(name) || value === undefined) continue
        const kept = checkOther(value, mode)
        if (kept === value) continue
        if (kept instanceof Invalid) return kept.at(name)
        output = withField(output, output === input && mode !== "received", name, kept)
      }
    }
    return mode === "encode" ? fieldsToJson(output, known) : output
  }
}

type Fields = { [name: PropertyKey]: unknown }

const withField = (fields: Fields, isShared: boolean, name: PropertyKey, value: unknown): Fields => {
  const own = isShared ? { ...fields } : fields
  own[name] = value
  return own
}

const isNullable = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Union" && ast.types.some(({ _tag }) => _tag === "Null")

const compileArray = (ast: SchemaAST.Arrays): Check => {
  const [item, ...others] = ast.rest
  if (item === undefined || others.length > 0 || ast.elements.length > 0) {
    throw new Error("checked: a tuple is not supported")
  }
  const check = compile(item)
  return (input, mode) => {
    if (!Array.isArray(input)) return new Invalid("an array")
    if (mode !== "received") return eachItem(input, mode, check)
    for (let i = 0; i < input.length; i++) {
      const value: unknown = input[i]
      const kept = check(value, mode)
      if (kept === value) continue
      if (kept instanceof Invalid) return kept.at(i)
      input[i] = kept
    }
    return input
  }
}

/** The values of `type` that a member of an open union is known by. */
export const typesOf = (ast: SchemaAST.AST): ReadonlyArray<unknown> => {
  const own = ast.annotations?.[ownCheck]
  if (isOwn(own)) return own.types()
  if (ast._tag === "Union") return ast.types.flatMap(typesOf)
  if (ast._tag !== "Objects") return []
  const type = ast.propertySignatures.find(({ name }) => name === "type")?.type
  if (type === undefined) return []
  const literals = literalsOf(type)
  return type.context?.isOptional === true ? [...literals, undefined] : literals
}

const literalsOf = (ast: SchemaAST.AST): ReadonlyArray<unknown> => {
  if (ast._tag === "Literal") return [ast.literal]
  if (ast._tag === "Null") return [null]
  return ast._tag === "Union" ? ast.types.flatMap(literalsOf) : []
}

const compileOpenUnion = (ast: SchemaAST.Union, isLenient: boolean): Check => {
  const byType = new Map<unknown, Check>()
  for (const member of ast.types) {
    const check = compile(member)
    for (const type of typesOf(member)) byType.set(type, check)
  }
  const checkUnknown = (input: UnknownMember, mode: Mode): unknown => {
    const { raw } = input
    if (mode === "encode") return toJson(raw)
    return mode === "decode" && !(input instanceof UnknownMember) ? new UnknownMember(raw) : input
  }
  return (input, mode) => {
    if (!Predicate.isObject(input)) return new Invalid("an object")
    const check = byType.get(input.type)
    if (check !== undefined) {
      const kept = check(input, mode)
      const isUnreadable = kept instanceof Invalid && isLenient && (mode === "received" || mode === "decode")
      return isUnreadable ? new UnknownMember(input) : kept
    }
    if (input instanceof UnknownMember) return checkUnknown(input, mode)
    // The server means what it says, whereas a stored value may have lost its class.
    if (mode !== "received") {
      if (isUnknownMember(input)) return checkUnknown(input, mode)
      if (isMarked(input)) return new Invalid("an unknown member without further fields")
    }
    if (mode === "type" || mode === "encode") return new Invalid("a known type").at("type")
    return Predicate.isString(input.type) || isLenient ? new UnknownMember(input) : new Invalid("a string").at("type")
  }
}

const compileUnion = (ast: SchemaAST.Union): Check => {
  const open = ast.annotations?.[openUnion]
  if (open !== undefined) return compileOpenUnion(ast, open === "lenient")
  const members = ast.types.map(compile)
  const takesNull = isNullable(ast)
  return (input, mode) => {
    if (takesNull && input === null) return input
    let failure: Invalid | undefined
    for (const member of members) {
      const kept = member(input, mode)
      if (!(kept instanceof Invalid)) return kept
      // The member that got deepest is the one that was meant.
      if (failure === undefined || kept.path.length > failure.path.length) failure = kept
      else if (kept.path.length === 0 && failure.path.length === 0) {
        failure = new Invalid(`${failure.expected} or ${kept.expected}`)
      }
    }
    return failure
  }
}

/** Compiles a schema to a check; what it does not support is a defect of the schema. */
export const compile = (ast: SchemaAST.AST): Check => {
  const own = ast.annotations?.[ownCheck]
  if (isOwn(own)) return own.check
  const isFinite = ast._tag === "Number" && ast.checks === Schema.Finite.ast.checks
  if ((ast.checks !== undefined && !isFinite) || ast.encoding !== undefined) {
    throw new Error("checked: refinements and transformations are not supported")
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
    case "Suspend": {
      let check: Check | undefined
      return (input, mode) => {
        check ??= compile(ast.thunk())
        return check(input, mode)
      }
    }
    default:
      throw new Error(`checked: ${ast._tag} is not supported`)
  }
}
