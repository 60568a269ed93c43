// Reads the headers of a response: how long to wait, and what is left of the rate limits.
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Headers from "effect/http/Headers"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { RateLimit, RateLimitWindow } from "../AnthropicError.ts"

export type ResponseHeaders = { readonly [name: string]: string }

const finite = (text: string | undefined): number | undefined => {
  if (text === undefined || text.trim() === "") return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/**
 * The wait that the server asks for: `retry-after-ms`, then `retry-after` in seconds or as an HTTP date. `now` is in
 * milliseconds since the epoch.
 */
export const retryAfter = (headers: ResponseHeaders, now: number): Duration.Duration | undefined => {
  const millis = finite(headers["retry-after-ms"])
  if (millis !== undefined && millis > 0) return Duration.millis(millis)
  const text = headers["retry-after"]
  if (text === undefined) return undefined
  const seconds = finite(text)
  if (seconds !== undefined) return seconds > 0 ? Duration.millis(seconds * 1000) : undefined
  const date = Headers.parseHttpDate(text)
  const left = Result.isSuccess(date) ? DateTime.toEpochMillis(date.success) - now : 0
  return left > 0 ? Duration.millis(left) : undefined
}

const window = /^anthropic-(?:ratelimit-|(priority|fast)-)([a-z-]+)-(limit|remaining|reset)$/

export const rateLimit = (headers: ResponseHeaders): RateLimit | undefined => {
  const windows = new Map<string, { -readonly [Key in keyof RateLimitWindow]: RateLimitWindow[Key] }>()
  for (const name in headers) {
    if (!name.startsWith("anthropic-")) continue
    const match = window.exec(name)
    if (match === null) continue
    const value = headers[name] ?? ""
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
