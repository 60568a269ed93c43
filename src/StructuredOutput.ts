/**
 * Typed output: answers decoded by an Effect `Schema`, for single calls, streams and the results of batches.
 *
 * The API is sent the subset of JSON Schema that it accepts, made by `effect/ai/AnthropicStructuredOutput`. The rest of a
 * schema (patterns, ranges, lengths) is written into descriptions and checked here. An optional field becomes a required one
 * that may be `null`, a record becomes a list of pairs, and decoding turns both back. `Schema.Number` also accepts the
 * strings `NaN` and `Infinity`; `Schema.Finite` does not. Descriptions are kept for a field that is decoded further. A
 * schema is compiled once, when it is first used.
 *
 * A root that is not an object is put into a field `value`. The API takes at most 16 fields that may be `null`: above that,
 * some may be left out instead. Other schemas that the API does not take are refused before sending, with the place
 * (`RequestRefusedError`). These are values of any type, recursion, more than 24 fields that may be left out, and more than
 * 16 fields of a union type. Strict tools count as well.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { AnswerIncompleteError, AnswerMismatchError, AnswerRefusedError } from "./AnthropicError.ts"
import { isBlank, parseJson } from "./decode/json.ts"
import type { MessageBatchIndividualResponse } from "./schema/Batch.ts"
import type { UnknownMember } from "./schema/checked.ts"
import type { ErrorBody } from "./schema/ErrorBody.ts"
import { type Message, textOf } from "./schema/Message.ts"
import type { JsonSchemaFormat, MessageParams } from "./schema/MessageParams.ts"
import { compile, type Output } from "./structured/compile.ts"
import { decodeJson, type Problem } from "./structured/decode.ts"

export type { Output } from "./structured/compile.ts"

/**
 * The errors of an answer that is not the output that was asked for. Each error has the message.
 *
 * @category errors
 * @since 0.1.0
 */
export type OutputError = AnswerRefusedError | AnswerIncompleteError | AnswerMismatchError

/**
 * The schema of `OutputError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OutputError: Schema.Codec<OutputError, unknown> = Schema.Union([
  AnswerRefusedError,
  AnswerIncompleteError,
  AnswerMismatchError
])

/**
 * Makes the `format` of `output_config` from a schema.
 *
 * @category constructors
 * @since 0.1.0
 */
export const format = (schema: Output<unknown, unknown>): JsonSchemaFormat => compile(schema).format

/**
 * Adds a schema to parameters, so that the model answers with JSON of that schema. For `Messages.create`,
 * `Messages.stream` and `BatchRequest.make`.
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
 * @category combinators
 * @since 0.1.0
 */
export const withSchema: {
  (schema: Output<unknown, unknown>): (params: MessageParams) => MessageParams
  (params: MessageParams, schema: Output<unknown, unknown>): MessageParams
} = dual(
  2,
  (params: MessageParams, schema: Output<unknown, unknown>): MessageParams => ({
    ...params,
    output_config: { ...params.output_config, format: format(schema) }
  })
)

/** Stop reasons after which an answer is incomplete, or not there yet. */
const incomplete = new Set<string | null>([
  null,
  "max_tokens",
  "model_context_window_exceeded",
  "stop_sequence",
  "tool_use",
  "pause_turn",
  "compaction"
])

/** The JSON of an answer, or why there is none. */
const jsonOf = (answer: Message): Result.Result<unknown, OutputError> => {
  if (answer.stop_reason === "refusal") return Result.fail(new AnswerRefusedError({ answer }))
  if (incomplete.has(answer.stop_reason)) return Result.fail(new AnswerIncompleteError({ answer }))
  const text = textOf(answer)
  if (isBlank(text)) return Result.fail(mismatch(answer, { description: "it has no text", path: [] }))
  return Result.mapError(parseJson(text), (description) => mismatch(answer, { description, path: [] }))
}

const mismatch = (answer: Message, { description, path }: Problem): AnswerMismatchError =>
  new AnswerMismatchError({ answer, description, path })

