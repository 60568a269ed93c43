/** A model id or alias that the API is known to accept, or any other string. */
export type ModelId =
  | "claude-fable-5-2"
  | "claude-mythos-5-2"
  | "claude-haiku-5-5"
  | "claude-sonnet-5-5"
  | "claude-fable-5-1"
  | "claude-opus-5-5"
  | "claude-mythos-5-1"
  | "claude-sonnet-5"
  | "claude-fable-5"
  | "claude-mythos-5"
  | "claude-opus-5"
  | "claude-opus-4-8"
  | "claude-opus-4-7"
  | "claude-mythos-preview"
  | "claude-opus-4-6"
  | "claude-sonnet-4-6"
  | "claude-haiku-4-5"
  | "claude-haiku-4-5-20251001"
  | "claude-opus-4-5"
  | "claude-opus-4-5-20251101"
  | "claude-sonnet-4-5"
  | "claude-sonnet-4-5-20250929"
  | (string & {})

/** A prompt-cache breakpoint. */
export interface CacheControl {
  readonly type: "ephemeral"
  /** `5m` when left out. */
  readonly ttl?: "5m" | "1h"
}

interface Cacheable {
  readonly cache_control?: CacheControl | null
}

export interface TextBlockParam extends Cacheable {
  readonly type: "text"
  readonly text: string
}

export type ImageMediaType = "image/jpeg" | "image/png" | "image/gif" | "image/webp"

export interface ImageBlockParam extends Cacheable {
  readonly type: "image"
  readonly source:
    | { readonly type: "base64"; readonly media_type: ImageMediaType; readonly data: string }
    | { readonly type: "url"; readonly url: string }
    | { readonly type: "file"; readonly file_id: string }
}

export interface DocumentBlockParam extends Cacheable {
  readonly type: "document"
  readonly source:
    | { readonly type: "base64"; readonly media_type: "application/pdf"; readonly data: string }
    | { readonly type: "text"; readonly media_type: "text/plain"; readonly data: string }
    | { readonly type: "content"; readonly content: string | ReadonlyArray<TextBlockParam | ImageBlockParam> }
    | { readonly type: "url"; readonly url: string }
    | { readonly type: "file"; readonly file_id: string }
  readonly title?: string | null
  readonly context?: string | null
  readonly citations?: { readonly enabled?: boolean } | null
}

export interface ToolUseBlockParam extends Cacheable {
  readonly type: "tool_use"
  readonly id: string
  readonly name: string
  readonly input: unknown
}

export interface ToolResultBlockParam extends Cacheable {
  readonly type: "tool_result"
  readonly tool_use_id: string
  readonly content?: string | ReadonlyArray<TextBlockParam | ImageBlockParam | DocumentBlockParam>
  readonly is_error?: boolean
}

/** A block that this version has no exact type for; it is sent as it is. */
export interface OtherBlockParam {
  readonly type: string & {}
  readonly [field: string]: unknown
}

export type ContentBlockParam =
  | TextBlockParam
  | ImageBlockParam
  | DocumentBlockParam
  | ToolUseBlockParam
  | ToolResultBlockParam
  | OtherBlockParam

export interface UserMessageParam {
  readonly role: "user"
  readonly content: string | ReadonlyArray<ContentBlockParam>
}

export interface AssistantMessageParam {
  readonly role: "assistant"
  /** Also the `content` of a received message, exactly as it came. */
  readonly content: string | ReadonlyArray<ContentBlockParam | object>
}

export interface SystemMessageParam {
  readonly role: "system"
  readonly content: string | ReadonlyArray<TextBlockParam>
}

export type MessageParam = UserMessageParam | AssistantMessageParam | SystemMessageParam

export interface ToolParam extends Cacheable {
  readonly type?: "custom" | null
  readonly name: string
  readonly description?: string
  /** A JSON Schema (2020-12) of an object. */
  readonly input_schema: { readonly type: "object"; readonly [keyword: string]: unknown }
  readonly strict?: boolean
}

/** A tool of the API itself, for example `{ type: "web_search_20260318", name: "web_search" }`. */
export interface ServerToolParam {
  readonly type: string & {}
  readonly [field: string]: unknown
}

export type ToolChoice =
  | { readonly type: "auto" | "any"; readonly disable_parallel_tool_use?: boolean }
  | { readonly type: "tool"; readonly name: string; readonly disable_parallel_tool_use?: boolean }
  | { readonly type: "none" }

export type ThinkingParam =
  | { readonly type: "adaptive"; readonly display?: "summarized" | "omitted" | null }
  | { readonly type: "enabled"; readonly budget_tokens: number; readonly display?: "summarized" | "omitted" | null }
  | { readonly type: "disabled" | "between_tools" }

export interface OutputConfig {
  readonly effort?: "low" | "medium" | "high" | "xhigh" | "max" | null
  readonly format?: { readonly type: "json_schema"; readonly schema: { readonly [keyword: string]: unknown } } | null
}

/**
 * The parameters of one answer (`POST /v1/messages`), with the names of the wire. Fields that are not listed are sent as
 * they are.
 */
export interface MessageParams {
  readonly model: ModelId
  /** The most tokens to generate. */
  readonly max_tokens: number
  readonly messages: ReadonlyArray<MessageParam>
  readonly system?: string | ReadonlyArray<TextBlockParam>
  readonly stop_sequences?: ReadonlyArray<string>
  readonly thinking?: ThinkingParam
  readonly tools?: ReadonlyArray<ToolParam | ServerToolParam>
  readonly tool_choice?: ToolChoice
  readonly output_config?: OutputConfig
  readonly metadata?: { readonly user_id?: string | null }
  readonly [field: string]: unknown
}
