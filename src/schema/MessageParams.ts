import type { ModelId } from "../facts/models.ts"
import type { Cacheable, CacheControl } from "./CacheControl.ts"
import type { UnknownMember } from "./checked.ts"
import type {
  BashCodeExecutionToolResultBlock,
  Caller,
  Citation,
  CodeExecutionToolResultBlock,
  ContentBlock,
  ServerToolUseBlock,
  TextEditorCodeExecutionToolResultBlock,
  ToolSearchToolResultBlock,
  WebFetchToolResultBlock,
  WebSearchToolResultBlock
} from "./Message.ts"
import type { AnyToolParam } from "./ToolParams.ts"

export type { ModelId } from "../facts/models.ts"
export type { Cacheable, CacheControl } from "./CacheControl.ts"

/** Text. `citations` are those of an answer that is sent back. */
export interface TextBlockParam extends Cacheable {
  readonly type: "text"
  readonly text: string
  readonly citations?: ReadonlyArray<Citation> | null | undefined
}

/** The image formats that the API takes. */
export type ImageMediaType = "image/jpeg" | "image/png" | "image/gif" | "image/webp"

/** An image: base64 data, a URL, or an uploaded file. */
export interface ImageBlockParam extends Cacheable {
  readonly type: "image"
  readonly source:
    | { readonly type: "base64"; readonly media_type: ImageMediaType; readonly data: string }
    | { readonly type: "url"; readonly url: string }
    | { readonly type: "file"; readonly file_id: string }
  /** What happens to an image over the size limit: `downsize` when left out. */
  readonly transformations?: { readonly oversized_image?: "downsize" | "error" | undefined } | null | undefined
}

/** A document: a PDF, plain text, content blocks, or an uploaded file. */
export interface DocumentBlockParam extends Cacheable {
  readonly type: "document"
  readonly source:
    | { readonly type: "base64"; readonly media_type: "application/pdf"; readonly data: string }
    | { readonly type: "text"; readonly media_type: "text/plain"; readonly data: string }
    | { readonly type: "content"; readonly content: string | ReadonlyArray<TextBlockParam | ImageBlockParam> }
    | { readonly type: "url"; readonly url: string }
    | { readonly type: "file"; readonly file_id: string }
  readonly title?: string | null | undefined
  readonly context?: string | null | undefined
  readonly citations?: { readonly enabled?: boolean | undefined } | null | undefined
}

/** A search result of your own, which the model can cite. */
export interface SearchResultBlockParam extends Cacheable {
  readonly type: "search_result"
  readonly source: string
  readonly title: string
  readonly content: ReadonlyArray<TextBlockParam>
  readonly citations?: { readonly enabled?: boolean | undefined } | undefined
}

/** Thinking of an answer that is sent back, exactly as it came. */
export interface ThinkingBlockParam {
  readonly type: "thinking"
  readonly thinking: string
  readonly signature: string
}

/** Encrypted thinking of an answer that is sent back, exactly as it came. */
export interface RedactedThinkingBlockParam {
  readonly type: "redacted_thinking"
  readonly data: string
}

/** A call of a tool of yours. */
export interface ToolUseBlockParam extends Cacheable {
  readonly type: "tool_use"
  readonly id: string
  readonly name: string
  readonly input: unknown
  readonly caller?: Caller | undefined
  readonly toolset_name?: string | null | undefined
}

/** A tool that was found, inside a tool result. */
export interface ToolReferenceParam extends Cacheable {
  readonly type: "tool_reference"
  readonly tool_name: string
}

/** The tabs of a browser, inside a result of the browser toolset: all of them, exactly one active. */
export interface BrowserStateParam extends Cacheable {
  readonly type: "browser_state"
  readonly tabs: ReadonlyArray<{
    readonly tab_id: string
    readonly title: string
    readonly url: string
    readonly active?: boolean | undefined
  }>
  readonly state_changes?:
    | ReadonlyArray<
        | { readonly type: "tab_opened"; readonly tab_id: string }
        | { readonly type: "download_started"; readonly download_id: string; readonly url: string }
        | {
            readonly type: "download_completed"
            readonly download_id: string
            readonly url: string
            readonly path?: string | undefined
            readonly size_bytes?: number | undefined
          }
        | {
            readonly type: "download_failed"
            readonly download_id: string
            readonly url: string
            readonly error?: string | undefined
          }
      >
    | null
    | undefined
}

/** What a tool result can hold beside plain text. */
export type ToolResultContentParam =
  | TextBlockParam
  | ImageBlockParam
  | SearchResultBlockParam
  | DocumentBlockParam
  | ToolReferenceParam
  | BrowserStateParam
  | UnknownMember

/** What came of a call of a tool of yours. */
export interface ToolResultBlockParam extends Cacheable {
  readonly type: "tool_result"
  readonly tool_use_id: string
  readonly content?: string | ReadonlyArray<ToolResultContentParam> | undefined
  readonly is_error?: boolean | undefined
  readonly toolset_name?: string | null | undefined
}

/** A call of a tool of the API, sent back. */
export interface ServerToolUseBlockParam extends ServerToolUseBlock, Cacheable {}

/** The result of a web search, sent back. */
export interface WebSearchToolResultBlockParam extends WebSearchToolResultBlock, Cacheable {}

/** The result of a web fetch, sent back. */
export interface WebFetchToolResultBlockParam extends WebFetchToolResultBlock, Cacheable {}

