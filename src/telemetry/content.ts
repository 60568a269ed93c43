// Prompts and answers as attributes, if the option `content` is set: in the form of the OpenTelemetry conventions, and cut
// to a length. The bytes of images and documents are never included.
import * as Predicate from "effect/Predicate"
import type { Message } from "../schema/Message.ts"
import { type Attributes, at } from "./attributes.ts"

/** One part of a message in the form of the conventions. Other blocks have only their type. */
const partOf = (block: unknown): unknown => {
  if (typeof block === "string") return { type: "text", content: block }
  const type = at(block, "type")
  switch (type) {
    case "text":
      return { type: "text", content: at(block, "text") }
    case "thinking":
      return { type: "reasoning", content: at(block, "thinking") }
    case "tool_use":
      return { type: "tool_call", id: at(block, "id"), name: at(block, "name"), arguments: at(block, "input") }
    case "tool_result":
      return { type: "tool_call_response", id: at(block, "tool_use_id"), response: partsOf(at(block, "content")) }
    default:
      return { type: typeof type === "string" ? type : "unknown" }
  }
}

const partsOf = (content: unknown): ReadonlyArray<unknown> => {
  if (typeof content === "string") return [partOf(content)]
  return Array.isArray(content) ? content.map(partOf) : []
}

/** JSON of at most `maxBytes` bytes of UTF-8. The second value says whether something was cut. */
const cut = (value: unknown, maxBytes: number): readonly [string, boolean] => {
  const text = JSON.stringify(value)
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= maxBytes) return [text, false]
  return [new TextDecoder().decode(bytes.subarray(0, Math.max(0, maxBytes))).replace(/\ufffd+$/, ""), true]
}

const within = (maxBytes: number, attributes: Attributes): Attributes => {
  const told: { [name: string]: unknown } = {}
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    const [text, isCut] = cut(value, maxBytes)
    told[name] = text
    if (isCut) told["anthropic.content.truncated"] = true
  }
  return told
}

export const inputContent = (params: unknown, maxBytes: number): Attributes => {
  const messages = at(params, "messages")
  if (!Array.isArray(messages)) return {}
  const system = at(params, "system")
  return within(maxBytes, {
    "gen_ai.input.messages": messages.map((message: unknown) => ({
      role: at(message, "role"),
      parts: partsOf(at(message, "content"))
    })),
    "gen_ai.system_instructions": Predicate.isNullish(system) ? undefined : partsOf(system)
  })
}

export const outputContent = (message: Message, maxBytes: number): Attributes =>
  within(maxBytes, {
    "gen_ai.output.messages": [
      { role: message.role, parts: partsOf(message.content), finish_reason: message.stop_reason }
    ]
  })
