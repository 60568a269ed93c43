// The errors of listings, batches and their results.
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { MessageBatch } from "../schema/Batch.ts"
import { trusted } from "../schema/checked.ts"

/**
 * A listing cannot be continued: its cursor was repeated, or there are more items but no cursor.
 *
 * @category errors
 * @since 0.1.0
 */
export class PaginationError extends Schema.TaggedError<PaginationError>()("PaginationError", {
  operation: Schema.String,
  cursor: Schema.optional(Schema.String),
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `${this.operation}: the listing stopped: ${this.description}`
  }
}

/**
 * The batch has no results yet: it has not ended. `batch` is its newest state.
 *
 * @category errors
 * @since 0.1.0
 */
export class BatchNotEndedError extends Schema.TaggedError<BatchNotEndedError>()("BatchNotEndedError", {
  batch: trusted(MessageBatch)
}) {
  readonly isRetryable = true

  override get message(): string {
    return `batch ${this.batch.id} is ${this.batch.processing_status}: its results can be read once it has ended`
  }
}

/**
 * The results of the batch are gone: they are kept for 29 days after its creation.
 *
 * @category errors
 * @since 0.1.0
 */
export class ResultsUnavailableError extends Schema.TaggedError<ResultsUnavailableError>()("ResultsUnavailableError", {
  batch: trusted(MessageBatch)
}) {
  readonly isRetryable = false

  override get message(): string {
    return `the results of batch ${this.batch.id} are no longer available`
  }
}

/**
 * Downloads of the results ended cleanly but too early, or repeated results.
 *
 * `received` distinct results of `expected` were delivered. They are correct, and the rest is missing.
 *
 * @category errors
 * @since 0.1.0
 */
export class ResultsIncompleteError extends Schema.TaggedError<ResultsIncompleteError>()("ResultsIncompleteError", {
  batchId: Schema.String,
  expected: Schema.Number,
  received: Schema.Number
}) {
  readonly isRetryable = true

  override get message(): string {
    return `batch ${this.batchId}: ${this.received} results of ${this.expected}`
  }
}

/**
 * Watching stopped before the batch ended, because its timeout was reached or the schedule had no further step.
 *
 * The batch continues. Watch it again by `batchId`.
 *
 * @category errors
 * @since 0.1.0
 */
export class WatchTimeoutError extends Schema.TaggedError<WatchTimeoutError>()("WatchTimeoutError", {
  batchId: Schema.String,
  /** The newest state that was seen. */
  batch: Schema.optional(trusted(MessageBatch)),
  elapsed: Schema.Duration,
  reason: Schema.Literals(["timeout", "schedule"])
}) {
  readonly isRetryable = true

  override get message(): string {
    const status = this.batch === undefined ? "not seen yet" : this.batch.processing_status
    const why = this.reason === "timeout" ? `after ${Duration.format(this.elapsed)}` : "where its schedule ended"
    return (
      `stopped watching batch ${this.batchId} (${status}) ${why}; ` +
      `the batch continues: watch it again with Batches.waitUntilEnded("${this.batchId}")`
    )
  }
}
