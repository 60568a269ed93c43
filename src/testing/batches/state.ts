// The batches of one emulator: created, brought up to a time, found, listed, ended and charged.
// The caller passes the time, and nothing changes in between.
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Message } from "../../schema/Message.ts"
import type { Charge } from "../control/bill.ts"
import type { Files } from "../files/state.ts"
import type { Refusal } from "../messages/refusal/model.ts"
import { refusal } from "../messages/refusal/refusal.ts"
import type { Models } from "../models/endpoints.ts"
import { serial } from "../server/wire.ts"
import type { Skills } from "../skills/state.ts"
import { type BatchRequest, courseOf, type Outcome, type Plan } from "./plan.ts"
import { messageOf, nextDownload } from "./results.ts"
import { expiresAt, isFound, isThere, type Origin, type Settled, type StoredBatch } from "./stored.ts"

export interface Batches {
  readonly create: (requests: ReadonlyArray<BatchRequest>, now: number, origin: Origin) => StoredBatch
  /** Adds a batch, as if another program had created it, and advances it to `now`. */
  readonly seed: (
    requests: ReadonlyArray<BatchRequest>,
    seed: { readonly createdAt: number; readonly now: number; readonly plan: Plan; readonly workspaceId: string }
  ) => StoredBatch
  /** The batch as of `now`, if calls by its id find it. */
  readonly find: (id: string, now: number) => StoredBatch | undefined
  /** The batch as of `now`, unless it does not exist or is deleted. */
  readonly get: (id: string, now: number) => StoredBatch | undefined
  /** Every batch as of `now`, newest first, deleted ones and those of the future included. */
  readonly all: (now: number) => ReadonlyArray<StoredBatch>
  /** How many requests wait to be processed. */
  readonly queued: (now: number) => number
  readonly end: (batch: StoredBatch, now: number) => void
  readonly delete: (batch: StoredBatch, now: number) => void
  /** The lines of the next download of what a batch ended with, each with its newline. */
  readonly lines: (batch: StoredBatch, settled: ReadonlyArray<Settled>) => Iterable<string>
  /** What is charged for the batches that were created by calls, as of `now`. */
  readonly charges: (now: number) => ReadonlyArray<Charge>
}

const decodeMessage = Schema.decodeUnknownOption(Message)

const processedBy = (batch: StoredBatch, at: number): number => {
  if (batch.course.endsAfter === 0) return batch.requests.length
  const share = Math.min(1, (at - batch.createdAt) / batch.course.endsAfter)
  return Math.floor(batch.requests.length * share)
}

/** A request that names another user profile than the create call is errored. */
const refusalOfProfile = ({ origin }: StoredBatch, { params }: BatchRequest): Refusal | undefined =>
  origin.userProfileId === undefined ||
  params.user_profile_id === undefined ||
  params.user_profile_id === origin.userProfileId
    ? undefined
    : { type: "invalid_request_error", message: "user_profile_id: not the user profile of the batch" }

const waiting = (batch: StoredBatch, now: number): number =>
  batch.requests.length - processedBy(batch, batch.canceledAt ?? now)

