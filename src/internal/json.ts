import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

export const parseJson = (text: string): Result.Result<unknown, string> =>
  Result.try({
    try: (): unknown => JSON.parse(text),
    catch: () => (text.trim() === "" ? "the body is empty" : "it is not JSON")
  })

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** The first thing that is wrong, and the path to it. */
export const explain = (
  error: Schema.SchemaError
): { readonly description: string; readonly path: ReadonlyArray<PropertyKey> } => {
  const issue = format(error.issue).issues[0]
  const path = (issue?.path ?? []).map((key) => (typeof key === "object" ? key.key : key))
  return { description: issue?.message ?? "it does not fit", path }
}
