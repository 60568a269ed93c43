// The common parts of every answer of the API: errors, timestamps, and numbers in ids.
import * as Data from "effect/Data"
import type * as ErrorBody from "../../schema/ErrorBody.ts"

/** A failed call, which the API answers with the status `status`. */
export class ApiError extends Data.TaggedError("ApiError")<{
  readonly status: number
  readonly type: string
  readonly message: string
  readonly details?: { readonly [key: string]: unknown }
  readonly headers?: { readonly [name: string]: string }
}> {}

const errorTypes: { readonly [status: number]: string } = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error"
}

/** The category that the API gives with a status. */
export const errorType = (status: number): string =>
  errorTypes[status] ?? (status < 500 ? "invalid_request_error" : "api_error")

export const invalidRequest = (message: string): ApiError =>
  new ApiError({ status: 400, type: "invalid_request_error", message })

export const rateLimited = (message: string, retryAfter?: number): ApiError =>
  new ApiError({
    status: 429,
    type: "rate_limit_error",
    message,
    ...(retryAfter === undefined ? {} : { headers: { "retry-after": String(retryAfter) } })
  })

export const notFound = (message: string): ApiError => new ApiError({ status: 404, type: "not_found_error", message })

/** The body of a failed call, and of an `errored` batch result. */
export const errorBody = (
  error: { readonly type: string; readonly message: string; readonly details?: { readonly [key: string]: unknown } },
  requestId: string | null
): ErrorBody.ErrorBody => ({
  type: "error",
  error: {
    type: error.type,
    message: error.message,
    ...(error.details === undefined ? {} : { details: error.details })
  },
  request_id: requestId
})

/** An RFC 3339 timestamp with the API's six decimals; `micros` are the last three of them. */
export const timestamp = (millis: number, micros = 0): string =>
  `${new Date(millis).toISOString().slice(0, -1)}${String(micros % 1000).padStart(3, "0")}Z`

/** A number in an id or a header, with a fixed width, so that ids sort in the order of their creation. */
export const serial = (prefix: string, number: number, width: number): string =>
  `${prefix}${String(number).padStart(width, "0")}`
