// Runs the effects that decode many answers. Most of them are an `Exit` already, and need no fiber. Steps of a schema that
// have effects may wait, so several run at once.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/** How many effects run at once. */
const concurrency = 16

const isDone = <A, E, R>(effect: Effect.Effect<A, E, R>): effect is Exit.Success<A, E> =>
  Exit.isExit(effect) && Exit.isSuccess(effect)

/** Runs effects, and returns their values in the same order. */
export const runAll = <A, E, R>(
  effects: ReadonlyArray<Effect.Effect<A, E, R>>
): Effect.Effect<ReadonlyArray<A>, E, R> => {
  const values: Array<A> = []
  for (const effect of effects) {
    if (!isDone(effect)) return Effect.forEach(effects, (each) => each, { concurrency })
    values.push(effect.value)
  }
  return Effect.succeed(values)
}
