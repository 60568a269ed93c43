// Finds the price that applies: by model, day, speed, length of the prompt, region, and whether it is a batch.
// A price that is not in the book is a typed failure, and never the price of something similar.
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import { dual } from "effect/Function"
import * as Result from "effect/Result"
import type { PriceRow, ToolRow } from "../facts/PriceRow.ts"
import { defaultBook, type PriceBook } from "./book.ts"
import { UnknownPriceError } from "./errors.ts"

export const tokenKinds = ["input", "cacheWrite5m", "cacheWrite1h", "cacheRead", "output"] as const

/**
 * A kind of token with a separate price.
 *
 * @category models
 * @since 0.1.0
 */
export type TokenKind = (typeof tokenKinds)[number]

/**
 * The prices of one model, in USD per million tokens. They include the share of a batch and the factor of a region.
 *
 * @category models
 * @since 0.1.0
 */
export interface Price extends Readonly<Record<TokenKind, BigDecimal.BigDecimal>> {
  /** The id of the model in the book. */
  readonly model: string
  /** The prices apply to prompts of more than `over` and at most `upTo` tokens. */
  readonly promptLength: { readonly over?: number | undefined; readonly upTo?: number | undefined }
  /** The page that states the prices. */
  readonly source: string
  /** The day on which that page was read. */
  readonly read: string
}

/**
 * The options that select a price of a model.
 *
 * @category options
 * @since 0.1.0
 */
export interface LookupOptions {
  /** The day of the call. It is not documented whether a batch pays the prices of its creation or of its end. */
  readonly at: DateTime.DateTime
  /** Whether the call is part of a batch. Default: false. */
  readonly batch?: boolean | undefined
  /** The length of the prompt in tokens, cached ones included. Some models cost more beyond a length. Default: 0. */
  readonly promptTokens?: number | undefined
  /** Default: `standard`. */
  readonly speed?: string | null | undefined
  /** The value of `usage.inference_geo`. Default: `global`. */
  readonly inferenceGeo?: string | null | undefined
  /** Default: the published prices. */
  readonly book?: PriceBook | undefined
}

/** The decimals that a price, a region's factor and a batch's share may have. */
const maxDecimals = 15

/** The scale of the integers of the fast path. Every price of every book is exact in it. */
export const amountScale = 3 * maxDecimals + 6

const pattern = new RegExp(`^\\d{1,15}(\\.\\d{1,${maxDecimals}})?$`)

const decimal = (text: string): BigDecimal.BigDecimal | undefined =>
  pattern.test(text) ? BigDecimal.fromStringUnsafe(text) : undefined

/** Epoch milliseconds of the start of a day, in UTC. */
const startOf = (day: string): number => (/^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(day) : Number.NaN)

/** The rows in force at `at`. A row with a malformed day is never in force. */
export const inForce = <Row extends { readonly from: string; readonly until?: string | undefined }>(
  rows: ReadonlyArray<Row>,
  at: DateTime.DateTime
): ReadonlyArray<Row> => {
  const millis = DateTime.toEpochMillis(at)
  return rows.filter(({ from, until }) => startOf(from) <= millis && (until === undefined || millis < startOf(until)))
}

/** The factor of a region. The usage of models without the parameter has the region `not_available`. */
const regionOf = (row: PriceRow, inferenceGeo: string): string | undefined => {
  if (inferenceGeo === "global" || inferenceGeo === "not_available") return "1"
  const { regions = {} } = row
  return Object.hasOwn(regions, inferenceGeo) ? regions[inferenceGeo] : undefined
}

/** A price in both forms: exact decimals, and integers of `amountScale` per token. */
export interface Priced {
  readonly price: Price
  readonly perToken: Readonly<Record<TokenKind, bigint>>
}

const readRow = (row: PriceRow, region: string, share: string): Priced | undefined => {
  const factors = [decimal(region), decimal(share)]
  const price = (kind: TokenKind): BigDecimal.BigDecimal | undefined => {
    const all = [decimal(row[kind]), ...factors]
    return all.every((one) => one !== undefined) ? BigDecimal.normalize(BigDecimal.multiplyAll(all)) : undefined
  }
  const input = price("input")
  const cacheWrite5m = price("cacheWrite5m")
  const cacheWrite1h = price("cacheWrite1h")
  const cacheRead = price("cacheRead")
  const output = price("output")
  if (
    input === undefined ||
    cacheWrite5m === undefined ||
    cacheWrite1h === undefined ||
    cacheRead === undefined ||
    output === undefined
  ) {
    return undefined
  }
  const perToken = (million: BigDecimal.BigDecimal): bigint => BigDecimal.scale(million, amountScale - 6).value
  return {
    price: {
      model: row.model,
      input,
      cacheWrite5m,
      cacheWrite1h,
      cacheRead,
      output,
      promptLength: { over: row.promptOver, upTo: row.promptUpTo },
      source: row.source,
      read: row.read
    },
    perToken: {
      input: perToken(input),
      cacheWrite5m: perToken(cacheWrite5m),
      cacheWrite1h: perToken(cacheWrite1h),
      cacheRead: perToken(cacheRead),
      output: perToken(output)
    }
  }
}

/** Prices that were computed before, because the results of a batch need the same few prices repeatedly. */
const computed = new WeakMap<PriceRow, Map<string, Priced | undefined>>()

const pricedBy = (row: PriceRow, region: string, share: string): Priced | undefined => {
  const prices = computed.get(row) ?? new Map<string, Priced | undefined>()
  const key = `${region} ${share}`
  if (!prices.has(key)) computed.set(row, prices.set(key, readRow(row, region, share)))
  return prices.get(key)
}

