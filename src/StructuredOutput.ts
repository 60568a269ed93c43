/**
 * Typed output: an answer decoded by an Effect `Schema`, for single calls, streams and the results of batches.
 *
 * What the API is sent is the subset of JSON Schema that it takes, made by `effect/ai/AnthropicStructuredOutput`; the
 * rest of a schema (patterns, ranges, lengths) goes into descriptions and is checked here. Optional fields become
 * required ones that may be `null`, records become lists of pairs, and both are turned back. `Schema.Number` also takes
 * the strings `NaN` and `Infinity`: `Schema.Finite` does not. A recursive schema is a defect.
 * Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs.
 *
 * @since 0.1.0
 */
import { toCodecAnthropic } from "effect/ai/AnthropicStructuredOutput"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { AnswerIncompleteError, AnswerMismatchError, AnswerRefusedError } from "./AnthropicError.ts"
import { explain, parseJson } from "./decode/json.ts"
import type { MessageBatchIndividualResponse } from "./schema/Batch.ts"
import type { UnknownMember } from "./schema/checked.ts"
import type { ErrorBody } from "./schema/ErrorBody.ts"
import { type Message, textOf } from "./schema/Message.ts"
import type { JsonSchemaFormat, MessageParams } from "./schema/MessageParams.ts"

/**
 * Why an answer is not the output that was asked for: the model refused, the answer was cut off or has not come yet, or
 * it does not fit. Each error keeps the message.
 *
 * @since 0.1.0
 */
export type OutputError = AnswerRefusedError | AnswerIncompleteError | AnswerMismatchError

/**
 * A schema as the `format` of `output_config`.
 *
 * @since 0.1.0
 */
export const format = (schema: Schema.ConstraintCodec<unknown, unknown>): JsonSchemaFormat => ({
  type: "json_schema",
  schema: toCodecAnthropic(schema).jsonSchema
})

/**
 * Parameters whose answer is to fit a schema, for `Messages.create`, `Messages.stream` and `BatchRequest.make`.
 *
 * @example
 * import * as BatchRequest from "effect-anthropic/BatchRequest"
 * import * as Messages from "effect-anthropic/Messages"
 * import * as StructuredOutput from "effect-anthropic/StructuredOutput"
 * import * as Schema from "effect/Schema"
 *
 * const Review = Schema.Struct({ isPositive: Schema.Boolean, topics: Schema.Array(Schema.String) })
 *
 * const request = BatchRequest.make(
 *   "review-17",
 *   StructuredOutput.withSchema(
 *     { model: "claude-haiku-5-5", max_tokens: 1024, messages: [Messages.user("Judge this review: …")] },
 *     Review
 *   )
 * )
 *
 * @since 0.1.0
 */
export const withSchema = (params: MessageParams, schema: Schema.ConstraintCodec<unknown, unknown>): MessageParams => ({
  ...params,
  output_config: { ...params.output_config, format: format(schema) }
})

/** Stop reasons after which an answer is not whole, or not there yet. */
const incomplete = new Set<string | null>([
  null,
  "max_tokens",
  "model_context_window_exceeded",
  "stop_sequence",
  "tool_use",
  "pause_turn",
  "compaction"
])

/**
 * Decodes answers by the schema that they were asked with. The schema is compiled once.
 *
 * @since 0.1.0
 */
export const decode = <A>(
  schema: Schema.ConstraintCodec<A, unknown>
): ((answer: Message) => Result.Result<A, OutputError>) => {
  const decodeValue = Schema.decodeUnknownResult(toCodecAnthropic(schema).codec)
  return (answer) => {
    if (answer.stop_reason === "refusal") return Result.fail(new AnswerRefusedError({ answer }))
    if (incomplete.has(answer.stop_reason)) return Result.fail(new AnswerIncompleteError({ answer }))
    const json = parseJson(textOf(answer))
    if (Result.isFailure(json)) {
      return Result.fail(new AnswerMismatchError({ answer, description: json.failure, path: [] }))
    }
    return Result.mapError(decodeValue(json.success), (error) => mismatch(answer, error))
  }
}

const mismatch = (answer: Message, error: Schema.SchemaError): AnswerMismatchError => {
  const { description, path } = explain(error)
  return new AnswerMismatchError({
    answer,
    description,
    path
  })
}

/**
 * What became of one request of a batch that was asked with a schema. `unfit` is an answer, billed as such, that is not
 * the output asked for; `errored`, `canceled` and `expired` got no answer.
 *
 * @since 0.1.0
 */
export type TypedResult<A> =
  | { readonly type: "succeeded"; readonly custom_id: string; readonly value: A; readonly message: Message }
  | { readonly type: "unfit"; readonly custom_id: string; readonly error: OutputError }
  | { readonly type: "errored"; readonly custom_id: string; readonly error: ErrorBody }
  | { readonly type: "canceled" | "expired"; readonly custom_id: string }
  | { readonly type: "unknown"; readonly custom_id: string; readonly raw: UnknownMember["raw"] }

/**
 * Decodes the results of a batch whose requests were asked with this schema. The schema is compiled once.
 *
 * @example
 * import * as Batches from "effect-anthropic/Batches"
 * import * as StructuredOutput from "effect-anthropic/StructuredOutput"
 * import * as Schema from "effect/Schema"
 * import * as Stream from "effect/Stream"
 *
 * const Review = Schema.Struct({ isPositive: Schema.Boolean, topics: Schema.Array(Schema.String) })
 *
 * const reviews = Batches.results("msgbatch_01").pipe(Stream.map(StructuredOutput.decodeResult(Review)))
 *
 * @since 0.1.0
 */
export const decodeResult = <A>(
  schema: Schema.ConstraintCodec<A, unknown>
): ((response: MessageBatchIndividualResponse) => TypedResult<A>) => {
  const decodeAnswer = decode(schema)
  return ({ custom_id, result }) => {
    if (result.type === "errored") return { type: "errored", custom_id, error: result.error }
    if (result.type === "unknown") return { type: "unknown", custom_id, raw: result.raw }
    if (result.type !== "succeeded") return { type: result.type, custom_id }
    const decoded = decodeAnswer(result.message)
    return Result.isSuccess(decoded)
      ? { type: "succeeded", custom_id, value: decoded.success, message: result.message }
      : { type: "unfit", custom_id, error: decoded.failure }
  }
}
