// The events of a streamed message, and their body. Each event is a separate piece, so that faults can count them.
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ContentBlock, Message } from "../../schema/Message.ts"

/** One event of a stream, as the API writes it. */
export interface WireEvent {
  readonly type: string
  readonly [field: string]: unknown
}

const piecesOf = (text: string, length: number): ReadonlyArray<string> => {
  const characters = [...text]
  return Array.from({ length: Math.ceil(characters.length / length) }, (_, index) =>
    characters.slice(index * length, (index + 1) * length).join("")
  )
}

interface Pieces {
  /** The block as it begins. */
  readonly start: object
  readonly deltas: ReadonlyArray<object>
}

/** The pieces of a call. It begins with an empty input. An input that is text is JSON that was cut off. */
const callPieces = (block: ContentBlock & { readonly input: unknown }, length: number): Pieces => {
  const json = typeof block.input === "string" ? block.input : JSON.stringify(block.input)
  return {
    start: { ...block, input: {} },
    deltas: ["", ...(json === "{}" ? [] : piecesOf(json, length))].map((partial_json) => ({
      type: "input_json_delta",
      partial_json
    }))
  }
}

const blockPieces = (block: ContentBlock, length: number): Pieces => {
  switch (block.type) {
    case "text": {
      const citations = block.citations ?? []
      return {
        start: { ...block, text: "", ...(citations.length === 0 ? {} : { citations: [] }) },
        deltas: [
          ...piecesOf(block.text, length).map((text) => ({ type: "text_delta", text })),
          ...citations.map((citation) => ({ type: "citations_delta", citation }))
        ]
      }
    }
    case "thinking":
      return {
        start: { ...block, thinking: "", signature: "" },
        deltas: [
          ...piecesOf(block.thinking, length).map((thinking) => ({ type: "thinking_delta", thinking })),
          { type: "signature_delta", signature: block.signature }
        ]
      }
    case "tool_use":
    case "server_tool_use":
      return callPieces(block, length)
    default:
      return { start: block, deltas: [] }
  }
}

/** The events that a message is streamed as, its text in pieces of `length` characters. */
export const toEvents = (message: Message, length = 12): ReadonlyArray<WireEvent> => {
  const { stop_reason, stop_sequence = null, stop_details = null, container = null, usage } = message
  const started = Object.fromEntries(
    Object.entries(message).map(([name, value]) =>
      name === "stop_reason" || name === "stop_sequence" || name === "stop_details" || name === "container"
        ? [name, null]
        : [name, value]
    )
  )
  const blocks = message.content.flatMap((block, index): ReadonlyArray<WireEvent> => {
    const { start, deltas } = blockPieces(block, length)
    return [
      { type: "content_block_start", index, content_block: start },
      ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index }
    ]
  })
  return [
    { type: "message_start", message: { ...started, content: [], usage: { ...usage, output_tokens: 1 } } },
    ...blocks,
    {
      type: "message_delta",
      delta: { stop_reason, stop_sequence, stop_details, container },
      usage: {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens ?? null,
        cache_read_input_tokens: usage.cache_read_input_tokens ?? null,
        server_tool_use: usage.server_tool_use ?? null,
        output_tokens_details: usage.output_tokens_details ?? null
      }
    },
    { type: "message_stop" }
  ]
}

/** One event in the form of a `text/event-stream`. */
export const toSse = (event: WireEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

/** The body of a streamed answer: each event is a piece, with a `ping` after the first, and a wait of `every` before each. */
export const eventStream = (message: Message, every: Duration.Input | undefined): Stream.Stream<Uint8Array> =>
  Stream.suspend(() => {
    const [start = { type: "ping" }, ...rest] = toEvents(message)
    const pieces = Stream.fromIterable([start, { type: "ping" }, ...rest], { chunkSize: 1 }).pipe(
      Stream.map((event) => new TextEncoder().encode(toSse(event)))
    )
    return every === undefined
      ? pieces
      : Stream.mapEffect(pieces, (piece) => Effect.delay(Effect.succeed(piece), every))
  })
