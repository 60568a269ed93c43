// Lets a fiber wait for a change, without missing a change between its check and its wait.
import type * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"

export class Signal {
  #latch = Latch.makeUnsafe(false)

  /** Waits for the first change after this value was taken. */
  get changed(): Effect.Effect<void> {
    return this.#latch.await
  }

  notify(): void {
    const waiting = this.#latch
    this.#latch = Latch.makeUnsafe(false)
    waiting.openUnsafe()
  }
}
