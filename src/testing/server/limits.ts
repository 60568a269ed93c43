// Limits of calls a minute: one bucket for each kind of endpoint, shared by all clients. A bucket begins full and refills
// evenly, as those of the API.

/**
 * Limits that an emulator enforces with 429. Default: none.
 *
 * @category options
 * @since 0.1.0
 */
export interface Limits {
  /** Calls a minute of each kind of endpoint. A refused call does not count. */
  readonly callsPerMinute?: { readonly [kind in Kind]?: number | undefined } | undefined
  /** Requests of all batches together that wait to be processed. A create call over it is refused whole. */
  readonly queuedBatchRequests?: number | undefined
}

type Kind = "batches" | "messages" | "countTokens" | "files" | "models" | "skills"

const kindOf = (path: string): Kind | undefined => {
  if (/^\/v1\/messages\/batches(\/|$)/.test(path)) return "batches"
  if (path === "/v1/messages/count_tokens") return "countTokens"
  if (path === "/v1/messages") return "messages"
  if (/^\/v1\/files(\/|$)/.test(path)) return "files"
  if (/^\/v1\/skills(\/|$)/.test(path)) return "skills"
  return /^\/v1\/models(\/|$)/.test(path) ? "models" : undefined
}

/** What is left of a limit, after a call. */
export interface Allowance {
  readonly limit: number
  readonly remaining: number
  /** When the bucket is full again, in milliseconds. */
  readonly resetAt: number
  /** For a call over the limit: the seconds until the next call is allowed. */
  readonly retryAfter: number | undefined
}

export interface CallLimits {
  /** Counts a call, and returns what is left of its limit, or undefined if it has none. */
  readonly take: (path: string, now: number) => Allowance | undefined
}

export const makeCallLimits = (callsPerMinute: Limits["callsPerMinute"] = {}): CallLimits => {
  const buckets = new Map<Kind, { left: number; at: number }>()
  return {
    take: (path, now) => {
      const kind = kindOf(path)
      const limit = kind === undefined ? undefined : callsPerMinute[kind]
      if (kind === undefined || limit === undefined) return undefined
      const perMilli = limit / 60_000
      const bucket = buckets.get(kind) ?? { left: limit, at: now }
      buckets.set(kind, bucket)
      bucket.left = Math.min(limit, bucket.left + Math.max(0, now - bucket.at) * perMilli)
      bucket.at = now
      const isAllowed = bucket.left >= 1
      if (isAllowed) bucket.left -= 1
      return {
        limit,
        remaining: Math.floor(bucket.left),
        resetAt: now + Math.ceil((limit - bucket.left) / perMilli),
        retryAfter: isAllowed ? undefined : Math.ceil((1 - bucket.left) / perMilli / 1000)
      }
    }
  }
}
