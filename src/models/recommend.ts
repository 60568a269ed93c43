import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Pricing from "../Pricing.ts"
import type { ModelInfo, ModelLifecycle, ModelLine } from "../schema/Model.ts"
import { type CapabilityPath, capability, pathOf, type UnlistedPath } from "./capability.ts"
import { byRelease, retiresBefore } from "./lifecycle.ts"

/** What a model has to be and to do. */
export interface Needs {
  readonly capabilities?: ReadonlyArray<CapabilityPath | UnlistedPath> | undefined
  /** The least context window, in tokens. */
  readonly inputTokens?: number | undefined
  /** The least limit of `max_tokens`. */
  readonly outputTokens?: number | undefined
  /** The stages that will do: `active` alone when left out. */
  readonly lifecycle?: ReadonlyArray<ModelLifecycle> | undefined
  /** A day on which it still has to be there, as far as is announced. */
  readonly notRetiringBefore?: DateTime.DateTime | undefined
  readonly lines?: ReadonlyArray<ModelLine> | undefined
}

/** Which of the models that will do comes first; what is equal is ordered by release, newest first. */
export type Preference =
  /** The cheapest for a usage of this shape. A model without a known price is left out. */
  | { readonly by: "price"; readonly usage: Pricing.Usage; readonly batch?: boolean | undefined }
  | { readonly by: "newest" }
  /** The largest context window. */
  | { readonly by: "context" }
  | { readonly by: "order"; readonly order: Order.Order<ModelInfo> }

/** What was found about one need. */
export interface Finding {
  /** The need, for example `effort.xhigh` or `inputTokens`. */
  readonly need: string
  readonly verdict: "met" | "unmet" | "unknown"
  readonly description: string
}

/** A model that meets every need, and why. */
export interface Choice {
  readonly model: ModelInfo
  readonly reasons: ReadonlyArray<Finding>
  /** What the usage costs, when price was preferred. */
  readonly cost: Pricing.Cost | undefined
}

/** A model that does not, and why. */
export interface Exclusion {
  readonly model: ModelInfo
  readonly reasons: ReadonlyArray<Finding>
}

export interface Recommendation {
  /** At least one model, the best first. */
  readonly choices: readonly [Choice, ...ReadonlyArray<Choice>]
  readonly excluded: ReadonlyArray<Exclusion>
}

/** No model meets every need: `nearest` are those that miss the fewest, with what they miss. */
export class NoModelError extends Schema.TaggedError<NoModelError>()("NoModelError", {
  /** How many models were looked at. */
  considered: Schema.Number,
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

export interface RecommendOptions {
  readonly needs?: Needs | undefined
  readonly prefer: Preference
  /** The day for which prices are looked up. */
  readonly at: DateTime.DateTime
  /** The published prices when left out. */
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

const findings = (model: ModelInfo, needs: Needs): ReadonlyArray<Finding> => {
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
    all.push(atLeast("outputTokens", "largest output", model.max_tokens, needs.outputTokens))
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
  return Pricing.cost(prefer.usage, { model: model.id, at, batch: prefer.batch, book }).pipe(
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

/** At most so many models are named as near misses. */
const maxNearest = 5

export const recommend = (
  models: Iterable<ModelInfo>,
  options: RecommendOptions
): Result.Result<Recommendation, NoModelError> => {
  const choices: Array<Choice> = []
  const excluded: Array<Exclusion> = []
  for (const model of models) {
    const all = findings(model, options.needs ?? {})
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
}
