/**
 * Messages: https://platform.claude.com/docs/en/build-with-claude/working-with-messages. Ask a model for an answer, whole,
 * as a stream of events, or decoded by a schema; and count the tokens of an input.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { DecodeError, MessageInterruptedError, type RequestError, type SpendLimitError } from "./AnthropicError.ts"
import { longRequest, shortAnswers } from "./facts/limits.ts"
import { spendLimitCodes } from "./http/errors.ts"
import * as transport from "./http/transport.ts"
import { MessageBuilder } from "./messages/accumulate.ts"
import { encode } from "./messages/body.ts"
import { demandOf } from "./messages/demand.ts"
import * as messageStream from "./messages/stream.ts"
import * as StructuredOutput from "./StructuredOutput.ts"
import { UnknownMember } from "./schema/checked.ts"
import { Message, MessageTokensCount, textOf } from "./schema/Message.ts"
import type { MessageEvent } from "./schema/MessageEvent.ts"
import type {
  AssistantMessageParam,
  ContentBlockParam,
  CountTokensParams,
  MessageParams,
  SystemMessageParam,
  TextBlockParam,
  UserMessageParam
} from "./schema/MessageParams.ts"

export type * from "./schema/Answer.ts"
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
export type * from "./schema/ToolParams.ts"

/**
 * A turn of the user: text, or blocks.
 *
 * @since 0.1.0
 */
export const user = (content: string | ReadonlyArray<ContentBlockParam>): UserMessageParam => ({
  role: "user",
  content
})

/**
 * A turn of the model: text, blocks, or a received message, which is sent back exactly as it came.
 *
 * @since 0.1.0
 */
export const assistant = (content: AssistantMessageParam["content"] | Message): AssistantMessageParam => ({
  role: "assistant",
  content: typeof content === "object" && "role" in content ? content.content : content
})

/**
 * A system message in the middle of a conversation.
 *
 * @since 0.1.0
 */
export const system = (content: string | ReadonlyArray<TextBlockParam>): SystemMessageParam => ({
  role: "system",
  content
})

/**
 * A block, a tool or another typed part of a request that this version has no type for; it is sent as it is.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 *
 * const tools = [Messages.raw({ type: "advisor_20260301", name: "advisor", model: "claude-opus-5-5" })]
 *
 * @since 0.1.0
 */
export const raw = (raw: { readonly type: string; readonly [field: string]: unknown }): UnknownMember =>
  new UnknownMember(raw)

/**
 * Parameters with further fields, sent as they are: those of a beta, or a field with more in it than its type knows. The
 * types of parameters have no room for unknown names, so that a misspelled one does not compile; this is the way around.
 *
 * @example
 * import * as Anthropic from "effect-anthropic/Anthropic"
 * import * as Messages from "effect-anthropic/Messages"
 *
 * const params: Messages.MessageParams = {
 *   model: "claude-opus-5-5",
 *   max_tokens: 1024,
 *   messages: [Messages.user("Hello")]
 * }
 *
 * const answer = Messages.create(
 *   Messages.withExtra(params, { context_management: { edits: [{ type: "clear_tool_uses_20250919" }] } })
 * ).pipe(Anthropic.withSettings({ betas: ["context-management-2025-06-27"] }))
 *
 * @since 0.1.0
 */
export const withExtra = <Params extends CountTokensParams>(
  params: Params,
  extra: { readonly [field: string]: unknown }
): Params => ({ ...params, ...extra })

/**
 * The text of an answer: its text blocks, joined. Empty when it has none (a refusal, or only tool calls).
 *
 * @since 0.1.0
 */
export const text = (message: Message): string => textOf(message)

const path = ["messages"] as const

/**
 * What `stream` and `streamText` can fail with. Before the first event the plain error, after it
 * `MessageInterruptedError` with the message so far.
 *
 * @since 0.1.0
 */
export type StreamError = RequestError | SpendLimitError | MessageInterruptedError

/**
 * @since 0.1.0
 */
export interface StreamOptions {
  /** The longest event that is accepted, in bytes. Default: 64 MiB. */
  readonly maxEventBytes?: number | undefined
}

