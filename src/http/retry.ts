import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type { RetrySettings } from "../Anthropic.ts"
import type { IndeterminateError } from "../AnthropicError.ts"

/**
 * What repeating a call can do: nothing (`idempotent`), cost money again (`generating`), or make a second resource
 * (`creating`).
 */
export type OperationKind = "idempotent" | "generating" | "creating"

/**
 * What became of an attempt that failed: the call was surely not carried out (`refused`), it may have been (`unknown`), it
 * was and its answer broke off (`answered`), or repeating it changes nothing (`final`).
 */
export type Failure<E> =
  | { readonly fate: "refused" | "final"; readonly error: E }
  | { readonly fate: "unknown" | "answered"; readonly error: IndeterminateError["cause"] }

/** An attempt that ended because the source of its body failed. */
export interface SourceFailure<E> {
  readonly fate: "source"
  readonly error: E
}

/** Codes of a 429 or 409 that waiting does not clear. */
const lastingCodes = new Set([
  "enforced_spend_limit_reached",
  "contract_spend_limit_reached",
  "skill_read_blocked_undecryptable"
])

const isTransientStatus = (status: number): boolean =>
  status === 408 || status === 409 || status === 429 || status >= 500

export interface ErrorResponse {
  readonly status: number
  readonly errorCode: string | undefined
  /** The `x-should-retry` header. */
  readonly shouldRetry: string | undefined
}

/** Whether the same call may succeed later: `x-should-retry` decides, then the code, then the status. */
export const isTransient = ({ status, errorCode, shouldRetry }: ErrorResponse): boolean => {
  if (shouldRetry === "true") return true
  if (shouldRetry === "false") return false
  return isTransientStatus(status) && !(errorCode !== undefined && lastingCodes.has(errorCode))
}

export const fateOf = (response: ErrorResponse): "refused" | "unknown" | "final" => {
  if (response.status === 429 || response.status === 529 || response.shouldRetry === "true") return "refused"
  return isTransientStatus(response.status) ? "unknown" : "final"
}

const isRepeatable = (
  kind: OperationKind,
  { error, fate }: Failure<{ readonly isRetryable: boolean }>,
  settings: RetrySettings
): boolean => {
  if (!error.isRetryable) return false
  if (kind === "idempotent") return true
  if (kind === "creating" || settings.generating === "sure") return fate === "refused"
  return fate !== "answered"
}

/**
 * How long to wait before the next attempt, or nothing when the failure is to be reported. `retries` counts those already
 * made.
 */
export const delayBeforeRetry = (
  kind: OperationKind,
  failure: Failure<{ readonly isRetryable: boolean; readonly retryAfter?: Duration.Duration | undefined }>,
  retries: number,
  settings: RetrySettings
): Effect.Effect<Option.Option<Duration.Duration>> => {
  if (!(retries < settings.maxRetries) || !isRepeatable(kind, failure, settings)) return Effect.succeedNone
  const asked = "retryAfter" in failure.error ? failure.error.retryAfter : undefined
  if (asked !== undefined) {
    return Effect.succeed(Duration.isGreaterThan(asked, settings.maxServerDelay) ? Option.none() : Option.some(asked))
  }
  const delay = Duration.min(Duration.times(settings.initialDelay, 2 ** retries), settings.maxDelay)
  return Effect.map(Random.next, (random) => Option.some(Duration.times(delay, 1 - random / 4)))
}
