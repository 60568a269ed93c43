// The schemas of the tools that are offered to a model. A tool of a known kind must fit, and one of an unknown kind is kept.
import * as Schema from "effect/Schema"
import { cacheControl, citations } from "./blockSchemas.ts"
import { checked, JsonObject, nullable, OpenUnion, optional } from "./checked.ts"
import { type FieldsOf, object, once } from "./object.ts"
import { recordOf } from "./record.ts"
import type {
  AnyToolParam,
  BashToolParam,
  CodeExecutionToolParam,
  MemoryToolParam,
  TextEditorToolParam,
  ToolInputSchema,
  ToolOptions,
  ToolParam,
  ToolResultUrls,
  ToolSearchToolParam,
  ToolsetConfig,
  ToolsetParam,
  UrlSources,
  UserLocation,
  WebFetchToolParam,
  WebSearchToolParam
} from "./ToolParams.ts"

const options = once<FieldsOf<ToolOptions>>(() => ({
  allowed_callers: optional(Schema.Array(Schema.String)),
  defer_loading: optional(Schema.Boolean),
  strict: optional(Schema.Boolean),
  cache_control: nullable(cacheControl())
}))

const examples = once(() => ({ input_examples: optional(Schema.Array(JsonObject)) }))

const inputSchema = once(() =>
  checked<ToolInputSchema>(
    "ToolInputSchema",
    Schema.Struct({
      type: Schema.Literal("object"),
      properties: nullable(JsonObject),
      required: nullable(Schema.Array(Schema.String))
    })
  )
)

const ownTool = once(() =>
  object<ToolParam>("ToolParam", {
    type: nullable(Schema.Literal("custom")),
    name: Schema.String,
    description: optional(Schema.String),
    input_schema: inputSchema(),
    eager_input_streaming: nullable(Schema.Boolean),
    ...examples(),
    ...options()
  })
)

const bash = once(() =>
  object<BashToolParam>("BashToolParam", {
    type: Schema.Literal("bash_20250124"),
    name: Schema.Literal("bash"),
    ...examples(),
    ...options()
  })
)

type OfType<Tool extends { readonly type: string }, Type extends Tool["type"]> = Extract<Tool, { readonly type: Type }>

const textEditors = once(
  () =>
    [
      object<OfType<TextEditorToolParam, "text_editor_20250124">>("TextEditor20250124", {
        type: Schema.Literal("text_editor_20250124"),
        name: Schema.Literal("str_replace_editor"),
        ...examples(),
        ...options()
      }),
      object<OfType<TextEditorToolParam, "text_editor_20250429">>("TextEditor20250429", {
        type: Schema.Literal("text_editor_20250429"),
        name: Schema.Literal("str_replace_based_edit_tool"),
        ...examples(),
        ...options()
      }),
      object<OfType<TextEditorToolParam, "text_editor_20250728">>("TextEditor20250728", {
        type: Schema.Literal("text_editor_20250728"),
        name: Schema.Literal("str_replace_based_edit_tool"),
        max_characters: nullable(Schema.Finite),
        ...examples(),
        ...options()
      })
    ] as const
)

const memory = once(() =>
  object<MemoryToolParam>("MemoryToolParam", {
    type: Schema.Literal("memory_20250818"),
    name: Schema.Literal("memory"),
    ...examples(),
    ...options()
  })
)

const toolset = once(() =>
  object<ToolsetParam>("ToolsetParam", {
    type: Schema.Literals(["browser_toolset_20260801", "computer_toolset_20260801"]),
    configs: nullable(
      recordOf(
        Schema.NullOr(
          object<ToolsetConfig>("ToolsetConfig", {
            enabled: optional(Schema.Boolean),
            defer_loading: optional(Schema.Boolean)
          })
        )
      )
    ),
    cache_control: nullable(cacheControl())
  })
)

const codeExecution = once(() =>
  object<CodeExecutionToolParam>("CodeExecutionToolParam", {
    type: Schema.Literals([
      "code_execution_20250522",
      "code_execution_20250825",
      "code_execution_20260120",
      "code_execution_20260521"
    ]),
    name: Schema.Literal("code_execution"),
    ...options()
  })
)

