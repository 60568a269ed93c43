// Reads the results of a chunk's batch: each of its positions at most once. Other lines of the download are reported
// separately. A position without a line after three clean downloads is absent; the caller finds these.
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Anthropic from "../Anthropic.ts"
import { type DownloadError, download, type ResultLine } from "../batches/results.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { Chunk } from "./chunk.ts"
import { positionIn, tagOf } from "./ids.ts"
import { includes, PositionSet } from "./positions.ts"

/** How often the results are downloaded before what is missing counts as absent. */
const downloads = 3

/** A line that answers an item of the chunk. A failure is an answer that could not be decoded. */
export interface OwnLine {
  readonly position: number
  readonly line: ResultLine
}

/** A line that answers no item, or answers one again. */
export interface OddLine {
  readonly kind: "foreign" | "repeated" | "unreadable"
  readonly customId: string | undefined
}

/** The errors of reading. */
export type ReadError = Exclude<DownloadError, { readonly _tag: "ResultsIncompleteError" }>

/**
 * Streams the lines of a chunk as they come, and ends when all came or after three clean downloads without them. Fails when
 * downloads are cut repeatedly, or cannot be opened. `isCounted` is false if its answers were counted before.
 */
export const read = (
  batch: MessageBatch,
  chunk: Pick<Chunk, "number" | "positions" | "count">,
  nonce: string,
  onOdd: (line: OddLine) => void,
  isCounted?: boolean
): Stream.Stream<ReadonlyArray<OwnLine>, ReadError, HttpClient.HttpClient> => {
  const tag = tagOf(nonce, chunk.number)
  const positionOf = (customId: string): number | undefined => {
    const position = positionIn(tag, customId)
    return position !== undefined && includes(chunk.positions, position) ? position : undefined
  }
  const take = (lines: ReadonlyArray<ResultLine>): ReadonlyArray<OwnLine> => {
    const taken: Array<OwnLine> = []
    for (const line of lines) {
      const customId = Result.isSuccess(line) ? line.success.custom_id : line.failure.customId
      const position = customId === undefined ? undefined : positionOf(customId)
      if (position === undefined) onOdd({ kind: customId === undefined ? "unreadable" : "foreign", customId })
      else taken.push({ position, line })
    }
    return taken
  }
  return download(batch, {
    own: { numberOf: positionOf, makeSet: () => new PositionSet(chunk.positions) },
    expected: chunk.count,
    isCounted,
    onRepeated: (customId) => onOdd({ kind: "repeated", customId })
  }).pipe(
    Anthropic.withSettings({ retry: { maxRetries: downloads - 1 } }),
    Stream.catchTag("ResultsIncompleteError", () => Stream.empty),
    Stream.chunks,
    Stream.map(take)
  )
}
