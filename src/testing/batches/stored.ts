// A batch inside the emulator, and its form in the API at a time.
// Nothing changes by itself: `state.ts` advances a batch to the requested time.
import type * as Batch from "../../schema/Batch.ts"
import { timestamp } from "../server/wire.ts"
import { type BatchRequest, type Course, expiresAfter, type Outcome } from "./plan.ts"

/**
 * A batch as the API writes it: timestamps are strings.
 *
 * @category models
 * @since 0.1.0
 */
export interface WireBatch extends Batch.MessageBatchEncoded {}

export interface Settled {
  readonly request: BatchRequest
  readonly index: number
  readonly outcome: Outcome
}

/** The headers of the create call, which apply to every request of the batch. */
export interface Origin {
  readonly version: string
  readonly betas: ReadonlyArray<string>
  readonly workspaceId: string
  readonly userProfileId: string | undefined
}

/** The requests of a batch, and its state. */
export interface StoredBatch {
  readonly id: string
  readonly number: number
  readonly createdAt: number
  readonly requests: ReadonlyArray<BatchRequest>
  readonly course: Course
  /** Whether a test added it, instead of a create call. */
  readonly isSeeded: boolean
  readonly origin: Origin
  archivedAt: number
  canceledAt: number | undefined
  ended: { readonly at: number; readonly settled: ReadonlyArray<Settled> } | undefined
  downloads: number
  isDeleted: boolean
}

export const expiresAt = (batch: StoredBatch): number => batch.createdAt + expiresAfter

/** Whether the batch exists at `now`: created, and not deleted. */
export const isThere = (batch: StoredBatch, now: number): boolean => batch.createdAt <= now && !batch.isDeleted

/** Whether listings show the batch. */
export const isListed = (batch: StoredBatch, now: number): boolean =>
  isThere(batch, now) && now >= batch.createdAt + batch.course.listedAfter

/** Whether calls with the id find the batch. */
export const isFound = (batch: StoredBatch, now: number): boolean => {
  const age = now - batch.createdAt
  return isThere(batch, now) && !batch.course.notFound.some(({ from, until }) => from <= age && age < until)
}

/** Whether the results are archived. */
export const isArchived = (batch: StoredBatch, now: number): boolean => now >= batch.archivedAt

type CountedType = "succeeded" | "errored" | "canceled" | "expired"

const countedTypes: ReadonlyArray<CountedType> = ["succeeded", "errored", "canceled", "expired"]

const countedType = (outcome: Outcome): CountedType => {
  if (outcome.type !== "raw") return outcome.type
  const { type } = outcome.result
  return countedTypes.find((counted) => counted === type) ?? "succeeded"
}

const requestCounts = (batch: StoredBatch): Batch.RequestCounts => {
  if (batch.ended === undefined) {
    return { processing: batch.requests.length, succeeded: 0, errored: 0, canceled: 0, expired: 0 }
  }
  const counts = { processing: 0, succeeded: 0, errored: 0, canceled: 0, expired: 0 }
  for (const { outcome } of batch.ended.settled) counts[countedType(outcome)]++
  return counts
}

/** The batch as the API writes it at `now`. */
export const viewBatch = (batch: StoredBatch, now: number, baseUrl: string): WireBatch => {
  const at = (millis: number) => timestamp(millis, batch.number)
  const archived = isArchived(batch, now)
  return {
    id: batch.id,
    type: "message_batch",
    processing_status:
      batch.ended !== undefined ? "ended" : batch.canceledAt !== undefined ? "canceling" : "in_progress",
    request_counts: requestCounts(batch),
    created_at: at(batch.createdAt),
    expires_at: at(expiresAt(batch)),
    ended_at: batch.ended === undefined ? null : at(batch.ended.at),
    cancel_initiated_at: batch.canceledAt === undefined ? null : at(batch.canceledAt),
    archived_at: archived ? at(batch.archivedAt) : null,
    results_url: batch.ended === undefined || archived ? null : `${baseUrl}/v1/messages/batches/${batch.id}/results`
  }
}
