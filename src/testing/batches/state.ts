import * as Duration from "effect/Duration"
import type * as Batch from "../../schema/Batch.ts"
import { type Answer, message, refusal } from "../messages/inference.ts"
import type { Models } from "../models/endpoints.ts"
import { errorBody, serial, timestamp } from "../server/wire.ts"

export type WireBatch = typeof Batch.MessageBatch.Encoded

/**
 * One request of a batch, as it was sent.
 *
 * @since 0.1.0
 */
export interface BatchRequest {
  readonly custom_id: string
  readonly params: { readonly [key: string]: unknown }
}

/**
 * What becomes of one request of a batch once it is processed.
 *
 * - `succeeded`: `message` is the text of the answer, or any fields over those the emulator makes up
 * - `errored`: `error` is the category and the message, as in `result.error.error`
 * - `raw`: `result` is written as it is; in `request_counts` it counts by its `type`, and as `succeeded` when that is
 *   none of the four
 *
 * @since 0.1.0
 */
export type Outcome =
  | { readonly type: "succeeded"; readonly message?: Answer | undefined }
  | {
      readonly type: "errored"
      readonly error?:
        | {
            readonly type?: string | undefined
            readonly message?: string | undefined
            readonly details?: { readonly [key: string]: unknown }
          }
        | undefined
    }
  | { readonly type: "canceled" }
  | { readonly type: "expired" }
  | { readonly type: "raw"; readonly result: { readonly type: string; readonly [key: string]: unknown } }

/**
 * How a batch advances on the `Clock`.
 *
 * Its requests are processed in order and at an even pace, so that all are done `endsAfter` its creation (90 seconds
 * by default); `"never"` leaves it to the 24 hours. A cancelled batch processes nothing more and ends `cancelTakes`
 * after the cancellation (10 seconds by default).
 *
 * @since 0.1.0
 */
export interface Plan {
  readonly endsAfter?: Duration.Input | "never" | undefined
  readonly cancelTakes?: Duration.Input | undefined
}

interface Settled {
  readonly request: BatchRequest
  readonly index: number
  readonly outcome: Outcome
}

/** A batch inside the emulator: what was asked for and what has happened; `viewBatch` is what the API says of it. */
export interface StoredBatch {
  readonly id: string
  readonly number: number
  readonly createdAt: number
  readonly requests: ReadonlyArray<BatchRequest>
  readonly endsAfter: number
  readonly cancelTakes: number
  cancelledAt: number | undefined
  ended: { readonly at: number; readonly settled: ReadonlyArray<Settled> } | undefined
  downloads: number
  isDeleted: boolean
}

const hour = 3_600_000
const expiresAfter = 24 * hour
const keptFor = 29 * 24 * hour

const expiresAt = (batch: StoredBatch): number => batch.createdAt + expiresAfter

/** Whether the results are gone for good. */
export const isArchived = (batch: StoredBatch, now: number): boolean => now >= batch.createdAt + keptFor

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

/** The batch as the API gives it at the time `now`, after `advance`. */
export const viewBatch = (batch: StoredBatch, now: number, baseUrl: string): WireBatch => {
  const at = (millis: number) => timestamp(millis, batch.number)
  const archived = isArchived(batch, now)
  return {
    id: batch.id,
    type: "message_batch",
    processing_status:
      batch.ended !== undefined ? "ended" : batch.cancelledAt !== undefined ? "canceling" : "in_progress",
    request_counts: requestCounts(batch),
    created_at: at(batch.createdAt),
    expires_at: at(expiresAt(batch)),
    ended_at: batch.ended === undefined ? null : at(batch.ended.at),
    cancel_initiated_at: batch.cancelledAt === undefined ? null : at(batch.cancelledAt),
    archived_at: archived ? at(batch.createdAt + keptFor) : null,
    results_url: batch.ended === undefined || archived ? null : `${baseUrl}/v1/messages/batches/${batch.id}/results`
  }
}

const millis = (input: Duration.Input | "never"): number =>
  input === "never" ? Number.POSITIVE_INFINITY : Duration.toMillis(Duration.fromInputUnsafe(input))

