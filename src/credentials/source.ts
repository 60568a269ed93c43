// One token for all calls: fetched once even if many calls need it, renewed before it expires, and renewed after a 401. The
// fetch runs in the scope of the source, so that interrupting the call that started it does not affect other calls.
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as Anthropic from "../Anthropic.ts"
import type { CredentialsError } from "../AnthropicError.ts"
import { oauthBeta } from "./exchange.ts"
import { advisoryMillis, type FetchToken, fail, left, mandatoryMillis, type Token } from "./token.ts"

/** How long the token endpoint is not called after a failure, in milliseconds. */
const pauseMillis = 5_000

/**
 * A token with a short lifetime is renewed with half of it left, and waited for with a quarter left. Otherwise it would
 * always be renewed.
 */
const thresholds = ({ lifetime = Number.POSITIVE_INFINITY }: Token) => ({
  advisory: Math.min(advisoryMillis, lifetime / 2),
  mandatory: Math.min(mandatoryMillis, lifetime / 4)
})

const isUnauthorized = (failure: { readonly error: unknown }): boolean =>
  Predicate.hasProperty(failure.error, "status") && failure.error.status === 401

const valueOf = (token: Token | undefined): string | undefined =>
  token === undefined ? undefined : Redacted.value(token.value)

type Flight = Deferred.Deferred<Token, CredentialsError>

class Source {
  readonly #fetch: FetchToken
  readonly #scope: Scope.Scope
  #held: Token | undefined
  #flight: Flight | undefined
  /** The token that a server rejected last. */
  #rejected: string | undefined
  /** When the token endpoint may be called again after a failure. */
  #notBefore = 0
  #isClosed = false

  constructor(fetch: FetchToken, scope: Scope.Scope) {
    this.#fetch = fetch
    this.#scope = scope
  }

  close(): void {
    this.#isClosed = true
  }

  readonly token: Effect.Effect<Redacted.Redacted, CredentialsError> = Effect.flatMap(
    Clock.currentTimeMillis,
    (now): Effect.Effect<Redacted.Redacted, CredentialsError> => {
      const held = this.#held
      if (held === undefined) return Effect.map(this.#renewed, ({ value }) => value)
      const { advisory, mandatory } = thresholds(held)
      const rest = left(held, now)
      if (rest > advisory) return Effect.succeed(held.value)
      if (rest > mandatory) {
        const isDue = this.#flight === undefined && now >= this.#notBefore && !this.#isClosed
        return isDue ? Effect.as(this.#start, held.value) : Effect.succeed(held.value)
      }
      return this.#renewed.pipe(
        Effect.map(({ value }) => value),
        Effect.catch((error) => this.#orHeld(held, error))
      )
    }
  )

  /** Uses a token that could not be renewed while it is valid. */
  #orHeld(held: Token, error: CredentialsError): Effect.Effect<Redacted.Redacted, CredentialsError> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) =>
      this.#held === held && left(held, now) > 0 ? Effect.succeed(held.value) : Effect.fail(error)
    )
  }

  /** The token of the fetch that is under way, or of a new one. */
  readonly #renewed: Effect.Effect<Token, CredentialsError> = Effect.suspend(() => {
    if (this.#isClosed) return Effect.fail(closed)
    return Effect.flatMap(this.#flight === undefined ? this.#start : Effect.succeed(this.#flight), Deferred.await)
  })

  readonly #start: Effect.Effect<Flight> = Effect.suspend(() => {
    const flight: Flight = Deferred.makeUnsafe()
    this.#flight = flight
    return this.#another.pipe(
      Effect.onExit((exit) => {
        this.#flight = undefined
        return Deferred.done(flight, Exit.hasInterrupts(exit) ? Exit.fail(closed) : exit)
      }),
      Effect.ignoreCause,
      Effect.forkIn(this.#scope, { startImmediately: true }),
      Effect.as(flight)
    )
  })

  /** Fetches a token, not before the token endpoint may be called again. */
  readonly #another: Effect.Effect<Token, CredentialsError> = Effect.gen({ self: this }, function* () {
    const now = yield* Clock.currentTimeMillis
    if (now < this.#notBefore) yield* Effect.sleep(this.#notBefore - now)
    const rejected = this.#rejected
    const token = yield* Effect.tapError(this.#fetch(rejected), (error) =>
      Effect.flatMap(Clock.currentTimeMillis, (failedAt) => {
        if (error.isRetryable) this.#notBefore = failedAt + pauseMillis
        return Effect.logDebug(`Credentials: no token: ${error.message}`)
      })
    )
    // It was rejected while it was being read.
    const isRejected = this.#rejected !== rejected && valueOf(token) === this.#rejected
    this.#held = isRejected ? yield* this.#fetch(this.#rejected) : token
    return this.#held
  })

  /** Records that a server rejected a token. Only the first of many calls with the same token causes a renewal. */
  readonly reject = (token: Redacted.Redacted): void => {
    const value = Redacted.value(token)
    if (value !== valueOf(this.#held) && this.#held !== undefined) return
    this.#rejected = value
    this.#held = undefined
  }
}

const closed = fail("unavailable", "the credentials were used after their layer was closed")

/** The settings of calls that use the tokens. */
export const makeSource = Effect.fnUntraced(function* (
  fetch: FetchToken
): Effect.fn.Return<
  { readonly credentials: Anthropic.Settings["credentials"]; readonly authorize: Anthropic.Authorize },
  never,
  Scope.Scope
> {
  const source = new Source(fetch, yield* Effect.scope)
  yield* Effect.addFinalizer(() => Effect.sync(() => source.close()))

  const authorize: Anthropic.Authorize = (settings, attempt, isRepeatable) =>
    Effect.suspend(() => {
      let sent: Redacted.Redacted | undefined
      const credentials = Effect.map(settings.credentials, (token) => {
        sent = token
        return token
      })
      const authorized = { ...settings, credentials, betas: [...settings.betas, oauthBeta] }
      return Effect.catch(attempt(authorized), (failure) => {
        if (sent === undefined || !isUnauthorized(failure)) return Effect.fail(failure)
        source.reject(sent)
        return isRepeatable ? attempt(authorized) : Effect.fail(failure)
      })
    })

  return { credentials: source.token, authorize }
})
