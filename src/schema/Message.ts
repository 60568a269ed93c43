import * as Schema from "effect/Schema"
import { checked, OpenEnum, OpenUnion } from "./checked.ts"

// What the API added after version 2023-06-01 is optional: the results of a batch follow the version that the batch was
// created with, whichever program reads them.
const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const Strings = Schema.Array(Schema.String)

export const CharLocationCitation = Schema.Struct({
  type: Schema.Literal("char_location"),
  cited_text: Schema.String,
  document_index: Schema.Number,
  document_title: Schema.NullOr(Schema.String),
  file_id: nullable(Schema.String),
  start_char_index: Schema.Number,
  end_char_index: Schema.Number
})

export const PageLocationCitation = Schema.Struct({
  type: Schema.Literal("page_location"),
  cited_text: Schema.String,
  document_index: Schema.Number,
  document_title: Schema.NullOr(Schema.String),
  file_id: nullable(Schema.String),
  start_page_number: Schema.Number,
  end_page_number: Schema.Number
})

export const ContentBlockLocationCitation = Schema.Struct({
  type: Schema.Literal("content_block_location"),
  cited_text: Schema.String,
  document_index: Schema.Number,
  document_title: Schema.NullOr(Schema.String),
  file_id: nullable(Schema.String),
  start_block_index: Schema.Number,
  end_block_index: Schema.Number
})

export const SearchResultLocationCitation = Schema.Struct({
  type: Schema.Literal("search_result_location"),
  cited_text: Schema.String,
  search_result_index: Schema.Number,
  source: Schema.String,
  title: Schema.NullOr(Schema.String),
  start_block_index: Schema.Number,
  end_block_index: Schema.Number
})

export const WebSearchResultLocationCitation = Schema.Struct({
  type: Schema.Literal("web_search_result_location"),
  cited_text: Schema.String,
  url: Schema.String,
  title: Schema.NullOr(Schema.String),
  encrypted_index: Schema.String
})

export const Citation = OpenUnion([
  CharLocationCitation,
  PageLocationCitation,
  ContentBlockLocationCitation,
  SearchResultLocationCitation,
  WebSearchResultLocationCitation
])
export type Citation = typeof Citation.Type

/** Who invoked a tool. */
export const Caller = OpenUnion([
  Schema.Struct({ type: Schema.Literal("direct") }),
  Schema.Struct({ type: Schema.Literal("code_execution_20250825"), tool_id: Schema.String }),
  Schema.Struct({ type: Schema.Literal("code_execution_20260120"), tool_id: Schema.String })
])
export type Caller = typeof Caller.Type

export const TextBlock = Schema.Struct({
  type: Schema.Literal("text"),
  text: Schema.String,
  citations: nullable(Schema.Array(Citation))
})
export type TextBlock = typeof TextBlock.Type

export const ThinkingBlock = Schema.Struct({
  type: Schema.Literal("thinking"),
  thinking: Schema.String,
  signature: Schema.String
})
export type ThinkingBlock = typeof ThinkingBlock.Type

export const RedactedThinkingBlock = Schema.Struct({
  type: Schema.Literal("redacted_thinking"),
  data: Schema.String
})
export type RedactedThinkingBlock = typeof RedactedThinkingBlock.Type

export const ToolUseBlock = Schema.Struct({
  type: Schema.Literal("tool_use"),
  id: Schema.String,
  name: Schema.String,
  input: Schema.Unknown,
  caller: Schema.optionalKey(Caller),
  toolset_name: nullable(Schema.String)
})
export type ToolUseBlock = typeof ToolUseBlock.Type

export const ServerToolUseBlock = Schema.Struct({
  type: Schema.Literal("server_tool_use"),
  id: Schema.String,
  name: OpenEnum([
    "web_search",
    "web_fetch",
    "code_execution",
    "bash_code_execution",
    "text_editor_code_execution",
    "tool_search_tool_regex",
    "tool_search_tool_bm25"
  ]),
  input: Schema.Unknown,
  caller: Schema.optionalKey(Caller)
})
export type ServerToolUseBlock = typeof ServerToolUseBlock.Type

const resultError = <const Type extends string>(type: Type) =>
  Schema.Struct({ type: Schema.Literal(type), error_code: Schema.String, error_message: nullable(Schema.String) })

export const WebSearchResult = Schema.Struct({
  type: Schema.Literal("web_search_result"),
  url: Schema.String,
  title: Schema.String,
  encrypted_content: Schema.String,
  page_age: nullable(Schema.String)
})

