// A message batch, and the results of its requests.
import * as Schema from "effect/Schema"
import { checked, OpenEnum, OpenUnion, Timestamp, type UnknownMember, type Wire } from "./checked.ts"
import { ErrorBody } from "./ErrorBody.ts"
import { Message } from "./Message.ts"
import { IdPage } from "./Page.ts"

const requestCounts = Schema.Struct({
  processing: Schema.Finite,
  succeeded: Schema.Finite,
  errored: Schema.Finite,
  canceled: Schema.Finite,
  expired: Schema.Finite
})

/**
 * Requests by state. All are in `processing` until the whole batch has ended, so they do not show progress.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestCounts extends Schema.Schema.Type<typeof requestCounts> {}

const messageBatch = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("message_batch"),
  processing_status: OpenEnum(["in_progress", "canceling", "ended"]),
  request_counts: checked<RequestCounts, RequestCounts>("RequestCounts", requestCounts),
  created_at: Timestamp,
  expires_at: Timestamp,
  ended_at: Schema.NullOr(Timestamp),
  cancel_initiated_at: Schema.NullOr(Timestamp),
  archived_at: Schema.NullOr(Timestamp),
  results_url: Schema.NullOr(Schema.String)
})

/**
 * A message batch. Timestamps are `DateTime.Utc`. Unknown fields are kept.
 *
 * `request_counts` has every request in `processing` until the whole batch has ended, so it does not show progress.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageBatch extends Schema.Schema.Type<typeof messageBatch> {}

/**
 * A message batch as JSON: its timestamps are RFC 3339 texts.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageBatchEncoded extends Schema.Codec.Encoded<typeof messageBatch> {}

/**
 * The schema of a message batch. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MessageBatch: Wire<MessageBatch, MessageBatchEncoded> = checked("MessageBatch", messageBatch)

/** A page of batches. */
export const MessageBatchPage = IdPage("MessageBatchPage", MessageBatch)

const deletedMessageBatch = Schema.Struct({ id: Schema.String, type: Schema.Literal("message_batch_deleted") })

/**
 * What is left of a batch that was deleted.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeletedMessageBatch extends Schema.Schema.Type<typeof deletedMessageBatch> {}

/**
 * The schema of what is left of a batch that was deleted.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DeletedMessageBatch: Wire<DeletedMessageBatch> = checked("DeletedMessageBatch", deletedMessageBatch)

const succeededResult = Schema.Struct({ type: Schema.Literal("succeeded"), message: Message })

/**
 * The result of a request that was answered, and is billed. A refusal is an answer, too: see `message.stop_reason`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SucceededResult extends Schema.Schema.Type<typeof succeededResult> {}

const erroredResult = Schema.Struct({ type: Schema.Literal("errored"), error: ErrorBody })

/**
 * The result of a request that failed. The category is at `error.error.type`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErroredResult extends Schema.Schema.Type<typeof erroredResult> {}

const canceledResult = Schema.Struct({ type: Schema.Literal("canceled") })

/**
 * The result of a request that was canceled with its batch before it was sent to a model.
 *
 * @category models
 * @since 0.1.0
 */
export interface CanceledResult extends Schema.Schema.Type<typeof canceledResult> {}

const expiredResult = Schema.Struct({ type: Schema.Literal("expired") })

/**
 * The result of a request that was not sent to a model before its batch expired.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExpiredResult extends Schema.Schema.Type<typeof expiredResult> {}

/**
 * The result of one request. One of an unknown kind is `{ type: "unknown", raw }`.
 *
 * Only `succeeded` is billed. A refusal and an unfinished `pause_turn` are `succeeded`: see `message.stop_reason`.
 *
 * @category models
 * @since 0.1.0
 */
export type MessageBatchResult = SucceededResult | ErroredResult | CanceledResult | ExpiredResult | UnknownMember

/**
 * The schema of the result of one request. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MessageBatchResult: Wire<MessageBatchResult> = checked(
  "MessageBatchResult",
  OpenUnion([succeededResult, erroredResult, canceledResult, expiredResult])
)

const messageBatchIndividualResponse = Schema.Struct({ custom_id: Schema.String, result: MessageBatchResult })

/**
 * One line of the results of a batch. Lines come in any order. `custom_id` is that of the request.
 *
 * @category models
 * @since 0.1.0
 */
export interface MessageBatchIndividualResponse extends Schema.Schema.Type<typeof messageBatchIndividualResponse> {}

/**
 * The schema of one line of the results of a batch. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const MessageBatchIndividualResponse: Wire<MessageBatchIndividualResponse> = checked(
  "MessageBatchIndividualResponse",
  messageBatchIndividualResponse
)
