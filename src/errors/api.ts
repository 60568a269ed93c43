// The errors that the API answers with: one class for each category, and for the few codes that callers branch on.
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { JsonObject, Timestamp, type Wire } from "../schema/checked.ts"

/**
 * One window of a rate limit: how many are allowed, how many are left, and when it is full again.
 *
 * @category models
 * @since 0.1.0
 */
export interface RateLimitWindow {
  readonly limit?: number | undefined
  readonly remaining?: number | undefined
  readonly reset?: DateTime.Utc | undefined
}

const RateLimitWindow: Schema.Codec<RateLimitWindow, unknown> = Schema.Struct({
  limit: Schema.optional(Schema.Number),
  remaining: Schema.optional(Schema.Number),
  reset: Schema.optional(Timestamp)
})

/**
 * The rate-limit headers of one response, by window: `requests`, `tokens`, `input_tokens`, `output_tokens`. With the prefix
 * `priority_` or `fast_` they are those of the Priority Tier and of fast mode.
 *
 * The server rounds token counts to thousands. Source: https://platform.claude.com/docs/en/api/rate-limits.
 *
 * @category models
 * @since 0.1.0
 */
export type RateLimit = { readonly [window: string]: RateLimitWindow }

const RateLimit: Schema.Codec<RateLimit, unknown> = Schema.Record(Schema.String, RateLimitWindow)

/** The schemas of the fields of an error of the API. The alias keeps the declarations of its classes short. */
type ApiErrorFields = {
  /** The operation that failed, for example `Batches.create`. */
  readonly operation: Schema.String
  /** The HTTP status. Absent for an error inside a stream. */
  readonly status: Schema.optional<Schema.Number>
  /** `error.type` of the body, if it has one. */
  readonly type: Schema.optional<Schema.String>
  /** `error.message` of the body, or the beginning of a body that is not the API's. Its wording is not stable. */
  readonly description: Schema.String
  /** `error.details.error_code`. */
  readonly errorCode: Schema.optional<Schema.String>
  /** `error.details` as received. */
  readonly details: Schema.optional<Wire<{ readonly [field: string]: unknown }>>
  /** The `request-id` header, or `request_id` of the body. Quote it to support. */
  readonly requestId: Schema.optional<Schema.String>
  /** How long the server asks to wait. */
  readonly retryAfter: Schema.optional<Schema.Duration>
  readonly rateLimit: Schema.optional<Schema.Codec<RateLimit, unknown>>
  /** Whether the same call may succeed later. */
  readonly isRetryable: Schema.Boolean
}

const apiFields: ApiErrorFields = {
  operation: Schema.String,
  status: Schema.optional(Schema.Number),
  type: Schema.optional(Schema.String),
  description: Schema.String,
  errorCode: Schema.optional(Schema.String),
  details: Schema.optional(JsonObject),
  requestId: Schema.optional(Schema.String),
  retryAfter: Schema.optional(Schema.Duration),
  rateLimit: Schema.optional(RateLimit),
  isRetryable: Schema.Boolean
}

interface Described {
  readonly operation: string
  readonly status?: number | undefined
  readonly type?: string | undefined
  readonly description: string
  readonly requestId?: string | undefined
  readonly retryAfter?: Duration.Duration | undefined
}

const describe = (error: Described): string => {
  const kind = [error.status, error.type].filter((part) => part !== undefined).join(" ")
  const what = [error.operation, kind, error.description].filter((part) => part !== "").join(": ")
  const request = error.requestId === undefined ? "" : ` (request ${error.requestId})`
  const wait = error.retryAfter === undefined ? "" : `; retry after ${Duration.format(error.retryAfter)}`
  return `${what}${wait}${request}`
}

/**
 * The request is malformed or not allowed (400 and similar). Change it before sending it again.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRequestError extends Schema.TaggedError<InvalidRequestError>()("InvalidRequestError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The credential was not accepted (401).
 *
 * @category errors
 * @since 0.1.0
 */
