/**
 * The cost of calls: a dated book of published prices, and exact decimal arithmetic on token counts.
 *
 * Every function here is pure. Something without a known price (a model, a day, a region, a kind of token) is a typed
 * failure. It is never priced at zero or like something similar. Amounts are in USD, and prices in USD per million tokens.
 *
 * @since 0.1.0
 */
export type { PriceRow, RefusalRow, ToolRow } from "./facts/PriceRow.ts"
export type { Sourced } from "./facts/Sourced.ts"
export { defaultBook, extend, layer, type MorePrices, PriceBook } from "./pricing/book.ts"
export {
  type Cost,
  type CostItem,
  type CostOptions,
  cost,
  messageCost,
  type Savings,
  savings,
  sum
} from "./pricing/cost.ts"
export { CostError, InvalidUsageError, UnboundedCostError, UnknownPriceError } from "./pricing/errors.ts"
export { formatUsd } from "./pricing/format.ts"
export { type LookupOptions, lookup, type Price, type TokenKind } from "./pricing/lookup.ts"
export type { Message } from "./pricing/message.ts"
export { fromUsd, type Meter, type MeterOptions, meter, toUsd } from "./pricing/meter.ts"
export { type RequestSize, UpperBoundError, type UpperBoundOptions, upperBound } from "./pricing/upperBound.ts"
export type { TokenCounts, Usage, UsageIteration } from "./pricing/usage.ts"
