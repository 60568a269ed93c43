import * as Schema from "effect/Schema"
import { checked, OpenEnum, OpenUnion } from "./checked.ts"
import { ErrorBody } from "./ErrorBody.ts"
import { Envelope } from "./envelope.ts"
import { Message } from "./Message.ts"

export const ProcessingStatus = OpenEnum(["in_progress", "canceling", "ended"])
export type ProcessingStatus = typeof ProcessingStatus.Type

/**
 * Requests by state. Everything is in `processing` until the whole batch has ended, so no progress can be read from it;
 * the sum is always the number of requests.
 */
export const RequestCounts = Schema.Struct({
  processing: Schema.Number,
  succeeded: Schema.Number,
  errored: Schema.Number,
  canceled: Schema.Number,
  expired: Schema.Number
})
export type RequestCounts = typeof RequestCounts.Type

/** A message batch (`GET /v1/messages/batches/{message_batch_id}`). */
export const MessageBatch = Envelope({
  id: Schema.String,
  type: Schema.Literal("message_batch"),
  processing_status: ProcessingStatus,
  request_counts: checked(RequestCounts),
  created_at: Schema.DateTimeUtcFromString,
  expires_at: Schema.DateTimeUtcFromString,
  ended_at: Schema.NullOr(Schema.DateTimeUtcFromString),
  cancel_initiated_at: Schema.NullOr(Schema.DateTimeUtcFromString),
  archived_at: Schema.NullOr(Schema.DateTimeUtcFromString),
  results_url: Schema.NullOr(Schema.String)
})
export type MessageBatch = typeof MessageBatch.Type

export const DeletedMessageBatch = Envelope({
  id: Schema.String,
  type: Schema.Literal("message_batch_deleted")
})
export type DeletedMessageBatch = typeof DeletedMessageBatch.Type

export const SucceededResult = Schema.Struct({ type: Schema.Literal("succeeded"), message: Message })
export const ErroredResult = Schema.Struct({ type: Schema.Literal("errored"), error: ErrorBody })
export const CanceledResult = Schema.Struct({ type: Schema.Literal("canceled") })
export const ExpiredResult = Schema.Struct({ type: Schema.Literal("expired") })

/**
 * What became of one request. A refusal and an unfinished `pause_turn` are `succeeded`: look at `message.stop_reason`.
 * Only `succeeded` is billed.
 */
export const MessageBatchResult = OpenUnion([SucceededResult, ErroredResult, CanceledResult, ExpiredResult])
export type MessageBatchResult = typeof MessageBatchResult.Type

/** One line of a batch's results. Lines come in any order; `custom_id` says which request it answers. */
export const MessageBatchIndividualResponse = checked(
  Schema.Struct({ custom_id: Schema.String, result: MessageBatchResult })
)
export type MessageBatchIndividualResponse = typeof MessageBatchIndividualResponse.Type