export const WebSearchToolResultBlock = Schema.Struct({
  type: Schema.Literal("web_search_tool_result"),
  tool_use_id: Schema.String,
  caller: Schema.optionalKey(Caller),
  content: Schema.Union([
    Schema.Array(OpenUnion([WebSearchResult])),
    OpenUnion([resultError("web_search_tool_result_error")])
  ])
})
export type WebSearchToolResultBlock = typeof WebSearchToolResultBlock.Type

const FetchedDocument = Schema.Struct({
  type: Schema.Literal("document"),
  source: OpenUnion([
    Schema.Struct({ type: Schema.Literal("base64"), media_type: Schema.String, data: Schema.String }),
    Schema.Struct({ type: Schema.Literal("text"), media_type: Schema.String, data: Schema.String })
  ]),
  title: nullable(Schema.String),
  citations: nullable(Schema.Struct({ enabled: Schema.Boolean }))
})

export const WebFetchToolResultBlock = Schema.Struct({
  type: Schema.Literal("web_fetch_tool_result"),
  tool_use_id: Schema.String,
  caller: Schema.optionalKey(Caller),
  content: OpenUnion([
    Schema.Struct({
      type: Schema.Literal("web_fetch_result"),
      url: Schema.String,
      retrieved_at: nullable(Schema.String),
      content: OpenUnion([FetchedDocument])
    }),
    resultError("web_fetch_tool_result_error")
  ])
})
export type WebFetchToolResultBlock = typeof WebFetchToolResultBlock.Type

const outputs = <const Type extends string>(type: Type) =>
  Schema.Array(OpenUnion([Schema.Struct({ type: Schema.Literal(type), file_id: Schema.String })]))

export const CodeExecutionToolResultBlock = Schema.Struct({
  type: Schema.Literal("code_execution_tool_result"),
  tool_use_id: Schema.String,
  content: OpenUnion([
    Schema.Struct({
      type: Schema.Literal("code_execution_result"),
      stdout: Schema.String,
      stderr: Schema.String,
      return_code: Schema.Number,
      content: outputs("code_execution_output")
    }),
    Schema.Struct({
      type: Schema.Literal("encrypted_code_execution_result"),
      encrypted_stdout: Schema.String,
      stderr: Schema.String,
      return_code: Schema.Number,
      content: outputs("code_execution_output")
    }),
    resultError("code_execution_tool_result_error")
  ])
})
export type CodeExecutionToolResultBlock = typeof CodeExecutionToolResultBlock.Type

export const BashCodeExecutionToolResultBlock = Schema.Struct({
  type: Schema.Literal("bash_code_execution_tool_result"),
  tool_use_id: Schema.String,
  content: OpenUnion([
    Schema.Struct({
      type: Schema.Literal("bash_code_execution_result"),
      stdout: Schema.String,
      stderr: Schema.String,
      return_code: Schema.Number,
      content: outputs("bash_code_execution_output")
    }),
    resultError("bash_code_execution_tool_result_error")
  ])
})
export type BashCodeExecutionToolResultBlock = typeof BashCodeExecutionToolResultBlock.Type

export const TextEditorCodeExecutionToolResultBlock = Schema.Struct({
  type: Schema.Literal("text_editor_code_execution_tool_result"),
  tool_use_id: Schema.String,
  content: OpenUnion([
    Schema.Struct({
      type: Schema.Literal("text_editor_code_execution_view_result"),
      content: Schema.String,
      file_type: OpenEnum(["text", "image", "pdf"]),
      num_lines: nullable(Schema.Number),
      start_line: nullable(Schema.Number),
      total_lines: nullable(Schema.Number)
    }),
    Schema.Struct({
      type: Schema.Literal("text_editor_code_execution_create_result"),
      is_file_update: Schema.Boolean
    }),
    Schema.Struct({
      type: Schema.Literal("text_editor_code_execution_str_replace_result"),
      lines: nullable(Strings),
      old_start: nullable(Schema.Number),
      old_lines: nullable(Schema.Number),
      new_start: nullable(Schema.Number),
      new_lines: nullable(Schema.Number)
    }),
    resultError("text_editor_code_execution_tool_result_error")
  ])
})
export type TextEditorCodeExecutionToolResultBlock = typeof TextEditorCodeExecutionToolResultBlock.Type

export const ToolSearchToolResultBlock = Schema.Struct({
  type: Schema.Literal("tool_search_tool_result"),
  tool_use_id: Schema.String,
  content: OpenUnion([
    Schema.Struct({
      type: Schema.Literal("tool_search_tool_search_result"),
      tool_references: Schema.Array(
        OpenUnion([Schema.Struct({ type: Schema.Literal("tool_reference"), tool_name: Schema.String })])
      )
    }),
    resultError("tool_search_tool_result_error")
  ])
})
export type ToolSearchToolResultBlock = typeof ToolSearchToolResultBlock.Type

