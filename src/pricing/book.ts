// The price book: the published one, how to change it, and the reference that holds the one in force.
// The rows of the published book are in `facts/prices.ts`.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import type { PriceRow, RefusalRow, ToolRow } from "../facts/PriceRow.ts"
import { batchShare, freeRefusals, priceRows, toolRows } from "../facts/prices.ts"
import type { Sourced } from "../facts/Sourced.ts"

/**
 * Dated prices as plain data, for example from a JSON file. If several rows apply, the last one is used.
 *
 * @category models
 * @since 0.1.0
 */
export interface PriceBook {
  readonly rows: ReadonlyArray<PriceRow>
  readonly tools: ReadonlyArray<ToolRow>
  readonly freeRefusals: ReadonlyArray<RefusalRow>
  /** The share of the direct price of tokens that a batch pays, for example `0.5`. */
  readonly batch: Sourced & { readonly share: string }
}

/**
 * The published prices, as this version of the package knows them. Each row names its source.
 *
 * @category constructors
 * @since 0.1.0
 */
export const defaultBook: PriceBook = { rows: priceRows, tools: toolRows, freeRefusals, batch: batchShare }

/**
 * The price book in force. Default: `defaultBook`.
 *
 * Programs read it, and so do the parts of this package that compute costs. The functions of this module are pure and take a
 * book as their option `book`.
 *
 * @category references
 * @since 0.1.0
 */
export const PriceBook: Context.Reference<PriceBook> = Context.Reference<PriceBook>("effect-anthropic/PriceBook", {
  defaultValue: () => defaultBook
})

/**
 * Provides a changed price book. `change` is called with the book in force outside of the layer.
 *
 * @example
 * import * as Pricing from "effect-anthropic/Pricing"
 *
 * const negotiated = Pricing.layer((book) =>
 *   Pricing.extend(book, {
 *     rows: [
 *       {
 *         model: "claude-opus-5-5",
 *         from: "2026-11-01",
 *         input: "3.20",
 *         output: "16",
 *         cacheWrite5m: "4",
 *         cacheWrite1h: "6.40",
 *         cacheRead: "0.16",
 *         regions: { us: "1.1" },
 *         source: "contract 17",
 *         read: "2026-11-02"
 *       }
 *     ]
 *   })
 * )
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (change: (current: PriceBook) => PriceBook): Layer.Layer<never> =>
  Layer.effect(PriceBook, Effect.map(PriceBook, change))

/**
 * Rows that are added to a book.
 *
 * @category options
 * @since 0.1.0
 */
export interface MorePrices {
  readonly rows?: ReadonlyArray<PriceRow> | undefined
  readonly tools?: ReadonlyArray<ToolRow> | undefined
}

/**
 * Adds rows to a book. If an added row and a row of the book both apply, the added row is used.
 *
 * @category combinators
 * @since 0.1.0
 */
export const extend: {
  (more: MorePrices): (book: PriceBook) => PriceBook
  (book: PriceBook, more: MorePrices): PriceBook
} = dual(
  2,
  (book: PriceBook, more: MorePrices): PriceBook => ({
    ...book,
    rows: [...book.rows, ...(more.rows ?? [])],
    tools: [...book.tools, ...(more.tools ?? [])]
  })
)
