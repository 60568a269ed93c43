// The answer to an accepted request: the emulator's default, changed by the test. Direct messages and requests of batches
// are answered in the same way.
import type * as Message from "../../schema/Message.ts"
import type { Models } from "../models/endpoints.ts"
import { runsFast } from "../models/refuses.ts"
import { contentOf } from "./answers.ts"
import { charactersPerToken, inputTokens, textOf, tokensOf, turnsOf } from "./tokens.ts"

/**
 * An answer of a test: its text, or fields that replace those of the emulator.
 *
 * @category models
 * @since 0.1.0
 */
export type Answer =
  | string
  | (Partial<Omit<Message.Message, "usage">> & { readonly usage?: Partial<Message.Usage> | undefined })

/**
 * The answer to a request: a call of a tool, JSON of a schema, or a copy of the text of its last user message. It is cut to
 * `max_tokens` (a token is four characters), and changed by `answer`.
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
  const isCut = typeof answer !== "string" && tokensOf(whole) > limit
  const text = isCut ? whole.slice(0, limit * charactersPerToken) : whole
  const content = contentOf(typeof answer === "string" ? { thinking: params.thinking } : params, text, options.id)
  const model = typeof params.model === "string" ? params.model : "unknown"
  const known = options.models.resolve(model)
  const fields = typeof answer === "object" ? answer : {}
  return {
    id: options.id,
    type: "message",
    role: "assistant",
    model: known?.id ?? model,
    content: content.blocks,
    stop_reason: isCut ? "max_tokens" : content.stop_reason,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    ...fields,
    usage: {
      input_tokens: inputTokens(params),
      output_tokens: tokensOf(text),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens_details: null,
      server_tool_use: null,
      service_tier: options.serviceTier,
      inference_geo: null,
      speed: params.speed === "fast" && known !== undefined && runsFast(known) ? "fast" : null,
      ...fields.usage
    }
  }
}
