// Finds the reason of a failed connection, by the codes of systems and HTTP clients, and by the texts of runtimes without
// codes. The important question is whether anything can have been sent.
import * as HttpClientError from "effect/http/HttpClientError"
import * as Predicate from "effect/Predicate"
import { ConnectionError } from "../AnthropicError.ts"
import { Withheld } from "../settings/carried.ts"
import { type Scrub, snippet } from "./scrub.ts"

/**
 * - `connect`: no connection was made, so nothing was sent. It may work later.
 * - `unreachable`: no connection can be made, mostly because of TLS or a certificate. Nothing was sent, and waiting does not
 *   help.
 * - `headers`, `body`: a timeout of the HTTP client itself.
 * - `other`: an existing connection broke, or nothing is known about it.
 */
export type BreakKind = "connect" | "unreachable" | "headers" | "body" | "other"

export interface Break {
  readonly kind: BreakKind
  /** The first code that was found. */
  readonly code: string | undefined
  readonly description: string
}

/** Codes that occur only before a connection is made. */
const connectCodes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "ENODATA",
  "UND_ERR_CONNECT_TIMEOUT",
  // Bun
  "ConnectionRefused",
  "FailedToOpenSocket",
  "ConnectionTimeout"
])

/** Codes of a route or an address, which an existing connection can have as well. The system call distinguishes them. */
const routeCodes = new Set(["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENETDOWN", "EADDRNOTAVAIL", "EAFNOSUPPORT"])

/** The codes of OpenSSL and Node for a certificate that is not accepted. */
const certificateCode =
  /^(?:CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)_|ERROR_IN_C(?:ERT|RL)_|HOSTNAME_MISMATCH$|INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|ERR_TLS_CERT_)/

/** Codes of TLS that can occur after its handshake, when a record or the end of the connection is wrong. */
const recordCode =
  /BAD_RECORD_MAC|DECRYPT|RECORD_OVERFLOW|UNEXPECTED_(?:EOF|RECORD)|SHUTDOWN|INTERNAL_ERROR|CLOSE_NOTIFY/

const isTlsCode = (code: string): boolean =>
  certificateCode.test(code) || (/^(?:ERR_SSL_|ERR_TLS_(?!.*TIMEOUT)|EPROTO$)/.test(code) && !recordCode.test(code))

/** Texts of runtimes without a code: Deno and Bun, and Node if its code says something else. */
const texts: ReadonlyArray<readonly [RegExp, BreakKind]> = [
  [/before secure TLS connection was established/, "connect"],
  [
    /invalid peer certificate|received fatal alert|self.signed certificate|certificate (?:has expired|verif)/i,
    "unreachable"
  ],
  [/client error \(Connect\)|error trying to connect|tcp connect error|dns error/i, "connect"],
  [
    /Unable to connect\. Is the computer able to access|Was there a typo in the url or port|^FailedToOpenSocket/,
    "connect"
  ],
  [/^(?:ConnectionRefused|Connection refused)\b/, "connect"],
  [/^bad port$|Requests to port \d+ are blocked/, "unreachable"]
]

const codeOf = (error: object): string | undefined =>
  "code" in error && typeof error.code === "string" && error.code !== "" ? error.code : undefined

/** `connect`, `getaddrinfo`, `read`, …: a property of Node's errors, and the first word of their messages. */
const systemCallOf = (error: object, message: string): string | undefined =>
  "syscall" in error && typeof error.syscall === "string" ? error.syscall : /^[a-z]+(?= E[A-Z]+)/i.exec(message)?.[0]

const kindOfOne = (error: object): BreakKind | undefined => {
  if (error instanceof Withheld) return "unreachable"
  const message = error instanceof Error ? error.message : ""
  const code = codeOf(error) ?? ""
  if (code === "UND_ERR_HEADERS_TIMEOUT") return "headers"
  if (code === "UND_ERR_BODY_TIMEOUT") return "body"
  if (isTlsCode(code)) return "unreachable"
  const text = texts.find(([pattern]) => pattern.test(message))
  if (text !== undefined) return text[1]
  const call = systemCallOf(error, message)
  if (call !== undefined && /^(?:connect|getaddrinfo|query[A-Z]\w*)$/.test(call)) return "connect"
  if (connectCodes.has(code) || code.startsWith("EAI_")) return "connect"
  return routeCodes.has(code) && call === undefined ? "connect" : undefined
}

