// Chooses among models: those that meet every need, in the order of a preference, with reasons. A preference by price
// implies needs, because a model that cannot take the usage must not be chosen.
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Pricing from "../Pricing.ts"
import type { ModelInfo, ModelLifecycle, ModelLine } from "../schema/Model.ts"
import { type CapabilityPath, capability, pathOf, type UnlistedPath } from "./capability.ts"
import { byRelease, retiresBefore } from "./lifecycle.ts"
import { outputLimit } from "./output.ts"

/**
 * The needs that a model has to meet.
 *
 * @category options
 * @since 0.1.0
 */
export interface Needs {
  readonly capabilities?: ReadonlyArray<CapabilityPath | UnlistedPath> | undefined
  /** The least context window, in tokens. */
  readonly inputTokens?: number | undefined
  /** The least limit of `max_tokens`. */
  readonly outputTokens?: number | undefined
  /** The stages that are accepted. Default: `active`. */
  readonly lifecycle?: ReadonlyArray<ModelLifecycle> | undefined
  /** A day on which the model must still be available, by its announced retirement. */
  readonly notRetiringBefore?: DateTime.DateTime | undefined
  readonly lines?: ReadonlyArray<ModelLine> | undefined
}

/**
 * Prefers the cheapest model for a usage.
 *
 * The usage implies needs: a context window for all its tokens, a limit of output, the server tools that it counts, and
 * batches with `batch`. A model without a known price is excluded.
 *
 * @category options
 * @since 0.1.0
 */
export interface PricePreference {
  readonly by: "price"
  /** The tokens of one call. */
  readonly usage: Pricing.Usage
  /** Whether the calls are part of a batch. Default: whether `usage.service_tier` is `batch`. */
  readonly batch?: boolean | undefined
  /** The kind of the cache writes, if the usage has only their total. */
  readonly cacheWrites?: "5m" | "1h" | undefined
  /** The billed container hours of code execution, if the usage counts executions. */
  readonly codeExecutionHours?: number | undefined
}

/**
 * The order of the models that meet every need. Equal ones are ordered by release, newest first.
 *
 * @category options
 * @since 0.1.0
 */
export type Preference =
  | PricePreference
  /** The newest release. */
  | { readonly by: "newest" }
  /** The largest context window. */
  | { readonly by: "context" }
  | { readonly by: "order"; readonly order: Order.Order<ModelInfo> }

/**
 * The finding about one need.
 *
 * @category models
 * @since 0.1.0
 */
export interface Finding {
  /** The need, for example `effort.xhigh` or `inputTokens`. */
  readonly need: string
  readonly verdict: "met" | "unmet" | "unknown"
  readonly description: string
}

/**
 * A model that meets every need, and the reasons.
 *
 * @category models
 * @since 0.1.0
 */
export interface Choice {
  readonly model: ModelInfo
  readonly reasons: ReadonlyArray<Finding>
  /** The cost of the usage, if the preference is by price. */
  readonly cost: Pricing.Cost | undefined
}

/**
 * A model that does not meet every need, with the needs that are unmet or unknown.
 *
 * @category models
 * @since 0.1.0
 */
export interface Exclusion {
  readonly model: ModelInfo
  readonly reasons: ReadonlyArray<Finding>
}

/**
 * The models that meet every need, and those that do not.
 *
 * @category models
 * @since 0.1.0
 */
export interface Recommendation {
  /** At least one model, the best first. */
  readonly choices: readonly [Choice, ...ReadonlyArray<Choice>]
  readonly excluded: ReadonlyArray<Exclusion>
}

/**
 * No model meets every need.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoModelError extends Schema.TaggedError<NoModelError>()("NoModelError", {
  /** The number of models that were considered. */
  considered: Schema.Number,
  /** The models with the fewest unmet needs, at most five. */
  nearest: Schema.Array(
    Schema.Struct({
      model: Schema.String,
      reasons: Schema.Array(
        Schema.Struct({
          need: Schema.String,
          verdict: Schema.Literals(["unmet", "unknown"]),
          description: Schema.String
        })
      )
    })
  )
}) {
  readonly isRetryable = false

  override get message(): string {
    const misses = this.nearest.map(
      ({ model, reasons }) => `${model} (${reasons.map(({ description }) => description).join("; ")})`
    )
    return `none of ${this.considered} models meets every need${misses.length === 0 ? "" : `; nearest: ${misses.join(", ")}`}`
  }
}

/**
 * Options of `recommend`.
 *
 * @category options
 * @since 0.1.0
 */
