// Writes amounts as text.
// Half a unit is rounded away from zero, as on invoices.
import * as BigDecimal from "effect/BigDecimal"
import { dual } from "effect/Function"

/** More decimals than this are not useful, and very many exhaust the memory. */
const maxDecimals = 100

const scaleOf = (amount: BigDecimal.BigDecimal, decimals: number | undefined): number => {
  const exact = Math.max(BigDecimal.normalize(amount).scale, 0)
  return decimals === undefined || Number.isNaN(decimals)
    ? exact
    : Math.trunc(Math.min(Math.max(decimals, -maxDecimals), maxDecimals))
}

/**
 * Formats an amount as plain decimal text, without a currency sign.
 *
 * Without `decimals` the text is exact. Otherwise the amount is rounded to this number of decimals, half a unit away from zero.
 * Negative `decimals` round to tens, hundreds and so on. `decimals` beyond ±100 count as ±100, fractions are cut off, and
 * `NaN` counts as absent.
 *
 * @example
 * import * as Pricing from "effect-anthropic/Pricing"
 * import * as BigDecimal from "effect/BigDecimal"
 *
 * const amount = BigDecimal.fromStringUnsafe("1234.565")
 * console.log(Pricing.formatUsd(amount), Pricing.formatUsd(amount, 2), Pricing.formatUsd(amount, -2))
 * // "1234.565" "1234.57" "1200"
 *
 * @category formatting
 * @since 0.1.0
 */
export const formatUsd: {
  (decimals?: number): (amount: BigDecimal.BigDecimal) => string
  (amount: BigDecimal.BigDecimal, decimals?: number): string
} = dual(
  (args) => BigDecimal.isBigDecimal(args[0]),
  (amount: BigDecimal.BigDecimal, decimals?: number): string => {
    const scale = scaleOf(amount, decimals)
    const rounded = BigDecimal.round(amount, { scale, mode: "half-from-zero" })
    const places = Math.max(scale, 0)
    const { value } = BigDecimal.scale(rounded, places)
    const digits = `${value < 0n ? -value : value}`.padStart(places + 1, "0")
    const whole = digits.slice(0, digits.length - places)
    const text = places === 0 ? whole : `${whole}.${digits.slice(-places)}`
    return value < 0n ? `-${text}` : text
  }
)
