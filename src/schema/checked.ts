import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"

/**
 * A member of an open union whose `type` this version does not know.
 *
 * `raw` is what the server sent, and is what `JSON.stringify` writes again.
 */
export class UnknownMember {
  readonly type = "unknown"
  readonly raw: { readonly [key: string]: unknown }

  constructor(raw: { readonly [key: string]: unknown }) {
    this.raw = raw
  }

  toJSON(): unknown {
    return this.raw
  }
}

const openUnion = "effect-anthropic/openUnion"

/** Gives the value to keep (the input itself, unless it is an unknown union member) or says why not. */
type Check = (input: unknown) => unknown

/** Where this module's own declarations keep their check, so that one inside another runs without the interpreter. */
const ownCheck = "effect-anthropic/check"

const isCheck = (value: unknown): value is Check => typeof value === "function"

/**
 * A union told apart by `type` that accepts members it does not know as `UnknownMember`, while a malformed known member
 * stays an error. Only `checked` reads it.
 */
export const OpenUnion = <const Members extends ReadonlyArray<Schema.Constraint>>(members: Members) =>
  Schema.Union([...members, Schema.instanceOf(UnknownMember)]).annotate({ [openUnion]: true })

const isString = (input: unknown): boolean => typeof input === "string"

/**
 * A string that is usually one of `literals`, which an editor completes; a value the server added later is kept.
 */
export const OpenEnum = <const Literals extends ReadonlyArray<string>>(_literals: Literals) => {
  const isMember = (input: unknown): input is Literals[number] | (string & {}) => isString(input)
  return Schema.declare(isMember).annotate({ [ownCheck]: checkString })
}

/** Why a value was not accepted, and where: `path` leads from the root to the offending value. */
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

const checkString: Check = (input) => (isString(input) ? input : new Invalid("a string"))

const acceptAll: Check = (input) => input

const compileObject = (ast: SchemaAST.Objects): Check => {
  const properties = ast.propertySignatures.map((property) => ({
    name: property.name,
    check: compile(property.type),
    isOptional: property.type.context?.isOptional === true
  }))
  if (ast.indexSignatures.length > 0) throw new Error("checked: a record is not supported")
  return (input) => {
    if (!Predicate.isObject(input)) return new Invalid("an object")
    for (const { name, check, isOptional } of properties) {
      const value = input[name]
      if (value === undefined) {
        if (isOptional) continue
        return new Invalid("a value").at(name)
      }
      const kept = check(value)
      if (kept === value) continue
      if (kept instanceof Invalid) return kept.at(name)
      input[name] = kept
    }
    return input
  }
}

const compileArray = (ast: SchemaAST.Arrays): Check => {
  const [item, ...others] = ast.rest
  if (item === undefined || others.length > 0 || ast.elements.length > 0) {
    throw new Error("checked: a tuple is not supported")
  }
  const check = compile(item)
  return (input) => {
    if (!Array.isArray(input)) return new Invalid("an array")
    for (let i = 0; i < input.length; i++) {
      const value: unknown = input[i]
      const kept = check(value)
      if (kept === value) continue
      if (kept instanceof Invalid) return kept.at(i)
      input[i] = kept
    }
    return input
  }
}

const literalType = (ast: SchemaAST.Objects): unknown => {
  const type = ast.propertySignatures.find((property) => property.name === "type")?.type
  return type?._tag === "Literal" ? type.literal : undefined
}

const compileOpenUnion = (ast: SchemaAST.Union): Check => {
  const byType = new Map<unknown, Check>()
  for (const member of ast.types) {
    if (member._tag === "Objects") byType.set(literalType(member), compile(member))
  }
  return (input) => {
    if (!Predicate.isObject(input)) return new Invalid("an object")
    const check = byType.get(input.type)
    if (check !== undefined) return check(input)
    if (input instanceof UnknownMember) return input
    return isString(input.type) ? new UnknownMember(input) : new Invalid("a string").at("type")
  }
}

const compileUnion = (ast: SchemaAST.Union): Check => {
  if (ast.annotations?.[openUnion] === true) return compileOpenUnion(ast)
  const members = ast.types.map(compile)
  const isNullable = ast.types.some((member) => member._tag === "Null")
  return (input) => {
    if (isNullable && input === null) return input
    let failure: Invalid | undefined
    for (const member of members) {
      const kept = member(input)
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

const compile = (ast: SchemaAST.AST): Check => {
  if (ast.checks !== undefined || ast.encoding !== undefined) {
    throw new Error("checked: refinements and transformations are not supported")
  }
  switch (ast._tag) {
    case "Unknown":
      return acceptAll
    case "String":
      return checkString
    case "Number":
      return (input) => (typeof input === "number" ? input : new Invalid("a number"))
    case "Boolean":
      return (input) => (typeof input === "boolean" ? input : new Invalid("a boolean"))
    case "Null":
      return (input) => (input === null ? input : new Invalid("null"))
    case "Literal": {
      const literal = ast.literal
      return (input) => (input === literal ? input : new Invalid(JSON.stringify(literal)))
    }
    case "Objects":
      return compileObject(ast)
    case "Arrays":
      return compileArray(ast)
    case "Union":
      return compileUnion(ast)
    case "Suspend": {
      let check: Check | undefined
      return (input) => {
        check ??= compile(ast.thunk())
        return check(input)
      }
    }
    default: {
      const check = ast.annotations?.[ownCheck]
      if (!isCheck(check)) throw new Error(`checked: ${ast._tag} is not supported`)
      return check
    }
  }
}

const toIssue = (invalid: Invalid): SchemaIssue.Issue =>
  new SchemaIssue.Pointer(invalid.path, new SchemaIssue.InvalidValue({ message: `Expected ${invalid.expected}` }))

/**
 * A schema that checks a value against `schema` and gives back that very value: unknown fields and the order of keys are
 * kept, so what was received can be sent back unchanged. Only unknown members of an `OpenUnion` are replaced, in place.
 */
export const checked = <S extends Schema.Constraint>(schema: S): Schema.declare<S["Type"]> => {
  let compiled: Check | undefined
  const check: Check = (input) => {
    compiled ??= compile(schema.ast)
    return compiled(input)
  }
  const isKept = (kept: unknown): kept is S["Type"] => !(kept instanceof Invalid)
  return Schema.declareConstructor<S["Type"]>()(
    [],
    () => (input) => {
      const kept = check(input)
      return isKept(kept) ? Effect.succeed(kept) : Effect.fail(toIssue(kept))
    },
    { [ownCheck]: check }
  )
}

/**
 * The check of a `checked` schema without the schema interpreter, for where it runs for every small piece of a stream:
 * gives the value it keeps, or nothing, and then decoding says what is wrong.
 */
export const accept = <S extends Schema.Constraint>(schema: S): ((input: unknown) => S["Type"] | undefined) => {
  let check: Check | undefined
  const isKept = (kept: unknown): kept is S["Type"] => !(kept instanceof Invalid)
  return (input) => {
    check ??= compile(schema.ast)
    const kept = check(input)
    return isKept(kept) ? kept : undefined
  }
}
