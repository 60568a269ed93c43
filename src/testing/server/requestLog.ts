/**
 * One request as the emulator saw it.
 *
 * @since 0.1.0
 */
export interface RequestRecord {
  /** The `request-id` of the answer. */
  readonly requestId: string
  readonly method: string
  /** Where it was sent, such as `https://api.anthropic.com`. */
  readonly origin: string
  /** As it was sent, without the query. */
  readonly path: string
  readonly query: ReadonlyArray<readonly [name: string, value: string]>
  /** By lower-case name; a credential is blacked out except for its scheme and last four characters. */
  readonly headers: { readonly [name: string]: string }
  /** The parsed body, of JSON up to 64 KiB; of a form its fields, and name, type, size and hash of its file. */
  readonly body: unknown
  readonly bodyBytes: number
  /** The status answered; `undefined` when there was none. */
  readonly status: number | undefined
  /** The fault that was applied. */
  readonly fault: string | undefined
  /** Whether the client went away before it had the whole answer. */
  readonly closedEarly: boolean
  /** In milliseconds of the `Clock`. */
  readonly receivedAt: number
  /** When the headers of the answer went out, in milliseconds of the `Clock`. */
  readonly answeredAt: number | undefined
}

/** A record while its request goes on. */
export type OpenRecord = { -readonly [Key in keyof RequestRecord]: RequestRecord[Key] }

const blackOut = (value: string): string => {
  const [, scheme = "", secret = ""] = /^(bearer +)?(.*)$/i.exec(value) ?? []
  return `${scheme === "" ? "" : "Bearer "}…${secret.length > 8 ? secret.slice(-4) : ""}`
}

/** Headers with the credential blacked out. */
export const redact = (headers: { readonly [name: string]: string }): { readonly [name: string]: string } => {
  const { authorization, "x-api-key": apiKey, ...rest } = headers
  return {
    ...rest,
    ...(authorization === undefined ? {} : { authorization: blackOut(authorization) }),
    ...(apiKey === undefined ? {} : { "x-api-key": blackOut(apiKey) })
  }
}
