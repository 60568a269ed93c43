// Creates the batch of collected calls. A create that is surely refused is repeated; otherwise its batch is searched for.
// These are the steps of a run, but a pool has no journal, so its knowledge ends with the process.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as HttpClient from "effect/http/HttpClient"
import type { RequestBody } from "../http/body.ts"
import { type Attempt, type CreateError, create } from "../run/create.ts"
import { find } from "../run/find.ts"
import type { UnknownChunk } from "../run/reconcile.ts"
import { backOff, maxOutage } from "../run/wait.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import { follow } from "./follow.ts"
import { forget, openBatch, seal } from "./group.ts"
import { refused } from "./refused.ts"
import { answer, answerAll, type Batch, type Pool } from "./state.ts"

const now = Clock.currentTimeMillis

/** How long to wait for a full queue before the next try, in milliseconds. */
const queueWait = 120_000

/** Runs an effect until no call waits for an answer of the batch any more. */
const untilAbandoned = <A, E, R, R2>(batch: Batch<R2>, effect: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(effect, Effect.as(batch.abandoned.await, undefined))

/** Starts a batch with its first call: collects for the window, then sends it and gives every call its answer. */
export const start = <R>(pool: Pool<R>, batch: Batch<R>): Effect.Effect<void> => {
  const { group } = batch
  batch.isStarted = true
  const life = Effect.raceFirst(Effect.sleep(pool.config.window), batch.full.await).pipe(
    Effect.andThen(pool.inFlight.withPermits(1)(send(pool, batch))),
    Effect.onExit((exit) =>
      Effect.sync(() => {
        // No call is left waiting after a failure. A pool that closes has answered all calls before.
        if (Exit.isFailure(exit)) answerAll(pool, batch, () => Effect.failCause(exit.cause))
        pool.sent.delete(batch.number)
        group.batches.delete(batch)
        forget(pool, group)
      })
    ),
    Effect.withSpan("Pool.batch", { root: true }),
    // The context of the group, because the first caller's context must not apply to the others.
    Effect.setContext(group.context)
  )
  return Effect.asVoid(FiberSet.run(pool.fibers, life))
}

const send = Effect.fnUntraced(function* <R>(
  pool: Pool<R>,
  batch: Batch<R>
): Effect.fn.Return<void, never, HttpClient.HttpClient | R> {
  for (;;) {
    // The batch takes calls until the create before it has ended.
    const sent = yield* batch.group.creating.withPermits(1)(attempts(pool, batch))
    if (sent === undefined) return
    if (sent._tag === "Created") return yield* follow(pool, batch, sent.batch)
    const found = yield* untilAbandoned(batch, reconcile(pool, batch, sent.error))
    if (found === undefined) {
      // A batch is recognized only after it has ended, so it cannot be canceled.
      yield* Effect.logWarning(`a batch of ${batch.count} requests may exist, and no call waits for it`)
      return
    }
    if (found !== "none") return yield* follow(pool, batch, found)
  }
})

/** Writes the calls that are not over. Returns undefined if there is none. */
const write = Effect.fnUntraced(function* <R>(pool: Pool<R>, batch: Batch<R>) {
  while (!batch.isWritten || batch.live < batch.count) {
    batch.isWritten = true
    batch.calls = batch.calls.filter(({ isOver }) => !isOver)
    batch.clearBody()
    for (const call of batch.calls) {
      const addition = batch.write(call.position, call.params)
      // Happens only if the caller has changed the request meanwhile.
      if (addition._tag !== "Added") answer(pool, call, Effect.fail(refused(addition)))
      yield* batch.writer.pause
    }
  }
  return batch.live === 0 ? undefined : batch.writer.finish()
})

/**
 * One create, which continues when the pool is closed, so that its answer is not lost. At any moment the batch says whether
 * it may exist, because the pool may be closed at any moment.
 */
const attempt = <R>(batch: Batch<R>, body: RequestBody) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkDetach(create(body))
    batch.creating = fiber
    const result = yield* Fiber.join(fiber)
    if (result._tag === "Unknown") batch.isUnknown = true
    // A batch that was created is known by its create until it is followed.
    if (result._tag !== "Created") batch.creating = undefined
    return result
  })

