/**
 * Typed output: answers decoded by an Effect `Schema`, for single calls, streams and the results of batches.
 *
 * The API is sent the subset of JSON Schema that it accepts, made by `effect/ai/AnthropicStructuredOutput`. The rest of a
 * schema (patterns, ranges, lengths) goes into descriptions and is checked here. An optional field becomes a required one
 * that may be `null`, a record becomes a list of pairs, and decoding turns both back. `Schema.Number` also accepts the strings
 * `NaN` and `Infinity`; `Schema.Finite` does not. A recursive schema is a defect. A schema is compiled once, when it is first
 * used.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs.
 *
 * @since 0.1.0
 */
import { toCodecAnthropic } from "effect/ai/AnthropicStructuredOutput"
import { dual } from "effect/Function"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { AnswerIncompleteError, AnswerMismatchError, AnswerRefusedError } from "./AnthropicError.ts"
import { explain, isBlank, parseJson } from "./decode/json.ts"
import type { MessageBatchIndividualResponse } from "./schema/Batch.ts"
import type { UnknownMember } from "./schema/checked.ts"
import type { ErrorBody } from "./schema/ErrorBody.ts"
import { type Message, textOf } from "./schema/Message.ts"
import type { JsonSchemaFormat, MessageParams } from "./schema/MessageParams.ts"

/**
 * Why an answer is not the output that was asked for. Each error has the message.
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

/** What is made of a schema, once. */
interface Compiled<out A> {
  readonly schema: Schema.ConstraintCodec<A, unknown>
  readonly format: JsonSchemaFormat
  readonly decode: (value: unknown) => Result.Result<A, Schema.SchemaError>
}

/** By schema, as long as it is in use: compiling takes 2 ms for a small schema and 40 ms for one of 24 kB. */
const compiledSchemas = new WeakMap<object, Compiled<unknown>>()

const isOf = <A>(compiled: Compiled<unknown>, schema: Schema.ConstraintCodec<A, unknown>): compiled is Compiled<A> =>
  compiled.schema === schema

const compile = <A>(schema: Schema.ConstraintCodec<A, unknown>): Compiled<A> => {
  const known = compiledSchemas.get(schema)
  if (known !== undefined && isOf(known, schema)) return known
  const { codec, jsonSchema } = toCodecAnthropic(schema)
  const compiled: Compiled<A> = {
    schema,
    format: { type: "json_schema", schema: jsonSchema },
    decode: Schema.decodeUnknownResult(codec)
  }
  compiledSchemas.set(schema, compiled)
  return compiled
}

/**
 * Makes the `format` of `output_config` from a schema.
 *
 * @category constructors
 * @since 0.1.0
 */
export const format = (schema: Schema.ConstraintCodec<unknown, unknown>): JsonSchemaFormat => compile(schema).format

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
  (schema: Schema.ConstraintCodec<unknown, unknown>): (params: MessageParams) => MessageParams
  (params: MessageParams, schema: Schema.ConstraintCodec<unknown, unknown>): MessageParams
} = dual(
  2,
  (params: MessageParams, schema: Schema.ConstraintCodec<unknown, unknown>): MessageParams => ({
    ...params,
    output_config: { ...params.output_config, format: format(schema) }
  })
)

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
 * Decodes an answer by the schema that it was asked with.
 *
 * Fails with `AnswerRefusedError`, `AnswerIncompleteError` or `AnswerMismatchError`. What the model wrote is in their `answer`,
 * and is no part of their `message`.
 *
 * @category combinators
 * @since 0.1.0
 */
export const decode: {
  <A>(schema: Schema.ConstraintCodec<A, unknown>): (answer: Message) => Result.Result<A, OutputError>
  <A>(answer: Message, schema: Schema.ConstraintCodec<A, unknown>): Result.Result<A, OutputError>
} = dual(2, <A>(answer: Message, schema: Schema.ConstraintCodec<A, unknown>): Result.Result<A, OutputError> => {
  if (answer.stop_reason === "refusal") return Result.fail(new AnswerRefusedError({ answer }))
  if (incomplete.has(answer.stop_reason)) return Result.fail(new AnswerIncompleteError({ answer }))
  const text = textOf(answer)
  if (isBlank(text)) return mismatch(answer, { description: "it has no text", path: [] })
  const json = parseJson(text)
  if (Result.isFailure(json)) return mismatch(answer, { description: json.failure, path: [] })
  const decoded = compile(schema).decode(json.success)
  return Result.isSuccess(decoded) ? Result.succeed(decoded.success) : mismatch(answer, explain(decoded.failure))
})

const mismatch = (
  answer: Message,
  { description, path }: ReturnType<typeof explain>
): Result.Result<never, AnswerMismatchError> => Result.fail(new AnswerMismatchError({ answer, description, path }))

/**
 * The outcome of a request of a batch that was asked with a schema. `unfit` is an answer that is billed and is not the output
 * that was asked for. `errored`, `canceled` and `expired` requests have no answer.
 *
 * @category models
 * @since 0.1.0
 */
export type TypedResult<A> =
  | { readonly type: "succeeded"; readonly custom_id: string; readonly value: A; readonly message: Message }
  | { readonly type: "unfit"; readonly custom_id: string; readonly error: OutputError }
  | { readonly type: "errored"; readonly custom_id: string; readonly error: ErrorBody }
  | { readonly type: "canceled" | "expired"; readonly custom_id: string }
  | { readonly type: "unknown"; readonly custom_id: string; readonly raw: UnknownMember["raw"] }

/**
 * Decodes a result of a batch by the schema that its request was asked with.
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
 * @category combinators
 * @since 0.1.0
 */
export const decodeResult: {
  <A>(schema: Schema.ConstraintCodec<A, unknown>): (response: MessageBatchIndividualResponse) => TypedResult<A>
  <A>(response: MessageBatchIndividualResponse, schema: Schema.ConstraintCodec<A, unknown>): TypedResult<A>
} = dual(
  2,
  <A>(
    { custom_id, result }: MessageBatchIndividualResponse,
    schema: Schema.ConstraintCodec<A, unknown>
  ): TypedResult<A> => {
    if (result.type === "errored") return { type: "errored", custom_id, error: result.error }
    if (result.type === "unknown") return { type: "unknown", custom_id, raw: result.raw }
    if (result.type !== "succeeded") return { type: result.type, custom_id }
    const { message } = result
    const decoded = decode(message, schema)
    return Result.isSuccess(decoded)
      ? { type: "succeeded", custom_id, value: decoded.success, message }
      : { type: "unfit", custom_id, error: decoded.failure }
  }
)
