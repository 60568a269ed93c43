// Reads of an organization: rows and pages as they come, the admin credential kept apart, and the cost of batches.
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as Organization from "effect-anthropic/Organization"
import * as Pricing from "effect-anthropic/Pricing"
import * as RateLimit from "effect-anthropic/RateLimit"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { Emulator, Fault, script } from "./support/emulator.ts"
import { answering, assertFields, json, onVirtualTime } from "./support/fakeClient.ts"
import { model } from "./support/fixtures.ts"

const adminKey = "sk-ant-admin01-canary-0123"

const on = (options: AnthropicEmulator.Options = {}, admin: Parameters<typeof Organization.layer>[0] = { adminKey }) =>
  Effect.provide(
    Layer.mergeAll(
      AnthropicEmulator.layer(options),
      Anthropic.layer({ apiKey: "sk-ant-api03-workspace-1234" }),
      Organization.layer(admin)
    )
  )

const requests = Effect.flatMap(Emulator, ({ requests }) => requests)

const at = (text: string) => DateTime.makeUnsafe(text)

const noon = TestClock.setTime(Date.parse("2026-11-20T12:00:00Z"))

const usage = {
  input_tokens: 1_000,
  output_tokens: 500,
  cache_read_input_tokens: 10_000,
  cache_creation_input_tokens: 3_000,
  cache_creation: { ephemeral_5m_input_tokens: 2_000, ephemeral_1h_input_tokens: 1_000 },
  server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 }
}

const request = (id: string, model = "claude-haiku-5-5") =>
  BatchRequest.make(id, { model, max_tokens: 16, messages: [Messages.user("hi")] })

/** Batches of two days, and a direct message. */
const used = Effect.gen(function* () {
  yield* noon
  yield* Batches.create([request("a"), request("b"), request("c", "claude-opus-5-5")])
  yield* Messages.create({ model: "claude-haiku-5-5", max_tokens: 16, messages: [Messages.user("hi")] })
  yield* TestClock.adjust("24 hours")
  yield* Batches.create([request("d")])
  yield* TestClock.adjust("24 hours")
})

const billing = {
  outcome: () => ({ type: "succeeded" as const, message: { usage } }),
  answer: () => ({ usage }),
  organization: { price: () => ({ amount: "0.123456789", listAmount: "0.2" }) }
} satisfies AnthropicEmulator.Options

const failureOf = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<E, void, R> => Effect.flip(Effect.asVoid(call))

const week = { from: at("2026-11-18T00:00:00Z"), to: at("2026-11-25T00:00:00Z") }

