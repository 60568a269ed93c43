// The error of a successful response that is not what its endpoint returns.
// Every text of it is scrubbed before it is cut.
import { DecodeError } from "../AnthropicError.ts"
import { snippet } from "./scrub.ts"

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

/** The error, bounded and without the credential. */
export const decodeError = (
  operation: string,
  response: {
    readonly status: number
    readonly requestId: string | undefined
    readonly scrub: (text: string) => string
  },
  { customId, description, path = [], text, ...place }: Misfit
): DecodeError =>
  new DecodeError({
    ...place,
    operation,
    customId: customId === undefined ? undefined : response.scrub(customId),
    description: snippet(response.scrub(description)),
    path: path.map((key) => (typeof key === "number" ? key : response.scrub(key))),
    snippet: snippet(response.scrub(text)),
    status: response.status,
    requestId: response.requestId
  })