export interface RecommendOptions {
  /** Default: only those that the preference implies. */
  readonly needs?: Needs | undefined
  readonly prefer: Preference
  /** The day for which prices are looked up. */
  readonly at: DateTime.DateTime
  /** The values of `anthropic-beta` that requests will be sent with. One of them raises the limit of output in batches. */
  readonly betas?: ReadonlyArray<string> | undefined
  /** Default: the published prices. */
  readonly book?: Pricing.PriceBook | undefined
}

const found = (need: string, met: Option.Option<boolean>, yes: string, no: string, unknown: string): Finding =>
  Option.match(met, {
    onNone: () => ({ need, verdict: "unknown", description: unknown }),
    onSome: (met) => ({ need, verdict: met ? "met" : "unmet", description: met ? yes : no })
  })

const atLeast = (need: string, what: string, limit: number | null | undefined, least: number): Finding =>
  found(
    need,
    Option.map(Option.fromNullishOr(limit), (limit) => limit >= least),
    `its ${what} is ${limit}`,
    `its ${what} is ${limit}, below ${least}`,
    `its ${what} is not known`
  )

const isBatch = (prefer: Preference): boolean =>
  prefer.by === "price" && (prefer.batch ?? prefer.usage.service_tier === "batch")

/** The tools of the API that a usage counts, by counter. */
const toolsCounted: ReadonlyArray<readonly [counter: string, capability: CapabilityPath]> = [
  ["web_search_requests", "server_tools.web_search"],
  ["code_execution_requests", "server_tools.code_execution"]
]

const counterOf = (counters: object | null | undefined, name: string): unknown =>
  Object.entries(counters ?? {}).find(([counter]) => counter === name)?.[1]

/** The given needs, and those that the preference implies. */
const allNeeds = ({ needs = {}, prefer }: RecommendOptions): Needs => {
  if (prefer.by !== "price") return needs
  const { usage } = prefer
  const calls = [usage, ...(usage.iterations ?? [])].map((call) => {
    const { cache_creation_input_tokens: written, cache_read_input_tokens: read, input_tokens: input } = call
    const output = call.output_tokens ?? 0
    return { output, window: (input ?? 0) + (written ?? 0) + (read ?? 0) + output }
  })
  const implied: Array<CapabilityPath> = isBatch(prefer) ? ["batch"] : []
  for (const [counter, path] of toolsCounted)
    if (Number(counterOf(usage.server_tool_use, counter)) > 0) implied.push(path)
  const given = needs.capabilities ?? []
  return {
    ...needs,
    capabilities: [...given, ...implied.filter((path) => !given.some((one) => pathOf(one) === path))],
    inputTokens: Math.max(needs.inputTokens ?? 0, ...calls.map(({ window }) => window)),
    outputTokens: Math.max(needs.outputTokens ?? 0, ...calls.map(({ output }) => output))
  }
}

const findings = (model: ModelInfo, needs: Needs, options: RecommendOptions): ReadonlyArray<Finding> => {
  const stage = Option.fromNullishOr(model.lifecycle)
  const line = Option.fromNullishOr(model.line)
  const stages = needs.lifecycle ?? ["active"]
  const all: Array<Finding> = [
    found(
      "lifecycle",
      Option.map(stage, (stage) => stages.includes(stage)),
      `it is ${model.lifecycle}`,
      `it is ${model.lifecycle}, not ${stages.join(" or ")}`,
      "its life cycle is not known"
    )
  ]
  for (const path of needs.capabilities ?? []) {
    const name = pathOf(path)
    const met = capability(model, path)
    all.push(found(name, met, `it has ${name}`, `it has no ${name}`, `whether it has ${name} is not known`))
  }
  if (needs.inputTokens !== undefined) {
    all.push(atLeast("inputTokens", "context window", model.max_input_tokens, needs.inputTokens))
  }
  if (needs.outputTokens !== undefined) {
    const limit = outputLimit(model, { batch: isBatch(options.prefer), betas: options.betas })
    const tokens = limit.isCertain ? limit.tokens : (model.max_tokens ?? undefined)
    all.push(atLeast("outputTokens", "largest output", tokens, needs.outputTokens))
  }
  if (needs.lines !== undefined) {
    const { lines } = needs
    all.push(
      found(
        "lines",
        Option.map(line, (line) => lines.includes(line)),
        `it is of the line ${model.line}`,
        `it is of the line ${model.line}, not ${lines.join(" or ")}`,
        "its line is not known"
      )
    )
  }
  if (needs.notRetiringBefore !== undefined) {
    const day = DateTime.formatIsoDateUtc(needs.notRetiringBefore)
    all.push(
      found(
        "notRetiringBefore",
        Option.map(retiresBefore(model, needs.notRetiringBefore), (retires) => !retires),
        `no retirement before ${day} is announced`,
        `it retires before ${day}`,
        "its retirement is not known"
      )
    )
  }
  return all
}

