/**
 * Tools that the API defines, as provider-defined tools of `effect/ai`: for `AnthropicLanguageModel` and for `Tools`.
 *
 * Each constructor has the name and the version of its tool. Its arguments have the names of the wire. In a toolkit a tool
 * has the name that the API uses, for example `web_search` or `bash`.
 *
 * The API runs code execution, web search, web fetch and tool search. You run the others: they have handlers in the layer of
 * their toolkit. Betas that a tool needs are given with `AnthropicLanguageModel.Options` or `Anthropic.withSettings`.
 *
 * API: https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as args from "./ai/providerArgs.ts"
import { type ClientTool, handled, run, type ServerTool } from "./ai/providerTool.ts"

const toolset = { args: args.toolset, parameters: args.toolsetParameters, success: args.toolsetResult }

/**
 * Runs Python in a container of the API.
 *
 * @category constructors
 * @since 0.1.0
 */
export const codeExecution_20250522: ServerTool<"code_execution_20250522", "code_execution", args.CommonArgs> = run(
  "code_execution_20250522",
  "code_execution",
  args.common
)

/**
 * Runs Bash and edits files in a container of the API.
 *
 * @category constructors
 * @since 0.1.0
 */
export const codeExecution_20250825: ServerTool<"code_execution_20250825", "code_execution", args.CommonArgs> = run(
  "code_execution_20250825",
  "code_execution",
  args.common
)

/**
 * Runs code in a container of the API, and keeps the state of the interpreter if the container is used again.
 *
 * @category constructors
 * @since 0.1.0
 */
export const codeExecution_20260120: ServerTool<"code_execution_20260120", "code_execution", args.CommonArgs> = run(
  "code_execution_20260120",
  "code_execution",
  args.common
)

/**
 * Runs code in a container of the API. This is the newest version.
 *
 * @category constructors
 * @since 0.1.0
 */
export const codeExecution_20260521: ServerTool<"code_execution_20260521", "code_execution", args.CommonArgs> = run(
  "code_execution_20260521",
  "code_execution",
  args.common
)

/**
 * Searches the web.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webSearch_20250305: ServerTool<"web_search_20250305", "web_search", args.WebSearchArgs> = run(
  "web_search_20250305",
  "web_search",
  args.webSearch
)

/**
 * Searches the web.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webSearch_20260209: ServerTool<"web_search_20260209", "web_search", args.WebSearchArgs> = run(
  "web_search_20260209",
  "web_search",
  args.webSearch
)

/**
 * Searches the web. This is the newest version: `response_inclusion` sets whether results stay in the answer.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webSearch_20260318: ServerTool<"web_search_20260318", "web_search", args.WebSearchArgsWithInclusion> = run(
  "web_search_20260318",
  "web_search",
  args.webSearchWithInclusion
)

/**
 * Fetches pages and documents of the web.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webFetch_20250910: ServerTool<"web_fetch_20250910", "web_fetch", args.WebFetchArgs> = run(
  "web_fetch_20250910",
  "web_fetch",
  args.webFetch
)

/**
 * Fetches pages and documents of the web.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webFetch_20260209: ServerTool<"web_fetch_20260209", "web_fetch", args.WebFetchArgs> = run(
  "web_fetch_20260209",
  "web_fetch",
  args.webFetch
)

/**
 * Fetches pages and documents of the web. `use_cache` sets whether a stored copy may be used.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webFetch_20260309: ServerTool<"web_fetch_20260309", "web_fetch", args.WebFetchArgsWithCache> = run(
  "web_fetch_20260309",
  "web_fetch",
  args.webFetchWithCache
)

/**
 * Fetches pages and documents of the web. This is the newest version.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webFetch_20260318: ServerTool<"web_fetch_20260318", "web_fetch", args.WebFetchArgsWithInclusion> = run(
  "web_fetch_20260318",
  "web_fetch",
  args.webFetchWithInclusion
)

/**
 * Searches among the tools with `defer_loading`, by words.
 *
 * @category constructors
 * @since 0.1.0
 */
export const toolSearchBm25_20251119: ServerTool<
  "tool_search_tool_bm25_20251119",
  "tool_search_tool_bm25",
  args.CommonArgs
> = run("tool_search_tool_bm25_20251119", "tool_search_tool_bm25", args.common)

/**
 * Searches among the tools with `defer_loading`, by words, in the current version.
 *
 * @category constructors
 * @since 0.1.0
 */
