// Makes turns of a conversation and parts of requests, for the public module `Messages`.
import { dual } from "effect/Function"
import * as Predicate from "effect/Predicate"
import { UnknownMember } from "../schema/checked.ts"
import type { ContentBlock, Message } from "../schema/Message.ts"
import type {
  AssistantMessageParam,
  ContentBlockParam,
  CountTokensParams,
  SystemMessageParam,
  TextBlockParam,
  UserMessageParam
} from "../schema/MessageParams.ts"

/**
 * Makes a turn of the user from text or from blocks.
 *
 * @category constructors
 * @since 0.1.0
 */
export const user = (content: string | ReadonlyArray<ContentBlockParam>): UserMessageParam => ({
  role: "user",
  content
})

/** A call in a form that can be sent back: the API accepts only an object as its input. */
export const sendableCall = <Call extends { readonly input?: unknown }>(call: Call): Call =>
  Predicate.isReadonlyObject(call.input) ? call : { ...call, input: { INVALID_JSON: call.input } }

const sendable = (block: ContentBlock): ContentBlock =>
  block.type === "tool_use" || block.type === "server_tool_use" ? sendableCall(block) : block

/** The content of a received message in a form that can be sent back. */
const sendableContent = (content: Message["content"]): Message["content"] =>
  content.some((block) => sendable(block) !== block) ? content.map(sendable) : content

/**
 * Makes a turn of the model from text, from blocks, or from a received message.
 *
 * The content of a received message is sent back unchanged: unknown blocks, unknown fields and the order of fields are kept.
 * Only numbers are those of JavaScript: `1.0` is sent back as `1`, and integers beyond 2^53 lose digits.
 *
 * The input of a call that is not an object, because it was cut off or is not JSON, is sent as `{ INVALID_JSON: input }`.
 * Otherwise the API would refuse the conversation.
 *
 * @category constructors
 * @since 0.1.0
 */
export const assistant = (content: AssistantMessageParam["content"] | Message): AssistantMessageParam => ({
  role: "assistant",
  content: typeof content === "object" && "role" in content ? sendableContent(content.content) : content
})

const isBlankText = (block: ContentBlock): boolean => block.type === "text" && block.text.trim() === ""

/** Makes the turn of a received message in a conversation that continues, without blank texts, which the API would refuse. */
export const continued = (message: Message): AssistantMessageParam => ({
  role: "assistant",
  content: sendableContent(
    message.content.some(isBlankText) ? message.content.filter((block) => !isBlankText(block)) : message.content
  )
})

/**
 * Makes a system message for the middle of a conversation.
 *
 * @category constructors
 * @since 0.1.0
 */
export const system = (content: string | ReadonlyArray<TextBlockParam>): SystemMessageParam => ({
  role: "system",
  content
})

/**
 * Makes a block, a tool or another part of a request that this version has no type for. It is sent unchanged.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 *
 * const tools = [Messages.raw({ type: "advisor_20260301", name: "advisor", model: "claude-opus-5-5" })]
 *
 * @category constructors
 * @since 0.1.0
 */
export const raw = (raw: { readonly type: string; readonly [field: string]: unknown }): UnknownMember =>
  new UnknownMember(raw)

/**
 * Adds fields to parameters that their types do not have, for example those of a beta. The fields are sent unchanged.
 *
 * The types of parameters do not allow unknown names, so that a misspelled name does not compile.
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
 * @category combinators
 * @since 0.1.0
 */
export const withExtra: {
  (extra: { readonly [field: string]: unknown }): <Params extends CountTokensParams>(params: Params) => Params
  <Params extends CountTokensParams>(params: Params, extra: { readonly [field: string]: unknown }): Params
} = dual(
  2,
  <Params extends CountTokensParams>(params: Params, extra: { readonly [field: string]: unknown }): Params => ({
    ...params,
    ...extra
  })
)
