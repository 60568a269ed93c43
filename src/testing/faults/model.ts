// The model of a fault: the requests that it applies to, its input, and its effect on an answer. The constructors of faults
// are in the other files of this folder.
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"

/**
 * A connection that the emulator broke. In process it is the `cause` of the `HttpClientError`.
 *
 * @category errors
 * @since 0.1.0
 */
export class Disconnected extends Data.TaggedError("Disconnected")<{ readonly cause?: unknown }> {
  readonly code = "ECONNRESET"
  override get message() {
    return "read ECONNRESET"
  }
}

/**
 * The requests that a fault applies to. Every given condition must be true. Default: every request.
 *
 * `path` is a prefix of the path, a regular expression, or a predicate. The path is without the query.
 *
 * @category models
 * @since 0.1.0
 */
export interface Match {
  readonly method?: "GET" | "POST" | "DELETE" | (string & {}) | undefined
  readonly path?: string | RegExp | ((path: string) => boolean) | undefined
}

/**
 * One request, passed to an `Action`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Delivery {
  /** Carries the request out and returns the API's answer. */
  readonly normal: Effect.Effect<HttpServerResponse.HttpServerResponse, Disconnected>
  /** Returns at once and carries the request out after the duration, even if the client has left by then. */
  readonly later: (after: Duration.Input) => Effect.Effect<void>
  readonly requestId: string
  /** The headers that the API puts on every answer. */
  readonly headers: { readonly [name: string]: string }
  /** Whether bytes reach the client over a socket, so that the client decodes them itself. */
  readonly isSocket: boolean
  /** Reports that the fault could not happen to this answer. The test then fails, as for a fault that was never used. */
  readonly missed: (why: string) => void
}

/**
 * A change of an answer. The constructors of `Fault` return actions; a test can write its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Action {
  readonly name: string
  /** The number of bytes of the request's body that are read first, at least. Default: the whole body. */
  readonly readAtMost?: number | undefined
  readonly run: (delivery: Delivery) => Effect.Effect<HttpServerResponse.HttpServerResponse, Disconnected>
}

/**
 * An action with the requests it applies to: `{ when: { path: "/v1/models" }, times: 2, ...Fault.status(529) }`.
 *
 * `times` is how often it happens. Default: once. `skip` is how many matching requests pass before. Every matching request
 * counts from the moment of scripting, also one that another fault applied to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Fault extends Action {
  readonly when?: Match | undefined
  readonly times?: number | undefined
  readonly skip?: number | undefined
}
