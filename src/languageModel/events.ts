// Converts the events of a streamed answer to stream parts of `effect/ai`. The end of a block has the complete block, so
// that it can be sent back.
import type * as Response from "effect/ai/Response"
import { toRawBlock } from "../ai/metadata.ts"
import type { ContentBlock, Message } from "../schema/Message.ts"
import type { MessageEvent } from "../schema/MessageEvent.ts"
import {
  calledName,
  callPart,
  finishPart,
  isUndeclared,
  metadataPart,
  type PartContext,
  resultPart,
  sourcePart
} from "./parts.ts"

type Parts = ReadonlyArray<Response.StreamPartEncoded>

const startOf = (index: number, block: ContentBlock, context: PartContext): Parts => {
  const id = String(index)
  switch (block.type) {
    case "text":
      return [
        { type: "text-start", id },
        ...(block.text === "" ? [] : [{ type: "text-delta" as const, id, delta: block.text }])
      ]
    case "thinking":
      return [
        { type: "reasoning-start", id },
        ...(block.thinking === "" ? [] : [{ type: "reasoning-delta" as const, id, delta: block.thinking }])
      ]
    case "redacted_thinking":
      return [{ type: "reasoning-start", id }]
    case "tool_use":
      return [{ type: "tool-params-start", id: block.id, name: calledName(block, context) }]
    case "container_upload":
    case "unknown":
      return [{ type: "text-start", id }]
    default:
      return []
  }
}

const deltaOf = (
  event: Extract<MessageEvent, { readonly type: "content_block_delta" }>,
  block: ContentBlock | undefined,
  context: PartContext
): Parts => {
  const id = String(event.index)
  const { delta } = event
  switch (delta.type) {
    case "text_delta":
      return block?.type === "text" && delta.text !== "" ? [{ type: "text-delta", id, delta: delta.text }] : []
    case "thinking_delta":
      return block?.type === "thinking" && delta.thinking !== ""
        ? [{ type: "reasoning-delta", id, delta: delta.thinking }]
        : []
    case "input_json_delta":
      return block?.type === "tool_use" && delta.partial_json !== ""
        ? [{ type: "tool-params-delta", id: block.id, delta: delta.partial_json }]
        : []
    case "citations_delta":
      return block?.type === "text" ? sourcePart(delta.citation, context) : []
    default:
      return []
  }
}

const endOf = (index: number, block: ContentBlock, calls: Map<string, string>, context: PartContext): Parts => {
  const id = String(index)
  const metadata = { anthropic: { block: toRawBlock(block) } }
  switch (block.type) {
    case "text":
    case "container_upload":
    case "unknown":
      return [{ type: "text-end", id, metadata }]
    case "thinking":
    case "redacted_thinking":
      return [{ type: "reasoning-end", id, metadata }]
    case "tool_use":
    case "server_tool_use": {
      const part = callPart(block, context)
      calls.set(part.id, part.name)
      if (isUndeclared(part, context))
        return [
          { type: "text-start", id },
          { type: "text-end", id, metadata }
        ]
      return block.type === "tool_use" ? [{ type: "tool-params-end", id: block.id }, part] : [part]
    }
    default: {
      const part = resultPart(block, calls, context)
      return isUndeclared(part, context)
        ? [
            { type: "text-start", id },
            { type: "text-end", id, metadata }
          ]
        : [part]
    }
  }
}

/** Converts the events of one answer to parts. Each message argument is the message so far, including the event. */
export class EventTranslator {
  readonly #context: PartContext
  readonly #timestamp: string
  readonly #response: () => Response.FinishPartEncoded["response"]
  readonly #calls = new Map<string, string>()

  constructor(context: PartContext, timestamp: string, response: () => Response.FinishPartEncoded["response"]) {
    this.#context = context
    this.#timestamp = timestamp
    this.#response = response
  }

  /** The parts of an event; `message` is the message so far. */
  parts(event: MessageEvent, message: Message): Parts {
    switch (event.type) {
      case "message_start":
        return [metadataPart(event.message, this.#timestamp)]
      case "content_block_start":
        return startOf(event.index, event.content_block, this.#context)
      case "content_block_delta":
        return deltaOf(event, message.content[event.index], this.#context)
      case "content_block_stop": {
        const block = message.content[event.index]
        return block === undefined ? [] : endOf(event.index, block, this.#calls, this.#context)
      }
      case "message_stop":
        return [finishPart(message, this.#response())]
      default:
        return []
    }
  }
}
