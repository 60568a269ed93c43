/**
 * Reads the usage and cost, rate limits, workspaces, API keys and spend limits of an organization. It changes nothing.
 *
 * Its calls use an admin credential, which is a separate setting (`layer`). They never use the key of the workspace, and
 * other modules never use the admin credential. These calls were not run against the live API: the requests are those of the
 * official SDK 1.14.0.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Stream from "effect/Stream"
import type { RequestError } from "./AnthropicError.ts"
import * as Endpoint from "./Endpoint.ts"
import { asAdmin, streamAsAdmin } from "./organization/admin.ts"
import {
  ApiKey,
  OrganizationInfo,
  RateLimit,
  SpendLimit,
  SpendSummary,
  Workspace,
  WorkspaceRateLimit
} from "./organization/schema.ts"
import type { ListError } from "./Pagination.ts"

export { Admin, type AdminCredential, layer } from "./organization/admin.ts"
export { type BatchCost, batchCost } from "./organization/batchCost.ts"
export { limits, limitsOf } from "./organization/limits.ts"
export {
  type CostOptions,
  cost,
  costPages,
  type Dimension,
  type UsageOptions,
  usage,
  usagePages
} from "./organization/reports.ts"
export {
  ApiKey,
  CostRow,
  OrganizationInfo,
  RateLimit,
  SpendLimit,
  SpendSummary,
  UsageRow,
  Workspace,
  WorkspaceRateLimit
} from "./organization/schema.ts"
export type { Wire } from "./schema/checked.ts"

const root = "organizations"

type Reading<Item> = Stream.Stream<Item, ListError, HttpClient.HttpClient>

type Answer<A> = Effect.Effect<A, RequestError, HttpClient.HttpClient>

/**
 * Returns the organization of the admin credential (`GET /v1/organizations/me`).
 *
 * @category operations
 * @since 0.1.0
 */
export const me: Answer<OrganizationInfo> = asAdmin(
  Endpoint.request({ name: "Organization.me", method: "GET", path: [root, "me"], response: OrganizationInfo })
)

/**
 * Makes a stream of the rate limits of the organization (`GET /v1/organizations/rate_limits`).
 *
 * Fails with `NotFoundError` if the model is unknown.
 *
 * @category operations
 * @since 0.1.0
 */
export const rateLimits = (
  options: {
    /** `model_group`, `batch`, `token_count`, `files`, `skills` or `web_search`. Default: all. */
    readonly groupType?: string | undefined
    /** An id or an alias. Default: all. */
    readonly model?: string | undefined
  } = {}
): Reading<RateLimit> =>
  streamAsAdmin(
    Endpoint.list<RateLimit>({
      name: "Organization.rateLimits",
      path: [root, "rate_limits"],
      envelope: "cursor",
      item: RateLimit,
      query: () => Effect.succeed({ group_type: options.groupType, model: options.model })
    }).list()
  )

/**
 * Makes a stream of the rate limits of a workspace (`GET /v1/organizations/workspaces/{workspace_id}/rate_limits`).
 *
 * By default these are only the limits that are set for the workspace. A limit that is absent is inherited.
 *
 * @category operations
 * @since 0.1.0
 */
export const workspaceRateLimits = (
  workspace: Endpoint.IdOf,
  options: {
    /** As for `rateLimits`. Default: all. */
    readonly groupType?: string | undefined
    /** Whether the limits of the organization are among them. Default: false. */
    readonly includeInherited?: boolean | undefined
  } = {}
): Reading<WorkspaceRateLimit> =>
  streamAsAdmin(
    Endpoint.list<WorkspaceRateLimit>({
      name: "Organization.workspaceRateLimits",
      path: [root, "workspaces", workspace, "rate_limits"],
      envelope: "cursor",
      item: WorkspaceRateLimit,
      query: () => Effect.succeed({ group_type: options.groupType, include_inherited: options.includeInherited })
    }).list()
  )

/**
 * Makes a stream of the workspaces, the newest first (`GET /v1/organizations/workspaces`).
 *
 * @category operations
 * @since 0.1.0
 */
export const workspaces = (
  options: {
    /** Default: false. */
    readonly includeArchived?: boolean | undefined
    /** Lists these only, at most 100. Default: all. */
    readonly ids?: ReadonlyArray<string> | undefined
    /** Default: that of the API. */
    readonly includeDefault?: boolean | undefined
    readonly pageSize?: number | undefined
  } = {}
): Reading<Workspace> =>
  streamAsAdmin(
    Endpoint.list<Workspace>({
      name: "Organization.workspaces",
      path: [root, "workspaces"],
      envelope: "id",
      item: Workspace,
      query: () =>
        Effect.succeed({
          ids: options.ids,
          include_archived: options.includeArchived,
          include_default: options.includeDefault
        })
    }).list({ pageSize: options.pageSize })
  )

