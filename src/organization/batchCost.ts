// The cost of batches by day and model, as billed and by the price book. The usage of a day is priced by its sums, in the
// groups that prices depend on.
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { ListError, ReportPage } from "../Pagination.ts"
import * as Pricing from "../Pricing.ts"
import { toolPrice } from "../pricing/lookup.ts"
import { costPages, usagePages } from "./reports.ts"
import type { UsageRow } from "./schema.ts"

/**
 * The cost of the batches of one model on one day (UTC), in USD.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchCost {
  /** The beginning of the day. */
  readonly day: DateTime.Utc
  readonly model: string
  /** The billed cost, after discounts and before credits. */
  readonly billed: BigDecimal.BigDecimal
  /** The cost at the list prices of the API. */
  readonly listed: BigDecimal.BigDecimal
  /** The cost of the usage by the price book. Undefined if it has no price. */
  readonly estimated: BigDecimal.BigDecimal | undefined
  /** `billed` less `estimated`. Discounts are part of it. */
  readonly difference: BigDecimal.BigDecimal | undefined
  /** Why there is no estimate. */
  readonly unpriced: string | undefined
  /** Usage and bill are complete up to this time. Undefined if the API does not report it. */
  readonly refreshedAt: DateTime.Utc | undefined
}

const zero = BigDecimal.fromBigInt(0n)

/** The cost of a number of units. */
const times = (count: number, price: BigDecimal.BigDecimal, scale: number): BigDecimal.BigDecimal =>
  BigDecimal.multiply(BigDecimal.multiply(BigDecimal.fromNumberUnsafe(count), price), BigDecimal.make(1n, scale))

/** The shortest prompt of a context window. */
const promptTokens = (window: string | null | undefined): number => (window === "200k-1M" ? 200_001 : 0)

const estimate = (row: UsageRow, book: Pricing.PriceBook): Result.Result<BigDecimal.BigDecimal, string> =>
  Result.gen(function* () {
    const { cache_creation, cache_read_input_tokens, output_tokens, server_tool_use, uncached_input_tokens } = row.usage
    const { context_window, inference_geo, model } = row.group
    const price = yield* Pricing.lookup(model ?? "", {
      at: row.starting_at,
      batch: true,
      promptTokens: promptTokens(context_window),
      inferenceGeo: inference_geo === "not_available" ? undefined : inference_geo,
      book
    })
    const searches = server_tool_use?.web_search_requests ?? 0
    const ofTools =
      searches === 0
        ? zero
        : times(searches, yield* toolPrice("web_search_requests", { at: row.starting_at, book, model: model ?? "" }), 0)
    return BigDecimal.sumAll([
      times(uncached_input_tokens, price.input, 6),
      times(cache_read_input_tokens, price.cacheRead, 6),
      times(cache_creation.ephemeral_5m_input_tokens, price.cacheWrite5m, 6),
      times(cache_creation.ephemeral_1h_input_tokens, price.cacheWrite1h, 6),
      times(output_tokens, price.output, 6),
      ofTools
    ])
  }).pipe(Result.mapError(({ message }) => message))

interface Sums {
  readonly day: DateTime.Utc
  readonly model: string
  billed: BigDecimal.BigDecimal
  listed: BigDecimal.BigDecimal
  estimated: BigDecimal.BigDecimal
  unpriced: string | undefined
}

const usd = (cents: BigDecimal.BigDecimal): BigDecimal.BigDecimal => BigDecimal.multiply(cents, BigDecimal.make(1n, 2))

/**
 * Returns the cost of batches in whole days (UTC) of a period, by day and model, with the estimate of the price book.
 *
 * The API does not report the cost of a single batch. The estimate prices the sums of a day. Prompts whose length raises the
 * price within one context window are priced as short ones. Rows that the price book cannot price say why.
 *
 * Fails as `usage` and `cost` do.
 *
 * @category operations
 * @since 0.1.0
 */
export const batchCost = Effect.fn("Organization.batchCost")(function* (options: {
  /** Rounded down to the beginning of its day. */
  readonly from: DateTime.DateTime
  /** Exclusive, rounded up to the beginning of a day. */
  readonly to: DateTime.DateTime
  readonly workspaceIds?: ReadonlyArray<string> | undefined
}): Effect.fn.Return<ReadonlyArray<BatchCost>, ListError, HttpClient.HttpClient> {
  const book = yield* Pricing.PriceBook
  const days = new Map<string, Sums>()
  const sumsOf = (day: DateTime.Utc, model: string): Sums => {
    const key = `${DateTime.formatIso(day)} ${model}`
    const sums = days.get(key) ?? { day, model, billed: zero, listed: zero, estimated: zero, unpriced: undefined }
    days.set(key, sums)
    return sums
  }
  const asked = {
    from: DateTime.startOf(DateTime.toUtc(options.from), "day"),
    to: DateTime.startOf(DateTime.add(DateTime.toUtc(options.to), { days: 1, milliseconds: -1 }), "day"),
    bucket: "1d",
    serviceTiers: ["batch"],
    workspaceIds: options.workspaceIds
  } as const
  let refreshedAt: DateTime.Utc | undefined
  const note = ({ refreshedAt: at }: ReportPage<unknown>): void => {
    if (at !== undefined) refreshedAt = refreshedAt === undefined ? at : DateTime.min(refreshedAt, at)
  }
  const eachOf = <Row>(
    pages: Stream.Stream<ReportPage<Row>, ListError, HttpClient.HttpClient>,
    use: (row: Row) => void
  ) =>
    Stream.runForEach(pages, (page) =>
      Effect.sync(() => {
        note(page)
        page.data.forEach(use)
      })
    )
  yield* eachOf(costPages({ ...asked, groupBy: ["model"] }), (row) => {
    const sums = sumsOf(row.starting_at, row.group.model ?? "")
    sums.billed = BigDecimal.sum(sums.billed, usd(row.cost.amount))
    sums.listed = BigDecimal.sum(sums.listed, usd(row.cost.list_amount))
  })
  yield* eachOf(usagePages({ ...asked, groupBy: ["model", "context_window", "inference_geo"] }), (row) => {
    const sums = sumsOf(row.starting_at, row.group.model ?? "")
    const priced = estimate(row, book)
    if (Result.isSuccess(priced)) sums.estimated = BigDecimal.sum(sums.estimated, priced.success)
    else sums.unpriced = priced.failure
  })
  return [...days.values()]
    .sort((a, b) => DateTime.toEpochMillis(a.day) - DateTime.toEpochMillis(b.day) || (a.model < b.model ? -1 : 1))
    .map(({ estimated, ...sums }) =>
      sums.unpriced === undefined
        ? { ...sums, refreshedAt, estimated, difference: BigDecimal.subtract(sums.billed, estimated) }
        : { ...sums, refreshedAt, estimated: undefined, difference: undefined }
    )
})
