// The parameters of an answer, as types and as schemas. The types are written by hand, for short names in an editor.
import * as Schema from "effect/Schema"
import type { ModelId } from "../facts/models.ts"
import type { ContentBlockParam, TextBlockParam } from "./BlockParams.ts"
import { assistantContent, cacheControl, systemContent, userContent } from "./blockSchemas.ts"
import type { CacheControl } from "./CacheControl.ts"
import { checked, JsonObject, nullable, optional, type Wire } from "./checked.ts"
import type { ContentBlock } from "./Message.ts"
import { deferred, type FieldsOf, fieldsOf, object, once } from "./object.ts"
import type { AnyToolParam } from "./ToolParams.ts"
import { toolParam } from "./toolSchemas.ts"

export type { ModelId } from "../facts/models.ts"
export type * from "./BlockParams.ts"
export type { Cacheable, CacheControl } from "./CacheControl.ts"

/**
 * A turn of the user.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserMessageParam {
  readonly role: "user"
  readonly content: string | ReadonlyArray<ContentBlockParam>
}

/**
 * A turn of the model. The `content` of a received message can be used unchanged.
 *
 * @category models
 * @since 0.1.0
 */
export interface AssistantMessageParam {
  readonly role: "assistant"
  readonly content: string | ReadonlyArray<ContentBlockParam | ContentBlock>
}

/**
 * A system message in the middle of a conversation.
 *
 * @category models
 * @since 0.1.0
 */
export interface SystemMessageParam {
  readonly role: "system"
  readonly content: string | ReadonlyArray<TextBlockParam>
}

/**
 * One turn of a conversation.
 *
 * @category models
 * @since 0.1.0
 */
export type MessageParam = UserMessageParam | AssistantMessageParam | SystemMessageParam

/**
 * The schema of one turn of a conversation.
 *
 * A block of a turn of the user must fit if its kind is known. A block of a turn of the model is always kept, and is sent
 * back unchanged.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MessageParam: Wire<MessageParam> = deferred("MessageParam", () =>
  Schema.Union([
    object<UserMessageParam>("UserMessageParam", { role: Schema.Literal("user"), content: userContent() }),
    object<AssistantMessageParam>("AssistantMessageParam", {
      role: Schema.Literal("assistant"),
      content: assistantContent()
    }),
    object<SystemMessageParam>("SystemMessageParam", { role: Schema.Literal("system"), content: systemContent() })
  ])
)

/**
 * Which tools the model may or must call.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolChoice =
  | { readonly type: "auto" | "any"; readonly disable_parallel_tool_use?: boolean | undefined }
  | { readonly type: "tool"; readonly name: string; readonly disable_parallel_tool_use?: boolean | undefined }
  | { readonly type: "none" }

/**
 * Whether and how the model thinks before it answers. The capabilities of a model say which types it takes.
 *
 * @category models
 * @since 0.1.0
 */
export type ThinkingParam =
  | { readonly type: "adaptive"; readonly display?: "summarized" | "omitted" | null | undefined }
  | {
      readonly type: "enabled"
      /** In tokens. At least 1 024 and less than `max_tokens`. */
      readonly budget_tokens: number
      readonly display?: "summarized" | "omitted" | null | undefined
    }
  | { readonly type: "disabled" | "between_tools" }

/**
 * A JSON Schema that the answer has to fit.
 *
 * @category models
 * @since 0.1.0
 */
export interface JsonSchemaFormat {
  readonly type: "json_schema"
  readonly schema: { readonly [keyword: string]: unknown }
}

/**
 * The effort and the format of an answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface OutputConfig {
  readonly effort?: "low" | "medium" | "high" | "xhigh" | "max" | null | undefined
  readonly format?: JsonSchemaFormat | null | undefined
}

/**
 * A skill to load into a container.
 *
 * @category models
 * @since 0.1.0
 */
export interface SkillParam {
  readonly type: "anthropic" | "custom"
  readonly skill_id: string
  readonly version?: "latest" | (string & {}) | undefined
}

/**
 * A container to use again, and the skills to load into it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ContainerParams {
  readonly id?: string | null | undefined
  readonly skills?: ReadonlyArray<SkillParam> | null | undefined
}

/**
 * The answer before this one, for the diagnosis of a missed prompt cache. `null` on the first turn.
 *
 * @category models
 * @since 0.1.0
 */
export interface DiagnosticsParam {
  readonly previous_message_id?: string | null | undefined
}

/**
 * Metadata about the origin of a request.
 *
 * @category models
 * @since 0.1.0
 */
export interface MetadataParam {
  /** An opaque id of the end user, without personal data. */
  readonly user_id?: string | null | undefined
}

/**
 * The parameters of an answer that determine its input tokens.
 *
 * @category models
 * @since 0.1.0
 */
