// A clock that jumps to the next sleeper when nothing else is going on, so that days pass in milliseconds.
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

type State = "runs" | "frozen" | "dead"

interface Sleeper {
  readonly at: number
  readonly state: () => State
  readonly wake: () => void
}

/** How many turns of the event loop without anybody going to sleep count as nothing going on. */
const idleTurns = 6

export interface AutoClock {
  readonly clock: Clock.Clock
  /** The clock of a process: wrong by so many milliseconds, and waking nobody while the process is frozen or dead. */
  readonly ofProcess: (offset: () => number, state: () => State) => Clock.Clock
  readonly now: () => number
  /** Moves the time without waking anybody: a machine that was asleep. */
  readonly jump: (millis: number) => void
  /** Who sleeps, in words: in which state of its process, and for how long still. */
  readonly asleep: () => string
  /** Wakes nobody any more, so that what is left over does not go on. */
  readonly stop: () => void
}

export const makeAutoClock = (start: number): AutoClock => {
  let time = start
  let sleepers: Array<Sleeper> = []
  let quiet = 0
  let isWatching = false
  let hasStopped = false

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
        sleepers = sleepers.filter(({ state }) => state() !== "dead")
        const awake = sleepers.filter(({ state }) => state() === "runs")
        const next = awake.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY)
        if (Number.isFinite(next)) time = Math.max(time, next)
        const due = awake.filter(({ at }) => at <= time)
        sleepers = sleepers.filter((sleeper) => !due.includes(sleeper))
        for (const { wake } of due.sort((a, b) => a.at - b.at)) wake()
      }
      watch()
    })
  }

  const sleep = (duration: Duration.Duration, state: () => State): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      const millis = Math.ceil(Duration.toMillis(duration))
      if (!Number.isFinite(millis) || state() === "dead" || hasStopped) return Effect.void
      const sleeper: Sleeper = { at: time + Math.max(0, millis), state, wake: () => resume(Effect.void) }
      sleepers.push(sleeper)
      quiet = 0
      if (!isWatching) watch()
      return Effect.sync(() => {
        sleepers = sleepers.filter((other) => other !== sleeper)
      })
    })

  const make = (offset: () => number, state: () => State): Clock.Clock => {
    const millis = () => time + offset()
    const nanos = () => BigInt(Math.round(millis())) * 1_000_000n
    return {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: () => BigInt(Math.round(time)) * 1_000_000n,
      monotonicTimeNanos: Effect.sync(() => BigInt(Math.round(time)) * 1_000_000n),
      sleep: (duration) => sleep(duration, state)
    }
  }

  return {
    clock: make(
      () => 0,
      () => "runs"
    ),
    ofProcess: make,
    now: () => time,
    jump: (by) => {
      time += by
    },
    asleep: () =>
      sleepers.map(({ at, state }) => `${state()}: ${((at - time) / 1_000).toFixed(1)} s`).join(", ") || "nobody",
    stop: () => {
      hasStopped = true
      sleepers = []
    }
  }
}
