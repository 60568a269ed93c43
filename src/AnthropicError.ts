/**
 * Every error this package fails with: flat tagged errors, so that `Effect.catchTag` works and signatures tell what can
 * happen. None of them holds a request, a response or a credential.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { MessageBatch } from "./schema/Batch.ts"
import { Message } from "./schema/Message.ts"

export type * from "./schema/Answer.ts"
export type { MessageBatch, MessageBatchEncoded, RequestCounts } from "./schema/Batch.ts"

/**
 * One window of a rate limit: how many are allowed, how many are left, and when it is full again.
 *
 * @since 0.1.0
 */
export interface RateLimitWindow {
  readonly limit?: number | undefined
  readonly remaining?: number | undefined
  readonly reset?: DateTime.Utc | undefined
}

const RateLimitWindow = Schema.Struct({
  limit: Schema.optional(Schema.Number),
  remaining: Schema.optional(Schema.Number),
  reset: Schema.optional(Schema.DateTimeUtc)
})

/**
 * The rate-limit headers of one response, by window: `requests`, `tokens`, `input_tokens`, `output_tokens`, and with a
 * prefix `priority_` or `fast_` those of the Priority Tier and of fast mode.
 *
 * Token counts are rounded to thousands by the server. Source: https://platform.claude.com/docs/en/api/rate-limits.
 *
 * @since 0.1.0
 */
export type RateLimit = { readonly [window: string]: RateLimitWindow }

const RateLimit = Schema.Record(Schema.String, RateLimitWindow)

const optional = Schema.optional

const apiFields = {
  /** The operation that failed, for example `Batches.create`. */
  operation: Schema.String,
  /** The HTTP status; absent for an error inside a stream. */
  status: optional(Schema.Number),
  /** `error.type` of the body, when it had one. */
  type: optional(Schema.String),
  /** `error.message` of the body, or a bounded piece of a body that was not the API's. Its wording is not stable. */
  description: Schema.String,
  /** `error.details.error_code`. */
  errorCode: optional(Schema.String),
  /** `error.details` as received. */
  details: optional(Schema.Unknown),
  /** The `request-id` header, or `request_id` of the body: quote it to support. */
  requestId: optional(Schema.String),
  /** How long the server asks to wait. */
  retryAfter: optional(Schema.Duration),
  rateLimit: optional(RateLimit),
  /** Whether the same call may succeed later. */
  isRetryable: Schema.Boolean
}

interface ApiErrorFields {
  readonly operation: string
  readonly status?: number | undefined
  readonly type?: string | undefined
  readonly description: string
  readonly requestId?: string | undefined
  readonly retryAfter?: Duration.Duration | undefined
}

const describe = (error: ApiErrorFields): string => {
  const kind = [error.status, error.type].filter((part) => part !== undefined).join(" ")
  const what = [error.operation, kind, error.description].filter((part) => part !== "").join(": ")
  const request = error.requestId === undefined ? "" : ` (request ${error.requestId})`
  const wait = error.retryAfter === undefined ? "" : `; retry after ${Duration.format(error.retryAfter)}`
  return `${what}${wait}${request}`
}

/**
 * The request is malformed or not allowed (400 and similar): change it before sending it again.
 *
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
 * @since 0.1.0
 */
