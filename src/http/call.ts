// What the transport tells an `HttpClient` about the call that it carries.
// A client that holds calls back, such as the limiter, needs it.
import * as Context from "effect/Context"

export interface Call {
  /** The name of the operation, for example `Messages.create`. */
  readonly operation: string
  /** The model that is asked, of calls that ask one. */
  readonly model: string | undefined
  /** What the call draws from the rate limits of its pool, beside one request. Calls of no model draw nothing more. */
  readonly demand: (() => Demand) | undefined
  /** Called with true before the call waits for its turn, and with false after it. Waiting stops the response timeout. */
  readonly onWait: (isWaiting: boolean, now: number) => void
}

/**
 * What a call draws from the rate limits of a model, before it is sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Demand {
  /** An estimate: the server counts. */
  readonly inputTokens: number
  readonly speed: string | undefined
}

/** The call of this package that is being sent; undefined for requests of others. */
export const CurrentCall: Context.Reference<Call | undefined> = Context.Reference<Call | undefined>(
  "effect-anthropic/internal/CurrentCall",
  { defaultValue: () => undefined }
)
