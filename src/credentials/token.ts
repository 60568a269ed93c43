// A token, and where it comes from.
// Times are in milliseconds since the epoch, by this machine's clock.
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { CredentialsError } from "../AnthropicError.ts"

export interface Token {
  readonly value: Redacted.Redacted
  /** Undefined for a token that does not expire. */
  readonly expiresAt: number | undefined
  /** Its lifetime from its issue, in milliseconds. Undefined if it is unknown. */
  readonly lifetime: number | undefined
}

/** Fetches a token other than the one that a server rejected. */
export type FetchToken = (rejected: string | undefined) => Effect.Effect<Token, CredentialsError>

/** A token with less time left than this is renewed in the background. */
export const advisoryMillis = 120_000

/** A token with less time left than this is renewed before it is used. */
export const mandatoryMillis = 30_000

/** How long a token can still be used. */
export const left = (token: Token, now: number): number => (token.expiresAt ?? Number.POSITIVE_INFINITY) - now

export const fail = (reason: CredentialsError["reason"], description: string): CredentialsError =>
  new CredentialsError({ reason, description })

export const outage = (description: string): CredentialsError =>
  new CredentialsError({ reason: "unavailable", description, isRetryable: true })
