// Reads the results of a chunk whose batch has ended: the outcome of each item, the items to send again, and the cost. It is
// independent of journal and driver. The caller stores its result.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import type * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { runAll } from "../batches/runAll.ts"
import type * as Pricing from "../Pricing.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import { averageOf } from "./budget.ts"
import type { Chunk, HowEnded, Money } from "./chunk.ts"
import { type DecodeAnswer, judge, type Outcome } from "./outcome.ts"
import { PositionSet } from "./positions.ts"
import { type OddLine, type OwnLine, type ReadError, read } from "./read.ts"
import { baseOf, type Slot } from "./slot.ts"
import type { SlotList } from "./slots.ts"
import { Failing, maxOutage, notFoundTolerance } from "./wait.ts"

/** A chunk to settle, and the destination of its outcomes. */
export interface Settling<A, B, E, R> {
  readonly chunk: Pick<Chunk, "number" | "positions" | "count" | "reserve">
  readonly nonce: string
  /** The items whose outcome is in the chunk, in the order of their positions. */
  readonly slots: SlotList<A, B>
  readonly batchId: string
  /** The ended batch. Undefined if its results are gone. */
  readonly batch: MessageBatch | undefined
  readonly how: HowEnded
  /** Whether the chunk was settled before, possibly by another process. Its answers were then counted. */
  readonly wasSettled: boolean
  readonly decode: DecodeAnswer<B, R>
  readonly goesAgain: (slot: Slot<A, B>, outcome: Outcome<A, B>) => boolean
  /** How the cost is computed. Undefined if it is not needed. */
  readonly money:
    | {
        readonly meter: Pricing.Meter
        /** The most that an item can cost, if it is known. */
        readonly boundOf: (slot: Slot<A, B>) => Money | undefined
      }
    | undefined
  readonly deliver: (outcomes: ReadonlyArray<Outcome<A, B>>) => Effect.Effect<void, E, R>
  readonly onOdd: (line: OddLine) => Effect.Effect<unknown, E, R>
  /** Limits the downloads at the same time. A wait between two readings holds no permit. Default: they are not limited. */
  readonly readers?: Semaphore.Semaphore | undefined
  /** Called when a reading was cut and is repeated, with the time at which repeating ends. */
  readonly onOutage: (until: number) => Effect.Effect<unknown, E, R>
}

/** The result of settling a chunk. */
export interface Settled<out A, out B> {
  /** The items to send again, with their last outcome, in the order of their positions. */
  readonly again: ReadonlyArray<Slot<A, B>>
  readonly spend: Money
}

/** The items of a chunk by their positions, and which of them have an answer. */
class Answers<A, B> {
  readonly #slots: SlotList<A, B>
  readonly #answered: PositionSet

  constructor({ positions }: Pick<Chunk, "positions">, slots: SlotList<A, B>) {
    this.#slots = slots
    this.#answered = new PositionSet(positions)
  }

  /** The item of a position, if its outcome is in this chunk. */
  at(position: number): Slot<A, B> | undefined {
    return this.#slots.ofPosition(position)
  }

  /** Records an answer. Returns whether it is the first one. */
  note(position: number): boolean {
    return this.#answered.add(position)
  }

  get count(): number {
    return this.#answered.size
  }

