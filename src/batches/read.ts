// The results of an ended batch, as a stream. How a download that is cut off continues is in `results.ts`.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  BatchNotEndedError,
  type DecodeError,
  RequestError,
  ResultsIncompleteError,
  ResultsUnavailableError,
  StreamInterruptedError
} from "../AnthropicError.ts"
import type { IdOf } from "../http/path.ts"
import { withSpan } from "../http/span.ts"
import type { MessageBatch, MessageBatchIndividualResponse } from "../schema/Batch.ts"
import { isBatch } from "./isBatch.ts"
import { retrieve } from "./operations.ts"
import { download, untilBadLine } from "./results.ts"

/**
 * What `results` and `resultLines` can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type ResultsError =
  | RequestError
  | BatchNotEndedError
  | ResultsUnavailableError
  | StreamInterruptedError
  | ResultsIncompleteError

/**
 * The schema of `ResultsError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ResultsError: Schema.Codec<ResultsError, unknown> = Schema.Union([
  RequestError,
  BatchNotEndedError,
  ResultsUnavailableError,
  StreamInterruptedError,
  ResultsIncompleteError
])

/**
 * Options of `results` and `resultLines`.
 *
 * @category options
 * @since 0.1.0
 */
export interface ResultsOptions {
  /** The longest line that is accepted, in bytes. Default: 256 MiB. */
  readonly maxLineBytes?: number | undefined
  /** The most bytes of a line that cannot be decoded that its `DecodeError` keeps in `body`. Default: the whole line. */
  readonly maxErrorBytes?: number | undefined
}

const ended = Effect.fnUntraced(function* (batch: IdOf | MessageBatch) {
  const known = isBatch(batch) && batch.processing_status === "ended" ? batch : yield* retrieve(batch)
  if (known.processing_status !== "ended") return yield* new BatchNotEndedError({ batch: known })
  if (known.archived_at !== null) return yield* new ResultsUnavailableError({ batch: known })
  return known
})

const lines = (batch: IdOf | MessageBatch, options: ResultsOptions) =>
  Stream.unwrap(
    Effect.map(ended(batch), (known) =>
      download(known, { maxLineBytes: options.maxLineBytes, maxErrorBytes: options.maxErrorBytes }).pipe(
        // The batch that the caller passed may be old: it may have been archived since.
        Stream.catchTag("NotFoundError", (error) =>
          Stream.fromEffectDrain(Effect.andThen(ended(known.id), Effect.fail(error)))
        )
      )
    )
  )

/**
 * Returns the results of an ended batch, each as a `Result`. A line that cannot be decoded is a failed `Result`, and the
 * lines after it still come.
 *
 * @category operations
 * @since 0.1.0
 */
export const resultLines = (
  batch: IdOf | MessageBatch,
  options: ResultsOptions = {}
): Stream.Stream<Result.Result<MessageBatchIndividualResponse, DecodeError>, ResultsError, HttpClient.HttpClient> =>
  lines(batch, options).pipe(withSpan("Batches.resultLines", "any"))

/**
 * Returns the results of an ended batch, exactly one for each request, in any order
 * (`GET /v1/messages/batches/{message_batch_id}/results`). The `custom_id` of a result is that of its request.
 *
 * If an id is given, the batch is retrieved first. The download is streamed: memory holds a chunk, a line, and the ids of
 * the results so far. A download that was cut off, or ended before all results came, is read again. Results that were
 * delivered before are skipped. A line that cannot be decoded fails with `DecodeError`.
 *
 * @category operations
 * @since 0.1.0
 */
export const results = (
  batch: IdOf | MessageBatch,
  options: ResultsOptions = {}
): Stream.Stream<MessageBatchIndividualResponse, ResultsError, HttpClient.HttpClient> =>
  untilBadLine(lines(batch, options)).pipe(withSpan("Batches.results", "any"))
