// The errors of a call that is refused before it is sent, has no answer, is cut off, or has an answer that cannot be read.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ApiError } from "./api.ts"
import { at, Path } from "./path.ts"

/**
 * The request was refused by this package, before anything was sent.
 *
 * Each reason names the place (`requests[3].custom_id`) and what is wrong with it. At most 100 reasons are kept. `omitted`
 * counts the others.
 *
 * @category errors
 * @since 0.1.0
 */
export class RequestRefusedError extends Schema.TaggedError<RequestRefusedError>()("RequestRefusedError", {
  operation: Schema.String,
  reasons: Schema.Array(Schema.Struct({ path: Schema.String, description: Schema.String })),
  omitted: Schema.Number
}) {
  readonly isRetryable = false

  override get message(): string {
    const shown = this.reasons
      .slice(0, 5)
      .map(({ path, description }) => `${path === "" ? "" : `${path}: `}${description}`)
    const more = this.reasons.length - shown.length + this.omitted
    return `${this.operation}: refused before sending: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`
  }
}

/**
 * There is no usable credential.
 *
 * - `missing`: none was found.
 * - `malformed`: a header cannot contain it, or the file or setting that describes it cannot be read.
 * - `unsafe`: others may read its file, or it would be sent without TLS.
 * - `rejected`: the token endpoint refuses to exchange it.
 * - `unavailable`: its source failed. An outage of the token endpoint is retryable.
 *
 * @category errors
 * @since 0.1.0
 */
export class CredentialsError extends Schema.TaggedError<CredentialsError>()("CredentialsError", {
  reason: Schema.Literals(["missing", "malformed", "unsafe", "rejected", "unavailable"]),
  description: Schema.String,
  /** Whether the same call may succeed later. Default: false. */
  isRetryable: Schema.Boolean.pipe(Schema.withConstructorDefault(Effect.succeed(false)))
}) {
  override get message(): string {
    return this.description
  }
}

/**
 * The connection could not be made, or it broke.
 *
 * `phase` says when: `connect` (nothing was sent), `request` (the request was sent in part or completely, and there was no
 * response), `body` (the response was cut off).
 *
 * @category errors
 * @since 0.1.0
 */
export class ConnectionError extends Schema.TaggedError<ConnectionError>()("ConnectionError", {
  operation: Schema.String,
  phase: Schema.Literals(["connect", "request", "body"]),
  /** The code of the system or of the HTTP client, for example `ECONNRESET`. */
  code: Schema.optional(Schema.String),
  description: Schema.String,
  requestId: Schema.optional(Schema.String),
  /** Whether the same call may succeed later. Default: true. False if the reason is TLS or a certificate. */
  isRetryable: Schema.Boolean.pipe(Schema.withConstructorDefault(Effect.succeed(true)))
}) {
  override get message(): string {
    const code = this.code === undefined ? "" : ` ${this.code}`
    return `${this.operation}: connection failed (${this.phase}${code}): ${this.description}`
  }
}

/**
 * No response headers came within the response timeout, which begins with the last byte of the request.
 *
 * @category errors
 * @since 0.1.0
 */
export class ResponseTimeoutError extends Schema.TaggedError<ResponseTimeoutError>()("ResponseTimeoutError", {
  operation: Schema.String,
  timeout: Schema.Duration
}) {
  readonly isRetryable = true

  override get message(): string {
    return `${this.operation}: no response within ${Duration.format(this.timeout)}`
  }
}

/**
 * No byte of a response body was received for longer than the idle timeout.
 *
 * @category errors
 * @since 0.1.0
 */
export class IdleTimeoutError extends Schema.TaggedError<IdleTimeoutError>()("IdleTimeoutError", {
  operation: Schema.String,
  timeout: Schema.Duration,
  requestId: Schema.optional(Schema.String)
}) {
  readonly isRetryable = true

  override get message(): string {
    return `${this.operation}: no byte of the response was received for ${Duration.format(this.timeout)}`
  }
}

