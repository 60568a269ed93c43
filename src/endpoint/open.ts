// Calls whose answer is read while it comes: as the response itself, or as its bytes.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"
import { ConnectionError, type IdleTimeoutError, type RequestError, StreamInterruptedError } from "../AnthropicError.ts"
import type { ApiResponse } from "../http/operation.ts"
import type { Failure } from "../http/retry.ts"
import { withSpan } from "../http/span.ts"
import * as transport from "../http/transport.ts"
import type { Body } from "./body.ts"
import { type CallOptions, type ErrorCodes, type ErrorOfCodes, type NoCodes, toOperation } from "./call.ts"

/**
 * A GET whose answer is read while it comes.
 *
 * @category options
 * @since 0.1.0
 */
export interface OpenGet {
  readonly method?: "GET" | undefined
  readonly kind?: "idempotent" | undefined
  readonly body?: undefined
}

/**
 * A POST whose answer is read while it comes, and the effect of repeating it.
 *
 * @category options
 * @since 0.1.0
 */
export interface OpenPost<E = never, R = never> {
  readonly method: "POST"
  readonly kind: "idempotent" | "generating"
  readonly body?: Body<E, R> | undefined
}

/**
 * The accepted forms of an answer.
 *
 * @category options
 * @since 0.1.0
 */
export interface Accept {
  /** The `accept` header. */
  readonly accept?: string | undefined
  /** The `accept-encoding` header. Default: what the HTTP client can decode. */
  readonly acceptEncoding?: string | undefined
}

/**
 * Options of calls whose answer is read while it comes. Default: a GET. A POST needs a `kind`.
 *
 * @category options
 * @since 0.1.0
 */
export type OpenOptions<Codes extends ErrorCodes, E = never, R = never> = CallOptions<Codes> &
  Accept &
  (OpenGet | OpenPost<E, R>)

/**
 * Opens a response and reads its beginning with `begin`. This is part of the attempt, so its failures are repeated, too.
 * `open` is its public form. `Messages.stream` reads its first events in this way.
 */
export function openWith<
  A,
  Begun extends { readonly isRetryable: boolean },
  const Codes extends ErrorCodes = NoCodes,
  E = never,
  R = never
>(
  options: OpenOptions<Codes, E, R>,
  begin: (response: ApiResponse) => Effect.Effect<A, Failure<Begun>>
): Effect.Effect<A, RequestError | ErrorOfCodes<Codes> | E | Begun, HttpClient.HttpClient | R>
export function openWith(
  options: OpenOptions<ErrorCodes, unknown, unknown>,
  begin: (response: ApiResponse) => Effect.Effect<unknown, Failure<{ readonly isRetryable: boolean }>>
): Effect.Effect<unknown, unknown, unknown> {
  const { accept, acceptEncoding, body, kind = "idempotent", method = "GET" } = options
  return Effect.flatMap(toOperation(options, { method, kind, body, accept, acceptEncoding }), (operation) =>
    transport.openWith(operation, begin)
  )
}

/**
 * Sends a call and returns the response when its headers have come. It is repeated until then, as its kind allows.
 *
 * The body is a stream with the idle timeout. Run it once. Closing it early closes the connection.
 *
 * @category operations
 * @since 0.1.0
 */
export const open = <const Codes extends ErrorCodes = NoCodes, E = never, R = never>(
  options: OpenOptions<Codes, E, R>
): Effect.Effect<ApiResponse, RequestError | ErrorOfCodes<Codes> | E, HttpClient.HttpClient | R> =>
  openWith<ApiResponse, never, Codes, E, R>(options, Effect.succeed)

/** The length of the body as the response announces it, unless the server encoded it. */
const announced = ({ headers }: ApiResponse): number | undefined => {
  const length = headers["content-length"]
  if (!/^\s*(identity\s*)?$/i.test(headers["content-encoding"] ?? "")) return undefined
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
}

/**
 * Sends a call and returns the bytes of its answer as they come. Default of `accept`: `application/binary`.
 *
 * The bytes are requested without content encoding. If they are cut off, or if there are fewer than the response announces,
 * the stream fails with `StreamInterruptedError` after the received bytes.
 *
 * @category operations
 * @since 0.1.0
 */
export function bytes<const Codes extends ErrorCodes = NoCodes, E = never, R = never>(
  options: OpenOptions<Codes, E, R>
): Stream.Stream<Uint8Array, RequestError | ErrorOfCodes<Codes> | StreamInterruptedError | E, HttpClient.HttpClient | R>
export function bytes(options: OpenOptions<ErrorCodes, unknown, unknown>): Stream.Stream<Uint8Array, unknown, unknown> {
  const { name: operation } = options
  return Stream.unwrap(
    Effect.map(open({ accept: "application/binary", acceptEncoding: "identity", ...options }), (response) => {
      const { body, requestId } = response
      const expected = announced(response)
      let delivered = 0
      const cut = (cause: ConnectionError | IdleTimeoutError) =>
        new StreamInterruptedError({ operation, unit: "bytes", delivered, cause })
      const counted = Stream.map(body, (chunk) => {
        delivered += chunk.byteLength
        return chunk
      })
      const end = Stream.suspend(() => {
        if (expected === undefined || delivered === expected) return Stream.empty
        const description = `the body ended after ${delivered} of ${expected} bytes`
        return Stream.fail(cut(new ConnectionError({ operation, phase: "body", description, requestId })))
      })
      return Stream.concat(Stream.mapError(counted, cut), end)
    })
  ).pipe(withSpan(operation, "first"))
}
