// Counts the usage and cost of the answers of batches: each answer once, even if the results of its batch are read
// repeatedly. Lines are summed by chunk, because an update of a metric costs as much as decoding a short line.
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Pricing from "../Pricing.ts"
import type { MessageBatch, MessageBatchIndividualResponse } from "../schema/Batch.ts"
import type { Message } from "../schema/Message.ts"
import { inputTokens, tokenClasses } from "./attributes.ts"
import { makeUsage, type Used } from "./metrics.ts"

/** How many completely counted batches are remembered. */
const rememberedWhole = 1_000

/** How many ids are remembered of partly counted batches. They take about 100 bytes each. */
const rememberedIds = 200_000

const forgetOldest = <A>(remembered: { readonly size: number; keys(): Iterator<A>; delete(key: A): boolean }): void => {
  const { value } = remembered.keys().next()
  if (value !== undefined) remembered.delete(value)
}

/** Records which answers were counted. Of a completely counted batch only its id is kept. */
class Counted {
  readonly #whole = new Set<string>()
  readonly #inPart = new Map<string, Set<string>>()
  /** The number of ids in `#inPart`. */
  #ids = 0

  /** Returns the answers that were not counted before, and marks them as counted. */
  take(
    { id, request_counts }: MessageBatch,
    results: ReadonlyArray<MessageBatchIndividualResponse>
  ): ReadonlyArray<Message> {
    if (this.#whole.has(id)) return []
    const known = this.#remove(id)
    const taken: Array<Message> = []
    for (const { custom_id, result } of results) {
      if (result.type !== "succeeded" || known.has(custom_id)) continue
      known.add(custom_id)
      taken.push(result.message)
    }
    if (request_counts.succeeded > 0 && known.size >= request_counts.succeeded) {
      this.#whole.add(id)
      if (this.#whole.size > rememberedWhole) forgetOldest(this.#whole)
    } else {
      this.#inPart.set(id, known)
      this.#ids += known.size
      for (const oldest of this.#inPart.keys()) {
        if (this.#ids <= rememberedIds || oldest === id) break
        this.#remove(oldest)
      }
    }
    return taken
  }

  /** Removes a partly counted batch, and returns its ids. */
  #remove(id: string): Set<string> {
    const known = this.#inPart.get(id) ?? new Set<string>()
    this.#inPart.delete(id)
    this.#ids -= known.size
    return known
  }
}

/** The usage of the answers of one model. */
class Sums {
  readonly classes: { [tokenClass: string]: number } = {}
  readonly answers: Array<{ readonly input: number; readonly output: number }> = []
  cost = 0n
  unpriced = 0

  add(message: Message, price: Result.Result<bigint, unknown>): void {
    const classes: { readonly [tokenClass: string]: number } = tokenClasses(message)
    for (const tokenClass in classes) {
      this.classes[tokenClass] = (this.classes[tokenClass] ?? 0) + (classes[tokenClass] ?? 0)
    }
    this.answers.push({ input: inputTokens(message), output: message.usage.output_tokens })
    if (Result.isSuccess(price)) this.cost += price.success
    else this.unpriced += 1
  }

  get used(): Used {
    const { answers, classes, cost, unpriced } = this
    return { answers, classes, unpriced, usd: cost === 0n ? 0 : BigDecimal.toNumberUnsafe(Pricing.toUsd(cost)) }
  }
}

/** A cache of values that are made once and used for many answers. */
class Known<K, V> {
  readonly #known = new Map<K, V>()
  readonly #most: number
  readonly #make: (key: K) => V

  constructor(most: number, make: (key: K) => V) {
    this.#most = most
    this.#make = make
  }

  get(key: K): V {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made = this.#make(key)
    this.#known.set(key, made)
    if (this.#known.size > this.#most) forgetOldest(this.#known)
    return made
  }
}

/**
 * Makes a function that counts the usage of the results of batches, at the price of batches on the day on which the batch
 * ended.
 */
export const makeBatchUsage = () => {
  const counted = new Counted()
  const counters = new Known(1_000, (model: string) => makeUsage("batch", model, model))
  /** The prices of a batch, for all chunks of a reading. */
  const meters = new WeakMap<MessageBatch, Pricing.Meter>()
  const meterOf = Effect.fnUntraced(function* (batch: MessageBatch) {
    const known = meters.get(batch)
    if (known !== undefined) return known
    const at = batch.ended_at ?? (yield* DateTime.now)
    const meter = Pricing.meter({ at, batch: true, book: yield* Pricing.PriceBook })
    meters.set(batch, meter)
    return meter
  })
  return (batch: MessageBatch, results: ReadonlyArray<MessageBatchIndividualResponse>): Effect.Effect<void> =>
    Effect.gen(function* () {
      const messages = counted.take(batch, results)
      if (messages.length === 0) return
      const meter = yield* meterOf(batch)
      const byModel = new Map<string, Sums>()
      for (const message of messages) {
        const sums = byModel.get(message.model) ?? new Sums()
        byModel.set(message.model, sums)
        sums.add(message, meter.messageCost(message))
      }
      for (const [model, sums] of byModel) yield* counters.get(model)(sums.used)
    })
}