describe("usage and cost", () => {
  it.effect("come as rows by day and model, amounts as exact decimals of cents", () =>
    Effect.gen(function* () {
      yield* used
      const rows = yield* Stream.runCollect(
        Organization.cost({ ...week, bucket: "1d", groupBy: ["model", "service_tier"], pageSize: 1 })
      )
      assert.deepStrictEqual(
        rows.map(({ cost, group, starting_at }) => [
          DateTime.formatIsoDateUtc(starting_at),
          group.model,
          group.service_tier,
          BigDecimal.format(cost.amount),
          BigDecimal.format(cost.list_amount),
          cost.requests
        ]),
        [
          ["2026-11-20", "claude-haiku-5-5", "standard", "0.123456789", "0.2", 1],
          ["2026-11-20", "claude-haiku-5-5", "batch", "0.246913578", "0.4", 2],
          ["2026-11-20", "claude-opus-5-5", "batch", "0.123456789", "0.2", 1],
          ["2026-11-21", "claude-haiku-5-5", "batch", "0.123456789", "0.2", 1]
        ]
      )
      const [row] = yield* Stream.runCollect(Organization.usage({ ...week, models: ["claude-opus-5-5"] }))
      assertFields(row?.usage ?? {}, {
        uncached_input_tokens: 1_000,
        output_tokens: 500,
        cache_read_input_tokens: 10_000,
        total_tokens: 14_500,
        cache_creation: { ephemeral_5m_input_tokens: 2_000, ephemeral_1h_input_tokens: 1_000 }
      })
      const asked = (yield* requests).filter(({ path }) => path === "/v1/organizations/analytics/cost")
      assert.lengthOf(asked, 4)
      assertFields(asked[0]?.headers ?? {}, {
        "anthropic-beta": "analytics-usage-cost-2026-08-24",
        authorization: "Bearer …0123"
      })
      assert.deepStrictEqual(asked[0]?.query.slice(0, 5), [
        ["starting_at", "2026-11-18T00:00:00.000Z"],
        ["ending_at", "2026-11-25T00:00:00.000Z"],
        ["time_bucket_width", "1d"],
        ["group_by[]", "model"],
        ["group_by[]", "service_tier"]
      ])
    }).pipe(on(billing))
  )

  it.effect("of more than 31 days are asked for in parts", () =>
    Effect.gen(function* () {
      yield* noon
      const from = at("2026-09-01T00:00:00Z")
      yield* Stream.runDrain(Organization.usage({ from, to: at("2026-11-10T12:00:00Z") }))
      const parts = (yield* requests).map(({ query }) => query.slice(0, 2).map(([, value]) => value.slice(0, 13)))
      assert.deepStrictEqual(parts, [
        ["2026-09-01T00", "2026-10-02T00"],
        ["2026-10-02T00", "2026-11-02T00"],
        ["2026-11-02T00", "2026-11-10T12"]
      ])
    }).pipe(on())
  )

  it.effect("have the refresh time of their data on each page, and the cost of batches on each row", () =>
    Effect.gen(function* () {
      yield* used
      const now = Date.parse("2026-11-22T12:00:00Z")
      const [use] = yield* Stream.runCollect(Organization.usagePages(week))
      const [bill] = yield* Stream.runCollect(Organization.costPages({ ...week, pageSize: 1 }))
      for (const page of [use, bill]) {
        assert.lengthOf(page?.data ?? [], 1)
        assert.strictEqual(page?.refreshedAt?.epochMilliseconds, now - 7_200_000)
      }
      const costs = yield* Organization.batchCost(week)
      assert.deepStrictEqual(
        costs.map(({ refreshedAt }) => refreshedAt?.epochMilliseconds),
        [now - 7_200_000, now - 7_200_000, now - 7_200_000]
      )
    }).pipe(on({ ...billing, organization: { ...billing.organization, reportLag: "2 hours" } }))
  )

  it.effect("are filtered and grouped by every dimension of the API", () => {
    const actor = { type: "user_actor", user_id: "user_1", email_address: "a@example.com", name: null, deleted: false }
    const row = {
      starting_at: "2026-11-20T00:00:00Z",
      ending_at: "2026-11-21T00:00:00Z",
      group: { actor, session_id: "session_1", slack_channel_id: "C1", model: null },
      cost: { amount: "1", list_amount: "1", currency: "USD", requests: null }
    }
    const fake = answering(json({ data: [row], next_page: null, has_more: false, data_refreshed_at: null }))
    return Effect.gen(function* () {
      const rows = Organization.cost({
        ...week,
        groupBy: ["actor", "session_id", "token_type"],
        models: ["m"],
        serviceTiers: ["batch"],
        workspaceIds: ["w"],
        apiKeyIds: [""],
        contextWindows: ["0-200k"],
        inferenceGeos: ["not_available"],
        speeds: ["fast"],
        products: ["api"],
        userProfileIds: ["u"],
        filters: { agent_ids: ["agent_1", "agent_2"], starting_at: ["no"] }
      })
      const [found] = yield* Stream.runCollect(rows).pipe(Effect.provide(fake.layer))
      assertFields(found?.group ?? {}, { actor, session_id: "session_1", slack_channel_id: "C1" })
      const query = [...(fake.requests[0]?.url.searchParams ?? [])]
      assert.deepStrictEqual(
        query.filter(([name]) => /s\[\]$/.test(name)),
        [
          ["agent_ids[]", "agent_1"],
          ["agent_ids[]", "agent_2"],
          ["models[]", "m"],
          ["service_tiers[]", "batch"],
          ["workspace_ids[]", "w"],
          ["api_key_ids[]", ""],
          ["context_windows[]", "0-200k"],
          ["inference_geos[]", "not_available"],
          ["speeds[]", "fast"],
          ["products[]", "api"],
          ["user_profile_ids[]", "u"]
        ]
      )
      assert.include(
        query.map((pair) => pair.join("=")),
        "starting_at=2026-11-18T00:00:00.000Z"
      )
    }).pipe(on())
  })

  it.effect("of an invalid period are refused before anything is sent", () =>
    Effect.gen(function* () {
      const now = at("2026-11-20T00:00:00Z")
      const wrong = [
        Stream.runDrain(Organization.usage({ from: now, to: now })),
        Stream.runDrain(Organization.cost({ from: now, to: DateTime.subtract(now, { days: 1 }) })),
        Stream.runDrain(Organization.usage({ from: now, to: DateTime.add(now, { days: 2 }), bucket: "1m" }))
      ]
      for (const stream of wrong) {
        assertFields(yield* Effect.flip(stream), { _tag: "RequestRefusedError" })
      }
      assert.isEmpty(yield* requests)
    }).pipe(on())
  )

  it.effect("accept an analytics key, which does not look like an admin key", () =>
    Effect.gen(function* () {
      yield* noon
      yield* Stream.runDrain(Organization.usage(week))
    }).pipe(on({ organization: { adminKeys: ["sk-ant-api03-analytics-1"] } }, { adminKey: "sk-ant-api03-analytics-1" }))
  )
})

