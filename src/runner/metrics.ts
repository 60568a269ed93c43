// The metrics of runs: outcomes by kind, and batches.
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { noCounts, type OutcomeCounts } from "../run/event.ts"

const outcomeCounter = Metric.counter("effect_anthropic_run_outcomes", {
  description: "Outcomes of items of runs, by kind",
  incremental: true
})

const batchCounter = Metric.counter("effect_anthropic_run_batches", {
  description: "Batches that runs created or adopted",
  incremental: true
})

const byKind = Object.keys(noCounts).map((outcome) => ({
  outcome,
  counter: Metric.withAttributes(outcomeCounter, { outcome })
}))

export const outcomes = (counts: OutcomeCounts): Effect.Effect<void> => {
  const known: { readonly [outcome: string]: number } = counts
  return Effect.forEach(
    byKind.filter(({ outcome }) => (known[outcome] ?? 0) > 0),
    ({ counter, outcome }) => Metric.update(counter, known[outcome] ?? 0),
    { discard: true }
  )
}

export const batches: Effect.Effect<void> = Metric.update(batchCounter, 1)

const inFlightGauge = Metric.gauge("effect_anthropic_run_batches_in_flight", {
  description: "Batches of runs that this process waits for"
})

/** Counts a batch as in flight while it is waited for. */
export const inFlight = <A, E, R>(wait: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.acquireUseRelease(
    Metric.modify(inFlightGauge, 1),
    () => wait,
    () => Metric.modify(inFlightGauge, -1)
  )
