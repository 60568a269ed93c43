// The log of the requests that an emulator had, with the credential redacted.
// A record is completed while its request is handled.

/**
 * One request, as the emulator received and answered it.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestRecord {
  /** The `request-id` of the answer. */
  readonly requestId: string
  readonly method: string
  /** The origin that it was sent to, such as `https://api.anthropic.com`. */
  readonly origin: string
  /** The path as it was sent, without the query. */
  readonly path: string
  readonly query: ReadonlyArray<readonly [name: string, value: string]>
  /** The headers by lower-case name. Of a credential only the scheme and the last four characters are shown. */
  readonly headers: { readonly [name: string]: string }
  /** The parsed body. `undefined` for JSON over 64 KiB. For a form: its fields, and name, type, size and hash of its files. */
  readonly body: unknown
  readonly bodyBytes: number
  /** The status of the answer, or `undefined` when there was none. */
  readonly status: number | undefined
  /** The name of the fault that was applied. */
  readonly fault: string | undefined
  /** Whether the client left before it had the complete answer. */
  readonly closedEarly: boolean
  /** In milliseconds of the emulator's clock. */
  readonly receivedAt: number
  /** When the headers of the answer were sent, in milliseconds of the emulator's clock. */
  readonly answeredAt: number | undefined
}

/** A record while its request is handled. */
export type OpenRecord = { -readonly [Key in keyof RequestRecord]: RequestRecord[Key] }

const redactValue = (value: string): string => {
  const [, scheme = "", secret = ""] = /^(bearer +)?(.*)$/i.exec(value) ?? []
  return `${scheme === "" ? "" : "Bearer "}…${secret.length > 8 ? secret.slice(-4) : ""}`
}

/** The headers with the credential redacted. */
export const redact = (headers: { readonly [name: string]: string }): { readonly [name: string]: string } => {
  const { authorization, "x-api-key": apiKey, ...rest } = headers
  return {
    ...rest,
    ...(authorization === undefined ? {} : { authorization: redactValue(authorization) }),
    ...(apiKey === undefined ? {} : { "x-api-key": redactValue(apiKey) })
  }
}
