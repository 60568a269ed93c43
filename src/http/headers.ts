import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { RateLimit, RateLimitWindow } from "../AnthropicError.ts"

export type ResponseHeaders = { readonly [name: string]: string }

const finite = (text: string | undefined): number | undefined => {
  if (text === undefined || text.trim() === "") return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`, and the older forms; `Date.parse` alone finds a date in almost anything. */
const httpDate = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i

/**
 * The wait that the server asks for: `retry-after-ms`, then `retry-after` in seconds or as an HTTP date. `now` is in
 * milliseconds since the epoch.
 */
export const retryAfter = (headers: ResponseHeaders, now: number): Duration.Duration | undefined => {
  const millis = finite(headers["retry-after-ms"])
  if (millis !== undefined && millis > 0) return Duration.millis(millis)
  const text = headers["retry-after"]
  const seconds = finite(text)
  if (seconds !== undefined) return seconds > 0 ? Duration.millis(seconds * 1000) : undefined
  const date = text !== undefined && httpDate.test(text) ? Date.parse(text) : Number.NaN
  return date > now ? Duration.millis(date - now) : undefined
}

const window = /^anthropic-(?:ratelimit-|(priority|fast)-)([a-z-]+)-(limit|remaining|reset)$/

export const rateLimit = (headers: ResponseHeaders): RateLimit | undefined => {
  const windows = new Map<string, { -readonly [Key in keyof RateLimitWindow]: RateLimitWindow[Key] }>()
  for (const [name, value] of Object.entries(headers)) {
    const match = window.exec(name)
    if (match === null) continue
    const key = [match[1], match[2]?.replaceAll("-", "_")].filter((part) => part !== undefined).join("_")
    const found = match[3] === "reset" ? Option.getOrUndefined(DateTime.make(value)) : finite(value)
    if (found === undefined) continue
    const entry = windows.get(key) ?? {}
    windows.set(key, entry)
    if (typeof found !== "number") entry.reset = DateTime.toUtc(found)
    else if (match[3] === "limit") entry.limit = found
    else entry.remaining = found
  }
  return windows.size === 0 ? undefined : Object.fromEntries(windows)
}
