// The usage of an answer: tokens, and uses of the tools of the API.
import * as Schema from "effect/Schema"
import { checked, nullable, OpenEnum, type Wire } from "./checked.ts"

const cacheCreation = Schema.Struct({
  ephemeral_5m_input_tokens: nullable(Schema.Finite),
  ephemeral_1h_input_tokens: nullable(Schema.Finite)
})

/**
 * Tokens written to the prompt cache, by their time to live.
 *
 * @category models
 * @since 0.1.0
 */
export interface CacheCreation extends Schema.Schema.Type<typeof cacheCreation> {}

/**
 * The schema of the tokens that were written to the prompt cache.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CacheCreation: Wire<CacheCreation> = checked("CacheCreation", cacheCreation)

const outputTokensDetails = Schema.Struct({ thinking_tokens: nullable(Schema.Finite) })

/**
 * A breakdown of the output tokens.
 *
 * @category models
 * @since 0.1.0
 */
export interface OutputTokensDetails extends Schema.Schema.Type<typeof outputTokensDetails> {}

/**
 * The schema of the parts of the output tokens.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OutputTokensDetails: Wire<OutputTokensDetails> = checked("OutputTokensDetails", outputTokensDetails)

const serverToolUsage = Schema.Struct({
  web_search_requests: nullable(Schema.Finite),
  web_fetch_requests: nullable(Schema.Finite)
})

/**
 * How often tools of the API were used.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerToolUsage extends Schema.Schema.Type<typeof serverToolUsage> {}

/**
 * The schema of how often tools of the API were used.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ServerToolUsage: Wire<ServerToolUsage> = checked("ServerToolUsage", serverToolUsage)

const usage = Schema.Struct({
  input_tokens: Schema.Finite,
  output_tokens: Schema.Finite,
  cache_creation_input_tokens: nullable(Schema.Finite),
  cache_read_input_tokens: nullable(Schema.Finite),
  cache_creation: nullable(CacheCreation),
  output_tokens_details: nullable(OutputTokensDetails),
  server_tool_use: nullable(ServerToolUsage),
  service_tier: nullable(OpenEnum(["standard", "priority", "batch"])),
  inference_geo: nullable(Schema.String),
  speed: nullable(OpenEnum(["standard", "fast"]))
})

/**
 * Token counts of an answer. The whole input is `input_tokens`, `cache_creation_input_tokens` and
 * `cache_read_input_tokens` together. Unknown fields are kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface Usage extends Schema.Schema.Type<typeof usage> {}

/**
 * The schema of the token counts of an answer. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Usage: Wire<Usage> = checked("Usage", usage)

const deltaUsage = Schema.Struct({
  output_tokens: Schema.Finite,
  input_tokens: nullable(Schema.Finite),
  cache_creation_input_tokens: nullable(Schema.Finite),
  cache_read_input_tokens: nullable(Schema.Finite),
  server_tool_use: nullable(ServerToolUsage),
  output_tokens_details: nullable(OutputTokensDetails)
})

/**
 * Counts of the whole message so far. They replace earlier ones. `null` means that a count is missing, and 0 is a count.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeltaUsage extends Schema.Schema.Type<typeof deltaUsage> {}

/**
 * The schema of the usage at the end of a stream.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DeltaUsage: Wire<DeltaUsage> = checked("DeltaUsage", deltaUsage)
