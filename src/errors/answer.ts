// The errors of an answer that broke off, was refused, was cut off, or does not fit its schema. They keep the answer in a
// field.
import * as Schema from "effect/Schema"
import { trusted } from "../schema/checked.ts"
import { Message } from "../schema/Message.ts"
import { ApiError, SpendLimitError } from "./api.ts"
import { ConnectionError, DecodeError, IdleTimeoutError } from "./call.ts"
import { at, Path } from "./path.ts"

/**
 * A streamed answer broke off. What was delivered is correct, and the rest is missing.
 *
 * `reason` says how:
 *
 * - `ended`: the body ended without `message_stop`
 * - `connection`: the connection was cut
 * - `idle`: nothing was received for longer than the idle timeout
 * - `error`: the server sent an `error` event
 * - `malformed`: an event does not have the form that the API documents
 *
 * `cause` is the error behind it, if there is one.
 *
 * `partial` is the message so far. The input of an unfinished tool call is the text of its JSON so far.
 *
 * @category errors
 * @since 0.1.0
 */
export class MessageInterruptedError extends Schema.TaggedError<MessageInterruptedError>()("MessageInterruptedError", {
  operation: Schema.String,
  reason: Schema.Literals(["ended", "connection", "idle", "error", "malformed"]),
  partial: Schema.optional(trusted(Message)),
  cause: Schema.optional(Schema.Union([ApiError, SpendLimitError, ConnectionError, IdleTimeoutError, DecodeError])),
  requestId: Schema.optional(Schema.String)
}) {
  /** Whether the same call may succeed later. What was generated so far is billed. */
  get isRetryable(): boolean {
    return this.cause?.isRetryable ?? true
  }

  override get message(): string {
    const why = this.cause === undefined ? "the stream ended without message_stop" : this.cause.message
    return `${this.operation}: the message broke off (${this.reason}): ${why}`
  }
}

const answerFields = {
  /** The answer as received. */
  answer: trusted(Message)
}

/**
 * The model refused: there is no output, and no call of a tool is answered. `answer.stop_details` may say why.
 *
 * @category errors
 * @since 0.1.0
 */
export class AnswerRefusedError extends Schema.TaggedError<AnswerRefusedError>()("AnswerRefusedError", answerFields) {
  readonly isRetryable = false

  override get message(): string {
    const details = this.answer.stop_details
    const category = details?.type === "refusal" && details.category ? ` (${details.category})` : ""
    return `message ${this.answer.id}: the model refused${category}`
  }
}

/**
 * The output is cut off or not there yet.
 *
 * `answer.stop_reason` says why, for example `max_tokens`, `tool_use` or `pause_turn`.
 *
 * @category errors
 * @since 0.1.0
 */
export class AnswerIncompleteError extends Schema.TaggedError<AnswerIncompleteError>()(
  "AnswerIncompleteError",
  answerFields
) {
  readonly isRetryable = false

  override get message(): string {
    return `message ${this.answer.id}: it is incomplete (stop reason ${this.answer.stop_reason})`
  }
}

/**
 * The output does not fit its schema. `path` is the place of the wrong value.
 *
 * @category errors
 * @since 0.1.0
 */
export class AnswerMismatchError extends Schema.TaggedError<AnswerMismatchError>()("AnswerMismatchError", {
  ...answerFields,
  description: Schema.String,
  path: Path
}) {
  readonly isRetryable = false

  override get message(): string {
    return `message ${this.answer.id}: it does not fit the schema: ${this.description}${at(this.path)}`
  }
}
