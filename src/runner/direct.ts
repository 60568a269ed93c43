// Sends the last few items as single calls, at full price, instead of waiting for another batch. A batch can be found again
// after a crash; a single call cannot. So it counts as sent from its intent on.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Anthropic from "../Anthropic.ts"
import * as Messages from "../Messages.ts"
import * as Pricing from "../Pricing.ts"
import type { Money } from "../run/chunk.ts"
import type { RunError } from "../run/errors.ts"
import { judge, type Outcome } from "../run/outcome.ts"
import { pack } from "../run/positions.ts"
import { baseOf, type Slot } from "../run/slot.ts"
import { digestOf } from "../run/write.ts"
import { finalOutcome, type Ready, renew } from "./admit.ts"
import { type Context, deliver, emit, goesAgain, record } from "./context.ts"
import { now } from "./now.ts"
import { askForMore, boundOf, meterNow, tellBudget } from "./reserve.ts"

interface Call<A, B> extends Ready<A, B> {
  readonly bound: Money
}

/** Failures of a call that concern the whole run, not the item. */
const lasting = new Set([
  "AuthenticationError",
  "PermissionError",
  "BillingError",
  "CredentialsError",
  "SpendLimitError"
])

const callOne = Effect.fnUntraced(function* <A, B, E, R>(
  { config }: Context<A, B, E, R>,
  { params, slot }: Call<A, B>
): Effect.fn.Return<Outcome<A, B>, RunError, R | HttpClient.HttpClient> {
  const base = baseOf(slot, undefined)
  const result = yield* Effect.result(
    Messages.create(params).pipe(Anthropic.withSettings({ retry: { generating: "sure" } }))
  )
  if (result._tag === "Success") {
    return yield* judge(base, { type: "succeeded", message: result.success }, config.decode)
  }
  const error = result.failure
  if (error._tag !== "MessageInterruptedError" && lasting.has(error._tag)) return yield* Effect.fail(error)
  const type = "type" in error && error.type !== undefined ? error.type : error._tag
  return {
    ...base,
    _tag: "Errored",
    error: { type: "error", error: { type, message: error.message } },
    isRetryable: error.isRetryable
  }
})

/**
 * Sends the items that are to be sent again as single calls. Those that do not fit the budget stay, because a call mostly
 * costs less than is reserved for it. When none fits, a new limit is asked for.
 */
export const finishDirectly = Effect.fn("BatchRun.finishDirectly")(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  concurrency: number
): Effect.fn.Return<void, E | RunError, R | HttpClient.HttpClient> {
  const { budget, delivery, pool, state } = context
  const meter = yield* meterNow(context, false)
  const calls: Array<Call<A, B>> = []
  const unaffordable: Array<Slot<A, B>> = []
  let reserve: Money = 0n
  for (const slot of pool.splice(0).sort((a, b) => a.position - b.position)) {
    const admitted = context.stopped === undefined ? renew(context, slot) : undefined
    if (admitted?._tag !== "Ready") {
      yield* deliver(context, [finalOutcome(slot, context.stopped ?? "refused")])
      continue
    }
    const bound = yield* boundOf(context, meter, admitted.ready)
    if (budget !== undefined && reserve + bound > budget.left) {
      unaffordable.push(slot)
      continue
    }
    reserve += bound
    calls.push({ ...admitted.ready, slot: { ...slot, attempts: slot.attempts + 1 }, bound })
  }
  pool.push(...unaffordable)
  if (calls.length === 0) {
    if (unaffordable.length > 0) yield* askForMore(context)
    return
  }
  const slots = calls.map(({ slot }) => slot)
  const chunk = state.nextChunk
  yield* Effect.annotateCurrentSpan({ chunk, count: calls.length })
  yield* record(context, {
    entry: "intent",
    chunk,
    kind: "direct",
    positions: pack(slots.map(({ position }) => position)),
    count: slots.length,
    digest: digestOf(slots),
    ...(budget === undefined ? {} : { reserve: `${reserve}` }),
    at: yield* now
  })
  yield* emit(context, { _tag: "Intended", chunk, count: slots.length, bytes: 0, isRetry: true })
  const again: Array<Slot<A, B>> = []
  let spend: Money = 0n
  /** The first failure that concerns the run. No call begins after it, but those under way end: they may be charged. */
  let failure: RunError | undefined
  yield* Effect.forEach(
    calls,
    Effect.fnUntraced(function* (call) {
      if (failure !== undefined) return
      yield* context.session.assertOwner
      if (yield* context.session.isCanceled) return yield* deliver(context, [finalOutcome(call.slot, "canceled")])
      const result = yield* Effect.result(callOne(context, call))
      if (Result.isFailure(result)) {
        failure ??= result.failure
        return
      }
      const outcome = result.success
      if (budget !== undefined && "message" in outcome && outcome.message !== undefined) {
        spend += Result.getOrElse(meter.messageCost(outcome.message), () => call.bound)
      } else if (outcome._tag === "Errored" && outcome.isRetryable) {
        // It may have been answered before the connection was lost.
        spend += call.bound
      }
      if (goesAgain(context, call.slot, outcome)) again.push({ ...call.slot, last: outcome })
      else {
        yield* deliver(context, [outcome])
        // Unlike the results of a batch, this answer cannot be read again.
        yield* delivery.flush
      }
    }),
    { concurrency, discard: true }
  )
  yield* delivery.flush
  if (failure !== undefined) return yield* Effect.fail<RunError>(failure)
  yield* record(context, {
    entry: "settled",
    chunk,
    again: pack(again.map(({ position }) => position).sort((a, b) => a - b)),
    ...(budget === undefined ? {} : { spend: `${spend}` }),
    at: yield* now
  })
  yield* emit(context, {
    _tag: "Settled",
    chunk,
    batchId: undefined,
    spend: budget === undefined ? undefined : Pricing.toUsd(spend)
  })
  yield* tellBudget(context)
  for (const slot of again) pool.push(slot)
})
