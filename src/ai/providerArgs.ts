// The arguments of the tools that the API defines, and the inputs of those that the caller runs.
import * as Schema from "effect/Schema"

const optional = <S extends Schema.Constraint>(schema: S) => Schema.optional(schema)
const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))
const strings = Schema.Array(Schema.String)

const cached = {
  cache_control: nullable(
    Schema.Struct({ type: Schema.Literal("ephemeral"), ttl: optional(Schema.Literals(["5m", "1h"])) })
  )
}

const options = {
  ...cached,
  allowed_callers: optional(strings),
  defer_loading: optional(Schema.Boolean),
  strict: optional(Schema.Boolean)
}

const commonStruct = Schema.Struct(options)

/**
 * The arguments that every tool has, except toolsets.
 *
 * @category options
 * @since 0.1.0
 */
export interface CommonArgs extends Schema.Schema.Type<typeof commonStruct> {}

export const common: Schema.Codec<CommonArgs> = commonStruct

const domains = {
  ...options,
  allowed_domains: nullable(strings),
  blocked_domains: nullable(strings),
  max_uses: nullable(Schema.Number)
}

const inclusion = { response_inclusion: optional(Schema.Literals(["full", "excluded"])) }

const search = {
  ...domains,
  user_location: nullable(
    Schema.Struct({
      type: Schema.Literal("approximate"),
      city: nullable(Schema.String),
      region: nullable(Schema.String),
      country: nullable(Schema.String),
      timezone: nullable(Schema.String)
    })
  )
}

const webSearchStruct = Schema.Struct(search)

/**
 * The arguments of a web search.
 *
 * @category options
 * @since 0.1.0
 */
export interface WebSearchArgs extends Schema.Schema.Type<typeof webSearchStruct> {}

export const webSearch: Schema.Codec<WebSearchArgs> = webSearchStruct
const webSearchWithInclusionStruct = Schema.Struct({ ...search, ...inclusion })

/**
 * The arguments of a web search that sets whether results stay in the answer.
 *
 * @category options
 * @since 0.1.0
 */
export interface WebSearchArgsWithInclusion extends Schema.Schema.Type<typeof webSearchWithInclusionStruct> {}

export const webSearchWithInclusion: Schema.Codec<WebSearchArgsWithInclusion> = webSearchWithInclusionStruct

const allOrNone = Schema.Struct({ type: Schema.Literals(["all", "none"]) })

const sources = Schema.Union([
  allOrNone,
  Schema.Struct({
    type: Schema.Literals(["only", "except"]),
    tools: Schema.Array(Schema.Struct({ type: Schema.Literal("tool_reference"), name: Schema.String }))
  })
])

const fetch = {
  ...domains,
  max_content_tokens: nullable(Schema.Number),
  citations: nullable(Schema.Struct({ enabled: optional(Schema.Boolean) })),
  url_sources: nullable(
    Schema.Struct({
      user_input: optional(allOrNone),
      client_tool_results: optional(sources),
      server_tool_results: optional(sources)
    })
  )
}

const withCache = { ...fetch, use_cache: optional(Schema.Boolean) }

const webFetchStruct = Schema.Struct(fetch)

/**
 * The arguments of a web fetch.
 *
 * @category options
 * @since 0.1.0
 */
export interface WebFetchArgs extends Schema.Schema.Type<typeof webFetchStruct> {}

export const webFetch: Schema.Codec<WebFetchArgs> = webFetchStruct
const webFetchWithCacheStruct = Schema.Struct(withCache)

/**
 * The arguments of a web fetch that sets whether a stored copy may be used.
 *
 * @category options
 * @since 0.1.0
 */
export interface WebFetchArgsWithCache extends Schema.Schema.Type<typeof webFetchWithCacheStruct> {}

export const webFetchWithCache: Schema.Codec<WebFetchArgsWithCache> = webFetchWithCacheStruct
const webFetchWithInclusionStruct = Schema.Struct({ ...withCache, ...inclusion })

/**
 * The arguments of the newest web fetch.
 *
 * @category options
 * @since 0.1.0
 */
export interface WebFetchArgsWithInclusion extends Schema.Schema.Type<typeof webFetchWithInclusionStruct> {}

export const webFetchWithInclusion: Schema.Codec<WebFetchArgsWithInclusion> = webFetchWithInclusionStruct

const examples = { ...options, input_examples: optional(Schema.Array(Schema.Record(Schema.String, Schema.Unknown))) }

const withExamplesStruct = Schema.Struct(examples)

/**
 * The arguments of a tool with examples of its input.
 *
 * @category options
 * @since 0.1.0
 */
export interface ArgsWithExamples extends Schema.Schema.Type<typeof withExamplesStruct> {}

export const withExamples: Schema.Codec<ArgsWithExamples> = withExamplesStruct
const textEditorStruct = Schema.Struct({ ...examples, max_characters: nullable(Schema.Number) })

/**
 * The arguments of a text editor with a limit on the characters of a view.
 *
 * @category options
 * @since 0.1.0
 */
