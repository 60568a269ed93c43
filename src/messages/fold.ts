// Combines streams of events into messages, and reads the text of events and messages.
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { DecodeError, MessageInterruptedError } from "../AnthropicError.ts"
import { type Message, textOf } from "../schema/Message.ts"
import type { MessageEvent } from "../schema/MessageEvent.ts"
import { MessageBuilder } from "./accumulate.ts"

/**
 * Returns the text of an answer: its text blocks, joined. It is empty if there are none (a refusal, or only tool calls).
 *
 * @category getters
 * @since 0.1.0
 */
export const text = (message: Message): string => textOf(message)

/**
 * Returns the text that an event adds to the answer. It is empty for events that add none.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Stream from "effect/Stream"
 *
 * const pieces = Messages.stream({
 *   model: "claude-haiku-5-5",
 *   max_tokens: 1024,
 *   messages: [Messages.user("Tell me about Lyon.")]
 * }).pipe(Stream.map(Messages.textDelta))
 *
 * @category getters
 * @since 0.1.0
 */
export const textDelta = (event: MessageEvent): string => {
  if (event.type === "content_block_delta") return event.delta.type === "text_delta" ? event.delta.text : ""
  if (event.type === "content_block_start") return event.content_block.type === "text" ? event.content_block.text : ""
  return ""
}

const broken = (operation: string, builder: MessageBuilder, problem: string | undefined): MessageInterruptedError =>
  new MessageInterruptedError({
    operation,
    reason: problem === undefined ? "ended" : "malformed",
    partial: builder.build(),
    cause:
      problem === undefined ? undefined : new DecodeError({ operation, description: problem, path: [], snippet: "" })
  })

/** Emits events while it combines them. Fails if they are not those of one complete message. */
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
 * Runs a stream of events and returns its message.
 *
 * The input of a tool call is parsed at the end of its block. An input that is not complete JSON, for example one that
 * `max_tokens` cut off, stays the text that was received. It is a string, and is never completed. `Tools.answer` answers it
 * with an error. Deltas of an unknown kind are ignored.
 *
 * Fails with `MessageInterruptedError`, which has the message so far, if `message_stop` is missing or if the events contradict
 * each other.
 *
 * @category combinators
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
 * Makes a stream of the message after each of its events, from `message_start` on. The last one is what `accumulate` returns.
 *
 * A snapshot does not change afterwards. The input of an unfinished tool call is the text of its JSON so far.
 *
 * @category combinators
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
