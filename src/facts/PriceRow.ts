// The rows of a price book. The published ones are in `prices.ts`. Users write their own in the same shape.
// The types are public as `Pricing.PriceRow` and so on, so they are documented here.
import type { Sourced } from "./Sourced.ts"

/**
 * The prices of one model in one period, at one speed, for one range of prompt lengths.
 *
 * Prices are decimals in strings, in USD per million tokens. They do not include the share of a batch and the factor of a
 * region.
 *
 * @category models
 * @since 0.1.0
 */
export interface PriceRow extends Sourced {
  /** The exact id of the model. */
  readonly model: string
  /** Other names of the same model: its alias, or its dated id. */
  readonly aliases?: ReadonlyArray<string> | undefined
  /** The first day (UTC) of this price, for example `2026-10-07`. */
  readonly from: string
  /** The first day (UTC) on which the price is no longer in force. Default: it is still in force. */
  readonly until?: string | undefined
  /** The value of `speed`. Default: `standard`. */
  readonly speed?: string | undefined
  /** The row applies to prompts of more tokens than this. Cached tokens count. */
  readonly promptOver?: number | undefined
  /** The row applies to prompts of at most this many tokens. Cached tokens count. */
  readonly promptUpTo?: number | undefined
  readonly input: string
  readonly output: string
  readonly cacheWrite5m: string
  readonly cacheWrite1h: string
  readonly cacheRead: string
  /** The factor of each region, by the value of `inference_geo`. A region that is not listed has no price. */
  readonly regions?: { readonly [inferenceGeo: string]: string } | undefined
}

/**
 * The price of one use of a server tool, in USD. Its tokens are billed in addition.
 *
 * @category models
 * @since 0.1.0
 */
export interface ToolRow extends Sourced {
  /** The counter in `usage.server_tool_use`, or `code_execution_hours`. */
  readonly counter: string
  /** The first day (UTC) of this price. */
  readonly from: string
  /** The first day (UTC) on which the price is no longer in force. Default: it is still in force. */
  readonly until?: string | undefined
  readonly price: string
}

/**
 * A period in which a refusal before any output is free, and the categories that are billed nevertheless.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefusalRow extends Sourced {
  /** The first day (UTC) of the period. */
  readonly from: string
  /** The first day (UTC) after the period. Default: it still lasts. */
  readonly until?: string | undefined
  /** The values of `stop_details.category` that are billed. */
  readonly billed: ReadonlyArray<string>
}
