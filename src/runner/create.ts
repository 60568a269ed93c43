// Creates the batch of a chunk: first the intent, then the call, which is repeated while it is surely refused. A create that
// is not surely refused is never repeated here: its batch is searched for.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Batches from "../Batches.ts"
import type { RequestBody } from "../http/body.ts"
import type { Money } from "../run/chunk.ts"
import { type Attempt, create } from "../run/create.ts"
import type { RunError } from "../run/errors.ts"
import type { SlotList } from "../run/slots.ts"
import { maxOutage, Outage } from "../run/wait.ts"
import { ChunkWriter, type Written } from "../run/write.ts"
import { finalOutcome, itemsChanged, renew } from "./admit.ts"
import { type Active, beside, type Context, cancelBatch, deliver, emit, record } from "./context.ts"
import { follow } from "./follow.ts"
import { giveBack } from "./last.ts"
import { now } from "./now.ts"
import { askForMore, tellBudget } from "./reserve.ts"

/** How long to wait for a full queue before the next try, in milliseconds. */
const queueWait = 120_000

type Refused = Extract<Attempt, { readonly _tag: "Refused" }>

/** Sends a chunk for the first time. */
export const sendChunk = Effect.fn("BatchRun.send")(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  written: Written<A, B>,
  reserve: Money,
  isRetry: boolean
): Effect.fn.Return<void, E | RunError, R | HttpClient.HttpClient> {
  const { number, slots } = written
  yield* Effect.annotateCurrentSpan({ chunk: number, count: slots.length, bytes: written.bytes })
  yield* record(context, {
    entry: "intent",
    chunk: number,
    kind: "batch",
    positions: written.positions,
    count: slots.length,
    digest: written.digest,
    body: written.bodyDigest,
    ...(context.budget === undefined ? {} : { reserve: `${reserve}` }),
    at: yield* now
  })
  const active = yield* activate(context, number, slots)
  yield* emit(context, { _tag: "Intended", chunk: number, count: slots.length, bytes: written.bytes, isRetry })
  yield* tellBudget(context)
  yield* attempts(context, active, written)
})

const activate = <A, B, E, R>(context: Context<A, B, E, R>, number: number, slots: SlotList<A, B>) =>
  Effect.suspend(() => {
    const chunk = context.state.chunks.get(number)
    if (chunk === undefined) return Effect.die(`chunk ${number} was not recorded`)
    const active: Active<A, B> = { chunk, slots, underWayUntil: chunk.intendedAt }
    context.active.set(number, active)
    return Effect.succeed(active)
  })

/** Sends a chunk again whose batch was not found. Both creates stay reserved until the end of the run. */
export const sendAgain = Effect.fn("BatchRun.sendAgain")(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  otherwiseReserved: Money
): Effect.fn.Return<"went on" | "wait" | "blocked", E | RunError, R | HttpClient.HttpClient> {
  const { budget, nonce } = context
  const { chunk, slots } = active
  yield* Effect.annotateCurrentSpan({ chunk: chunk.number, count: chunk.count })
  if (budget !== undefined && chunk.reserve + otherwiseReserved > budget.left) {
    return yield* holdBack(context, active, budget.left - otherwiseReserved, otherwiseReserved > 0n)
  }
  const writer = new ChunkWriter<A, B>(nonce, chunk.number, { blocks: context.blocks })
  let left: number | undefined
  for (const slot of slots) {
    const admitted = renew(context, slot)
    const addition = admitted._tag === "Ready" ? writer.add(slot, admitted.ready.params)._tag : "Refused"
    if (addition !== "Added") left ??= slot.position
    yield* writer.pause
  }
  if (writer.count === 0) return yield* abandon(context, active, "refused")
  // All requests or none, because the batch is searched for by their number. So the check is not asked again, and a request that
  // has changed and can no longer be written fails the run.
  if (left !== undefined) return yield* itemsChanged(context, left)
  const written = yield* writer.written
  if (written.bodyDigest !== chunk.body) yield* emit(context, { _tag: "BodyChanged", chunk: chunk.number })
  yield* record(context, { entry: "renewed", chunk: chunk.number, at: yield* now })
  yield* emit(context, { _tag: "Renewed", chunk: chunk.number })
  yield* tellBudget(context)
  yield* attempts(context, active, written)
  return "went on"
})

/**
 * Keeps a chunk whose second create has no room in the budget. It ends when no chunk is left that could make room. Returns
 * `blocked` if only a chunk could that waits for its source.
 */
const holdBack = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  room: Money,
  mayMakeRoom: boolean
) {
  const { again } = context
  if (context.stopped === undefined) {
    const hasSmaller = again.some(({ chunk }) => chunk.reserve <= room)
    // A chunk that waits for room makes no room itself.
    const makesNoRoom = context.active.size === again.length + 1
    if (makesNoRoom && !hasSmaller && mayMakeRoom) {
      again.push(active)
      return "blocked" as const
    }
    if (makesNoRoom && !hasSmaller) yield* askForMore(context)
    if (context.stopped === undefined) {
      again.push(active)
      return makesNoRoom || hasSmaller ? ("went on" as const) : ("wait" as const)
    }
  }
  return yield* abandon(context, active, "budget")
})

