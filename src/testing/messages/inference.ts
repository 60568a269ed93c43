import * as Predicate from "effect/Predicate"
import type * as Message from "../../schema/Message.ts"
import type { Models } from "../models/endpoints.ts"
import { contentOf } from "./answers.ts"

/** Why the API would not run a request: the category and message of its error. */
export interface Refusal {
  readonly type: string
  readonly message: string
}

/**
 * An answer as a test writes it: its text, or any of its fields over those the emulator makes up.
 *
 * @since 0.1.0
 */
export type Answer =
  | string
  | (Partial<Omit<Message.Message, "usage">> & { readonly usage?: Partial<Message.Usage> | undefined })

const sampling = ["temperature", "top_p", "top_k"]

const invalid = (message: string): Refusal => ({ type: "invalid_request_error", message })

const checkMessages = (messages: unknown): Refusal | undefined => {
  if (messages === undefined) return invalid("messages: Field required")
  if (!Array.isArray(messages)) return invalid("messages: Input should be a valid list")
  if (messages.length === 0) return invalid("messages: at least one message is required")
  for (const [index, message] of messages.entries()) {
    if (!Predicate.isReadonlyObject(message)) return invalid(`messages.${index}: Input should be an object`)
    const { role, content } = message
    if (role !== "user" && role !== "assistant" && role !== "system") {
      return invalid(`messages.${index}.role: Input should be 'user', 'assistant' or 'system'`)
    }
    if (typeof content !== "string" && !Array.isArray(content)) {
      return invalid(`messages.${index}.content: Input should be a string or a list of content blocks`)
    }
  }
  return undefined
}

/** Looks at the parameters of a message as the API does before it runs one. */
export const refusal = (params: { readonly [key: string]: unknown }, models: Models): Refusal | undefined => {
  const { model, max_tokens: maxTokens } = params
  if (model === undefined) return invalid("model: Field required")
  if (typeof model !== "string") return invalid("model: Input should be a valid string")
  const info = models.resolve(model)
  if (info === undefined || info.lifecycle === "retired") {
    return { type: "not_found_error", message: `model: ${model}` }
  }
  if (maxTokens === undefined) return invalid("max_tokens: Field required")
  if (typeof maxTokens !== "number" || !Number.isInteger(maxTokens)) {
    return invalid("max_tokens: Input should be a valid integer")
  }
  if (maxTokens < 1) return invalid("max_tokens: Input should be greater than or equal to 1")
  if (typeof info.max_tokens === "number" && maxTokens > info.max_tokens) {
    return invalid(`max_tokens: ${maxTokens} > ${info.max_tokens}, the maximum of ${info.id}`)
  }
  const refused = sampling.find((name) => params[name] !== undefined)
  if (refused !== undefined) return invalid(`${refused}: Extra inputs are not permitted`)
  return checkMessages(params.messages)
}

const textOf = (content: unknown): string => {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return ""
  return content.map(textOfBlock).join("")
}

const textOfBlock = (block: unknown): string => {
  if (!Predicate.isReadonlyObject(block)) return ""
  return block.type === "tool_result" ? textOf(block.content) : typeof block.text === "string" ? block.text : ""
}

const charactersPerToken = 4

const tokens = (text: string): number => Math.max(1, Math.ceil(text.length / charactersPerToken))

const turnsOf = (params: { readonly [key: string]: unknown }) =>
  Array.isArray(params.messages) ? params.messages.filter(Predicate.isReadonlyObject) : []

/** How many tokens the text of an input has. */
export const inputTokens = (params: { readonly [key: string]: unknown }): number =>
  tokens(
    textOf(params.system) +
      turnsOf(params)
        .map((turn) => textOf(turn.content))
        .join("") +
      (params.tools === undefined ? "" : JSON.stringify(params.tools))
  )

/**
 * The answer to a request: a call of a tool, JSON of a schema, or the text of its last user message again, cut to
 * `max_tokens` (a token is four characters), with what `answer` says in place.
 */
export const message = (options: {
  readonly id: string
  readonly params: { readonly [key: string]: unknown }
  readonly models: Models
  readonly serviceTier: "standard" | "batch"
  readonly answer?: Answer | undefined
}): Message.Message => {
  const { params, answer } = options
  const asked = textOf(turnsOf(params).findLast((turn) => turn.role === "user")?.content)
  const whole = typeof answer === "string" ? answer : asked
  const limit = typeof params.max_tokens === "number" ? params.max_tokens : Number.POSITIVE_INFINITY
  const isCut = typeof answer !== "string" && tokens(whole) > limit
  const text = isCut ? whole.slice(0, limit * charactersPerToken) : whole
  const content = contentOf(typeof answer === "string" ? { thinking: params.thinking } : params, text, options.id)
  const model = typeof params.model === "string" ? params.model : "unknown"
  const fields = typeof answer === "object" ? answer : {}
  return {
    id: options.id,
    type: "message",
    role: "assistant",
    model: options.models.resolve(model)?.id ?? model,
    content: content.blocks,
    stop_reason: isCut ? "max_tokens" : content.stop_reason,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    ...fields,
    usage: {
      input_tokens: inputTokens(params),
      output_tokens: tokens(text),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens_details: null,
      server_tool_use: null,
      service_tier: options.serviceTier,
      inference_geo: null,
      speed: null,
      ...fields.usage
    }
  }
}
