// Closes a pool: every caller fails at once, then live batches are canceled, in bounded time.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import { cancel } from "./cancel.ts"
import { PoolClosedError } from "./errors.ts"
import { answerAll, type Batch, type Pool } from "./state.ts"

/** How long to wait for the answer of a create that is under way, so that its batch is known. */
const answerWithin = "30 seconds"

/** Closes a pool. Run it uninterruptibly: it ends within two minutes, and at once if the server answers. */
export const close = Effect.fnUntraced(function* <R>(pool: Pool<R>) {
  pool.isClosed = true
  const batches = [...pool.groups].flatMap((group) => [...group.batches])
  for (const batch of batches) {
    const wasSent = batch.stage === "sent" || batch.stage === "watched"
    answerAll(pool, batch, ({ position }) => {
      const customId = wasSent ? batch.customIdOf(position) : undefined
      return Effect.fail(new PoolClosedError({ wasSent, batchId: batch.batchId, customId }))
    })
  }
  pool.places.open()
  // The fibers are stopped before the batches are canceled. Creates continue.
  yield* FiberSet.clear(pool.fibers)
  yield* Effect.forEach(batches, (batch) => Effect.setContext(finish(batch), batch.group.context), {
    concurrency: "unbounded",
    discard: true
  })
})

const finish = Effect.fnUntraced(function* <R>(batch: Batch<R>): Effect.fn.Return<void, never, HttpClient.HttpClient> {
  const { created, creating, isUnknown } = batch
  if (created !== undefined) return yield* cancel(batch, created)
  if (creating === undefined && !isUnknown) return
  const attempt =
    creating === undefined
      ? Option.none()
      : yield* Effect.timeoutOption(Effect.interruptible(Fiber.join(creating)), answerWithin)
  if (creating !== undefined) yield* Effect.forkDetach(Fiber.interrupt(creating))
  if (Option.isSome(attempt) && attempt.value._tag === "Created") return yield* cancel(batch, attempt.value.batch)
  if (Option.isSome(attempt) && attempt.value._tag === "Refused") return
  yield* Effect.logWarning(
    `the pool was closed, and a batch of ${batch.count} requests may exist that was not canceled`
  )
})