/**
 * The server redirected in a way that is not followed.
 *
 * These are not followed: redirects of a call that is not a GET, to another origin without https, without a usable location,
 * and the sixth redirect of a call.
 *
 * @category errors
 * @since 0.1.0
 */
export class RedirectError extends Schema.TaggedError<RedirectError>()("RedirectError", {
  operation: Schema.String,
  status: Schema.Number,
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `${this.operation}: redirect ${this.status} not followed: ${this.description}`
  }
}

/**
 * A successful response does not have the form that the endpoint documents. `path` is the place of the wrong value.
 *
 * `snippet` is the beginning of the received text, and `body` is all of it up to a limit. Neither is part of `message`,
 * because messages are written to logs and spans.
 *
 * In a download of results `line` counts from 1, and `offset` is the byte where that line starts. `customId` names the request
 * if the line contains it.
 *
 * @category errors
 * @since 0.1.0
 */
export class DecodeError extends Schema.TaggedError<DecodeError>()("DecodeError", {
  operation: Schema.String,
  description: Schema.String,
  path: Path,
  snippet: Schema.String,
  /** The line or body, up to the limit in the options of the operation. Absent if nothing was received. */
  body: Schema.optional(Schema.String),
  status: Schema.optional(Schema.Number),
  requestId: Schema.optional(Schema.String),
  line: Schema.optional(Schema.Number),
  offset: Schema.optional(Schema.Number),
  customId: Schema.optional(Schema.String)
}) {
  readonly isRetryable = false

  override get message(): string {
    const line = this.line === undefined ? "" : ` in line ${this.line} (byte ${this.offset})`
    return `${this.operation}: unexpected response${line}: ${this.description}${at(this.path)}`
  }
}

/**
 * A stream was cut off and could not be continued. What was delivered is correct, and the rest is missing.
 *
 * @category errors
 * @since 0.1.0
 */
export class StreamInterruptedError extends Schema.TaggedError<StreamInterruptedError>()("StreamInterruptedError", {
  operation: Schema.String,
  /** How many items were delivered before. Of a file: how many bytes. */
  delivered: Schema.Number,
  unit: Schema.optional(Schema.Literals(["items", "bytes"])),
  cause: Schema.Union([ConnectionError, IdleTimeoutError])
}) {
  readonly isRetryable = true

  override get message(): string {
    return `${this.operation}: cut off after ${this.delivered} ${this.unit ?? "items"}: ${this.cause.message}`
  }
}

/**
 * A create call was sent and its result is unknown: the resource may or may not exist.
 *
 * It was not repeated, because that could create and bill the resource twice. Look in the listing for resources created
 * since `startedAt`. If `cause` is a `DecodeError`, the server answered with a success, but not with the resource.
 *
 * @category errors
 * @since 0.1.0
 */
export class IndeterminateError extends Schema.TaggedError<IndeterminateError>()("IndeterminateError", {
  operation: Schema.String,
  /** When the attempt began, by this machine's clock. */
  startedAt: Schema.DateTimeUtc,
  cause: Schema.Union([ApiError, ConnectionError, ResponseTimeoutError, IdleTimeoutError, DecodeError])
}) {
  readonly isRetryable = false

  override get message(): string {
    return `${this.operation}: it is unknown whether the call was carried out: ${this.cause.message}`
  }
}

/**
 * What every operation can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type RequestError =
  | ApiError
  | RequestRefusedError
  | CredentialsError
  | ConnectionError
  | ResponseTimeoutError
  | IdleTimeoutError
  | RedirectError
  | DecodeError

/**
 * The schema of what every operation can fail with.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RequestError: Schema.Codec<RequestError, unknown> = Schema.Union([
  ApiError,
  RequestRefusedError,
  CredentialsError,
  ConnectionError,
  ResponseTimeoutError,
  IdleTimeoutError,
  RedirectError,
  DecodeError
])
