// The metrics of pools: calls by outcome, and batches. They contain no content.
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type { PoolError } from "./errors.ts"

const callCounter = Metric.counter("effect_anthropic_pool_calls", {
  description: "Calls of pools, by outcome",
  incremental: true
})

const batchCounter = Metric.counter("effect_anthropic_pool_batches", {
  description: "Batches that pools created or found",
  incremental: true
})

const counters = new Map<string, typeof callCounter>()

/** The counter of calls with an outcome. There is one for each tag of an error. */
const counterOf = (outcome: string): typeof callCounter => {
  const known = counters.get(outcome)
  if (known !== undefined) return known
  const counter = Metric.withAttributes(callCounter, { outcome })
  counters.set(outcome, counter)
  return counter
}

/** Counts a call by the tag of its error. */
export const call = (exit: Exit.Exit<unknown, PoolError>): Effect.Effect<void> => {
  if (Exit.isSuccess(exit)) return Metric.update(counterOf("Answered"), 1)
  const error = Exit.findErrorOption(exit)
  return Metric.update(counterOf(Option.isSome(error) ? error.value._tag : "Interrupted"), 1)
}

export const batch: Effect.Effect<void> = Metric.update(batchCounter, 1)
