// Computes the cost of calls by their usage: exact, line by line. Nothing that is billed is priced at zero. The fast path
// for many calls, without lines, is in `meter.ts`. Both read usages with `usage.ts`.
import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import { dual } from "effect/Function"
import * as Result from "effect/Result"
import type { PriceBook } from "./book.ts"
import { type CostError, InvalidUsageError } from "./errors.ts"
import { cardOf, type Priced, priceAt, type TokenKind, tokenKinds, toolPrice } from "./lookup.ts"
import { type Message, readMessage } from "./message.ts"
import { type Billed, type Counts, promptTokens, readUsage, type Usage } from "./usage.ts"

/**
 * What the price depends on, in addition to the usage.
 *
 * @category options
 * @since 0.1.0
 */
export interface CostOptions {
  /** The day of the call. */
  readonly at: DateTime.DateTime
  /** Whether the call was part of a batch. Default: whether `usage.service_tier` is `batch`. */
  readonly batch?: boolean | undefined
  /** The kind of the cache writes, if the usage has only their total. Without it they have no price. */
  readonly cacheWrites?: "5m" | "1h" | undefined
  /**
   * The container hours of code execution that are billed. No usage contains them.
   *
   * They are required if code was executed. Pass 0 for requests with web tools from 20260209 on, or within the free hours.
   */
  readonly codeExecutionHours?: number | undefined
  /** Default: the published prices. */
  readonly book?: PriceBook | undefined
}

/**
 * One line of a cost: a quantity of one kind, its unit price, and the amount in USD.
 *
 * @category models
 * @since 0.1.0
 */
export interface CostItem {
  readonly model: string
  /** A kind of token, or the counter of a server tool. */
  readonly kind: TokenKind | (string & {})
  readonly per: "million tokens" | "use" | "hour"
  readonly quantity: number
  readonly unitPrice: BigDecimal.BigDecimal
  readonly amount: BigDecimal.BigDecimal
}

/**
 * An exact cost in USD, and its lines. Nothing is rounded, although an invoice may be.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cost {
  readonly total: BigDecimal.BigDecimal
  readonly items: ReadonlyArray<CostItem>
}

/** Makes a cost from lines. Lines of the same model, kind and unit price become one. */
export const costOf = (items: Iterable<CostItem>): Cost => {
  const merged = new Map<string, CostItem>()
  for (const item of items) {
    const key = JSON.stringify([item.model, item.kind, String(item.unitPrice.value), item.unitPrice.scale])
    const before = merged.get(key)
    merged.set(
      key,
      before === undefined
        ? item
        : {
            ...item,
            quantity: before.quantity + item.quantity,
            amount: BigDecimal.sum(before.amount, item.amount)
          }
    )
  }
  const lines = [...merged.values()]
  return { items: lines, total: BigDecimal.normalize(BigDecimal.sumAll(lines.map(({ amount }) => amount))) }
}

export const tokenItems = ({ price }: Priced, counts: Counts): ReadonlyArray<CostItem> =>
  tokenKinds
    .filter((kind) => counts[kind] > 0)
    .map((kind) => ({
      model: price.model,
      kind,
      per: "million tokens",
      quantity: counts[kind],
      unitPrice: price[kind],
      amount: BigDecimal.multiply(price[kind], BigDecimal.make(BigInt(counts[kind]), 6))
    }))

export const toolItem = (
  options: { readonly model: string; readonly at: DateTime.DateTime; readonly book?: PriceBook | undefined },
  counter: string,
  quantity: number
): Result.Result<CostItem, CostError> =>
  Result.map(toolPrice(counter, options), (unitPrice) => ({
    model: options.model,
    kind: counter,
    per: counter.endsWith("_hours") ? "hour" : "use",
    quantity,
    unitPrice,
    amount: BigDecimal.normalize(BigDecimal.multiply(unitPrice, BigDecimal.fromNumberUnsafe(quantity)))
  }))

const codeRequests = "code_execution_requests"

/** The uses and hours that are billed in addition to tokens. A batch pays their full price, because no discount is documented. */
export const toolUses = (
  billed: Billed,
  hours: number | undefined
): Result.Result<ReadonlyArray<readonly [counter: string, quantity: number]>, InvalidUsageError> => {
  if (hours !== undefined && !(Number.isFinite(hours) && hours >= 0)) {
    const description = `${hours} is not a number of hours`
    return Result.fail(new InvalidUsageError({ field: "codeExecutionHours", description }))
  }
  const others = billed.tools.filter(([counter]) => counter !== codeRequests)
  if (hours !== undefined) return Result.succeed(hours === 0 ? others : [...others, ["code_execution_hours", hours]])
  if (!billed.ranCode) return Result.succeed(others)
  // Executions have no price, unless a book of the user has one. Without it the lookup fails.
  const counted = billed.tools.find(([counter]) => counter === codeRequests)?.[1] ?? 1
  return Result.succeed([...others, [codeRequests, counted]])
}

