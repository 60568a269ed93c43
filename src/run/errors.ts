// The errors of a run and its journal, in addition to those of calls of the API.
// No error holds an item, a request or an answer.
import * as Schema from "effect/Schema"
import { PaginationError, RequestError, SpendLimitError, StreamInterruptedError } from "../AnthropicError.ts"
import { UpperBoundError } from "../Pricing.ts"

/**
 * The journal of a run cannot be used.
 *
 * `reason` says why:
 *
 * - `corrupt`: an entry before the last one is incomplete or wrong, or the entries contradict each other
 * - `newer`: a newer version of this package wrote it
 * - `mismatch`: it belongs to another run
 * - `unavailable`: it cannot be read or written; nothing was sent that is not in it
 *
 * @category errors
 * @since 0.1.0
 */
export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  runId: Schema.String,
  reason: Schema.Literals(["corrupt", "newer", "mismatch", "unavailable"]),
  description: Schema.String
}) {
  get isRetryable(): boolean {
    return this.reason === "unavailable"
  }

  override get message(): string {
    return `journal of run ${JSON.stringify(this.runId)}: ${this.reason}: ${this.description}`
  }
}

/**
 * Another process owns the same run and is alive. Wait until it has ended, or stop it.
 *
 * @category errors
 * @since 0.1.0
 */
export class RunLockedError extends Schema.TaggedError<RunLockedError>()("RunLockedError", {
  runId: Schema.String,
  /** The number of the owner. */
  owner: Schema.Int
}) {
  readonly isRetryable = true

  override get message(): string {
    return `run ${JSON.stringify(this.runId)} is under way: owner ${this.owner} is alive`
  }
}

/**
 * Another owner has taken this run over, because this one had not shown that it is alive. This one stopped and sent nothing
 * more.
 *
 * @category errors
 * @since 0.1.0
 */
export class RunTakenOverError extends Schema.TaggedError<RunTakenOverError>()("RunTakenOverError", {
  runId: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `run ${JSON.stringify(this.runId)} was taken over by another owner`
  }
}

/**
 * The items of a run are not those in its journal or output: there are fewer, or others, or in another order. None of
 * them was sent since the start.
 *
 * @category errors
 * @since 0.1.0
 */
export class ItemsChangedError extends Schema.TaggedError<ItemsChangedError>()("ItemsChangedError", {
  runId: Schema.String,
  reason: Schema.Literals(["fewer", "different"]),
  /** The positions of the difference, from the first to the last, both included. */
  from: Schema.Int,
  to: Schema.Int
}) {
  readonly isRetryable = false

  override get message(): string {
    const where = this.from === this.to ? `at position ${this.from}` : `at positions ${this.from} to ${this.to}`
    return `run ${JSON.stringify(this.runId)}: the items are ${this.reason} ${where} than when it was started`
  }
}

/**
 * The credential belongs to another organization or workspace than that in which the run was started. Its batches are not
 * visible there, and everything would be created again.
 *
 * @category errors
 * @since 0.1.0
 */
export class WorkspaceMismatchError extends Schema.TaggedError<WorkspaceMismatchError>()("WorkspaceMismatchError", {
  runId: Schema.String,
  expected: Schema.String,
  received: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `run ${JSON.stringify(this.runId)} was started in ${this.expected}, and the credential is of ${this.received}`
  }
}

/**
 * The file of a run's outcomes cannot be used: `corrupt` (a line before the last one is not an outcome of a run) or
 * `unavailable` (it cannot be read or written).
 *
 * @category errors
 * @since 0.1.0
 */
export class OutcomeFileError extends Schema.TaggedError<OutcomeFileError>()("OutcomeFileError", {
  path: Schema.String,
  reason: Schema.Literals(["corrupt", "unavailable"]),
  description: Schema.String
}) {
  get isRetryable(): boolean {
    return this.reason === "unavailable"
  }

  override get message(): string {
    return `${this.path}: ${this.reason}: ${this.description}`
  }
}

/**
 * An option of a run has an invalid value.
 *
 * @category errors
 * @since 0.1.0
 */
export class RunOptionsError extends Schema.TaggedError<RunOptionsError>()("RunOptionsError", {
  option: Schema.String,
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `\`${this.option}\` ${this.description}`
  }
}

/**
 * The errors of a run. The journal stays: the run can be started again under its id.
 *
 * @category errors
 * @since 0.1.0
 */
export type RunError =
  | RequestError
  | SpendLimitError
  | PaginationError
  | StreamInterruptedError
  | JournalError
  | RunLockedError
  | RunTakenOverError
  | ItemsChangedError
  | WorkspaceMismatchError
  | RunOptionsError
  | UpperBoundError

/**
 * The schema of `RunError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RunError: Schema.Codec<RunError, unknown> = Schema.Union([
  RequestError,
  SpendLimitError,
  PaginationError,
  StreamInterruptedError,
  JournalError,
  RunLockedError,
  RunTakenOverError,
  ItemsChangedError,
  WorkspaceMismatchError,
  RunOptionsError,
  UpperBoundError
])
