// The metadata of a response, and its observer.
// Everything here is exported by the module Anthropic.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { RateLimit } from "../AnthropicError.ts"

/**
 * The metadata of a response. The credential is removed from all fields if a server sends it back.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResponseInfo {
  /** The operation of the call, for example `Models.retrieve`. */
  readonly operation: string
  /** The model of the call, if it has one. */
  readonly model: string | undefined
  /** The HTTP status. */
  readonly status: number
  /** The `request-id` header. */
  readonly requestId: string | undefined
  /** What is left of the rate limits, if the response has it. */
  readonly rateLimit: RateLimit | undefined
  /** All headers, with lower-case names. */
  readonly headers: { readonly [name: string]: string }
}

/**
 * Called with every response, successful or not, when its headers have been received. `withResponse` uses it, and your
 * observers can use it.
 *
 * @category references
 * @since 0.1.0
 */
export const OnResponse: Context.Reference<(response: ResponseInfo) => Effect.Effect<void>> = Context.Reference<
  (response: ResponseInfo) => Effect.Effect<void>
>("effect-anthropic/OnResponse", { defaultValue: () => () => Effect.void })

/**
 * The value of an operation, with the metadata of its last response.
 *
 * @category models
 * @since 0.1.0
 */
export interface WithResponse<out A> {
  readonly value: A
  /** The `request-id` header. Undefined if no request was made. */
  readonly requestId: string | undefined
  /** What is left of the rate limits, if the response has it. */
  readonly rateLimit: RateLimit | undefined
  /** All headers, with lower-case names. Empty if no request was made. */
  readonly headers: { readonly [name: string]: string }
}

/**
 * Returns the value of an operation with the metadata of its last response.
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