/** Sends the batch, and repeats a create that was surely refused. Returns undefined when the batch is over. */
const attempts = Effect.fnUntraced(function* <R>(
  pool: Pool<R>,
  batch: Batch<R>
): Effect.fn.Return<Exclude<Attempt, { readonly _tag: "Refused" }> | undefined, never, HttpClient.HttpClient | R> {
  const { group } = batch
  seal(batch)
  let since: number | undefined
  let failures = 0
  let refusedAlone = 0
  for (;;) {
    // A batch that was sent before may still appear, so the same requests are sent again.
    const body: RequestBody | undefined = batch.creates > 0 ? batch.writer.finish() : yield* write(pool, batch)
    if (body === undefined || batch.live === 0) return undefined
    yield* Effect.annotateCurrentSpan({ count: batch.count, bytes: batch.writer.bytes })
    batch.stage = "sent"
    if (batch.creates === 0) {
      batch.intendedAt = yield* now
      batch.fix()
      pool.sent.set(batch.number, batch)
    }
    const result = yield* attempt(batch, body)
    if (result._tag === "Created") {
      batch.creates += 1
      group.cap = Math.min(group.cap * 2, pool.config.maxRequests)
      return result
    }
    if (result._tag === "Unknown") {
      batch.creates += 1
      batch.underWayUntil = yield* now
      return result
    }
    const { error, refusal } = result
    const isDivisible = batch.creates === 0 && batch.live > 1
    if (batch.creates === 0) batch.stage = "sealed"
    if (refusal === "tooLarge" && isDivisible) return yield* divide(pool, batch)
    if (refusal === "final" || refusal === "tooLarge") return failAll(pool, batch, error)
    if (refusal === "limited" && hasBatches(batch)) {
      yield* untilAbandoned(batch, Effect.raceFirst(Effect.sleep(queueWait), group.ended.changed))
      since = undefined
      continue
    }
    if (refusal === "limited") {
      refusedAlone += 1
      if (refusedAlone >= 2 && isDivisible) return yield* divide(pool, batch)
    }
    const at = yield* now
    since ??= at
    if (at - since >= maxOutage) return failAll(pool, batch, error)
    const asked = "retryAfter" in error ? (error.retryAfter ?? Duration.zero) : Duration.zero
    // The server cannot make the calls wait for longer than they would wait without its advice.
    const wait = Math.max(backOff(failures), Math.min(Duration.toMillis(asked), since + maxOutage - at))
    yield* untilAbandoned(batch, Effect.sleep(wait))
    failures += 1
  }
})

const failAll = <R>(pool: Pool<R>, batch: Batch<R>, error: CreateError): undefined => {
  answerAll(pool, batch, () => Effect.fail(error))
  return undefined
}

/** Whether another batch of the group is under way. When it ends, there is room in the queue. */
const hasBatches = <R>({ group }: Batch<R>): boolean => {
  for (const { batchId, stage } of group.batches) if (stage === "sent" && batchId !== undefined) return true
  return false
}

/** Divides the calls of a batch that was surely refused between two smaller ones, which are sent without a window. */
const divide = Effect.fnUntraced(function* <R>(pool: Pool<R>, batch: Batch<R>) {
  const { group } = batch
  const calls = batch.calls.filter(({ isOver }) => !isOver)
  const half = Math.ceil(calls.length / 2)
  group.cap = half
  batch.calls = []
  batch.live = 0
  const parts = [calls.slice(0, half), calls.slice(half)].map((part) => {
    const smaller = openBatch(pool, group)
    smaller.isWritten = false
    for (const call of part) smaller.take(call)
    group.batches.add(smaller)
    seal(smaller)
    return smaller
  })
  for (const smaller of parts) yield* start(pool, smaller)
  return undefined
})

const unknownOf = <R>({ count, intendedAt, number, underWayUntil }: Batch<R>): UnknownChunk => ({
  number,
  count,
  intendedAt,
  underWayUntil
})

/**
 * Finds the batch of an unanswered create, or says that there is none. Returns undefined if the callers were answered with
 * an error.
 */
const reconcile = Effect.fn("Pool.reconcile")(function* <R>(
  pool: Pool<R>,
  batch: Batch<R>,
  lost: CreateError
): Effect.fn.Return<MessageBatch | "none" | undefined, never, HttpClient.HttpClient> {
  return yield* find({
    unknown: unknownOf(batch),
    knowledge: { nonce: pool.nonce, chunks: pool.sent, verdicts: pool.verdicts },
    onWait: () => Effect.void,
    decide: (candidates) => Effect.succeed(candidates.length === 0 ? ("none" as const) : ("wait" as const))
  }).pipe(
    Effect.map((found) => {
      batch.isUnknown = false
      if (found === "none") return found
      batch.isUncertain = !found.isCertain
      return found.batch
    }),
    // If the batches cannot be listed, it stays unknown.
    Effect.catch(() => Effect.sync(() => failAll(pool, batch, lost)))
  )
})
