import * as Schema from "effect/Schema"
import { checked, OpenUnion } from "./checked.ts"
import { Citation, Container, ContentBlock, Message, RefusalStopDetails, StopReason, Usage } from "./Message.ts"

const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** A piece of a block: the five kinds of the API, or an `UnknownMember`. */
export const ContentBlockDelta = OpenUnion([
  Schema.Struct({ type: Schema.Literal("text_delta"), text: Schema.String }),
  Schema.Struct({ type: Schema.Literal("citations_delta"), citation: Citation }),
  Schema.Struct({ type: Schema.Literal("input_json_delta"), partial_json: Schema.String }),
  Schema.Struct({ type: Schema.Literal("thinking_delta"), thinking: Schema.String }),
  Schema.Struct({ type: Schema.Literal("signature_delta"), signature: Schema.String })
])
export type ContentBlockDelta = typeof ContentBlockDelta.Type

export const MessageStartEvent = Schema.Struct({ type: Schema.Literal("message_start"), message: Message })
export type MessageStartEvent = typeof MessageStartEvent.Type

export const ContentBlockStartEvent = Schema.Struct({
  type: Schema.Literal("content_block_start"),
  index: Schema.Number,
  content_block: ContentBlock
})
export type ContentBlockStartEvent = typeof ContentBlockStartEvent.Type

export const ContentBlockDeltaEvent = Schema.Struct({
  type: Schema.Literal("content_block_delta"),
  index: Schema.Number,
  delta: ContentBlockDelta
})
export type ContentBlockDeltaEvent = typeof ContentBlockDeltaEvent.Type

export const ContentBlockStopEvent = Schema.Struct({
  type: Schema.Literal("content_block_stop"),
  index: Schema.Number
})

/** Counts of the whole message so far: they replace earlier ones. `null` says nothing; 0 is a count. */
const DeltaUsage = Schema.Struct({
  output_tokens: Schema.Number,
  input_tokens: nullable(Schema.Number),
  cache_creation_input_tokens: nullable(Schema.Number),
  cache_read_input_tokens: nullable(Schema.Number),
  server_tool_use: Usage.fields.server_tool_use,
  output_tokens_details: Usage.fields.output_tokens_details
})

export const MessageDeltaEvent = Schema.Struct({
  type: Schema.Literal("message_delta"),
  delta: Schema.Struct({
    stop_reason: nullable(StopReason),
    stop_sequence: nullable(Schema.String),
    stop_details: nullable(OpenUnion([RefusalStopDetails])),
    container: nullable(Container)
  }),
  usage: DeltaUsage
})
export type MessageDeltaEvent = typeof MessageDeltaEvent.Type

export const MessageStopEvent = Schema.Struct({ type: Schema.Literal("message_stop") })

/** One event of a streamed answer: the six kinds of the API, or an `UnknownMember`. */
export const MessageEvent = checked(
  OpenUnion([
    MessageStartEvent,
    ContentBlockStartEvent,
    ContentBlockDeltaEvent,
    ContentBlockStopEvent,
    MessageDeltaEvent,
    MessageStopEvent
  ])
)
export type MessageEvent = typeof MessageEvent.Type