/**
 * Returns a workspace (`GET /v1/organizations/workspaces/{workspace_id}`).
 *
 * @category operations
 * @since 0.1.0
 */
export const workspace = (id: Endpoint.IdOf): Answer<Workspace> =>
  asAdmin(
    Endpoint.request({
      name: "Organization.workspace",
      method: "GET",
      path: [root, "workspaces", id],
      response: Workspace
    })
  )

/**
 * Makes a stream of the API keys, the newest first (`GET /v1/organizations/api_keys`), without the keys themselves.
 *
 * @category operations
 * @since 0.1.0
 */
export const apiKeys = (
  options: {
    /** `active`, `inactive`, `archived` or `expired`. Default: all. */
    readonly status?: string | undefined
    readonly workspaceId?: string | undefined
    readonly createdByUserId?: string | undefined
    readonly pageSize?: number | undefined
  } = {}
): Reading<ApiKey> =>
  streamAsAdmin(
    Endpoint.list<ApiKey>({
      name: "Organization.apiKeys",
      path: [root, "api_keys"],
      envelope: "id",
      item: ApiKey,
      query: () =>
        Effect.succeed({
          status: options.status,
          workspace_id: options.workspaceId,
          created_by_user_id: options.createdByUserId
        })
    }).list({ pageSize: options.pageSize })
  )

/**
 * Returns an API key without the key itself (`GET /v1/organizations/api_keys/{api_key_id}`).
 *
 * @category operations
 * @since 0.1.0
 */
export const apiKey = (id: Endpoint.IdOf): Answer<ApiKey> =>
  asAdmin(
    Endpoint.request({ name: "Organization.apiKey", method: "GET", path: [root, "api_keys", id], response: ApiKey })
  )

const spendBeta = ["spend-limit-reads-2026-09-26"]

/**
 * Makes a stream of the spend limits, the newest first (`GET /v1/organizations/spend_limits`, in beta and in early access).
 * The limit of the usage tier is one of them.
 *
 * @category operations
 * @since 0.1.0
 */
export const spendLimits = (
  options: {
    /** For example `organization`, `workspace`, `user` or `usage_tier`. Default: all. */
    readonly scopeTypes?: ReadonlyArray<string> | undefined
    readonly workspaceId?: string | undefined
  } = {}
): Reading<SpendLimit> =>
  streamAsAdmin(
    Endpoint.list<SpendLimit>({
      name: "Organization.spendLimits",
      path: [root, "spend_limits"],
      envelope: "cursor",
      item: SpendLimit,
      betas: spendBeta,
      query: () => Effect.succeed({ scope_type: options.scopeTypes, workspace_id: options.workspaceId })
    }).list()
  )

/**
 * Returns a spend limit (`GET /v1/organizations/spend_limits/{spend_limit_id}`, in beta).
 *
 * @category operations
 * @since 0.1.0
 */
export const spendLimit = (id: Endpoint.IdOf): Answer<SpendLimit> =>
  asAdmin(
    Endpoint.request({
      name: "Organization.spendLimit",
      method: "GET",
      path: [root, "spend_limits", id],
      betas: spendBeta,
      response: SpendLimit
    })
  )

/**
 * Makes a stream of the limits that apply to users, and what each has spent (`GET /v1/organizations/spend_limits/effective`).
 *
 * It is for Claude Enterprise: others get an `InvalidRequestError` with the code `organization_type_not_supported`.
 *
 * @category operations
 * @since 0.1.0
 */
export const effectiveSpendLimits = (
  options: {
    readonly userIds?: ReadonlyArray<string> | undefined
    /** `daily`, `weekly` or `monthly`. Default: all. */
    readonly periods?: ReadonlyArray<string> | undefined
  } = {}
): Reading<SpendSummary> =>
  streamAsAdmin(
    Endpoint.list<SpendSummary>({
      name: "Organization.effectiveSpendLimits",
      path: [root, "spend_limits", "effective"],
      envelope: "cursor",
      item: SpendSummary,
      query: () => Effect.succeed({ user_ids: options.userIds, period: options.periods })
    }).list()
  )
