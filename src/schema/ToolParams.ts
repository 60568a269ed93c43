// The tools that are offered to a model, as they are sent.
import type { CitationsParam } from "./BlockParams.ts"
import type { Cacheable } from "./CacheControl.ts"
import type { UnknownMember } from "./checked.ts"

/**
 * The options of every tool that is not a toolset.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolOptions extends Cacheable {
  /** Who may call the tool. */
  readonly allowed_callers?:
    | ReadonlyArray<
        "direct" | "code_execution_20250825" | "code_execution_20260120" | "code_execution_20260521" | (string & {})
      >
    | undefined
  /** Whether the tool is loaded only when a tool search refers to it. */
  readonly defer_loading?: boolean | undefined
  /** Whether the API makes names and inputs of calls fit the schema. */
  readonly strict?: boolean | undefined
}

interface WithExamples {
  readonly input_examples?: ReadonlyArray<{ readonly [field: string]: unknown }> | undefined
}

/**
 * The input of a tool: a JSON Schema (2020-12) of an object.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolInputSchema {
  readonly type: "object"
  readonly properties?: { readonly [name: string]: unknown } | null | undefined
  readonly required?: ReadonlyArray<string> | null | undefined
  readonly [keyword: string]: unknown
}

/**
 * A tool of the caller.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolParam extends ToolOptions, WithExamples {
  readonly type?: "custom" | null | undefined
  readonly name: string
  readonly description?: string | undefined
  readonly input_schema: ToolInputSchema
  readonly eager_input_streaming?: boolean | null | undefined
}

/**
 * A shell that the caller runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface BashToolParam extends ToolOptions, WithExamples {
  readonly type: "bash_20250124"
  readonly name: "bash"
}

/**
 * A text editor that the caller runs, of 2025-01-24.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextEditor20250124ToolParam extends ToolOptions, WithExamples {
  readonly type: "text_editor_20250124"
  readonly name: "str_replace_editor"
}

/**
 * A text editor that the caller runs, of 2025-04-29.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextEditor20250429ToolParam extends ToolOptions, WithExamples {
  readonly type: "text_editor_20250429"
  readonly name: "str_replace_based_edit_tool"
}

/**
 * A text editor that the caller runs, of 2025-07-28.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextEditor20250728ToolParam extends ToolOptions, WithExamples {
  readonly type: "text_editor_20250728"
  readonly name: "str_replace_based_edit_tool"
  readonly max_characters?: number | null | undefined
}

/**
 * A text editor that the caller runs.
 *
 * @category models
 * @since 0.1.0
 */
export type TextEditorToolParam =
  | TextEditor20250124ToolParam
  | TextEditor20250429ToolParam
  | TextEditor20250728ToolParam

/**
 * A memory that the caller keeps.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryToolParam extends ToolOptions, WithExamples {
  readonly type: "memory_20250818"
  readonly name: "memory"
}

/**
 * The settings of one member of a toolset.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolsetConfig {
  readonly enabled?: boolean | undefined
  readonly defer_loading?: boolean | undefined
}

/**
 * A browser or a computer that the caller controls. Each of its members is a tool, configured by its name.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolsetParam extends Cacheable {
  readonly type: "browser_toolset_20260801" | "computer_toolset_20260801"
  readonly configs?: { readonly [member: string]: ToolsetConfig | null } | null | undefined
}

/**
 * Code execution by the API.
 *
 * @category models
 * @since 0.1.0
 */
export interface CodeExecutionToolParam extends ToolOptions {
  readonly type:
    | "code_execution_20250522"
    | "code_execution_20250825"
    | "code_execution_20260120"
    | "code_execution_20260521"
  readonly name: "code_execution"
}

interface WithDomains {
  /** It cannot be combined with `blocked_domains`. */
  readonly allowed_domains?: ReadonlyArray<string> | null | undefined
  readonly blocked_domains?: ReadonlyArray<string> | null | undefined
  readonly max_uses?: number | null | undefined
}

