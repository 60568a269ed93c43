import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Messages from "effect-anthropic/Messages"
import { wireMessage } from "../support/batches.ts"

export const params: Messages.MessageParams = {
  model: "claude-haiku-5-5",
  max_tokens: 100,
  messages: [Messages.user("Hello")]
}

export const decodeMessage = Schema.decodeUnknownSync(Messages.Message)

export const decodeEvent = Schema.decodeUnknownSync(Messages.MessageEvent)

/** A message as the API writes it, decoded. */
export const message = (content: ReadonlyArray<unknown>, fields: Record<string, unknown> = {}) =>
  decodeMessage(wireMessage("", { content, ...fields }))

export interface Wire {
  readonly type: string
  readonly [field: string]: unknown
}

export const usage = { input_tokens: 5, output_tokens: 1 }

export const start = (fields: Record<string, unknown> = {}): Wire => ({
  type: "message_start",
  message: wireMessage("", { content: [], stop_reason: null, usage, ...fields })
})

export const begin = (index: number, content_block: unknown): Wire => ({
  type: "content_block_start",
  index,
  content_block
})

export const delta = (index: number, delta: unknown): Wire => ({ type: "content_block_delta", index, delta })

export const textDelta = (index: number, text: string): Wire => delta(index, { type: "text_delta", text })

export const stop = (index: number): Wire => ({ type: "content_block_stop", index })

export const finish = (fields: Record<string, unknown> = {}, counts: Record<string, unknown> = {}): Wire => ({
  type: "message_delta",
  delta: { stop_reason: "end_turn", stop_sequence: null, ...fields },
  usage: { output_tokens: 9, ...counts }
})

export const end: Wire = { type: "message_stop" }

export const text = { type: "text", text: "", citations: null }

/** The events of the answer `Hello`. */
export const hello: ReadonlyArray<Wire> = [
  start(),
  begin(0, text),
  textDelta(0, "Hel"),
  textDelta(0, "lo"),
  stop(0),
  finish(),
  end
]

export const sse = (events: ReadonlyArray<Wire>): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("")

/** A stream of events, an event a piece, that ends as `ending` does. */
export const streaming = (events: ReadonlyArray<Wire>, ending: Stream.Stream<never, unknown> = Stream.empty) =>
  raw(
    events.map((event) => sse([event])),
    ending
  )

/** A body of these pieces that says it is a stream of events. */
export const raw = (pieces: ReadonlyArray<string | Uint8Array>, ending: Stream.Stream<never, unknown> = Stream.empty) =>
  HttpServerResponse.stream(
    Stream.concat(
      Stream.fromIterable(
        pieces.map((piece) => (typeof piece === "string" ? new TextEncoder().encode(piece) : piece)),
        { chunkSize: 1 }
      ),
      ending
    ),
    { contentType: "text/event-stream" }
  )

/** The events of a stream up to where it fails, and what it fails with. */
export const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.suspend(() => {
    const seen: Array<A> = []
    const run = Stream.runForEach(stream, (value) => Effect.sync(() => seen.push(value)))
    return Effect.map(Effect.result(run), (result) => ({
      seen,
      error: result._tag === "Failure" ? result.failure : undefined
    }))
  })

/** An answer with every kind of block, thinking, calls and citations, and fields that no version knows. */
export const rich = {
  zz_first: true,
  ...wireMessage("", {
    content: [
      { type: "thinking", thinking: "Let me see…", signature: "c2ln/+=", later: { a: [1, null] } },
      { type: "redacted_thinking", data: "ZGF0YQ==" },
      {
        extra: 0,
        type: "text",
        text: "As the page says 😀",
        citations: [
          {
            type: "char_location",
            cited_text: "x",
            document_index: 0,
            document_title: null,
            file_id: null,
            start_char_index: 0,
            end_char_index: 1
          },
          { type: "hologram_location", at: [1] }
        ]
      },
      { type: "text", text: "", citations: null },
      {
        type: "tool_use",
        id: "toolu_1",
        name: "look",
        input: { q: "ä", n: 1.5, deep: [{}] },
        caller: { type: "direct" }
      },
      { type: "tool_use", id: "toolu_2", name: "now", input: {}, caller: { type: "robot_1", tool_id: "t" } },
      {
        type: "server_tool_use",
        id: "srvtoolu_1",
        name: "web_search",
        input: { query: "Lyon" },
        caller: { type: "direct" }
      },
      {
        type: "web_search_tool_result",
        tool_use_id: "srvtoolu_1",
        caller: { type: "direct" },
        content: [{ type: "web_search_result", url: "u", title: "t", encrypted_content: "e", page_age: null, k: 1 }]
      },
      {
        type: "web_fetch_tool_result",
        tool_use_id: "a",
        caller: { type: "direct" },
        content: { type: "web_fetch_tool_result_error", error_code: "url_too_long" }
      },
      {
        type: "code_execution_tool_result",
        tool_use_id: "b",
        content: { type: "code_execution_result", stdout: "", stderr: "", return_code: 0, content: [] }
      },
      {
        type: "bash_code_execution_tool_result",
        tool_use_id: "c",
        content: { type: "bash_code_execution_tool_result_error", error_code: "unavailable" }
      },
      {
        type: "text_editor_code_execution_tool_result",
        tool_use_id: "d",
        content: { type: "text_editor_code_execution_create_result", is_file_update: false }
      },
      {
        type: "tool_search_tool_result",
        tool_use_id: "e",
        content: {
          type: "tool_search_tool_search_result",
          tool_references: [{ type: "tool_reference", tool_name: "x" }]
        }
      },
      { type: "container_upload", file_id: "file_1" },
      { type: "hologram", voxels: [1, 2] }
    ],
    stop_reason: "tool_use",
    stop_details: null,
    container: { id: "c1", expires_at: "2026-01-01T00:00:00Z", skills: null },
    usage: {
      input_tokens: 10,
      output_tokens: 50,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: null,
      output_tokens_details: { thinking_tokens: 7 },
      later_tokens: 3
    }
  })
}
