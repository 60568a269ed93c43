// Streamed answers as the API writes them, and both sides opening one.
import type OfficialAnthropic from "@anthropic-ai/sdk"
import * as Messages from "effect-anthropic/Messages"
import { type Endpoint, official } from "./clients.ts"
import { message } from "./wire.ts"

export const params = {
  model: "claude-haiku-5-5",
  max_tokens: 64_000,
  messages: [{ role: "user" as const, content: "Go on." }]
}

const toSse = (event: { readonly type: string }): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

const usage = {
  input_tokens: 12,
  output_tokens: 1,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  service_tier: "standard"
}

const start = {
  type: "message_start",
  message: { ...message([]), stop_reason: null, stop_details: null, container: null, diagnostics: null, usage }
}

/** An answer of one long text in `count` pieces, as the API streams it: `count` + 5 events. */
export const answer = (count: number): string =>
  [
    start,
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "", citations: null } },
    ...Array.from({ length: count }, (_, index) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: ` word${index} and "so" on\n` }
    })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null, stop_details: null, container: null },
      usage: { ...usage, output_tokens: count, server_tool_use: null, output_tokens_details: null }
    },
    { type: "message_stop" }
  ]
    .map(toSse)
    .join("")

export const events = (body: ReadableStream<Uint8Array>): Response =>
  new Response(body, { headers: { "content-type": "text/event-stream" } })

export const openOurs = () => Messages.stream(params)

export const openOfficial = (source: Endpoint): Promise<AsyncIterable<OfficialAnthropic.RawMessageStreamEvent>> =>
  official(source).messages.create({ ...params, stream: true })