const priceOf = (model: ModelInfo, options: RecommendOptions): Result.Result<Pricing.Cost | undefined, Finding> => {
  const { prefer, at, book } = options
  if (prefer.by !== "price") return Result.succeed(undefined)
  const { batch, cacheWrites, codeExecutionHours } = prefer
  return Pricing.cost(prefer.usage, { model: model.id, at, batch, cacheWrites, codeExecutionHours, book }).pipe(
    Result.mapError(({ message }): Finding => ({ need: "price", verdict: "unknown", description: message }))
  )
}

const orderOf = (prefer: Preference): Order.Order<Choice> => {
  const byModel = (order: Order.Order<ModelInfo>) => Order.mapInput(order, ({ model }: Choice) => model)
  switch (prefer.by) {
    case "price":
      return Order.mapInput(Order.Array(BigDecimal.Order), ({ cost }: Choice) =>
        cost === undefined ? [] : [cost.total]
      )
    case "context":
      return byModel(Order.flip(Order.mapInput(Order.Number, (model) => model.max_input_tokens ?? 0)))
    case "order":
      return byModel(prefer.order)
    case "newest":
      return byModel(byRelease)
  }
}

/** The most models that an error names. */
const maxNearest = 5

/**
 * Chooses among models: those that meet every need, in the order of a preference, with reasons.
 *
 * An unknown property of a model does not meet a need. A preference by price also excludes models that cannot take its
 * usage, and models without a known price. Fails with `NoModelError` if no model is left.
 *
 * @example
 * import * as Models from "effect-anthropic/Models"
 * import * as DateTime from "effect/DateTime"
 * import * as Result from "effect/Result"
 *
 * const choose = (models: ReadonlyArray<Models.ModelInfo>) =>
 *   Models.recommend(models, {
 *     needs: { capabilities: ["structured_outputs"], lines: ["haiku", "sonnet"] },
 *     prefer: { by: "price", usage: { input_tokens: 150_000, output_tokens: 2_000 }, batch: true },
 *     at: DateTime.makeUnsafe("2026-11-22")
 *   }).pipe(Result.map(({ choices }) => choices[0].model.id))
 *
 * @category getters
 * @since 0.1.0
 */
export const recommend: {
  (options: RecommendOptions): (models: Iterable<ModelInfo>) => Result.Result<Recommendation, NoModelError>
  (models: Iterable<ModelInfo>, options: RecommendOptions): Result.Result<Recommendation, NoModelError>
} = dual(2, (models: Iterable<ModelInfo>, options: RecommendOptions): Result.Result<Recommendation, NoModelError> => {
  const choices: Array<Choice> = []
  const excluded: Array<Exclusion> = []
  const needs = allNeeds(options)
  for (const model of models) {
    const all = findings(model, needs, options)
    const cost = priceOf(model, options)
    const missed = all.filter(({ verdict }) => verdict !== "met")
    if (Result.isFailure(cost)) missed.push(cost.failure)
    if (missed.length > 0 || Result.isFailure(cost)) {
      excluded.push({ model, reasons: missed })
      continue
    }
    const price: ReadonlyArray<Finding> =
      cost.success === undefined
        ? []
        : [{ need: "price", verdict: "met", description: `it costs ${Pricing.formatUsd(cost.success.total)} USD` }]
    choices.push({ model, reasons: [...all, ...price], cost: cost.success })
  }
  choices.sort(Order.combine(orderOf(options.prefer), orderOf({ by: "newest" })))
  const [first, ...others] = choices
  if (first !== undefined) return Result.succeed({ choices: [first, ...others], excluded })
  const fewest = Math.min(...excluded.map(({ reasons }) => reasons.length))
  const nearest = excluded
    .filter(({ reasons }) => reasons.length === fewest)
    .slice(0, maxNearest)
    .map(({ model, reasons }) => ({
      model: model.id,
      reasons: reasons.map(({ need, verdict, description }) => ({
        need,
        verdict: verdict === "unknown" ? ("unknown" as const) : ("unmet" as const),
        description
      }))
    }))
  return Result.fail(new NoModelError({ considered: excluded.length, nearest }))
})
