// Compares models: fields, capabilities and prices that differ, as rows of a table.
import * as DateTime from "effect/DateTime"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Pricing from "../Pricing.ts"
import type { ModelInfo } from "../schema/Model.ts"
import { capabilities } from "./capability.ts"
import { releasedAt } from "./lifecycle.ts"

/**
 * One thing that `compare` compares, with the value of each model in the order of the models.
 *
 * @category models
 * @since 0.1.0
 */
export interface ComparisonRow {
  /** A field of the model, `released`, a capability path, or `price.` and a kind of token (USD per million tokens). */
  readonly subject: string
  /** `undefined` where the value is unknown. */
  readonly values: ReadonlyArray<string | number | boolean | undefined>
}

/**
 * Options of `compare`.
 *
 * @category options
 * @since 0.1.0
 */
export interface CompareOptions {
  /** The day for which prices are looked up. */
  readonly at: DateTime.DateTime
  /** Whether the prices are those of a batch. Default: false. */
  readonly batch?: boolean | undefined
  /** The length of the prompt for which prices are looked up, in tokens. Default: 0. */
  readonly promptTokens?: number | undefined
  /** Default: the published prices. */
  readonly book?: Pricing.PriceBook | undefined
  /** Whether rows without a difference are included. Default: false. */
  readonly all?: boolean | undefined
}

const priceKinds = ["input", "output", "cacheWrite5m", "cacheWrite1h", "cacheRead"] as const

const dayOf = (date: DateTime.Utc | null | undefined): string | undefined =>
  date === null || date === undefined ? undefined : DateTime.formatIsoDateUtc(date)

/**
 * Returns what differs between models: fields, capabilities, and prices in USD per million tokens.
 *
 * @category getters
 * @since 0.1.0
 */
export const compare: {
  (options: CompareOptions): (models: ReadonlyArray<ModelInfo>) => ReadonlyArray<ComparisonRow>
  (models: ReadonlyArray<ModelInfo>, options: CompareOptions): ReadonlyArray<ComparisonRow>
} = dual(2, (models: ReadonlyArray<ModelInfo>, options: CompareOptions): ReadonlyArray<ComparisonRow> => {
  const trees = models.map(capabilities)
  const prices = models.map((model) => Pricing.lookup(model.id, options))
  const row = (subject: string, value: (model: ModelInfo) => ComparisonRow["values"][number]): ComparisonRow => ({
    subject,
    values: models.map(value)
  })
  const rows: ReadonlyArray<ComparisonRow> = [
    row("line", (model) => model.line ?? undefined),
    row("lifecycle", (model) => model.lifecycle),
    row("released", (model) => dayOf(Option.getOrUndefined(releasedAt(model)))),
    row("retires_at", (model) => dayOf(model.retires_at)),
    row("max_input_tokens", (model) => model.max_input_tokens ?? undefined),
    row("max_tokens", (model) => model.max_tokens ?? undefined),
    ...[...new Set(trees.flatMap((tree) => [...tree.keys()]))].map((subject) => ({
      subject,
      values: trees.map((tree) => tree.get(subject))
    })),
    ...priceKinds.map((kind) => ({
      subject: `price.${kind}`,
      values: prices.map((price) => (Result.isSuccess(price) ? Pricing.formatUsd(price.success[kind]) : undefined))
    }))
  ]
  return options.all === true ? rows : rows.filter(({ values }) => new Set(values).size > 1)
})
