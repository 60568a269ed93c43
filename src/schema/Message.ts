// An answer of a model, and what comes with it.
import * as Schema from "effect/Schema"
import { ContentBlock } from "./ContentBlock.ts"
import { checked, LenientUnion, nullable, OpenEnum, type UnknownMember, type Wire } from "./checked.ts"
import { Usage } from "./Usage.ts"

export * from "./Citation.ts"
export * from "./CodeExecution.ts"
export * from "./ContentBlock.ts"
export * from "./ServerTool.ts"
export * from "./Usage.ts"

/**
 * Why the model stopped. An answer with `refusal` or `pause_turn` is a success of the API, too.
 *
 * @category models
 * @since 0.1.0
 */
export type StopReason =
  | "end_turn"
  | "max_tokens"
  | "stop_sequence"
  | "tool_use"
  | "pause_turn"
  | "refusal"
  | "model_context_window_exceeded"
  | (string & {})

/**
 * The schema of why the model stopped. A reason that this version does not know is kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const StopReason: Wire<StopReason, string> = OpenEnum([
  "end_turn",
  "max_tokens",
  "stop_sequence",
  "tool_use",
  "pause_turn",
  "refusal",
  "model_context_window_exceeded"
])

const refusalStopDetails = Schema.Struct({
  type: Schema.Literal("refusal"),
  category: nullable(OpenEnum(["cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms"])),
  explanation: nullable(Schema.String)
})

/**
 * Why the model refused.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefusalStopDetails extends Schema.Schema.Type<typeof refusalStopDetails> {}

/**
 * More about why the model stopped.
 *
 * @category models
 * @since 0.1.0
 */
export type StopDetails = RefusalStopDetails | UnknownMember

/**
 * The schema of more about why the model stopped.
 *
 * @category schemas
 * @since 0.1.0
 */
export const StopDetails: Wire<StopDetails> = checked("StopDetails", LenientUnion([refusalStopDetails]))

const skill = Schema.Struct({
  type: OpenEnum(["anthropic", "custom"]),
  skill_id: Schema.String,
  version: nullable(Schema.String)
})

/**
 * A skill that was loaded into a container.
 *
 * @category models
 * @since 0.1.0
 */
export interface Skill extends Schema.Schema.Type<typeof skill> {}

const container = Schema.Struct({
  id: Schema.String,
  expires_at: nullable(Schema.String),
  skills: nullable(Schema.Array(checked<Skill>("Skill", skill)))
})

/**
 * The container that code of an answer ran in. `expires_at` is RFC 3339.
 *
 * @category models
 * @since 0.1.0
 */
export interface Container extends Schema.Schema.Type<typeof container> {}

/**
 * The schema of the container that code of an answer ran in.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Container: Wire<Container> = checked("Container", container)

const missed = <const Type extends string>(type: Type) =>
  Schema.Struct({ type: Schema.Literal(type), cache_missed_input_tokens: nullable(Schema.Finite) })

const cacheMissReason = LenientUnion([
  missed("model_changed"),
  missed("system_changed"),
  missed("tools_changed"),
  missed("messages_changed"),
  Schema.Struct({ type: Schema.Literal("previous_message_not_found") }),
  Schema.Struct({ type: Schema.Literal("unavailable") })
])

const diagnostics = Schema.Struct({ cache_miss_reason: nullable(cacheMissReason) })

/**
 * Why the prompt cache was missed. If `cache_miss_reason` is null, it is not known yet.
 *
 * @category models
 * @since 0.1.0
 */
export interface Diagnostics extends Schema.Schema.Type<typeof diagnostics> {}

const message = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("message"),
  role: Schema.Literal("assistant"),
  model: Schema.String,
  content: Schema.Array(ContentBlock),
  stop_reason: Schema.NullOr(StopReason),
  stop_sequence: nullable(Schema.String),
  stop_details: nullable(StopDetails),
  container: nullable(Container),
  diagnostics: nullable(checked<Diagnostics>("Diagnostics", diagnostics)),
  usage: Usage
})

/**
 * An answer of a model, exactly as it was received: unknown fields are kept, and its `content` can be sent back.
 *
 * @category models
 * @since 0.1.0
 */
export interface Message extends Schema.Schema.Type<typeof message> {}

/**
 * The schema of an answer. Decoding returns the same object, or a copy if a block is unknown.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Message: Wire<Message> = checked("Message", message)

/** The text blocks of an answer, joined. A text block whose other fields could not be read counts, too. */
export const textOf = (message: Message): string => message.content.map(textOfBlock).join("")

const textOfBlock = (block: ContentBlock): string => {
  if (block.type === "text") return block.text
  const { type, text } = block.type === "unknown" ? block.raw : {}
  return type === "text" && typeof text === "string" ? text : ""
}

const messageTokensCount = Schema.Struct({ input_tokens: Schema.Finite })

/**
 * How many tokens an input has.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageTokensCount extends Schema.Schema.Type<typeof messageTokensCount> {}

/**
 * The schema of the token count of an input.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MessageTokensCount: Wire<MessageTokensCount> = checked("MessageTokensCount", messageTokensCount)