/**
 * Decodes an answer by the schema that it was asked with, which may have asynchronous steps and need services.
 *
 * Fails with `AnswerRefusedError`, `AnswerIncompleteError` or `AnswerMismatchError`. It fails with the last one also if a
 * step of the schema dies. What the model wrote is in their `answer`, and not in their `message`. If no step of the schema
 * has effects, the returned effect is an `Exit` already.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as StructuredOutput from "effect-anthropic/StructuredOutput"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const Review = Schema.Struct({ isPositive: Schema.Boolean, topics: Schema.Array(Schema.String) })
 *
 * const isPositive = (answer: Messages.Message) =>
 *   StructuredOutput.decode(answer, Review).pipe(Effect.map((review) => review.isPositive))
 *
 * @category combinators
 * @since 0.1.0
 */
export const decode: {
  <A, R>(schema: Output<A, R>): (answer: Message) => Effect.Effect<A, OutputError, R>
  <A, R>(answer: Message, schema: Output<A, R>): Effect.Effect<A, OutputError, R>
} = dual(2, <A, R>(answer: Message, schema: Output<A, R>): Effect.Effect<A, OutputError, R> => {
  const json = jsonOf(answer)
  return Result.isFailure(json)
    ? Effect.fail(json.failure)
    : Effect.mapErrorEager(decodeJson(schema, json.success), (problem) => mismatch(answer, problem))
})

/**
 * A request of a batch whose answer is the output that was asked for.
 *
 * @category models
 * @since 0.1.0
 */
export interface FitResult<out A> {
  readonly type: "succeeded"
  readonly custom_id: string
  readonly value: A
  readonly message: Message
}

/**
 * A request of a batch whose answer is billed and is not the output that was asked for. The error has the answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnfitResult {
  readonly type: "unfit"
  readonly custom_id: string
  readonly error: OutputError
}

/**
 * A request of a batch that failed.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErroredResult {
  readonly type: "errored"
  readonly custom_id: string
  readonly error: ErrorBody
}

/**
 * A request of a batch that was not sent to a model.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnsentResult {
  readonly type: "canceled" | "expired"
  readonly custom_id: string
}

/**
 * A request of a batch whose result is of an unknown kind.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnknownResult {
  readonly type: "unknown"
  readonly custom_id: string
  readonly raw: UnknownMember["raw"]
}

/**
 * The outcome of a request of a batch with a schema. `unfit` is an answer that is billed and is not the output that was
 * asked for. `errored`, `canceled` and `expired` requests have no answer.
 *
 * @category models
 * @since 0.1.0
 */
export type TypedResult<A> = FitResult<A> | UnfitResult | ErroredResult | UnsentResult | UnknownResult

/**
 * Decodes a result of a batch by the schema that its request was asked with, as `decode` does. For `Batches.joinAs` and
 * `Stream.mapEffect`.
 *
 * @example
 * import * as Batches from "effect-anthropic/Batches"
 * import * as StructuredOutput from "effect-anthropic/StructuredOutput"
 * import * as Schema from "effect/Schema"
 * import * as Stream from "effect/Stream"
 *
 * const Review = Schema.Struct({ isPositive: Schema.Boolean, topics: Schema.Array(Schema.String) })
 *
 * const reviews = Batches.results("msgbatch_01").pipe(Stream.mapEffect(StructuredOutput.decodeResult(Review)))
 *
 * @category combinators
 * @since 0.1.0
 */
export const decodeResult: {
  <A, R>(schema: Output<A, R>): (response: MessageBatchIndividualResponse) => Effect.Effect<TypedResult<A>, never, R>
  <A, R>(response: MessageBatchIndividualResponse, schema: Output<A, R>): Effect.Effect<TypedResult<A>, never, R>
} = dual(
  2,
  <A, R>(
    { custom_id, result }: MessageBatchIndividualResponse,
    schema: Output<A, R>
  ): Effect.Effect<TypedResult<A>, never, R> => {
    if (result.type === "errored") return Effect.succeed({ type: "errored", custom_id, error: result.error })
    if (result.type === "unknown") return Effect.succeed({ type: "unknown", custom_id, raw: result.raw })
    if (result.type !== "succeeded") return Effect.succeed({ type: result.type, custom_id })
    const { message } = result
    return Effect.matchEager(decode(message, schema), {
      onFailure: (error): TypedResult<A> => ({ type: "unfit", custom_id, error }),
      onSuccess: (value): TypedResult<A> => ({ type: "succeeded", custom_id, value, message })
    })
  }
)
