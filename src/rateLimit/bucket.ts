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
  /** The amount that was left at `at`. It is negative after a draw of more than the limit. */
  private level: number
  private at: number
  private fullAt: number | undefined

  constructor(limit: number, now: number) {
    this.limit = limit
    this.level = limit
    this.at = now
  }

  private get perMilli(): number {
    return this.limit / periodMillis
  }

  available(now: number): number {
    if (this.fullAt !== undefined && now >= this.fullAt) return this.limit
    return Math.min(this.limit, this.level + this.perMilli * Math.max(0, now - this.at))
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
    const byRate = missing / this.perMilli
    return Math.ceil(this.fullAt === undefined ? byRate : Math.min(byRate, this.fullAt - now))
  }

  draw(amount: number, now: number): void {
    this.set(this.available(now) - amount, now)
    // The drawn amount has to be refilled, too.
    if (this.fullAt !== undefined) this.fullAt = Math.max(this.fullAt, now) + amount / this.perMilli
  }

  giveBack(amount: number, now: number): void {
    this.set(this.available(now) + amount, now)
  }

  /** Uses the values of the server. `pending` is the amount of calls that the answer cannot include yet. */
  settle({ fullAt, limit, remaining }: Reading, pending: number, now: number): void {
    const before = this.available(now)
    this.limit = limit
    const isFull = fullAt !== undefined && fullAt <= now
    if (isFull || remaining !== undefined) {
      this.set((isFull ? limit : Math.min(remaining ?? limit, limit)) - pending, now)
      this.fullAt = fullAt === undefined || isFull ? undefined : fullAt + pending / this.perMilli
    } else this.set(before, now)
  }
}