describe("batchCost", () => {
  it.effect("returns the cost of batches by day and model, beside the estimate of the price book", () =>
    Effect.gen(function* () {
      yield* used
      const found = yield* Organization.batchCost({ from: at("2026-11-20T15:00:00Z"), to: at("2026-11-21T01:00:00Z") })
      const one = Pricing.cost(usage, { model: "claude-haiku-5-5", at: at("2026-11-20T00:00:00Z"), batch: true })
      assert.strictEqual(one._tag, "Success")
      const each = one._tag === "Success" ? one.success.total : BigDecimal.fromBigInt(0n)
      const twice = BigDecimal.sum(each, each)
      const shown = found.map((row) => [
        DateTime.formatIsoDateUtc(row.day),
        row.model,
        BigDecimal.format(row.billed),
        BigDecimal.format(row.listed)
      ])
      assert.deepStrictEqual(shown, [
        ["2026-11-20", "claude-haiku-5-5", "0.00246913578", "0.004"],
        ["2026-11-20", "claude-opus-5-5", "0.00123456789", "0.002"],
        ["2026-11-21", "claude-haiku-5-5", "0.00123456789", "0.002"]
      ])
      const [first, , third] = found
      assert.isTrue(BigDecimal.equals(first?.estimated ?? BigDecimal.fromBigInt(0n), twice))
      assert.isTrue(BigDecimal.equals(third?.estimated ?? BigDecimal.fromBigInt(0n), each))
      const difference = BigDecimal.subtract(BigDecimal.fromStringUnsafe("0.00246913578"), twice)
      assert.isTrue(BigDecimal.equals(first?.difference ?? BigDecimal.fromBigInt(0n), difference))
      assert.isUndefined(first?.unpriced)
    }).pipe(on(billing))
  )

  it.effect("takes rows without a model, a tool or a region", () =>
    Effect.gen(function* () {
      const row = { starting_at: "2026-11-20T00:00:00Z", ending_at: "2026-11-21T00:00:00Z", group: {} }
      const tokens = { uncached_input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 0, total_tokens: 2 }
      const cache_creation = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 }
      const usages = [undefined, null, {}, { web_search_requests: null }].map((server_tool_use) => ({
        ...row,
        group: { model: "claude-haiku-5-5", inference_geo: null },
        usage: { ...tokens, cache_creation, server_tool_use, requests: null }
      }))
      const costs = ["2026-11-20T00:00:00Z", "2026-11-19T00:00:00Z"].map((starting_at) => ({
        ...row,
        starting_at,
        cost: { amount: "1.5", list_amount: "2", currency: "USD", requests: null }
      }))
      const fake = answering(
        json({ data: costs, next_page: null, has_more: false, data_refreshed_at: null }),
        json({ data: [...usages, { ...usages[0], group: {} }], next_page: null })
      )
      const found = yield* Organization.batchCost(week).pipe(Effect.provide(fake.layer))
      assert.deepStrictEqual(
        found.map(({ billed, day, model, unpriced }) => [
          DateTime.formatIsoDateUtc(day),
          model,
          BigDecimal.format(billed),
          unpriced !== undefined
        ]),
        [
          ["2026-11-19", "", "0.015", false],
          ["2026-11-20", "", "0.015", true],
          ["2026-11-20", "claude-haiku-5-5", "0", false]
        ]
      )
    }).pipe(on())
  )

  const cents = ({ usage }: AnthropicEmulator.Charge): number => usage.input_tokens + 10 * usage.output_tokens
  for (const [how, organization, centsOf] of [
    ["0 by default", {}, () => 0],
    [
      "by the option `price`",
      { price: (charge: AnthropicEmulator.Charge) => ({ amount: `${cents(charge)}`, listAmount: "1" }) },
      cents
    ]
  ] as const) {
    it.effect(`bills the emulator's own usage in batches ${how}, and estimates it at the price of each answer`, () =>
      Effect.gen(function* () {
        yield* used
        const found = yield* Organization.batchCost(week)
        const bill = (yield* (yield* Emulator).bill).filter(({ batchId }) => batchId !== undefined)
        assert.lengthOf(bill, 4)
        assert.lengthOf(found, 3)
        for (const { billed, day, difference, estimated, model } of found) {
          const rows = bill.filter(
            ({ at, ...row }) =>
              row.model === model && new Date(at).toISOString().startsWith(DateTime.formatIsoDateUtc(day))
          )
          assert.isNotEmpty(rows)
          const costs = rows.map(({ usage }) => {
            const cost = Pricing.cost(usage, { model, at: day, batch: true })
            return cost._tag === "Success" ? cost.success.total : assert.fail(cost.failure.message)
          })
          const sum = BigDecimal.sumAll(costs)
          assert.isTrue(BigDecimal.isPositive(sum))
          assert.strictEqual(BigDecimal.format(estimated ?? BigDecimal.fromBigInt(0n)), BigDecimal.format(sum))
          const charged = BigDecimal.make(BigInt(rows.reduce((total, row) => total + centsOf(row), 0)), 2)
          assert.strictEqual(BigDecimal.format(billed), BigDecimal.format(charged))
          const less = BigDecimal.subtract(charged, sum)
          assert.strictEqual(BigDecimal.format(difference ?? BigDecimal.fromBigInt(0n)), BigDecimal.format(less))
        }
      }).pipe(on({ organization }))
    )
  }

  it.effect("gives the reason when there is no estimate, and estimates long prompts", () =>
    Effect.gen(function* () {
      yield* used
      const book = Pricing.layer((book) => ({
        ...book,
        rows: book.rows.filter(({ model }) => model !== "claude-opus-5-5")
      }))
      const found = yield* Organization.batchCost(week).pipe(Effect.provide(book))
      const opus = found.find(({ model }) => model === "claude-opus-5-5")
      assertFields(opus ?? {}, { estimated: undefined, difference: undefined })
      assert.include(opus?.unpriced, "claude-opus-5-5")
      const haiku = found.find(({ model }) => model === "claude-haiku-5-5")
      const long = Pricing.lookup("claude-haiku-5-5", { at: week.from, batch: true, promptTokens: 250_000 })
      assert.strictEqual(long._tag, "Success")
      if (long._tag === "Success" && haiku?.estimated !== undefined) {
        // Two requests read a million cached tokens.
        const most = long.success.cacheRead
        assert.isTrue(BigDecimal.isGreaterThan(haiku.estimated, most))
      }
    }).pipe(
      on({
        ...billing,
        outcome: () => ({
          type: "succeeded" as const,
          message: { usage: { ...usage, cache_read_input_tokens: 500_000, server_tool_use: null } }
        })
      })
    )
  )
})

