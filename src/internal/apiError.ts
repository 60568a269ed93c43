import type * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AnthropicError from "../AnthropicError.ts"
import { ErrorBody } from "../schema/ErrorBody.ts"
import { type Failure, fateOf, isTransient } from "./retry.ts"

/** The longest piece of a foreign body that an error keeps. */
const snippetLength = 500

export const snippet = (text: string): string =>
  text.length > snippetLength ? `${text.slice(0, snippetLength)}…` : text

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

type ApiErrorFields = Omit<ConstructorParameters<typeof AnthropicError.UnknownApiError>[0], "_tag">

/** Classes for the error codes that callers of one operation branch on. */
export interface CodeClasses<E> {
  readonly [errorCode: string]: new (fields: ApiErrorFields) => E
}

const decodeBody = Schema.decodeUnknownOption(Schema.fromJsonString(ErrorBody))

/** Turns an error response into the typed error of its operation. */
export const fromResponse = <E = never>(response: {
  readonly operation: string
  readonly status: number
  readonly shouldRetry: string | undefined
  readonly retryAfter: Duration.Duration | undefined
  readonly rateLimit: AnthropicError.RateLimit | undefined
  readonly requestId: string | undefined
  readonly text: string
  readonly codes?: CodeClasses<E> | undefined
}): Failure<AnthropicError.ApiError | E> => {
  const body = Option.getOrUndefined(decodeBody(response.text))
  const type = body?.error.type
  const details = body?.error.details ?? undefined
  const errorCode = details?.error_code
  const facts = { status: response.status, errorCode, shouldRetry: response.shouldRetry }
  const fields: ApiErrorFields = {
    operation: response.operation,
    status: response.status,
    type,
    description: body?.error.message ?? snippet(response.text),
    errorCode,
    details,
    requestId: response.requestId ?? body?.request_id ?? undefined,
    retryAfter: response.retryAfter,
    rateLimit: response.rateLimit,
    isRetryable: isTransient(facts)
  }
  const known = knownType(type, response.status)
  const Category = known === undefined ? AnthropicError.UnknownApiError : byType[known]
  const fate = fateOf(facts)
  if (fate === "unknown") return { fate, error: new Category(fields) }
  const codes = response.codes ?? {}
  const Coded = errorCode !== undefined && Object.hasOwn(codes, errorCode) ? codes[errorCode] : undefined
  return { fate, error: Coded === undefined ? new Category(fields) : new Coded(fields) }
}