export const makeBatches = (options: {
  readonly models: Models
  readonly files: Files
  readonly skills: Skills
  readonly plan: Plan | ((requests: ReadonlyArray<BatchRequest>, index: number) => Plan)
  readonly outcome: (request: BatchRequest, index: number, batchId: string) => Outcome | undefined
  readonly resultsOrder: "shuffled" | "asSent"
}): Batches => {
  const newestFirst: Array<StoredBatch> = []
  const byId = new Map<string, StoredBatch>()
  let created = 0

  const decide = (batch: StoredBatch, request: BatchRequest, index: number, at: number): Outcome => {
    const scripted = options.outcome(request, index, batch.id)
    if (scripted !== undefined) return scripted
    const { betas, version, workspaceId } = batch.origin
    const fileOf = (id: string) => options.files.factsOf(id, workspaceId, at)
    const skillSource = (id: string, skillVersion: unknown) => options.skills.sourceOf(id, skillVersion, workspaceId)
    const context = { models: options.models, fileOf, skillSource, kind: "batch", version, betas } as const
    const error = refusalOfProfile(batch, request) ?? refusal(request.params, context)
    return error === undefined ? { type: "succeeded" } : { type: "errored", error }
  }

  const finish = (batch: StoredBatch, at: number, processed: number, rest: "canceled" | "expired") => {
    const settled = batch.requests.map((request, index) => ({
      request,
      index,
      outcome: index < processed ? decide(batch, request, index, at) : { type: rest }
    }))
    batch.ended = { at, settled }
  }

  const endByPlan = (batch: StoredBatch, end: number, isCanceled: boolean): void => {
    const { course, requests } = batch
    const processed = processedBy(batch, batch.canceledAt ?? end)
    if (isCanceled) finish(batch, end, processed, "canceled")
    else finish(batch, end, Math.min(processed, Math.floor(requests.length * (1 - course.expires))), "expired")
  }

  const advance = (batch: StoredBatch, now: number): void => {
    const { canceledAt, course, createdAt } = batch
    const deletedAt = createdAt + course.deletedAfter
    if (batch.ended === undefined) {
      const planned = canceledAt === undefined ? createdAt + course.endsAfter : canceledAt + course.cancelTakes
      const end = Math.min(planned, expiresAt(batch))
      if (end <= Math.min(now, deletedAt)) {
        endByPlan(batch, end, canceledAt !== undefined && planned <= expiresAt(batch))
      } else if (deletedAt <= now) finish(batch, deletedAt, processedBy(batch, canceledAt ?? deletedAt), "canceled")
    }
    if (deletedAt <= now) batch.isDeleted = true
  }

  const advanced = (batch: StoredBatch | undefined, now: number): StoredBatch | undefined => {
    if (batch !== undefined) advance(batch, now)
    return batch
  }

  const all = (now: number): ReadonlyArray<StoredBatch> => {
    for (const batch of newestFirst) advance(batch, now)
    return newestFirst
  }

  const add = (
    requests: ReadonlyArray<BatchRequest>,
    createdAt: number,
    { isSeeded, origin, plan }: { readonly isSeeded: boolean; readonly plan: Plan; readonly origin: Origin }
  ): StoredBatch => {
    const number = newestFirst.length + 1
    const course = courseOf(plan)
    const batch: StoredBatch = {
      id: serial("msgbatch_", number, 24),
      number,
      createdAt,
      requests,
      course,
      isSeeded,
      origin,
      archivedAt: createdAt + course.archivedAfter,
      canceledAt: undefined,
      ended: undefined,
      downloads: 0,
      isDeleted: false
    }
    const older = newestFirst.findIndex((other) => other.createdAt <= createdAt)
    newestFirst.splice(older === -1 ? newestFirst.length : older, 0, batch)
    byId.set(batch.id, batch)
    return batch
  }

  const chargeOf = (batch: StoredBatch, at: number, settled: Settled): ReadonlyArray<Charge> => {
    const { outcome, request } = settled
    const message =
      outcome.type === "succeeded"
        ? messageOf(options.models, request, outcome.message)
        : outcome.type === "raw" && outcome.result.type === "succeeded"
          ? Option.getOrUndefined(decodeMessage(structuredClone(outcome.result.message)))
          : undefined
    if (message === undefined) return []
    return [
      {
        batchId: batch.id,
        customId: request.custom_id,
        messageId: message.id,
        model: message.model,
        usage: message.usage,
        params: request.params,
        at
      }
    ]
  }

  return {
    create: (requests, now, origin) => {
      const plan = typeof options.plan === "function" ? options.plan(requests, created) : options.plan
      created += 1
      return add(requests, now, { isSeeded: false, plan, origin })
    },
    seed: (requests, { createdAt, now, plan, workspaceId }) => {
      const origin = { version: "2026-10-21", betas: [], workspaceId, userProfileId: undefined }
      const batch = add(requests, createdAt, { isSeeded: true, plan, origin })
      advance(batch, now)
      return batch
    },
    find: (id, now) => {
      const batch = advanced(byId.get(id), now)
      return batch !== undefined && isFound(batch, now) ? batch : undefined
    },
    get: (id, now) => {
      const batch = advanced(byId.get(id), now)
      return batch?.isDeleted === true ? undefined : batch
    },
    all,
    queued: (now) =>
      all(now)
        .filter((batch) => isThere(batch, now) && batch.ended === undefined)
        .reduce((sum, batch) => sum + waiting(batch, now), 0),
    end: (batch, now) => {
      const until = batch.canceledAt
      if (until === undefined) finish(batch, now, batch.requests.length, "expired")
      else finish(batch, now, processedBy(batch, until), "canceled")
    },
    delete: (batch, now) => {
      if (batch.ended === undefined) finish(batch, now, processedBy(batch, batch.canceledAt ?? now), "canceled")
      batch.isDeleted = true
    },
    lines: (batch, settled) => nextDownload(options.models, batch, settled, options.resultsOrder),
    charges: (now) =>
      all(now)
        .toReversed()
        .flatMap((batch) => {
          const { ended, isSeeded } = batch
          return ended === undefined || isSeeded
            ? []
            : ended.settled.flatMap((settled) => chargeOf(batch, ended.at, settled))
        })
  }
}
