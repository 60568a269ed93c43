// The fast path of prices, for the many calls of a batch: amounts as integers, without lines.
// It reads usages and bounds as the slow path does, and its amounts are exactly equal.
import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { PriceBook } from "./book.ts"
import { toolUses } from "./cost.ts"
import type { CostError, UnknownPriceError } from "./errors.ts"
import { amountScale, type Card, cardOf, priceAt, pricesUpTo, tokenKinds, toolPrice } from "./lookup.ts"
import { type Message, readMessage } from "./message.ts"
import { boundOf, dearest, type RequestSize, type UpperBoundError } from "./upperBound.ts"
import { type Billed, promptTokens, readUsage, type Usage } from "./usage.ts"

/**
 * The prices that a meter computes with.
 *
 * @category options
 * @since 0.1.0
 */
export interface MeterOptions {
  /** The day of the calls. */
  readonly at: DateTime.DateTime
  /** Whether the calls are part of a batch. Default: as each usage says, and false for `upperBound`. */
  readonly batch?: boolean | undefined
  /** The kind of the cache writes, if a usage has only their total. */
  readonly cacheWrites?: "5m" | "1h" | undefined
  /** The billed container hours of code execution of each call, for example 0 within the free hours. */
  readonly codeExecutionHours?: number | undefined
  /** The default region of the workspace, for requests without `inference_geo`. Default: `global`. */
  readonly inferenceGeo?: string | undefined
  /** Default: the published prices. */
  readonly book?: PriceBook | undefined
}

/**
 * Computes amounts for many calls, fast and exactly.
 *
 * An amount is an integer, so that amounts are added with `+` and compared with `<`. `toUsd` converts it to USD.
 *
 * @category models
 * @since 0.1.0
 */
export interface Meter {
  /** The amount of `Pricing.cost`. */
  readonly cost: (usage: Usage, model: string) => Result.Result<bigint, CostError>
  /** The amount of `Pricing.messageCost`. */
  readonly messageCost: (message: Message) => Result.Result<bigint, CostError>
  /** The amount of `Pricing.upperBound`. */
  readonly upperBound: (params: MessageParams, size?: RequestSize) => Result.Result<bigint, UpperBoundError>
}

/**
 * Converts an amount of a `Meter` to USD, exactly.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toUsd = (amount: bigint): BigDecimal.BigDecimal =>
  BigDecimal.normalize(BigDecimal.make(amount, amountScale))

/**
 * Converts USD to an amount that compares with those of a `Meter`, for example a budget. Digits beyond the 51st decimal
 * are cut off.
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromUsd = (usd: BigDecimal.BigDecimal): bigint => BigDecimal.scale(usd, amountScale).value

/**
 * Makes a meter: `cost`, `messageCost` and `upperBound` for many calls. Prices are looked up once and kept.
 *
 * @example
 * import * as Pricing from "effect-anthropic/Pricing"
 * import * as BigDecimal from "effect/BigDecimal"
 * import * as DateTime from "effect/DateTime"
 * import * as Result from "effect/Result"
 *
 * const meter = Pricing.meter({ at: DateTime.makeUnsafe("2026-11-22"), batch: true })
 * const budget = Pricing.fromUsd(BigDecimal.fromStringUnsafe("25"))
 *
 * let spent = 0n
 * const usages = [{ input_tokens: 1_200, output_tokens: 300 }, { input_tokens: 900, output_tokens: 250 }]
 * for (const usage of usages) {
 *   spent += Result.getOrThrow(meter.cost(usage, "claude-haiku-5-5"))
 * }
 * console.log(Pricing.formatUsd(Pricing.toUsd(spent)), spent < budget) // "0.0002425" true
 *
 * @category constructors
 * @since 0.1.0
 */
export const meter = (options: MeterOptions): Meter => {
  const { at, book, codeExecutionHours: hours } = options
  const cards = new Map<string, Card>()
  const cardFor = (
    model: string,
    batch: boolean,
    speed: string | null | undefined,
    inferenceGeo: string | null | undefined
  ): Result.Result<Card, UnknownPriceError> => {
    const key = `${model}\n${batch}\n${speed}\n${inferenceGeo}`
    const known = cards.get(key)
    if (known !== undefined) return Result.succeed(known)
    const card = cardOf(model, { at, batch, speed, inferenceGeo, book })
    // Names come from data, so only the prices of known models are kept.
    if (Result.isSuccess(card)) cards.set(key, card.success)
    return card
  }

  const toolPrices = new Map<string, BigDecimal.BigDecimal>()
  const toolAmount = (model: string, counter: string, quantity: number): Result.Result<bigint, UnknownPriceError> => {
    const known = toolPrices.get(counter)
    const price = known === undefined ? toolPrice(counter, { model, at, book }) : Result.succeed(known)
    if (Result.isFailure(price)) return Result.fail(price.failure)
    toolPrices.set(counter, price.success)
    return Result.succeed(fromUsd(BigDecimal.multiply(price.success, BigDecimal.fromNumberUnsafe(quantity))))
  }

  const toolAmounts = (
    model: string,
    uses: ReadonlyArray<readonly [counter: string, quantity: number]>
  ): Result.Result<bigint, UnknownPriceError> => {
    let total = 0n
    for (const [counter, quantity] of uses) {
      if (quantity === 0) continue
      const amount = toolAmount(model, counter, quantity)
      if (Result.isFailure(amount)) return amount
      total += amount.success
    }
    return Result.succeed(total)
  }

  const amountOf = (model: string, billed: Billed): Result.Result<bigint, CostError> => {
    let total = 0n
    for (const call of billed.calls) {
      const card = cardFor(call.model, options.batch ?? billed.batch, billed.speed, billed.inferenceGeo)
      if (Result.isFailure(card)) return Result.fail(card.failure)
      const priced = priceAt(card.success, promptTokens(call.counts))
      if (Result.isFailure(priced)) return Result.fail(priced.failure)
      if (call.isFree) continue
      for (const kind of tokenKinds) {
        const count = call.counts[kind]
        if (count > 0) total += priced.success.perToken[kind] * BigInt(count)
      }
    }
    const uses = toolUses(billed, hours)
    if (Result.isFailure(uses)) return Result.fail(uses.failure)
    return Result.map(toolAmounts(model, uses.success), (tools) => total + tools)
  }

  return {
    cost: (usage, model) =>
      Result.flatMap(readUsage(usage, { model, cacheWrites: options.cacheWrites }), (billed) =>
        amountOf(model, billed)
      ),
    messageCost: (message) =>
      Result.flatMap(
        readMessage(message, { model: message.model, cacheWrites: options.cacheWrites, at, book }),
        (billed) => amountOf(message.model, billed)
      ),
    upperBound: (params, size = {}) => {
      const known = size.codeExecutionHours === undefined ? { ...size, codeExecutionHours: hours } : size
      const bound = boundOf(params, known, { at, book })
      if (Result.isFailure(bound)) return Result.fail(bound.failure)
      const { model } = params
      const geo = params.inference_geo ?? options.inferenceGeo
      const card = cardFor(model, options.batch === true, params.speed, geo)
      if (Result.isFailure(card)) return Result.fail(card.failure)
      const prices = pricesUpTo(card.success, bound.success.input)
      if (Result.isFailure(prices)) return Result.fail(prices.failure)
      const { amount } = dearest(bound.success, prices.success)
      return Result.map(toolAmounts(model, bound.success.uses), (tools) => amount + tools)
    }
  }
}