/** A generator of numbers from 0 up to 1 that always gives the same ones for a seed (mulberry32). */
const random = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The order of one download: begins with another item than the one before, the rest is shuffled. */
const shuffled = <A>(items: ReadonlyArray<A>, batch: number, download: number): ReadonlyArray<A> => {
  const next = random(batch * 7919 + download)
  const first = (download + 1) % items.length
  return items
    .map((item, index) => ({ item, key: index === first ? -1 : next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

/** The batches of one emulator. Time is given by whoever asks, and nothing moves in between. */
export interface Batches {
  readonly create: (requests: ReadonlyArray<BatchRequest>, now: number, plan?: Plan) => StoredBatch
  /** The batch as of `now`, unless it was never made or was deleted. */
  readonly find: (id: string, now: number) => StoredBatch | undefined
  /** Newest first, deleted ones too, as of `now`. */
  readonly list: (now: number) => ReadonlyArray<StoredBatch>
  readonly end: (batch: StoredBatch, now: number) => void
  /** The lines of one download, each with its newline. */
  readonly lines: (batch: StoredBatch) => Iterable<string>
}

export const makeBatches = (options: {
  readonly models: Models
  readonly plan: Plan | ((requests: ReadonlyArray<BatchRequest>, index: number) => Plan)
  readonly outcome: (request: BatchRequest, index: number) => Outcome | undefined
  readonly resultsOrder: "shuffled" | "asSent"
}): Batches => {
  const newestFirst: Array<StoredBatch> = []
  const byId = new Map<string, StoredBatch>()

  const decide = (request: BatchRequest, index: number): Outcome => {
    const scripted = options.outcome(request, index)
    if (scripted !== undefined) return scripted
    const error = refusal(request.params, options.models)
    return error === undefined ? { type: "succeeded" } : { type: "errored", error }
  }

  const processedBy = (batch: StoredBatch, at: number): number => {
    if (batch.endsAfter === 0) return batch.requests.length
    const share = Math.min(1, (at - batch.createdAt) / batch.endsAfter)
    return Math.floor(batch.requests.length * share)
  }

  const finish = (batch: StoredBatch, at: number, processed: number, rest: "canceled" | "expired") => {
    const settled = batch.requests.map((request, index) => ({
      request,
      index,
      outcome: index < processed ? decide(request, index) : { type: rest }
    }))
    batch.ended = { at, settled }
  }

  const advance = (batch: StoredBatch, now: number): void => {
    if (batch.ended !== undefined) return
    const { cancelledAt } = batch
    const planned = cancelledAt === undefined ? batch.createdAt + batch.endsAfter : cancelledAt + batch.cancelTakes
    const end = Math.min(planned, expiresAt(batch))
    if (now < end) return
    const isCancelled = cancelledAt !== undefined && planned <= expiresAt(batch)
    finish(batch, end, processedBy(batch, cancelledAt ?? end), isCancelled ? "canceled" : "expired")
  }

  const result = (batch: StoredBatch, { request, index, outcome }: Settled): unknown => {
    switch (outcome.type) {
      case "succeeded":
        return {
          type: "succeeded",
          message: message({
            id: `msg_${request.custom_id}`,
            params: request.params,
            models: options.models,
            serviceTier: "batch",
            answer: outcome.message
          })
        }
      case "errored": {
        const { type = "invalid_request_error", message = "scripted by the test", details } = outcome.error ?? {}
        const error = { type, message, ...(details === undefined ? {} : { details }) }
        return { type: "errored", error: errorBody(error, serial(`req_${batch.number}_`, index + 1, 6)) }
      }
      case "raw":
        return outcome.result
      default:
        return { type: outcome.type }
    }
  }

  return {
    create: (requests, now, plan) => {
      const number = newestFirst.length + 1
      const own = plan ?? (typeof options.plan === "function" ? options.plan(requests, number - 1) : options.plan)
      const batch: StoredBatch = {
        id: serial("msgbatch_", number, 24),
        number,
        createdAt: now,
        requests,
        endsAfter: millis(own.endsAfter ?? "90 seconds"),
        cancelTakes: millis(own.cancelTakes ?? "10 seconds"),
        cancelledAt: undefined,
        ended: undefined,
        downloads: 0,
        isDeleted: false
      }
      newestFirst.unshift(batch)
      byId.set(batch.id, batch)
      return batch
    },
    find: (id, now) => {
      const batch = byId.get(id)
      if (batch === undefined || batch.isDeleted) return undefined
      advance(batch, now)
      return batch
    },
    list: (now) => {
      for (const batch of newestFirst) advance(batch, now)
      return newestFirst
    },
    end: (batch, now) => {
      const until = batch.cancelledAt
      if (until === undefined) finish(batch, now, batch.requests.length, "expired")
      else finish(batch, now, processedBy(batch, until), "canceled")
    },
    lines: (batch) => {
      const settled = batch.ended?.settled ?? []
      const order = options.resultsOrder === "asSent" ? settled : shuffled(settled, batch.number, batch.downloads++)
      return {
        *[Symbol.iterator]() {
          for (const each of order) {
            yield `${JSON.stringify({ custom_id: each.request.custom_id, result: result(batch, each) })}\n`
          }
        }
      }
    }
  }
}