describe("the resources of an organization", () => {
  it.effect("are read page by page", () =>
    Effect.gen(function* () {
      assertFields(yield* Organization.me, { name: "Emulated" })
      const [workspace] = yield* Stream.runCollect(Organization.workspaces({ includeArchived: true, pageSize: 1 }))
      assertFields(workspace ?? {}, { name: "Default", archived_at: null })
      assertFields(yield* Organization.workspace(workspace?.id ?? ""), { name: "Default" })
      const [key] = yield* Stream.runCollect(Organization.apiKeys({ status: "active", pageSize: 1 }))
      assertFields(key ?? {}, { status: "active", scope: { type: "workspace", workspace_id: workspace?.id } })
      assertFields(yield* Organization.apiKey(key?.id ?? ""), { name: "Key of the tests" })
      assert.isEmpty(yield* Stream.runCollect(Organization.apiKeys({ status: "expired" })))
      assertFields(key?.principal ?? {}, { type: "user_actor", user_id: "user_01" })
      assert.isEmpty(yield* Stream.runCollect(Organization.apiKeys({ workspaceId: "wrkspc_other" })))
      assert.isEmpty(yield* Stream.runCollect(Organization.apiKeys({ createdByUserId: "user_other" })))
      assert.isEmpty(yield* Stream.runCollect(Organization.workspaces({ ids: ["wrkspc_other"] })))
      assert.lengthOf(yield* Stream.runCollect(Organization.workspaces({ ids: [workspace?.id ?? ""] })), 1)
      const [limit] = yield* Stream.runCollect(Organization.spendLimits({ scopeTypes: ["usage_tier"] }))
      assert.strictEqual(
        limit?.amount === null ? "" : BigDecimal.format(limit?.amount ?? BigDecimal.fromBigInt(0n)),
        "20000000"
      )
      assertFields(yield* Organization.spendLimit(limit?.id ?? ""), { period: "monthly" })
      assert.isEmpty(yield* Stream.runCollect(Organization.spendLimits({ scopeTypes: ["workspace"] })))
      assert.isEmpty(yield* Stream.runCollect(Organization.workspaceRateLimits(workspace?.id ?? "")))
      const [batches] = yield* Stream.runCollect(Organization.rateLimits({ groupType: "batch" }))
      assert.strictEqual(batches?.group.type, "batch")
      assert.lengthOf(yield* Stream.runCollect(Organization.rateLimits({ model: "claude-haiku-5-5" })), 1)
    }).pipe(on())
  )

  it.effect("include the spend limits in force for users, where the organization has them", () =>
    Effect.gen(function* () {
      const mine = { userIds: ["user_1"], periods: ["monthly"] }
      const [summary] = yield* Stream.runCollect(Organization.effectiveSpendLimits(mine))
      assertFields(summary ?? {}, { spend_limit_id: "spl_1", period: "monthly", amount: null })
      assert.strictEqual(BigDecimal.format(summary?.period_to_date_spend ?? BigDecimal.fromBigInt(0n)), "12.5")
      assert.isEmpty(yield* Stream.runCollect(Organization.effectiveSpendLimits({ userIds: ["user_2"] })))
      assert.isEmpty(yield* Stream.runCollect(Organization.effectiveSpendLimits({ periods: ["daily"] })))
      const error = yield* Effect.flip(Stream.runDrain(Organization.effectiveSpendLimits()).pipe(on()))
      assertFields(error, { _tag: "InvalidRequestError", errorCode: "organization_type_not_supported" })
    }).pipe(
      on({
        organization: {
          spendSummaries: [
            {
              id: "1",
              spend_limit_id: "spl_1",
              actor: { type: "user_actor", user_id: "user_1", email_address: null, name: null, deleted: false },
              amount: null,
              period_to_date_spend: "12.5",
              currency: "USD",
              period: "monthly",
              scope: { type: "user", user_id: "user_1" },
              source: { type: "seat_tier", seat_tier: "standard" }
            }
          ]
        }
      })
    )
  )

  it.effect("that do not exist fail with NotFoundError", () =>
    Effect.gen(function* () {
      const calls = [
        Organization.workspace("wrkspc_none"),
        Organization.apiKey("apikey_none"),
        Organization.spendLimit("spl_none"),
        Stream.runDrain(Organization.rateLimits({ model: "none" })),
        Stream.runDrain(Organization.workspaceRateLimits("wrkspc_none", { includeInherited: true }))
      ]
      for (const call of calls) assertFields(Object(yield* failureOf(call)), { _tag: "NotFoundError" })
    }).pipe(on())
  )
})

