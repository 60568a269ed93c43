// Watches all batches that are under way with one fiber, one look after the other.
// A batch that is not found for an hour counts as deleted. It is never created again.
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { RequestError } from "../AnthropicError.ts"
import type { RunEvent } from "../run/event.ts"
import { Signal } from "../run/signal.ts"
import { look, maxOutage, nextLook, notFoundTolerance, Outage } from "../run/wait.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import { now } from "./now.ts"

/** A batch that has ended, or undefined if it is gone. */
export type EndedBatch = MessageBatch | undefined

interface Watched {
  readonly chunk: number
  readonly batchId: string
  readonly ended: Deferred.Deferred<EndedBatch, RequestError>
  dueAt: number
  /** Whether it is not found or cannot be looked at, and for how long. The two are counted separately. */
  failing: { readonly how: "NotFound" | "Outage"; readonly outage: Outage } | undefined
}

export interface Poller<R> {
  /** Waits until a batch has ended. `batch` is its newest state, if one is known. */
  readonly ended: (
    chunk: number,
    batchId: string,
    batch: MessageBatch | undefined
  ) => Effect.Effect<EndedBatch, RequestError>
  /** Looks at batches without end. */
  readonly run: Effect.Effect<never, never, HttpClient.HttpClient | R>
}

export const makePoller = <R>(options: {
  /** The longest wait between two looks at a batch, in milliseconds. */
  readonly longest: number
  readonly onEvent: (event: RunEvent) => Effect.Effect<unknown, never, R>
}): Poller<R> => {
  /** By chunk, because an unclear batch may be watched for several chunks. */
  const watched = new Map<number, Watched>()
  const signal = new Signal()

  const lookAt = Effect.fnUntraced(function* (entry: Watched) {
    const { batchId, chunk } = entry
    const seen = yield* Effect.result(look(batchId))
    const at = yield* now
    const finish = (effect: Effect.Effect<unknown>) => {
      watched.delete(chunk)
      return effect
    }
    if (seen._tag === "Failure") return yield* finish(Deferred.fail(entry.ended, seen.failure))
    const result = seen.success
    if (result._tag === "Running" || result._tag === "Ended") {
      entry.failing = undefined
      const { batch } = result
      yield* options.onEvent({ _tag: "Polled", chunk, batchId, status: batch.processing_status })
      if (result._tag === "Ended") return yield* finish(Deferred.succeed(entry.ended, batch))
      entry.dueAt = at + nextLook(at - DateTime.toEpochMillis(batch.created_at), options.longest)
      return
    }
    const failing = entry.failing?.how === result._tag ? entry.failing : { how: result._tag, outage: new Outage() }
    entry.failing = failing
    const failingFor = failing.outage.fail(at)
    if (result._tag === "NotFound" && failingFor >= notFoundTolerance) {
      return yield* finish(Deferred.succeed(entry.ended, undefined))
    }
    if (result._tag === "Outage" && failingFor >= maxOutage) {
      return yield* finish(Deferred.fail(entry.ended, result.error))
    }
    entry.dueAt = at + failing.outage.next()
    yield* options.onEvent({
      _tag: "Waiting",
      reason: "outage",
      chunk,
      until: at - failingFor + (result._tag === "NotFound" ? notFoundTolerance : maxOutage)
    })
  })

  const next = (): Watched | undefined => {
    let first: Watched | undefined
    for (const entry of watched.values()) if (first === undefined || entry.dueAt < first.dueAt) first = entry
    return first
  }

  const step = Effect.gen(function* () {
    const changed = signal.changed
    const first = next()
    if (first === undefined) return yield* changed
    // A clock that is set back does not make a wait longer.
    const wait = Math.min(first.dueAt - (yield* now), options.longest)
    if (wait > 0) return yield* Effect.raceFirst(Effect.sleep(wait), changed)
    yield* lookAt(first)
  })

  return {
    ended: Effect.fnUntraced(function* (chunk, batchId, batch) {
      if (batch?.processing_status === "ended") return batch
      const at = yield* now
      const dueAt =
        batch === undefined ? at : at + nextLook(at - DateTime.toEpochMillis(batch.created_at), options.longest)
      const ended = yield* Deferred.make<EndedBatch, RequestError>()
      watched.set(chunk, { chunk, batchId, ended, dueAt, failing: undefined })
      signal.notify()
      return yield* Deferred.await(ended)
    }),
    run: Effect.forever(step)
  }
}
