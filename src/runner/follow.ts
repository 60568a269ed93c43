// Follows a chunk from where its entries say it is to its end: found, ended, read, settled.
// A chunk that was settled before is read again, because a run gives every outcome.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { RunError } from "../run/errors.ts"
import { grace, nextSearch, search, tolerance, type UnknownChunk } from "../run/reconcile.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { UnknownAnswer } from "./config.ts"
import { type Active, type Context, emit, record } from "./context.ts"
import * as metrics from "./metrics.ts"
import { now } from "./now.ts"
import { settle } from "./settle.ts"

const day = 86_400_000

const unknownOf = <A, B>({ chunk, underWayUntil }: Active<A, B>): UnknownChunk => ({
  number: chunk.number,
  count: chunk.count,
  intendedAt: chunk.intendedAt,
  underWayUntil
})

/** Finds the batch of a chunk whose create has no answer; undefined if there is none. */
const reconcile = Effect.fn("BatchRun.reconcile")(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>
): Effect.fn.Return<string | undefined, E | RunError, R | HttpClient.HttpClient> {
  const { nonce, state, verdicts } = context
  const { chunk } = active
  yield* Effect.annotateCurrentSpan({ chunk: chunk.number, count: chunk.count })
  const knowledge = { nonce, chunks: state.chunks, verdicts }
  let toldUntil: number | undefined
  const waiting = (until: number) =>
    Effect.suspend((): Effect.Effect<unknown, never, R> => {
      if (until === toldUntil) return Effect.void
      toldUntil = until
      return emit(context, { _tag: "Waiting", reason: "reconcile", chunk: chunk.number, until })
    })
  const once = Effect.suspend(() => {
    const others = [...context.active.values()].filter((one) => one.isUnknown && one.chunk.phase === "Intended")
    return search(unknownOf(active), others.map(unknownOf), knowledge)
  })
  /** A failure that may pass is no evidence of anything. */
  const found = Effect.catchIf(
    once,
    (error) => error.isRetryable,
    () => Effect.succeed(undefined)
  )

  const early = yield* found
  // The batch of the chunk may be listed late: until then, one that nobody can tell is not taken for it.
  if (early?._tag === "Ours" && early.isCertain) return yield* adopt(context, active, early.batch.id, true)
  yield* waiting(active.underWayUntil + grace)
  // By a timer, not by the clock: the clock may be set in between.
  yield* Effect.sleep(grace)
  for (;;) {
    const result = yield* found
    if (result?._tag === "Ours") return yield* adopt(context, active, result.batch.id, result.isCertain)
    if (result !== undefined) {
      const candidates = result._tag === "Open" ? result.candidates : []
      const answer = yield* decide(context, active, candidates)
      if (answer === "create") return undefined
      if (answer !== "wait") return yield* adopt(context, active, answer.adopt, true)
      const latest = candidates.map(({ created_at }) => DateTime.toEpochMillis(created_at) + day + tolerance)
      yield* waiting(Math.max(yield* now, ...latest))
    }
    yield* Effect.sleep(nextSearch((yield* now) - active.underWayUntil))
  }
})

/** What to do about a chunk that was not found: none among them is its batch, or some may be. */
const decide = <A, B, E, R>(
  { config }: Context<A, B, E, R>,
  { chunk }: Active<A, B>,
  candidates: ReadonlyArray<MessageBatch>
): Effect.Effect<UnknownAnswer, E, R> =>
  config.onUnknownCreate === "reconcile"
    ? Effect.succeed(candidates.length === 0 ? "create" : "wait")
    : config.onUnknownCreate({
        runId: config.runId,
        chunk: chunk.number,
        count: chunk.count,
        intendedAt: chunk.intendedAt,
        candidates
      })

const adopt = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  batchId: string,
  isCertain: boolean
) {
  const chunk = active.chunk.number
  const certainty = isCertain ? {} : { isCertain }
  yield* record(context, { entry: "adopted", chunk, batch: batchId, ...certainty, at: yield* now })
  yield* emit(context, { _tag: "Adopted", chunk, batchId, isCertain })
  return batchId
})

/** Looks once more for the first batch of a chunk that was created twice. */
const findPaidTwice = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  batchId: string
) {
  const { nonce, state, verdicts } = context
  const { chunk } = active
  if (chunk.creates === 1) return
  const knowledge = { nonce, chunks: state.chunks, verdicts }
  const unknown = unknownOf(active)
  const found = yield* Effect.option(search({ ...unknown, underWayUntil: yield* now }, [], knowledge))
  if (found._tag === "Some" && found.value._tag === "Ours") {
    const otherBatchId = found.value.batch.id
    yield* emit(context, { _tag: "PaidTwice", chunk: chunk.number, batchId, otherBatchId })
  }
})

/** Follows a chunk to its end. `batch` is its newest state, where one is known. */
export const follow = Effect.fn("BatchRun.follow")(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  batch: MessageBatch | undefined
): Effect.fn.Return<void, E | RunError, R | HttpClient.HttpClient> {
  const { chunk } = active
  yield* Effect.annotateCurrentSpan({ chunk: chunk.number, count: chunk.count })
  const batchId = chunk.batchId ?? (yield* reconcile(context, active))
  if (batchId === undefined) {
    context.again.push(active)
    context.signal.notify()
    return
  }
  active.isUnknown = false
  yield* metrics.batches
  yield* Effect.annotateCurrentSpan({ batchId })
  // Batches that ended before are looked at, too: their results may be gone by now.
  const last = yield* metrics.inFlight(context.poller.ended(chunk.number, batchId, batch))
  const how = last === undefined ? "deleted" : last.archived_at !== null ? "archived" : "ended"
  context.ended.notify()
  if (chunk.phase === "Submitted") {
    yield* record(context, { entry: "ended", chunk: chunk.number, how, at: yield* now })
    yield* emit(context, { _tag: "Ended", chunk: chunk.number, batchId, how })
  }
  yield* settle(context, active, batchId, how === "ended" ? last : undefined, how)
  yield* findPaidTwice(context, active, batchId)
  context.active.delete(chunk.number)
  context.signal.notify()
})
