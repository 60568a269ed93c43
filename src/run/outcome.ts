// What became of one item: one of eight outcomes, and how a result of the API becomes one.
// Each item of a run ends in exactly one of them.
import * as Effect from "effect/Effect"
import type { AnswerMismatchError, DecodeError } from "../AnthropicError.ts"
import type { Issue } from "../BatchRequest.ts"
import type { OutputError } from "../StructuredOutput.ts"
import type { MessageBatchResult } from "../schema/Batch.ts"
import type { ErrorBody } from "../schema/ErrorBody.ts"
import type { Message, StopReason } from "../schema/Message.ts"

/**
 * What every outcome tells of its item.
 *
 * @category models
 * @since 0.1.0
 */
export interface OutcomeBase<out A> {
  readonly item: A
  /** The caller's id, as `request` gave it. */
  readonly id: string
  /** The place of the item in the source, from 0. */
  readonly position: number
  /** The batch that was asked last; undefined if none was, and after a direct call. */
  readonly batchId: string | undefined
  /** How often the item was sent, the last time included. */
  readonly attempts: number
}

/**
 * The item was answered; with `output`, `value` is the decoded answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface Succeeded<out A, out B = undefined> extends OutcomeBase<A> {
  readonly _tag: "Succeeded"
  readonly message: Message
  readonly value: B
}

/**
 * The item was answered, and the answer does not fit: not the schema of `output`, or not what the API documents.
 *
 * @category models
 * @since 0.1.0
 */
export interface Invalid<out A> extends OutcomeBase<A> {
  readonly _tag: "Invalid"
  /** Absent if the line itself could not be decoded. */
  readonly message: Message | undefined
  readonly error: AnswerMismatchError | DecodeError
}

/**
 * The API says that the request succeeded, but the answer is a refusal, paused, or cut off. It was charged.
 *
 * @category models
 * @since 0.1.0
 */
export interface Incomplete<out A> extends OutcomeBase<A> {
  readonly _tag: "Incomplete"
  readonly message: Message
  readonly reason: StopReason | null
}

/**
 * The request failed. It was not charged.
 *
 * @category models
 * @since 0.1.0
 */
export interface Errored<out A> extends OutcomeBase<A> {
  readonly _tag: "Errored"
  /** The error as the API gave it; `error.error.type` is the category. */
  readonly error: ErrorBody
  /** Whether the same request may succeed later, by its category. */
  readonly isRetryable: boolean
}

/**
 * The batch was cancelled before the item's turn. It was not charged.
 *
 * @category models
 * @since 0.1.0
 */
export interface Canceled<out A> extends OutcomeBase<A> {
  readonly _tag: "Canceled"
}

/**
 * The batch ended after 24 hours, before the item's turn. It was not charged.
 *
 * @category models
 * @since 0.1.0
 */
export interface Expired<out A> extends OutcomeBase<A> {
  readonly _tag: "Expired"
}

/**
 * The item was sent and has no result. It may have been charged.
 *
 * `absent`: three whole downloads have no line for it. `archived`, `deleted`: the results are gone. `lost`: the answer of a
 * direct call was lost in a crash.
 *
 * @category models
 * @since 0.1.0
 */
export interface Missing<out A> extends OutcomeBase<A> {
  readonly _tag: "Missing"
  readonly reason: "absent" | "archived" | "deleted" | "lost"
}

/**
 * The item was never sent.
 *
 * `refused`: the API would refuse it, as `issues` tell. `duplicate`: its id came before. `budget`: it did not fit any
 * more. `canceled`: the run was cancelled.
 *
 * @category models
 * @since 0.1.0
 */
export interface Unsent<out A> extends OutcomeBase<A> {
  readonly _tag: "Unsent"
  readonly reason: "refused" | "duplicate" | "budget" | "canceled"
  readonly issues: ReadonlyArray<Pick<Issue, "path" | "description">>
}

/**
 * What became of one item of a run.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome<A, B = undefined> =
  | Succeeded<A, B>
  | Invalid<A>
  | Incomplete<A>
  | Errored<A>
  | Canceled<A>
  | Expired<A>
  | Missing<A>
  | Unsent<A>

/** Decodes the answer of one item. */
export type DecodeAnswer<B, R> = (message: Message) => Effect.Effect<B, OutputError, R>

/** Stop reasons after which an answer is not whole. A tool call is whole: the caller asked for it. */
const unfinished = new Set<string | null>([
  null,
  "refusal",
  "pause_turn",
  "max_tokens",
  "model_context_window_exceeded"
])

/** Categories of errors that may pass. */
const transient = new Set<string>(["overloaded_error", "api_error", "timeout_error", "rate_limit_error"])

const answered = <A, B, R>(
  base: OutcomeBase<A>,
  message: Message,
  decode: DecodeAnswer<B, R>
): Effect.Effect<Outcome<A, B>, never, R> => {
  if (unfinished.has(message.stop_reason)) {
    return Effect.succeed({ ...base, _tag: "Incomplete", message, reason: message.stop_reason })
  }
  return Effect.matchEager(decode(message), {
    onFailure: (error): Outcome<A, B> =>
      error._tag === "AnswerMismatchError"
        ? { ...base, _tag: "Invalid", message, error }
        : { ...base, _tag: "Incomplete", message, reason: message.stop_reason },
    onSuccess: (value): Outcome<A, B> => {
      // Written out, because a spread takes several times as long, and most outcomes are these.
      const { attempts, batchId, id, item, position } = base
      return { _tag: "Succeeded", item, id, position, batchId, attempts, message, value }
    }
  })
}

/** Makes the outcome that a result of the API amounts to. The effect is an `Exit` already unless `decode` has effects. */
export const judge = <A, B, R>(
  base: OutcomeBase<A>,
  result: MessageBatchResult,
  decode: DecodeAnswer<B, R>
): Effect.Effect<Outcome<A, B>, never, R> => {
  switch (result.type) {
    case "succeeded":
      return answered(base, result.message, decode)
    case "errored":
      return Effect.succeed(errored(base, result.error))
    case "canceled":
      return Effect.succeed({ ...base, _tag: "Canceled" })
    case "expired":
      return Effect.succeed({ ...base, _tag: "Expired" })
    case "unknown": {
      const type = typeof result.raw.type === "string" ? result.raw.type : "unknown"
      const message = "the API gave a result of a kind that this version does not know"
      return Effect.succeed(errored(base, { type: "error", error: { type, message } }))
    }
  }
}

export const errored = <A>(base: OutcomeBase<A>, error: ErrorBody): Errored<A> => ({
  ...base,
  _tag: "Errored",
  error,
  isRetryable: transient.has(error.error.type)
})

/** The default of `retry.while`: what was not charged and may turn out otherwise, and what has no line. */
export const mayPass = (outcome: Outcome<unknown, unknown>): boolean => {
  switch (outcome._tag) {
    case "Expired":
      return true
    case "Missing":
      return outcome.reason === "absent"
    case "Errored":
      return outcome.isRetryable
    default:
      return false
  }
}
