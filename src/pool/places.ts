// A bounded number of places, given to those who wait in the order in which they came.
// A place is taken and given back at any time and by anybody, which a section around one effect could not do.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

interface Waiter {
  readonly granted: Deferred.Deferred<void>
  hasPlace: boolean
}

export class Places {
  #free: number
  readonly #waiters = new Set<Waiter>()

  constructor(count: number) {
    this.#free = count
  }

  /** Takes a place. Run it where interruption is off: only the wait is made interruptible, with `restore`. */
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
    const [next] = this.#waiters
    if (next === undefined) this.#free += 1
    else this.#grant(next)
  }

  /** Gives everybody who waits a place, however many there are. */
  open(): void {
    for (const waiter of this.#waiters) this.#grant(waiter)
  }

  #grant(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    waiter.hasPlace = true
    Deferred.doneUnsafe(waiter.granted, Effect.void)
  }
}