  get unanswered(): ReadonlyArray<Slot<A, B>> {
    return [...this.#slots].filter(({ position }) => !this.#answered.has(position))
  }
}

/** Items and their outcomes, in the same order. */
interface Judged<A, B, R> {
  readonly slots: Array<Slot<A, B>>
  readonly outcomes: Array<Effect.Effect<Outcome<A, B>, never, R>>
}

const outcomeOf = <A, B, E, R>(
  { batchId, decode }: Settling<A, B, E, R>,
  slot: Slot<A, B>,
  line: OwnLine["line"]
): Effect.Effect<Outcome<A, B>, never, R> =>
  Result.isSuccess(line)
    ? judge(baseOf(slot, batchId), line.success.result, decode)
    : Effect.succeed({ _tag: "Invalid", message: undefined, error: line.failure, ...baseOf(slot, batchId) })

/** Settles a chunk. When it succeeds, the outcomes of all items that are not sent again are delivered. */
export const settle = Effect.fnUntraced(function* <A, B, E, R>(
  settling: Settling<A, B, E, R>
): Effect.fn.Return<Settled<A, B>, E | ReadError, R | HttpClient.HttpClient> {
  const { batch, batchId, chunk, deliver, how, money, nonce, slots } = settling
  const answers = new Answers(chunk, slots)
  const again: Array<Slot<A, B>> = []
  let spend: Money = 0n

  /** Sorts outcomes: those whose items are sent again, and those that are delivered. */
  const sort = (slot: Slot<A, B>, outcome: Outcome<A, B>, told: Array<Outcome<A, B>>): void => {
    if (settling.goesAgain(slot, outcome)) again.push({ ...slot, last: outcome })
    else told.push(outcome)
  }

  /** Adds the cost of a line. An answer that cannot be read or priced counts at the average worst case of the chunk. */
  const charge = (line: OwnLine["line"]): void => {
    if (money === undefined) return
    if (Result.isFailure(line)) spend += averageOf(chunk)
    else if (line.success.result.type === "succeeded") {
      spend += Result.getOrElse(money.meter.messageCost(line.success.result.message), () => averageOf(chunk))
    }
  }

  /** The items that lines answer for the first time, and their outcomes. */
  const judgeAll = (lines: ReadonlyArray<OwnLine>): Judged<A, B, R> => {
    const judged: Judged<A, B, R> = { slots: [], outcomes: [] }
    for (const { line, position } of lines) {
      if (!answers.note(position)) continue
      charge(line)
      const slot = answers.at(position)
      if (slot === undefined) continue
      judged.slots.push(slot)
      judged.outcomes.push(outcomeOf(settling, slot, line))
    }
    return judged
  }

  const sortAll = (slots: Judged<A, B, R>["slots"], outcomes: ReadonlyArray<Outcome<A, B>>) => {
    const told: Array<Outcome<A, B>> = []
    for (const [index, outcome] of outcomes.entries()) {
      const slot = slots[index]
      if (slot !== undefined) sort(slot, outcome, told)
    }
    return told
  }

  const odd: Array<OddLine> = []
  // Made once. V8 keeps what a generator function captures until the next full collection. If it was made for each array of
  // answers, that would be all answers.
  const take = Effect.fnUntraced(function* (lines: ReadonlyArray<OwnLine>) {
    for (const line of odd.splice(0)) yield* settling.onOdd(line)
    const { outcomes, slots } = judgeAll(lines)
    yield* deliver(sortAll(slots, yield* runAll(outcomes)))
  })
  /** Reads all lines once. Lines that came before are skipped. */
  const readOnce = (ended: MessageBatch) => {
    const reading = read(ended, chunk, nonce, (line) => odd.push(line), !settling.wasSettled).pipe(
      Stream.mapError((error) => new ReadFailure(error)),
      Stream.runForEach(take)
    )
    return settling.readers === undefined ? reading : settling.readers.withPermits(1)(reading)
  }

  const isGone = batch !== undefined && (yield* ridingOut(settling.onOutage, readOnce(batch)))
  const missing = answers.unanswered
  const reason = isGone ? "deleted" : how === "ended" ? "absent" : how
  if (money !== undefined) {
    for (const slot of missing) spend += money.boundOf(slot) ?? averageOf(chunk)
    const unseen = chunk.count - answers.count - missing.length
    spend += averageOf(chunk) * BigInt(Math.max(0, unseen))
  }
  const told: Array<Outcome<A, B>> = []
  for (const slot of missing) sort(slot, { _tag: "Missing", reason, ...baseOf(slot, batchId) }, told)
  yield* deliver(told)
  return { again: again.sort((a, b) => a.position - b.position), spend }
})

/** The failure of a download, as distinct from failures of the delivery of outcomes. */
class ReadFailure {
  readonly error: ReadError

  constructor(error: ReadError) {
    this.error = error
  }
}

/** Repeats a reading that was cut, for an hour. Returns whether the results are gone. */
const ridingOut = Effect.fnUntraced(function* <E, R>(
  onOutage: (until: number) => Effect.Effect<unknown, E, R>,
  reading: Effect.Effect<void, E | ReadFailure, R | HttpClient.HttpClient>
): Effect.fn.Return<boolean, E | ReadError, R | HttpClient.HttpClient> {
  const failing = new Failing()
  for (;;) {
    const failure = yield* reading.pipe(
      Effect.as(undefined),
      Effect.catchIf(
        (error): error is ReadFailure => error instanceof ReadFailure,
        (failure) => Effect.succeed(failure)
      )
    )
    if (failure === undefined) return false
    const { error } = failure
    const at = yield* Clock.currentTimeMillis
    // Results that are not found may only be late, like a batch.
    const isNotFound = error._tag === "NotFoundError"
    const lasted = failing.fail(isNotFound ? "NotFound" : "Outage", at)
    if (isNotFound && lasted >= notFoundTolerance) return true
    if (!isNotFound && (!error.isRetryable || lasted >= maxOutage)) return yield* Effect.fail(error)
    yield* onOutage(at - lasted + (isNotFound ? notFoundTolerance : maxOutage))
    yield* Effect.sleep(failing.next())
  }
})
