// One or more of every error of `AnthropicError`, with and without what may be left out.
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import * as AnthropicError from "effect-anthropic/AnthropicError"
import * as Batches from "effect-anthropic/Batches"
import { message } from "../messages/support.ts"

export const secret = "the content of an answer"

export const answer = message(
  [
    { type: "hologram", secret },
    { type: "text", text: secret, citations: [{ secret }] }
  ],
  {
    later: { secret }
  }
)

const batch = Schema.decodeUnknownSync(Batches.MessageBatch)({
  id: "msgbatch_1",
  type: "message_batch",
  processing_status: "later",
  request_counts: { processing: 1, succeeded: 0, errored: 0, canceled: 0, expired: 0, paused: 3 },
  created_at: "2026-01-01T00:00:00Z",
  expires_at: "2026-01-02T00:00:00Z",
  later: [1]
})

const api = {
  operation: "Batches.create",
  status: 429,
  type: "rate_limit_error",
  description: "slow down",
  errorCode: "code",
  details: { error_code: "code", list: [1, null, { a: "b" }] },
  requestId: "req_1",
  retryAfter: Duration.seconds(5),
  rateLimit: { requests: { limit: 1, remaining: 0, reset: DateTime.makeUnsafe(0) }, tokens: {} },
  isRetryable: true
}

const bareApi = { operation: "Batches.create", description: "slow down", isRetryable: false }

const call = { operation: "Batches.create" }
const connection = new AnthropicError.ConnectionError({ ...call, phase: "request", code: "X", description: "d" })
const decode = new AnthropicError.DecodeError({
  ...call,
  description: "Expected a string",
  path: ["result", "", 3, "text"],
  snippet: secret,
  body: secret,
  status: 200,
  requestId: "req_1",
  line: 3,
  offset: 17,
  customId: "a"
})

const apiClasses = {
  AuthenticationError: AnthropicError.AuthenticationError,
  BillingError: AnthropicError.BillingError,
  ConflictError: AnthropicError.ConflictError,
  FileExpiredError: AnthropicError.FileExpiredError,
  FileNotDownloadableError: AnthropicError.FileNotDownloadableError,
  GatewayTimeoutError: AnthropicError.GatewayTimeoutError,
  InternalServerError: AnthropicError.InternalServerError,
  InvalidRequestError: AnthropicError.InvalidRequestError,
  NotFoundError: AnthropicError.NotFoundError,
  OverloadedError: AnthropicError.OverloadedError,
  PermissionError: AnthropicError.PermissionError,
  RateLimitError: AnthropicError.RateLimitError,
  RequestTooLargeError: AnthropicError.RequestTooLargeError,
  SpendLimitError: AnthropicError.SpendLimitError,
  StorageQuotaExceededError: AnthropicError.StorageQuotaExceededError,
  UnknownApiError: AnthropicError.UnknownApiError
}

const apiError = new AnthropicError.OverloadedError(api)

/** One or more of every error. */
export const samples = [
  ...Object.values(apiClasses).flatMap((Class) => [
    new Class(api),
    new Class(bareApi),
    new Class({ ...bareApi, details: undefined })
  ]),
  new AnthropicError.RequestRefusedError({
    ...call,
    reasons: [
      { path: "", description: "it is not an object" },
      { path: "requests[3].custom_id", description: "odd" }
    ],
    omitted: 5
  }),
  new AnthropicError.CredentialsError({ reason: "missing", description: "there is no key" }),
  connection,
  new AnthropicError.ResponseTimeoutError({ ...call, timeout: Duration.minutes(10) }),
  new AnthropicError.IdleTimeoutError({ ...call, timeout: Duration.minutes(5), requestId: undefined }),
  new AnthropicError.RedirectError({ ...call, status: 302, description: "no location" }),
  decode,
  new AnthropicError.DecodeError({ ...call, description: "it is not JSON", path: [], snippet: "" }),
  new AnthropicError.StreamInterruptedError({ ...call, delivered: 3, cause: connection }),
  ...[apiError, connection, decode, new AnthropicError.ResponseTimeoutError({ ...call, timeout: Duration.zero })].map(
    (cause) => new AnthropicError.IndeterminateError({ ...call, startedAt: DateTime.makeUnsafe(0), cause })
  ),
  new AnthropicError.PaginationError({ ...call, cursor: "c", description: "it came back" }),
  new AnthropicError.PaginationError({ ...call, description: "there is none" }),
  new AnthropicError.BatchNotEndedError({ batch }),
  new AnthropicError.ResultsUnavailableError({ batch }),
  new AnthropicError.ResultsIncompleteError({ batchId: "b", expected: 3, received: 2 }),
  new AnthropicError.WatchTimeoutError({ batchId: "b", batch, elapsed: Duration.hours(25), reason: "timeout" }),
  new AnthropicError.WatchTimeoutError({ batchId: "b", elapsed: Duration.hours(25), reason: "schedule" }),
  new AnthropicError.SourceChangedError({ expected: 1, received: 2 }),
  new AnthropicError.SourceChangedError({ expected: 2, received: 1 }),
  new AnthropicError.FileSizeMismatchError({ fileId: "f", expected: 1, received: 2 }),
  new AnthropicError.ContentBlockError({ fileId: "f", mimeType: "text/x", block: "image" }),
  new AnthropicError.MessageInterruptedError({ ...call, reason: "malformed", partial: answer, cause: decode }),
  new AnthropicError.MessageInterruptedError({ ...call, reason: "error", partial: answer, cause: apiError }),
  new AnthropicError.MessageInterruptedError({ ...call, reason: "ended" }),
  new AnthropicError.AnswerRefusedError({ answer }),
  new AnthropicError.AnswerIncompleteError({ answer }),
  new AnthropicError.AnswerMismatchError({ answer, description: "Expected a string", path: ["a", 0] }),
  new AnthropicError.ToolLoopError({
    reason: "refused",
    answers: [answer],
    messages: [{ role: "user", content: secret }]
  }),
  new AnthropicError.ToolLoopError({ reason: "incomplete", answers: [answer, answer], messages: [] }),
  new AnthropicError.ToolLoopError({ reason: "turns", answers: [], messages: [] }),
  new AnthropicError.ToolLoopError({ reason: "failed", answers: [], messages: [], cause: apiError }),
  new AnthropicError.ToolLoopError({
    reason: "failed",
    answers: [],
    messages: [],
    cause: new AnthropicError.SpendLimitError(api)
  })
]
