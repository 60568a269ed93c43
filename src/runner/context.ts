// What the parts of the driver share: the state of the run, the chunks under way, and functions to write, report and stop.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import type * as Semaphore from "effect/Semaphore"
import * as Batches from "../Batches.ts"
import type { Blocks } from "../batches/blocks.ts"
import type * as Journal from "../Journal.ts"
import type * as Pricing from "../Pricing.ts"
import type { Budget } from "../run/budget.ts"
import { apply, type Chunk, type RunState } from "../run/chunk.ts"
import type { Attempt } from "../run/create.ts"
import type { Entry } from "../run/entries.ts"
import { JournalError, type RunError, type RunTakenOverError } from "../run/errors.ts"
import { countOutcomes, type RunEvent } from "../run/event.ts"
import type { Outcome } from "../run/outcome.ts"
import type { Verdict } from "../run/reconcile.ts"
import type { Signal } from "../run/signal.ts"
import type { Slot } from "../run/slot.ts"
import type { SlotList } from "../run/slots.ts"
import type { Config, Delivery } from "./config.ts"
import * as metrics from "./metrics.ts"
import type { Poller } from "./poller.ts"
import type { SourceReader } from "./source.ts"

/** A chunk that is under way in this process, with the items whose outcome is in it. */
export interface Active<A, B> {
  readonly chunk: Chunk
  /** In the order of their positions. An item that went into a later chunk is not included. */
  readonly slots: SlotList<A, B>
  /** The last moment at which a create may have been under way, in milliseconds. */
  underWayUntil: number
}

export interface Context<A, B, E, R> {
  readonly config: Config<A, B, E, R>
  readonly delivery: Delivery<A, B, E>
  readonly session: Journal.Session
  readonly state: RunState
  readonly nonce: string
  readonly source: SourceReader<A, B, E>
  readonly poller: Poller<R>
  readonly budget: Budget | undefined
  readonly book: Pricing.PriceBook
  /** Notified when there may be something to send. */
  readonly signal: Signal
  /** Notified when a batch has ended. */
  readonly ended: Signal
  /** The chunks under way. Each has a place in the window. */
  readonly active: Map<number, Active<A, B>>
  /** Items that were read and are in no chunk, because their chunk was refused. */
  readonly pending: Array<Slot<A, B>>
  /** Chunks whose batch was not found, to be created again. */
  readonly again: Array<Active<A, B>>
  /** Items that were sent and are to be sent again. */
  readonly pool: Array<Slot<A, B>>
  readonly verdicts: Map<string, Verdict>
  readonly fibers: FiberSet.FiberSet
  readonly readers: Semaphore.Semaphore
  /** The memory of bodies. */
  readonly blocks: Blocks
  /** Fails the run. */
  readonly failure: Deferred.Deferred<never, E | RunError>
  /** Why no more is sent. */
  stopped: "canceled" | "budget" | undefined
  /** The most items of a chunk. Smaller after a refusal, and growing again. */
  cap: number
  /** The create whose batch is not recorded yet. It is not interrupted together with the run. */
  creating: { readonly chunk: number; readonly fiber: Fiber.Fiber<Attempt> } | undefined
  /** Whether the warning about the budget was given. */
  hasWarned: boolean
}

/** Writes an entry, then applies it. The state is never ahead of the journal. */
export const record = <A, B, E, R>(
  { session, state }: Context<A, B, E, R>,
  entry: Entry
): Effect.Effect<void, JournalError | RunTakenOverError> =>
  Effect.flatMap(session.append(entry), () => {
    const applied = apply(state, entry)
    if (Result.isSuccess(applied)) return Effect.void
    const runId = state.opened?.runId ?? ""
    return new JournalError({ runId, reason: "corrupt", description: applied.failure })
  })

export const emit = <A, B, E, R>({ config }: Context<A, B, E, R>, event: RunEvent): Effect.Effect<unknown, never, R> =>
  config.onEvent(event)

/** Cancels a batch. Returns whether that succeeded. If there is a newer owner, the batches belong to it and are not canceled. */
export const cancelBatch = <A, B, E, R>(
  { session }: Context<A, B, E, R>,
  batchId: string
): Effect.Effect<boolean, never, HttpClient.HttpClient> =>
  Effect.isSuccess(Effect.andThen(session.assertOwner, Batches.cancel(batchId)))

/** Delivers outcomes, and reports the number of each kind. */
export const deliver = <A, B, E, R>(
  context: Context<A, B, E, R>,
  outcomes: ReadonlyArray<Outcome<A, B>>
): Effect.Effect<void, E, R> => {
  if (outcomes.length === 0) return Effect.void
  const counts = countOutcomes(outcomes)
  return context.delivery
    .deliver(outcomes)
    .pipe(
      Effect.andThen(metrics.outcomes(counts)),
      Effect.andThen(emit(context, { _tag: "Delivered", counts })),
      Effect.asVoid
    )
}

/** The requests that have a place in the window. */
export const requestsUnderWay = <A, B>(active: ReadonlyMap<number, Active<A, B>>): number => {
  let sum = 0
  for (const { chunk } of active.values()) sum += chunk.count
  return sum
}

/** Whether an item is sent again: the caller wants it, it has attempts left, and its outcome was not delivered. */
export const goesAgain = <A, B, E, R>(
  { config, delivery, stopped }: Context<A, B, E, R>,
  slot: Slot<A, B>,
  outcome: Outcome<A, B>
): boolean =>
  stopped !== "canceled" &&
  slot.attempts <= config.retryTimes &&
  !delivery.isTold(slot.position) &&
  config.retryWhile(outcome)

/** Runs an effect concurrently with the rest of the run. If it fails, the run fails. */
export const beside = <A, B, E, R>(
  { failure, fibers }: Context<A, B, E, R>,
  effect: Effect.Effect<unknown, E | RunError, R | HttpClient.HttpClient>
): Effect.Effect<void, never, R | HttpClient.HttpClient> =>
  Effect.asVoid(
    FiberSet.run(
      fibers,
      // An effect that interrupts itself also ends the run. Otherwise its chunk would never end.
      Effect.catchCause(effect, (cause) => Deferred.failCause(failure, cause))
    )
  )
