// The rows of the bulk examples: reviews of kettles, as many as wanted, and the requests for them.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"

export const Row = Schema.Struct({ id: Schema.String, text: Schema.String })
export type Row = typeof Row.Type

const verdicts = ["Boils fast.", "Too loud for the morning.", "The lid broke in a week.", "As good as the old one."]

/** Makes the row with this index. The same index always makes the same row. */
export const makeRow = (index: number): Row => ({
  id: `review-${String(index + 1).padStart(6, "0")}`,
  text: `${verdicts[index % verdicts.length]} Bought ${index % 9} of them.`
})

const decodeRow = Schema.decodeUnknownEffect(Schema.fromJsonString(Row))

/** The rows of a file, line by line. */
export const readRows = (path: string) =>
  Stream.unwrap(
    Effect.map(FileSystem.FileSystem, (fs) =>
      fs.stream(path).pipe(
        Stream.decodeText,
        Stream.splitLines,
        Stream.filter((line) => line !== ""),
        Stream.mapEffect((line) => decodeRow(line))
      )
    )
  )

export const ask = (row: Row): BatchRequest.BatchRequest =>
  BatchRequest.make(row.id, {
    model: "claude-haiku-5-5",
    max_tokens: 300,
    messages: [Messages.user(`Is this review positive? Answer with yes or no.\n\n${row.text}`)]
  })
