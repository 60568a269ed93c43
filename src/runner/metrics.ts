// The metrics of runs: how many outcomes of which kind, and how many batches.
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { OutcomeCounts } from "../run/event.ts"

const outcomeCounter = Metric.counter("effect_anthropic_run_outcomes", {
  description: "Outcomes of items of runs, by kind",
  incremental: true
})

const batchCounter = Metric.counter("effect_anthropic_run_batches", {
  description: "Batches that runs created or adopted",
  incremental: true
})

export const outcomes = (counts: OutcomeCounts): Effect.Effect<void> =>
  Effect.forEach(
    Object.entries(counts).filter(([, count]) => count > 0),
    ([outcome, count]) => Metric.update(Metric.withAttributes(outcomeCounter, { outcome }), count),
    { discard: true }
  )

export const batches: Effect.Effect<void> = Metric.update(batchCounter, 1)
