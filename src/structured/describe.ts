// Adds the descriptions of a schema to its JSON Schema, where the model sees them: Effect leaves out those of values that
// are decoded further.
import * as Predicate from "effect/Predicate"
import type * as SchemaAST from "effect/SchemaAST"

/** A JSON Schema that is being made. */
export type Keywords = { [keyword: string]: unknown }

export const isKeywords = (value: unknown): value is Keywords => Predicate.isObject(value)

const descriptionOf = ({ annotations, checks, context }: SchemaAST.AST): string | undefined =>
  [context?.annotations?.description, checks?.at(-1)?.annotations?.description, annotations?.description].find(
    Predicate.isString
  )

/** A schema and the schemas that it is decoded from, down to that of the model's output. */
const chainOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => {
  const from = ast.encoding?.at(-1)?.to
  return from === undefined ? [ast] : [ast, ...chainOf(from)]
}

const definitionOf = (schema: Keywords, root: Keywords): Keywords => {
  const name = typeof schema.$ref === "string" ? schema.$ref.replace("#/$defs/", "") : undefined
  const definition = name !== undefined && isKeywords(root.$defs) ? root.$defs[name] : undefined
  return isKeywords(definition) ? definition : schema
}

const add = (schema: Keywords, description: string): void => {
  const had = schema.description
  if (typeof had !== "string" || had === "") schema.description = description
  else if (!had.includes(description)) schema.description = `${description}; ${had}`
}

const isEmpty = ({ indexSignatures, propertySignatures }: SchemaAST.Objects): boolean =>
  indexSignatures.length === 0 && propertySignatures.length === 0

/** Replaces the schema of a struct without fields. Effect writes it as any value, or as any value except null. */
const setEmpty = (schema: Keywords): void => {
  delete schema.not
  Object.assign(schema, { type: "object", properties: {}, additionalProperties: false })
}

class Describer {
  readonly #root: Keywords
  /** The schemas that lead here. A recursive one is not entered again. */
  readonly #entered = new Set<SchemaAST.AST>()

  constructor(root: Keywords) {
    this.#root = root
  }

  visit(ast: SchemaAST.AST, schema: Keywords): void {
    const chain = chainOf(ast)
    const description = chain.map(descriptionOf).find(Predicate.isString)
    if (description !== undefined) add(schema, description)
    for (const each of chain) {
      if (this.#entered.has(each)) continue
      this.#entered.add(each)
      this.#visitMembers(each, definitionOf(schema, this.#root))
      this.#entered.delete(each)
    }
  }

  #visitMembers(ast: SchemaAST.AST, schema: Keywords): void {
    if (ast._tag === "Suspend") this.visit(ast.thunk(), schema)
    else if (ast._tag === "Objects") this.#visitProperties(ast, schema)
    else if (ast._tag === "Arrays") this.#visitItems(ast, schema)
    else if (ast._tag === "Union" && Array.isArray(schema.anyOf)) {
      for (const [index, type] of ast.types.entries()) this.#visitAny(type, schema.anyOf[index])
    }
  }

  #visitProperties(ast: SchemaAST.Objects, schema: Keywords): void {
    if (isEmpty(ast)) setEmpty(schema)
    const properties = isKeywords(schema.properties) ? schema.properties : {}
    for (const { name, type } of ast.propertySignatures) this.#visitAny(type, properties[String(name)])
  }

  #visitItems(ast: SchemaAST.Arrays, schema: Keywords): void {
    const [rest] = ast.rest
    if (ast.elements.length === 0 && rest !== undefined) this.#visitAny(rest, schema.items)
    const properties = isKeywords(schema.properties) ? schema.properties : {}
    for (const [index, type] of ast.elements.entries()) this.#visitAny(type, properties[String(index)])
  }

  #visitAny(ast: SchemaAST.AST, schema: unknown): void {
    if (!isKeywords(schema)) return
    this.visit(ast, schema)
    // The type of an optional property without null.
    const [member, nothing] = Array.isArray(schema.anyOf) ? schema.anyOf : []
    if (isKeywords(member) && isKeywords(nothing) && nothing.type === "null" && ast._tag !== "Union") {
      this.#visitMembers(chainOf(ast).at(-1) ?? ast, definitionOf(member, this.#root))
    }
  }
}

/** Adds the descriptions of a schema to its JSON Schema, which is changed in place. */
export const describe = (ast: SchemaAST.AST, root: Keywords): void => new Describer(root).visit(ast, root)
