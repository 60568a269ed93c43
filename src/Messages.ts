/**
 * Messages: ask a model for a complete answer, for a stream of events, or for an answer decoded by a schema. Count the
 * tokens of an input.
 *
 * API: https://platform.claude.com/docs/en/build-with-claude/working-with-messages.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"
import * as Endpoint from "./Endpoint.ts"
import { longRequest, shortAnswers } from "./facts/limits.ts"
import { spendLimitCodes } from "./http/errors.ts"
import { checkLimit } from "./http/refuse.ts"
import { withSpan } from "./http/span.ts"
import { encode } from "./messages/body.ts"
import { demandOf } from "./messages/demand.ts"
import type { CountTokensError, CreateAsError, CreateError, StreamError } from "./messages/errors.ts"
import { accumulate, textDelta } from "./messages/fold.ts"
import * as messageStream from "./messages/stream.ts"
import * as StructuredOutput from "./StructuredOutput.ts"
import { Message, MessageTokensCount } from "./schema/Message.ts"
import type { MessageEvent } from "./schema/MessageEvent.ts"
import type { CountTokensParams, MessageParams } from "./schema/MessageParams.ts"

export { CountTokensError, CreateAsError, CreateError, StreamError } from "./messages/errors.ts"
export { accumulate, snapshots, text, textDelta } from "./messages/fold.ts"
export { document, InlineError, image } from "./messages/inline.ts"
export { issues } from "./messages/issues.ts"
export { assistant, raw, system, user, withExtra } from "./messages/turns.ts"
export type * from "./schema/Answer.ts"
export type { Wire } from "./schema/checked.ts"
export { ContentBlock, Message, MessageTokensCount, StopReason, Usage } from "./schema/Message.ts"
export {
  type CitationsDelta,
  ContentBlockDelta,
  type ContentBlockDeltaEvent,
  type ContentBlockStartEvent,
  type ContentBlockStopEvent,
  type InputJsonDelta,
  type MessageDelta,
  type MessageDeltaEvent,
  MessageEvent,
  type MessageStartEvent,
  type MessageStopEvent,
  type SignatureDelta,
  type TextDelta,
  type ThinkingDelta
} from "./schema/MessageEvent.ts"
export type * from "./schema/MessageParams.ts"
export { CountTokensParams, MessageParam, MessageParams } from "./schema/MessageParams.ts"
export type * from "./schema/ToolParams.ts"

const path = ["messages"] as const

/**
 * Options of `stream` and `streamText`.
 *
 * @category options
 * @since 0.1.0
 */
export interface StreamOptions {
  /** The longest event that is accepted, in bytes, at least 1. Default: 64 MiB. */
  readonly maxEventBytes?: number | undefined
}

const callOf = (name: string, params: MessageParams) =>
  ({
    name,
    model: params.model,
    demand: demandOf(params),
    kind: "generating",
    takesUserProfile: true,
    method: "POST",
    path,
    codes: spendLimitCodes
  }) as const

const streamAs = (
  name: string,
  params: MessageParams,
  { maxEventBytes = 64 * 1024 * 1024 }: StreamOptions
): Stream.Stream<MessageEvent, StreamError, HttpClient.HttpClient> =>
  messageStream.open(
    {
      ...callOf(name, params),
      accept: "text/event-stream",
      body: () =>
        Effect.andThen(checkLimit(name, "maxEventBytes", maxEventBytes), encode(name, { ...params, stream: true }))
    },
    maxEventBytes
  )

/**
 * Streams the events of one answer as they are received, from `message_start` to `message_stop`. Pings are left out.
 *
 * Each event is checked by itself and against the events before it: a delta without its block is an error. Until the first
 * event the call is retried as the settings say, also after an error that came as an event. After it the call is never
 * retried. A slow reader slows the server down. Leaving the stream closes the connection.
 *
 * Fails with `MessageInterruptedError`, which has the message so far, if before `message_stop` the stream ends, is cut,
 * exceeds the idle timeout or contains an error.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Messages.stream({
 *   model: "claude-opus-5-5",
 *   max_tokens: 1024,
 *   messages: [Messages.user("Tell me about Lyon.")]
 * }).pipe(
 *   Stream.runForEach((event) => Effect.log(event.type))
 * )
 *
 * @category operations
 * @since 0.1.0
 */
export const stream = (
  params: MessageParams,
  options: StreamOptions = {}
): Stream.Stream<MessageEvent, StreamError, HttpClient.HttpClient> =>
  streamAs("Messages.stream", params, options).pipe(withSpan("Messages.stream", "first"))

