// The typed error of an error response: by `error.type`, then by status, with the details of the server. The credential is
// removed from every text that is kept, but the class is chosen by the original text.
import type * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as AnthropicError from "../AnthropicError.ts"
import { parseJson } from "../decode/json.ts"
import { accept } from "../schema/checked.ts"
import { ErrorBody } from "../schema/ErrorBody.ts"
import { fateOf, isTransient } from "./retry.ts"
import { type Scrub, scrubName, snippet } from "./scrub.ts"

/** The class of an error by `error.type`. */
const byType = {
  invalid_request_error: AnthropicError.InvalidRequestError,
  authentication_error: AnthropicError.AuthenticationError,
  billing_error: AnthropicError.BillingError,
  permission_error: AnthropicError.PermissionError,
  not_found_error: AnthropicError.NotFoundError,
  conflict_error: AnthropicError.ConflictError,
  request_too_large: AnthropicError.RequestTooLargeError,
  rate_limit_error: AnthropicError.RateLimitError,
  timeout_error: AnthropicError.GatewayTimeoutError,
  api_error: AnthropicError.InternalServerError,
  overloaded_error: AnthropicError.OverloadedError
} as const

type KnownType = keyof typeof byType

const isKnownType = (type: string | undefined): type is KnownType => type !== undefined && Object.hasOwn(byType, type)

const byStatus = new Map<number, KnownType>([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [405, "invalid_request_error"],
  [409, "conflict_error"],
  [411, "invalid_request_error"],
  [413, "request_too_large"],
  [422, "invalid_request_error"],
  [429, "rate_limit_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"]
])

const knownType = (type: string | undefined, status: number): KnownType | undefined => {
  if (isKnownType(type)) return type
  return byStatus.get(status) ?? (status >= 500 ? "api_error" : undefined)
}

/**
 * The fields of an error of the API.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorFields extends Omit<ConstructorParameters<typeof AnthropicError.UnknownApiError>[0], "_tag"> {}

/** Error classes of the codes that callers of one operation branch on. */
export interface CodeClasses<E> {
  readonly [errorCode: string]: new (fields: ErrorFields) => E
}

/** The codes of a spend limit, for calls that cost something. */
export const spendLimitCodes: CodeClasses<AnthropicError.SpendLimitError> = {
  enforced_spend_limit_reached: AnthropicError.SpendLimitError,
  contract_spend_limit_reached: AnthropicError.SpendLimitError
}

const acceptBody = accept(ErrorBody)

interface ReceivedError<E> {
  readonly operation: string
  readonly requestId: string | undefined
  readonly text: string
  /** Removes the credential from a text. */
  readonly scrub: (text: string) => string
  readonly codes?: CodeClasses<E> | undefined
}

interface ErrorResponse<E> extends ReceivedError<E> {
  readonly status: number
  readonly shouldRetry: string | undefined
  readonly retryAfter: Duration.Duration | undefined
  readonly rateLimit: AnthropicError.RateLimit | undefined
}

/** A failure that the server reported. */
export type ReportedFailure<E> =
  | { readonly fate: "refused" | "final"; readonly error: AnthropicError.ApiError | E }
  | { readonly fate: "unknown"; readonly error: AnthropicError.ApiError }

/** The status of a server that requires a `content-length`, which a body of unknown size does not have. */
const lengthRequired = 411

const describe = (text: string, status: number | undefined): string => {
  if (status !== lengthRequired) return text
  const advice =
    "the server or a proxy needs the length of the body: upload a source of known size, " +
    "or let the proxy pass the content-length header on"
  return text === "" ? advice : `${text}: ${advice}`
}

/** Removes the credential from the strings and the keys of a JSON object. A code stays readable. */
const scrubObject = (value: object, scrub: Scrub): { readonly [field: string]: unknown } =>
  Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      scrub(key),
      key === "error_code" && typeof member === "string" ? scrubName(member, scrub) : scrubJson(member, scrub)
    ])
  )

const scrubJson = (value: unknown, scrub: Scrub): unknown => {
  if (typeof value === "string") return scrub(value)
  if (Array.isArray(value)) return value.map((member) => scrubJson(member, scrub))
  return Predicate.isReadonlyObject(value) ? scrubObject(value, scrub) : value
}

const toFailure = <E>(
  received: ReceivedError<E> & Partial<ErrorResponse<E>>,
  statusOf: (type: string | undefined) => number
): ReportedFailure<E> => {
  const { scrub } = received
  const body = acceptBody(Result.getOrUndefined(parseJson(received.text)))
  const type = body?.error.type
  const status = statusOf(type)
  const details = body?.error.details ?? undefined
  const errorCode = details?.error_code ?? undefined
  const facts = { status, errorCode, shouldRetry: received.shouldRetry }
  const description = body === undefined ? snippet(scrub(received.text)) : scrub(body.error.message)
  const requestId = body?.request_id ?? undefined
  const fields: ErrorFields = {
    operation: received.operation,
    status: received.status,
    type: scrubName(type, scrub),
    description: describe(description, received.status),
    errorCode: scrubName(errorCode, scrub),
    details: details === undefined ? undefined : scrubObject(details, scrub),
    requestId: received.requestId ?? (requestId === undefined ? undefined : scrub(requestId)),
    retryAfter: received.retryAfter,
    rateLimit: received.rateLimit,
    isRetryable: isTransient(facts)
  }
  const known = knownType(type, status)
  const Category = known === undefined ? AnthropicError.UnknownApiError : byType[known]
  const fate = fateOf(facts)
  if (fate === "unknown") return { fate, error: new Category(fields) }
  const codes = received.codes ?? {}
  const Coded = errorCode !== undefined && Object.hasOwn(codes, errorCode) ? codes[errorCode] : undefined
  return { fate, error: Coded === undefined ? new Category(fields) : new Coded(fields) }
}

/** Converts an error response to the typed error of its operation. */
export const fromResponse = <E = never>(response: ErrorResponse<E>): ReportedFailure<E> =>
  toFailure(response, () => response.status)

/** The status that an `error` event would have as a response. 0 if waiting does not help. */
const eventStatus = new Map<string | undefined, number>([
  ["conflict_error", 409],
  ["rate_limit_error", 429],
  ["api_error", 500],
  ["timeout_error", 504],
  ["overloaded_error", 529]
])

/** Converts the data of an `error` event, which may be any text, to the typed error of its operation. */
export const fromEvent = <E = never>(event: ReceivedError<E>): ReportedFailure<E> =>
  toFailure(event, (type) => eventStatus.get(type) ?? 0)
