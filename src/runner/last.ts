// Gives back the items of a chunk that is not sent, with their outcomes before it. After a crash these are not in memory:
// the earlier batch with their outcome is read again.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { RequestError } from "../AnthropicError.ts"
import type { Chunk } from "../run/chunk.ts"
import type { RunError } from "../run/errors.ts"
import { includes } from "../run/positions.ts"
import * as step from "../run/settle.ts"
import { baseOf, type Slot } from "../run/slot.ts"
import { SlotList } from "../run/slots.ts"
import { Failing, look, maxOutage, notFoundTolerance } from "../run/wait.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import { type Active, type Context, emit } from "./context.ts"
import { now } from "./now.ts"

/** A batch that has ended before, or undefined if it is gone. */
const endedBatch = Effect.fnUntraced(function* (
  batchId: string
): Effect.fn.Return<MessageBatch | undefined, RequestError, HttpClient.HttpClient> {
  const failing = new Failing()
  for (;;) {
    const seen = yield* look(batchId)
    if (seen._tag === "Ended" || seen._tag === "Running") return seen.batch
    const lasted = failing.fail(seen._tag, yield* now)
    if (seen._tag === "NotFound" && lasted >= notFoundTolerance) return undefined
    if (seen._tag === "Outage" && lasted >= maxOutage) return yield* Effect.fail(seen.error)
    yield* Effect.sleep(failing.next())
  }
})

/** Reads the outcomes of items in a chunk that was settled. */
const readLast = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  chunk: Chunk,
  slots: ReadonlyArray<Slot<A, B>>
): Effect.fn.Return<ReadonlyArray<Slot<A, B>>, E | RunError, R | HttpClient.HttpClient> {
  const { config, nonce, readers } = context
  const { batchId, number } = chunk
  if (batchId === undefined) {
    // The answers of direct calls are lost with the process.
    return slots.map((slot) => ({ ...slot, last: { ...baseOf(slot, undefined), _tag: "Missing", reason: "lost" } }))
  }
  const batch = yield* endedBatch(batchId)
  const how = batch === undefined ? "deleted" : batch.archived_at !== null ? "archived" : "ended"
  const { again } = yield* step.settle<A, B, E, R>({
    readers,
    chunk,
    nonce,
    slots: SlotList.of(slots),
    batchId,
    batch: how === "ended" ? batch : undefined,
    how,
    wasSettled: true,
    decode: config.decode,
    goesAgain: () => true,
    money: undefined,
    deliver: () => Effect.void,
    onOdd: () => Effect.void,
    onOutage: (until) => emit(context, { _tag: "Waiting", reason: "outage", chunk: number, until })
  })
  return again
})

/** The items of a chunk that is not sent, without the attempt that it would have been. */
export const giveBack = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  { chunk, slots }: Active<A, B>
): Effect.fn.Return<ReadonlyArray<Slot<A, B>>, E | RunError, R | HttpClient.HttpClient> {
  const before = Array.from(slots, (slot): Slot<A, B> => ({ ...slot, attempts: slot.attempts - 1 }))
  const unread = before.filter(({ attempts, last }) => attempts > 0 && last === undefined)
  if (unread.length === 0) return before
  const byPosition = new Map<number, Slot<A, B>>()
  const earlier = [...context.state.chunks.values()].filter(({ number }) => number < chunk.number)
  for (const one of earlier.sort((a, b) => b.number - a.number)) {
    const own = unread.filter(({ position }) => !byPosition.has(position) && includes(one.positions, position))
    if (own.length === 0) continue
    for (const slot of yield* readLast(context, one, own)) byPosition.set(slot.position, slot)
  }
  return before.map((slot) => byPosition.get(slot.position) ?? slot)
})
