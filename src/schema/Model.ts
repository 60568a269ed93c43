// A model of the Models API, and what it can do.
import * as Schema from "effect/Schema"
import { checked, nullable, OpenEnum, type Optional, optional, Timestamp, type Wire } from "./checked.ts"

const supportFields = { supported: Schema.Boolean }

const support = Schema.Struct(supportFields)

/**
 * Whether a model can do something.
 *
 * @category models
 * @since 0.1.0
 */
export interface Support extends Schema.Schema.Type<typeof support> {}

/** It has a type annotation, because declarations would otherwise name each of its fields by the path of a file. */
const leaf: Optional<Schema.NullOr<Wire<Support, Support>>> = nullable(checked("Support", support))

const contextManagementSupport = Schema.Struct({
  ...supportFields,
  clear_thinking_20251015: leaf,
  clear_tool_uses_20250919: leaf,
  compact_20260112: leaf
})

/**
 * Which edits of its context a model supports.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContextManagementSupport extends Schema.Schema.Type<typeof contextManagementSupport> {}

const effortSupport = Schema.Struct({
  ...supportFields,
  low: leaf,
  medium: leaf,
  high: leaf,
  xhigh: leaf,
  max: leaf
})

/**
 * Which levels of effort a model supports.
 *
 * @category models
 * @since 0.1.0
 */
export interface EffortSupport extends Schema.Schema.Type<typeof effortSupport> {}

const serverToolsSupport = Schema.Struct({ ...supportFields, web_search: leaf, code_execution: leaf })

/**
 * Which tools of the API a model supports.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerToolsSupport extends Schema.Schema.Type<typeof serverToolsSupport> {}

const thinkingTypesSupport = Schema.Struct({ adaptive: leaf, enabled: leaf, disabled: leaf, between_tools: leaf })

/**
 * Which types of thinking a model supports.
 *
 * @category models
 * @since 0.1.0
 */
export interface ThinkingTypesSupport extends Schema.Schema.Type<typeof thinkingTypesSupport> {}

const thinkingSupport = Schema.Struct({
  ...supportFields,
  types: nullable(checked<ThinkingTypesSupport, ThinkingTypesSupport>("ThinkingTypesSupport", thinkingTypesSupport))
})

/**
 * Whether and how a model thinks.
 *
 * @category models
 * @since 0.1.0
 */
export interface ThinkingSupport extends Schema.Schema.Type<typeof thinkingSupport> {}

const modelCapabilities = Schema.Struct({
  batch: leaf,
  citations: leaf,
  code_execution: leaf,
  context_management: nullable(
    checked<ContextManagementSupport, ContextManagementSupport>("ContextManagementSupport", contextManagementSupport)
  ),
  effort: nullable(checked<EffortSupport, EffortSupport>("EffortSupport", effortSupport)),
  image_input: leaf,
  pdf_input: leaf,
  server_tools: nullable(checked<ServerToolsSupport, ServerToolsSupport>("ServerToolsSupport", serverToolsSupport)),
  structured_outputs: leaf,
  thinking: nullable(checked<ThinkingSupport, ThinkingSupport>("ThinkingSupport", thinkingSupport))
})

/**
 * What a model can do. Every leaf is `{ supported }`. Unknown capabilities are kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface ModelCapabilities extends Schema.Schema.Type<typeof modelCapabilities> {}

/**
 * The schema of what a model can do. Unknown capabilities are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ModelCapabilities: Wire<ModelCapabilities, ModelCapabilities> = checked(
  "ModelCapabilities",
  modelCapabilities
)

/**
 * A line of models. The set is open.
 *
 * @category models
 * @since 0.1.0
 */
export type ModelLine = "haiku" | "sonnet" | "opus" | "fable" | "mythos" | (string & {})

/**
 * The schema of a line of models.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ModelLine: Wire<ModelLine, string> = OpenEnum(["haiku", "sonnet", "opus", "fable", "mythos"])

/**
 * A stage in the life of a model. The set is open.
 *
 * @category models
 * @since 0.1.0
 */
export type ModelLifecycle = "active" | "deprecated" | "retired" | (string & {})

/**
 * The schema of a stage in the life of a model.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ModelLifecycle: Wire<ModelLifecycle, string> = OpenEnum(["active", "deprecated", "retired"])

const modelInfo = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("model"),
  display_name: Schema.String,
  created_at: Timestamp,
  line: nullable(ModelLine),
  lifecycle: optional(ModelLifecycle),
  deprecated_at: nullable(Timestamp),
  retires_at: nullable(Timestamp),
  max_input_tokens: nullable(Schema.Finite),
  max_tokens: nullable(Schema.Finite),
  capabilities: nullable(ModelCapabilities)
})

/**
 * A model: its limits in tokens, its life cycle and what it can do. If a limit is null, it is unknown. Unknown fields are kept.
 *
 * Timestamps are `DateTime.Utc`. The API writes the epoch as `created_at` if it does not know the day of release.
 *
 * @category models
 * @since 0.1.0
 */
export interface ModelInfo extends Schema.Schema.Type<typeof modelInfo> {}

/**
 * A model as JSON: its timestamps are RFC 3339 texts.
 *
 * @category models
 * @since 0.1.0
 */
export interface ModelInfoEncoded extends Schema.Codec.Encoded<typeof modelInfo> {}

/**
 * The schema of a model. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ModelInfo: Wire<ModelInfo, ModelInfoEncoded> = checked("ModelInfo", modelInfo)
