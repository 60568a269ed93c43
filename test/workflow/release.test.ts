// A durable run whose code changes while it is under way: nothing is paid twice, and the run does not get stuck.
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import * as Messages from "effect-anthropic/Messages"
import { makeAutoClock } from "../run/support/autoClock.ts"
import {
  atCreate,
  creates,
  Fault,
  type Item,
  itemsOf,
  onServer,
  script,
  sent,
  start,
  tags
} from "../run/support/world.ts"
import { makeCluster } from "./support/cluster.ts"
import { live, memorySink, Runs } from "./support/world.ts"

const payload = { runId: "a", source: "4", options: { chunk: { items: 4 } } }

const all = itemsOf(4).map(({ id }) => id)

describe("a durable run whose release changes", () => {
  for (const [what, fault] of [
    ["is lost", [Fault.processedThenReset()]],
    ["arrives", []]
  ] as const) {
    it.live(`its check after it was planned, pays once when the answer of the create ${what}`, () => {
      let isStricter = false
      const sink = memorySink(() =>
        Effect.sync(() => {
          isStricter = true
        })
      )
      const check: BatchWorkflow.Options<never, never, never, never>["check"] = ({ params }) =>
        isStricter && params.metadata?.user_id === "item 1" ? [{ path: "model", description: "it is retired" }] : []
      return Effect.gen(function* () {
        yield* script(...fault.map((one) => ({ when: atCreate, ...one })))
        const result = yield* BatchWorkflow.run(Runs, payload)
        assert.deepInclude(result, { items: 4, batches: 1, paidTwice: [] })
        assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 4 })
        assert.deepStrictEqual(yield* sent, [all])
      }).pipe(
        Effect.provide(live(sink, { check }).pipe(Layer.provideMerge(Layer.fresh(WorkflowEngine.layerMemory)))),
        onServer()
      )
    })
  }

  for (const [before, after] of [
    ["10 seconds", "2 minutes"],
    ["2 minutes", "10 seconds"]
  ] as const) {
    it.live(`its looks from ${before} to ${after} while it searches for a batch, does not create it again`, () => {
      const auto = makeAutoClock(start)
      return Effect.gen(function* () {
        const sink = memorySink()
        const cluster = yield* makeCluster(auto)
        yield* script({ when: atCreate, ...Fault.processedThenReset() })
        const first = yield* cluster.start(live(sink, { poll: { first: before } }))
        yield* first.run(BatchWorkflow.start(Runs, payload))
        while ((yield* creates) === 0) yield* Effect.sleep("1 second")
        yield* Effect.sleep("14 seconds")
        first.crash()
        const second = yield* cluster.start(live(sink, { poll: { first: after } }))
        const result = yield* second.run(BatchWorkflow.run(Runs, payload))
        assert.deepInclude(result, { items: 4, batches: 1, paidTwice: [] })
        assert.deepStrictEqual(yield* sent, [all])
      }).pipe(onServer({ plan: { listedAfter: "118 seconds" } }, {}, auto))
    })
  }
})

describe("a durable run that spent more than its limit, because a size was too small", () => {
  it.live("ends with an outcome for each item", () => {
    const sink = memorySink()
    const text = "A long question. ".repeat(1_000)
    const request = ({ id }: Item) =>
      BatchRequest.make(id, { model: "claude-haiku-5-5", max_tokens: 50, messages: [Messages.user(text)] })
    return Effect.gen(function* () {
      const options = { chunk: { items: 2 }, window: { batches: 1 }, budget: { limit: "0.0001" } }
      const result = yield* BatchWorkflow.run(Runs, { runId: "a", source: "6", options })
      assert.isAbove(BigDecimal.toNumberUnsafe(result.cost), 0.0001)
      assert.deepInclude(result, { items: 6, batches: 1 })
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Incomplete: 2, Unsent: 4 })
    }).pipe(
      Effect.provide(
        live(sink, { request, budget: { size: () => ({ inputTokens: 0 }) } }).pipe(
          Layer.provideMerge(Layer.fresh(WorkflowEngine.layerMemory))
        )
      ),
      onServer()
    )
  })
})
