// The errors of a call: refused before it is sent, without an answer, cut off, or with an answer that cannot be read.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ApiError } from "./api.ts"
import { at, Path } from "./path.ts"

/**
 * The request was refused here, before anything was sent.
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
 * - `malformed`: it cannot be put into a header, or what describes it cannot be read.
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
 * `phase` tells when: `connect` (nothing was sent), `request` (sent in part or in whole, no response), `body` (the response
 * was cut off).
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
  /** Whether the same call may succeed later. Default: true. False where TLS or a certificate is the reason. */
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
 * Nothing came of a response body for longer than the idle timeout.
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
    return `${this.operation}: the response stood still for ${Duration.format(this.timeout)}`
  }
}

/**
 * The server redirected in a way that is not followed.
 *
 * Not followed are redirects of a call that is not a GET, to plain HTTP, without a usable location, and the sixth of a call.
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
 * A successful response is not what the endpoint returns. `path` leads to the wrong value.
 *
 * `snippet` is the beginning of what was received, and `body` the whole of it up to a limit. Neither is part of `message`,
 * since messages end up in logs and spans.
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
  /** The whole line or body, up to the bound of the operation's options. Absent where nothing came. */
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
 * A stream was cut off and could not be continued. What was delivered is right. The rest is missing.
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
 * A create call was sent and its fate is unknown: the resource may exist or not.
 *
 * It was not repeated, because that could create (and bill) it twice. Look for it in the listing among what was created
 * since `startedAt`. With a `DecodeError` as `cause` the server answered with a success, but not with the resource.
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
    return `${this.operation}: it is not known whether it was carried out: ${this.cause.message}`
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
