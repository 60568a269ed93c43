/**
 * Messages as plain data: constructors for the turns of a conversation, and the answer of a model.
 *
 * @since 0.1.0
 */

import type { Message as MessageType } from "./schema/Message.ts"
import type {
  AssistantMessageParam,
  ContentBlockParam,
  SystemMessageParam,
  TextBlockParam,
  UserMessageParam
} from "./schema/MessageParams.ts"

export {
  /**
   * One block of an answer; a kind that this version does not know is `{ type: "unknown", raw }`.
   *
   * @since 0.1.0
   */
  ContentBlock,
  /**
   * An answer of a model: the very object that was received, so that its `content` can be sent back.
   *
   * @since 0.1.0
   */
  Message,
  /**
   * @since 0.1.0
   */
  StopReason,
  /**
   * Token counts of an answer.
   *
   * @since 0.1.0
   */
  Usage
} from "./schema/Message.ts"
export type * from "./schema/MessageParams.ts"

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
export const assistant = (content: string | ReadonlyArray<ContentBlockParam> | MessageType): AssistantMessageParam => ({
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
 * The text of an answer: its text blocks, joined. Empty when it has none (a refusal, or only tool calls).
 *
 * @since 0.1.0
 */
export const text = (message: MessageType): string =>
  message.content.map((block) => (block.type === "text" ? block.text : "")).join("")