export const ContainerUploadBlock = Schema.Struct({
  type: Schema.Literal("container_upload"),
  file_id: Schema.String
})
export type ContainerUploadBlock = typeof ContainerUploadBlock.Type

/** One block of an answer: the twelve kinds of the API, or an `UnknownMember`. */
export const ContentBlock = OpenUnion([
  TextBlock,
  ThinkingBlock,
  RedactedThinkingBlock,
  ToolUseBlock,
  ServerToolUseBlock,
  WebSearchToolResultBlock,
  WebFetchToolResultBlock,
  CodeExecutionToolResultBlock,
  BashCodeExecutionToolResultBlock,
  TextEditorCodeExecutionToolResultBlock,
  ToolSearchToolResultBlock,
  ContainerUploadBlock
])
export type ContentBlock = typeof ContentBlock.Type

/** Why the model stopped. `refusal` and `pause_turn` come with a successful answer, too. */
export const StopReason = OpenEnum([
  "end_turn",
  "max_tokens",
  "stop_sequence",
  "tool_use",
  "pause_turn",
  "refusal",
  "model_context_window_exceeded"
])
export type StopReason = typeof StopReason.Type

/** Token counts of one answer; the whole input is `input_tokens` plus cache creation plus cache read. */
export const Usage = Schema.Struct({
  input_tokens: Schema.Number,
  output_tokens: Schema.Number,
  cache_creation_input_tokens: nullable(Schema.Number),
  cache_read_input_tokens: nullable(Schema.Number),
  cache_creation: nullable(
    Schema.Struct({ ephemeral_5m_input_tokens: Schema.Number, ephemeral_1h_input_tokens: Schema.Number })
  ),
  output_tokens_details: nullable(Schema.Struct({ thinking_tokens: Schema.Number })),
  server_tool_use: nullable(
    Schema.Struct({
      web_search_requests: Schema.Number,
      web_fetch_requests: Schema.optionalKey(Schema.Number)
    })
  ),
  service_tier: nullable(OpenEnum(["standard", "priority", "batch"])),
  inference_geo: nullable(Schema.String),
  speed: nullable(OpenEnum(["standard", "fast"]))
})
export type Usage = typeof Usage.Type

export const RefusalStopDetails = Schema.Struct({
  type: Schema.Literal("refusal"),
  category: nullable(OpenEnum(["cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms"])),
  explanation: nullable(Schema.String)
})

export const Container = Schema.Struct({
  id: Schema.String,
  expires_at: Schema.String,
  skills: nullable(
    Schema.Array(
      Schema.Struct({ type: OpenEnum(["anthropic", "custom"]), skill_id: Schema.String, version: Schema.String })
    )
  )
})
export type Container = typeof Container.Type

const missed = <const Type extends string>(type: Type) =>
  Schema.Struct({ type: Schema.Literal(type), cache_missed_input_tokens: Schema.Number })

export const Diagnostics = Schema.Struct({
  cache_miss_reason: nullable(
    OpenUnion([
      missed("model_changed"),
      missed("system_changed"),
      missed("tools_changed"),
      missed("messages_changed"),
      Schema.Struct({ type: Schema.Literal("previous_message_not_found") }),
      Schema.Struct({ type: Schema.Literal("unavailable") })
    ])
  )
})

/**
 * An answer of a model: the very object that was received, unknown fields included, so that its `content` can be sent
 * back as an assistant turn.
 */
export const Message = checked(
  Schema.Struct({
    id: Schema.String,
    type: Schema.Literal("message"),
    role: Schema.Literal("assistant"),
    model: Schema.String,
    content: Schema.Array(ContentBlock),
    stop_reason: Schema.NullOr(StopReason),
    stop_sequence: nullable(Schema.String),
    stop_details: nullable(OpenUnion([RefusalStopDetails])),
    container: nullable(Container),
    diagnostics: nullable(Diagnostics),
    usage: Usage
  })
)
export type Message = typeof Message.Type

/** The text blocks of an answer, joined. */
export const textOf = (message: Message): string =>
  message.content.map((block) => (block.type === "text" ? block.text : "")).join("")

/** How many tokens an input has (`POST /v1/messages/count_tokens`). */
export const MessageTokensCount = checked(Schema.Struct({ input_tokens: Schema.Number }))
export type MessageTokensCount = typeof MessageTokensCount.Type
