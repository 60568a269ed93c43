/**
 * Every error that this package fails with. The errors are flat and tagged, so that `Effect.catchTag` works and signatures
 * show what can happen. None of them holds a request, a response or a credential.
 *
 * Each is a schema, and so are the unions: an error can be stored, sent over RPC and returned from an activity.
 *
 * @since 0.1.0
 */
export {
  AnswerIncompleteError,
  AnswerMismatchError,
  AnswerRefusedError,
  MessageInterruptedError
} from "./errors/answer.ts"
export {
  ApiError,
  AuthenticationError,
  BillingError,
  ConflictError,
  FileExpiredError,
  FileNotDownloadableError,
  GatewayTimeoutError,
  InternalServerError,
  InvalidRequestError,
  NotFoundError,
  OverloadedError,
  PermissionError,
  type RateLimit,
  RateLimitError,
  type RateLimitWindow,
  RequestTooLargeError,
  SpendLimitError,
  StorageQuotaExceededError,
  UnknownApiError
} from "./errors/api.ts"
export {
  BatchNotEndedError,
  PaginationError,
  ResultsIncompleteError,
  ResultsUnavailableError,
  WatchTimeoutError
} from "./errors/batch.ts"
export {
  ConnectionError,
  CredentialsError,
  DecodeError,
  IdleTimeoutError,
  IndeterminateError,
  RedirectError,
  RequestError,
  RequestRefusedError,
  ResponseTimeoutError,
  StreamInterruptedError
} from "./errors/call.ts"
export { ContentBlockError, FileSizeMismatchError, SourceChangedError } from "./errors/file.ts"
export { ToolLoopError } from "./errors/loop.ts"
export type * from "./schema/Answer.ts"
export type { MessageBatch, MessageBatchEncoded, RequestCounts } from "./schema/Batch.ts"
