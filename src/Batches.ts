/**
 * Message batches: https://platform.claude.com/docs/en/build-with-claude/batch-processing. Create one, watch it, read its
 * results; half the price of single calls, within 24 hours.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  BatchNotEndedError,
  type DecodeError,
  type IndeterminateError,
  type RequestError,
  type ResultsIncompleteError,
  ResultsUnavailableError,
  type SpendLimitError,
  type StreamInterruptedError
} from "./AnthropicError.ts"
import type { BatchRequest, Issue } from "./BatchRequest.ts"
import { encode } from "./batches/body.ts"
import { download, untilBadLine } from "./batches/results.ts"
import { acquire } from "./batches/scoped.ts"
import type { WaitOptions, WatchError, WatchOptions } from "./batches/watch.ts"
import * as watching from "./batches/watch.ts"
import { spendLimitCodes } from "./http/errors.ts"
import { type IdOf, idOf } from "./http/path.ts"
import { remove } from "./http/remove.ts"
import * as transport from "./http/transport.ts"
import * as Pagination from "./Pagination.ts"
import {
  DeletedMessageBatch,
  MessageBatch,
  type MessageBatchIndividualResponse,
  MessageBatchPage
} from "./schema/Batch.ts"

export { type Explanation, explain } from "./batches/explain.ts"
export { type ItemOnly, type Joined, type JoinRow, join, joinAs, type ResultOnly } from "./batches/join.ts"
export type { Outage } from "./batches/outage.ts"
export { type Partition, partition } from "./batches/partition.ts"
export type { WaitOptions, WatchError, WatchOptions } from "./batches/watch.ts"

export {
  type CanceledResult,
  DeletedMessageBatch,
  type ErroredResult,
  type ExpiredResult,
  MessageBatch,
  type MessageBatchEncoded,
  MessageBatchIndividualResponse,
  MessageBatchResult,
  type RequestCounts,
  type SucceededResult
} from "./schema/Batch.ts"
export type { ErrorBody, ErrorDetails, ErrorInfo } from "./schema/ErrorBody.ts"
export type { Message } from "./schema/Message.ts"

const root = ["messages", "batches"] as const

/**
 * What `create` can fail with.
 *
 * @since 0.1.0
 */
export type CreateError = RequestError | SpendLimitError | IndeterminateError

/**
 * Options of `create`.
 *
 * @since 0.1.0
 */
export interface CreateOptions {
  /**
   * Finds further issues of one request, for example with `Models.checker`. Runs only on requests that pass the built-in
   * checks. With an issue nothing is sent, and the call fails with `RequestRefusedError`.
   */
  readonly check?: ((request: BatchRequest) => ReadonlyArray<Pick<Issue, "path" | "description">>) | undefined
}

/**
 * Creates one batch of requests (`POST /v1/messages/batches`).
 *
 * Fails with `RequestRefusedError` before anything is sent, with every reason: no request, more than 100 000, a body over
 * 256 MB, an id that comes twice, and what `BatchRequest.check` finds. Other parameters are checked by the API while the
 * batch runs and come back as `errored` results.
 *
 * The call is repeated only where surely nothing was created. Where that is unknown, it fails with `IndeterminateError`: the
 * batch may exist, so look at `list` before you create it again.
 *
 * @example
 * import * as Batches from "effect-anthropic/Batches"
 * import * as BatchRequest from "effect-anthropic/BatchRequest"
 * import * as Messages from "effect-anthropic/Messages"
 *
 * const batch = Batches.create(
 *   ["Lyon", "Turin"].map((city) =>
 *     BatchRequest.make(city, {
 *       model: "claude-haiku-5-5",
 *       max_tokens: 200,
 *       messages: [Messages.user(`One sentence about ${city}.`)]
 *     })
 *   )
 * )
 *
 * @since 0.1.0
 */
export const create = Effect.fn("Batches.create")(function* (
  requests: Iterable<BatchRequest>,
  options: CreateOptions = {}
): Effect.fn.Return<MessageBatch, CreateError, HttpClient.HttpClient> {
  const name = "Batches.create"
  const body = yield* encode(name, requests, options.check)
  return yield* transport.create(
    { name, kind: "creating", takesUserProfile: true, method: "POST", path: root, body, codes: spendLimitCodes },
    MessageBatch
  )
})

