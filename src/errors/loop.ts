// The error of a loop of tool calls. It keeps the whole conversation, because every answer in it was paid for.
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { checkJson, Invalid } from "../schema/check.ts"
import { fromCheck, trusted, type Wire } from "../schema/checked.ts"
import { Message } from "../schema/Message.ts"
import type { MessageParam } from "../schema/MessageParams.ts"
import { MessageInterruptedError } from "./answer.ts"
import { SpendLimitError } from "./api.ts"
import { RequestError } from "./call.ts"

/** A turn that was sent or is going to be sent. Its content is not checked. */
const Turn: Wire<MessageParam> = fromCheck(
  {
    check: (input, mode) =>
      Predicate.isReadonlyObject(input) && typeof input.role === "string"
        ? checkJson(input, mode)
        : new Invalid("a turn of a conversation")
  },
  { toJsonSchema: () => ({ type: "object" }) }
)

const whys = {
  refused: "the model refused",
  incomplete: "the last answer is incomplete",
  turns: "the turns are used up",
  failed: "a request failed"
}

/**
 * A loop of tool calls ended without an answer.
 *
 * `reason` says how:
 *
 * - `refused`: the model refused
 * - `incomplete`: the last answer was cut off, or its stop reason does not end a turn
 * - `turns`: the model still calls tools after the last turn
 * - `failed`: a request failed, and `cause` is its error
 *
 * `answers` are all answers of the loop. `messages` is the conversation to continue with. It ends with the turn that the
 * model has not answered yet, so a loop over it continues where this one ended.
 *
 * @category errors
 * @since 0.1.0
 */
export class ToolLoopError extends Schema.TaggedError<ToolLoopError>()("ToolLoopError", {
  reason: Schema.Literals(["refused", "incomplete", "turns", "failed"]),
  answers: Schema.Array(trusted(Message)),
  messages: Schema.Array(trusted(Turn)),
  cause: Schema.optional(Schema.Union([RequestError, SpendLimitError, MessageInterruptedError]))
}) {
  /** Whether a loop over `messages` may succeed later. */
  get isRetryable(): boolean {
    return this.reason === "failed" && this.cause !== undefined && "isRetryable" in this.cause
      ? this.cause.isRetryable
      : false
  }

  /** The last answer, if there is one. */
  get answer(): Message | undefined {
    return this.answers.at(-1)
  }

  override get message(): string {
    const stop = this.reason === "incomplete" ? ` (stop reason ${this.answer?.stop_reason})` : ""
    const cause = this.cause === undefined ? "" : `: ${this.cause.message}`
    return `the tool loop ended after ${this.answers.length} answers: ${whys[this.reason]}${stop}${cause}`
  }
}
