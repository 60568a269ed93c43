import * as Schema from "effect/Schema"
import { checked, OpenEnum } from "./checked.ts"
import { Envelope } from "./envelope.ts"

const Support = Schema.Struct({ supported: Schema.Boolean })
const nullable = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/**
 * What a model can do, as the API tells it. Every leaf is `{ supported }`; keys that this version does not know are kept.
 */
export const ModelCapabilities = checked(
  Schema.Struct({
    batch: nullable(Support),
    citations: nullable(Support),
    code_execution: nullable(Support),
    context_management: nullable(
      Schema.Struct({
        supported: Schema.Boolean,
        clear_thinking_20251015: nullable(Support),
        clear_tool_uses_20250919: nullable(Support),
        compact_20260112: nullable(Support)
      })
    ),
    effort: nullable(
      Schema.Struct({
        supported: Schema.Boolean,
        low: nullable(Support),
        medium: nullable(Support),
        high: nullable(Support),
        xhigh: nullable(Support),
        max: nullable(Support)
      })
    ),
    image_input: nullable(Support),
    pdf_input: nullable(Support),
    server_tools: nullable(
      Schema.Struct({
        supported: Schema.Boolean,
        web_search: nullable(Support),
        code_execution: nullable(Support)
      })
    ),
    structured_outputs: nullable(Support),
    thinking: nullable(
      Schema.Struct({
        supported: Schema.Boolean,
        types: nullable(
          Schema.Struct({
            adaptive: nullable(Support),
            enabled: nullable(Support),
            disabled: nullable(Support),
            between_tools: nullable(Support)
          })
        )
      })
    )
  })
)
export type ModelCapabilities = typeof ModelCapabilities.Type

export const ModelLine = OpenEnum(["haiku", "sonnet", "opus", "fable", "mythos"])
export type ModelLine = typeof ModelLine.Type

export const ModelLifecycle = OpenEnum(["active", "deprecated", "retired"])
export type ModelLifecycle = typeof ModelLifecycle.Type

/** One model of the Models API (`GET /v1/models/{model_id}`). Limits are in tokens; a null limit is not known. */
export const ModelInfo = Envelope({
  id: Schema.String,
  type: Schema.Literal("model"),
  display_name: Schema.String,
  created_at: Schema.DateTimeUtcFromString,
  line: nullable(ModelLine),
  lifecycle: Schema.optionalKey(ModelLifecycle),
  deprecated_at: nullable(Schema.DateTimeUtcFromString),
  retires_at: nullable(Schema.DateTimeUtcFromString),
  max_input_tokens: nullable(Schema.Number),
  max_tokens: nullable(Schema.Number),
  capabilities: nullable(ModelCapabilities)
})
export type ModelInfo = typeof ModelInfo.Type
