// Follows a chunk from its current state to its end: found, ended, read, settled. A chunk that was settled before is read
// again, because a run returns every outcome.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { RunError } from "../run/errors.ts"
import { find } from "../run/find.ts"
import { search, type UnknownChunk } from "../run/reconcile.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { UnknownAnswer } from "./config.ts"
import { type Active, type Context, emit, record } from "./context.ts"
import * as metrics from "./metrics.ts"
import { now } from "./now.ts"
import { settle } from "./settle.ts"

const unknownOf = <A, B>({ chunk, underWayUntil }: Active<A, B>): UnknownChunk => ({
  number: chunk.number,
  count: chunk.count,
  intendedAt: chunk.intendedAt,
  underWayUntil
})

/** Finds the batch of a chunk whose create has no answer. Returns undefined if there is none. */
const reconcile = Effect.fn("BatchRun.reconcile")(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>
): Effect.fn.Return<string | undefined, E | RunError, R | HttpClient.HttpClient> {
  const { nonce, state, verdicts } = context
  const { chunk } = active
  yield* Effect.annotateCurrentSpan({ chunk: chunk.number, count: chunk.count })
  let toldUntil: number | undefined
  const found = yield* find({
    unknown: unknownOf(active),
    knowledge: { nonce, chunks: state.chunks, verdicts },
    onWait: (until) =>
      Effect.suspend((): Effect.Effect<unknown, never, R> => {
        if (until === toldUntil) return Effect.void
        toldUntil = until
        return emit(context, { _tag: "Waiting", reason: "reconcile", chunk: chunk.number, until })
      }),
    decide: (candidates) => decide(context, active, candidates)
  })
  if (found === "create") return undefined
  return yield* "adopt" in found
    ? adopt(context, active, found.adopt, true)
    : adopt(context, active, found.batch.id, found.isCertain)
})

/** Decides about a chunk whose batch was not found: no batch can be its own, or some candidates may be. */
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

/** Searches once more for the first batch of a chunk that was created twice. */
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
  const found = yield* Effect.option(search({ ...unknown, underWayUntil: yield* now }, knowledge, false))
  if (found._tag === "Some" && found.value._tag === "Ours") {
    const otherBatchId = found.value.batch.id
    yield* emit(context, { _tag: "PaidTwice", chunk: chunk.number, batchId, otherBatchId })
  }
})

/** Follows a chunk to its end. `batch` is its newest state, if one is known. */
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
  yield* metrics.batches
  yield* Effect.annotateCurrentSpan({ batchId })
  // Batches that ended before are looked at, too, because their results may be gone by now.
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
