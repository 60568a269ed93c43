// Computes the most that an item can cost, and whether that fits into the rest of the budget.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Pricing from "../Pricing.ts"
import * as bound from "../run/bound.ts"
import type { Money } from "../run/chunk.ts"
import type { JournalError, RunTakenOverError } from "../run/errors.ts"
import type { Ready } from "./admit.ts"
import { type Context, emit } from "./context.ts"

/** A meter with the current prices. */
export const meterNow = <A, B, E, R>({ book }: Context<A, B, E, R>, batch: boolean): Effect.Effect<Pricing.Meter> =>
  Effect.map(DateTime.now, (at) => Pricing.meter({ at, batch, book }))

/** The most that an item can cost. Zero without a budget. */
export const boundOf = <A, B, E, R>(
  { budget, config, session }: Context<A, B, E, R>,
  meter: Pricing.Meter,
  { params, slot }: Ready<A, B>
): Effect.Effect<Money, bound.BoundError | JournalError | RunTakenOverError, HttpClient.HttpClient> =>
  budget === undefined
    ? Effect.succeed(0n)
    : bound.boundOf(meter, params, config.budget?.size?.(slot.item), session.assertOwner)

/** Called when nothing more fits and nothing is under way that could be settled for less. Asks for a new limit, or stops. */
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

/** Reports the budget, and warns once when the share `warnAt` is passed. */
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
