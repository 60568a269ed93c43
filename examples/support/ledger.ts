// What the view and the report of a run show: its progress, its tokens and cost by model, and when each batch ran.
import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Pricing from "effect-anthropic/Pricing"

/** What the answers of one model used and cost, in USD. */
export interface ModelCost {
  answers: number
  input: number
  output: number
  cost: BigDecimal.BigDecimal
  /** How much more the same answers would have cost outside of batches. */
  saved: BigDecimal.BigDecimal
}

/** One batch, in milliseconds since the epoch. */
export interface BatchTime {
  readonly chunk: number
  readonly batchId: string
  readonly count: number
  readonly submitted: number
  readonly wasUnknown: boolean
  ended: number | undefined
}

const zero = BigDecimal.fromBigInt(0n)

export class Ledger {
  progress = BatchRun.noProgress
  readonly models = new Map<string, ModelCost>()
  readonly batches = new Map<string, BatchTime>()
  readonly #chunks = new Map<number, { readonly count: number; readonly at: number }>()
  readonly #batchMeter: Pricing.Meter
  readonly #directMeter: Pricing.Meter

  constructor(at: DateTime.DateTime) {
    this.#batchMeter = Pricing.meter({ at, batch: true })
    this.#directMeter = Pricing.meter({ at, batch: false })
  }

  addEvent(event: BatchRun.RunEvent, now: number): void {
    this.progress = BatchRun.progress(this.progress, event)
    if (event._tag === "Intended") this.#chunks.set(event.chunk, { count: event.count, at: now })
    if (event._tag === "Submitted" || event._tag === "Adopted") {
      this.batches.set(event.batchId, {
        chunk: event.chunk,
        batchId: event.batchId,
        count: this.#chunks.get(event.chunk)?.count ?? 0,
        submitted: this.#chunks.get(event.chunk)?.at ?? now,
        wasUnknown: event._tag === "Adopted",
        ended: undefined
      })
    }
    if (event._tag === "Ended") {
      const batch = this.batches.get(event.batchId)
      if (batch !== undefined) batch.ended = now
    }
  }

  addOutcome(outcome: BatchRun.Outcome<unknown, unknown>): void {
    if (!("message" in outcome) || outcome.message === undefined) return
    const { message } = outcome
    const direct = this.#directMeter.messageCost(message)
    const paid = outcome.batchId === undefined ? direct : this.#batchMeter.messageCost(message)
    const sum = this.models.get(message.model) ?? { answers: 0, input: 0, output: 0, cost: zero, saved: zero }
    sum.answers += 1
    sum.input += message.usage.input_tokens
    sum.output += message.usage.output_tokens
    if (Result.isSuccess(direct) && Result.isSuccess(paid)) {
      sum.cost = BigDecimal.sum(sum.cost, Pricing.toUsd(paid.success))
      sum.saved = BigDecimal.sum(sum.saved, Pricing.toUsd(direct.success - paid.success))
    }
    this.models.set(message.model, sum)
  }

  /** The sums over all models. */
  get total(): ModelCost {
    const total: ModelCost = { answers: 0, input: 0, output: 0, cost: zero, saved: zero }
    for (const { answers, cost, input, output, saved } of this.models.values()) {
      total.answers += answers
      total.input += input
      total.output += output
      total.cost = BigDecimal.sum(total.cost, cost)
      total.saved = BigDecimal.sum(total.saved, saved)
    }
    return total
  }
}
