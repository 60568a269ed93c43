// The calls and results of tools of the API in an answer. Parts that are not needed may be left out.
import * as Schema from "effect/Schema"
import { checked, LenientUnion, nullable, OpenEnum, type UnknownMember, type Wire } from "./checked.ts"

const directCaller = Schema.Struct({ type: Schema.Literal("direct") })

const codeExecutionCaller = Schema.Struct({
  type: Schema.Literals(["code_execution_20250825", "code_execution_20260120"]),
  tool_id: Schema.String
})

/**
 * The model itself, as the caller of a tool.
 *
 * @category models
 * @since 0.1.0
 */
export interface DirectCaller extends Schema.Schema.Type<typeof directCaller> {}

/**
 * Code that the model wrote, as the caller of a tool.
 *
 * @category models
 * @since 0.1.0
 */
export interface CodeExecutionCaller extends Schema.Schema.Type<typeof codeExecutionCaller> {}

/**
 * Who called a tool.
 *
 * @category models
 * @since 0.1.0
 */
export type Caller = DirectCaller | CodeExecutionCaller | UnknownMember

/**
 * The schema of who called a tool.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Caller: Wire<Caller> = checked("Caller", LenientUnion([directCaller, codeExecutionCaller]))

export const serverToolUseBlock = Schema.Struct({
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
  caller: nullable(Caller)
})

/**
 * A call of a tool of the API.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerToolUseBlock extends Schema.Schema.Type<typeof serverToolUseBlock> {}

/** Makes the schema of the result of a tool that failed. */
export const resultError = <const Type extends string>(type: Type) =>
  Schema.Struct({ type: Schema.Literal(type), error_code: Schema.String, error_message: nullable(Schema.String) })

const webSearchResult = Schema.Struct({
  type: Schema.Literal("web_search_result"),
  url: Schema.String,
  title: nullable(Schema.String),
  encrypted_content: Schema.String,
  page_age: nullable(Schema.String)
})

/**
 * One page that a web search found.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebSearchResult extends Schema.Schema.Type<typeof webSearchResult> {}

const webSearchToolResultError = resultError("web_search_tool_result_error")

/**
 * Why a web search failed.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebSearchToolResultError extends Schema.Schema.Type<typeof webSearchToolResultError> {}

export const webSearchToolResultBlock = Schema.Struct({
  type: Schema.Literal("web_search_tool_result"),
  tool_use_id: Schema.String,
  caller: nullable(Caller),
  content: Schema.Union([Schema.Array(LenientUnion([webSearchResult])), LenientUnion([webSearchToolResultError])])
})

/**
 * The result of a web search: pages, or an error.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebSearchToolResultBlock extends Schema.Schema.Type<typeof webSearchToolResultBlock> {}

const fetchedDocument = Schema.Struct({
  type: Schema.Literal("document"),
  source: LenientUnion([
    Schema.Struct({ type: Schema.Literal("base64"), media_type: Schema.String, data: Schema.String }),
    Schema.Struct({ type: Schema.Literal("text"), media_type: Schema.String, data: Schema.String })
  ]),
  title: nullable(Schema.String),
  citations: nullable(Schema.Struct({ enabled: nullable(Schema.Boolean) }))
})

/**
 * A document that was fetched.
 *
 * @category models
 * @since 0.1.0
 */
export interface FetchedDocument extends Schema.Schema.Type<typeof fetchedDocument> {}

const webFetchResult = Schema.Struct({
  type: Schema.Literal("web_fetch_result"),
  url: Schema.String,
  retrieved_at: nullable(Schema.String),
  content: LenientUnion([fetchedDocument])
})

/**
 * A page that was fetched. `retrieved_at` is RFC 3339.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebFetchResult extends Schema.Schema.Type<typeof webFetchResult> {}

const webFetchToolResultError = resultError("web_fetch_tool_result_error")

/**
 * Why a web fetch failed.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebFetchToolResultError extends Schema.Schema.Type<typeof webFetchToolResultError> {}

export const webFetchToolResultBlock = Schema.Struct({
  type: Schema.Literal("web_fetch_tool_result"),
  tool_use_id: Schema.String,
  caller: nullable(Caller),
  content: LenientUnion([webFetchResult, webFetchToolResultError])
})

/**
 * The result of a web fetch: a document, or an error.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebFetchToolResultBlock extends Schema.Schema.Type<typeof webFetchToolResultBlock> {}

const toolReference = Schema.Struct({
  type: Schema.Literal("tool_reference"),
  tool_name: Schema.String
})

/**
 * A tool that was found.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolReference extends Schema.Schema.Type<typeof toolReference> {}

const toolSearchToolSearchResult = Schema.Struct({
  type: Schema.Literal("tool_search_tool_search_result"),
  tool_references: Schema.Array(LenientUnion([toolReference]))
})

/**
 * The tools that a search found.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolSearchToolSearchResult extends Schema.Schema.Type<typeof toolSearchToolSearchResult> {}

const toolSearchToolResultError = resultError("tool_search_tool_result_error")

/**
 * Why a tool search failed.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolSearchToolResultError extends Schema.Schema.Type<typeof toolSearchToolResultError> {}

export const toolSearchToolResultBlock = Schema.Struct({
  type: Schema.Literal("tool_search_tool_result"),
  tool_use_id: Schema.String,
  content: LenientUnion([toolSearchToolSearchResult, toolSearchToolResultError])
})

/**
 * The result of a search among tools.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolSearchToolResultBlock extends Schema.Schema.Type<typeof toolSearchToolResultBlock> {}
