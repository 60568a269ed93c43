// Finds what the API refuses in schemas that it compiles: that of the output and those of strict tools, whose counts it adds
// up. Reasons that cannot be found in a schema are recorded by the code that made it.
import * as Predicate from "effect/Predicate"
import { schemaLimits } from "../facts/limits.ts"
import { isUnknownMember } from "../schema/UnknownMember.ts"
import type { Reason } from "./json.ts"

/** The counts of a schema, and its own errors. Paths begin at its root. */
export interface Judged {
  readonly optional: number
  readonly unions: number
  readonly reasons: ReadonlyArray<Reason>
}

type Keywords = { readonly [keyword: string]: unknown }

const shapes = ["type", "enum", "const", "$ref", "anyOf", "allOf", "oneOf"]

export const isUnion = (schema: unknown): boolean =>
  Predicate.isReadonlyObject(schema) && (Array.isArray(schema.anyOf) || Array.isArray(schema.type))

const namesIn = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

class Walk {
  optional = 0
  unions = 0
  readonly reasons: Array<Reason> = []
  readonly #root: unknown
  readonly #counted = new Set<string>()

  constructor(root: unknown) {
    this.#root = root
  }

  /** `refs` are the references that lead here. None of them may occur again. */
  visit(schema: unknown, path: string, refs: ReadonlyArray<string>): void {
    if (!Predicate.isReadonlyObject(schema)) {
      this.#refuse(path, "it is not a JSON Schema")
      return
    }
    if (shapes.every((keyword) => schema[keyword] === undefined)) {
      this.#refuse(path, "it has no type: the API does not take a value of any type")
      return
    }
    if (typeof schema.$ref === "string") this.#visitReference(schema.$ref, path, refs)
    this.#visitProperties(schema, path, refs)
    if (schema.items !== undefined) this.visit(schema.items, `${path}.items`, refs)
    for (const keyword of ["anyOf", "allOf", "oneOf"]) {
      for (const [index, member] of namesIn(schema[keyword]).entries()) {
        this.visit(member, `${path}.${keyword}[${index}]`, refs)
      }
    }
  }

  #visitReference(ref: string, path: string, refs: ReadonlyArray<string>): void {
    if (refs.includes(ref)) {
      this.#refuse(path, "the schema is recursive, which the API does not take")
      return
    }
    const [, room = "", name = ""] = /^#\/(\$defs|definitions)\/(.+)$/.exec(ref) ?? []
    const definitions = Predicate.isReadonlyObject(this.#root) ? this.#root[room] : undefined
    // Other references are left to the API. A definition counts once.
    if (!Predicate.isReadonlyObject(definitions) || definitions[name] === undefined || this.#counted.has(ref)) return
    this.visit(definitions[name], path, [...refs, ref])
    this.#counted.add(ref)
  }

  #visitProperties(schema: Keywords, path: string, refs: ReadonlyArray<string>): void {
    const required = namesIn(schema.required)
    const properties = Predicate.isReadonlyObject(schema.properties) ? schema.properties : {}
    for (const [name, property] of Object.entries(properties)) {
      if (!required.includes(name)) this.optional += 1
      if (isUnion(property)) this.unions += 1
      this.visit(property, `${path}.properties.${name}`, refs)
    }
  }

  #refuse(path: string, description: string): void {
    this.reasons.push({ path, description })
  }
}

/** A cache by schema, because a batch has the same one in every request. */
const known = new WeakMap<object, Judged>()

/** Checks one schema. It must not be changed afterwards. */
export const judge = (schema: unknown): Judged => {
  const before = Predicate.isObject(schema) ? known.get(schema) : undefined
  if (before !== undefined) return before
  const walk = new Walk(schema)
  walk.visit(schema, "", [])
  const { optional, reasons, unions } = walk
  const judged: Judged = { optional, unions, reasons }
  if (Predicate.isObject(schema)) known.set(schema, judged)
  return judged
}

/** Records reasons to refuse a schema that cannot be found in it. */
export const refuse = (schema: object, reasons: ReadonlyArray<Reason>): void => {
  known.set(schema, { optional: 0, unions: 0, reasons })
}

/** The schemas of a request that the API compiles, with their places. */
const compiledIn = (params: Keywords): ReadonlyArray<readonly [path: string, schema: unknown]> => {
  const config = params.output_config
  const format = Predicate.isReadonlyObject(config) ? config.format : undefined
  const output =
    Predicate.isReadonlyObject(format) && format.type === "json_schema"
      ? [["output_config.format.schema", format.schema] as const]
      : []
  const strict = namesIn(params.tools).flatMap((tool, index) => {
    const fields: unknown = isUnknownMember(tool) ? tool.raw : tool
    return Predicate.isReadonlyObject(fields) && fields.strict === true && fields.input_schema !== undefined
      ? [[`tools[${index}].input_schema`, fields.input_schema] as const]
      : []
  })
  return [...output, ...strict]
}

/** Why the API would refuse the schemas of a request. */
export const checkSchemas = (params: Keywords): ReadonlyArray<Reason> => {
  const schemas = compiledIn(params)
  if (schemas.length === 0) return []
  const judged = schemas.map(([path, schema]) => ({ path, ...judge(schema) }))
  const reasons = judged.flatMap(({ path, reasons }) =>
    reasons.map((reason): Reason => ({ path: `${path}${reason.path}`, description: reason.description }))
  )
  const sum = (count: "optional" | "unions") => judged.reduce((total, each) => total + each[count], 0)
  const [{ path } = { path: "" }] = judged
  const refuse = (found: number, most: number, what: string) => {
    if (found > most)
      reasons.push({ path, description: `the schemas have ${found} ${what}, and the API takes ${most}` })
  }
  refuse(sum("optional"), schemaLimits.optional, "optional fields")
  refuse(sum("unions"), schemaLimits.unions, "fields of a union type")
  refuse(judged.filter(({ path }) => path.startsWith("tools")).length, schemaLimits.strictTools, "strict tools")
  return reasons
}
