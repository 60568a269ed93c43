// A call with one JSON answer.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Schema from "effect/Schema"
import type { IndeterminateError, RequestError } from "../AnthropicError.ts"
import type { OperationKind } from "../http/retry.ts"
import * as transport from "../http/transport.ts"
import { wireOf } from "../schema/wireOf.ts"
import type { Body } from "./body.ts"
import { type CallOptions, type ErrorCodes, type ErrorOfCodes, type NoCodes, toOperation } from "./call.ts"

/**
 * The method of a call.
 *
 * @category models
 * @since 0.1.0
 */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/**
 * The default kind of a call: `creating` for POST and PATCH, otherwise `idempotent`.
 *
 * @category models
 * @since 0.1.0
 */
export type KindOf<M extends Method> = M extends "POST" | "PATCH" ? "creating" : "idempotent"

/**
 * Options of `request`.
 *
 * @category options
 * @since 0.1.0
 */
export interface RequestOptions<
  out S extends Schema.ConstraintDecoder<unknown>,
  out M extends Method,
  out K extends OperationKind,
  out Codes extends ErrorCodes,
  out E,
  out R
> extends CallOptions<Codes> {
  readonly method: M
  /**
   * The effect of repeating the call: none (`idempotent`), a second charge (`generating`), or a second resource
   * (`creating`). Default: `creating` for POST and PATCH, otherwise `idempotent`.
   */
  readonly kind?: K | undefined
  readonly body?: Body<E, R> | undefined
  /** Decodes the JSON of the answer. Decoding has to be synchronous. */
  readonly response: S
}

/**
 * What `request` fails with: `RequestError`, the errors of its codes, and `IndeterminateError` if the call creates something.
 *
 * @category errors
 * @since 0.1.0
 */
export type ErrorOf<K extends OperationKind, Codes extends ErrorCodes> =
  | RequestError
  | ErrorOfCodes<Codes>
  | (K extends "creating" ? IndeterminateError : never)

/**
 * Sends one call and decodes its JSON answer.
 *
 * The credential is sent to the origin of the settings only. The call is repeated as its kind allows: an `idempotent` call
 * after every temporary failure, a `creating` call only if surely nothing was created.
 *
 * @example
 * import * as Endpoint from "effect-anthropic/Endpoint"
 * import * as Schema from "effect/Schema"
 *
 * const Profile = Schema.Struct({ id: Schema.String, name: Schema.NullOr(Schema.String) })
 *
 * const retrieve = (id: string) =>
 *   Endpoint.request({ name: "UserProfiles.retrieve", method: "GET", path: ["user_profiles", id], response: Profile })
 *
 * @category operations
 * @since 0.1.0
 */
export function request<
  S extends Schema.ConstraintDecoder<unknown>,
  const M extends Method,
  const K extends OperationKind = KindOf<M>,
  const Codes extends ErrorCodes = NoCodes,
  E = never,
  R = never
>(
  options: RequestOptions<S, M, K, Codes, E, R>
): Effect.Effect<S["Type"], ErrorOf<K, Codes> | E, HttpClient.HttpClient | R>
export function request(
  options: RequestOptions<Schema.ConstraintDecoder<unknown>, Method, OperationKind, ErrorCodes, unknown, unknown>
): Effect.Effect<unknown, unknown, unknown> {
  const { body, method, name, response } = options
  const kind = options.kind ?? (method === "POST" || method === "PATCH" ? "creating" : "idempotent")
  const call =
    kind === "creating"
      ? Effect.flatMap(toOperation(options, { method, kind, body }), (operation) =>
          transport.create(operation, wireOf(response))
        )
      : Effect.flatMap(toOperation(options, { method, kind, body }), (operation) =>
          transport.request(operation, wireOf(response))
        )
  // No stack, because its frame would always be this line. Capturing one takes a twentieth of a small call.
  return Effect.withSpan(call, name, { captureStackTrace: false })
}
