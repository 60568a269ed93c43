// Checks JSON Schemas: those of structured output and of strict tools, which are compiled, and those of other tools.
// The limits are those of the documentation of structured outputs.
import * as Predicate from "effect/Predicate"
import { type Check, type Counts, invalid, oneOf, type Params } from "./model.ts"

const keywords = new Set([
  "$comment",
  "$defs",
  "$ref",
  "$schema",
  "additionalProperties",
  "allOf",
  "anyOf",
  "const",
  "default",
  "definitions",
  "description",
  "enum",
  "examples",
  "format",
  "items",
  "minItems",
  "pattern",
  "properties",
  "required",
  "title",
  "type"
])

const formats = new Set(["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"])

const maxOptional = 24
const maxUnions = 16

const schemasIn = (value: unknown, at: string): ReadonlyArray<readonly [unknown, string]> =>
  Predicate.isReadonlyObject(value) ? Object.entries(value).map(([name, schema]) => [schema, `${at}.${name}`]) : []

const listIn = (value: unknown, at: string): ReadonlyArray<readonly [unknown, string]> =>
  Array.isArray(value) ? value.map((schema, index) => [schema, `${at}.${index}`]) : []

const isObject = (schema: Params): boolean =>
  schema.type === "object" || (Array.isArray(schema.type) && schema.type.includes("object"))

const isUnion = (schema: unknown): boolean =>
  Predicate.isReadonlyObject(schema) && (Array.isArray(schema.anyOf) || Array.isArray(schema.type))

const definitionOf = (ref: string, root: Params): unknown => {
  const [, room = "", name = ""] = /^#\/(\$defs|definitions)\/(.+)$/.exec(ref) ?? []
  const definitions = root[room]
  return Predicate.isReadonlyObject(definitions) ? definitions[name] : undefined
}

function* checkKeywords(schema: Params, at: string): Check {
  const unsupported = Object.keys(schema).filter((name) => !keywords.has(name))
  if (unsupported.length > 0) {
    yield invalid(
      `${at}: For '${String(schema.type)}' type, properties ${unsupported.sort().join(", ")} are not supported`
    )
  }
  if (typeof schema.format === "string" && !formats.has(schema.format)) {
    yield invalid(`${at}: format '${schema.format}' is not supported, only ${oneOf([...formats])}`)
  }
  if (schema.minItems !== undefined && schema.minItems !== 0 && schema.minItems !== 1) {
    yield invalid(`${at}: For 'array' type, 'minItems' values other than 0 or 1 are not supported`)
  }
  if (Array.isArray(schema.enum) && schema.enum.some((value) => typeof value === "object" && value !== null)) {
    yield invalid(`${at}: 'enum' supports strings, numbers, booleans and null`)
  }
}

interface Walk {
  readonly root: Params
  readonly at: string
  readonly counts: Counts
  /** The references that lead here. None of them may occur again. */
  readonly refs: ReadonlyArray<string>
}

function* walk(schema: unknown, { at, counts, refs, root }: Walk): Check {
  if (!Predicate.isReadonlyObject(schema)) return yield invalid(`${at}: Input should be an object`)
  yield* checkKeywords(schema, at)
  if (typeof schema.$ref === "string") {
    if (refs.includes(schema.$ref)) return yield invalid(`${at}: recursive schemas are not supported`)
    const definition = definitionOf(schema.$ref, root)
    if (definition === undefined) return yield invalid(`${at}: '${schema.$ref}' is not a definition of this schema`)
    yield* walk(definition, { at, counts, root, refs: [...refs, schema.$ref] })
  }
  if (isObject(schema)) {
    if (schema.additionalProperties !== false) {
      yield invalid(`${at}: For 'object' type, 'additionalProperties' must be explicitly set to false`)
    }
    const required = Array.isArray(schema.required) ? schema.required : []
    for (const [property, path] of schemasIn(schema.properties, `${at}.properties`)) {
      if (!required.some((name) => path === `${at}.properties.${String(name)}`)) counts.optional += 1
      if (isUnion(property)) counts.unions += 1
    }
  }
  const inner = [
    ...schemasIn(schema.properties, `${at}.properties`),
    ...(schema.items === undefined ? [] : [[schema.items, `${at}.items`] as const]),
    ...listIn(schema.anyOf, `${at}.anyOf`),
    ...listIn(schema.allOf, `${at}.allOf`)
  ]
  for (const [each, path] of inner) yield* walk(each, { at: path, counts, root, refs })
}

/** Checks a schema that is compiled, and adds to the counts of its request. */
export function* checkCompiled(schema: unknown, at: string, counts: Counts): Check {
  if (!Predicate.isReadonlyObject(schema)) return yield invalid(`${at}: Input should be an object`)
  yield* walk(schema, { at, counts, root: schema, refs: [] })
}

export function* checkCounts({ optional, unions }: Counts): Check {
  if (optional > maxOptional) {
    yield invalid(`Schemas contain too many optional parameters (${optional}), more than ${maxOptional}`)
  }
  if (unions > maxUnions) {
    yield invalid(`Schemas contain too many parameters with union types (${unions}), more than ${maxUnions}`)
  }
}

/** Checks the schema of a tool's input, which need not be compiled. */
export function* checkInputSchema(schema: unknown, at: string): Check {
  if (schema === undefined) return yield invalid(`${at}: Field required`)
  if (!Predicate.isReadonlyObject(schema)) return yield invalid(`${at}: Input should be an object`)
  if (schema.type !== "object") return yield invalid(`${at}.type: Input should be 'object'`)
  if (["oneOf", "anyOf", "allOf"].some((name) => schema[name] !== undefined)) {
    yield invalid(`${at}: input_schema does not support oneOf, allOf, or anyOf at the top level`)
  }
}