/** A chain of causes, from the outermost to the innermost. Causes may be circular. */
const chainOf = (cause: unknown): ReadonlyArray<object> => {
  const chain: Array<object> = []
  for (let next = cause; Predicate.isObjectKeyword(next) && chain.length < 6 && !chain.includes(next); ) {
    chain.push(next)
    next = "cause" in next ? next.cause : undefined
  }
  return chain
}

const membersOf = (error: object): ReadonlyArray<unknown> =>
  "errors" in error && Array.isArray(error.errors) ? error.errors : []

/** The kind of a failure at several addresses. If anything may have been sent to one of them, it counts as sent. */
const kindOfAll = (kinds: ReadonlyArray<BreakKind>): BreakKind => {
  if (kinds.every((kind) => kind === "unreachable")) return "unreachable"
  return kinds.every((kind) => kind === "unreachable" || kind === "connect") ? "connect" : "other"
}

const kindOf = (cause: unknown, depth = 0): BreakKind => {
  for (const error of chainOf(cause)) {
    const members = membersOf(error)
    if (members.length > 0 && depth < 3) return kindOfAll(members.map((member) => kindOf(member, depth + 1)))
    const kind = kindOfOne(error)
    if (kind !== undefined) return kind
  }
  return "other"
}

/** The innermost message, which is more specific than `fetch failed`. */
const descriptionOf = (cause: unknown, depth = 0): string => {
  for (const error of chainOf(cause).toReversed()) {
    const members = depth < 3 ? membersOf(error).map((member) => descriptionOf(member, depth + 1)) : []
    const told = [...new Set(members)].filter((text) => text !== "").join("; ")
    if (told !== "") return told
    if (error instanceof Error && error.message.trim() !== "") return error.message.trim()
  }
  return ""
}

const firstCode = (cause: unknown, depth = 0): string | undefined => {
  for (const error of chainOf(cause)) {
    const code = codeOf(error) ?? (depth < 3 ? membersOf(error).map((one) => firstCode(one, depth + 1))[0] : undefined)
    if (code !== undefined) return code
  }
  return undefined
}

/** Reads an error of fetch or of another HTTP client. */
export const diagnose = (cause: unknown): Break => ({
  kind: kindOf(cause),
  code: firstCode(cause),
  description: descriptionOf(cause)
})

/** The error of a failed fetch, which keeps only a text. It is written to the span of the client. */
export class FetchError extends Error {
  readonly broken: Break

  constructor(broken: Break, scrub: Scrub) {
    super(scrub(broken.description))
    this.broken = { ...broken, description: this.message }
  }
}

/** Reads an error of a client, or of the body of its response. */
export const breakOf = (error: unknown): Break => {
  if (!HttpClientError.isHttpClientError(error)) return diagnose(error)
  const cause = "cause" in error.reason ? error.reason.cause : undefined
  const broken = cause instanceof FetchError ? cause.broken : diagnose(cause)
  return broken.description === "" ? { ...broken, description: error.reason._tag } : broken
}

export const connectionError = (
  operation: string,
  { code, description, kind }: Break,
  context: { readonly phase: "request" | "body"; readonly requestId?: string | undefined; readonly scrub: Scrub }
): ConnectionError => {
  // After the headers a connection existed, even if the code says otherwise.
  const isUnsent = context.phase === "request" && (kind === "connect" || kind === "unreachable")
  return new ConnectionError({
    operation,
    phase: isUnsent ? "connect" : context.phase,
    code,
    description: snippet(context.scrub(description)),
    requestId: context.requestId,
    isRetryable: !(isUnsent && kind === "unreachable")
  })
}
