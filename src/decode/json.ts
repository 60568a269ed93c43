// Parses JSON, and describes what is wrong with a value.
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"

/** Whether a text has only JSON white space. */
export const isBlank = (text: string): boolean => /^[ \t\n\r]*$/.test(text)

/** Parses JSON. `mapText` changes every string in it, including the keys of objects. */
export const parseJson = (text: string, mapText?: (text: string) => string): Result.Result<unknown, string> => {
  const revive = (map: (text: string) => string) => (_: string, value: unknown) => {
    if (typeof value === "string") return map(value)
    if (!Predicate.isReadonlyObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [map(key), member]))
  }
  return Result.try({
    try: (): unknown => JSON.parse(text, mapText === undefined ? undefined : revive(mapText)),
    catch: () => (isBlank(text) ? "the body is empty" : "it is not JSON")
  })
}

/** Checks of Effect that lose their description when a schema is made into JSON Schema. */
const expectedById = new Map([["effect/schema/isInt", "an integer"]])

const isNamed = (value: unknown): value is { readonly id: string } => Predicate.hasProperty(value, "id")

/** What a check expects, in words. */
const expectedOf = (check: SchemaAST.Check<never>): string => {
  const { expected, representation } = check.annotations ?? {}
  if (typeof expected === "string") return expected
  if (check._tag === "FilterGroup") return check.checks.map(expectedOf).join(" and ")
  return (isNamed(representation) && expectedById.get(representation.id)) || "a value that its schema accepts"
}

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  checkHook: (issue) => {
    const message = SchemaIssue.defaultCheckHook(issue)
    if (message !== undefined || issue.issue._tag !== "InvalidValue") return message
    return issue.issue.annotations?.expected === undefined ? `Expected ${expectedOf(issue.filter)}` : undefined
  }
})

/** The first error, and its path. The wrong value is not part of it, because it may be secret or long. */
export const explain = (
  error: Schema.SchemaError
): { readonly description: string; readonly path: ReadonlyArray<string | number> } => {
  const issue = format(error.issue).issues[0]
  const path = (issue?.path ?? []).map((segment) => {
    const key = typeof segment === "object" ? segment.key : segment
    return typeof key === "number" ? key : String(key)
  })
  return { description: issue?.message ?? "it does not fit", path }
}
