// How an error tells where a value is.
import * as Schema from "effect/Schema"

/** The way from the root to a value: names of fields and indexes of arrays. */
export const Path = Schema.Array(Schema.Union([Schema.String, Schema.Finite]))

/** Tells a path at the end of a sentence, as ` at content.0.text`. The root is not told. */
export const at = (path: ReadonlyArray<string | number>): string =>
  path.length === 0 ? "" : ` at ${path.map((key) => (key === "" ? '""' : key)).join(".")}`
