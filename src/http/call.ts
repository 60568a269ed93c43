// What the transport passes to an `HttpClient` about its call. A client that delays calls, such as the limiter, needs it.
import * as Context from "effect/Context"

export interface Call {
  /** The name of the operation, for example `Messages.create`. */
  readonly operation: string
  /** The model of the call, if it has one. */
  readonly model: string | undefined
  /**
   * Returns what the call uses of the rate limits of its pool, in addition to one request. Undefined for calls without a
   * model.
   */
  readonly demand: (() => Demand) | undefined
  /**
   * Called with true before the call waits for the limiter, and with false after it. Waiting does not count towards the
   * response timeout.
   */
  readonly onWait: (isWaiting: boolean, now: number) => void
}

/**
 * What a call uses of the rate limits of a model, estimated before it is sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Demand {
  /** An estimate. The server's count decides. A number that is negative or NaN counts as 0. */
  readonly inputTokens: number
  readonly speed: string | undefined
}

/** The call of this package that is being sent. Undefined for other requests. */
export const CurrentCall: Context.Reference<Call | undefined> = Context.Reference<Call | undefined>(
  "effect-anthropic/internal/CurrentCall",
  { defaultValue: () => undefined }
)
