// Decides which failures of a watch are tolerated, and for how long. An answer that is not the API's own says nothing about
// the batch, so it is an outage once the batch was seen.
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { RequestError } from "../AnthropicError.ts"

/**
 * A failed look at a batch that is tolerated: watching looks again.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outage {
  readonly batchId: string
  /** The error of the newest look. */
  readonly error: RequestError
  /** When the first look of this outage began. */
  readonly since: DateTime.Utc
  /** How many looks failed in a row. Starts at 1. */
  readonly failures: number
  /** How long watching waits before the next look. */
  readonly delay: Duration.Duration
}

/** How long a not-found is tolerated for a batch that may not exist, in milliseconds from the start of watching. */
const notFoundGrace = 30_000

const longestDelay = Duration.minutes(1)

/**
 * One second, doubled with each failure, up to a minute; longer if the server asks for it, but not beyond the outage that is
 * tolerated, of which `left` milliseconds are left.
 */
const delayAfter = (failures: number, error: RequestError, left: number): Duration.Duration => {
  const own = Duration.min(Duration.times(Duration.seconds(1), 2 ** (failures - 1)), longestDelay)
  const asked = ("retryAfter" in error ? error.retryAfter : undefined) ?? Duration.zero
  return Duration.max(own, Duration.min(asked, Duration.millis(left)))
}

/** Whether an error is the API's own answer. A page of a proxy has no `error.type`. */
const isApiAnswer = (error: RequestError): boolean => "type" in error && error.type !== undefined

const isMissing = (error: RequestError): boolean => error._tag === "NotFoundError" && isApiAnswer(error)

/** Whether looking again may help once the batch was seen. */
const mayPass = (error: RequestError): boolean => {
  if (error._tag === "RequestRefusedError") return false
  if (error._tag === "CredentialsError") return error.reason === "unavailable"
  return error.isRetryable || !isApiAnswer(error)
}

/** What a watch knows at its start. Times are in milliseconds since the epoch. */
interface Facts {
  readonly batchId: string
  readonly startedAt: number
  readonly maxOutage: number
  /** Whether the batch surely exists and is not deleted. */
  readonly isKnown: boolean
  readonly wasSeen: boolean
}

/** The failures of one watch. */
export class Outages {
  readonly #facts: Facts
  #wasRetrieved = false
  #wasSeen: boolean
  /** When the first look of the current outage began, plus the time that the machine slept since. */
  #since = 0
  #failures = 0

  constructor(facts: Facts) {
    this.#facts = facts
    this.#wasSeen = facts.wasSeen || facts.isKnown
  }

  /** Ends the outage, because a look succeeded. */
  clear(): void {
    this.#wasRetrieved = true
    this.#wasSeen = true
    this.#failures = 0
  }

  /** Leaves out the time that the machine slept, which is not part of an outage. */
  skip(millis: number): void {
    this.#since += Math.max(millis, 0)
  }

  /** Records a failed look that began at `began`. Returns the outage, or undefined if the failure is not tolerated. */
  add(error: RequestError, began: number): Outage | undefined {
    if (this.#failures === 0) this.#since = began
    if (!this.#isRiddenOut(error, began)) return undefined
    this.#failures += 1
    return {
      batchId: this.#facts.batchId,
      error,
      since: DateTime.makeUnsafe(this.#since),
      failures: this.#failures,
      delay: delayAfter(this.#failures, error, this.#since + this.#facts.maxOutage - began)
    }
  }

  #isRiddenOut(error: RequestError, began: number): boolean {
    const { isKnown, maxOutage, startedAt } = this.#facts
    if (isMissing(error) && !isKnown) return !this.#wasRetrieved && began - startedAt < notFoundGrace
    const isOutage = isMissing(error) || (this.#wasSeen ? mayPass(error) : error.isRetryable)
    return isOutage && began - this.#since < maxOutage
  }
}
