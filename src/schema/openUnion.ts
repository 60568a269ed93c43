// The check of a union that is distinguished by `type` and accepts unknown members.
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import { type Check, compile, Invalid, isOwn, type Mode, ownCheck, toJson } from "./check.ts"
import { isMarked, isUnknownMember, UnknownMember } from "./UnknownMember.ts"

/** The values of `type` of a member of an open union. */
export const typesOf = (ast: SchemaAST.AST): ReadonlyArray<unknown> => {
  const own = ast.annotations?.[ownCheck]
  if (isOwn(own)) return (own.of ?? []).flatMap(typesOf)
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

/**
 * Compiles the members of an open union. A lenient union keeps a member of a known kind that it cannot read as an unknown
 * member.
 */
export const compileOpenUnion = (members: ReadonlyArray<Schema.Constraint>, isLenient: boolean): Check => {
  const byType = new Map<unknown, Check>()
  for (const { ast } of members) {
    const check = compile(ast)
    for (const type of typesOf(ast)) byType.set(type, check)
  }
  const checkUnknown = (input: UnknownMember, mode: Mode): unknown => {
    const { raw } = input
    if (mode === "encode") return toJson(raw)
    return mode === "decode" && !(input instanceof UnknownMember) ? new UnknownMember(raw) : input
  }
  return (input, mode) => {
    if (!Predicate.isObject(input)) return new Invalid("an object")
    const isFresh = mode === "received" || mode === "copied"
    const check = byType.get(input.type)
    if (check !== undefined) {
      const kept = check(input, mode === "received" && isLenient ? "copied" : mode)
      const isUnreadable = kept instanceof Invalid && isLenient && (isFresh || mode === "decode")
      return isUnreadable ? new UnknownMember(input) : kept
    }
    if (input instanceof UnknownMember) return checkUnknown(input, mode)
    // A stored value may have lost its class. A value of the server is only what it says.
    if (!isFresh) {
      if (isUnknownMember(input)) return checkUnknown(input, mode)
      if (isMarked(input)) return new Invalid("an unknown member without further fields")
    }
    if (mode === "type" || mode === "encode") return new Invalid("a known type").at("type")
    return Predicate.isString(input.type) || isLenient ? new UnknownMember(input) : new Invalid("a string").at("type")
  }
}
