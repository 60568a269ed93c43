// The errors of pooled calls: failures of a request in its batch, and the closing of a pool. Each names the batch and the id
// of the request in it, if they are known, so that a paid answer can still be read.
import * as Schema from "effect/Schema"
import { RequestError, StreamInterruptedError, WatchTimeoutError } from "../AnthropicError.ts"
import * as Batches from "../Batches.ts"

const place = {
  batchId: Schema.String,
  /** The id of the request in its batch and in the results. */
  customId: Schema.String
}

/**
 * An option of a pool has an invalid value.
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
 * The batch was canceled before the request was processed, but not by the pool. The request was not charged.
 *
 * @category errors
 * @since 0.1.0
 */
export class RequestCanceledError extends Schema.TaggedError<RequestCanceledError>()("RequestCanceledError", place) {
  readonly isRetryable = false

  override get message(): string {
    return `batch ${this.batchId} was canceled before ${this.customId} was processed`
  }
}

/**
 * The batch ended after 24 hours, before the request was processed. The request was not charged.
 *
 * @category errors
 * @since 0.1.0
 */
export class RequestExpiredError extends Schema.TaggedError<RequestExpiredError>()("RequestExpiredError", place) {
  readonly isRetryable = true

  override get message(): string {
    return `batch ${this.batchId} expired before ${this.customId} was processed`
  }
}

/**
 * The batch has ended, and has no result for the request. The request may have been charged.
 *
 * The reason is `absent` if three complete downloads have no line for it, and `archived` or `deleted` if the results are gone.
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
    return `batch ${this.batchId} has no result for ${this.customId} (${this.reason})`
  }
}

/**
 * The batch was created, and the answer could not be read: watching the batch or downloading its results failed.
 *
 * The batch continues, and the request may be charged. Read the answer with `Batches.results`, in the line of `customId`.
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
 * `wasSent` says whether the request was sent. Its batch is then canceled. A request that was under way may still be
 * answered and charged: read it with `Batches.results`, in the line of `customId`. `batchId` is absent if the batch is
 * unknown.
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
 * An error of the API is that of an `errored` result, or that of a batch that could not be created. `IndeterminateError`
 * means that it is unknown whether the batch was created.
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
