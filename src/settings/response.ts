// What a response says beside its body, and who is told.
// Everything here is exported by the module Anthropic.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { RateLimit } from "../AnthropicError.ts"

/**
 * What a response says beside its body. The credential is taken out of everything, should a server send it back.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResponseInfo {
  /** The operation that is answered, for example `Models.retrieve`. */
  readonly operation: string
  /** The model that is asked, of calls that ask one. */
  readonly model: string | undefined
  /** The HTTP status. */
  readonly status: number
  /** The `request-id` header. */
  readonly requestId: string | undefined
  /** What is left of the rate limits, if the response says so. */
  readonly rateLimit: RateLimit | undefined
  /** All headers, with lower-case names. */
  readonly headers: { readonly [name: string]: string }
}

/**
 * Called with every response, successful or not, when its head has come. `withResponse` and observers of your own use it.
 *
 * @category references
 * @since 0.1.0
 */
export const OnResponse: Context.Reference<(response: ResponseInfo) => Effect.Effect<void>> = Context.Reference<
  (response: ResponseInfo) => Effect.Effect<void>
>("effect-anthropic/OnResponse", { defaultValue: () => () => Effect.void })

/**
 * The value of an operation, with what its last response says beside the body.
 *
 * @category models
 * @since 0.1.0
 */
export interface WithResponse<out A> {
  readonly value: A
  /** The `request-id` header. Undefined if no request was made. */
  readonly requestId: string | undefined
  /** What is left of the rate limits, if the response says so. */
  readonly rateLimit: RateLimit | undefined
  /** All headers, with lower-case names. Empty if no request was made. */
  readonly headers: { readonly [name: string]: string }
}

/**
 * Returns the value of an operation together with what its last response says beside the body.
 *
 * @example
 * import * as Anthropic from "effect-anthropic/Anthropic"
 * import * as Models from "effect-anthropic/Models"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const { value, requestId, rateLimit } = yield* Anthropic.withResponse(Models.retrieve("claude-opus-5-5"))
 *   yield* Effect.log(value.display_name, requestId, rateLimit?.requests?.remaining)
 * })
 *
 * @category combinators
 * @since 0.1.0
 */
export const withResponse = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<WithResponse<A>, E, R> =>
  Effect.suspend(() => {
    let last: ResponseInfo | undefined
    return Effect.map(
      Effect.updateService(self, OnResponse, (outer) => (response) => {
        last = response
        return outer(response)
      }),
      (value) => ({ value, requestId: last?.requestId, rateLimit: last?.rateLimit, headers: last?.headers ?? {} })
    )
  })
