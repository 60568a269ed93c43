// Sends chunks, one create at a time, as long as there are items and room in the window.
// Chunks that have to be created again come first, then items to send again, then new ones.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Pricing from "../Pricing.ts"
import type { Money } from "../run/chunk.ts"
import type { RunError } from "../run/errors.ts"
import { sizeOf } from "../run/ids.ts"
import type { Outcome } from "../run/outcome.ts"
import type { Slot } from "../run/slot.ts"
import { ChunkWriter } from "../run/write.ts"
import { type Admitted, admit, finalOutcome, type Ready, renew } from "./admit.ts"
import { type Context, cancelBatch, deliver, emit, requestsUnderWay } from "./context.ts"
import { sendAgain, sendChunk } from "./create.ts"
import { finishDirectly } from "./direct.ts"
import { giveBack } from "./last.ts"
import { askForMore, boundOf, meterNow } from "./reserve.ts"

/** How many outcomes of items that are not sent are delivered at once. */
const outcomesAtOnce = 256

/** The result of one step of the sender. */
type Step = "went on" | "wait" | "done"

/** A chunk that is being filled. */
interface Filling<A, B> {
  readonly writer: ChunkWriter<A, B>
  readonly meter: Pricing.Meter
  reserve: Money
}

/** Sends everything, and ends when every item has its outcome. */
export const submitAll = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>
): Effect.fn.Return<void, E | RunError, R | HttpClient.HttpClient> {
  const { active, again, config, nonce, pending, pool, session, source, state } = context
  const outcomes: Array<Outcome<A, B>> = []
  /** The chunk of new items that is being filled. It waits here while the source is slow. */
  let filling: Filling<A, B> | undefined
  let isWaitingForBudget = false

  const flush = Effect.suspend(() => deliver(context, outcomes.splice(0)))
  const tell = (outcome: Outcome<A, B>): Effect.Effect<void, E, R> => {
    outcomes.push(outcome)
    return outcomes.length >= outcomesAtOnce ? flush : Effect.void
  }

  const hasRoom = (): boolean =>
    active.size < config.windowBatches &&
    (active.size === 0 || requestsUnderWay(active) + context.cap <= config.windowRequests)

  const begin = Effect.map(meterNow(context, true), (meter): Filling<A, B> => {
    const number = state.nextChunk
    state.nextChunk += 1
    const writer = new ChunkWriter<A, B>(nonce, number, {
      maxRequests: sizeOf(context.cap, nonce, number),
      fullAt: config.chunkBytes,
      check: config.check,
      blocks: context.blocks
    })
    return { writer, meter, reserve: 0n }
  })

  /** Puts an item into a chunk. Returns `again` if something has changed and the item has to be tried once more. */
  const put = Effect.fnUntraced(function* (into: Filling<A, B>, ready: Ready<A, B>) {
    const bound = yield* boundOf(context, into.meter, ready)
    const others = into === filling ? 0n : (filling?.reserve ?? 0n)
    if (context.budget !== undefined && bound + into.reserve + others > context.budget.left) {
      if (into.writer.count > 0) return "full"
      if (active.size === 0) {
        // A chunk that waits for its source has room reserved. Its answers mostly cost less.
        if (others > 0n) return "blocked"
        yield* askForMore(context)
        return "again"
      }
      if (!isWaitingForBudget) {
        isWaitingForBudget = true
        yield* emit(context, { _tag: "Waiting", reason: "budget", chunk: undefined, until: undefined })
      }
      return "wait"
    }
    isWaitingForBudget = false
    const addition = into.writer.add(ready.slot, ready.params)
    yield* into.writer.pause
    if (addition._tag === "Full") return "full"
    if (addition._tag === "Added") into.reserve += bound
    else yield* tell(finalOutcome(ready.slot, "refused", addition.issues))
    return "added"
  })

  /** Sends the chunk that was filled, if there is anything in it. */
  const send = Effect.fnUntraced(function* ({ reserve, writer }: Filling<A, B>, isRetry: boolean) {
    yield* flush
    if (writer.count > 0) yield* sendChunk(context, yield* writer.written, reserve, isRetry)
  })

  /** Sends the chunk of new items although it is not full. */
  const sendFilling: Effect.Effect<Step, E | RunError, R | HttpClient.HttpClient> = Effect.gen(function* () {
    const into = filling
    filling = undefined
    if (into !== undefined) yield* send(into, false)
    return "went on" as const
  })

  const admitAgain = (slot: Slot<A, B>): Admitted<A, B> =>
    context.stopped === undefined
      ? renew(context, slot)
      : { _tag: "Outcome", outcome: finalOutcome(slot, context.stopped) }

  /** Fills a chunk from items that were sent before, and sends it. */
  const retry: Effect.Effect<Step, E | RunError, R | HttpClient.HttpClient> = Effect.gen(function* () {
    const into = yield* begin
    pool.sort((a, b) => a.position - b.position)
    let taken = 0
    let result: Effect.Success<ReturnType<typeof put>> = "added"
    while (result === "added" || result === "again") {
      const slot = pool[taken]
      if (slot === undefined) break
      const admitted = admitAgain(slot)
      if (admitted._tag === "Ready") result = yield* put(into, admitted.ready)
      else if (admitted._tag === "Outcome") yield* tell(slot.last ?? admitted.outcome)
      if (admitted._tag !== "Ready" || result === "added") taken += 1
    }
    pool.splice(0, taken)
    if (result === "blocked") return yield* sendFilling
    yield* send(into, true)
    return result === "wait" && taken === 0 ? "wait" : "went on"
  })

  /** The next new item, and how to give it back. It comes from a refused chunk or from the source. */
  const nextNew = Effect.gen(function* () {
    const slot = pending.shift()
    if (slot !== undefined) return { admitted: admitAgain(slot), unread: () => pending.unshift(slot) }
    const read = yield* source.poll
    return read === undefined ? undefined : { admitted: yield* admit(context, read), unread: () => source.unread(read) }
  })

  /** Fills the current chunk with new items, and sends it when it is full or there are no more. */
  const fill: Effect.Effect<Step | "empty", E | RunError, R | HttpClient.HttpClient> = Effect.gen(function* () {
    const into: Filling<A, B> = filling ?? (yield* begin)
    filling = into
    for (;;) {
      const next = yield* nextNew
      if (next === undefined) break
      const { admitted } = next
      if (admitted._tag === "Outcome") yield* tell(admitted.outcome)
      if (admitted._tag !== "Ready") continue
      const result = yield* put(into, admitted.ready)
      // A full chunk does not wait for the next item, which a slow source may not have for hours.
      if (result === "added" && !into.writer.isFull) continue
      if (result !== "added") next.unread()
      if (result === "again") continue
      if (result === "wait") return "wait"
      filling = undefined
      yield* send(into, false)
      return "went on"
    }
    yield* flush
    if (!source.isDone()) return "wait"
    filling = undefined
    if (into.writer.count === 0) return "empty"
    yield* send(into, false)
    return "went on"
  })

  /** Whether the run was asked to stop. The first time, its batches are canceled. */
  const isCanceled = Effect.gen(function* () {
    if (context.stopped === "canceled") return true
    if (!(yield* session.isCanceled)) return false
    context.stopped = "canceled"
    for (const { chunk } of active.values()) {
      if (chunk.phase === "Submitted" && chunk.batchId !== undefined) yield* cancelBatch(context, chunk.batchId)
    }
    return true
  })

  /** Delivers the outcomes of all items that are not under way, without sending them. */
  const giveUp: Effect.Effect<Step, E | RunError, R | HttpClient.HttpClient> = Effect.gen(function* () {
    const left = [...(filling?.writer.slots ?? []), ...pool.splice(0), ...pending.splice(0)]
    filling = undefined
    for (const one of again.splice(0)) {
      left.push(...(yield* giveBack(context, one)))
      active.delete(one.chunk.number)
    }
    for (const slot of left) yield* tell(finalOutcome(slot, "canceled"))
    for (;;) {
      const read = yield* source.poll
      if (read === undefined) break
      const admitted = yield* admit(context, read)
      if (admitted._tag === "Outcome") yield* tell(admitted.outcome)
    }
    yield* flush
    return source.isDone() && active.size === 0 ? "done" : "wait"
  })

  const step: Effect.Effect<Step, E | RunError, R | HttpClient.HttpClient> = Effect.gen(function* () {
    if (yield* isCanceled) return yield* giveUp
    const renewed = again.shift()
    if (renewed !== undefined) {
      const result = yield* sendAgain(context, renewed, filling?.reserve ?? 0n)
      return result === "blocked" ? yield* sendFilling : result
    }
    if (!hasRoom()) return "wait"
    if (pool.length >= context.cap) return yield* retry
    const filled = yield* fill
    if (filled !== "empty") return filled
    if (pool.length === 0) return active.size === 0 ? "done" : "wait"
    const { finishWith } = config
    if (finishWith === undefined || pool.length >= finishWith.below) return yield* retry
    // The last few are sent directly, when no more can be added to them.
    if (active.size > 0) return "wait"
    yield* finishDirectly(context, finishWith.concurrency)
    return "went on"
  })

  for (;;) {
    const { changed } = context.signal
    const result = yield* step
    if (result === "done") return
    if (result === "wait") yield* changed
  }
})
