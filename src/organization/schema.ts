// What the endpoints of an organization answer: read-only envelopes, with amounts as exact decimals and times as `DateTime`.
// Unknown values of open sets are kept as they are.
import * as Schema from "effect/Schema"

const Nullable = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const Time = Schema.DateTimeUtcFromString

const OrganizationInfo_ = Schema.Struct({ id: Schema.String, name: Schema.String })

/**
 * The organization of the credential.
 *
 * @category models
 * @since 0.1.0
 */
export interface OrganizationInfo extends Schema.Schema.Type<typeof OrganizationInfo_> {}

/**
 * The schema of `OrganizationInfo`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OrganizationInfo: Schema.Codec<OrganizationInfo, unknown> = OrganizationInfo_

/** Who did something: a user, a key, a service account. Which fields there are depends on `type`. */
const Actor = Schema.Struct({
  type: Schema.String,
  user_id: Nullable(Schema.String),
  email_address: Nullable(Schema.String),
  name: Nullable(Schema.String),
  deleted: Nullable(Schema.Boolean),
  api_key_id: Nullable(Schema.String),
  scoped_api_key_id: Nullable(Schema.String),
  service_account_id: Nullable(Schema.String)
})

const Group = Schema.Struct({
  model: Nullable(Schema.String),
  service_tier: Nullable(Schema.String),
  workspace_id: Nullable(Schema.String),
  api_key_id: Nullable(Schema.String),
  context_window: Nullable(Schema.String),
  inference_geo: Nullable(Schema.String),
  speed: Nullable(Schema.String),
  product: Nullable(Schema.String),
  user_profile_id: Nullable(Schema.String),
  organization_id: Nullable(Schema.String),
  actor: Nullable(Actor),
  actor_type: Nullable(Schema.String),
  agent_id: Nullable(Schema.String),
  deployment_id: Nullable(Schema.String),
  environment_id: Nullable(Schema.String),
  session_id: Nullable(Schema.String),
  rbac_group_id: Nullable(Schema.String),
  slack_channel_id: Nullable(Schema.String),
  claude_tag_category: Nullable(Schema.String),
  claude_tag_user_id: Nullable(Schema.String),
  cost_type: Nullable(Schema.String),
  token_type: Nullable(Schema.String)
})

const UsageRow_ = Schema.Struct({
  starting_at: Time,
  ending_at: Time,
  group: Group,
  usage: Schema.Struct({
    uncached_input_tokens: Schema.Finite,
    output_tokens: Schema.Finite,
    cache_read_input_tokens: Schema.Finite,
    total_tokens: Schema.Finite,
    cache_creation: Schema.Struct({
      ephemeral_5m_input_tokens: Schema.Finite,
      ephemeral_1h_input_tokens: Schema.Finite
    }),
    server_tool_use: Nullable(Schema.Struct({ web_search_requests: Nullable(Schema.Finite) })),
    requests: Nullable(Schema.Finite)
  })
})

/**
 * What was used in a period, by the dimensions that were asked for. The others are null.
 *
 * @category models
 * @since 0.1.0
 */
export interface UsageRow extends Schema.Schema.Type<typeof UsageRow_> {}

/**
 * The schema of `UsageRow`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const UsageRow: Schema.Codec<UsageRow, unknown> = UsageRow_

const CostRow_ = Schema.Struct({
  starting_at: Time,
  ending_at: Time,
  group: Group,
  cost: Schema.Struct({
    /** In cents, with fractions: after discounts, before credits. */
    amount: Schema.BigDecimalFromString,
    /** In cents, with fractions: at list prices. */
    list_amount: Schema.BigDecimalFromString,
    currency: Schema.String,
    requests: Nullable(Schema.Finite)
  })
})

/**
 * What a period cost, by the dimensions that were asked for. Amounts are in cents, as exact decimals.
 *
 * @category models
 * @since 0.1.0
 */
export interface CostRow extends Schema.Schema.Type<typeof CostRow_> {}

/**
 * The schema of `CostRow`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CostRow: Schema.Codec<CostRow, unknown> = CostRow_

const LimitGroup = Schema.Struct({ id: Schema.String, type: Schema.String, display_name: Nullable(Schema.String) })

const RateLimit_ = Schema.Struct({
  id: Schema.String,
  group: LimitGroup,
  models: Nullable(Schema.Array(Schema.String)),
  limits: Schema.Array(Schema.Struct({ type: Schema.String, value: Schema.Finite }))
})

/**
 * The limits of one group: a family of models, or batches, files, skills, counts of tokens, web search.
 *
 * @category models
 * @since 0.1.0
 */