describe("limits", () => {
  it.effect("are those of the organization, in the form that the limiter takes", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Organization.limits, {
        pools: {
          "messages:claude-haiku-5-5": { requests: 4_000, input_tokens: 4_000_000, output_tokens: 800_000 },
          batches: { requests: 4_000 }
        },
        queuedBatchRequests: 500_000
      })
    }).pipe(on())
  )

  it("are the lower of two for one pool, without those that the limiter does not know", () => {
    const group = { id: "rlg_1", type: "model_group" }
    const found = Organization.limitsOf([
      {
        id: "1",
        group,
        models: ["claude-opus-4-6", "claude-opus-4-7"],
        limits: [
          { type: "input_tokens_per_minute", value: 100 },
          { type: "input_tokens_per_minute_cache_aware", value: 50 },
          { type: "tool_uses_per_second", value: 1 }
        ]
      },
      { id: "2", group: { id: "rlg_2", type: "web_search" }, limits: [{ type: "requests_per_minute", value: 5 }] },
      {
        id: "3",
        group: { id: "rlg_3", type: "model_group" },
        models: null,
        limits: [{ type: "requests_per_minute", value: 5 }]
      },
      {
        id: "4",
        group: { id: "rlg_4", type: "batch" },
        limits: [
          { type: "enqueued_batch_requests", value: 9 },
          { type: "enqueued_batch_requests", value: 7 }
        ]
      }
    ])
    assert.deepStrictEqual(found, { pools: { "messages:claude-opus-4": { input_tokens: 50 } }, queuedBatchRequests: 7 })
  })

  it.effect("of a workspace are put together with those of its organization: the lower ones hold", () => {
    const limit = { type: "enqueued_batch_requests", value: 300, org_limit: 500_000, source: { type: "workspace" } }
    const group = { id: "rlg_0002", type: "batch" }
    const own = {
      id: "rl_0002",
      rate_limit_id: "rl_0002",
      workspace_id: "wrkspc_1",
      group,
      models: null,
      limits: [limit]
    }
    return Effect.gen(function* () {
      const rows = Stream.concat(Organization.rateLimits(), Organization.workspaceRateLimits("wrkspc_1"))
      const limits = Organization.limitsOf(yield* Stream.runCollect(rows))
      assert.strictEqual(limits.queuedBatchRequests, 300)
      assert.deepStrictEqual(limits.pools.batches, { requests: 4_000 })
    }).pipe(
      on({
        organization: {
          workspaces: [{ id: "wrkspc_1", name: "One", created_at: "2026-01-01T00:00:00Z" }],
          workspaceRateLimits: [own]
        }
      })
    )
  })

  it.effect("make the limiter wait from the first call on, when no answer reports a limit", () =>
    Effect.gen(function* () {
      const retrieve = Models.retrieve("claude-opus-5-5")
      const program = Effect.all([retrieve, retrieve, retrieve])
      // Answers without a word of limits.
      const silent = answering(json(model))
      const limited = RateLimit.layer({ limits: { pools: { models: { requests: 2 }, batches: { requests: 0 } } } })
      yield* onVirtualTime(Effect.provide(program, Layer.provide(limited, silent.layer)))
      assert.deepStrictEqual(
        silent.requests.map(({ at }) => at),
        [0, 0, 30_000]
      )
    }).pipe(on())
  )
})

