// The status of a run by its journal, for other processes.
import * as BigDecimal from "effect/BigDecimal"
import * as Pricing from "../Pricing.ts"
import { Budget } from "./budget.ts"
import type { RunState } from "./chunk.ts"
import { countOf } from "./positions.ts"

/**
 * The status of a run by its journal. Items that were read and not sent yet are not included.
 *
 * @category models
 * @since 0.1.0
 */
export interface Status {
  readonly runId: string
  /** When the run was first started, in milliseconds since the epoch. */
  readonly startedAt: number
  /** Chunks by state. `unknown`: about to be sent, or sent without an answer so far. */
  readonly chunks: {
    readonly unknown: number
    readonly submitted: number
    readonly ended: number
    readonly settled: number
  }
  /** Requests that were sent, including those that were sent again. */
  readonly requests: number
  /** Items whose last chunk is settled. */
  readonly settledItems: number
  /** The batches that had not ended by the last entry of the journal. */
  readonly liveBatches: ReadonlyArray<string>
  /** The spent and reserved amounts, in USD. Requests that were sent without a budget count as zero. */
  readonly spent: BigDecimal.BigDecimal
  readonly reserved: BigDecimal.BigDecimal
}

export const statusOf = (runId: string, state: RunState): Status | undefined => {
  if (state.opened === undefined) return undefined
  const chunks = { unknown: 0, submitted: 0, ended: 0, settled: 0 }
  const phases = { Intended: "unknown", Submitted: "submitted", Ended: "ended", Settled: "settled" } as const
  const liveBatches: Array<string> = []
  let requests = 0
  let settledItems = 0
  for (const chunk of state.chunks.values()) {
    chunks[phases[chunk.phase]] += 1
    requests += chunk.count
    if (chunk.phase === "Settled") settledItems += chunk.count - countOf(chunk.again)
    if (chunk.phase === "Submitted" && chunk.batchId !== undefined) liveBatches.push(chunk.batchId)
  }
  const budget = new Budget(0n, state.chunks)
  const usd = (amount: bigint) => (amount === 0n ? BigDecimal.fromBigInt(0n) : Pricing.toUsd(amount))
  return {
    runId,
    startedAt: state.opened.at,
    chunks,
    requests,
    settledItems,
    liveBatches,
    spent: usd(budget.spent),
    reserved: usd(budget.reserved)
  }
}
