// The official SDK as a second client of the organization's endpoints: both send the same, and what the emulator refuses.
import OfficialAnthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Organization from "effect-anthropic/Organization"
import { Emulator } from "../support/emulator.ts"
import { served } from "../support/served.ts"
import { call as plain } from "../testing/client.ts"

const adminKey = "sk-ant-admin01-of-the-tests"

const workspaceId = "wrkspc_000000000000000000000001"

const workspaceRateLimits = [
  {
    id: "wrl_1",
    type: "workspace_rate_limit",
    rate_limit_id: "rl_0001",
    workspace_id: workspaceId,
    group: { id: "rlg_0001", type: "model_group", display_name: "Claude Haiku 5.x" },
    models: ["claude-haiku-5-5"],
    limits: [{ type: "requests_per_minute", value: 50, org_limit: 4_000, source: { type: "workspace" } }]
  }
]

const spendSummaries = [
  {
    id: "1",
    spend_limit_id: "spl_1",
    actor: { type: "user_actor", user_id: "user_1", email_address: "a@example.com", name: "A", deleted: false },
    amount: "500",
    period_to_date_spend: "12.5",
    currency: "USD",
    period: "monthly",
    scope: { type: "user", user_id: "user_1" },
    source: { type: "user", user_id: "user_1" }
  }
]

const live = Effect.provide(
  Layer.merge(served({ organization: { workspaceRateLimits, spendSummaries } }), Organization.layer({ adminKey }))
)

const collect = async <A>(items: AsyncIterable<A>) => {
  const all: Array<A> = []
  for await (const item of items) all.push(item)
  return all
}

/** The beginning of today, which both reports are asked from. */
const today = Effect.map(DateTime.now, (now) => DateTime.startOf(now, "day"))

type Ours = Effect.Effect<unknown, unknown, Effect.Services<typeof Organization.me>>

const pairs = (
  from: DateTime.Utc
): ReadonlyArray<readonly [string, Ours, (client: OfficialAnthropic) => Promise<unknown>]> => {
  const to = DateTime.add(from, { days: 1 })
  const period = { starting_at: DateTime.formatIso(from), ending_at: DateTime.formatIso(to) }
  const order = { order_by: "time" as const, order: "asc" as const, limit: 1_000 }
  const report = { ...period, time_bucket_width: "1d" as const, group_by: ["model" as const], ...order }
  const asked = { from, to, bucket: "1d" as const, groupBy: ["model"] }
  const read = <A, E, R>(stream: Stream.Stream<A, E, R>) => Stream.runCollect(stream)
  return [
    ["organization", Organization.me, (client) => Promise.resolve(client.organization.retrieve())],
    [
      "rate limits",
      read(Organization.rateLimits({ groupType: "batch" })),
      ({ organization }) => collect(organization.rateLimits.list({ group_type: "batch" }))
    ],
    [
      "rate limits of a workspace",
      read(Organization.workspaceRateLimits(workspaceId, { includeInherited: true })),
      ({ organization }) => collect(organization.workspaces.rateLimits.list(workspaceId, { include_inherited: true }))
    ],
    [
      "workspaces",
      read(Organization.workspaces({ includeArchived: true, ids: [workspaceId] })),
      ({ organization }) => collect(organization.workspaces.list({ include_archived: true, ids: [workspaceId] }))
    ],
    [
      "a workspace",
      Organization.workspace(workspaceId),
      (client) => Promise.resolve(client.organization.workspaces.retrieve(workspaceId))
    ],
    [
      "API keys",
      read(Organization.apiKeys({ status: "active", workspaceId, createdByUserId: "user_01" })),
      ({ organization }) =>
        collect(
          organization.apiKeys.list({ status: "active", workspace_id: workspaceId, created_by_user_id: "user_01" })
        )
    ],
    [
      "an API key",
      Organization.apiKey("apikey_000000000000000000000001"),
      (client) => Promise.resolve(client.organization.apiKeys.retrieve("apikey_000000000000000000000001"))
    ],
    [
      "spend limits",
      read(Organization.spendLimits({ scopeTypes: ["usage_tier"] })),
      ({ beta }) => collect(beta.organization.spendLimits.list({ scope_type: ["usage_tier"] }))
    ],
    [
      "a spend limit",
      Organization.spendLimit("spl_000000000000000000000001"),
      (client) =>
        Promise.resolve(
          client.beta.organization.spendLimits.retrieve("spl_000000000000000000000001", {
            headers: { "anthropic-beta": "spend-limit-reads-2026-09-26" }
          })
        )
    ],
    [
      "effective spend limits",
      read(Organization.effectiveSpendLimits({ userIds: ["user_1"], periods: ["monthly"] })),
      ({ organization }) =>
        collect(organization.spendLimits.effective.list({ user_ids: ["user_1"], period: ["monthly"] }))
    ],
    [
      "filtered usage",
      read(Organization.usage({ ...asked, speeds: ["fast"], filters: { actor_types: ["api_actor"] } })),
      ({ beta }) =>
        collect(beta.organization.analytics.usage.list({ ...report, speeds: ["fast"], actor_types: ["api_actor"] }))
    ],
    ["usage", read(Organization.usage(asked)), ({ beta }) => collect(beta.organization.analytics.usage.list(report))],
    ["cost", read(Organization.cost(asked)), ({ beta }) => collect(beta.organization.analytics.cost.list(report))]
  ]
}

