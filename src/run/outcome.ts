// The eight outcomes of an item, and how a result of the API becomes one of them. Each item of a run ends with exactly one
// outcome.
import * as Effect from "effect/Effect"
import type { AnswerMismatchError, DecodeError } from "../AnthropicError.ts"
import type { Issue } from "../BatchRequest.ts"
import type { OutputError } from "../StructuredOutput.ts"
import type { MessageBatchResult } from "../schema/Batch.ts"
import type { ErrorBody } from "../schema/ErrorBody.ts"
import type { Message, StopReason } from "../schema/Message.ts"

/**
 * The fields of every outcome.
 *
 * @category models
 * @since 0.1.0
 */
export interface OutcomeBase<out A> {
  readonly item: A
  /** The caller's id, from `request`. */
  readonly id: string
  /** The position of the item in the source, from 0. */
  readonly position: number
  /** The last batch with the item. Undefined if there was none, and after a direct call. */
  readonly batchId: string | undefined
  /** How often the item was sent, the last time included. */
  readonly attempts: number
}

/**
 * The item was answered. With `output`, `value` is the decoded answer.
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
 * The item was answered, and the answer does not fit the schema of `output` or the documentation of the API.
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
  /** The error as received. `error.error.type` is the category. */
  readonly error: ErrorBody
  /** Whether the same request may succeed later, by its category. */
  readonly isRetryable: boolean
}

/**
 * The batch was canceled before the item was processed. It was not charged.
 *
 * @category models
 * @since 0.1.0
 */
export interface Canceled<out A> extends OutcomeBase<A> {
  readonly _tag: "Canceled"
}

/**
 * The batch ended after 24 hours, before the item was processed. It was not charged.
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
 * `absent`: three complete downloads have no line for it. `archived`, `deleted`: the results are gone. `lost`: the answer of a
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
 * `refused`: the API would refuse it, for the reasons in `issues`. `duplicate`: an earlier item has its id. `budget`: it did
 * not fit into the budget. `canceled`: the run was canceled.
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
 * The outcome of one item of a run.
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

/** Stop reasons of an incomplete answer. A tool call is complete, because the caller asked for it. */
const unfinished = new Set<string | null>([
  null,
  "refusal",
  "pause_turn",
  "max_tokens",
  "model_context_window_exceeded"
])

/** Temporary categories of errors. */
const transient = new Set<string>(["overloaded_error", "api_error", "timeout_error", "rate_limit_error"])

// The base is spread last: an object that begins with a spread and is extended takes three times the memory.
const answered = <A, B, R>(
  base: OutcomeBase<A>,
  message: Message,
  decode: DecodeAnswer<B, R>
): Effect.Effect<Outcome<A, B>, never, R> => {
  if (unfinished.has(message.stop_reason)) {
    return Effect.succeed({ _tag: "Incomplete", message, reason: message.stop_reason, ...base })
  }
  return Effect.matchEager(decode(message), {
    onFailure: (error): Outcome<A, B> =>
      error._tag === "AnswerMismatchError"
        ? { _tag: "Invalid", message, error, ...base }
        : { _tag: "Incomplete", message, reason: message.stop_reason, ...base },
    onSuccess: (value): Outcome<A, B> => {
      // Written field by field, because a spread takes several times as long, and most outcomes are of this kind.
      const { attempts, batchId, id, item, position } = base
      return { _tag: "Succeeded", item, id, position, batchId, attempts, message, value }
    }
  })
}

/** Makes the outcome of a result of the API. The returned effect is an `Exit` already, unless `decode` has effects. */
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
      return Effect.succeed({ _tag: "Canceled", ...base })
    case "expired":
      return Effect.succeed({ _tag: "Expired", ...base })
    case "unknown": {
      const type = typeof result.raw.type === "string" ? result.raw.type : "unknown"
      const message = "the API returned a result of an unknown kind"
      return Effect.succeed(errored(base, { type: "error", error: { type, message } }))
    }
  }
}

export const errored = <A>(base: OutcomeBase<A>, error: ErrorBody): Errored<A> => ({
  _tag: "Errored",
  error,
  isRetryable: transient.has(error.error.type),
  ...base
})

/** The default of `retry.while`: temporary failures that were not charged, and items without a line. */
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
