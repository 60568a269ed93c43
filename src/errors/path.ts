// How an error shows the place of a value.
import * as Schema from "effect/Schema"

/** The path from the root to a value: names of fields and indexes of arrays. */
export const Path = Schema.Array(Schema.Union([Schema.String, Schema.Finite]))

/** Writes a path for the end of a sentence, as ` at content.0.text`. The root is an empty text. */
export const at = (path: ReadonlyArray<string | number>): string =>
  path.length === 0 ? "" : ` at ${path.map((key) => (key === "" ? '""' : key)).join(".")}`
