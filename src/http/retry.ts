// Decides when a call is repeated, and after how long: by the effect of repeating it, and by the fate of the failed attempt.
// The tables of this file are the whole policy. `x-should-retry` and the codes take precedence over the statuses.
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type { CallWatch, RetrySettings } from "../Anthropic.ts"
import type { IndeterminateError } from "../AnthropicError.ts"

/**
 * The effect of repeating a call: none (`idempotent`), a second charge (`generating`), or a second resource (`creating`).
 *
 * @category models
 * @since 0.1.0
 */
export type OperationKind = "idempotent" | "generating" | "creating"

/**
 * The fate of a failed attempt.
 *
 * - `unsent`: no connection was made, so nothing was sent.
 * - `refused`: the server says that the call was not carried out, and that it may succeed later.
 * - `unknown`: the call may have been carried out.
 * - `answered`: the call was carried out, and its answer is broken or is not the resource.
 * - `final`: the call was not carried out, and waiting does not change that.
 */
export type Fate = "unsent" | "refused" | "unknown" | "answered" | "final"

/** A failed attempt. An error that leaves the result of a call unknown can be the cause of an `IndeterminateError`. */
export type Failure<E> =
  | { readonly fate: "unsent" | "refused" | "final"; readonly error: E }
  | { readonly fate: "unknown" | "answered"; readonly error: IndeterminateError["cause"] }

/** An attempt that ended because the source of its body failed. */
export interface SourceFailure<E> {
  readonly fate: "source"
  readonly error: E
}

/**
 * Whether a call is repeated, by its kind and the fate of its attempt, if the error is retryable. A generating call is
 * treated as a creating one if the settings limit it to sure cases. A `final` error is retryable only if `x-should-retry`
 * says so, and that header does not know what a creating call has created.
 */
const repeats: { readonly [kind in OperationKind]: { readonly [fate in Fate]: boolean } } = {
  idempotent: { unsent: true, refused: true, unknown: true, answered: true, final: true },
  generating: { unsent: true, refused: true, unknown: true, answered: false, final: true },
  creating: { unsent: true, refused: true, unknown: false, answered: false, final: false }
}

/** The fate of a call by its status. Other statuses from 500 are unknown, and all others are final. */
const statusFates = new Map<number, "refused" | "unknown">([
  [408, "unknown"],
  [409, "unknown"],
  [429, "refused"],
  [529, "refused"]
])

/** Codes of a 429 or 409 that do not change by waiting. */
const lastingCodes = new Set([
  "enforced_spend_limit_reached",
  "contract_spend_limit_reached",
  "skill_read_blocked_undecryptable"
])

export interface ErrorResponse {
  readonly status: number
  readonly errorCode: string | undefined
  /** The `x-should-retry` header. */
  readonly shouldRetry: string | undefined
}

const isLasting = (errorCode: string | undefined): boolean => errorCode !== undefined && lastingCodes.has(errorCode)

export const fateOf = ({ errorCode, status }: ErrorResponse): "refused" | "unknown" | "final" => {
  const fate = statusFates.get(status) ?? (status >= 500 ? "unknown" : "final")
  return fate === "refused" && isLasting(errorCode) ? "final" : fate
}

/** Whether the same call may succeed later, by `x-should-retry`, then by the code, then by the status. */
export const isTransient = (response: ErrorResponse): boolean => {
  if (response.shouldRetry === "true") return true
  if (response.shouldRetry === "false") return false
  return fateOf(response) !== "final" && !isLasting(response.errorCode)
}

interface RetryableError {
  readonly isRetryable: boolean
  readonly retryAfter?: Duration.Duration | undefined
}

type Failed = Failure<RetryableError> | SourceFailure<unknown>

const isRepeated = (kind: OperationKind, failed: Failure<RetryableError>, settings: RetrySettings): boolean =>
  failed.error.isRetryable &&
  repeats[kind === "generating" && settings.generating === "sure" ? "creating" : kind][failed.fate]

/**
 * How long to wait before the next attempt, or none if the failure is to be reported. `retries` is the number of retries so
 * far.
 */
export const delayBeforeRetry = (
  kind: OperationKind,
  failed: Failure<RetryableError>,
  retries: number,
  settings: RetrySettings
): Effect.Effect<Option.Option<Duration.Duration>> => {
  if (!(retries < settings.maxRetries) || !isRepeated(kind, failed, settings)) return Effect.succeedNone
  const asked = "retryAfter" in failed.error ? failed.error.retryAfter : undefined
  if (asked !== undefined) {
    return Effect.succeed(Duration.isGreaterThan(asked, settings.maxServerDelay) ? Option.none() : Option.some(asked))
  }
  const delay = Duration.min(Duration.times(settings.initialDelay, 2 ** retries), settings.maxDelay)
  return Effect.map(Random.next, (random) => Option.some(Duration.times(delay, 1 - random / 4)))
}

/** The schedule of the repetitions of a call. The input of each step is the last failed attempt. */
export const schedule = (
  kind: OperationKind,
  settings: RetrySettings,
  onRetry?: CallWatch["onRetry"]
): Schedule.Schedule<number, Failed> =>
  Schedule.fromStepWithMetadata(
    Effect.succeed(({ attempt, input }: Schedule.InputMetadata<Failed>) => {
      if (input.fate === "source") return Cause.done(attempt)
      return Effect.flatMap(
        delayBeforeRetry(kind, input, attempt - 1, settings),
        Option.match({
          onNone: () => Cause.done(attempt),
          onSome: (delay) => {
            const step: [number, Duration.Duration] = [attempt, delay]
            return onRetry === undefined ? Effect.succeed(step) : Effect.as(onRetry(input.error, delay), step)
          }
        })
      )
    })
  )
