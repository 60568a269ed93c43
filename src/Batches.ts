/**
 * Message batches: many requests at half the price of single calls, answered within 24 hours. Create a batch, watch it, read
 * its results.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing.
 *
 * @since 0.1.0
 */

export { type Explanation, explain } from "./batches/explain.ts"
export { type ItemOnly, type Joined, type JoinRow, join, joinAs, type ResultOnly } from "./batches/join.ts"
export {
  CancelError,
  CreateError,
  type CreateOptions,
  cancel,
  create,
  DeleteError,
  delete,
  ListError,
  list,
  listPage,
  listPages,
  RetrieveError,
  retrieve
} from "./batches/operations.ts"
export type { Outage } from "./batches/outage.ts"
export { type Partition, partition } from "./batches/partition.ts"
export { ResultsError, type ResultsOptions, resultLines, results } from "./batches/read.ts"
export { createScoped } from "./batches/scoped.ts"
export { type WaitOptions, WatchError, type WatchOptions, waitUntilEnded, watch } from "./batches/watch.ts"
export type { IdOf } from "./http/path.ts"
export {
  type CanceledResult,
  DeletedMessageBatch,
  type ErroredResult,
  type ExpiredResult,
  MessageBatch,
  type MessageBatchEncoded,
  MessageBatchIndividualResponse,
  MessageBatchResult,
  type RequestCounts,
  type SucceededResult
} from "./schema/Batch.ts"
export type { Wire } from "./schema/checked.ts"
export type { ErrorBody, ErrorDetails, ErrorInfo } from "./schema/ErrorBody.ts"
export type { Message } from "./schema/Message.ts"
