// Finds out what an item costs at most, and whether that fits into what is left of the budget.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import type { RequestError, SpendLimitError } from "../AnthropicError.ts"
import * as Messages from "../Messages.ts"
import * as Pricing from "../Pricing.ts"
import type { Money } from "../run/chunk.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { Ready } from "./admit.ts"
import { type Context, emit } from "./context.ts"

type BoundError = Pricing.UpperBoundError | RequestError | SpendLimitError

/** A meter with the prices of now. */
export const meterNow = <A, B, E, R>({ book }: Context<A, B, E, R>, batch: boolean): Effect.Effect<Pricing.Meter> =>
  Effect.map(DateTime.now, (at) => Pricing.meter({ at, batch, book }))

/** Whether one count tells the input: where the API runs tools, it calls the model more than once. */
const isCountable = ({ tools }: MessageParams): boolean =>
  (tools ?? []).every((tool) => !("type" in tool) || tool.type === undefined || tool.type === "custom")

/**
 * What an item costs at most; zero without a budget. An input that cannot be bounded by its bytes is counted by the API,
 * unless the caller knows its size.
 */
export const boundOf = <A, B, E, R>(
  { budget, config }: Context<A, B, E, R>,
  meter: Pricing.Meter,
  { params, slot }: Ready<A, B>
): Effect.Effect<Money, BoundError, HttpClient.HttpClient> => {
  if (budget === undefined) return Effect.succeed(0n)
  const size = config.budget?.size?.(slot.item)
  const bound = meter.upperBound(params, size)
  if (Result.isSuccess(bound)) return Effect.succeed(bound.success)
  const { failure } = bound
  if (failure._tag !== "UnboundedCostError" || failure.option !== "inputTokens" || !isCountable(params)) {
    return Effect.fail(failure)
  }
  return Effect.flatMap(Messages.countTokens(params), ({ input_tokens: inputTokens }) =>
    Effect.fromResult(meter.upperBound(params, { ...size, inputTokens }))
  )
}

/** Nothing more fits and nothing is under way that could be settled for less: asks for more, or stops. */
export const askForMore = <A, B, E, R>(context: Context<A, B, E, R>): Effect.Effect<void, E, R> => {
  const { budget, config } = context
  if (budget === undefined || config.budget === undefined) return Effect.void
  return Effect.map(
    config.budget.onLimit({ limit: budget.limit, spent: budget.spent, reserved: budget.reserved }),
    (limit) => {
      if (limit !== undefined && limit > budget.limit) budget.limit = limit
      else context.stopped ??= "budget"
    }
  )
}

/** Tells of the budget, and warns once when the share of `warnAt` is passed. */
export const tellBudget = <A, B, E, R>(context: Context<A, B, E, R>): Effect.Effect<void, never, R> =>
  Effect.gen(function* () {
    const { budget, config } = context
    if (budget === undefined || config.budget === undefined) return
    const amounts = {
      limit: Pricing.toUsd(budget.limit),
      spent: Pricing.toUsd(budget.spent),
      reserved: Pricing.toUsd(budget.reserved)
    }
    yield* emit(context, { _tag: "Budget", ...amounts })
    const share = Number(budget.spent + budget.reserved) / Number(budget.limit)
    if (context.hasWarned || !(share >= config.budget.warnAt)) return
    context.hasWarned = true
    yield* emit(context, { _tag: "BudgetWarning", ...amounts })
  })