/** Ends the items of a chunk that is not sent. */
const abandon = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  reason: "budget" | "canceled" | "refused"
) {
  const slots = yield* giveBack(context, active)
  context.active.delete(active.chunk.number)
  yield* deliver(
    context,
    slots.map((slot) => finalOutcome(slot, reason))
  )
  return "went on" as const
})

/** One create, which continues when the run is interrupted, so that its answer is not lost. */
const attempt = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  body: RequestBody
) {
  const fiber = yield* Effect.forkDetach(create(body))
  context.creating = { chunk: active.chunk.number, fiber }
  const result = yield* Fiber.join(fiber)
  // A run that is interrupted before the batch is recorded still knows it.
  if (result._tag !== "Created") context.creating = undefined
  return result
})

/** Waits before the next try, or fails after the longest time of waiting. */
const waitOut = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  refused: Refused,
  outage: Outage
) {
  const at = yield* now
  const lasted = outage.fail(at)
  if (lasted >= maxOutage) return yield* Effect.fail(refused.error)
  const asked = "retryAfter" in refused.error ? (refused.error.retryAfter ?? Duration.zero) : Duration.zero
  const reason = refused.refusal === "limited" ? "queue" : "refused"
  yield* emit(context, { _tag: "Waiting", reason, chunk: active.chunk.number, until: at - lasted + maxOutage })
  yield* Effect.sleep(outage.next(Duration.toMillis(asked)))
})

const attempts = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  written: Written<A, B>
): Effect.fn.Return<void, E | RunError, R | HttpClient.HttpClient> {
  const { config, session } = context
  const { chunk } = active
  /** The batch of a chunk that was sent before may still appear, so such a chunk is never replaced by others. */
  const isDivisible = chunk.creates === 1 && chunk.count > 1
  let outage = new Outage()
  let refusedAlone = 0
  for (;;) {
    yield* session.assertOwner
    if (yield* session.isCanceled) {
      if (chunk.creates === 1) yield* record(context, { entry: "void", chunk: chunk.number })
      yield* abandon(context, active, "canceled")
      return
    }
    const result = yield* attempt(context, active, written.body)
    if (result._tag === "Created") {
      // After any other answer the client may still be sending.
      written.release()
      context.cap = Math.min(context.cap * 2, config.chunkItems)
      return yield* created(context, active, result.batch)
    }
    if (result._tag === "Unknown") {
      active.underWayUntil = yield* now
      yield* emit(context, { _tag: "Unknown", chunk: chunk.number, count: chunk.count })
      return yield* beside(context, follow(context, active, undefined))
    }
    const { refusal } = result
    if (refusal === "final") return yield* Effect.fail(result.error)
    if (refusal === "tooLarge" && isDivisible) return yield* divide(context, active)
    if (refusal === "tooLarge") {
      if (chunk.creates > 1) return yield* Effect.fail(result.error)
      return yield* refuseAlone(context, active)
    }
    if (refusal === "limited" && hasBatches(context)) {
      yield* emit(context, { _tag: "Waiting", reason: "queue", chunk: chunk.number, until: (yield* now) + queueWait })
      yield* Effect.raceFirst(Effect.sleep(queueWait), context.ended.changed)
      outage = new Outage()
      continue
    }
    if (refusal === "limited") {
      refusedAlone += 1
      if (refusedAlone >= 2 && isDivisible) return yield* divide(context, active)
    }
    yield* waitOut(context, active, result, outage)
  }
})

const hasBatches = <A, B, E, R>({ active }: Context<A, B, E, R>): boolean => {
  for (const { chunk } of active.values()) if (chunk.phase === "Submitted") return true
  return false
}

const created = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  active: Active<A, B>,
  batch: Batches.MessageBatch
): Effect.fn.Return<void, E | RunError, R | HttpClient.HttpClient> {
  const { number: chunk, count } = active.chunk
  yield* record(context, { entry: "created", chunk, batch: batch.id, at: yield* now })
  context.creating = undefined
  yield* emit(context, { _tag: "Submitted", chunk, count, batchId: batch.id })
  yield* beside(context, follow(context, active, batch))
  // A cancellation that came meanwhile did not include this batch.
  if (yield* context.session.isCanceled) yield* cancelBatch(context, batch.id)
})

/** Gives back the items of a chunk that was surely refused, to be sent in smaller chunks. */
const divide = Effect.fnUntraced(function* <A, B, E, R>(context: Context<A, B, E, R>, active: Active<A, B>) {
  const { chunk } = active
  const before = yield* giveBack(context, active)
  yield* record(context, { entry: "void", chunk: chunk.number })
  context.active.delete(chunk.number)
  context.cap = Math.max(1, Math.ceil(chunk.count / 2))
  context.pending.unshift(...before.filter(({ attempts }) => attempts === 0))
  context.pool.unshift(...before.filter(({ attempts }) => attempts > 0))
})

/** Ends an item that is too large for a batch of its own. */
const refuseAlone = Effect.fnUntraced(function* <A, B, E, R>(context: Context<A, B, E, R>, active: Active<A, B>) {
  const slots = yield* giveBack(context, active)
  yield* record(context, { entry: "void", chunk: active.chunk.number })
  context.active.delete(active.chunk.number)
  const issue = { path: "", description: "the API refuses a batch of this request alone as too large (413)" }
  yield* deliver(
    context,
    slots.map((slot) => finalOutcome(slot, "refused", [issue]))
  )
})