const domains = once(() => ({
  allowed_domains: nullable(Schema.Array(Schema.String)),
  blocked_domains: nullable(Schema.Array(Schema.String)),
  max_uses: nullable(Schema.Finite)
}))

const inclusion = once(() => ({ response_inclusion: optional(Schema.Literals(["full", "excluded"])) }))

const webSearch = once(() => ({
  name: Schema.Literal("web_search"),
  user_location: nullable(
    object<UserLocation>("UserLocation", {
      type: Schema.Literal("approximate"),
      city: nullable(Schema.String),
      region: nullable(Schema.String),
      country: nullable(Schema.String),
      timezone: nullable(Schema.String)
    })
  ),
  ...domains(),
  ...options()
}))

const webSearches = once(
  () =>
    [
      object<OfType<WebSearchToolParam, "web_search_20250305" | "web_search_20260209">>("WebSearch20250305", {
        type: Schema.Literals(["web_search_20250305", "web_search_20260209"]),
        ...webSearch()
      }),
      object<OfType<WebSearchToolParam, "web_search_20260318">>("WebSearch20260318", {
        type: Schema.Literal("web_search_20260318"),
        ...inclusion(),
        ...webSearch()
      })
    ] as const
)

const allOrNone = once(() => Schema.Struct({ type: Schema.Literals(["all", "none"]) }))

const resultUrls = once(() =>
  checked<ToolResultUrls>(
    "ToolResultUrls",
    Schema.Union([
      allOrNone(),
      Schema.Struct({
        type: Schema.Literals(["only", "except"]),
        tools: Schema.Array(Schema.Struct({ type: Schema.Literal("tool_reference"), name: Schema.String }))
      })
    ])
  )
)

const webFetch = once(() => ({
  name: Schema.Literal("web_fetch"),
  max_content_tokens: nullable(Schema.Finite),
  citations: nullable(citations()),
  url_sources: nullable(
    object<UrlSources>("UrlSources", {
      user_input: optional(allOrNone()),
      client_tool_results: optional(resultUrls()),
      server_tool_results: optional(resultUrls())
    })
  ),
  ...domains(),
  ...options()
}))

const webFetches = once(
  () =>
    [
      object<OfType<WebFetchToolParam, "web_fetch_20250910" | "web_fetch_20260209">>("WebFetch20250910", {
        type: Schema.Literals(["web_fetch_20250910", "web_fetch_20260209"]),
        ...webFetch()
      }),
      object<OfType<WebFetchToolParam, "web_fetch_20260309">>("WebFetch20260309", {
        type: Schema.Literal("web_fetch_20260309"),
        use_cache: optional(Schema.Boolean),
        ...webFetch()
      }),
      object<OfType<WebFetchToolParam, "web_fetch_20260318">>("WebFetch20260318", {
        type: Schema.Literal("web_fetch_20260318"),
        use_cache: optional(Schema.Boolean),
        ...inclusion(),
        ...webFetch()
      })
    ] as const
)

const toolSearches = once(
  () =>
    [
      object<OfType<ToolSearchToolParam, "tool_search_tool_bm25_20251119" | "tool_search_tool_bm25">>(
        "ToolSearchBm25",
        {
          type: Schema.Literals(["tool_search_tool_bm25_20251119", "tool_search_tool_bm25"]),
          name: Schema.Literal("tool_search_tool_bm25"),
          ...options()
        }
      ),
      object<OfType<ToolSearchToolParam, "tool_search_tool_regex_20251119" | "tool_search_tool_regex">>(
        "ToolSearchRegex",
        {
          type: Schema.Literals(["tool_search_tool_regex_20251119", "tool_search_tool_regex"]),
          name: Schema.Literal("tool_search_tool_regex"),
          ...options()
        }
      )
    ] as const
)

/** One tool. */
export const toolParam = once(() =>
  checked<AnyToolParam>(
    "AnyToolParam",
    OpenUnion([
      ownTool(),
      bash(),
      ...textEditors(),
      memory(),
      toolset(),
      codeExecution(),
      ...webSearches(),
      ...webFetches(),
      ...toolSearches()
    ])
  )
)
