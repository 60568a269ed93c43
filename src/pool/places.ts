// A bounded number of places, given to waiting callers in the order of their arrival. One fiber can take a place and another
// one can give it back, which a semaphore around one effect does not allow.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

interface Waiter {
  readonly granted: Deferred.Deferred<void>
  hasPlace: boolean
}

export class Places {
  #free: number
  readonly #waiters = new Set<Waiter>()
  /** The first waiter. A new iterator for each would pass all places in the set whose waiter was removed. */
  #first = this.#waiters.values()

  constructor(count: number) {
    this.#free = count
  }

  /** Takes a place. Run it uninterruptibly: only the wait is made interruptible, with `restore`. */
  take(restore: (wait: Effect.Effect<void>) => Effect.Effect<void>): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#free > 0) {
        this.#free -= 1
        return Effect.void
      }
      const waiter: Waiter = { granted: Deferred.makeUnsafe(), hasPlace: false }
      this.#waiters.add(waiter)
      return Effect.onInterrupt(restore(Deferred.await(waiter.granted)), () =>
        Effect.sync(() => {
          this.#waiters.delete(waiter)
          if (waiter.hasPlace) this.release()
        })
      )
    })
  }

  release(): void {
    const next = this.#next()
    if (next === undefined) this.#free += 1
    else this.#grant(next)
  }

  #next(): Waiter | undefined {
    const { value } = this.#first.next()
    if (value !== undefined) return value
    // An iterator that has ended does not see waiters that came later.
    this.#first = this.#waiters.values()
    return this.#first.next().value
  }

  /** Gives a place to all who wait, even if there are too few. */
  open(): void {
    for (const waiter of this.#waiters) this.#grant(waiter)
  }

  #grant(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    waiter.hasPlace = true
    Deferred.doneUnsafe(waiter.granted, Effect.void)
  }
}