const streamAs = (
  name: string,
  params: MessageParams,
  options: StreamOptions
): Stream.Stream<MessageEvent, StreamError, HttpClient.HttpClient> =>
  messageStream.open(
    Effect.map(encode(name, { ...params, stream: true }), (body) => ({
      name,
      model: params.model,
      demand: demandOf(params),
      kind: "generating",
      takesUserProfile: true,
      method: "POST",
      path,
      accept: "text/event-stream",
      body,
      codes: spendLimitCodes
    })),
    options.maxEventBytes ?? 64 * 1024 * 1024
  )

/**
 * The events of one answer as they come, from `message_start` to `message_stop`; pings are left out.
 *
 * Every event is checked, and whether it fits those before it: a delta without its block is an error, not a guess. A
 * stream that ends, stands still, is cut off or told an error before `message_stop` fails with
 * `MessageInterruptedError`, which holds the message so far. Until the first event the call is repeated as the settings
 * say, also when the error came as an event; after it never. Reading slower slows the server down; ending early closes
 * the connection.
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
 * @since 0.1.0
 */
export const stream = (
  params: MessageParams,
  options: StreamOptions = {}
): Stream.Stream<MessageEvent, StreamError, HttpClient.HttpClient> => streamAs("Messages.stream", params, options)

const textPieces = (event: MessageEvent): ReadonlyArray<string> => {
  const piece =
    event.type === "content_block_delta" && event.delta.type === "text_delta"
      ? event.delta.text
      : event.type === "content_block_start" && event.content_block.type === "text"
        ? event.content_block.text
        : ""
  return piece === "" ? [] : [piece]
}

/**
 * The text of one answer, piece by piece. Why the model stopped is not told: use `stream` where a cut-off or refused
 * answer must be told from a whole one.
 *
 * @since 0.1.0
 */
export const streamText = (
  params: MessageParams,
  options: StreamOptions = {}
): Stream.Stream<string, StreamError, HttpClient.HttpClient> =>
  Stream.flattenIterable(Stream.map(streamAs("Messages.streamText", params, options), textPieces))

const broken = (operation: string, builder: MessageBuilder, problem: string | undefined): MessageInterruptedError =>
  new MessageInterruptedError({
    operation,
    reason: problem === undefined ? "ended" : "malformed",
    partial: builder.build(),
    cause:
      problem === undefined ? undefined : new DecodeError({ operation, description: problem, path: [], snippet: "" })
  })

/** Passes events on as it folds them; fails when they are not those of one whole message. */
const fold = <E, R>(operation: string, events: Stream.Stream<MessageEvent, E, R>, builder: MessageBuilder) =>
  Stream.concat(
    Stream.mapEffect(
      Stream.takeUntil(events, (event) => event.type === "message_stop"),
      (event) => {
        const problem = builder.push(event)
        return problem === undefined ? Effect.succeed(event) : Effect.fail(broken(operation, builder, problem))
      }
    ),
    Stream.suspend(() => (builder.isComplete ? Stream.empty : Stream.fail(broken(operation, builder, undefined))))
  )

/**
 * The message that events amount to.
 *
 * The input of a tool call is parsed at the end of its block. One that is not whole JSON, cut off by `max_tokens` for
 * example, is left as the text that came, a string, and never completed; `Tool.calls` reports it. A delta of an unknown
 * kind changes nothing.
 *
 * Fails with `MessageInterruptedError` and the message so far when `message_stop` is missing or the events contradict
 * each other.
 *
 * @since 0.1.0
 */
export const accumulate = <E, R>(
  events: Stream.Stream<MessageEvent, E, R>
): Effect.Effect<Message, E | MessageInterruptedError, R> =>
  Effect.suspend(() => {
    const operation = "Messages.accumulate"
    const builder = new MessageBuilder()
    return Effect.flatMap(Stream.runDrain(fold(operation, events, builder)), () => {
      const message = builder.build()
      return message === undefined ? Effect.fail(broken(operation, builder, undefined)) : Effect.succeed(message)
    })
  })

