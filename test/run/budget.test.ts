import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import * as Messages from "effect-anthropic/Messages"
import * as Pricing from "effect-anthropic/Pricing"
import {
  atCreate,
  collect,
  Emulator,
  Fault,
  itemsOf,
  onServer,
  recorder,
  requestOf,
  script,
  start,
  tags
} from "./support/world.ts"

const run = BatchRun.run

const at = DateTime.makeUnsafe(start)

/** What the server would charge, in USD. */
const billed = Effect.gen(function* () {
  const bill = yield* (yield* Emulator).bill
  const costs = bill.map(
    ({ batchId, model, usage }) =>
      Result.getOrThrow(Pricing.cost(usage, { model, at, batch: batchId !== undefined })).total
  )
  return Number(BigDecimal.format(BigDecimal.sumAll(costs)))
})

/** Answers that cost nearly as much as they may. */
const dear = () => ({ type: "succeeded", message: { usage: { input_tokens: 500, output_tokens: 50 } } }) as const

const worst = Number(
  BigDecimal.format(
    Result.getOrThrow(Pricing.upperBound(requestOf({ id: "item 0" }).params, { at, batch: true })).total
  )
)

describe("the budget of a run", () => {
  it.live("is never exceeded, and items that do not fit are not sent", () =>
    Effect.gen(function* () {
      const limit = worst * 10
      const all = yield* collect(run(itemsOf(60), { request: requestOf, chunk: { items: 4 }, budget: { limit } }))
      const counts = tags(all)
      assert.strictEqual((counts.Succeeded ?? 0) + (counts.Unsent ?? 0), 60)
      assert.isAtLeast(counts.Succeeded ?? 0, 10)
      assert.isAbove(counts.Unsent ?? 0, 20)
      assert.isAtMost(yield* billed, limit)
      for (const outcome of all) if (outcome._tag === "Unsent") assert.strictEqual(outcome.reason, "budget")
    }).pipe(onServer({ outcome: dear }))
  )

  it.live("applies across resumes, and the rest is sent when it is raised", () =>
    Effect.gen(function* () {
      const limit = worst * 6
      const options = { id: "run", request: requestOf, chunk: { items: 4 } }
      const first = yield* collect(run(itemsOf(40), { ...options, budget: { limit } }))
      const spent = yield* billed
      const second = yield* collect(run(itemsOf(40), { ...options, budget: { limit } }))
      assert.deepStrictEqual(tags(second), tags(first))
      assert.strictEqual(yield* billed, spent)
      const third = yield* collect(run(itemsOf(40), { ...options, budget: { limit: 1 } }))
      assert.deepStrictEqual(tags(third), { Succeeded: 40 })
      assert.isAbove(yield* billed, limit)
    }).pipe(Effect.provide(Layer.fresh(Journal.layerMemory)), onServer({ outcome: dear }))
  )

  it.live("warns once at warnAt, and calls onLimit before it stops", () =>
    Effect.gen(function* () {
      const { of, onEvent } = recorder()
      const asked: Array<number> = []
      const all = yield* collect(
        run(itemsOf(60), {
          request: requestOf,
          chunk: { items: 2 },
          onEvent,
          budget: {
            limit: worst * 3,
            warnAt: 0.5,
            onLimit: ({ limit }) => {
              asked.push(Number(BigDecimal.format(limit)))
              return Effect.succeed(asked.length === 1 ? "1" : undefined)
            }
          }
        })
      )
      assert.deepStrictEqual(tags(all), { Succeeded: 60 })
      assert.lengthOf(asked, 1)
      assert.lengthOf(of("BudgetWarning"), 1)
      const last = of("Budget").at(-1)
      assert(last !== undefined)
      assert.strictEqual(Number(BigDecimal.format(last.spent)), yield* billed)
      assert.isTrue(BigDecimal.isZero(last.reserved))
    }).pipe(onServer({ outcome: dear }))
  )

  it.live("ends items whose retry does not fit with their last outcome", () =>
    Effect.gen(function* () {
      const all = yield* collect(
        run(itemsOf(3), { request: requestOf, budget: { limit: worst * 3.5 }, retry: { times: 2 } })
      )
      assert.deepStrictEqual(tags(all), { Missing: 3 })
      assert.deepStrictEqual(new Set(all.map(({ attempts }) => attempts)), new Set([1]))
    }).pipe(onServer({ plan: { lines: () => [] } }))
  )

  for (const [room, ends] of [
    [2, { Unsent: 2 }],
    [3.5, { Succeeded: 1, Unsent: 1 }]
  ] as const) {
    it.live(`ends two chunks that both wait to be sent again, with room for ${room} chunks`, () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, times: 2, ...Fault.resetBeforeHeaders() })
        const limit = worst * room
        const all = yield* collect(run(itemsOf(2), { request: requestOf, chunk: { items: 1 }, budget: { limit } }))
        assert.deepStrictEqual(tags(all), ends)
        assert.isAtMost(yield* billed, limit)
      }).pipe(onServer({ outcome: dear }))
    )
  }

  it.live("lets a smaller chunk be sent again when a larger one does not fit", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, times: 2, ...Fault.resetBeforeHeaders() })
      const limit = worst * 4.5
      const all = yield* collect(
        run(itemsOf(3), { request: requestOf, chunk: { items: 2 }, inOrder: true, budget: { limit } })
      )
      assert.deepStrictEqual(
        all.map(({ _tag }) => _tag),
        ["Unsent", "Unsent", "Succeeded"]
      )
      assert.isAtMost(yield* billed, limit)
    }).pipe(onServer({ outcome: dear }))
  )

  it.live("calls onLimit when only chunks wait that are to be sent again, and then sends them", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, times: 2, ...Fault.resetBeforeHeaders() })
      let asked = 0
      const onLimit = () => {
        asked += 1
        return Effect.succeed("1")
      }
      const budget = { limit: worst * 2, onLimit }
      const all = yield* collect(run(itemsOf(2), { request: requestOf, chunk: { items: 1 }, budget }))
      assert.deepStrictEqual(tags(all), { Succeeded: 2 })
      assert.strictEqual(asked, 1)
    }).pipe(onServer({ outcome: dear }))
  )

  describe("with a chunk that waits for its source", () => {
    /** Two items at once, the third after a minute, and the fourth after ten hours. */
    const slow = Stream.concat(
      Stream.fromIterable(itemsOf(2)),
      Stream.fromIterable(itemsOf(4).slice(2)).pipe(
        Stream.rechunk(1),
        Stream.mapEffect((item) => Effect.as(Effect.sleep(item.id === "item 2" ? "1 minute" : "10 hours"), item))
      )
    )

    it.live("sends it when items that go again do not fit beside it", () =>
      Effect.gen(function* () {
        const limit = worst * 3.5
        const all = yield* collect(
          run(slow, { request: requestOf, chunk: { items: 2 }, retry: { times: 1 }, inOrder: true, budget: { limit } })
        )
        assert.deepStrictEqual(
          all.map(({ _tag, attempts }) => [_tag, attempts]),
          [
            ["Succeeded", 2],
            ["Succeeded", 2],
            ["Succeeded", 1],
            ["Succeeded", 1]
          ]
        )
        assert.isAtMost(yield* billed, limit)
      }).pipe(onServer({ plan: (_, index) => (index === 0 ? { endsAfter: "2 minutes", lines: () => [] } : {}) }))
    )

    it.live("sends it when a chunk that is created again does not fit beside it", () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() })
        const limit = worst * 4.5
        const all = yield* collect(run(slow, { request: requestOf, chunk: { items: 2 }, budget: { limit } }))
        assert.deepStrictEqual(tags(all), { Succeeded: 4 })
        assert.isAtMost(yield* billed, limit)
      }).pipe(onServer())
    )
  })

  it.live("applies to direct calls at the end", () =>
    Effect.gen(function* () {
      const limit = worst * 8
      const all = yield* collect(
        run(itemsOf(4), { request: requestOf, budget: { limit }, retry: { finishWith: { below: 10 } } })
      )
      assert.deepStrictEqual(tags(all), { Succeeded: 4 })
      assert.isAtMost(yield* billed, limit)
    }).pipe(onServer({ outcome: () => ({ type: "expired" }) }))
  )

  it.live("counts inputs that bytes do not bound, and fails for requests without a bound or a price", () =>
    Effect.gen(function* () {
      const image = { type: "image", source: { type: "url", url: "https://example.com/a.png" } } as const
      const picture = (item: { readonly id: string }) => {
        const request = requestOf(item)
        return { ...request, params: { ...request.params, messages: [Messages.user([image])] } }
      }
      const budget = { limit: 1 }
      assert.deepStrictEqual(tags(yield* collect(run(itemsOf(2), { request: picture, budget }))), { Succeeded: 2 })
      const counted = (yield* (yield* Emulator).requests).filter(({ path }) => path.endsWith("count_tokens"))
      assert.lengthOf(counted, 2)
      const known = { limit: 1, size: () => ({ inputTokens: 1_600 }) }
      yield* collect(run(itemsOf(2), { request: picture, budget: known }))
      assert.lengthOf(
        (yield* (yield* Emulator).requests).filter(({ path }) => path.endsWith("count_tokens")),
        2
      )
      const searching = (item: { readonly id: string }) => {
        const request = requestOf(item)
        return {
          ...request,
          params: { ...request.params, tools: [{ type: "web_search_20250305", name: "web_search" } as const] }
        }
      }
      const unbounded = yield* Effect.flip(collect(run(itemsOf(1), { request: searching, budget })))
      assert.strictEqual(unbounded._tag, "UnboundedCostError")
      const unknown = (item: { readonly id: string }) => {
        const request = requestOf(item)
        return { ...request, params: { ...request.params, model: "claude-of-tomorrow" } }
      }
      const unpriced = yield* Effect.flip(collect(run(itemsOf(1), { request: unknown, budget })))
      assert.strictEqual(unpriced._tag, "UnknownPriceError")
      assert.deepStrictEqual(tags(yield* collect(run(itemsOf(1), { request: unknown }))), { Errored: 1 })
    }).pipe(onServer())
  )
})

