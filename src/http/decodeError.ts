// The error of a successful response that does not have the documented form. The credential is removed from every text
// before it is cut.
import { DecodeError } from "../AnthropicError.ts"
import { snippet } from "./scrub.ts"

/** What is wrong with a successful response. */
export interface Misfit {
  /** The received text, or its beginning. */
  readonly text: string
  readonly description: string
  readonly path?: ReadonlyArray<string | number> | undefined
  readonly line?: number | undefined
  readonly offset?: number | undefined
  readonly customId?: string | undefined
  /** The most of the text that the error keeps as its `body`, in bytes. Default: all. */
  readonly maxBodyBytes?: number | undefined
}

/** The beginning of a text, up to `maxBytes` bytes of UTF-8 and without half a character. */
const beginningOf = (text: string, maxBytes: number): string => {
  if (text.length * 3 <= maxBytes) return text
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(0, Math.min(maxBytes, text.length * 3))))
  return text.slice(0, read)
}

/** Makes the error, without the credential. */
export const decodeError = (
  operation: string,
  response: {
    readonly status: number
    readonly requestId: string | undefined
    readonly scrub: (text: string) => string
  },
  { customId, description, maxBodyBytes = Number.POSITIVE_INFINITY, path = [], text, ...place }: Misfit
): DecodeError => {
  const whole = response.scrub(text)
  const body = beginningOf(whole, maxBodyBytes)
  return new DecodeError({
    ...place,
    operation,
    customId: customId === undefined ? undefined : response.scrub(customId),
    description: snippet(response.scrub(description)),
    path: path.map((key) => (typeof key === "number" ? key : response.scrub(key))),
    snippet: snippet(whole),
    body: body === "" ? undefined : body,
    status: response.status,
    requestId: response.requestId
  })
}
