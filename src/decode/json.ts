import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

/** Whether a text has nothing but what JSON takes for white space. */
export const isBlank = (text: string): boolean => /^[ \t\n\r]*$/.test(text)

/** Parses JSON; `mapText` changes every string in it, keys of objects, too. */
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

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** The first thing that is wrong, and the path to it. */
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
