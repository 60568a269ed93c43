// What a call of any endpoint is told by its caller, and how that becomes an operation of the transport.
import * as Effect from "effect/Effect"
import { currentSettings } from "../Anthropic.ts"
import type { RequestRefusedError } from "../AnthropicError.ts"
import { betasOf } from "../http/betas.ts"
import type { Demand } from "../http/call.ts"
import type { ErrorFields } from "../http/errors.ts"
import { type IdOf, idOf } from "../http/path.ts"
import { refuse } from "../http/refuse.ts"
import { encodeQuery, type Pairs, type Query } from "./query.ts"

/**
 * Classes of errors for values of `error.details.error_code`. The errors of the call include them.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorCodes {
  readonly [errorCode: string]: new (fields: ErrorFields) => { readonly _tag: string; readonly isRetryable: boolean }
}

/**
 * No classes of errors.
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
 * What every call has, whatever is done with its answer.
 *
 * @category options
 * @since 0.1.0
 */
export interface CallOptions<out Codes extends ErrorCodes> {
  /** Names the operation in errors and spans, for example `Skills.retrieve`. */
  readonly name: string
  /** The segments of the path after `/v1`: each is encoded. A resource stands for its id. An empty one, `.` and `..` are refused. */
  readonly path: ReadonlyArray<IdOf>
  readonly query?: Query | undefined
  /** Values of `anthropic-beta` that the call needs, beside those of the settings. */
  readonly betas?: ReadonlyArray<string> | undefined
  /**
   * Values of `anthropic-beta` that ask for other shapes than those that are read here. With one of them in the settings the
   * call is refused, and nothing is sent.
   */
  readonly refusedBetas?: ReadonlyArray<string> | undefined
  /** Errors of this call by `error_code`. Other codes are told by `errorCode` of the error. */
  readonly codes?: Codes | undefined
  /** Whether the call is attributed to the user profile of the settings. Default: false. */
  readonly takesUserProfile?: boolean | undefined
  /** The model that is asked: `RateLimit` counts the call as one of this model. */
  readonly model?: string | undefined
  /** What the call draws from the limits of its model. Called before it is sent. */
  readonly demand?: (() => Demand) | undefined
}

/** Refuses a call whose settings ask for shapes that are not read. */
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

/** The part of an operation that every kind of call has. */
export const toOperation = (options: CallOptions<ErrorCodes>) => {
  const { betas, codes, demand, model, name, path, query, refusedBetas, takesUserProfile } = options
  const operation = (pairs?: Pairs) => ({
    name,
    path: path.map(idOf),
    query: pairs,
    betas,
    codes,
    takesUserProfile,
    model,
    demand
  })
  const made = query === undefined ? Effect.sync(operation) : Effect.map(encodeQuery(name, query), operation)
  return refusedBetas === undefined ? made : Effect.andThen(checkBetas(name, refusedBetas), made)
}
