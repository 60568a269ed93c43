// A value that an `HttpClient` carries, so that code that captures the client captures the value. It is stored in the
// client's `preprocess`, which the combinators of `HttpClient` keep, and is read by running that.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"

/** Called with the value of each client that a request passes. Returns whether the request may continue. */
type Witness<A> = (value: A) => boolean

/** Why a request was not sent. */
export class Withheld extends Error {
  override readonly message = "the client has settings of its own"
}

/** A request that is never sent. It is only used to read the value of its client. */
const probe = HttpClientRequest.get("https://api.anthropic.com/v1/models")

export interface Carried<A> {
  /** Returns a client that carries the value. */
  readonly carry: (client: HttpClient.HttpClient, value: A) => HttpClient.HttpClient
  /** Returns the value that a client carries. Of several values, that of the outermost client. */
  readonly carriedBy: (client: HttpClient.HttpClient) => Effect.Effect<A | undefined>
  /**
   * Runs `use` with the value of the client. A client that the caller wrote may hide the value. It is then found only when a
   * request is sent: that request is not sent, and `use` is run again.
   */
  readonly withCarried: <B, E, R>(
    client: HttpClient.HttpClient,
    use: (value: A | undefined) => Effect.Effect<B, E, R>
  ) => Effect.Effect<B, E, R>
}

export const make = <A extends object>(key: string): Carried<A> => {
  const Witness = Context.Reference<Witness<A> | undefined>(key, { defaultValue: () => undefined })
  /** The values that were found, by the function that carries them. */
  const found = new WeakMap<HttpClient.HttpClient["preprocess"], { readonly value: A | undefined }>()
  const hidden = new WeakMap<HttpClient.HttpClient, A>()

  const carry = (client: HttpClient.HttpClient, value: A): HttpClient.HttpClient =>
    HttpClient.mapRequestEffect(client, (request) =>
      Effect.flatMap(Witness, (witness) =>
        witness === undefined || witness(value)
          ? Effect.succeed(request)
          : Effect.fail(
              new HttpClientError.HttpClientError({
                reason: new HttpClientError.TransportError({ request, cause: new Withheld() })
              })
            )
      )
    )

  const ask = (client: HttpClient.HttpClient): Effect.Effect<A | undefined> =>
    Effect.suspend(() => {
      let value: A | undefined
      const witness: Witness<A> = (shown) => {
        value = shown
        return true
      }
      return client.preprocess(probe).pipe(
        Effect.provideService(Witness, witness),
        Effect.exit,
        Effect.map((exit) => {
          // A request that fails in a function of the caller may have failed before the value was reached.
          if (Exit.isSuccess(exit) || value !== undefined) found.set(client.preprocess, { value })
          return value
        })
      )
    })

  const carriedBy = (client: HttpClient.HttpClient): Effect.Effect<A | undefined> => {
    const known = found.get(client.preprocess)
    if (known === undefined) return Effect.map(ask(client), (value) => value ?? hidden.get(client))
    return Effect.succeed(known.value ?? hidden.get(client))
  }

  const withCarried: Carried<A>["withCarried"] = (client, use) =>
    Effect.flatMap(carriedBy(client), (value) => {
      if (value !== undefined) return use(value)
      // Only what this run met counts. A run that met nothing was sent, and must not be sent again because of another run.
      let met: A | undefined
      const witness: Witness<A> = (shown) => {
        met = shown
        hidden.set(client, shown)
        return false
      }
      return Effect.catch(Effect.provideService(use(undefined), Witness, witness), (error) =>
        met === undefined ? Effect.fail(error) : use(met)
      )
    })

  return { carry, carriedBy, withCarried }
}
