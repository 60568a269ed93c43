// A token bucket: the remaining amount of one limit, by this machine's clock. The server's values replace it; between two
// answers it is an estimate.

/** Limits are per minute, and a bucket refills continuously. */
export const periodMillis = 60_000

/**
 * How full a bucket must be for a call whose estimate exceeds the limit. Either the estimate is wrong, or the server refuses
 * the call.
 */
const nearlyFull = 0.9

/** The values of one limit in a response, by this machine's clock. */
export interface Reading {
  readonly limit: number
  readonly remaining: number | undefined
  /** When the bucket is full again, in milliseconds since the epoch. */
  readonly fullAt: number | undefined
}

export class Bucket {
  limit: number
  /** The amount that was left at `at`. It is negative if the calls under way have drawn more. */
  private level: number
  private at: number
  private fullAt: number | undefined

  constructor(limit: number, now: number) {
    this.limit = limit
    this.level = limit
    this.at = now
  }

  /** Milliseconds in which an amount comes back. An amount up to the limit never takes longer than the period. */
  private refill(amount: number): number {
    return (amount * periodMillis) / this.limit
  }

  available(now: number): number {
    if (this.fullAt !== undefined && now >= this.fullAt) return this.limit
    return Math.min(this.limit, this.level + (Math.max(0, now - this.at) * this.limit) / periodMillis)
  }

  private set(level: number, now: number): void {
    this.level = Math.min(level, this.limit)
    this.at = now
  }

  /** Milliseconds until this amount can be drawn. */
  waitFor(amount: number, now: number): number {
    const needed = amount > this.limit ? this.limit * nearlyFull : amount
    const missing = needed - this.available(now)
    if (missing <= 0) return 0
    const byRate = this.refill(missing)
    return Math.ceil(this.fullAt === undefined ? byRate : Math.min(byRate, this.fullAt - now))
  }

  /** Draws an amount, but at most the limit, because no call can use more. Returns what was drawn. */
  draw(amount: number, now: number): number {
    const drawn = Math.min(amount, this.limit)
    this.set(this.available(now) - drawn, now)
    // The drawn amount has to be refilled, too.
    if (this.fullAt !== undefined) this.fullAt = Math.max(this.fullAt, now) + this.refill(drawn)
    return drawn
  }

  /** Gives back what a call has drawn. */
  giveBack(amount: number, now: number): void {
    const given = Math.min(amount, this.limit)
    this.set(this.available(now) + given, now)
    if (this.fullAt !== undefined) this.fullAt -= this.refill(given)
  }

  /** Uses the values of the server. `pending` is the amount of calls that the answer cannot include yet. */
  settle({ fullAt, limit, remaining }: Reading, pending: number, now: number): void {
    const before = this.available(now)
    this.limit = limit
    const isFull = fullAt !== undefined && fullAt <= now
    if (isFull || remaining !== undefined) {
      this.set((isFull ? limit : Math.min(remaining ?? limit, limit)) - pending, now)
      this.fullAt = fullAt === undefined || isFull ? undefined : fullAt + this.refill(pending)
    } else this.set(before, now)
  }
}
