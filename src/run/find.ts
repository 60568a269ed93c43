// Searches for the batch of a create without an answer until it is decided, in a process that stays: once at once, and
// after the grace again and again. What else to do than to wait is the caller's to decide.
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Batches from "../Batches.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { ReadError } from "./read.ts"
import { type Found, grace, type Knowledge, nextSearch, search, tolerance, type UnknownChunk } from "./reconcile.ts"

const day = 86_400_000

export const find = Effect.fnUntraced(function* <A, E, R>(options: {
  readonly unknown: UnknownChunk
  readonly knowledge: Knowledge
  /** Told before a wait that may last until then, in milliseconds. */
  readonly onWait: (until: number) => Effect.Effect<unknown, never, R>
  /** Decides about a chunk that was not found. Without candidates, none of the batches is that of the chunk. */
  readonly decide: (candidates: ReadonlyArray<MessageBatch>) => Effect.Effect<A | "wait", E, R>
}): Effect.fn.Return<
  Extract<Found, { readonly _tag: "Ours" }> | A,
  E | Batches.ListError | ReadError,
  R | HttpClient.HttpClient
> {
  const { decide, knowledge, onWait, unknown } = options
  const early = yield* search(unknown, knowledge, false)
  if (early._tag === "Ours") return early
  yield* onWait(unknown.underWayUntil + grace)
  // By a timer, not by the clock: the clock may be set in between.
  yield* Effect.sleep(grace)
  for (;;) {
    const found = yield* search(unknown, knowledge, true)
    if (found._tag === "Ours") return found
    if (found._tag !== "NoEvidence") {
      const candidates = found._tag === "Open" ? found.candidates : []
      const answer = yield* decide(candidates)
      if (answer !== "wait") return answer
      const latest = candidates.map(({ created_at }) => DateTime.toEpochMillis(created_at) + day + tolerance)
      yield* onWait(Math.max(yield* Clock.currentTimeMillis, ...latest))
    }
    yield* Effect.sleep(nextSearch((yield* Clock.currentTimeMillis) - unknown.underWayUntil))
  }
})