describe("BatchRun.plan", () => {
  it.live("returns chunks, bytes, tokens, price and refused items, and sends nothing", () =>
    Effect.gen(function* () {
      const items = [...itemsOf(95), { id: "item 1" }, ...itemsOf(5, "bad ")]
      const plan = yield* BatchRun.plan(items, {
        request: requestOf,
        chunk: { items: 30 },
        check: ({ params }) =>
          String(params.metadata?.user_id).startsWith("bad") ? [{ path: "params.model", description: "too dear" }] : []
      })
      assert.deepInclude(plan, { items: 101, requests: 95, duplicates: 1, refused: 5, maxOutputTokens: 95 * 50 })
      assert.strictEqual(
        plan.chunks.reduce((sum, { requests }) => sum + requests, 0),
        95
      )
      assert.strictEqual(
        plan.chunks.reduce((sum, { bytes }) => sum + bytes, 0),
        plan.bytes
      )
      assert.deepStrictEqual(plan.objections, [
        { path: "params.model", description: "too dear", count: 5, id: "bad 0", position: 96 }
      ])
      assert.isTrue(BigDecimal.isLessThan(plan.cost.atLeast, plan.cost.atMost))
      assert.isNotEmpty(plan.caveats)
      assert.deepStrictEqual(yield* (yield* Emulator).requests, [])
      yield* collect(run(items.slice(0, 96), { request: requestOf }))
      assert.isAtMost(yield* billed, Number(BigDecimal.format(plan.cost.atMost)))
    }).pipe(onServer())
  )
})
