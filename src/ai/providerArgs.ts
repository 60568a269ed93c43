// The arguments of the tools that the API defines, and what those are called with that the caller runs.
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

/** What every tool takes but a toolset. */
export const common = Schema.Struct(options)

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

export const webSearch = Schema.Struct(search)
export const webSearchWithInclusion = Schema.Struct({ ...search, ...inclusion })

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

export const webFetch = Schema.Struct(fetch)
export const webFetchWithCache = Schema.Struct(withCache)
export const webFetchWithInclusion = Schema.Struct({ ...withCache, ...inclusion })

const examples = { ...options, input_examples: optional(Schema.Array(Schema.Record(Schema.String, Schema.Unknown))) }

export const withExamples = Schema.Struct(examples)
export const textEditor = Schema.Struct({ ...examples, max_characters: nullable(Schema.Number) })

export const toolset = Schema.Struct({
  ...cached,
  configs: nullable(
    Schema.Record(
      Schema.String,
      Schema.NullOr(Schema.Struct({ enabled: optional(Schema.Boolean), defer_loading: optional(Schema.Boolean) }))
    )
  )
})

/** What is not documented is left to the handler: fields may be missing, and others may come. */
export const bashParameters = Schema.Struct({
  command: optional(Schema.String),
  restart: optional(Schema.Boolean)
})

export const textEditorParameters = Schema.Struct({
  command: Schema.String,
  path: Schema.String,
  view_range: optional(Schema.Array(Schema.Number)),
  file_text: optional(Schema.String),
  old_str: optional(Schema.String),
  new_str: optional(Schema.String),
  insert_line: optional(Schema.Number),
  insert_text: optional(Schema.String)
})

const command = <const Name extends string, Fields extends Schema.Struct.Fields>(name: Name, fields: Fields) =>
  Schema.Struct({ command: Schema.Literal(name), ...fields })

export const memoryParameters = Schema.Union([
  command("view", { path: Schema.String, view_range: optional(Schema.Array(Schema.Number)) }),
  command("create", { path: Schema.String, file_text: Schema.String }),
  command("str_replace", { path: Schema.String, old_str: Schema.String, new_str: Schema.String }),
  command("insert", { path: Schema.String, insert_line: Schema.Number, insert_text: Schema.String }),
  command("delete", { path: Schema.String }),
  command("rename", { old_path: Schema.String, new_path: Schema.String })
])

/** A call of a member of a toolset. */
export const toolsetParameters = Schema.Struct({
  member: Schema.String,
  input: Schema.Record(Schema.String, Schema.Unknown)
})

/**
 * A call of a member of a toolset: its name, such as `left_click`, and its input.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolsetParameters = typeof toolsetParameters.Type

/** A text, or the blocks of a result: texts, images, the state of a browser. */
export const toolsetResult = Schema.Union([
  Schema.String,
  Schema.Array(
    Schema.StructWithRest(Schema.Struct({ type: Schema.String }), [Schema.Record(Schema.String, Schema.Unknown)])
  )
])

/**
 * What the handler of a toolset returns: a text, or the blocks of a tool result as the API takes them.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolsetResult = typeof toolsetResult.Type
