// The knowledge of a run about its chunks, computed from the results of its steps. A replay computes it again.
import * as BigDecimal from "effect/BigDecimal"
import * as Pricing from "../Pricing.ts"
import { Budget } from "../run/budget.ts"
import { apply, type Chunk, emptyState, type HowEnded } from "../run/chunk.ts"
import { version } from "../run/entries.ts"
import { type Interval, includes, intervals, pack, unpack } from "../run/positions.ts"
import { Signal } from "../run/signal.ts"
import type { Resolved } from "./config.ts"
import { addTallies, type Opened, type Planned, type RunResult, type Settlement, type Tally } from "./model.ts"
import { positionsOf } from "./plan.ts"
import type { Group } from "./whole.ts"

/** A chunk that is to be sent. */
export interface Job {
  readonly planned: Planned
  /** How often it is created, this time included. */
  readonly create: number
  /** The number of the next decision about it. */
  next: number
  /** No further decision about it is made before more chunks than this have ended. */
  notBefore: number
  /** Whether it was sent, so that its worst case is reserved. */
  isReserved: boolean
}

export const jobOf = (planned: Planned, create = 1): Job => ({
  planned,
  create,
  next: 0,
  notBefore: -1,
  isReserved: false
})

export type Reason = "budget" | "canceled" | "refused"

const union = (lists: ReadonlyArray<ReadonlyArray<Interval>>): ReadonlyArray<Interval> => {
  const positions = lists.flatMap((list) => [...unpack(list)])
  return intervals(pack(positions.sort((a, b) => a - b))) ?? []
}

export class Progress {
  readonly #state = emptyState()
  readonly #options: Resolved
  readonly #planned = new Map<number, Planned>()
  readonly #unsent: Array<{ readonly planned: Planned; readonly reason: Reason }> = []
  /** Chunks whose items to send again were planned. */
  readonly #retried = new Set<number>()
  readonly budget: Budget | undefined
  readonly queue: Array<Job> = []
  readonly renewals: Array<Job> = []
  /** The chunks that have a place in the window. */
  readonly active = new Set<number>()
  /** The chunks whose workflow is under way. */
  readonly followed = new Set<number>()
  readonly signal = new Signal()
  readonly paidTwice: Array<string> = []
  cap: number
  completed = 0
  stopped: "budget" | "canceled" | undefined
  tally: Tally