const priceOf = (billed: Billed, options: CostOptions & { readonly model: string }): Result.Result<Cost, CostError> =>
  Result.gen(function* () {
    const { at, book } = options
    const items: Array<CostItem> = []
    for (const { counts, isFree, model } of billed.calls) {
      const card = yield* cardOf(model, {
        at,
        batch: options.batch ?? billed.batch,
        speed: billed.speed,
        inferenceGeo: billed.inferenceGeo,
        book
      })
      const priced = yield* priceAt(card, promptTokens(counts))
      if (!isFree) items.push(...tokenItems(priced, counts))
    }
    for (const [counter, quantity] of yield* toolUses(billed, options.codeExecutionHours)) {
      items.push(yield* toolItem(options, counter, quantity))
    }
    return costOf(items)
  })

/**
 * Computes the cost of one call, by its usage.
 *
 * - If the usage has `iterations`, each of them is billed, at the price of its own model. The length of a prompt is judged
 *   for each.
 * - Region, speed and tier come from the usage.
 * - Thinking is part of the output.
 *
 * Fails with `UnknownPriceError` if something that is billed has no price:
 *
 * - a model, or the tier `priority`
 * - cache writes without a time to live: see `cacheWrites`
 * - code execution: see `codeExecutionHours`
 * - an unknown counter, or a fallback credit
 *
 * Fails with `InvalidUsageError` if a count is malformed.
 *
 * @example
 * import * as Pricing from "effect-anthropic/Pricing"
 * import * as DateTime from "effect/DateTime"
 * import * as Result from "effect/Result"
 *
 * const at = DateTime.makeUnsafe("2026-11-22")
 * const cost = Pricing.cost({ input_tokens: 1_200, output_tokens: 300 }, { model: "claude-haiku-5-5", at })
 * console.log(Result.map(cost, ({ total }) => Pricing.formatUsd(total))) // success("0.00027")
 *
 * @category getters
 * @since 0.1.0
 */
export const cost: {
  (options: CostOptions & { readonly model: string }): (usage: Usage) => Result.Result<Cost, CostError>
  (usage: Usage, options: CostOptions & { readonly model: string }): Result.Result<Cost, CostError>
} = dual(
  2,
  (usage: Usage, options: CostOptions & { readonly model: string }): Result.Result<Cost, CostError> =>
    Result.flatMap(readUsage(usage, options), (billed) => priceOf(billed, options))
)

/**
 * Computes the cost of an answer. It is the `cost` of its usage, with facts that only the answer contains.
 *
 * A refusal before any output is free since 2026-06-02, except for some categories. So is the call that a fallback replaced.
 * If the content shows that code was executed, `codeExecutionHours` is required.
 *
 * @category getters
 * @since 0.1.0
 */
export const messageCost: {
  (options: CostOptions): (message: Message) => Result.Result<Cost, CostError>
  (message: Message, options: CostOptions): Result.Result<Cost, CostError>
} = dual(2, (message: Message, options: CostOptions): Result.Result<Cost, CostError> => {
  const context = { ...options, model: message.model }
  return Result.flatMap(readMessage(message, context), (billed) => priceOf(billed, context))
})

/**
 * Adds costs up. Lines of the same model, kind and unit price become one.
 *
 * @category combinators
 * @since 0.1.0
 */
export const sum = (costs: Iterable<Cost>): Cost => costOf([...costs].flatMap(({ items }) => items))

/**
 * The cost of a call, and the savings, in USD.
 *
 * @category models
 * @since 0.1.0
 */
export interface Savings {
  readonly paid: BigDecimal.BigDecimal
  /** The cost of the same call outside of a batch, minus `paid`. */
  readonly byBatch: BigDecimal.BigDecimal
  /** The cost of the call with all its input uncached, minus `paid`. Negative if cache writes cost more than reads saved. */
  readonly byCache: BigDecimal.BigDecimal
}

/**
 * Computes what batching and the prompt cache saved in one call. Its options and errors are those of `cost`.
 *
 * @category getters
 * @since 0.1.0
 */
export const savings: {
  (options: CostOptions & { readonly model: string }): (usage: Usage) => Result.Result<Savings, CostError>
  (usage: Usage, options: CostOptions & { readonly model: string }): Result.Result<Savings, CostError>
} = dual(
  2,
  (usage: Usage, options: CostOptions & { readonly model: string }): Result.Result<Savings, CostError> =>
    Result.gen(function* () {
      const billed = yield* readUsage(usage, options)
      const calls = billed.calls.map((call) => ({
        ...call,
        counts: { ...call.counts, input: promptTokens(call.counts), cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0 }
      }))
      const paid = yield* priceOf(billed, options)
      const direct = yield* priceOf(billed, { ...options, batch: false })
      const uncached = yield* priceOf({ ...billed, calls }, options)
      const less = (other: Cost) => BigDecimal.normalize(BigDecimal.subtract(other.total, paid.total))
      return { paid: paid.total, byBatch: less(direct), byCache: less(uncached) }
    })
)
