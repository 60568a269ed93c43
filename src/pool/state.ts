// What the parts of a pool share: calls, their batches, and the groups of calls that may share a batch. A call is answered
// once. A second answer is ignored.
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as FiberSet from "effect/FiberSet"
import type * as HttpClient from "effect/http/HttpClient"
import * as Latch from "effect/Latch"
import type * as Semaphore from "effect/Semaphore"
import type { Settings } from "../Anthropic.ts"
import { type Addition, BatchWriter, type WriterOptions } from "../batches/body.ts"
import type { Attempt } from "../run/create.ts"
import { sizeOf, wireId } from "../run/ids.ts"
import type { Interval } from "../run/positions.ts"
import type { Verdict } from "../run/reconcile.ts"
import type { Signal } from "../run/signal.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { Message } from "../schema/Message.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { PoolError } from "./errors.ts"
import type { Config } from "./options.ts"
import type { Places } from "./places.ts"

/** One call that waits for its answer. */
export interface Call<R> {
  /** The current batch of the call: a smaller one, if the first was divided. */
  batch: Batch<R>
  /** The position among all calls of the pool. */
  readonly position: number
  readonly params: MessageParams
  readonly answer: Deferred.Deferred<Message, PoolError>
  /** Whether it was answered, or its caller was interrupted. */
  isOver: boolean
  /** Whether it counts against `maxWaiting`. */
  hasPlace: boolean
}

/**
 * The stage of a batch. `open`: it takes further calls. `sealed`: it takes none, and was not sent. `sent`: it may have been
 * created. `watched`: it has ended, or the pool no longer watches it.
 */
type Stage = "open" | "sealed" | "sent" | "watched"

/** The calls of one batch, from the first of them to the last answer. */
export class Batch<R> {
  readonly group: Group<R>
  readonly number: number
  readonly size: number
  readonly #nonce: string
  readonly #maxBytes: number
  /** Opened when no further call fits. */
  readonly full = Latch.makeUnsafe(false)
  /** Opened when no call waits for an answer any more. */
  readonly abandoned = Latch.makeUnsafe(false)
  writer: BatchWriter
  calls: Array<Call<R>> = []
  /** How many of the calls are not over. */
  live = 0
  stage: Stage = "open"
  isStarted = false
  /** Whether all calls are in the writer. */
  isWritten = true
  /** The positions of its calls, known when it was sent. */
  positions: ReadonlyArray<Interval> = []
  intendedAt = 0
  underWayUntil = 0
  creates = 0
  /** Whether its create has no answer, so the batch may be running. */
  isUnknown = false
  /** Whether a found batch is used for it although it is unknown whose that is. */
  isUncertain = false
  creating: Fiber.Fiber<Attempt> | undefined
  created: MessageBatch | undefined
  /** Whether the batch was canceled, or is being canceled. */
  isCanceled = false

  constructor(
    group: Group<R>,
    number: number,
    nonce: string,
    options: WriterOptions & { readonly maxRequests: number; readonly maxBytes: number }
  ) {
    this.group = group
    this.number = number
    this.#nonce = nonce
    this.#maxBytes = options.maxBytes
    this.size = sizeOf(options.maxRequests, nonce, number)
    this.writer = new BatchWriter({ ...options, maxRequests: this.size })
  }

  get batchId(): string | undefined {
    return this.created?.id
  }

  get count(): number {
    return this.calls.length
  }

  customIdOf(position: number): string {
    return wireId(this.#nonce, this.number, position)
  }

  /** Writes a request, unless the batch is full or the request is refused. */
  write(position: number, params: MessageParams): Addition {
    return this.writer.add({ custom_id: this.customIdOf(position), params })
  }

  /** Adds a call. */
  take(call: Call<R>): void {
    call.batch = this
    this.calls.push(call)
    this.live += 1
  }

  /** Fixes the calls that are sent: those so far. */
  fix(): void {
    this.positions = this.calls.map(({ position }) => ({ start: position, end: position + 1 }))
  }

  /** Begins a new body, and releases the old one. */
  clearBody(): void {
    this.writer = new BatchWriter({ maxBytes: this.#maxBytes })
  }
}

/** Calls with the same headers, origin and credential: they may share a batch. */
export interface Group<R> {
  readonly key: string
  /** The source of the credential, if a call has its own. */
  readonly credential: unknown
  /** The context with the client that carries the settings of the group. */
  readonly context: Context.Context<HttpClient.HttpClient | R>
  /** Held while a batch is being created, refused creates included. */
  readonly creating: Semaphore.Semaphore
  /** Notified when a batch has ended. */
  readonly ended: Signal
  /** The batches that were started and are not over. */
  readonly batches: Set<Batch<R>>
  open: Batch<R> | undefined
  /** The most requests of a batch. Smaller after a refusal, and growing again. */
  cap: number
}

export interface Pool<R> {
  readonly config: Config<R>
  readonly settings: Settings
  readonly client: HttpClient.HttpClient
  readonly context: Context.Context<HttpClient.HttpClient | R>
  readonly nonce: string
  readonly groups: Set<Group<R>>
  /** The batches that were sent, by their numbers. */
  readonly sent: Map<number, Batch<R>>
  readonly verdicts: Map<string, Verdict>
  readonly places: Places
  readonly inFlight: Semaphore.Semaphore
  readonly readers: Semaphore.Semaphore
  readonly fibers: FiberSet.FiberSet
  nextBatch: number
  nextPosition: number
  isClosed: boolean
}

/** Marks a call as over. Returns whether it was not over before. */
const finish = <R>({ places }: Pool<R>, call: Call<R>): boolean => {
  if (call.isOver) return false
  call.isOver = true
  call.batch.live -= 1
  freePlace(places, call)
  return true
}

/** Gives back the place of a call, if it has one. */
const freePlace = <R>(places: Places, call: Call<R>): void => {
  if (!call.hasPlace) return
  call.hasPlace = false
  places.release()
}

/** Gives back the places of the calls of a created batch. */
export const freePlaces = <R>({ places }: Pool<R>, batch: Batch<R>): void => {
  for (const call of batch.calls) freePlace(places, call)
}

/** Answers a call, unless it is over. */
export const answer = <R>(pool: Pool<R>, call: Call<R>, result: Effect.Effect<Message, PoolError>): void => {
  if (finish(pool, call)) Deferred.doneUnsafe(call.answer, result)
}

/** Answers every call of a batch that is not over. */
export const answerAll = <R>(
  pool: Pool<R>,
  batch: Batch<R>,
  result: (call: Call<R>) => Effect.Effect<Message, PoolError>
): void => {
  for (const call of batch.calls) if (!call.isOver) answer(pool, call, result(call))
}

/**
 * Records that the caller was interrupted, unless the call is over. A call that was not sent is removed when its batch is
 * written. The answer of one that was sent is dropped.
 */
export const leave = <R>(pool: Pool<R>, call: Call<R>): void => {
  const { batch } = call
  if (finish(pool, call) && batch.live === 0 && batch.stage !== "open") batch.abandoned.openUnsafe()
}
