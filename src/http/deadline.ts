// What an attempt waits for, and how long at most: the head of a response, then each chunk of its body.
// One fiber watches the time of a whole attempt, because a timeout around every wait costs as much as a small call.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export class Deadline<E> {
  readonly #clock: Clock.Clock
  /** No wait is shorter than this, so that one that begins while the watch sleeps is not missed. In milliseconds. */
  readonly #shortest: number
  /** When the wait began, or went on, in milliseconds since the epoch; nothing while nothing is waited for. */
  #since: number | undefined
  #limit = 0
  #onExpired: () => E

  constructor(clock: Clock.Clock, limits: ReadonlyArray<Duration.Duration>, onExpired: () => E) {
    this.#clock = clock
    this.#shortest = Math.max(1, Math.min(...limits.map(Duration.toMillis)))
    this.#onExpired = onExpired
  }

  /** Begins to wait, for one of the limits that the deadline was made with. */
  start(limit: Duration.Duration, onExpired: () => E = this.#onExpired): void {
    this.#limit = Duration.toMillis(limit)
    this.#onExpired = onExpired
    this.#since = this.#clock.currentTimeMillisUnsafe()
  }

  /** Something came, or went: the time of a wait starts anew. */
  touch(): void {
    if (this.#since !== undefined) this.#since = this.#clock.currentTimeMillisUnsafe()
  }

  /** Nothing is waited for. */
  stop(): void {
    this.#since = undefined
  }

  /** How long the wait has lasted, in milliseconds. */
  get waited(): number {
    return this.#since === undefined ? 0 : this.#clock.currentTimeMillisUnsafe() - this.#since
  }

  /** Fails when a wait lasts too long. */
  readonly expired: Effect.Effect<never, E> = Effect.suspend(() => {
    const left = this.#since === undefined ? this.#shortest : this.#limit - this.waited
    if (left <= 0) return Effect.fail(this.#onExpired())
    return Effect.andThen(Effect.sleep(Math.min(left, this.#shortest)), this.expired)
  })
}

export const makeDeadline = <E>(
  limits: ReadonlyArray<Duration.Duration>,
  onExpired: () => E
): Effect.Effect<Deadline<E>> => Effect.map(Clock.Clock, (clock) => new Deadline(clock, limits, onExpired))
