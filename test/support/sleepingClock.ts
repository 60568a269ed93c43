import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * A clock of a machine that can sleep. `pass` lets time go by from timer to timer. `sleep` jumps: every timer that came due
 * meanwhile fires at once when the machine wakes, and none of the woken fibers runs before the last of them has fired.
 */
export const sleepingClock = () => {
  let now = 0
  const timers = new Set<{ readonly at: number; readonly fire: () => void }>()
  const due = (end: number) => [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
  const turns = Effect.gen(function* () {
    for (let turn = 0; turn < 200; turn++) yield* Effect.yieldNow
  })
  const nanos = () => BigInt(Math.round(now)) * 1_000_000n
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: () => now,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.callback((resume) => {
        if (Duration.toMillis(duration) <= 0) return resume(Effect.void)
        const timer = { at: now + Duration.toMillis(duration), fire: () => resume(Effect.void) }
        timers.add(timer)
        return Effect.sync(() => timers.delete(timer))
      })
  }
  const pass = Effect.fnUntraced(function* (duration: Duration.Input) {
    const end = now + Duration.toMillis(Duration.fromInputUnsafe(duration))
    yield* turns
    for (let next = due(end)[0]; next !== undefined; next = due(end)[0]) {
      now = Math.max(now, next.at)
      timers.delete(next)
      next.fire()
      yield* turns
    }
    now = end
  })
  const sleep = Effect.fnUntraced(function* (duration: Duration.Input) {
    now += Duration.toMillis(Duration.fromInputUnsafe(duration))
    for (const timer of due(now)) {
      timers.delete(timer)
      timer.fire()
    }
    yield* turns
  })
  return { pass, sleep, provide: Effect.provideService(Clock.Clock, clock) }
}
