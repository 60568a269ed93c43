import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import * as Pricing from "effect-anthropic/Pricing"
import { job, outcomes, report, requests } from "../../examples/support/costs.ts"
import { Emulator, onEmulator } from "../support/batches.ts"
import { catalogue } from "./support.ts"

const at = DateTime.makeUnsafe("2026-11-22")

describe("the figures of the examples", () => {
  it.effect("the example cost-report computes what the batch cost by model, as worked out by hand", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(DateTime.toEpochMillis(at))
      const [batch] = yield* (yield* Emulator).seedBatches([{ requests }])
      assert(batch !== undefined)
      const results = yield* Stream.runCollect(Batches.results(batch.id))
      const { cost, models, savedByBatch, savedByCache, unbilled } = Result.getOrThrow(report(results, { at }))
      assert.deepStrictEqual(
        models.map(({ answers, cost, model }) => [model, answers, Pricing.formatUsd(cost.total)]).sort(),
        [
          // lease 100 000 at 0.05 and 1 000 at 0.25: 0.00525; merger 100 001 at 0.25 and 1 000 at 1.25: 0.02625025
          ["claude-haiku-5-5", 2, "0.03150025"],
          // treaty 10 000 at 2 and 2 000 at 10: 0.04; four searches: 0.04; the refusal is free
          ["claude-opus-5-5", 2, "0.08"],
          // licence 200 at 1, 50 000 at 2, 500 at 5: 0.1027; patent and supply 200 at 1, 50 000 at 0.05, 500 at 5: 0.0052
          ["claude-sonnet-5-5", 3, "0.1131"]
        ]
      )
      assert.strictEqual(Pricing.formatUsd(cost.total), "0.22460025")
      // As much as was paid, but for the searches.
      assert.strictEqual(Pricing.formatUsd(savedByBatch), "0.18460025")
      // Two reads at 0.05 instead of 1 save 0.095; the write at 2 instead of 1 costs 0.05.
      assert.strictEqual(Pricing.formatUsd(savedByCache), "0.045")
      assert.strictEqual(unbilled, 1)
    }).pipe(onEmulator({ outcome: ({ custom_id }) => outcomes[custom_id] }))
  )

  it("the example models computes what one request of the job costs with the cheapest models", () => {
    const { choices } = Result.getOrThrow(
      Models.recommend(catalogue, {
        at,
        needs: { capabilities: ["batch", "structured_outputs", "thinking.types.adaptive"], outputTokens: 100_000 },
        prefer: { by: "price", usage: job.usage, batch: true }
      })
    )
    assert.deepStrictEqual(
      choices.slice(0, 5).map(({ cost, model }) => [model.id, cost === undefined ? "" : Pricing.formatUsd(cost.total)]),
      [
        // 2 000 at 0.05, 4 000 at 0.005, 400 at 0.25
        ["claude-haiku-5-5", "0.00022"],
        // 2 000 at 1, 4 000 at 0.05, 400 at 5
        ["claude-sonnet-5-5", "0.0042"],
        // 2 000 at 1, 4 000 at 0.1, 400 at 5
        ["claude-sonnet-5", "0.0044"],
        // 2 000 at 1.5, 4 000 at 0.15, 400 at 7.5
        ["claude-sonnet-4-6", "0.0066"],
        // 2 000 at 2, 4 000 at 0.1, 400 at 10
        ["claude-opus-5-5", "0.0084"]
      ]
    )
  })
})