/**
 * The message after each of its events, from `message_start` on; the last one is what `accumulate` gives. Snapshots do
 * not change afterwards. The input of a tool call that is under way is the text of its JSON so far.
 *
 * @since 0.1.0
 */
export const snapshots = <E, R>(
  events: Stream.Stream<MessageEvent, E, R>
): Stream.Stream<Message, E | MessageInterruptedError, R> =>
  Stream.suspend(() => {
    const builder = new MessageBuilder()
    return Stream.flattenIterable(
      Stream.map(fold("Messages.snapshots", events, builder), () => {
        const message = builder.build()
        return message === undefined ? [] : [message]
      })
    )
  })

/**
 * What `create` can fail with; `MessageInterruptedError` only where it streams.
 *
 * @since 0.1.0
 */
export type CreateError = StreamError

/**
 * Whether an answer may take longer than a connection that waits for it in silence lasts. Such answers are streamed.
 */
const isLong = ({ model, max_tokens }: MessageParams): boolean =>
  max_tokens * 60 > longRequest.tokensPerHour * longRequest.minutes ||
  (max_tokens > shortAnswers.maxTokens && shortAnswers.models.includes(model))

/**
 * One answer (`POST /v1/messages`).
 *
 * A refusal, and an answer that was cut off, are answers: look at `stop_reason`. Where `max_tokens` is over 21 333 the
 * answer could take longer than ten minutes; then it is streamed underneath, so that the connection does not fall
 * asleep, and a cut is a `MessageInterruptedError` with what had come.
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
 * @since 0.1.0
 */
export const create = Effect.fn("Messages.create")(function* (
  params: MessageParams
): Effect.fn.Return<Message, CreateError, HttpClient.HttpClient> {
  const name = "Messages.create"
  if (isLong(params)) return yield* accumulate(streamAs(name, params, {}))
  const body = yield* encode(name, { ...params, stream: undefined })
  return yield* transport.request(
    {
      name,
      model: params.model,
      demand: demandOf(params),
      kind: "generating",
      takesUserProfile: true,
      method: "POST",
      path,
      body,
      codes: spendLimitCodes
    },
    Message
  )
})

/**
 * What `createAs` can fail with.
 *
 * @since 0.1.0
 */
export type CreateAsError = CreateError | StructuredOutput.OutputError

/**
 * One answer, decoded by a schema: the model is made to answer with JSON of that schema (`output_config.format`).
 *
 * A refusal, an answer that was cut off and one that does not fit are `AnswerRefusedError`, `AnswerIncompleteError` and
 * `AnswerMismatchError`, each with the message. See `StructuredOutput` for what a schema may hold, and for streams and batches.
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
 * @since 0.1.0
 */
export const createAs = Effect.fn("Messages.createAs")(function* <A>(
  params: MessageParams,
  schema: Schema.ConstraintCodec<A, unknown>
): Effect.fn.Return<{ readonly value: A; readonly message: Message }, CreateAsError, HttpClient.HttpClient> {
  const message = yield* create(StructuredOutput.withSchema(params, schema))
  const value = yield* Effect.fromResult(StructuredOutput.decode(schema)(message))
  return { value, message }
})

/**
 * @since 0.1.0
 */
export type CountTokensError = RequestError | SpendLimitError

/** Parameters of an answer that its input has nothing to do with. */
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
 * How many tokens an input has (`POST /v1/messages/count_tokens`). Takes the parameters of an answer, too: what has
 * nothing to do with its input is not sent.
 *
 * @since 0.1.0
 */
export const countTokens = Effect.fn("Messages.countTokens")(function* (
  params: CountTokensParams | MessageParams
): Effect.fn.Return<MessageTokensCount, CountTokensError, HttpClient.HttpClient> {
  const name = "Messages.countTokens"
  const body = yield* encode(name, { ...params, ...uncounted }, "count")
  return yield* transport.request(
    {
      name,
      model: params.model,
      kind: "generating",
      takesUserProfile: true,
      method: "POST",
      path: ["messages", "count_tokens"],
      body,
      codes: spendLimitCodes
    },
    MessageTokensCount
  )
})