  constructor(runId: string, opened: Opened, options: Resolved, tally: Tally) {
    this.#options = options
    this.cap = options.chunkItems
    this.tally = tally
    if (options.limit !== undefined) {
      this.budget = new Budget(Pricing.fromUsd(BigDecimal.fromStringUnsafe(options.limit)), this.#state.chunks)
    }
    apply(this.#state, { ...opened, entry: "opened", version, runId })
  }

  /** Puts chunks at the front of the queue. */
  plan(chunks: ReadonlyArray<Planned>): void {
    for (const planned of chunks) this.#planned.set(planned.number, planned)
    this.queue.unshift(...chunks.map((planned) => jobOf(planned)))
  }

  get nextNumber(): number {
    return Math.max(-1, ...this.#planned.keys()) + 1
  }

  chunk(number: number): Chunk | undefined {
    return this.#state.chunks.get(number)
  }

  /** Whether there is room in the window. A chunk alone always fits. */
  hasRoom({ count }: Planned): boolean {
    if (this.active.size === 0) return true
    let requests = count
    for (const number of this.active) requests += this.#planned.get(number)?.count ?? 0
    return this.active.size < this.#options.windowBatches && requests <= this.#options.windowRequests
  }

  /** Whether batches are under way, whose end makes room in the queue of the API. */
  get hasBatches(): boolean {
    return [...this.followed].some((number) => this.chunk(number)?.phase === "Submitted")
  }

  /** The batches that surely belong to chunks. An unclear batch may belong to another chunk. */
  get batches(): ReadonlyArray<{ readonly chunk: number; readonly batchId: string }> {
    return [...this.#state.chunks.values()].flatMap(({ batchId, isUncertain, number }) =>
      batchId === undefined || isUncertain ? [] : [{ chunk: number, batchId }]
    )
  }

  /** Reserves the chunk, which is about to be sent. */
  intended({ create, planned }: Job, at: number): void {
    const { body, count, digest, number, positions, reserve } = planned
    this.active.add(number)
    if (create > 1) apply(this.#state, { entry: "renewed", chunk: number, at })
    else {
      apply(this.#state, {
        entry: "intent",
        chunk: number,
        kind: "batch",
        positions,
        count,
        digest,
        body,
        reserve,
        at
      })
    }
  }

  created(number: number, batch: string, at: number): void {
    apply(this.#state, { entry: "created", chunk: number, batch, at })
    this.cap = Math.min(this.cap * 2, this.#options.chunkItems)
  }

  settled(number: number, { again, batchId, isCertain, other, spend, tally }: Settlement, how: HowEnded): void {
    const at = 0
    apply(this.#state, {
      entry: "adopted",
      chunk: number,
      batch: batchId,
      ...(isCertain === undefined ? {} : { isCertain }),
      at
    })
    apply(this.#state, { entry: "ended", chunk: number, how, at })
    apply(this.#state, { entry: "settled", chunk: number, again, spend, at })
    if (other !== undefined) this.paidTwice.push(other)
    this.tally = addTallies(this.tally, tally)
    this.active.delete(number)
    this.#complete(number)
  }

  /** Plans to create the chunk again, because no batch was found. It keeps its place. */
  notFound(planned: Planned, create: number): void {
    this.renewals.push(jobOf(planned, create + 1))
    this.#complete(planned.number)
  }

  #complete(number: number): void {
    this.followed.delete(number)
    this.completed += 1
    this.signal.notify()
  }

  /** Records that the chunk is replaced by others. */
  replaced({ isReserved, planned }: Job): void {
    if (isReserved) apply(this.#state, { entry: "void", chunk: planned.number })
    this.active.delete(planned.number)
  }

  /** Records that the chunk is not sent (again). The last outcomes of its items are written at the end. */
  givenUp(job: Job, reason: Reason): void {
    const { create, planned } = job
    this.active.delete(planned.number)
    if (create === 1) this.replaced(job)
    if (planned.attempts === 1) this.#unsent.push({ planned, reason })
  }

  /** The items to send again that are not planned yet, with their chunks. */
  get pool(): { readonly from: ReadonlyArray<number>; readonly groups: ReadonlyArray<Group> } {
    const chunks = [...this.#state.chunks.values()].filter(
      ({ again, number }) => again.length > 0 && !this.#retried.has(number)
    )
    const attemptsOf = (number: number) => this.#planned.get(number)?.attempts ?? 1
    const levels = new Set(chunks.map(({ number }) => attemptsOf(number)))
    return {
      from: chunks.map(({ number }) => number),
      groups: [...levels]
        .sort((a, b) => a - b)
        .map((attempts) => ({
          attempts,
          positions: union(chunks.filter(({ number }) => attemptsOf(number) === attempts).map(({ again }) => again))
        }))
    }
  }

  retried(from: ReadonlyArray<number>): void {
    for (const number of from) this.#retried.add(number)
  }

  /** The items of settled chunks that were to be sent again and were not. */
  get left(): ReadonlyArray<{
    readonly planned: Planned
    readonly batchId: string
    readonly how: HowEnded
    readonly positions: ReadonlyArray<Interval>
  }> {
    const settled = [...this.#state.chunks.values()].filter(({ phase }) => phase === "Settled")
    return settled.flatMap(({ again, batchId, how, number }) => {
      const planned = this.#planned.get(number)
      if (planned === undefined || batchId === undefined || how === undefined) return []
      const later = settled.filter((other) => this.#planned.get(other.number)?.attempts === planned.attempts + 1)
      const positions = intervals(
        pack([...unpack(again)].filter((position) => !later.some((other) => includes(other.positions, position))))
      )
      return positions === undefined || positions.length === 0 ? [] : [{ planned, batchId, how, positions }]
    })
  }

  unsent(reason: Reason): ReadonlyArray<Interval> {
    return union(this.#unsent.filter((one) => one.reason === reason).map(({ planned }) => positionsOf(planned)))
  }

  result(runId: string, rest: ReadonlyArray<Tally>, location: string): RunResult {
    return {
      ...rest.reduce(addTallies, this.tally),
      runId,
      batches: [...this.#state.chunks.values()].filter(({ phase }) => phase === "Settled").length,
      paidTwice: this.paidTwice,
      location
    }
  }
}
