// The errors of prices. None is retryable: the same question has the same answer.
// They are public as `Pricing.UnknownPriceError` and so on.
import * as Schema from "effect/Schema"

/**
 * The price book has no price for something that is billed. `reason` says what has no price.
 *
 * `usage` stands for a field of the usage that this version does not know. `credit` stands for a fallback credit that was
 * redeemed. `priceBook` stands for a row that is malformed.
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
 * A count in a usage is malformed: negative, not an integer, over 2⁵³ − 1, or in contradiction to another count.
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
 * The cost of a request has no upper bound that can be computed here, because of what stands at `path`.
 *
 * `option` names the option of `upperBound` that gives the missing number. It is undefined where none does.
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
 * What `cost` fails with.
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
