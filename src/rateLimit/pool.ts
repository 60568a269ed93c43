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
  /** What the call has drawn from each window. */
  readonly own: Map<string, number>
  /** The sum of the draws from each window up to this call, without those that were given back. */
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
  /** The calls that were sent and have not ended, in the order of sending. */
  const underWay = new Set<Entry>()
  /** The sum of the draws from each window so far, without those that were given back. */
  const drawn = new Map<string, number>()
  let pausedUntil = 0
  /** The number of the call that was sent last. */
  let lastNumber = 0
  /** The number of the latest call whose answer has set each window. */
  const setBy = new Map<string, number>()

  const head = (): Entry | undefined => queue.values().next().value

  const waitFor = (amounts: Amounts, now: number): number => {
    let wait = Math.max(0, pausedUntil - now)
    for (const [name, amount] of amounts) wait = Math.max(wait, buckets.get(name)?.waitFor(amount, now) ?? 0)
    return wait
  }

  const draw = (entry: Entry, now: number): void => {
    for (const [name, amount] of entry.amounts) {
      const own = buckets.get(name)?.draw(amount, now) ?? amount
      entry.own.set(name, own)
      drawn.set(name, (drawn.get(name) ?? 0) + own)
    }
    // Also for windows that only other calls draw from, because its answer can have their limits.
    for (const [name, sum] of drawn) entry.drawn.set(name, sum)
    lastNumber += 1
    entry.number = lastNumber
    queue.delete(entry)
    underWay.add(entry)
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

  /** The draws from a window by calls that were sent after this one: the server may not have counted them. */
  const pendingOf = (name: string, entry: Entry, limit: number): number => {
    const later = (drawn.get(name) ?? 0) - (entry.drawn.get(name) ?? 0)
    // While the limit was unknown, estimates of more than the limit were drawn in full.
    return Math.max(0, Math.min(later, (lastNumber - entry.number) * limit))
  }

  const settle = (entry: Entry, told: Told, now: number): void => {
    entry.isAnswered = true
    pausedUntil = Math.max(pausedUntil, told.pausedUntil)
    for (const [name, reading] of told.readings) {
      // The answer to a call that was sent before another answered one may be old.
      if (entry.number < (setBy.get(name) ?? 0)) continue
      setBy.set(name, entry.number)
      const bucket = buckets.get(name) ?? new Bucket(reading.limit, now)
      buckets.set(name, bucket)
      bucket.settle(reading, pendingOf(name, entry, reading.limit), now)
    }
  }

  /** Gives back what a call has drawn, which the server has not counted. */
  const giveBack = (entry: Entry, now: number): void => {
    for (const [name, amount] of entry.own) {
      // The answer to a later call has set the window without this draw.
      if (entry.number > (setBy.get(name) ?? 0)) buckets.get(name)?.giveBack(amount, now)
      drawn.set(name, (drawn.get(name) ?? 0) - amount)
      for (const later of underWay) {
        if (later.number > entry.number) later.drawn.set(name, (later.drawn.get(name) ?? 0) - amount)
      }
    }
  }

  const leave = (entry: Entry, exit: Exit.Exit<unknown, unknown>, now: number): void => {
    queue.delete(entry)
    underWay.delete(entry)
    // The server may have counted a call that was interrupted after sending. It most likely has not counted one that failed
    // without an answer, and the next answer corrects this.
    const isLost = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) && entry.isStarted
    if (entry.number > 0 && !entry.isAnswered && !isLost) giveBack(entry, now)
    head()?.wake.openUnsafe()
  }

  return {
    run: (effect, { amounts, onWait, read }) =>
      Effect.suspend(() => {
        const entry: Entry = {
          amounts,
          wake: Latch.makeUnsafe(false),
          number: 0,
          own: new Map(),
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
