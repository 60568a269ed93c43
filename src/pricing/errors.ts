// The errors of prices. None is retryable, because the same arguments always have the same result.
// They are public as `Pricing.UnknownPriceError` and so on.
import * as Schema from "effect/Schema"

/**
 * The price book has no price for something that is billed. `reason` says what has no price.
 *
 * `usage` means an unknown field of the usage, `credit` a fallback credit that was redeemed, and `priceBook` a malformed row.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownPriceError extends Schema.TaggedError<UnknownPriceError>()("UnknownPriceError", {
  model: Schema.String,
  reason: Schema.Literals([
    "model",
    "date",
    "promptLength",
    "speed",
    "inferenceGeo",
    "serviceTier",
    "cacheWrite",
    "tool",
    "usage",
    "credit",
    "priceBook"
  ]),
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `no price for ${this.model}: ${this.description}`
  }
}

/**
 * A count in a usage is malformed: negative, not an integer, over 2⁵³ − 1, or contradicting another count.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidUsageError extends Schema.TaggedError<InvalidUsageError>()("InvalidUsageError", {
  /** The place in the usage, for example `cache_creation.ephemeral_5m_input_tokens`. */
  field: Schema.String,
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `usage.${this.field}: ${this.description}`
  }
}

/**
 * The cost of a request has no upper bound that can be computed, because of the value at `path`.
 *
 * `option` is the option of `upperBound` for the missing number. It is undefined if there is none.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnboundedCostError extends Schema.TaggedError<UnboundedCostError>()("UnboundedCostError", {
  /** The place in the parameters, for example `messages[1].content[0].source`. */
  path: Schema.String,
  option: Schema.optional(Schema.Literals(["inputTokens", "toolUses", "codeExecutionHours"])),
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    const hint = this.option === undefined ? "" : `; pass the option ${this.option}`
    return `the cost has no upper bound because of ${this.path}: ${this.description}${hint}`
  }
}

/**
 * The errors of `cost`.
 *
 * @category errors
 * @since 0.1.0
 */
export type CostError = UnknownPriceError | InvalidUsageError

/**
 * The schema of `CostError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CostError: Schema.Codec<CostError, unknown> = Schema.Union([UnknownPriceError, InvalidUsageError])