export interface RateLimit extends Schema.Schema.Type<typeof RateLimit_> {}

/**
 * The schema of `RateLimit`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RateLimit: Schema.Codec<RateLimit, unknown> = RateLimit_

const WorkspaceRateLimit_ = Schema.Struct({
  rate_limit_id: Schema.String,
  workspace_id: Schema.String,
  group: LimitGroup,
  models: Nullable(Schema.Array(Schema.String)),
  limits: Schema.Array(
    Schema.Struct({
      type: Schema.String,
      value: Schema.Finite,
      org_limit: Nullable(Schema.Finite),
      source: Nullable(Schema.Struct({ type: Schema.String }))
    })
  )
})

/**
 * The limits of one group in a workspace. The lower of these and of the organization's holds.
 *
 * @category models
 * @since 0.1.0
 */
export interface WorkspaceRateLimit extends Schema.Schema.Type<typeof WorkspaceRateLimit_> {}

/**
 * The schema of `WorkspaceRateLimit`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const WorkspaceRateLimit: Schema.Codec<WorkspaceRateLimit, unknown> = WorkspaceRateLimit_

const Workspace_ = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  created_at: Time,
  archived_at: Nullable(Time),
  display_color: Nullable(Schema.String),
  compartment_id: Nullable(Schema.String),
  external_key_id: Nullable(Schema.String),
  user_profile_id: Nullable(Schema.String),
  tags: Nullable(Schema.Record(Schema.String, Schema.String)),
  data_residency: Nullable(
    Schema.Struct({
      workspace_geo: Nullable(Schema.String),
      default_inference_geo: Nullable(Schema.String),
      allowed_inference_geos: Nullable(Schema.Union([Schema.Array(Schema.String), Schema.String]))
    })
  )
})

/**
 * A workspace, which batches, files and keys belong to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Workspace extends Schema.Schema.Type<typeof Workspace_> {}

/**
 * The schema of `Workspace`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Workspace: Schema.Codec<Workspace, unknown> = Workspace_

const ApiKey_ = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  status: Schema.String,
  created_at: Time,
  expires_at: Nullable(Time),
  partial_key_hint: Nullable(Schema.String),
  created_by: Nullable(Schema.Struct({ id: Schema.String, type: Schema.String })),
  principal: Nullable(Actor),
  scope: Nullable(Schema.Struct({ type: Schema.String, workspace_id: Nullable(Schema.String) }))
})

/**
 * What is known of an API key. The key itself is not.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApiKey extends Schema.Schema.Type<typeof ApiKey_> {}

/**
 * The schema of `ApiKey`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ApiKey: Schema.Codec<ApiKey, unknown> = ApiKey_

const SpendScope = Schema.Struct({
  type: Schema.String,
  workspace_id: Nullable(Schema.String),
  user_id: Nullable(Schema.String),
  seat_tier: Nullable(Schema.String),
  rbac_group_id: Nullable(Schema.String),
  service: Nullable(Schema.String)
})

const SpendLimit_ = Schema.Struct({
  id: Schema.String,
  /** In whole cents. Null where no cap is set. */
  amount: Schema.NullOr(Schema.BigDecimalFromString),
  currency: Schema.String,
  period: Schema.String,
  is_enabled: Nullable(Schema.Boolean),
  scope: SpendScope,
  created_at: Nullable(Time),
  updated_at: Nullable(Time)
})

/**
 * A cap on what is spent in a period.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpendLimit extends Schema.Schema.Type<typeof SpendLimit_> {}

/**
 * The schema of `SpendLimit`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SpendLimit: Schema.Codec<SpendLimit, unknown> = SpendLimit_

const SpendSummary_ = Schema.Struct({
  spend_limit_id: Nullable(Schema.String),
  actor: Actor,
  /** In cents. Null where no cap is set. */
  amount: Schema.NullOr(Schema.BigDecimalFromString),
  /** In cents. */
  period_to_date_spend: Schema.BigDecimalFromString,
  currency: Schema.String,
  period: Schema.String,
  scope: Nullable(SpendScope),
  /** Where the cap that holds was set. */
  source: Nullable(SpendScope)
})

/**
 * The cap that holds for a user, and what the user has spent in its period.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpendSummary extends Schema.Schema.Type<typeof SpendSummary_> {}

/**
 * The schema of `SpendSummary`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SpendSummary: Schema.Codec<SpendSummary, unknown> = SpendSummary_
