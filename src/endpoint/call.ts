// The options of a call of any endpoint, and how they become an operation of the transport.
import * as Effect from "effect/Effect"
import { currentSettings } from "../Anthropic.ts"
import type { RequestRefusedError } from "../AnthropicError.ts"
import { betasOf } from "../http/betas.ts"
import type { Demand } from "../http/call.ts"
import type { ErrorFields } from "../http/errors.ts"
import type { Operation } from "../http/operation.ts"
import { type IdOf, idOf } from "../http/path.ts"
import { refuse } from "../http/refuse.ts"
import type { OperationKind } from "../http/retry.ts"
import type { Body } from "./body.ts"
import { encodeQuery, type Query } from "./query.ts"

/**
 * Error classes by `error.details.error_code`. The errors of the call include them.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorCodes {
  readonly [errorCode: string]: new (fields: ErrorFields) => { readonly _tag: string; readonly isRetryable: boolean }
}

/**
 * The absence of error classes.
 *
 * @category models
 * @since 0.1.0
 */
export type NoCodes = { readonly [errorCode in never]: never }

/**
 * The errors that `ErrorCodes` name.
 *
 * @category models
 * @since 0.1.0
 */
export type ErrorOfCodes<Codes extends ErrorCodes> = InstanceType<Codes[keyof Codes]>

/**
 * Options of every call.
 *
 * @category options
 * @since 0.1.0
 */
export interface CallOptions<out Codes extends ErrorCodes> {
  /** Names the operation in errors and spans, for example `Skills.retrieve`. */
  readonly name: string
  /**
   * The segments of the path after `/v1`. Each is encoded. A resource counts as its id. Empty segments, `.` and `..` are
   * refused.
   */
  readonly path: ReadonlyArray<IdOf>
  readonly query?: Query | undefined
  /** Values of `anthropic-beta` that the call needs, in addition to those of the settings. */
  readonly betas?: ReadonlyArray<string> | undefined
  /**
   * Values of `anthropic-beta` that ask for shapes that this call does not read. If the settings contain one, the call is
   * refused and nothing is sent.
   */
  readonly refusedBetas?: ReadonlyArray<string> | undefined
  /** Errors of this call by `error_code`. Other codes are in the field `errorCode` of the error. */
  readonly codes?: Codes | undefined
  /** Whether the call is attributed to the user profile of the settings. Default: false. */
  readonly takesUserProfile?: boolean | undefined
  /** The model of the call. `RateLimit` counts the call for this model. */
  readonly model?: string | undefined
  /** Returns what the call uses of the limits of its model. Called before it is sent. */
  readonly demand?: (() => Demand) | undefined
}

/** Refuses a call whose settings ask for shapes that are not supported. */
export const checkBetas = (
  name: string,
  refused: ReadonlyArray<string> | undefined
): Effect.Effect<void, RequestRefusedError> =>
  refused === undefined
    ? Effect.void
    : Effect.flatMap(currentSettings, (settings) => {
        const asked = betasOf(settings)
        const beta = refused.find((one) => asked.includes(one))
        return beta === undefined
          ? Effect.void
          : Effect.fail(refuse(name, "betas", `${beta} asks for shapes that are not supported`))
      })

/** What an operation has in addition to the options of its call. */
interface Sent<out K extends OperationKind> extends Pick<Operation, "method" | "accept" | "acceptEncoding"> {
  readonly kind: K
  readonly body: Body<unknown, unknown> | undefined
}

/**
 * Makes an operation of the transport. Its fields are written once, because an object that is spread and then extended
 * takes 1 kB more, and a tenth of the time of a small call.
 */
export const toOperation = <K extends OperationKind>(
  options: CallOptions<ErrorCodes>,
  { accept, acceptEncoding, body, kind, method }: Sent<K>
): Effect.Effect<Operation<InstanceType<ErrorCodes[string]>, unknown> & { readonly kind: K }, unknown, unknown> => {
  const { betas, codes, demand, model, name, path, query, refusedBetas, takesUserProfile } = options
  const pairs = query === undefined ? Effect.undefined : encodeQuery(name, query)
  const made = Effect.flatMap(pairs, (pairs) =>
    Effect.map(body === undefined ? Effect.undefined : body(name), (body) => ({
      name,
      kind,
      method,
      path: path.map(idOf),
      query: pairs,
      body,
      accept,
      acceptEncoding,
      betas,
      codes,
      takesUserProfile,
      model,
      demand
    }))
  )
  return refusedBetas === undefined ? made : Effect.andThen(checkBetas(name, refusedBetas), made)
}