/**
 * @since 0.1.0
 */
export type RetrieveError = RequestError

/**
 * The newest state of a batch.
 *
 * @since 0.1.0
 */
export const retrieve = Effect.fn("Batches.retrieve")(function* (
  batch: IdOf
): Effect.fn.Return<MessageBatch, RetrieveError, HttpClient.HttpClient> {
  return yield* transport.request(
    { name: "Batches.retrieve", kind: "idempotent", method: "GET", path: [...root, idOf(batch)] },
    MessageBatch
  )
})

/**
 * @since 0.1.0
 */
export type ListError = Pagination.ListError

/**
 * One page of the workspace's batches, newest first.
 *
 * @since 0.1.0
 */
export const listPage = Effect.fn("Batches.listPage")(function* (
  options: Pagination.ListOptions = {}
): Effect.fn.Return<Pagination.Page<MessageBatch>, ListError, HttpClient.HttpClient> {
  return yield* Pagination.idPage({ name: "Batches.list", path: root, page: MessageBatchPage }, options)
})

/**
 * The pages of the listing, fetched as they are pulled.
 *
 * @since 0.1.0
 */
export const listPages = (
  options: Pagination.ListOptions = {}
): Stream.Stream<Pagination.Page<MessageBatch>, ListError, HttpClient.HttpClient> =>
  Pagination.paginate((cursor) => listPage({ ...options, cursor }), options)

/**
 * The workspace's batches, newest first.
 *
 * @since 0.1.0
 */
export const list = (
  options: Pagination.ListOptions = {}
): Stream.Stream<MessageBatch, ListError, HttpClient.HttpClient> => Pagination.items(listPages(options))

/**
 * @since 0.1.0
 */
export type CancelError = RequestError

/**
 * Begins to cancel a batch. It ends some time later, and requests that were under way may still succeed (and be billed).
 *
 * @since 0.1.0
 */
export const cancel = Effect.fn("Batches.cancel")(function* (
  batch: IdOf
): Effect.fn.Return<MessageBatch, CancelError, HttpClient.HttpClient> {
  return yield* transport.request(
    { name: "Batches.cancel", kind: "idempotent", method: "POST", path: [...root, idOf(batch), "cancel"] },
    MessageBatch
  )
})

/**
 * @since 0.1.0
 */
export type DeleteError = RequestError

const delete_ = Effect.fn("Batches.delete")(function* (
  batch: IdOf
): Effect.fn.Return<DeletedMessageBatch, DeleteError, HttpClient.HttpClient> {
  const id = idOf(batch)
  const deleted = { id, type: "message_batch_deleted" } as const
  return yield* remove({ name: "Batches.delete", path: [...root, id] }, DeletedMessageBatch, deleted)
})

export {
  /**
   * Deletes a batch that has ended, with its results. Cancel it first when it is still running.
   *
   * After a lost answer the call is repeated, and then may fail with `NotFoundError` though the deletion was carried out.
   *
   * @since 0.1.0
   */
  delete_ as delete
}

/** Anything else that has an id, such as a batch read back from JSON, is as good as its id. */
const isBatch = Schema.is(MessageBatch)

/**
 * What `results` and `resultLines` can fail with.
 *
 * @since 0.1.0
 */
export type ResultsError =
  | RequestError
  | BatchNotEndedError
  | ResultsUnavailableError
  | StreamInterruptedError
  | ResultsIncompleteError

/**
 * Options of `results` and `resultLines`.
 *
 * @category options
 * @since 0.1.0
 */
export interface ResultsOptions {
  /** The longest line that is accepted, in bytes. Default: 256 MiB. */
  readonly maxLineBytes?: number | undefined
  /** The most of a line that cannot be decoded that its `DecodeError` keeps in `body`, in bytes. Default: the whole line. */
  readonly maxErrorBytes?: number | undefined
}

const ended = Effect.fnUntraced(function* (batch: IdOf | MessageBatch) {
  const known = isBatch(batch) && batch.processing_status === "ended" ? batch : yield* retrieve(batch)
  if (known.processing_status !== "ended") return yield* new BatchNotEndedError({ batch: known })
  if (known.archived_at !== null) return yield* new ResultsUnavailableError({ batch: known })
  return known
})

