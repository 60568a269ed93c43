import { DecodeError } from "../AnthropicError.ts"
import { snippet } from "./errors.ts"

/** What is wrong with a response that came with a success. */
export interface Misfit {
  /** What came, or how it begins. */
  readonly text: string
  readonly description: string
  readonly path?: ReadonlyArray<string | number> | undefined
  readonly line?: number | undefined
  readonly offset?: number | undefined
  readonly customId?: string | undefined
}

/** The error of a response that is not what its endpoint returns, bounded, and without the credential. */
export const decodeError = (
  operation: string,
  response: {
    readonly status: number
    readonly requestId: string | undefined
    readonly scrub: (text: string) => string
  },
  { description, path = [], text, ...place }: Misfit
): DecodeError =>
  new DecodeError({
    ...place,
    operation,
    description: snippet(response.scrub(description)),
    path: path.map((key) => (typeof key === "number" ? key : response.scrub(key))),
    snippet: snippet(response.scrub(text)),
    status: response.status,
    requestId: response.requestId
  })
