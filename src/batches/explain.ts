// Explains the result of one request in one readable line, and says whether the same request may be sent again. Runs use the
// same rule for sending again: the type of an error decides, not its text.
import { spendLimitCodes } from "../http/errors.ts"
import type { MessageBatchIndividualResponse, MessageBatchResult } from "../schema/Batch.ts"
import type { ErrorBody } from "../schema/ErrorBody.ts"
import type { Message } from "../schema/Message.ts"

/**
 * An explanation of the result of one request.
 *
 * @category models
 * @since 0.1.0
 */
export interface Explanation {
  /** One line of at most 500 characters. Its wording is not stable. */
  readonly description: string
  /**
   * Whether the same request may succeed when it is sent again. True for requests that were canceled or expired, and for
   * those that errored with `overloaded_error`, `api_error`, `timeout_error` or `rate_limit_error`.
   */
  readonly isRetryable: boolean
}

const maxLength = 500

/**
 * Explains a result, or a whole line of results, whose `custom_id` then begins the description.
 *
 * A request that succeeded is never retryable. An answer that was refused, cut off or paused is billed, too: the description
 * says what happened. A result of an unknown type is not retryable.
 *
 * @example
 * import * as Batches from "effect-anthropic/Batches"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Batches.results("msgbatch_01").pipe(
 *   Stream.map(Batches.explain),
 *   Stream.runForEach(({ description, isRetryable }) => Effect.log(description, isRetryable ? "send again" : ""))
 * )
 *
 * @category formatting
 * @since 0.1.0
 */
export const explain = (response: MessageBatchResult | MessageBatchIndividualResponse): Explanation => {
  const isLine = "custom_id" in response && "result" in response
  const { description, isRetryable } = explainResult(isLine ? response.result : response)
  const line = `${isLine ? `${response.custom_id}: ` : ""}${description}`.replaceAll(/\s+/g, " ")
  return { description: line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line, isRetryable }
}

const explainResult = (result: MessageBatchResult): Explanation => {
  switch (result.type) {
    case "succeeded":
      return { description: explainMessage(result.message), isRetryable: false }
    case "errored": {
      const { message, type } = result.error.error
      return { description: `errored with ${type}: ${message}`, isRetryable: isTransient(result.error) }
    }
    case "canceled":
      return { description: "canceled before it was processed", isRetryable: true }
    case "expired":
      return { description: "expired before it was processed", isRetryable: true }
    case "unknown":
      return { description: `a result of the unknown type ${JSON.stringify(result.raw.type)}`, isRetryable: false }
  }
}

const explainMessage = ({ stop_details: details, stop_reason: reason }: Message): string => {
  switch (reason) {
    case "end_turn":
    case "stop_sequence":
      return "answered"
    case "tool_use":
      return "answered with a tool call"
    case "max_tokens":
      return "the answer is cut off at `max_tokens`: send the request with a larger `max_tokens`"
    case "model_context_window_exceeded":
      return "the answer is cut off because the context window is full: send a shorter request"
    case "pause_turn":
      return "the answer is unfinished (`pause_turn`): send it back as an assistant turn to continue"
    case "refusal": {
      if (details?.type !== "refusal") return "the model refused"
      const category = details.category ? ` (${details.category})` : ""
      return `the model refused${category}${details.explanation ? `: ${details.explanation}` : ""}`
    }
    default:
      return `answered with the stop reason ${reason}`
  }
}

const transientTypes = new Set(["overloaded_error", "api_error", "timeout_error", "rate_limit_error"])

/** A spend limit is a `rate_limit_error`, and waiting does not lift it. */
const isTransient = ({ error: { details, type } }: ErrorBody): boolean =>
  transientTypes.has(type) && !Object.hasOwn(spendLimitCodes, details?.error_code ?? "")