/**
 * The results of an ended batch as `results` gives them, but a line that cannot be decoded is a failed `Result` in its
 * place and costs no other line.
 *
 * @since 0.1.0
 */
export const resultLines = (
  batch: IdOf | MessageBatch,
  options: ResultsOptions = {}
): Stream.Stream<Result.Result<MessageBatchIndividualResponse, DecodeError>, ResultsError, HttpClient.HttpClient> =>
  Stream.unwrap(
    Effect.map(ended(batch), (known) =>
      download(known, { maxLineBytes: options.maxLineBytes, maxErrorBytes: options.maxErrorBytes }).pipe(
        // What was handed in may be old: the batch may have been archived since.
        Stream.catchTag("NotFoundError", (error) =>
          Stream.fromEffectDrain(Effect.andThen(ended(known.id), Effect.fail(error)))
        )
      )
    )
  )

/**
 * The results of an ended batch, exactly one for each of its requests, in any order: `custom_id` tells which it answers.
 *
 * Given an id, the batch is retrieved first. The download is streamed; memory holds a chunk, a line, and the ids that
 * were delivered. A download that is cut off, or that ends cleanly before all results came, is read again and what was
 * delivered is skipped. A line that cannot be decoded fails with `DecodeError`.
 *
 * @since 0.1.0
 */
export const results = (
  batch: IdOf | MessageBatch,
  options: ResultsOptions = {}
): Stream.Stream<MessageBatchIndividualResponse, ResultsError, HttpClient.HttpClient> =>
  untilBadLine(resultLines(batch, options))

/**
 * Watches a batch until it has ended. Returns a stream of its snapshots, of which the last one has ended.
 *
 * Given a batch, that is the first snapshot. Given an id, the first snapshot is retrieved.
 *
 * Failures that may pass (no connection, overload, 5xx) are ridden out for `maxOutage`. Once the batch was seen, so is every
 * answer that is not the API's own. A not-found is ridden out in the first 30 seconds.
 *
 * Fails with `WatchTimeoutError` when the time or the schedule is over. The batch lives on: watch it again by its id.
 *
 * @example
 * import * as Batches from "effect-anthropic/Batches"
 * import * as Effect from "effect/Effect"
 * import * as Schedule from "effect/Schedule"
 * import * as Stream from "effect/Stream"
 *
 * const program = Batches.watch("msgbatch_01", { schedule: Schedule.spaced("5 minutes") }).pipe(
 *   Stream.runForEach((batch) => Effect.log(batch.processing_status))
 * )
 *
 * @since 0.1.0
 */
export const watch = <R = never>(
  batch: IdOf | MessageBatch,
  options: WatchOptions<R> = {}
): Stream.Stream<MessageBatch, WatchError, HttpClient.HttpClient | R> =>
  watching.watch(idOf(batch), isBatch(batch) ? batch : undefined, retrieve(batch), options)

/**
 * Waits until a batch has ended, as `watch` does, and gives its last state.
 *
 * @since 0.1.0
 */
export const waitUntilEnded = <R = never>(
  batch: IdOf | MessageBatch,
  options: WaitOptions<R> = {}
): Effect.Effect<MessageBatch, WatchError, HttpClient.HttpClient | R> =>
  watch(batch, options).pipe(
    Stream.tap(options.onSnapshot ?? (() => Effect.void)),
    Stream.runLast,
    // A watch that ends without failing ends with the batch.
    Effect.flatMap(Option.match({ onNone: () => Effect.die("a watch ended without a batch"), onSome: Effect.succeed })),
    Effect.withSpan("Batches.waitUntilEnded", { attributes: { batch: idOf(batch) } })
  )

/**
 * Creates a batch that is canceled when the scope closes, unless it has ended or was deleted by then.
 *
 * The creation cannot be interrupted, because a batch whose id is unknown cannot be canceled. When canceling fails, a warning
 * is logged and the scope closes all the same.
 *
 * @category constructors
 * @since 0.1.0
 */
export const createScoped = (
  requests: Iterable<BatchRequest>,
  options: CreateOptions = {}
): Effect.Effect<MessageBatch, CreateError, HttpClient.HttpClient | Scope.Scope> =>
  acquire(create(requests, options), retrieve, cancel)
