// Puts outcomes into the order of their items: each waits for all outcomes before it.
import type { Outcome } from "../run/outcome.ts"

/** Makes a function that takes outcomes as they come, and returns those that are next in order. */
export const makeOrder = <A, B>(): ((outcomes: ReadonlyArray<Outcome<A, B>>) => ReadonlyArray<Outcome<A, B>>) => {
  const waiting = new Map<number, Outcome<A, B>>()
  let next = 0
  return (outcomes) => {
    for (const outcome of outcomes) waiting.set(outcome.position, outcome)
    const ready: Array<Outcome<A, B>> = []
    for (let outcome = waiting.get(next); outcome !== undefined; outcome = waiting.get(next)) {
      waiting.delete(next)
      ready.push(outcome)
      next += 1
    }
    return ready
  }
}
