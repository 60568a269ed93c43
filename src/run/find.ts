// Searches for the batch of a create without an answer, in a process that keeps running: once at the start, and repeatedly
// after the grace. The caller decides what to do other than wait.
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
  /** Called before a wait that may last until this time, in milliseconds. */
  readonly onWait: (until: number) => Effect.Effect<unknown, never, R>
  /** Decides about a chunk whose batch was not found. Without candidates, no batch of the workspace is that of the chunk. */
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
  // With a timer, not with the clock, because the clock may be changed meanwhile.
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
