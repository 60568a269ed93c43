/**
 * Tools that the API defines, as provider-defined tools of `effect/ai`: for `AnthropicLanguageModel` and for `Tools`.
 *
 * Each constructor has the name and the version of its tool. Its arguments have the names of the wire. In a toolkit a tool
 * has the name that the API calls it by, for example `web_search` or `bash`.
 *
 * The API runs code execution, web search, web fetch and tool search. You run the others: they have handlers in the layer of
 * their toolkit. Betas that a tool needs are given with `AnthropicLanguageModel.Options` or `Anthropic.withSettings`.
 *
 * API: https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview.
 *
 * @since 0.1.0
 */
import * as Tool from "effect/ai/Tool"
import * as Schema from "effect/Schema"
import * as args from "./ai/providerArgs.ts"

/** A tool that the API runs. What it is called with and what it returns is kept as it comes. */
const run = <const Type extends string, const Name extends string, Args extends Schema.Constraint>(
  type: Type,
  name: Name,
  schema: Args
) =>
  Tool.providerDefined({
    id: `anthropic.${type}`,
    customName: name,
    providerName: name,
    args: schema,
    // What a newer version adds must not cost an answer.
    parameters: Schema.Unknown,
    success: Schema.Unknown,
    failure: Schema.Unknown
  })

/** A tool that the caller runs. Its handler returns text; with `failureMode: "return"` a failure is a text, too. */
const handled = <
  const Type extends string,
  const Name extends string,
  Args extends Schema.Constraint,
  Parameters extends Schema.Constraint
>(
  type: Type,
  name: Name,
  schema: Args,
  parameters: Parameters
) =>
  Tool.providerDefined({
    id: `anthropic.${type}`,
    customName: name,
    providerName: name,
    args: schema,
    parameters,
    success: Schema.String,
    failure: Schema.String,
    requiresHandler: true
  })

/** A set of tools that the caller runs. Its handler is called with the member and its input. */
const toolset = <const Type extends string, const Name extends string>(type: Type, name: Name) =>
  Tool.providerDefined({
    id: `anthropic.${type}`,
    customName: name,
    providerName: name,
    args: args.toolset,
    parameters: args.toolsetParameters,
    success: args.toolsetResult,
    failure: Schema.String,
    requiresHandler: true
  })

/**
 * Runs Python in a container of the API.
 *
 * @category constructors
 * @since 0.1.0
 */
export const codeExecution_20250522 = run("code_execution_20250522", "code_execution", args.common)

/**
 * Runs Bash and edits files in a container of the API.
 *
 * @category constructors
 * @since 0.1.0
 */
export const codeExecution_20250825 = run("code_execution_20250825", "code_execution", args.common)

/**
 * Runs code in a container of the API and keeps the state of the interpreter while the container is used again.
 *
 * @category constructors
 * @since 0.1.0
 */
export const codeExecution_20260120 = run("code_execution_20260120", "code_execution", args.common)

/**
 * Runs code in a container of the API. This is the newest version.
 *
 * @category constructors
 * @since 0.1.0
 */
export const codeExecution_20260521 = run("code_execution_20260521", "code_execution", args.common)

/**
 * Searches the web.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webSearch_20250305 = run("web_search_20250305", "web_search", args.webSearch)

/**
 * Searches the web.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webSearch_20260209 = run("web_search_20260209", "web_search", args.webSearch)

/**
 * Searches the web. This is the newest version: `response_inclusion` tells whether results stay in the answer.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webSearch_20260318 = run("web_search_20260318", "web_search", args.webSearchWithInclusion)

/**
 * Fetches pages and documents of the web.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webFetch_20250910 = run("web_fetch_20250910", "web_fetch", args.webFetch)

/**
 * Fetches pages and documents of the web.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webFetch_20260209 = run("web_fetch_20260209", "web_fetch", args.webFetch)

/**
 * Fetches pages and documents of the web. `use_cache` tells whether a stored copy may be used.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webFetch_20260309 = run("web_fetch_20260309", "web_fetch", args.webFetchWithCache)

/**
 * Fetches pages and documents of the web. This is the newest version.
 *
 * @category constructors
 * @since 0.1.0
 */
export const webFetch_20260318 = run("web_fetch_20260318", "web_fetch", args.webFetchWithInclusion)

/**
 * Searches among the tools with `defer_loading`, by words.
 *
 * @category constructors
 * @since 0.1.0
 */
export const toolSearchBm25_20251119 = run("tool_search_tool_bm25_20251119", "tool_search_tool_bm25", args.common)

/**
 * Searches among the tools with `defer_loading`, by words, in the version that is current.
 *
 * @category constructors
 * @since 0.1.0
 */
export const toolSearchBm25 = run("tool_search_tool_bm25", "tool_search_tool_bm25", args.common)

/**
 * Searches among the tools with `defer_loading`, by regular expressions.
 *
 * @category constructors
 * @since 0.1.0
 */
export const toolSearchRegex_20251119 = run("tool_search_tool_regex_20251119", "tool_search_tool_regex", args.common)

/**
 * Searches among the tools with `defer_loading`, by regular expressions, in the version that is current.
 *
 * @category constructors
 * @since 0.1.0
 */
export const toolSearchRegex = run("tool_search_tool_regex", "tool_search_tool_regex", args.common)

/**
 * Runs commands in a shell that you keep.
 *
 * @category constructors
 * @since 0.1.0
 */
export const bash_20250124 = handled("bash_20250124", "bash", args.withExamples, args.bashParameters)

/**
 * Views and edits files that you keep.
 *
 * @category constructors
 * @since 0.1.0
 */
export const textEditor_20250124 = handled(
  "text_editor_20250124",
  "str_replace_editor",
  args.withExamples,
  args.textEditorParameters
)

/**
 * Views and edits files that you keep.
 *
 * @category constructors
 * @since 0.1.0
 */
export const textEditor_20250429 = handled(
  "text_editor_20250429",
  "str_replace_based_edit_tool",
  args.withExamples,
  args.textEditorParameters
)

/**
 * Views and edits files that you keep. `max_characters` bounds what a view shows.
 *
 * @category constructors
 * @since 0.1.0
 */
export const textEditor_20250728 = handled(
  "text_editor_20250728",
  "str_replace_based_edit_tool",
  args.textEditor,
  args.textEditorParameters
)

/**
 * Keeps a memory in files that you keep.
 *
 * @category constructors
 * @since 0.1.0
 */
export const memory_20250818 = handled("memory_20250818", "memory", args.withExamples, args.memoryParameters)

/**
 * Drives a browser of yours. Each of its members is a tool of the model.
 *
 * @category constructors
 * @since 0.1.0
 */
export const browserToolset_20260801 = toolset("browser_toolset_20260801", "browser")

/**
 * Drives a computer of yours. Each of its members is a tool of the model.
 *
 * @category constructors
 * @since 0.1.0
 */
export const computerToolset_20260801 = toolset("computer_toolset_20260801", "computer")

export type { ToolsetParameters, ToolsetResult } from "./ai/providerArgs.ts"
