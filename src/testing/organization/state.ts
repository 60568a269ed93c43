// The organization of an emulator: the answers of its admin endpoints, and their credentials. Usage and cost are those of
// the bill, so that a test can check what its program did.
import * as Duration from "effect/Duration"
import type { Usage } from "../../schema/Message.ts"
import type { Charge } from "../control/bill.ts"

interface Wire {
  readonly id: string
  readonly [field: string]: unknown
}

/**
 * The organization of an emulator.
 *
 * @category options
 * @since 0.1.0
 */
export interface OrganizationOptions {
  /** The admin credentials that are accepted. Default: any that begins with `sk-ant-admin`. */
  readonly adminKeys?: ReadonlyArray<string> | undefined
  /** In the form of the API, newest first. Default: one workspace. */
  readonly workspaces?: ReadonlyArray<Wire> | undefined
  /** In the form of the API, newest first. Default: one key. */
  readonly apiKeys?: ReadonlyArray<Wire> | undefined
  /** In the form of the API. Default: those of one class of models, and of batches. */
  readonly rateLimits?: ReadonlyArray<Wire> | undefined
  /** The separate limits of workspaces, in the form of the API, with an `id`. Default: none. */
  readonly workspaceRateLimits?: ReadonlyArray<Wire> | undefined
  /** In the form of the API, newest first. Default: the limit of a usage tier. */
  readonly spendLimits?: ReadonlyArray<Wire> | undefined
  /**
   * The limits that apply to users, in the form of the API, with an `id`. Default: refused, as for organizations without
   * them.
   */
  readonly spendSummaries?: ReadonlyArray<Wire> | undefined
  /** How long before now the reports end to be complete. Default: 0. */
  readonly reportLag?: Duration.Input | undefined
  /** Returns the cost of a row of the bill, in cents, as decimal texts. Default: 0. */
  readonly price?: ((charge: Charge) => { readonly amount: string; readonly listAmount: string }) | undefined
}

const created = "2026-01-01T00:00:00.000000Z"

const defaultWorkspaces: ReadonlyArray<Wire> = [
  {
    id: "wrkspc_000000000000000000000001",
    type: "workspace",
    name: "Default",
    created_at: created,
    archived_at: null,
    display_color: "#6C5BB9",
    external_key_id: null,
    tags: {},
    user_profile_id: null,
    data_residency: { workspace_geo: "us", default_inference_geo: "global", allowed_inference_geos: "unrestricted" }
  }
]

const defaultKeys: ReadonlyArray<Wire> = [
  {
    id: "apikey_000000000000000000000001",
    type: "api_key",
    name: "Key of the tests",
    status: "active",
    created_at: created,
    expires_at: null,
    partial_key_hint: "sk-ant-api03-…1234",
    created_by: { id: "user_01", type: "user" },
    principal: { type: "user_actor", user_id: "user_01" },
    scope: { type: "workspace", workspace_id: "wrkspc_000000000000000000000001" }
  }
]

const defaultLimits: ReadonlyArray<Wire> = [
  {
    id: "rl_0001",
    type: "rate_limit",
    group: { id: "rlg_0001", type: "model_group", display_name: "Claude Haiku 5.x" },
    models: ["claude-haiku-5-5"],
    limits: [
      { type: "requests_per_minute", value: 4_000 },
      { type: "input_tokens_per_minute_cache_aware", value: 4_000_000 },
      { type: "output_tokens_per_minute", value: 800_000 }
    ]
  },
  {
    id: "rl_0002",
    type: "rate_limit",
    group: { id: "rlg_0002", type: "batch" },
    models: null,
    limits: [
      { type: "requests_per_minute", value: 4_000 },
      { type: "enqueued_batch_requests", value: 500_000 }
    ]
  }
]

const defaultSpendLimits: ReadonlyArray<Wire> = [
  {
    id: "spl_000000000000000000000001",
    type: "spend_limit",
    amount: "20000000",
    currency: "USD",
    period: "monthly",
    is_enabled: true,
    scope: { type: "usage_tier" },
    created_at: created,
    updated_at: created
  }
]

/** One row of the bill, with its values in the reports. */
export interface Billed {
  readonly at: number
  readonly group: { readonly [dimension: string]: string | null }
  readonly usage: Usage
  readonly amount: string
  readonly listAmount: string
}

export interface Organization {
  readonly workspaces: ReadonlyArray<Wire>
  readonly apiKeys: ReadonlyArray<Wire>
  readonly rateLimits: ReadonlyArray<Wire>
  readonly workspaceRateLimits: ReadonlyArray<Wire>
  readonly spendLimits: ReadonlyArray<Wire>
  readonly spendSummaries: ReadonlyArray<Wire> | undefined
  readonly reportLagMillis: number
  readonly isAdmin: (credential: string) => boolean
  readonly billed: (bill: ReadonlyArray<Charge>) => ReadonlyArray<Billed>
}

const promptTokens = (usage: Usage): number =>
  usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0)

export const makeOrganization = (options: OrganizationOptions): Organization => {
  const { adminKeys, price = () => ({ amount: "0", listAmount: "0" }) } = options
  return {
    workspaces: options.workspaces ?? defaultWorkspaces,
    apiKeys: options.apiKeys ?? defaultKeys,
    rateLimits: options.rateLimits ?? defaultLimits,
    workspaceRateLimits: options.workspaceRateLimits ?? [],
    spendLimits: options.spendLimits ?? defaultSpendLimits,
    spendSummaries: options.spendSummaries,
    reportLagMillis: Duration.toMillis(Duration.fromInputUnsafe(options.reportLag ?? 0)),
    isAdmin: (credential) => adminKeys?.includes(credential) ?? credential.startsWith("sk-ant-admin"),
    billed: (bill) =>
      bill.map((charge) => ({
        at: charge.at,
        usage: charge.usage,
        group: {
          model: charge.model,
          service_tier: charge.batchId === undefined ? "standard" : "batch",
          context_window: promptTokens(charge.usage) > 200_000 ? "200k-1M" : "0-200k",
          inference_geo: charge.usage.inference_geo ?? "not_available",
          speed: charge.usage.speed ?? "standard",
          workspace_id: "wrkspc_000000000000000000000001"
        },
        ...price(charge)
      }))
  }
}
