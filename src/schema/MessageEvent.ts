// The events of a streamed answer. They are checked strictly, because a lost piece of text would make a wrong answer.
import * as Schema from "effect/Schema"
import { Citation } from "./Citation.ts"
import { ContentBlock } from "./ContentBlock.ts"
import { checked, nullable, OpenUnion, type UnknownMember, type Wire } from "./checked.ts"
import { Container, Message, StopDetails, StopReason } from "./Message.ts"
import { DeltaUsage } from "./Usage.ts"

const textDelta = Schema.Struct({ type: Schema.Literal("text_delta"), text: Schema.String })

/**
 * A piece of a text block.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextDelta extends Schema.Schema.Type<typeof textDelta> {}

const citationsDelta = Schema.Struct({ type: Schema.Literal("citations_delta"), citation: Citation })

/**
 * One more citation of a text block.
 *
 * @category models
 * @since 0.1.0
 */
export interface CitationsDelta extends Schema.Schema.Type<typeof citationsDelta> {}

const inputJsonDelta = Schema.Struct({ type: Schema.Literal("input_json_delta"), partial_json: Schema.String })

/**
 * A piece of the JSON text of the input of a tool call.
 *
 * @category models
 * @since 0.1.0
 */
export interface InputJsonDelta extends Schema.Schema.Type<typeof inputJsonDelta> {}

const thinkingDelta = Schema.Struct({ type: Schema.Literal("thinking_delta"), thinking: Schema.String })

/**
 * A piece of a thinking block.
 *
 * @category models
 * @since 0.1.0
 */
export interface ThinkingDelta extends Schema.Schema.Type<typeof thinkingDelta> {}

const signatureDelta = Schema.Struct({ type: Schema.Literal("signature_delta"), signature: Schema.String })

/**
 * The signature of a thinking block, just before it stops.
 *
 * @category models
 * @since 0.1.0
 */
export interface SignatureDelta extends Schema.Schema.Type<typeof signatureDelta> {}

/**
 * A piece of a block. One of an unknown kind is `{ type: "unknown", raw }`.
 *
 * @category models
 * @since 0.1.0
 */
export type ContentBlockDelta =
  | TextDelta
  | CitationsDelta
  | InputJsonDelta
  | ThinkingDelta
  | SignatureDelta
  | UnknownMember

/**
 * The schema of a piece of a block. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ContentBlockDelta: Wire<ContentBlockDelta> = checked(
  "ContentBlockDelta",
  OpenUnion([textDelta, citationsDelta, inputJsonDelta, thinkingDelta, signatureDelta])
)

const messageStartEvent = Schema.Struct({ type: Schema.Literal("message_start"), message: Message })

/**
 * The first event: the message, still without content.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageStartEvent extends Schema.Schema.Type<typeof messageStartEvent> {}

const contentBlockStartEvent = Schema.Struct({
  type: Schema.Literal("content_block_start"),
  index: Schema.Finite,
  content_block: ContentBlock
})

/**
 * A block begins. `index` is its place in `content`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContentBlockStartEvent extends Schema.Schema.Type<typeof contentBlockStartEvent> {}

const contentBlockDeltaEvent = Schema.Struct({
  type: Schema.Literal("content_block_delta"),
  index: Schema.Finite,
  delta: ContentBlockDelta
})

/**
 * A block grows.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContentBlockDeltaEvent extends Schema.Schema.Type<typeof contentBlockDeltaEvent> {}

const contentBlockStopEvent = Schema.Struct({
  type: Schema.Literal("content_block_stop"),
  index: Schema.Finite
})

/**
 * A block is complete.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContentBlockStopEvent extends Schema.Schema.Type<typeof contentBlockStopEvent> {}

const messageDelta = Schema.Struct({
  stop_reason: nullable(StopReason),
  stop_sequence: nullable(Schema.String),
  stop_details: nullable(StopDetails),
  container: nullable(Container)
})

/**
 * The changes of a message, except its content.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageDelta extends Schema.Schema.Type<typeof messageDelta> {}

const messageDeltaEvent = Schema.Struct({
  type: Schema.Literal("message_delta"),
  delta: checked<MessageDelta>("MessageDelta", messageDelta),
  usage: DeltaUsage
})

/**
 * Fields of the message change, except its content: it stops, and its tokens are counted.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageDeltaEvent extends Schema.Schema.Type<typeof messageDeltaEvent> {}

const messageStopEvent = Schema.Struct({ type: Schema.Literal("message_stop") })

/**
 * The last event: the message is complete.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageStopEvent extends Schema.Schema.Type<typeof messageStopEvent> {}

/**
 * One event of a streamed answer. One of an unknown kind is `{ type: "unknown", raw }`.
 *
 * @category models
 * @since 0.1.0
 */
export type MessageEvent =
  | MessageStartEvent
  | ContentBlockStartEvent
  | ContentBlockDeltaEvent
  | ContentBlockStopEvent
  | MessageDeltaEvent
  | MessageStopEvent
  | UnknownMember

/**
 * The schema of one event of a streamed answer. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MessageEvent: Wire<MessageEvent> = checked(
  "MessageEvent",
  OpenUnion([
    messageStartEvent,
    contentBlockStartEvent,
    contentBlockDeltaEvent,
    contentBlockStopEvent,
    messageDeltaEvent,
    messageStopEvent
  ])
)