export interface TextEditorArgs extends Schema.Schema.Type<typeof textEditorStruct> {}

export const textEditor: Schema.Codec<TextEditorArgs> = textEditorStruct

const toolsetStruct = Schema.Struct({
  ...cached,
  configs: nullable(
    Schema.Record(
      Schema.String,
      Schema.NullOr(Schema.Struct({ enabled: optional(Schema.Boolean), defer_loading: optional(Schema.Boolean) }))
    )
  )
})

/**
 * The arguments of a toolset: `configs` switches its members on and off.
 *
 * @category options
 * @since 0.1.0
 */
export interface ToolsetArgs extends Schema.Schema.Type<typeof toolsetStruct> {}

export const toolset: Schema.Codec<ToolsetArgs> = toolsetStruct

const bashStruct = Schema.Struct({
  command: optional(Schema.String),
  restart: optional(Schema.Boolean)
})

/**
 * A call of a shell. It is not documented in full: fields may be missing, and others may be present.
 *
 * @category models
 * @since 0.1.0
 */
export interface BashParameters extends Schema.Schema.Type<typeof bashStruct> {}

export const bashParameters: Schema.Codec<BashParameters> = bashStruct

const textEditorCall = Schema.Struct({
  command: Schema.String,
  path: Schema.String,
  view_range: optional(Schema.Array(Schema.Number)),
  file_text: optional(Schema.String),
  old_str: optional(Schema.String),
  new_str: optional(Schema.String),
  insert_line: optional(Schema.Number),
  insert_text: optional(Schema.String)
})

/**
 * A call of a text editor: `command` is `view`, `create`, `str_replace`, `insert`, or one that was added later.
 *
 * @category models
 * @since 0.1.0
 */
export interface TextEditorParameters extends Schema.Schema.Type<typeof textEditorCall> {}

export const textEditorParameters: Schema.Codec<TextEditorParameters> = textEditorCall

const command = <const Name extends string, Fields extends Schema.Struct.Fields>(name: Name, fields: Fields) =>
  Schema.Struct({ command: Schema.Literal(name), ...fields })

const memoryView = command("view", { path: Schema.String, view_range: optional(Schema.Array(Schema.Number)) })
const memoryCreate = command("create", { path: Schema.String, file_text: Schema.String })
const memoryReplace = command("str_replace", { path: Schema.String, old_str: Schema.String, new_str: Schema.String })
const memoryInsert = command("insert", { path: Schema.String, insert_line: Schema.Number, insert_text: Schema.String })
const memoryDelete = command("delete", { path: Schema.String })
const memoryRename = command("rename", { old_path: Schema.String, new_path: Schema.String })

/**
 * Shows a file of the memory, or lists a directory.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryView extends Schema.Schema.Type<typeof memoryView> {}

/**
 * Writes a file of the memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryCreate extends Schema.Schema.Type<typeof memoryCreate> {}

/**
 * Replaces a text in a file of the memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryReplace extends Schema.Schema.Type<typeof memoryReplace> {}

/**
 * Inserts a text into a file of the memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryInsert extends Schema.Schema.Type<typeof memoryInsert> {}

/**
 * Deletes a file or a directory of the memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryDelete extends Schema.Schema.Type<typeof memoryDelete> {}

/**
 * Gives a file or a directory of the memory another path.
 *
 * @category models
 * @since 0.1.0
 */
export interface MemoryRename extends Schema.Schema.Type<typeof memoryRename> {}

/**
 * A call of the memory. `command` says which one.
 *
 * @category models
 * @since 0.1.0
 */
export type MemoryParameters = MemoryView | MemoryCreate | MemoryReplace | MemoryInsert | MemoryDelete | MemoryRename

export const memoryParameters: Schema.Codec<MemoryParameters> = Schema.Union([
  memoryView,
  memoryCreate,
  memoryReplace,
  memoryInsert,
  memoryDelete,
  memoryRename
])

const toolsetCall = Schema.Struct({
  member: Schema.String,
  input: Schema.Record(Schema.String, Schema.Unknown)
})

/**
 * A call of a member of a toolset: its name, such as `left_click`, and its input.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolsetParameters extends Schema.Schema.Type<typeof toolsetCall> {}

export const toolsetParameters: Schema.Codec<ToolsetParameters> = toolsetCall

const toolsetBlock = Schema.StructWithRest(Schema.Struct({ type: Schema.String }), [
  Schema.Record(Schema.String, Schema.Unknown)
])

/**
 * A block of what a toolset returns: a text, an image, the state of a browser.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolsetBlock extends Schema.Schema.Type<typeof toolsetBlock> {}

/**
 * What the handler of a toolset returns: a text, or the blocks of a tool result as the API takes them.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolsetResult = string | ReadonlyArray<ToolsetBlock>

export const toolsetResult: Schema.Codec<ToolsetResult> = Schema.Union([Schema.String, Schema.Array(toolsetBlock)])