export const toolSearchBm25: ServerTool<"tool_search_tool_bm25", "tool_search_tool_bm25", args.CommonArgs> = run(
  "tool_search_tool_bm25",
  "tool_search_tool_bm25",
  args.common
)

/**
 * Searches among the tools with `defer_loading`, by regular expressions.
 *
 * @category constructors
 * @since 0.1.0
 */
export const toolSearchRegex_20251119: ServerTool<
  "tool_search_tool_regex_20251119",
  "tool_search_tool_regex",
  args.CommonArgs
> = run("tool_search_tool_regex_20251119", "tool_search_tool_regex", args.common)

/**
 * Searches among the tools with `defer_loading`, by regular expressions, in the current version.
 *
 * @category constructors
 * @since 0.1.0
 */
export const toolSearchRegex: ServerTool<"tool_search_tool_regex", "tool_search_tool_regex", args.CommonArgs> = run(
  "tool_search_tool_regex",
  "tool_search_tool_regex",
  args.common
)

/**
 * Runs commands in a shell of yours.
 *
 * @category constructors
 * @since 0.1.0
 */
export const bash_20250124: ClientTool<"bash_20250124", "bash", args.ArgsWithExamples, args.BashParameters> = handled(
  "bash_20250124",
  "bash",
  { args: args.withExamples, parameters: args.bashParameters, success: Schema.String }
)

/**
 * Views and edits files of yours.
 *
 * @category constructors
 * @since 0.1.0
 */
export const textEditor_20250124: ClientTool<
  "text_editor_20250124",
  "str_replace_editor",
  args.ArgsWithExamples,
  args.TextEditorParameters
> = handled("text_editor_20250124", "str_replace_editor", {
  args: args.withExamples,
  parameters: args.textEditorParameters,
  success: Schema.String
})

/**
 * Views and edits files of yours.
 *
 * @category constructors
 * @since 0.1.0
 */
export const textEditor_20250429: ClientTool<
  "text_editor_20250429",
  "str_replace_based_edit_tool",
  args.ArgsWithExamples,
  args.TextEditorParameters
> = handled("text_editor_20250429", "str_replace_based_edit_tool", {
  args: args.withExamples,
  parameters: args.textEditorParameters,
  success: Schema.String
})

/**
 * Views and edits files of yours. `max_characters` bounds what a view shows.
 *
 * @category constructors
 * @since 0.1.0
 */
export const textEditor_20250728: ClientTool<
  "text_editor_20250728",
  "str_replace_based_edit_tool",
  args.TextEditorArgs,
  args.TextEditorParameters
> = handled("text_editor_20250728", "str_replace_based_edit_tool", {
  args: args.textEditor,
  parameters: args.textEditorParameters,
  success: Schema.String
})

/**
 * Keeps a memory in files of yours.
 *
 * @category constructors
 * @since 0.1.0
 */
export const memory_20250818: ClientTool<"memory_20250818", "memory", args.ArgsWithExamples, args.MemoryParameters> =
  handled("memory_20250818", "memory", {
    args: args.withExamples,
    parameters: args.memoryParameters,
    success: Schema.String
  })

/**
 * Controls a browser of yours. Each of its members is a tool for the model.
 *
 * @category constructors
 * @since 0.1.0
 */
export const browserToolset_20260801: ClientTool<
  "browser_toolset_20260801",
  "browser",
  args.ToolsetArgs,
  args.ToolsetParameters,
  args.ToolsetResult
> = handled("browser_toolset_20260801", "browser", toolset)

/**
 * Controls a computer of yours. Each of its members is a tool for the model.
 *
 * @category constructors
 * @since 0.1.0
 */
export const computerToolset_20260801: ClientTool<
  "computer_toolset_20260801",
  "computer",
  args.ToolsetArgs,
  args.ToolsetParameters,
  args.ToolsetResult
> = handled("computer_toolset_20260801", "computer", toolset)

export type {
  ArgsWithExamples,
  BashParameters,
  CommonArgs,
  MemoryCreate,
  MemoryDelete,
  MemoryInsert,
  MemoryParameters,
  MemoryRename,
  MemoryReplace,
  MemoryView,
  TextEditorArgs,
  TextEditorParameters,
  ToolsetArgs,
  ToolsetBlock,
  ToolsetParameters,
  ToolsetResult,
  WebFetchArgs,
  WebFetchArgsWithCache,
  WebFetchArgsWithInclusion,
  WebSearchArgs,
  WebSearchArgsWithInclusion
} from "./ai/providerArgs.ts"
export type { ClientTool, ClientToolConfig, ServerTool, ServerToolConfig } from "./ai/providerTool.ts"