/**
 * Streams the text of one answer, piece by piece.
 *
 * It does not return the stop reason. Use `stream` if an answer that was cut off or refused must be distinguished from a
 * complete one.
 *
 * @category operations
 * @since 0.1.0
 */
export const streamText = (
  params: MessageParams,
  options: StreamOptions = {}
): Stream.Stream<string, StreamError, HttpClient.HttpClient> =>
  streamAs("Messages.streamText", params, options).pipe(
    withSpan("Messages.streamText", "first"),
    Stream.map(textDelta),
    Stream.filter((piece) => piece !== "")
  )

/**
 * Whether an answer may take longer than an idle connection lasts. Such answers are streamed.
 */
const isLong = ({ model, max_tokens }: MessageParams): boolean =>
  max_tokens * 60 > longRequest.tokensPerHour * longRequest.minutes ||
  (max_tokens > shortAnswers.maxTokens && shortAnswers.models.includes(model))

/**
 * Asks for one answer (`POST /v1/messages`).
 *
 * A refusal and an answer that was cut off are answers: see `stop_reason`. Above 21 333 `max_tokens` an answer may take
 * longer than ten minutes. Then it is streamed internally, so that the connection is not closed while it is idle. If such a
 * stream is cut off, the call fails with `MessageInterruptedError`, which has the message so far.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const message = yield* Messages.create({
 *     model: "claude-haiku-5-5",
 *     max_tokens: 1024,
 *     messages: [Messages.user("One sentence about Lyon.")]
 *   })
 *   yield* Effect.log(Messages.text(message))
 * })
 *
 * @category operations
 * @since 0.1.0
 */
export const create = (params: MessageParams): Effect.Effect<Message, CreateError, HttpClient.HttpClient> => {
  const name = "Messages.create"
  if (isLong(params)) return Effect.withSpan(accumulate(streamAs(name, params, {})), name)
  return Endpoint.request({
    ...callOf(name, params),
    body: () => encode(name, { ...params, stream: undefined }),
    response: Message
  })
}

/**
 * An answer that was decoded by a schema, and the message that it was decoded from.
 *
 * @category models
 * @since 0.1.0
 */
export interface TypedAnswer<out A> {
  readonly value: A
  readonly message: Message
}

/**
 * Asks for one answer and decodes it by a schema. The model is made to answer with JSON of that schema
 * (`output_config.format`).
 *
 * Fails with `AnswerRefusedError` if the model refuses, with `AnswerIncompleteError` if the answer is cut off, and with
 * `AnswerMismatchError` if it does not fit. Each has the message. `StructuredOutput` documents what a schema may contain,
 * and does the same for streams and batches.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const City = Schema.Struct({ name: Schema.String, population: Schema.Int })
 *
 * const program = Effect.gen(function*() {
 *   const { value } = yield* Messages.createAs(
 *     { model: "claude-opus-5-5", max_tokens: 1024, messages: [Messages.user("Tell me about Lyon.")] },
 *     City
 *   )
 *   yield* Effect.log(value.population)
 * })
 *
 * @category operations
 * @since 0.1.0
 */
export const createAs = Effect.fn("Messages.createAs")(function* <A, R = never>(
  params: MessageParams,
  schema: StructuredOutput.Output<A, R>
): Effect.fn.Return<TypedAnswer<A>, CreateAsError, HttpClient.HttpClient | R> {
  const message = yield* create(StructuredOutput.withSchema(params, schema))
  const value = yield* StructuredOutput.decode(message, schema)
  return { value, message }
})

/** Parameters of an answer that are not part of its input. */
const uncounted = {
  max_tokens: undefined,
  stream: undefined,
  stop_sequences: undefined,
  container: undefined,
  diagnostics: undefined,
  inference_geo: undefined,
  metadata: undefined,
  service_tier: undefined
}

/**
 * Counts the tokens of an input (`POST /v1/messages/count_tokens`).
 *
 * It also takes the parameters of an answer. Those that are not part of the input are not sent.
 *
 * @category operations
 * @since 0.1.0
 */
export const countTokens = (
  params: CountTokensParams | MessageParams
): Effect.Effect<MessageTokensCount, CountTokensError, HttpClient.HttpClient> =>
  Endpoint.request({
    name: "Messages.countTokens",
    model: params.model,
    kind: "generating",
    takesUserProfile: true,
    method: "POST",
    path: ["messages", "count_tokens"],
    body: (name) => encode(name, { ...params, ...uncounted }, "count"),
    codes: spendLimitCodes,
    response: MessageTokensCount
  })
