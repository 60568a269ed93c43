// The input and the result of the checks of a request: the error that the API answers. A check yields the problems that it
// finds. Only the first one is answered.
import type { WireModel } from "../../models/catalogue.ts"
import type { Models } from "../../models/endpoints.ts"

export type Params = { readonly [key: string]: unknown }

/** The category and the message of the error of a request that the API does not run. */
export interface Refusal {
  readonly type: string
  readonly message: string
}

/** A file that a block names. */
export interface FileFacts {
  readonly mimeType: string
  readonly isExpired: boolean
}

/** The context of a request. */
export interface Context {
  /** Finds a file of the request's workspace, as of the request's time. */
  readonly fileOf: (id: string) => FileFacts | undefined
  /** Returns the source of a skill that the request's workspace has in this version. */
  readonly skillSource: (id: string, version: unknown) => "custom" | "anthropic" | undefined
  readonly models: Models
  readonly kind: "message" | "count" | "batch"
  /** The value of `anthropic-version`. */
  readonly version: string
  readonly betas: ReadonlyArray<string>
}

/** The sums over all compiled schemas of a request. */
export interface Counts {
  optional: number
  unions: number
}

/** A request with the model that it names. */
export interface Request {
  readonly params: Params
  readonly counts: Counts
  readonly model: WireModel
  readonly context: Context
}

export type Check = Generator<Refusal, void>

export const invalid = (message: string): Refusal => ({ type: "invalid_request_error", message })

/** The names in the form that the API lists them in. */
export const oneOf = (names: ReadonlyArray<string>): string => names.map((name) => `'${name}'`).join(", ")