/**
 * Where the user is, for a search.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserLocation {
  readonly type: "approximate"
  readonly city?: string | null | undefined
  readonly region?: string | null | undefined
  /** ISO 3166-1, two letters. */
  readonly country?: string | null | undefined
  /** A name of the IANA database. */
  readonly timezone?: string | null | undefined
}

interface WithWebSearch extends ToolOptions, WithDomains {
  readonly name: "web_search"
  readonly user_location?: UserLocation | null | undefined
}

/**
 * Web search by the API, until 2026-02-09.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebSearch20250305ToolParam extends WithWebSearch {
  readonly type: "web_search_20250305" | "web_search_20260209"
}

/**
 * Web search by the API, of 2026-03-18.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebSearch20260318ToolParam extends WithWebSearch {
  readonly type: "web_search_20260318"
  readonly response_inclusion?: "full" | "excluded" | undefined
}

/**
 * Web search by the API.
 *
 * @category models
 * @since 0.1.0
 */
export type WebSearchToolParam = WebSearch20250305ToolParam | WebSearch20260318ToolParam

/**
 * The tools whose results a web fetch may take addresses from.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolResultUrls =
  | { readonly type: "all" | "none" }
  | {
      readonly type: "only" | "except"
      readonly tools: ReadonlyArray<{ readonly type: "tool_reference"; readonly name: string }>
    }

/**
 * Where a web fetch may take addresses from.
 *
 * @category models
 * @since 0.1.0
 */
export interface UrlSources {
  readonly user_input?: { readonly type: "all" | "none" } | undefined
  readonly client_tool_results?: ToolResultUrls | undefined
  readonly server_tool_results?: ToolResultUrls | undefined
}

interface WithWebFetch extends ToolOptions, WithDomains {
  readonly name: "web_fetch"
  readonly max_content_tokens?: number | null | undefined
  readonly citations?: CitationsParam | null | undefined
  /** Where the addresses may come from. Default: anywhere in the conversation. */
  readonly url_sources?: UrlSources | null | undefined
}

/**
 * Web fetch by the API, until 2026-02-09.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebFetch20250910ToolParam extends WithWebFetch {
  readonly type: "web_fetch_20250910" | "web_fetch_20260209"
}

/**
 * Web fetch by the API, of 2026-03-09.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebFetch20260309ToolParam extends WithWebFetch {
  readonly type: "web_fetch_20260309"
  readonly use_cache?: boolean | undefined
}

/**
 * Web fetch by the API, of 2026-03-18.
 *
 * @category models
 * @since 0.1.0
 */
export interface WebFetch20260318ToolParam extends WithWebFetch {
  readonly type: "web_fetch_20260318"
  readonly use_cache?: boolean | undefined
  readonly response_inclusion?: "full" | "excluded" | undefined
}

/**
 * Web fetch by the API.
 *
 * @category models
 * @since 0.1.0
 */
export type WebFetchToolParam = WebFetch20250910ToolParam | WebFetch20260309ToolParam | WebFetch20260318ToolParam

/**
 * Search among deferred tools by the API.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolSearchToolParam = ToolOptions &
  (
    | {
        readonly type: "tool_search_tool_bm25_20251119" | "tool_search_tool_bm25"
        readonly name: "tool_search_tool_bm25"
      }
    | {
        readonly type: "tool_search_tool_regex_20251119" | "tool_search_tool_regex"
        readonly name: "tool_search_tool_regex"
      }
  )

/**
 * A tool of the caller or of the API. Use `Messages.raw` for a tool that this version has no type for.
 *
 * @category models
 * @since 0.1.0
 */
export type AnyToolParam =
  | ToolParam
  | BashToolParam
  | TextEditorToolParam
  | MemoryToolParam
  | ToolsetParam
  | CodeExecutionToolParam
  | WebSearchToolParam
  | WebFetchToolParam
  | ToolSearchToolParam
  | UnknownMember