describe("the admin credential", () => {
  it.effect("with the form of a workspace key is refused, and nothing is sent", () =>
    Effect.gen(function* () {
      for (const call of [Organization.me, Stream.runDrain(Organization.apiKeys()), Organization.limits]) {
        const error = yield* failureOf(call)
        assertFields(Object(error), { _tag: "CredentialsError", reason: "malformed", isRetryable: false })
        assert.notInclude(String(error), "0123")
      }
      assert.isEmpty(yield* requests)
    }).pipe(on({}, { adminKey: Redacted.make("sk-ant-api03-workspace-0123") }))
  )

  it.effect("is refused for calls of a workspace, and nothing is sent", () =>
    Effect.gen(function* () {
      const params = { model: "claude-haiku-5-5", max_tokens: 16, messages: [Messages.user("hi")] }
      const calls: ReadonlyArray<
        Effect.Effect<void, { readonly _tag: string; readonly message: string }, HttpClient.HttpClient>
      > = [
        Effect.asVoid(Models.retrieve("m")),
        Effect.asVoid(Messages.create(params)),
        Effect.asVoid(Batches.create([request("a")]))
      ]
      for (const call of calls) {
        const error = yield* Effect.flip(call.pipe(Anthropic.withSettings({ apiKey: adminKey })))
        assertFields(error, { _tag: "CredentialsError", reason: "malformed" })
        assert.notInclude(error.message, "canary")
      }
      assert.isEmpty(yield* requests)
    }).pipe(on())
  )

  it.effect("is sent without the workspace of the settings", () =>
    Effect.gen(function* () {
      const settings = Anthropic.withSettings({ workspaceId: "wrkspc_1" })
      yield* settings(Organization.me)
      yield* settings(Stream.runDrain(Organization.workspaces()))
      yield* settings(Models.retrieve("claude-opus-5-5"))
      assert.deepStrictEqual(
        (yield* requests).map(({ headers }) => headers["anthropic-workspace-id"]),
        [undefined, undefined, "wrkspc_1"]
      )
    }).pipe(on())
  )

  it.effect("is read from ANTHROPIC_ADMIN_KEY, and from no other variable or setting", () =>
    Effect.gen(function* () {
      const env = (values: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnv({ env: values }))
      yield* Effect.provide(Organization.me, env({ ANTHROPIC_ADMIN_KEY: adminKey }))
      for (const values of [{ ANTHROPIC_API_KEY: "sk-ant-api03-1" }, { ANTHROPIC_ADMIN_KEY: " " }]) {
        const error = yield* Effect.flip(Effect.provide(Organization.me, env(values)))
        assertFields(error, { _tag: "CredentialsError", reason: "missing" })
      }
      assert.lengthOf(yield* requests, 1)
    }).pipe(
      Effect.provide(Layer.merge(AnthropicEmulator.layer(), Anthropic.layer({ apiKey: "sk-ant-api03-workspace-1234" })))
    )
  )

  it.effect("can be a token that is renewed", () =>
    Effect.gen(function* () {
      let tokens = 0
      const authorize: Anthropic.Authorize = (settings, attempt) =>
        Effect.catch(attempt(settings), () => {
          tokens += 1
          return attempt(settings)
        })
      yield* script(Fault.status(401))
      const admin = Organization.layer({ credentials: Effect.succeed(Redacted.make(adminKey)), authorize })
      assertFields(yield* Effect.provide(Organization.me, admin), { name: "Emulated" })
      assert.strictEqual(tokens, 1)
    }).pipe(on())
  )
})
