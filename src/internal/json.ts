import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Parses JSON; `mapText` changes every string in it, keys of objects, too. */
export const parseJson = (text: string, mapText?: (text: string) => string): Result.Result<unknown, string> => {
  const revive = (map: (text: string) => string) => (_: string, value: unknown) => {
    if (typeof value === "string") return map(value)
    if (!isRecord(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [map(key), member]))
  }
  return Result.try({
    try: (): unknown => JSON.parse(text, mapText === undefined ? undefined : revive(mapText)),
    catch: () => (text.trim() === "" ? "the body is empty" : "it is not JSON")
  })
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** The first thing that is wrong, and the path to it. */
export const explain = (
  error: Schema.SchemaError
): { readonly description: string; readonly path: ReadonlyArray<PropertyKey> } => {
  const issue = format(error.issue).issues[0]
  const path = (issue?.path ?? []).map((key) => (typeof key === "object" ? key.key : key))
  return { description: issue?.message ?? "it does not fit", path }
}
