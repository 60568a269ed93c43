import * as Context from "effect/Context"

/** What the transport tells an `HttpClient` about the call it carries. */
export interface Call {
  /** The name of the operation, for example `Messages.create`. */
  readonly operation: string
  /** The model that is asked, of calls that ask one. */
  readonly model: string | undefined
  /** Keeps the response timeout from running before `until`, in milliseconds since the epoch. */
  readonly holdTimeout: (until: number) => void
}

/** The call of this package that is being sent; undefined for requests of others. */
export const CurrentCall: Context.Reference<Call | undefined> = Context.Reference<Call | undefined>(
  "effect-anthropic/internal/CurrentCall",
  { defaultValue: () => undefined }
)
