import type { Cacheable } from "./CacheControl.ts"
import type { UnknownMember } from "./checked.ts"

/** What every tool but a toolset takes. */
export interface ToolOptions extends Cacheable {
  /** Who may call it. */
  readonly allowed_callers?:
    | ReadonlyArray<
        "direct" | "code_execution_20250825" | "code_execution_20260120" | "code_execution_20260521" | (string & {})
      >
    | undefined
  /** Whether it is loaded only when a tool search refers to it. */
  readonly defer_loading?: boolean | undefined
  /** Whether names and inputs of calls are made to fit the schema. */
  readonly strict?: boolean | undefined
}

interface WithExamples {
  readonly input_examples?: ReadonlyArray<{ readonly [field: string]: unknown }> | undefined
}

/** A tool of your own. */
export interface ToolParam extends ToolOptions, WithExamples {
  readonly type?: "custom" | null | undefined
  readonly name: string
  readonly description?: string | undefined
  /** A JSON Schema (2020-12) of an object. */
  readonly input_schema: {
    readonly type: "object"
    readonly properties?: { readonly [name: string]: unknown } | null | undefined
    readonly required?: ReadonlyArray<string> | null | undefined
    readonly [keyword: string]: unknown
  }
  readonly eager_input_streaming?: boolean | null | undefined
}

/** A shell that you run. */
export interface BashToolParam extends ToolOptions, WithExamples {
  readonly type: "bash_20250124"
  readonly name: "bash"
}

/** A text editor that you run. */
export type TextEditorToolParam = ToolOptions &
  WithExamples &
  (
    | { readonly type: "text_editor_20250124"; readonly name: "str_replace_editor" }
    | { readonly type: "text_editor_20250429"; readonly name: "str_replace_based_edit_tool" }
    | {
        readonly type: "text_editor_20250728"
        readonly name: "str_replace_based_edit_tool"
        readonly max_characters?: number | null | undefined
      }
  )

/** A memory that you keep. */
export interface MemoryToolParam extends ToolOptions, WithExamples {
  readonly type: "memory_20250818"
  readonly name: "memory"
}

/** A browser or a computer that you drive: one tool for each of its members, configured by name. */
export interface ToolsetParam extends Cacheable {
  readonly type: "browser_toolset_20260801" | "computer_toolset_20260801"
  readonly configs?:
    | {
        readonly [member: string]: {
          readonly enabled?: boolean | undefined
          readonly defer_loading?: boolean | undefined
        } | null
      }
    | null
    | undefined
}

/** Code execution by the API. */
export interface CodeExecutionToolParam extends ToolOptions {
  readonly type:
    | "code_execution_20250522"
    | "code_execution_20250825"
    | "code_execution_20260120"
    | "code_execution_20260521"
  readonly name: "code_execution"
}

interface WithDomains {
  /** Not together with `blocked_domains`. */
  readonly allowed_domains?: ReadonlyArray<string> | null | undefined
  readonly blocked_domains?: ReadonlyArray<string> | null | undefined
  readonly max_uses?: number | null | undefined
}

/** Web search by the API. */
export type WebSearchToolParam = ToolOptions &
  WithDomains & {
    readonly name: "web_search"
    readonly user_location?:
      | {
          readonly type: "approximate"
          readonly city?: string | null | undefined
          readonly region?: string | null | undefined
          /** ISO 3166-1, two letters. */
          readonly country?: string | null | undefined
          /** A name of the IANA database. */
          readonly timezone?: string | null | undefined
        }
      | null
      | undefined
  } & (
    | { readonly type: "web_search_20250305" | "web_search_20260209" }
    | { readonly type: "web_search_20260318"; readonly response_inclusion?: "full" | "excluded" | undefined }
  )

type UrlSource =
  | { readonly type: "all" | "none" }
  | {
      readonly type: "only" | "except"
      readonly tools: ReadonlyArray<{ readonly type: "tool_reference"; readonly name: string }>
    }

/** Web fetch by the API. */
export type WebFetchToolParam = ToolOptions &
  WithDomains & {
    readonly name: "web_fetch"
    readonly max_content_tokens?: number | null | undefined
    readonly citations?: { readonly enabled?: boolean | undefined } | null | undefined
    /** Where the addresses may come from; anywhere in the conversation when left out. */
    readonly url_sources?:
      | {
          readonly user_input?: { readonly type: "all" | "none" } | undefined
          readonly client_tool_results?: UrlSource | undefined
          readonly server_tool_results?: UrlSource | undefined
        }
      | null
      | undefined
  } & (
    | { readonly type: "web_fetch_20250910" | "web_fetch_20260209" }
    | { readonly type: "web_fetch_20260309"; readonly use_cache?: boolean | undefined }
    | {
        readonly type: "web_fetch_20260318"
        readonly use_cache?: boolean | undefined
        readonly response_inclusion?: "full" | "excluded" | undefined
      }
  )

/** Search among deferred tools by the API. */
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

/** A tool: yours, one of the API, or one that this version has no type for, made by `Messages.raw`. */
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