export interface CountTokensParams {
  readonly model: ModelId
  /** At most 100 000. Consecutive turns of the same role are merged. */
  readonly messages: ReadonlyArray<MessageParam>
  readonly system?: string | ReadonlyArray<TextBlockParam> | undefined
  readonly thinking?: ThinkingParam | undefined
  readonly tools?: ReadonlyArray<AnyToolParam> | undefined
  readonly tool_choice?: ToolChoice | undefined
  readonly output_config?: OutputConfig | undefined
  /** A breakpoint on the last block that can be cached. */
  readonly cache_control?: CacheControl | null | undefined
  readonly speed?: "standard" | "fast" | null | undefined
}

const parallel = once(() => ({ disable_parallel_tool_use: optional(Schema.Boolean) }))

const toolChoice = once(() =>
  checked<ToolChoice>(
    "ToolChoice",
    Schema.Union([
      Schema.Struct({ type: Schema.Literals(["auto", "any"]), ...parallel() }),
      Schema.Struct({ type: Schema.Literal("tool"), name: Schema.String, ...parallel() }),
      Schema.Struct({ type: Schema.Literal("none") })
    ])
  )
)

const display = once(() => nullable(Schema.Literals(["summarized", "omitted"])))

const thinking = once(() =>
  checked<ThinkingParam>(
    "ThinkingParam",
    Schema.Union([
      Schema.Struct({ type: Schema.Literal("adaptive"), display: display() }),
      Schema.Struct({ type: Schema.Literal("enabled"), budget_tokens: Schema.Finite, display: display() }),
      Schema.Struct({ type: Schema.Literals(["disabled", "between_tools"]) })
    ])
  )
)

const outputConfig = once(() =>
  object<OutputConfig>("OutputConfig", {
    effort: nullable(Schema.Literals(["low", "medium", "high", "xhigh", "max"])),
    format: nullable(
      object<JsonSchemaFormat>("JsonSchemaFormat", { type: Schema.Literal("json_schema"), schema: JsonObject })
    )
  })
)

const skill = once(() =>
  object<SkillParam>("SkillParam", {
    type: Schema.Literals(["anthropic", "custom"]),
    skill_id: Schema.String,
    version: optional(Schema.String)
  })
)

const container = once(() =>
  object<ContainerParams>("ContainerParams", {
    id: nullable(Schema.String),
    skills: nullable(Schema.Array(skill()))
  })
)

const countTokensFields = once<FieldsOf<CountTokensParams>>(() => ({
  model: Schema.String,
  messages: Schema.Array(MessageParam),
  system: optional(systemContent()),
  thinking: optional(thinking()),
  tools: optional(Schema.Array(toolParam())),
  tool_choice: optional(toolChoice()),
  output_config: optional(outputConfig()),
  cache_control: nullable(cacheControl()),
  speed: nullable(Schema.Literals(["standard", "fast"]))
}))

/**
 * The schema of the parameters of a count of tokens. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CountTokensParams: Wire<CountTokensParams> = deferred("CountTokensParams", () =>
  fieldsOf(countTokensFields())
)

/**
 * The parameters of one answer (`POST /v1/messages`), with the names of the API.
 *
 * Fields of a beta are added with `Messages.withExtra`.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageParams extends CountTokensParams {
  /** The most tokens to generate. 0 only warms the prompt cache. */
  readonly max_tokens: number
  readonly stop_sequences?: ReadonlyArray<string> | undefined
  /** The id of a container to use again, or a container with skills. */
  readonly container?: string | ContainerParams | null | undefined
  /** Asks why the prompt cache was missed since an earlier answer. */
  readonly diagnostics?: DiagnosticsParam | null | undefined
  /** The region of inference. Default: that of the workspace. */
  readonly inference_geo?: string | null | undefined
  readonly metadata?: MetadataParam | undefined
  readonly service_tier?: "auto" | "standard_only" | undefined
}

/**
 * The schema of the parameters of one answer, for queues, activities, RPC and stored requests.
 *
 * Unknown fields are kept, and undefined ones are left out of the JSON. It does not make the checks of `BatchRequest.check`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MessageParams: Wire<MessageParams> = deferred("MessageParams", () =>
  fieldsOf<MessageParams>({
    ...countTokensFields(),
    max_tokens: Schema.Finite,
    stop_sequences: optional(Schema.Array(Schema.String)),
    container: nullable(Schema.Union([Schema.String, container()])),
    diagnostics: nullable(
      object<DiagnosticsParam>("DiagnosticsParam", { previous_message_id: nullable(Schema.String) })
    ),
    inference_geo: nullable(Schema.String),
    metadata: optional(object<MetadataParam>("MetadataParam", { user_id: nullable(Schema.String) })),
    service_tier: optional(Schema.Literals(["auto", "standard_only"]))
  })
)