export class AuthenticationError extends Schema.TaggedError<AuthenticationError>()("AuthenticationError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * There is a problem with billing or payment (402).
 *
 * @category errors
 * @since 0.1.0
 */
export class BillingError extends Schema.TaggedError<BillingError>()("BillingError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The credential may not do this (403).
 *
 * @category errors
 * @since 0.1.0
 */
export class PermissionError extends Schema.TaggedError<PermissionError>()("PermissionError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * There is no such resource in this workspace (404).
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFoundError extends Schema.TaggedError<NotFoundError>()("NotFoundError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The state of the resource does not allow this (409).
 *
 * @category errors
 * @since 0.1.0
 */
export class ConflictError extends Schema.TaggedError<ConflictError>()("ConflictError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The request body is too large (413).
 *
 * @category errors
 * @since 0.1.0
 */
export class RequestTooLargeError extends Schema.TaggedError<RequestTooLargeError>()(
  "RequestTooLargeError",
  apiFields
) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * A rate limit was reached (429). `retryAfter` is the wait that the server asks for, and `rateLimit` has the limits.
 *
 * @category errors
 * @since 0.1.0
 */
export class RateLimitError extends Schema.TaggedError<RateLimitError>()("RateLimitError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The request took too long on the server (504).
 *
 * @category errors
 * @since 0.1.0
 */
export class GatewayTimeoutError extends Schema.TaggedError<GatewayTimeoutError>()("GatewayTimeoutError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The server failed (500 and other 5xx).
 *
 * @category errors
 * @since 0.1.0
 */
export class InternalServerError extends Schema.TaggedError<InternalServerError>()("InternalServerError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The API is overloaded (529).
 *
 * @category errors
 * @since 0.1.0
 */
export class OverloadedError extends Schema.TaggedError<OverloadedError>()("OverloadedError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The server answered with an error that this version does not know.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownApiError extends Schema.TaggedError<UnknownApiError>()("UnknownApiError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * A spend limit was reached (429 `enforced_spend_limit_reached` or `contract_spend_limit_reached`).
 *
 * Waiting does not help before the limit is raised or its period ends.
 *
 * @category errors
 * @since 0.1.0
 */
export class SpendLimitError extends Schema.TaggedError<SpendLimitError>()("SpendLimitError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The file storage of the organization is full (400 `storage_quota_exceeded`). Delete files before uploading more.
 *
 * @category errors
 * @since 0.1.0
 */
export class StorageQuotaExceededError extends Schema.TaggedError<StorageQuotaExceededError>()(
  "StorageQuotaExceededError",
  apiFields
) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The file cannot be downloaded (400 `file_not_downloadable`): only files that tools generated can be.
 *
 * @category errors
 * @since 0.1.0
 */
export class FileNotDownloadableError extends Schema.TaggedError<FileNotDownloadableError>()(
  "FileNotDownloadableError",
  apiFields
) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The file is past its `expires_at` (404 `file_expired`): its content is gone.
 *
 * @category errors
 * @since 0.1.0
 */
export class FileExpiredError extends Schema.TaggedError<FileExpiredError>()("FileExpiredError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * Every error that the server can answer to any operation.
 *
 * @category errors
 * @since 0.1.0
 */
export type ApiError =
  | InvalidRequestError
  | AuthenticationError
  | BillingError
  | PermissionError
  | NotFoundError
  | ConflictError
  | RequestTooLargeError
  | RateLimitError
  | GatewayTimeoutError
  | InternalServerError
  | OverloadedError
  | UnknownApiError

/**
 * The schema of every error that the server can answer to any operation.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ApiError: Schema.Codec<ApiError, unknown> = Schema.Union([
  InvalidRequestError,
  AuthenticationError,
  BillingError,
  PermissionError,
  NotFoundError,
  ConflictError,
  RequestTooLargeError,
  RateLimitError,
  GatewayTimeoutError,
  InternalServerError,
  OverloadedError,
  UnknownApiError
])