/** The result of code execution, sent back. */
export interface CodeExecutionToolResultBlockParam extends CodeExecutionToolResultBlock, Cacheable {}

/** The result of bash code execution, sent back. */
export interface BashCodeExecutionToolResultBlockParam extends BashCodeExecutionToolResultBlock, Cacheable {}

/** The result of the text editor of code execution, sent back. */
export interface TextEditorCodeExecutionToolResultBlockParam
  extends TextEditorCodeExecutionToolResultBlock,
    Cacheable {}

/** The result of a tool search, sent back. */
export interface ToolSearchToolResultBlockParam extends ToolSearchToolResultBlock, Cacheable {}

/** A file for the container of the code execution tool. */
export interface ContainerUploadBlockParam extends Cacheable {
  readonly type: "container_upload"
  readonly file_id: string
}

/**
 * A block of a turn: the sixteen kinds of the API, or one that this version has no type for, made by `Messages.raw`.
 */
export type ContentBlockParam =
  | TextBlockParam
  | ImageBlockParam
  | DocumentBlockParam
  | SearchResultBlockParam
  | ThinkingBlockParam
  | RedactedThinkingBlockParam
  | ToolUseBlockParam
  | ToolResultBlockParam
  | ServerToolUseBlockParam
  | WebSearchToolResultBlockParam
  | WebFetchToolResultBlockParam
  | CodeExecutionToolResultBlockParam
  | BashCodeExecutionToolResultBlockParam
  | TextEditorCodeExecutionToolResultBlockParam
  | ToolSearchToolResultBlockParam
  | ContainerUploadBlockParam
  | UnknownMember

/** A turn of the user. */
export interface UserMessageParam {
  readonly role: "user"
  readonly content: string | ReadonlyArray<ContentBlockParam>
}

/** A turn of the model: also the `content` of a received message, exactly as it came. */
export interface AssistantMessageParam {
  readonly role: "assistant"
  readonly content: string | ReadonlyArray<ContentBlockParam | ContentBlock>
}

/** A system message in the middle of a conversation. */
export interface SystemMessageParam {
  readonly role: "system"
  readonly content: string | ReadonlyArray<TextBlockParam>
}

/** One turn of a conversation. */
export type MessageParam = UserMessageParam | AssistantMessageParam | SystemMessageParam

/** Which tools the model may or must call. */
export type ToolChoice =
  | { readonly type: "auto" | "any"; readonly disable_parallel_tool_use?: boolean | undefined }
  | { readonly type: "tool"; readonly name: string; readonly disable_parallel_tool_use?: boolean | undefined }
  | { readonly type: "none" }

/** Whether and how the model thinks before it answers; which types a model takes is among its capabilities. */
export type ThinkingParam =
  | { readonly type: "adaptive"; readonly display?: "summarized" | "omitted" | null | undefined }
  | {
      readonly type: "enabled"
      /** In tokens: at least 1 024 and less than `max_tokens`. */
      readonly budget_tokens: number
      readonly display?: "summarized" | "omitted" | null | undefined
    }
  | { readonly type: "disabled" | "between_tools" }

/** A JSON Schema that the answer has to fit. */
export interface JsonSchemaFormat {
  readonly type: "json_schema"
  readonly schema: { readonly [keyword: string]: unknown }
}

/** How much effort goes into an answer, and what form it has. */
export interface OutputConfig {
  readonly effort?: "low" | "medium" | "high" | "xhigh" | "max" | null | undefined
  readonly format?: JsonSchemaFormat | null | undefined
}

/** A container to use again, and the skills to load into it. */
export interface ContainerParams {
  readonly id?: string | null | undefined
  readonly skills?:
    | ReadonlyArray<{
        readonly type: "anthropic" | "custom"
        readonly skill_id: string
        readonly version?: "latest" | (string & {}) | undefined
      }>
    | null
    | undefined
}

/** What an answer is made from: the part of its parameters that input tokens are counted of. */
export interface CountTokensParams {
  readonly model: ModelId
  /** At most 100 000; turns of the same role that follow each other are merged. */
  readonly messages: ReadonlyArray<MessageParam>
  readonly system?: string | ReadonlyArray<TextBlockParam> | undefined
  readonly thinking?: ThinkingParam | undefined
  readonly tools?: ReadonlyArray<AnyToolParam> | undefined
  readonly tool_choice?: ToolChoice | undefined
  readonly output_config?: OutputConfig | undefined
  /** A breakpoint on the last block that can be cached. */
  readonly cache_control?: CacheControl | null | undefined
  readonly speed?: "standard" | "fast" | null | undefined
}

/**
 * The parameters of one answer (`POST /v1/messages`), with the names of the wire. Fields of a beta are added with
 * `Messages.withExtra`.
 */
export interface MessageParams extends CountTokensParams {
  /** The most tokens to generate; 0 only warms the prompt cache. */
  readonly max_tokens: number
  readonly stop_sequences?: ReadonlyArray<string> | undefined
  /** The id of a container to use again, or a container with skills. */
  readonly container?: string | ContainerParams | null | undefined
  /** Asks why the prompt cache was missed since that response; `null` on the first turn. */
  readonly diagnostics?: { readonly previous_message_id?: string | null | undefined } | null | undefined
  /** The region of inference; the workspace's default when left out. */
  readonly inference_geo?: string | null | undefined
  /** `user_id` is an opaque id of the end user, without personal data. */
  readonly metadata?: { readonly user_id?: string | null | undefined } | undefined
  readonly service_tier?: "auto" | "standard_only" | undefined
}
