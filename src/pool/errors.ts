// The errors of pooled calls: what became of a request in its batch, and what a pool that closes leaves behind.
// Each names the batch and the id on the wire where they are known, so that an answer that was paid can still be read.
import * as Schema from "effect/Schema"
import { RequestError, StreamInterruptedError, WatchTimeoutError } from "../AnthropicError.ts"
import * as Batches from "../Batches.ts"

const place = {
  batchId: Schema.String,
  /** The id of the request in its batch, which its line of the results has. */
  customId: Schema.String
}

/**
 * An option of a pool has a value that it cannot have.
 *
 * @category errors
 * @since 0.1.0
 */
export class PoolOptionsError extends Schema.TaggedError<PoolOptionsError>()("PoolOptionsError", {
  option: Schema.String,
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `\`${this.option}\` ${this.description}`
  }
}

/**
 * The batch was cancelled before the turn of the request, by somebody else than the pool. The request was not charged.
 *
 * @category errors
 * @since 0.1.0
 */
export class RequestCanceledError extends Schema.TaggedError<RequestCanceledError>()("RequestCanceledError", place) {
  readonly isRetryable = false

  override get message(): string {
    return `batch ${this.batchId} was cancelled before the turn of ${this.customId}`
  }
}

/**
 * The batch ended after 24 hours, before the turn of the request. The request was not charged.
 *
 * @category errors
 * @since 0.1.0
 */
export class RequestExpiredError extends Schema.TaggedError<RequestExpiredError>()("RequestExpiredError", place) {
  readonly isRetryable = true

  override get message(): string {
    return `batch ${this.batchId} expired before the turn of ${this.customId}`
  }
}

/**
 * The batch has ended, and there is no result of the request. It may have been charged.
 *
 * `absent`: three whole downloads have no line for it. `archived`, `deleted`: the results are gone.
 *
 * @category errors
 * @since 0.1.0
 */
export class AnswerMissingError extends Schema.TaggedError<AnswerMissingError>()("AnswerMissingError", {
  ...place,
  reason: Schema.Literals(["absent", "archived", "deleted"])
}) {
  readonly isRetryable = false

  override get message(): string {
    return `batch ${this.batchId} has no result of ${this.customId} (${this.reason})`
  }
}

/**
 * The batch was created, and the answer could not be read: watching the batch failed, or the download of its results.
 *
 * The batch lives on, and the request may be charged. Read the answer with `Batches.results`, as the line of `customId`.
 *
 * @category errors
 * @since 0.1.0
 */
export class AnswerUnreadError extends Schema.TaggedError<AnswerUnreadError>()("AnswerUnreadError", {
  ...place,
  cause: Schema.Union([RequestError, WatchTimeoutError, StreamInterruptedError])
}) {
  readonly isRetryable = false

  override get message(): string {
    return `the answer of ${this.customId} in batch ${this.batchId} could not be read: ${this.cause.message}`
  }
}

/**
 * The pool was closed before the answer came.
 *
 * `wasSent` tells whether the request was sent. Its batch is cancelled then. What was under way in it may still be answered
 * and charged: read it with `Batches.results`, as the line of `customId`. `batchId` is absent while the batch is not known.
 *
 * @category errors
 * @since 0.1.0
 */
export class PoolClosedError extends Schema.TaggedError<PoolClosedError>()("PoolClosedError", {
  wasSent: Schema.Boolean,
  batchId: Schema.optional(Schema.String),
  customId: Schema.optional(Schema.String)
}) {
  readonly isRetryable = false

  override get message(): string {
    if (!this.wasSent) return "the pool was closed before the request was sent"
    return `the pool was closed while ${this.customId} was in batch ${this.batchId ?? "(not known yet)"}`
  }
}

/**
 * What a pooled call can fail with.
 *
 * An error of the API is that of the request if its result is `errored`, or that of a batch that could not be created.
 * `IndeterminateError`: nobody can tell whether the batch was created.
 *
 * @category errors
 * @since 0.1.0
 */
export type PoolError =
  | Batches.CreateError
  | RequestCanceledError
  | RequestExpiredError
  | AnswerMissingError
  | AnswerUnreadError
  | PoolClosedError

/**
 * The schema of what a pooled call can fail with.
 *
 * @category schemas
 * @since 0.1.0
 */
export const PoolError: Schema.Codec<PoolError, unknown> = Schema.Union([
  Batches.CreateError,
  RequestCanceledError,
  RequestExpiredError,
  AnswerMissingError,
  AnswerUnreadError,
  PoolClosedError
])
