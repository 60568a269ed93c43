// Lets virtual time pass until a fiber has ended. Between steps the real event loop turns, for what is not on the clock.
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"

const turn = Effect.callback<void>((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})

/** Advances the clock in steps until the fiber has ended. */
export const advanceUntilDone = <A, E>(
  fiber: Fiber.Fiber<A, E>,
  step: Duration.Input = "30 seconds",
  maxSteps = 20_000
): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let steps = 0; fiber.pollUnsafe() === undefined; steps++) {
      if (steps >= maxSteps) return yield* Effect.die(new Error(`the fiber has not ended after ${steps} steps`))
      yield* turn
      yield* turn
      yield* TestClock.adjust(step)
    }
  })

/** Runs an effect while virtual time passes. */
export const passing = <A, E, R>(self: Effect.Effect<A, E, R>, step?: Duration.Input): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(self)
    yield* advanceUntilDone(fiber, step)
    return yield* Fiber.join(fiber)
  })
