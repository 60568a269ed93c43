// One pool of a limiter: its buckets, the pause that the server asked for, and the waiting calls in the order of arrival. A
// waiting call has drawn nothing, so an interrupted one needs no correction.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import { Bucket, type Reading } from "./bucket.ts"

/** The amounts that a call uses, by window. */
export type Amounts = ReadonlyMap<string, number>

/** The values of an answer for the windows of its pool, and the end of the pause of the pool. */
export interface Told {
  readonly readings: ReadonlyMap<string, Reading>
  /** In milliseconds since the epoch; 0 for no pause. */
  readonly pausedUntil: number
}

export interface Passage<A> {
  readonly amounts: Amounts
  /** Called with true when the call begins to wait, and with false when its waiting ends. */
  readonly onWait: (isWaiting: boolean, now: number) => void
  /** Reads an answer. */
  readonly read: (answer: A, now: number) => Told
}

/** One call in the pool. */
interface Entry {
  readonly amounts: Amounts
  /** Opened when the call may be next, or when the reason of its wait has changed. */
  readonly wake: Latch.Latch
  /** 0 until the call has drawn. Then a number that increases in the order of sending. */
  number: number
  /** The sum of the draws from each window up to this call. */
  readonly drawn: Map<string, number>
  isStarted: boolean
  isAnswered: boolean
}

export interface Pool {
  /** Runs a call when it is next. */
  readonly run: <A, E, R>(effect: Effect.Effect<A, E, R>, passage: Passage<A>) => Effect.Effect<A, E, R>
}

export const makePool = (limits: Amounts, start: number): Pool => {
  const buckets = new Map([...limits].map(([name, limit]) => [name, new Bucket(limit, start)]))
  /** In the order of arrival. */
  const queue = new Set<Entry>()
  /** The sum of the draws from each window so far, without those that were given back. */
  const drawn = new Map<string, number>()
  let pausedUntil = 0
  /** The numbers of the call that was sent last, and of the latest one that was answered. */
  let lastNumber = 0
  let lastAnswered = 0

  const head = (): Entry | undefined => queue.values().next().value

  const waitFor = (amounts: Amounts, now: number): number => {
    let wait = Math.max(0, pausedUntil - now)
    for (const [name, amount] of amounts) wait = Math.max(wait, buckets.get(name)?.waitFor(amount, now) ?? 0)
    return wait
  }

  const draw = (entry: Entry, now: number): void => {
    for (const [name, amount] of entry.amounts) {
      buckets.get(name)?.draw(amount, now)
      drawn.set(name, (drawn.get(name) ?? 0) + amount)
      entry.drawn.set(name, drawn.get(name) ?? 0)
    }
    lastNumber += 1
    entry.number = lastNumber
    queue.delete(entry)
    head()?.wake.openUnsafe()
  }

  const takeTurn = Effect.fnUntraced(function* (entry: Entry, onWait: (isWaiting: boolean, now: number) => void) {
    let now = yield* Clock.currentTimeMillis
    queue.add(entry)
    if (head() === entry && waitFor(entry.amounts, now) === 0) return draw(entry, now)
    onWait(true, now)
    while (true) {
      entry.wake.closeUnsafe()
      now = yield* Clock.currentTimeMillis
      const wait = head() === entry ? waitFor(entry.amounts, now) : Number.POSITIVE_INFINITY
      if (wait === 0) break
      yield* wait === Number.POSITIVE_INFINITY
        ? entry.wake.await
        : Effect.raceFirst(Effect.sleep(wait), entry.wake.await)
    }
    onWait(false, now)
    draw(entry, now)
  })

  const settle = (entry: Entry, told: Told, now: number): void => {
    entry.isAnswered = true
    pausedUntil = Math.max(pausedUntil, told.pausedUntil)
    // The answer to a call that was sent before another answered one may be old.
    if (entry.number < lastAnswered) return
    lastAnswered = entry.number
    for (const [name, reading] of told.readings) {
      const bucket = buckets.get(name) ?? new Bucket(reading.limit, now)
      buckets.set(name, bucket)
      // The server may not have counted calls that were sent after this one.
      const pending = (drawn.get(name) ?? 0) - (entry.drawn.get(name) ?? 0)
      bucket.settle(reading, Math.max(0, pending), now)
    }
  }

  const leave = (entry: Entry, exit: Exit.Exit<unknown, unknown>, now: number): void => {
    queue.delete(entry)
    // The server may have counted a call that was interrupted after sending. It most likely has not counted one that failed
    // without an answer, and the next answer corrects this.
    const isLost = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) && entry.isStarted
    if (entry.number > 0 && !entry.isAnswered && !isLost) {
      for (const [name, amount] of entry.amounts) {
        buckets.get(name)?.giveBack(amount, now)
        drawn.set(name, (drawn.get(name) ?? 0) - amount)
      }
    }
    head()?.wake.openUnsafe()
  }

  return {
    run: (effect, { amounts, onWait, read }) =>
      Effect.suspend(() => {
        const entry: Entry = {
          amounts,
          wake: Latch.makeUnsafe(false),
          number: 0,
          drawn: new Map(),
          isStarted: false,
          isAnswered: false
        }
        const start = Effect.suspend(() => {
          entry.isStarted = true
          return effect
        })
        return Effect.andThen(takeTurn(entry, onWait), start).pipe(
          Effect.tap((answer) => Effect.map(Clock.currentTimeMillis, (now) => settle(entry, read(answer, now), now))),
          Effect.onExit((exit) => Effect.map(Clock.currentTimeMillis, (now) => leave(entry, exit, now)))
        )
      })
  }
}
