// A clock that jumps to the next sleeper when nothing else is going on, so that days pass in milliseconds.
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

interface Sleeper {
  readonly at: number
  readonly isDead: () => boolean
  readonly wake: () => void
}

/** How many turns of the event loop without anybody going to sleep count as nothing going on. */
const idleTurns = 6

export interface AutoClock {
  readonly clock: Clock.Clock
  /** The clock of a process: wrong by so many milliseconds, and standing still for it once the process is dead. */
  readonly ofProcess: (offset: number, isDead: () => boolean) => Clock.Clock
  readonly now: () => number
  /** Moves the time without waking anybody: a machine that was asleep. */
  readonly jump: (millis: number) => void
}

export const makeAutoClock = (start: number): AutoClock => {
  let time = start
  let sleepers: Array<Sleeper> = []
  let quiet = 0
  let isWatching = false

  const watch = (): void => {
    if (sleepers.length === 0) {
      isWatching = false
      return
    }
    isWatching = true
    setImmediate(() => {
      quiet += 1
      if (quiet >= idleTurns && sleepers.length > 0) {
        quiet = 0
        sleepers = sleepers.filter(({ isDead }) => !isDead())
        const next = sleepers.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY)
        if (Number.isFinite(next)) time = Math.max(time, next)
        const due = sleepers.filter(({ at }) => at <= time)
        sleepers = sleepers.filter(({ at }) => at > time)
        for (const { wake } of due.sort((a, b) => a.at - b.at)) wake()
      }
      watch()
    })
  }

  const sleep = (duration: Duration.Duration, isDead: () => boolean): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      const millis = Math.ceil(Duration.toMillis(duration))
      if (!Number.isFinite(millis) || isDead()) return Effect.void
      const sleeper: Sleeper = { at: time + Math.max(0, millis), isDead, wake: () => resume(Effect.void) }
      sleepers.push(sleeper)
      quiet = 0
      if (!isWatching) watch()
      return Effect.sync(() => {
        sleepers = sleepers.filter((other) => other !== sleeper)
      })
    })

  const make = (offset: number, isDead: () => boolean): Clock.Clock => {
    const millis = () => time + offset
    const nanos = () => BigInt(Math.round(millis())) * 1_000_000n
    return {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: () => BigInt(Math.round(time)) * 1_000_000n,
      monotonicTimeNanos: Effect.sync(() => BigInt(Math.round(time)) * 1_000_000n),
      sleep: (duration) => sleep(duration, isDead)
    }
  }

  return {
    clock: make(0, () => false),
    ofProcess: make,
    now: () => time,
    jump: (by) => {
      time += by
    }
  }
}
