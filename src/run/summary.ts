// Sums the outcomes of a run: the number of each kind, the causes of failures, usage and cost.
import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Pricing from "../Pricing.ts"
import type { Message } from "../schema/Message.ts"
import { noCounts, type OutcomeCounts } from "./event.ts"
import type { Outcome } from "./outcome.ts"

/**
 * Outcomes that failed for the same cause.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failures {
  readonly outcome: Exclude<Outcome<unknown>["_tag"], "Succeeded">
  /** The cause: a category of the API's errors, a stop reason, or the reason of the outcome. */
  readonly cause: string
  readonly count: number
  /** The first item with this cause. */
  readonly example: { readonly id: string; readonly position: number; readonly description: string }
  /** What to do about it. */
  readonly hint: string
}

/**
 * The sums of the outcomes of a run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Summary {
  readonly items: number
  readonly outcomes: OutcomeCounts
  /** By cause, the most frequent first. */
  readonly failures: ReadonlyArray<Failures>
  /** Tokens of all answers. */
  readonly usage: {
    readonly input: number
    readonly cacheWrite: number
    readonly cacheRead: number
    readonly output: number
  }
  /** The cost of the answers, in USD. Answers without a known price are counted in `unpriced`. */
  readonly cost: BigDecimal.BigDecimal
  /** How much more the same answers would have cost outside of batches, in USD. */
  readonly savedByBatch: BigDecimal.BigDecimal
  readonly unpriced: number
  /** Items that were sent more than once. */
  readonly retried: number
}

const hints: { readonly [cause: string]: string } = {
  refusal: "The model refused. Look at `message.stop_details`, and change the prompt or the model.",
  max_tokens: "The answer was cut off. Raise `max_tokens`.",
  model_context_window_exceeded: "The answer did not fit into the context window. Shorten the input.",
  pause_turn: "The turn is paused. Send it again with the answer so far.",
  schema: "The answer does not fit the schema. Relax the schema, or explain it in the prompt.",
  invalid_request_error: "The API does not accept the request. Send it once to the Messages API to see why.",
  overloaded_error: "The API was overloaded. Run the items again later.",
  rate_limit_error: "A rate limit was reached. Run the items again later.",
  api_error: "The API failed. Run the items again later.",
  timeout_error: "The API took too long. Run the items again, with less output.",
  expired: "The batch ended after 24 hours. Run the items again, in smaller batches.",
  canceled: "The batch was canceled. Run the items again.",
  absent: "The results have no line for these items. They may have been charged.",
  archived: "The results were read too late: they are kept for 29 days.",
  deleted: "The batch was deleted before its results were read.",
  lost: "A crash lost the answer of a direct call. It may have been charged.",
  refused: "The request would be refused. Look at `issues`.",
  duplicate: "An earlier item has the same id. Give every item a different id.",
  budget: "The item did not fit into the budget. Raise `budget.limit`, and run the items again."
}

const otherHint = "Look at the outcome of the example."

const causeOf = (outcome: Exclude<Outcome<unknown, unknown>, { readonly _tag: "Succeeded" }>): [string, string] => {
  switch (outcome._tag) {
    case "Invalid":
      return ["schema", outcome.error.message]
    case "Incomplete":
      return [outcome.reason ?? "unfinished", `stop reason ${outcome.reason}`]
    case "Errored":
      return [outcome.error.error.type, outcome.error.error.message]
    case "Expired":
      return ["expired", "the batch expired"]
    case "Canceled":
      return ["canceled", "the batch was canceled"]
    case "Missing":
      return [outcome.reason, "there is no result"]
    case "Unsent":
      return [outcome.reason, outcome.issues.map(({ description, path }) => `${path}: ${description}`).join("; ")]
  }
}

const zero = BigDecimal.fromBigInt(0n)

/** Takes outcomes one by one, and returns their sums at any time. */
export class Summarizer {
  readonly #batch: Pricing.Meter
  readonly #direct: Pricing.Meter
  readonly #failures = new Map<string, { -readonly [Key in keyof Failures]: Failures[Key] }>()
  readonly #counts = { ...noCounts }
  readonly #usage = { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 }
  #cost = 0n
  #saved = 0n
  #unpriced = 0
  #retried = 0
  #items = 0

  constructor(at: DateTime.DateTime, book: Pricing.PriceBook) {
    this.#batch = Pricing.meter({ at, batch: true, book })
    this.#direct = Pricing.meter({ at, batch: false, book })
  }

  add(outcome: Outcome<unknown, unknown>): void {
    this.#items += 1
    this.#counts[outcome._tag] += 1
    if (outcome.attempts > 1) this.#retried += 1
    if ("message" in outcome && outcome.message !== undefined) {
      this.#price(outcome.message, outcome.batchId !== undefined)
    }
    if (outcome._tag === "Succeeded") return
    const [cause, description] = causeOf(outcome)
    const key = `${outcome._tag} ${cause}`
    const known = this.#failures.get(key)
    if (known !== undefined) known.count += 1
    else {
      const example = { id: outcome.id, position: outcome.position, description: description.slice(0, 200) }
      const hint = Object.hasOwn(hints, cause) ? (hints[cause] ?? otherHint) : otherHint
      this.#failures.set(key, { outcome: outcome._tag, cause, count: 1, example, hint })
    }
  }

  #price(message: Message, isBatch: boolean): void {
    const { usage } = message
    this.#usage.input += usage.input_tokens
    this.#usage.output += usage.output_tokens
    this.#usage.cacheWrite += usage.cache_creation_input_tokens ?? 0
    this.#usage.cacheRead += usage.cache_read_input_tokens ?? 0
    const direct = this.#direct.messageCost(message)
    const paid = isBatch ? this.#batch.messageCost(message) : direct
    if (Result.isFailure(direct) || Result.isFailure(paid)) {
      this.#unpriced += 1
      return
    }
    this.#cost += paid.success
    this.#saved += direct.success - paid.success
  }

  get summary(): Summary {
    return {
      items: this.#items,
      outcomes: { ...this.#counts },
      failures: [...this.#failures.values()].map((one) => ({ ...one })).sort((a, b) => b.count - a.count),
      usage: { ...this.#usage },
      cost: this.#cost === 0n ? zero : Pricing.toUsd(this.#cost),
      savedByBatch: this.#saved === 0n ? zero : Pricing.toUsd(this.#saved),
      unpriced: this.#unpriced,
      retried: this.#retried
    }
  }
}
