import type { NonEmptyReadonlyArray } from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Pull from "effect/Pull"
import * as Stream from "effect/Stream"

/**
 * Fails when the stream is asked for more and gives nothing for a time; a slow reader does not count against it.
 *
 * One fiber pulls on demand and one watches the time. A timeout around every pull would start two fibers and a timer for
 * each chunk, which costs as much as decoding it.
 */
export const timeoutIdle = <A, E, E2>(
  self: Stream.Stream<A, E>,
  timeout: Duration.Duration,
  onIdle: () => E2
): Stream.Stream<A, E | E2> =>
  Stream.transformPull(self, (pull, scope) =>
    Effect.gen(function* () {
      type Answer = Pull.Pull<NonEmptyReadonlyArray<A>, E | E2>
      const clock = yield* Clock.Clock
      const limit = Duration.toMillis(timeout)
      let waitingSince: number | undefined
      let answer: ((answer: Answer) => void) | undefined
      let wake: (() => void) | undefined

      const give = (chunk: Answer): void => {
        const resume = answer
        answer = undefined
        waitingSince = undefined
        resume?.(chunk)
      }
      const demand = Effect.callback<void>((resume) => {
        if (answer !== undefined) resume(Effect.void)
        else wake = () => resume(Effect.void)
      })
      const pump = Effect.gen(function* () {
        while (true) {
          yield* demand
          const chunk = yield* Effect.exit(pull)
          give(chunk)
          if (Exit.isFailure(chunk)) return
        }
      })
      const watchdog = Effect.gen(function* () {
        while (true) {
          const since = waitingSince ?? clock.currentTimeMillisUnsafe()
          const left = since + limit - clock.currentTimeMillisUnsafe()
          if (left <= 0) return give(Effect.fail(onIdle()))
          yield* Effect.sleep(left)
        }
      })
      yield* Effect.forkIn(pump, scope, { startImmediately: true })
      yield* Effect.forkIn(watchdog, scope, { startImmediately: true })

      return Effect.callback<NonEmptyReadonlyArray<A>, E | E2 | Cause.Done>((resume) => {
        const start = wake
        wake = undefined
        answer = resume
        waitingSince = clock.currentTimeMillisUnsafe()
        start?.()
      })
    })
  )