describe("the official SDK and this one", () => {
  it.live("send the same request to every endpoint of the organization, and both are answered", () =>
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const client = new OfficialAnthropic({
        apiKey: adminKey,
        baseURL: HttpServer.formatAddress(address),
        maxRetries: 0
      })
      const emulator = yield* Emulator
      for (const [what, ours, theirs] of pairs(yield* today)) {
        const mine = yield* ours
        const answer = yield* Effect.promise(() => theirs(client))
        const [one, other] = (yield* emulator.requests).slice(-2)
        const told = (record: typeof one) => ({
          method: record?.method,
          path: record?.path,
          query: [...(record?.query ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)),
          status: record?.status,
          beta: record?.headers["anthropic-beta"],
          version: record?.headers["anthropic-version"],
          authorization: record?.headers.authorization
        })
        assert.deepStrictEqual(told(one), told(other), what)
        assert.strictEqual(one?.status, 200, what)
        assert.strictEqual(Array.isArray(mine) ? mine.length : 0, Array.isArray(answer) ? answer.length : 0, what)
      }
    }).pipe(live)
  )
})

describe("the organization of the emulator", () => {
  const betas = "analytics-usage-cost-2026-08-24"
  const headers = { authorization: `Bearer ${adminKey}`, "anthropic-version": "2026-10-21", "anthropic-beta": betas }
  const now = Date.now()
  const iso = (days: number) => new Date(now + days * 86_400_000).toISOString()
  const usage = (query: Record<string, string>) => `/v1/organizations/analytics/usage?${new URLSearchParams(query)}`
  const sixDimensions = ["model", "service_tier", "speed", "product", "actor", "inference_geo"].map(
    (one) => `group_by[]=${one}`
  )

  const refused: ReadonlyArray<readonly [string, string, number, Record<string, string>]> = [
    ["a workspace key", "/v1/organizations/me", 403, { ...headers, authorization: "Bearer sk-ant-api03-1234" }],
    ["an admin key elsewhere", "/v1/models", 403, headers],
    ["no beta of reports", usage({ starting_at: iso(-1) }), 400, { ...headers, "anthropic-beta": "" }],
    ["no beta of spend limits", "/v1/organizations/spend_limits", 400, headers],
    ["no beginning", usage({}), 400, headers],
    ["a beginning without a zone", usage({ starting_at: "2026-11-20T00:00:00" }), 400, headers],
    ["a beginning long ago", usage({ starting_at: "2025-12-31T00:00:00Z" }), 400, headers],
    ["an unknown bucket", usage({ starting_at: iso(-1), time_bucket_width: "5m" }), 400, headers],
    ["a bucket without an end", usage({ starting_at: iso(-1), time_bucket_width: "1d" }), 400, headers],
    ["an end before the beginning", usage({ starting_at: iso(-1), ending_at: iso(-2) }), 400, headers],
    ["more than 31 days", usage({ starting_at: iso(-40), ending_at: iso(-1) }), 400, headers],
    [
      "minutes of more than a day",
      usage({ starting_at: iso(-2), ending_at: iso(0), time_bucket_width: "1m" }),
      400,
      headers
    ],
    ["an unknown dimension", usage({ starting_at: iso(-1), "group_by[]": "batch_id" }), 400, headers],
    ["six dimensions", `${usage({ starting_at: iso(-1) })}&${sixDimensions.join("&")}`, 400, headers],
    ["a type of cost in usage", usage({ starting_at: iso(-1), "group_by[]": "cost_type" }), 400, headers],
    ["a page that is too long", `${usage({ starting_at: iso(-1) })}&limit=1001`, 400, headers],
    ["an unknown model", "/v1/organizations/rate_limits?model=none", 404, headers],
    ["an unknown workspace", "/v1/organizations/workspaces/none/rate_limits", 404, headers]
  ]

  it.live("refuses what the API is known to refuse", () =>
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const base = HttpServer.formatAddress(address)
      for (const [what, path, status, headers] of refused) {
        const response = yield* plain("GET", path, { base, headers })
        assert.strictEqual(response.status, status, what)
      }
      const open = yield* plain("GET", usage({ starting_at: iso(-1) }), { base, headers })
      assert.strictEqual(open.status, 200)
    }).pipe(live)
  )
})
