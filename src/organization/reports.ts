// Usage and cost of a period, as rows.
// The API takes at most 31 days at once, so a longer period is requested in parts.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"
import * as Endpoint from "../Endpoint.ts"
import { refuse } from "../http/refuse.ts"
import type { ListError, ReportPage } from "../Pagination.ts"
import * as Pagination from "../Pagination.ts"
import { streamAsAdmin } from "./admin.ts"
import { CostRow, UsageRow } from "./schema.ts"

const beta = "analytics-usage-cost-2026-08-24"

/**
 * A dimension that rows can be grouped by. The API has more dimensions for agents, such as `session_id`.
 *
 * @category models
 * @since 0.1.0
 */
export type Dimension =
  | "model"
  | "service_tier"
  | "workspace_id"
  | "api_key_id"
  | "context_window"
  | "inference_geo"
  | "speed"
  | "product"
  | "user_profile_id"
  | "organization_id"
  | "actor"
  | "actor_type"
  | (string & {})

/**
 * The requested usage, and its groups.
 *
 * @category options
 * @since 0.1.0
 */
export interface UsageOptions {
  /** The beginning, within the last 365 days and not before 2026-01-01. */
  readonly from: DateTime.DateTime
  /** The end, exclusive. Periods of more than 31 days are requested in parts, whose rows are not added up. */
  readonly to: DateTime.DateTime
  /** The length of a row: `1m` for at most 24 hours. Default: one row for each part of the period. */
  readonly bucket?: "1m" | "1h" | "1d" | undefined
  /** At most 5 dimensions. Default: none. */
  readonly groupBy?: ReadonlyArray<Dimension> | undefined
  readonly models?: ReadonlyArray<string> | undefined
  /** For example `batch` or `standard`. */
  readonly serviceTiers?: ReadonlyArray<string> | undefined
  readonly workspaceIds?: ReadonlyArray<string> | undefined
  /** An empty text selects usage without a key. */
  readonly apiKeyIds?: ReadonlyArray<string> | undefined
  /** For example `0-200k`. */
  readonly contextWindows?: ReadonlyArray<string> | undefined
  /** For example `us`, or `not_available`. */
  readonly inferenceGeos?: ReadonlyArray<string> | undefined
  /** For example `fast`. */
  readonly speeds?: ReadonlyArray<string> | undefined
  readonly products?: ReadonlyArray<string> | undefined
  readonly userProfileIds?: ReadonlyArray<string> | undefined
  /** Further filters by their names in the API, such as `agent_ids` or `actor_types`. */
  readonly filters?: { readonly [name: string]: ReadonlyArray<string> } | undefined
  /** The most rows of a page: 1 to 1000. Default: 1000. */
  readonly pageSize?: number | undefined
}

/**
 * The requested cost, and its groups. It can also be grouped by `cost_type` and `token_type`, which do not count as dimensions.
 *
 * @category options
 * @since 0.1.0
 */
export interface CostOptions extends Omit<UsageOptions, "groupBy"> {
  /** At most 5 dimensions, and `cost_type` and `token_type`. Default: none. */
  readonly groupBy?: ReadonlyArray<Dimension | "cost_type" | "token_type"> | undefined
}

/** The longest period of one request. */
const longestDays = 31

/** The parts of a period, in their order. */
const partsOf = (
  from: DateTime.DateTime,
  to: DateTime.DateTime
): ReadonlyArray<readonly [DateTime.Utc, DateTime.Utc]> => {
  const parts: Array<readonly [DateTime.Utc, DateTime.Utc]> = []
  const end = DateTime.toUtc(to)
  for (let start = DateTime.toUtc(from); DateTime.isLessThan(start, end); ) {
    const next = DateTime.min(DateTime.add(start, { days: longestDays }), end)
    parts.push([start, next])
    start = next
  }
  return parts
}

const queryOf = (options: CostOptions, from: DateTime.Utc, to: DateTime.Utc): Endpoint.Query => ({
  ...options.filters,
  starting_at: from,
  ending_at: to,
  time_bucket_width: options.bucket,
  group_by: options.groupBy,
  models: options.models,
  service_tiers: options.serviceTiers,
  workspace_ids: options.workspaceIds,
  api_key_ids: options.apiKeyIds,
  context_windows: options.contextWindows,
  inference_geos: options.inferenceGeos,
  speeds: options.speeds,
  products: options.products,
  user_profile_ids: options.userProfileIds,
  order_by: "time",
  order: "asc"
})

type Reading<A> = Stream.Stream<A, ListError, HttpClient.HttpClient>

/** The pages of a report over a period of any length. */
const report =
  <Row>(name: string, resource: "usage" | "cost", item: Endpoint.ListEndpoint<Row, never>["item"]) =>
  (options: CostOptions): Reading<ReportPage<Row>> => {
    if (!DateTime.isLessThan(options.from, options.to)) {
      return Stream.fromEffect(refuse(name, "from", "has to be before `to`"))
    }
    const millis = DateTime.toEpochMillis(options.to) - DateTime.toEpochMillis(options.from)
    if (options.bucket === "1m" && millis > 86_400_000) {
      return Stream.fromEffect(refuse(name, "bucket", "1m takes a period of at most 24 hours"))
    }
    const part = ([from, to]: readonly [DateTime.Utc, DateTime.Utc]) =>
      Endpoint.list<Row>({
        name,
        path: ["organizations", "analytics", resource],
        envelope: "report",
        item,
        betas: [beta],
        query: () => Effect.succeed(queryOf(options, from, to))
      }).listPages({ pageSize: options.pageSize ?? 1000 })
    return streamAsAdmin(Stream.flatMap(Stream.fromIterable(partsOf(options.from, options.to)), part), true)
  }

/**
 * Makes a stream of the pages of `usage`. Each has the time up to which the data are complete (`refreshedAt`).
 *
 * @category operations
 * @since 0.1.0
 */
export const usagePages: (options: UsageOptions) => Reading<ReportPage<UsageRow>> = report(
  "Organization.usage",
  "usage",
  UsageRow
)

/**
 * Makes a stream of the usage (`GET /v1/organizations/analytics/usage`, in beta), the oldest first. `usagePages` also has
 * the time up to which the rows are complete.
 *
 * The credential is an Admin API key, or a key with the scope `read:analytics`. Organizations with HIPAA readiness get an
 * `InvalidRequestError`.
 *
 * @category operations
 * @since 0.1.0
 */
export const usage = (options: UsageOptions): Reading<UsageRow> => Pagination.items(usagePages(options))

/**
 * Makes a stream of the pages of `cost`. Each has the time up to which the data are complete (`refreshedAt`).
 *
 * @category operations
 * @since 0.1.0
 */
export const costPages: (options: CostOptions) => Reading<ReportPage<CostRow>> = report(
  "Organization.cost",
  "cost",
  CostRow
)

/**
 * Makes a stream of the billed cost (`GET /v1/organizations/analytics/cost`, in beta), the oldest first. Amounts are in
 * cents, as exact decimals: after discounts, and at list prices. `costPages` also has the time up to which the rows are
 * complete.
 *
 * @category operations
 * @since 0.1.0
 */
export const cost = (options: CostOptions): Reading<CostRow> => Pagination.items(costPages(options))
