// The blocks of an answer: text, thinking and calls of the model, and results of tools of the API.
import * as Schema from "effect/Schema"
import { Citation } from "./Citation.ts"
import {
  type BashCodeExecutionToolResultBlock,
  bashCodeExecutionToolResultBlock,
  type CodeExecutionToolResultBlock,
  codeExecutionToolResultBlock,
  type TextEditorCodeExecutionToolResultBlock,
  textEditorCodeExecutionToolResultBlock
} from "./CodeExecution.ts"
import { checked, LenientUnion, nullable, type UnknownMember, type Wire } from "./checked.ts"
import {
  Caller,
  type ServerToolUseBlock,
  serverToolUseBlock,
  type ToolSearchToolResultBlock,
  toolSearchToolResultBlock,
  type WebFetchToolResultBlock,
  type WebSearchToolResultBlock,
  webFetchToolResultBlock,
  webSearchToolResultBlock
} from "./ServerTool.ts"

export const textBlock = Schema.Struct({
  type: Schema.Literal("text"),
  text: Schema.String,
  citations: nullable(Schema.Array(Citation))
})

/**
 * Text, with the places that it refers to.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextBlock extends Schema.Schema.Type<typeof textBlock> {}

export const thinkingBlock = Schema.Struct({
  type: Schema.Literal("thinking"),
  thinking: Schema.String,
  signature: Schema.String
})

/**
 * Signed thinking of the model. It can be sent back only unchanged.
 *
 * @category models
 * @since 0.1.0
 */
export interface ThinkingBlock extends Schema.Schema.Type<typeof thinkingBlock> {}

export const redactedThinkingBlock = Schema.Struct({
  type: Schema.Literal("redacted_thinking"),
  data: Schema.String
})

/**
 * Encrypted thinking of the model. It can be sent back only unchanged.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedactedThinkingBlock extends Schema.Schema.Type<typeof redactedThinkingBlock> {}

export const toolUseBlock = Schema.Struct({
  type: Schema.Literal("tool_use"),
  id: Schema.String,
  name: Schema.String,
  input: Schema.Unknown,
  caller: nullable(Caller),
  toolset_name: nullable(Schema.String)
})

/**
 * A call of a tool of the caller. `input` is any JSON.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolUseBlock extends Schema.Schema.Type<typeof toolUseBlock> {}

export const containerUploadBlock = Schema.Struct({
  type: Schema.Literal("container_upload"),
  file_id: Schema.String
})

/**
 * A file of the container of the code execution tool.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContainerUploadBlock extends Schema.Schema.Type<typeof containerUploadBlock> {}

/**
 * One block of an answer. One that this version cannot read is `{ type: "unknown", raw }`.
 *
 * @category models
 * @since 0.1.0
 */
export type ContentBlock =
  | TextBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolUseBlock
  | ServerToolUseBlock
  | WebSearchToolResultBlock
  | WebFetchToolResultBlock
  | CodeExecutionToolResultBlock
  | BashCodeExecutionToolResultBlock
  | TextEditorCodeExecutionToolResultBlock
  | ToolSearchToolResultBlock
  | ContainerUploadBlock
  | UnknownMember

/**
 * The schema of one block of an answer. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ContentBlock: Wire<ContentBlock> = checked(
  "ContentBlock",
  LenientUnion([
    textBlock,
    thinkingBlock,
    redactedThinkingBlock,
    toolUseBlock,
    serverToolUseBlock,
    webSearchToolResultBlock,
    webFetchToolResultBlock,
    codeExecutionToolResultBlock,
    bashCodeExecutionToolResultBlock,
    textEditorCodeExecutionToolResultBlock,
    toolSearchToolResultBlock,
    containerUploadBlock
  ])
)
