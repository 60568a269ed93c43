// The answers of the endpoints of an organization, with amounts as exact decimals and times as `DateTime`. Unknown fields,
// and unknown values of open sets, are kept unchanged.
import * as BigDecimal from "effect/BigDecimal"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Check, Invalid } from "../schema/check.ts"
import { checked, fromCheck, nullable, Timestamp, type Wire } from "../schema/checked.ts"
import { recordOf } from "../schema/record.ts"

const checkAmount: Check = (input, mode) => {
  const isDecimal = BigDecimal.isBigDecimal(input)
  if (mode === "type") return isDecimal ? input : new Invalid("a BigDecimal")
  if (mode === "encode") return isDecimal ? BigDecimal.format(input) : new Invalid("a BigDecimal")
  const amount = typeof input === "string" ? BigDecimal.fromString(input) : Option.none()
  return Option.getOrElse(amount, () => new Invalid("a decimal number as text"))
}

/** An exact decimal: text on the wire. */
const Amount: Wire<BigDecimal.BigDecimal, string> = fromCheck(
  { check: checkAmount },
  { toJsonSchema: () => ({ type: "string" }) }
)

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
export const OrganizationInfo: Wire<OrganizationInfo> = checked("OrganizationInfo", OrganizationInfo_)

/** A user, a key or a service account. The fields depend on `type`. */
const Actor = Schema.Struct({
  type: Schema.String,
  user_id: nullable(Schema.String),
  email_address: nullable(Schema.String),
  name: nullable(Schema.String),
  deleted: nullable(Schema.Boolean),
  api_key_id: nullable(Schema.String),
  scoped_api_key_id: nullable(Schema.String),
  service_account_id: nullable(Schema.String)
})

const Group = Schema.Struct({
  model: nullable(Schema.String),
  service_tier: nullable(Schema.String),
  workspace_id: nullable(Schema.String),
  api_key_id: nullable(Schema.String),
  context_window: nullable(Schema.String),
  inference_geo: nullable(Schema.String),
  speed: nullable(Schema.String),
  product: nullable(Schema.String),
  user_profile_id: nullable(Schema.String),
  organization_id: nullable(Schema.String),
  actor: nullable(Actor),
  actor_type: nullable(Schema.String),
  agent_id: nullable(Schema.String),
  deployment_id: nullable(Schema.String),
  environment_id: nullable(Schema.String),
  session_id: nullable(Schema.String),
  rbac_group_id: nullable(Schema.String),
  slack_channel_id: nullable(Schema.String),
  claude_tag_category: nullable(Schema.String),
  claude_tag_user_id: nullable(Schema.String),
  cost_type: nullable(Schema.String),
  token_type: nullable(Schema.String)
})

const UsageRow_ = Schema.Struct({
  starting_at: Timestamp,
  ending_at: Timestamp,
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
    server_tool_use: nullable(Schema.Struct({ web_search_requests: nullable(Schema.Finite) })),
    requests: nullable(Schema.Finite)
  })
})

/**
 * The usage of a period, by the requested dimensions. The others are null.
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
export const UsageRow: Wire<UsageRow> = checked("UsageRow", UsageRow_)

const CostRow_ = Schema.Struct({
  starting_at: Timestamp,
  ending_at: Timestamp,
  group: Group,
  cost: Schema.Struct({
    /** In cents, with fractions: after discounts, before credits. */
    amount: Amount,
    /** In cents, with fractions: at list prices. */
    list_amount: Amount,
    currency: Schema.String,
    requests: nullable(Schema.Finite)
  })
})

/**
 * The cost of a period, by the requested dimensions. Amounts are in cents, as exact decimals.
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
export const CostRow: Wire<CostRow> = checked("CostRow", CostRow_)

const LimitGroup = Schema.Struct({ id: Schema.String, type: Schema.String, display_name: nullable(Schema.String) })

const RateLimit_ = Schema.Struct({
  id: Schema.String,
  group: LimitGroup,
  models: nullable(Schema.Array(Schema.String)),
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
export const RateLimit: Wire<RateLimit> = checked("RateLimit", RateLimit_)

const WorkspaceRateLimit_ = Schema.Struct({
  rate_limit_id: Schema.String,
  workspace_id: Schema.String,
  group: LimitGroup,
  models: nullable(Schema.Array(Schema.String)),
  limits: Schema.Array(
    Schema.Struct({
      type: Schema.String,
      value: Schema.Finite,
      org_limit: nullable(Schema.Finite),
      source: nullable(Schema.Struct({ type: Schema.String }))
    })
  )
})

/**
 * The limits of one group in a workspace. The lower of these and of the organization's limits applies.
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
export const WorkspaceRateLimit: Wire<WorkspaceRateLimit> = checked("WorkspaceRateLimit", WorkspaceRateLimit_)

const Workspace_ = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  created_at: Timestamp,
  archived_at: nullable(Timestamp),
  display_color: nullable(Schema.String),
  compartment_id: nullable(Schema.String),
  external_key_id: nullable(Schema.String),
  user_profile_id: nullable(Schema.String),
  tags: nullable(recordOf(Schema.String)),
  data_residency: nullable(
    Schema.Struct({
      workspace_geo: nullable(Schema.String),
      default_inference_geo: nullable(Schema.String),
      allowed_inference_geos: nullable(Schema.Union([Schema.Array(Schema.String), Schema.String]))
    })
  )
})

/**
 * A workspace, to which batches, files and keys belong.
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
export const Workspace: Wire<Workspace> = checked("Workspace", Workspace_)

const ApiKey_ = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  status: Schema.String,
  created_at: Timestamp,
  expires_at: nullable(Timestamp),
  partial_key_hint: nullable(Schema.String),
  created_by: nullable(Schema.Struct({ id: Schema.String, type: Schema.String })),
  principal: nullable(Actor),
  scope: nullable(Schema.Struct({ type: Schema.String, workspace_id: nullable(Schema.String) }))
})

/**
 * An API key, without the key itself.
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
export const ApiKey: Wire<ApiKey> = checked("ApiKey", ApiKey_)

const SpendScope = Schema.Struct({
  type: Schema.String,
  workspace_id: nullable(Schema.String),
  user_id: nullable(Schema.String),
  seat_tier: nullable(Schema.String),
  rbac_group_id: nullable(Schema.String),
  service: nullable(Schema.String)
})

const SpendLimit_ = Schema.Struct({
  id: Schema.String,
  /** In whole cents. Null if no limit is set. */
  amount: Schema.NullOr(Amount),
  currency: Schema.String,
  period: Schema.String,
  is_enabled: nullable(Schema.Boolean),
  scope: SpendScope,
  created_at: nullable(Timestamp),
  updated_at: nullable(Timestamp)
})

/**
 * A limit of the spend in a period.
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
export const SpendLimit: Wire<SpendLimit> = checked("SpendLimit", SpendLimit_)

const SpendSummary_ = Schema.Struct({
  spend_limit_id: nullable(Schema.String),
  actor: Actor,
  /** In cents. Null if no limit is set. */
  amount: Schema.NullOr(Amount),
  /** In cents. */
  period_to_date_spend: Amount,
  currency: Schema.String,
  period: Schema.String,
  scope: nullable(SpendScope),
  /** The scope in which the limit was set. */
  source: nullable(SpendScope)
})

/**
 * The limit that applies to a user, and what the user has spent in its period.
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
export const SpendSummary: Wire<SpendSummary> = checked("SpendSummary", SpendSummary_)