/** The rows of one model at one speed that are in force, one or more for each length of prompt. */
export interface Card {
  readonly model: string
  readonly rows: ReadonlyArray<PriceRow>
  readonly inferenceGeo: string
  readonly share: string
}

const unknown = (model: string, reason: UnknownPriceError["reason"], description: string) =>
  Result.fail(new UnknownPriceError({ model, reason, description }))

export const cardOf = (
  model: string,
  options: Omit<LookupOptions, "promptTokens">
): Result.Result<Card, UnknownPriceError> => {
  const { at, book = defaultBook } = options
  const speed = options.speed ?? "standard"
  const named = book.rows.filter((row) => row.model === model || row.aliases?.includes(model) === true)
  if (named.length === 0) return unknown(model, "model", "the price book does not have this model")
  if (options.batch === true && speed !== "standard") {
    return unknown(model, "speed", `a batch does not take the speed "${speed}"`)
  }
  const atSpeed = named.filter((row) => (row.speed ?? "standard") === speed)
  if (atSpeed.length === 0) return unknown(model, "speed", `the price book has none for the speed "${speed}"`)
  const rows = inForce(atSpeed, at)
  if (rows.length === 0) {
    return unknown(model, "date", `the price book has none for ${DateTime.formatIsoDateUtc(at)}`)
  }
  const share = options.batch === true ? book.batch.share : "1"
  return Result.succeed({ model, rows, inferenceGeo: options.inferenceGeo ?? "global", share })
}

const priceRow = (card: Card, row: PriceRow): Result.Result<Priced, UnknownPriceError> => {
  const region = regionOf(row, card.inferenceGeo)
  if (region === undefined) {
    return unknown(card.model, "inferenceGeo", `the price book has none for the region "${card.inferenceGeo}"`)
  }
  const priced = pricedBy(row, region, card.share)
  return priced === undefined
    ? unknown(card.model, "priceBook", `the row from ${row.from} has a malformed decimal`)
    : Result.succeed(priced)
}

const holds = ({ promptOver = -1, promptUpTo = Number.POSITIVE_INFINITY }: PriceRow, promptTokens: number): boolean =>
  promptOver < promptTokens && promptTokens <= promptUpTo

/** The price of a prompt of this length. */
export const priceAt = (card: Card, promptTokens: number): Result.Result<Priced, UnknownPriceError> => {
  const row = card.rows.findLast((row) => holds(row, promptTokens))
  return row === undefined
    ? unknown(card.model, "promptLength", `the price book has none for a prompt of ${promptTokens} tokens`)
    : priceRow(card, row)
}

/** The prices of prompts of up to this length, each once. The API refuses lengths without a price. */
export const pricesUpTo = (
  card: Card,
  promptTokens: number
): Result.Result<ReadonlyArray<Priced>, UnknownPriceError> => {
  const [first] = card.rows
  if (card.rows.length === 1 && first !== undefined && first.promptOver === undefined) {
    return Result.map(priceRow(card, first), (priced) => [priced])
  }
  const edges = card.rows.flatMap(({ promptOver, promptUpTo }) => [(promptOver ?? -1) + 1, (promptUpTo ?? -1) + 1])
  const lengths = [promptTokens, ...edges.filter((edge) => edge < promptTokens)]
  const rows = new Set(lengths.map((length) => card.rows.findLast((row) => holds(row, length))))
  const priced: Array<Priced> = []
  for (const row of rows) {
    const one = row === undefined ? undefined : priceRow(card, row)
    if (one === undefined) continue
    if (Result.isFailure(one)) return Result.fail(one.failure)
    priced.push(one.success)
  }
  return priced.length === 0
    ? unknown(card.model, "promptLength", `the price book has none for a prompt of ${promptTokens} tokens or fewer`)
    : Result.succeed(priced)
}

/**
 * Finds the prices of a model, by its exact id or a documented alias.
 *
 * Fails with `UnknownPriceError` if the book has none.
 *
 * @example
 * import * as Pricing from "effect-anthropic/Pricing"
 * import * as BigDecimal from "effect/BigDecimal"
 * import * as DateTime from "effect/DateTime"
 * import * as Result from "effect/Result"
 *
 * const at = DateTime.makeUnsafe("2026-11-22")
 * const price = Pricing.lookup("claude-opus-5-5", { at, batch: true })
 * console.log(Result.map(price, ({ output }) => BigDecimal.format(output))) // success("10")
 *
 * @category getters
 * @since 0.1.0
 */
export const lookup: {
  (options: LookupOptions): (model: string) => Result.Result<Price, UnknownPriceError>
  (model: string, options: LookupOptions): Result.Result<Price, UnknownPriceError>
} = dual(
  2,
  (model: string, options: LookupOptions): Result.Result<Price, UnknownPriceError> =>
    cardOf(model, options).pipe(
      Result.flatMap((card) => priceAt(card, options.promptTokens ?? 0)),
      Result.map(({ price }) => price)
    )
)

/** The price of one use of a server tool, in USD. */
export const toolPrice = (
  counter: string,
  options: { readonly model: string; readonly at: DateTime.DateTime; readonly book?: PriceBook | undefined }
): Result.Result<BigDecimal.BigDecimal, UnknownPriceError> => {
  const { at, book = defaultBook, model } = options
  const row: ToolRow | undefined = inForce(book.tools, at).findLast((tool) => tool.counter === counter)
  const price = row === undefined ? undefined : decimal(row.price)
  if (price !== undefined) return Result.succeed(price)
  if (row !== undefined) return unknown(model, "priceBook", `the row of ${counter} has a malformed decimal`)
  const hint = counter === "code_execution_requests" ? "; pass the option codeExecutionHours" : ""
  return unknown(model, "tool", `the price book has none for ${counter} on ${DateTime.formatIsoDateUtc(at)}${hint}`)
}
