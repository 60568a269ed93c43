// Settles a chunk of this process: delivers its outcomes, and records which items are sent again and what was spent.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Pricing from "../Pricing.ts"
import type { HowEnded, Money } from "../run/chunk.ts"
import type { RunError } from "../run/errors.ts"
import { includes, pack } from "../run/positions.ts"
import * as step from "../run/settle.ts"
import type { Slot } from "../run/slot.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import { renew } from "./admit.ts"
import { type Active, type Context, deliver, emit, goesAgain, record } from "./context.ts"
import { now } from "./now.ts"
import { meterNow, tellBudget } from "./reserve.ts"

/** Settles a chunk. `batch` is undefined if its results are gone. */
export const settle = Effect.fn("BatchRun.settle")(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  batchId: string,
  batch: MessageBatch | undefined,
  how: HowEnded
): Effect.fn.Return<void, E | RunError, R | HttpClient.HttpClient> {
  const { budget, config, delivery, nonce, pool, readers } = context
  const { chunk, slots } = active
  yield* Effect.annotateCurrentSpan({ chunk: chunk.number, batchId })
  const wasSettled = chunk.phase === "Settled"
  const meter = yield* meterNow(context, true)
  const boundOf = (slot: Slot<A, B>): Money | undefined => {
    const admitted = renew(context, slot)
    if (admitted._tag !== "Ready") return undefined
    return Result.getOrUndefined(meter.upperBound(admitted.ready.params, config.budget?.size?.(slot.item)))
  }

  const { again, spend } = yield* step.settle<A, B, E, R>({
    readers,
    chunk,
    nonce,
    slots,
    batchId,
    batch,
    how,
    wasSettled,
    decode: config.decode,
    // Items that a settled chunk has sent again are not changed.
    goesAgain: (slot, outcome) =>
      wasSettled ? includes(chunk.again, slot.position) : goesAgain(context, slot, outcome),
    money: budget === undefined ? undefined : { meter, boundOf },
    deliver: (outcomes) => deliver(context, outcomes),
    onOdd: ({ customId, kind }) => emit(context, { _tag: "OddLine", chunk: chunk.number, batchId, kind, customId }),
    onOutage: (until) => emit(context, { _tag: "Waiting", reason: "outage", chunk: chunk.number, until })
  })
  yield* delivery.flush
  if (!wasSettled) {
    yield* record(context, {
      entry: "settled",
      chunk: chunk.number,
      again: pack(again.map(({ position }) => position)),
      ...(budget === undefined ? {} : { spend: `${spend}` }),
      at: yield* now
    })
    yield* emit(context, {
      _tag: "Settled",
      chunk: chunk.number,
      batchId,
      spend: budget === undefined ? undefined : Pricing.toUsd(spend)
    })
    yield* tellBudget(context)
  }
  if (again.length > 0) yield* emit(context, { _tag: "Retried", chunk: chunk.number, count: again.length })
  for (const slot of again) pool.push(slot)
})
