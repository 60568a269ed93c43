// The blocks that a turn of a conversation is made of, as they are sent.
import type { BrowserStateParam } from "./BrowserParams.ts"
import type { Cacheable } from "./CacheControl.ts"
import type { UnknownMember } from "./checked.ts"
import type {
  BashCodeExecutionToolResultBlock,
  Caller,
  Citation,
  CodeExecutionToolResultBlock,
  ServerToolUseBlock,
  TextEditorCodeExecutionToolResultBlock,
  ToolSearchToolResultBlock,
  WebFetchToolResultBlock,
  WebSearchToolResultBlock
} from "./Message.ts"

export type * from "./BrowserParams.ts"

/**
 * Text. `citations` are those of an answer that is sent back.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextBlockParam extends Cacheable {
  readonly type: "text"
  readonly text: string
  readonly citations?: ReadonlyArray<Citation> | null | undefined
}

/**
 * The image formats that the API takes.
 *
 * @category models
 * @since 0.1.0
 */
export type ImageMediaType = "image/jpeg" | "image/png" | "image/gif" | "image/webp"

/**
 * The bytes of an image.
 *
 * @category models
 * @since 0.1.0
 */
export interface Base64ImageSource {
  readonly type: "base64"
  readonly media_type: ImageMediaType
  readonly data: string
}

/**
 * The address of an image or of a document.
 *
 * @category models
 * @since 0.1.0
 */
export interface UrlSource {
  readonly type: "url"
  readonly url: string
}

/**
 * An uploaded file, as the source of an image or of a document.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileIdSource {
  readonly type: "file"
  readonly file_id: string
}

/**
 * The bytes of an image, or where they are.
 *
 * @category models
 * @since 0.1.0
 */
export type ImageSource = Base64ImageSource | UrlSource | FileIdSource

/**
 * An image: base64 data, a URL, or an uploaded file.
 *
 * @category models
 * @since 0.1.0
 */
export interface ImageBlockParam extends Cacheable {
  readonly type: "image"
  readonly source: ImageSource
  /** What the API does with an image over the size limit. Default: `downsize`. */
  readonly transformations?: { readonly oversized_image?: "downsize" | "error" | undefined } | null | undefined
}

/**
 * The bytes of a PDF.
 *
 * @category models
 * @since 0.1.0
 */
export interface PdfSource {
  readonly type: "base64"
  readonly media_type: "application/pdf"
  readonly data: string
}

/**
 * The text of a document.
 *
 * @category models
 * @since 0.1.0
 */
export interface PlainTextSource {
  readonly type: "text"
  readonly media_type: "text/plain"
  readonly data: string
}

/**
 * The text or the blocks of a document.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContentSource {
  readonly type: "content"
  readonly content: string | ReadonlyArray<TextBlockParam | ImageBlockParam>
}

/**
 * The content of a document, or where it is.
 *
 * @category models
 * @since 0.1.0
 */
export type DocumentSource = PdfSource | PlainTextSource | ContentSource | UrlSource | FileIdSource

/**
 * Whether the model cites a source. Default: false.
 *
 * @category models
 * @since 0.1.0
 */
export interface CitationsParam {
  readonly enabled?: boolean | undefined
}

/**
 * A document: a PDF, plain text, content blocks, or an uploaded file.
 *
 * @category models
 * @since 0.1.0
 */
export interface DocumentBlockParam extends Cacheable {
  readonly type: "document"
  readonly source: DocumentSource
  readonly title?: string | null | undefined
  readonly context?: string | null | undefined
  readonly citations?: CitationsParam | null | undefined
}

/**
 * A search result of the caller, which the model can cite.
 *
 * @category models
 * @since 0.1.0
 */
export interface SearchResultBlockParam extends Cacheable {
  readonly type: "search_result"
  readonly source: string
  readonly title: string
  readonly content: ReadonlyArray<TextBlockParam>
  readonly citations?: CitationsParam | undefined
}

/**
 * Thinking of an answer. It can be sent back only unchanged.
 *
 * @category models
 * @since 0.1.0
 */
export interface ThinkingBlockParam {
  readonly type: "thinking"
  readonly thinking: string
  readonly signature: string
}

/**
 * Encrypted thinking of an answer. It can be sent back only unchanged.
 *
 * @category models
 * @since 0.1.0
 */
export interface RedactedThinkingBlockParam {
  readonly type: "redacted_thinking"
  readonly data: string
}

/**
 * A call of a tool of the caller.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolUseBlockParam extends Cacheable {
  readonly type: "tool_use"
  readonly id: string
  readonly name: string
  readonly input: unknown
  readonly caller?: Caller | undefined
  readonly toolset_name?: string | null | undefined
}

/**
 * A tool that was found, in the result of a tool.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolReferenceParam extends Cacheable {
  readonly type: "tool_reference"
  readonly tool_name: string
}

/**
 * A block in the result of a tool.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolResultContentParam =
  | TextBlockParam
  | ImageBlockParam
  | SearchResultBlockParam
  | DocumentBlockParam
  | ToolReferenceParam
  | BrowserStateParam
  | UnknownMember

/**
 * The result of a call of a tool of the caller.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolResultBlockParam extends Cacheable {
  readonly type: "tool_result"
  readonly tool_use_id: string
  readonly content?: string | ReadonlyArray<ToolResultContentParam> | undefined
  readonly is_error?: boolean | undefined
  readonly toolset_name?: string | null | undefined
}

/**
 * A call of a tool of the API, as it is sent back.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerToolUseBlockParam extends ServerToolUseBlock, Cacheable {}

/**
 * The result of a web search, as it is sent back.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebSearchToolResultBlockParam extends WebSearchToolResultBlock, Cacheable {}

/**
 * The result of a web fetch, as it is sent back.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebFetchToolResultBlockParam extends WebFetchToolResultBlock, Cacheable {}

/**
 * The result of code execution, as it is sent back.
 *
 * @category models
 * @since 0.1.0
 */
export interface CodeExecutionToolResultBlockParam extends CodeExecutionToolResultBlock, Cacheable {}

/**
 * The result of bash code execution, as it is sent back.
 *
 * @category models
 * @since 0.1.0
 */
export interface BashCodeExecutionToolResultBlockParam extends BashCodeExecutionToolResultBlock, Cacheable {}

/**
 * The result of the text editor of code execution, as it is sent back.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextEditorCodeExecutionToolResultBlockParam
  extends TextEditorCodeExecutionToolResultBlock,
    Cacheable {}

/**
 * The result of a tool search, as it is sent back.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolSearchToolResultBlockParam extends ToolSearchToolResultBlock, Cacheable {}

/**
 * A file for the container of the code execution tool.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContainerUploadBlockParam extends Cacheable {
  readonly type: "container_upload"
  readonly file_id: string
}

/**
 * A block of a turn. Use `Messages.raw` for a block that this version has no type for.
 *
 * @category models
 * @since 0.1.0
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
