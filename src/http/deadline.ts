// The timeouts of an attempt: for the head of a response, then for each chunk of its body. One fiber watches the time of a
// whole attempt, because a timeout around every wait costs as much as a small call.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export class Deadline<E> {
  readonly #clock: Clock.Clock
  /**
   * The shortest limit of a wait, in milliseconds. The watch sleeps no longer, so that it does not miss a wait that begins
   * meanwhile.
   */
  readonly #shortest: number
  /** When the wait began or was renewed, in milliseconds since the epoch. Undefined while nothing is waited for. */
  #since: number | undefined
  #limit = Duration.zero
  #onExpired: () => E

  constructor(clock: Clock.Clock, limits: ReadonlyArray<Duration.Duration>, onExpired: () => E) {
    this.#clock = clock
    this.#shortest = Math.max(1, Math.min(...limits.map(Duration.toMillis)))
    this.#onExpired = onExpired
  }

  /** Begins a wait with one of the limits that the deadline was made with. */
  start(limit: Duration.Duration, onExpired: () => E = this.#onExpired): void {
    this.#limit = limit
    this.#onExpired = onExpired
    this.#since = this.#clock.currentTimeMillisUnsafe()
  }

  /** Starts the time of the wait again, because something was sent or received. */
  touch(): void {
    if (this.#since !== undefined) this.#since = this.#clock.currentTimeMillisUnsafe()
  }

  /** Ends the wait. */
  stop(): void {
    this.#since = undefined
  }

  /** How long the wait has lasted, in milliseconds. */
  get waited(): number {
    return this.#since === undefined ? 0 : this.#clock.currentTimeMillisUnsafe() - this.#since
  }

  /** Fails when a wait lasts too long. */
  readonly expired: Effect.Effect<never, E> = Effect.suspend(() => {
    const left = this.#since === undefined ? this.#shortest : Duration.toMillis(this.#limit) - this.waited
    if (left <= 0) return Effect.fail(this.#onExpired())
    return Effect.andThen(Effect.sleep(Math.min(left, this.#shortest)), this.expired)
  })
}

export const makeDeadline = <E>(
  limits: ReadonlyArray<Duration.Duration>,
  onExpired: () => E
): Effect.Effect<Deadline<E>> => Effect.map(Clock.Clock, (clock) => new Deadline(clock, limits, onExpired))