export class NotFoundError extends Schema.TaggedError<NotFoundError>()("NotFoundError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The resource is in a state that does not allow this (409).
 *
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
 * A rate limit was hit (429): `retryAfter` and `rateLimit` say more.
 *
 * @since 0.1.0
 */
export class RateLimitError extends Schema.TaggedError<RateLimitError>()("RateLimitError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * A spend limit was reached (429 `enforced_spend_limit_reached` or `contract_spend_limit_reached`): waiting does not
 * help before the limit is raised or its period ends.
 *
 * @since 0.1.0
 */
export class SpendLimitError extends Schema.TaggedError<SpendLimitError>()("SpendLimitError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The organization's file storage is full (400 `storage_quota_exceeded`): delete files before uploading more.
 *
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
 * @since 0.1.0
 */
export class FileExpiredError extends Schema.TaggedError<FileExpiredError>()("FileExpiredError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The request took too long on the server's side (504).
 *
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
 * @since 0.1.0
 */
export class OverloadedError extends Schema.TaggedError<OverloadedError>()("OverloadedError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The server answered with an error that this version has no name for.
 *
 * @since 0.1.0
 */
export class UnknownApiError extends Schema.TaggedError<UnknownApiError>()("UnknownApiError", apiFields) {
  override get message(): string {
    return describe(this)
  }
}

/**
 * Every error that the server can answer any operation with.
 *
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
 * The request was refused here, before anything was sent: each reason names the place (`requests[3].custom_id`) and what
 * is wrong with it. At most 100 reasons are kept; `omitted` counts the others.
 *
 * @since 0.1.0
 */
export class RequestRefusedError extends Schema.TaggedError<RequestRefusedError>()("RequestRefusedError", {
  operation: Schema.String,
  reasons: Schema.Array(Schema.Struct({ path: Schema.String, description: Schema.String })),
  omitted: Schema.Number
}) {
  readonly isRetryable = false

  override get message(): string {
    const shown = this.reasons.slice(0, 5).map(({ path, description }) => `${path}: ${description}`)
    const more = this.reasons.length - shown.length + this.omitted
    return `${this.operation}: refused before sending: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`
  }
}

/**
 * There is no usable credential: none was found, it cannot be put into a header, or its source failed.
 *
 * @since 0.1.0
 */
export class CredentialsError extends Schema.TaggedError<CredentialsError>()("CredentialsError", {
  reason: Schema.Literals(["missing", "malformed", "unavailable"]),
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return this.description
  }
}

/**
 * The connection could not be made or broke. `phase` tells where: `connect` (nothing was sent), `request` (sent in part
 * or in whole, no response), `body` (the response was cut off).
 *
 * @since 0.1.0
 */
export class ConnectionError extends Schema.TaggedError<ConnectionError>()("ConnectionError", {
  operation: Schema.String,
  phase: Schema.Literals(["connect", "request", "body"]),
  /** The code of the system or of the HTTP client, for example `ECONNRESET`. */
  code: optional(Schema.String),
  description: Schema.String,
  requestId: optional(Schema.String)
}) {
  readonly isRetryable = true

  override get message(): string {
    const code = this.code === undefined ? "" : ` ${this.code}`
    return `${this.operation}: connection failed (${this.phase}${code}): ${this.description}`
  }
}

/**
 * No response headers came within the response timeout, counted from the last byte of the request that was handed over.
 *
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
 * A response body stood still for longer than the idle timeout.
 *
 * @since 0.1.0
 */
export class IdleTimeoutError extends Schema.TaggedError<IdleTimeoutError>()("IdleTimeoutError", {
  operation: Schema.String,
  timeout: Schema.Duration,
  requestId: optional(Schema.String)
}) {
  readonly isRetryable = true

  override get message(): string {
    return `${this.operation}: the response stood still for ${Duration.format(this.timeout)}`
  }
}

/**
 * The server redirected in a way that is not followed: a POST or DELETE, to plain HTTP, without a usable location, or too
 * often.
 *
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
 * A successful response is not what the endpoint returns. `path` leads to the wrong value. `snippet` is the beginning of
 * what was received and `body` the whole of it, up to a limit; neither is part of `message`, since messages end up in logs
 * and spans. In a results download `line` counts from 1, `offset` is the byte where that line starts, and `customId` names
 * the request if the line contains it.
 *
 * @since 0.1.0
 */
export class DecodeError extends Schema.TaggedError<DecodeError>()("DecodeError", {
  operation: Schema.String,
  description: Schema.String,
  path: Schema.Array(Schema.Union([Schema.String, Schema.Number])),
  snippet: Schema.String,
  /** The whole line or body, up to the bound of the operation's options. Absent where nothing came. */
  body: optional(Schema.String),
  status: optional(Schema.Number),
  requestId: optional(Schema.String),
  line: optional(Schema.Number),
  offset: optional(Schema.Number),
  customId: optional(Schema.String)
}) {
  readonly isRetryable = false

  override get message(): string {
    const path = this.path.length === 0 ? "" : ` at ${this.path.join(".")}`
    const line = this.line === undefined ? "" : ` in line ${this.line} (byte ${this.offset})`
    return `${this.operation}: unexpected response${line}: ${this.description}${path}`
  }
}

/**
 * A stream was cut off and could not be taken up again. Nothing that was delivered is wrong; the rest is missing.
 *
 * @since 0.1.0
 */
export class StreamInterruptedError extends Schema.TaggedError<StreamInterruptedError>()("StreamInterruptedError", {
  operation: Schema.String,
  /** How many items were delivered before; of a file the bytes. */
  delivered: Schema.Number,
  unit: optional(Schema.Literals(["items", "bytes"])),
  cause: Schema.Union([ConnectionError, IdleTimeoutError])
}) {
  readonly isRetryable = true

  override get message(): string {
    return `${this.operation}: cut off after ${this.delivered} ${this.unit ?? "items"}: ${this.cause.message}`
  }
}

/**
 * A create call was sent and its fate is unknown: the resource may exist or not. It was not repeated, because that could
 * create (and bill) it twice. Look for it in the listing among what was created since `startedAt`. With a `DecodeError` as
 * `cause` the server answered with a success, but not with the resource.
 *
 * @since 0.1.0
 */
export class IndeterminateError extends Schema.TaggedError<IndeterminateError>()("IndeterminateError", {
  operation: Schema.String,
  /** When the attempt began, by this machine's clock. */
  startedAt: Schema.DateTimeUtc,
  cause: Schema.Union([
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
    UnknownApiError,
    ConnectionError,
    ResponseTimeoutError,
    IdleTimeoutError,
    DecodeError
  ])
}) {
  readonly isRetryable = false

  override get message(): string {
    return `${this.operation}: it is not known whether it was carried out: ${this.cause.message}`
  }
}

/**
 * A listing cannot be continued: its cursor came back, or there is more but no cursor to it.
 *
 * @since 0.1.0
 */
export class PaginationError extends Schema.TaggedError<PaginationError>()("PaginationError", {
  cursor: optional(Schema.String),
  description: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    return `listing stopped: ${this.description}`
  }
}

/**
 * The batch has no results yet: it has not ended. `batch` is its newest state.
 *
 * @since 0.1.0
 */
export class BatchNotEndedError extends Schema.TaggedError<BatchNotEndedError>()("BatchNotEndedError", {
  batch: MessageBatch
}) {
  readonly isRetryable = true

  override get message(): string {
    return `batch ${this.batch.id} is ${this.batch.processing_status}: its results can be read once it has ended`
  }
}

/**
 * The results of the batch are gone: they are kept for 29 days after its creation.
 *
 * @since 0.1.0
 */
export class ResultsUnavailableError extends Schema.TaggedError<ResultsUnavailableError>()("ResultsUnavailableError", {
  batch: MessageBatch
}) {
  readonly isRetryable = false

  override get message(): string {
    return `the results of batch ${this.batch.id} are no longer available`
  }
}

/**
 * Downloads of the results ended cleanly and yet too early (or with requests twice): `received` distinct results of
 * `expected`. What was delivered is right; the rest is missing.
 *
 * @since 0.1.0
 */
export class ResultsIncompleteError extends Schema.TaggedError<ResultsIncompleteError>()("ResultsIncompleteError", {
  batchId: Schema.String,
  expected: Schema.Number,
  received: Schema.Number
}) {
  readonly isRetryable = true

  override get message(): string {
    return `batch ${this.batchId}: ${this.received} results of ${this.expected}`
  }
}

/**
 * Watching stopped before the batch ended: the time allowed was over, or the schedule had no further step. The batch
 * lives on; watch it again by `batch.id`.
 *
 * @since 0.1.0
 */
export class WatchTimeoutError extends Schema.TaggedError<WatchTimeoutError>()("WatchTimeoutError", {
  batchId: Schema.String,
  /** The newest state that was seen. */
  batch: optional(MessageBatch),
  elapsed: Schema.Duration,
  reason: Schema.Literals(["timeout", "schedule"])
}) {
  readonly isRetryable = true

  override get message(): string {
    const status = this.batch === undefined ? "not seen yet" : this.batch.processing_status
    const why = this.reason === "timeout" ? `after ${Duration.format(this.elapsed)}` : "where its schedule ended"
    return (
      `stopped watching batch ${this.batchId} (${status}) ${why}; ` +
      `it lives on: watch it again with Batches.waitUntilEnded("${this.batchId}")`
    )
  }
}

/**
 * A source gave more or fewer bytes than it said it has: it shrank, grew, or said so wrongly. `expected` and `received`
 * are in bytes; at the first byte too many it was stopped. Nothing was uploaded.
 *
 * @since 0.1.0
 */
export class SourceChangedError extends Schema.TaggedError<SourceChangedError>()("SourceChangedError", {
  expected: Schema.Number,
  received: Schema.Number
}) {
  readonly isRetryable = false

  override get message(): string {
    const more = this.received > this.expected
    return `the source said it has ${this.expected} bytes and has ${more ? "more" : `only ${this.received}`}`
  }
}

/**
 * A download does not have the size that the file's metadata says, in bytes, although it ended cleanly.
 *
 * @since 0.1.0
 */
export class FileSizeMismatchError extends Schema.TaggedError<FileSizeMismatchError>()("FileSizeMismatchError", {
  fileId: Schema.String,
  expected: Schema.Number,
  received: Schema.Number
}) {
  readonly isRetryable = true

  override get message(): string {
    return `file ${this.fileId}: ${this.received} bytes came, its size is ${this.expected}`
  }
}

/**
 * A file cannot stand in a message as the block that was asked for.
 *
 * @since 0.1.0
 */
export class ContentBlockError extends Schema.TaggedError<ContentBlockError>()("ContentBlockError", {
  fileId: Schema.String,
  mimeType: Schema.String,
  block: Schema.String
}) {
  readonly isRetryable = false

  override get message(): string {
    const article = this.block === "image" ? "an" : "a"
    return `file ${this.fileId} of type ${this.mimeType} cannot be ${article} ${this.block} block`
  }
}

/**
 * A streamed answer broke off: nothing that was delivered is wrong, the rest is missing. `reason` tells how: `ended` (the
 * body ended cleanly without `message_stop`), `connection` (it was cut), `idle` (it stood still), `error` (the server sent
 * an `error` event), `malformed` (an event is not what the API sends). `cause` is the error behind it, if there is one.
 *
 * `partial` is the message so far; the input of a tool call that was under way is the text of its JSON so far.
 *
 * @since 0.1.0
 */
export class MessageInterruptedError extends Schema.TaggedError<MessageInterruptedError>()("MessageInterruptedError", {
  operation: Schema.String,
  reason: Schema.Literals(["ended", "connection", "idle", "error", "malformed"]),
  partial: optional(Message),
  cause: optional(
    Schema.Union([
      InvalidRequestError,
      AuthenticationError,
      BillingError,
      PermissionError,
      NotFoundError,
      ConflictError,
      RequestTooLargeError,
      RateLimitError,
      SpendLimitError,
      GatewayTimeoutError,
      InternalServerError,
      OverloadedError,
      UnknownApiError,
      ConnectionError,
      IdleTimeoutError,
      DecodeError
    ])
  ),
  requestId: optional(Schema.String)
}) {
  /** Whether the same call may succeed later; what was generated so far is billed all the same. */
  get isRetryable(): boolean {
    return this.cause?.isRetryable ?? true
  }

  override get message(): string {
    const why = this.cause === undefined ? "the stream ended without message_stop" : this.cause.message
    return `${this.operation}: the message broke off (${this.reason}): ${why}`
  }
}

const answerFields = {
  /** The answer as received. */
  answer: Message,
  /** The call of a tool that this is about; the whole answer when absent. */
  toolUseId: optional(Schema.String)
}

const subject = (error: { readonly answer: Message; readonly toolUseId?: string | undefined }): string =>
  error.toolUseId === undefined ? `message ${error.answer.id}` : `call ${error.toolUseId} of message ${error.answer.id}`

/**
 * The model refused: there is no output, and no call to answer. `answer.stop_details` may say why.
 *
 * @since 0.1.0
 */
export class AnswerRefusedError extends Schema.TaggedError<AnswerRefusedError>()("AnswerRefusedError", answerFields) {
  readonly isRetryable = false

  override get message(): string {
    const details = this.answer.stop_details
    const category = details?.type === "refusal" && details.category ? ` (${details.category})` : ""
    return `${subject(this)}: the model refused${category}`
  }
}

/**
 * The output, or the input of a tool call, was cut off or has not come yet: `answer.stop_reason` says by what, for
 * example `max_tokens`, `tool_use` or `pause_turn`.
 *
 * @since 0.1.0
 */
export class AnswerIncompleteError extends Schema.TaggedError<AnswerIncompleteError>()(
  "AnswerIncompleteError",
  answerFields
) {
  readonly isRetryable = false

  override get message(): string {
    return `${subject(this)}: it is incomplete (stop reason ${this.answer.stop_reason})`
  }
}

/**
 * The output, or the input of a tool call, is there and does not fit its schema: `path` leads to what is wrong.
 *
 * @since 0.1.0
 */
export class AnswerMismatchError extends Schema.TaggedError<AnswerMismatchError>()("AnswerMismatchError", {
  ...answerFields,
  description: Schema.String,
  path: Schema.Array(Schema.Union([Schema.String, Schema.Number]))
}) {
  readonly isRetryable = false

  override get message(): string {
    const path = this.path.length === 0 ? "" : ` at ${this.path.join(".")}`
    return `${subject(this)}: it does not fit the schema: ${this.description}${path}`
  }
}

/**
 * What every operation can fail with.
 *
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
