// Finds the result of a create without an answer: searches for its batch among those of the workspace. The ids in the
// results show whose a batch is, so it has to end first. Nothing is created while this is unknown.
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Anthropic from "../Anthropic.ts"
import * as Batches from "../Batches.ts"
import { download } from "../batches/results.ts"
import { SeenIds } from "../hash/seen.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { Chunk } from "./chunk.ts"
import { parseWireId } from "./ids.ts"
import { includes } from "./positions.ts"
import type { ReadError } from "./read.ts"

const minute = 60_000

/** How long after its create a batch may be accepted, and then be absent from the listing, in milliseconds. */
export const grace = 2 * minute

/** How long the results of a listed batch may be missing before it counts as deleted, in milliseconds. */
const notFoundFor = 60 * minute

/** The tolerated difference between this machine's clock and the server's, in milliseconds. */
export const tolerance = 2 * minute

/** The wait before the next search while candidates have not ended: a quarter of the wait so far, in milliseconds. */
export const nextSearch = (waited: number): number => Math.min(Math.max(waited / 4, minute), 10 * minute)

/**
 * To which chunk a batch belongs. `Unclear`: its results can no longer show it. `chunk` is then the one that most of them
 * name, or -1. `Later`: they do not show it yet.
 */
export type Verdict =
  | { readonly _tag: "Ours"; readonly chunk: number }
  | { readonly _tag: "Foreign" }
  | { readonly _tag: "Unclear"; readonly chunk: number }
  | { readonly _tag: "Later" }

/** A chunk whose create may have been accepted. */
export interface UnknownChunk {
  readonly number: number
  readonly count: number
  /** When its first create was about to be sent, in milliseconds. */
  readonly intendedAt: number
  /** The last moment at which a create may have been under way, in milliseconds. */
  readonly underWayUntil: number
}

/** A chunk of the run, and its batch, where that is known. */
export interface KnownChunk extends Pick<Chunk, "number" | "positions" | "batchId"> {
  /** Whether the batch is used for the chunk although it is unknown whose it is. */
  readonly isUncertain?: boolean
}

/** What is known about the batches of the workspace. */
export interface Knowledge {
  readonly nonce: string
  readonly chunks: ReadonlyMap<number, KnownChunk>
  /** Verdicts by batch id, from knowledge of the same chunks. */
  readonly verdicts: Map<string, Verdict>
}

const requestsOf = (batch: MessageBatch): number => {
  const counts: ReadonlyArray<unknown> = Object.values(batch.request_counts)
  return counts.filter(Predicate.isNumber).reduce((sum, count) => sum + count, 0)
}

/** Whether a batch is surely that of a chunk. A batch with an unclear verdict may still belong to another chunk. */
const isKnown = (knowledge: Knowledge, id: string): boolean => {
  for (const chunk of knowledge.chunks.values()) if (chunk.batchId === id && chunk.isUncertain !== true) return true
  return false
}

const createdAt = (batch: MessageBatch): number => DateTime.toEpochMillis(batch.created_at)

/**
 * The batches that may be the chunk's, newest first. The listing is read until a whole page is older than the chunk, so that
 * a batch that is not listed does not exist.
 */
export const candidates = (
  unknown: UnknownChunk,
  knowledge: Knowledge
): Effect.Effect<ReadonlyArray<MessageBatch>, Batches.ListError, HttpClient.HttpClient> => {
  const from = Math.min(unknown.intendedAt, unknown.underWayUntil) - tolerance
  const to = unknown.underWayUntil + grace + tolerance
  return Batches.listPages({ pageSize: 1_000 }).pipe(
    Stream.takeUntil(({ data }) => data.length > 0 && data.every((batch) => createdAt(batch) < from)),
    Stream.runCollect,
    Effect.map((pages) =>
      pages
        .flatMap(({ data }) => data)
        .filter(
          (batch) =>
            createdAt(batch) >= from &&
            createdAt(batch) <= to &&
            requestsOf(batch) === unknown.count &&
            !isKnown(knowledge, batch.id)
        )
    )
  )
}

/** Counts the distinct ids of a batch by the chunk that they name. */
class Tally {
  readonly #knowledge: Knowledge
  readonly #seen = new SeenIds()
  readonly #byChunk = new Map<number, number>()
  ids = 0

  constructor(knowledge: Knowledge) {
    this.#knowledge = knowledge
  }

  add(id: string): void {
    if (!this.#seen.add(id)) return
    this.ids += 1
    const parsed = parseWireId(this.#knowledge.nonce, id)
    const chunk = parsed === undefined ? undefined : this.#knowledge.chunks.get(parsed.chunk)
    if (parsed === undefined || chunk === undefined || !includes(chunk.positions, parsed.position)) return
    this.#byChunk.set(chunk.number, (this.#byChunk.get(chunk.number) ?? 0) + 1)
  }

  /** The chunk that most ids name, and how many. */
  get leader(): { readonly chunk: number; readonly ids: number } {
    let leader = { chunk: -1, ids: 0 }
    for (const [chunk, ids] of this.#byChunk) if (ids > leader.ids) leader = { chunk, ids }
    return leader
  }
}

/** Decides by all received ids. `Foreign` needs proof: an id for each request, and most of them of others. */
const judge = (tally: Tally, requests: number): Verdict => {
  const { chunk, ids } = tally.leader
  if (2 * ids > Math.min(tally.ids, requests)) return { _tag: "Ours", chunk }
  return tally.ids >= requests && 2 * ids < requests ? { _tag: "Foreign" } : { _tag: "Unclear", chunk }
}

/** How many downloads have to show that a batch belongs to others. One download may end early and hold a line of others. */
const proofs = 3

/** Reads the results of an ended batch until it is clear whose they are. */
export const verdict = (
  batch: MessageBatch,
  knowledge: Knowledge
): Effect.Effect<Verdict, ReadError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    if (batch.archived_at !== null) return { _tag: "Unclear", chunk: -1 }
    const requests = requestsOf(batch)
    const tally = new Tally(knowledge)
    const isOurs = () => 2 * tally.leader.ids > requests
    let isNotFound = false
    for (let read = 0; read < proofs && !isOurs(); read++) {
      // One download at a time. A download that is cut shows nothing, so it fails and does not count as one that ended.
      // The answers are not counted here. They are counted when they are read as results.
      yield* download(batch, { isCounted: false }).pipe(
        Anthropic.withSettings({ retry: { maxRetries: 0 } }),
        Stream.tap((lines) =>
          Effect.sync(() => {
            for (const line of lines) {
              const id = Result.isSuccess(line) ? line.success.custom_id : line.failure.customId
              if (id !== undefined) tally.add(id)
            }
          })
        ),
        Stream.takeUntil(isOurs),
        Stream.runDrain,
        Effect.catchTags({
          ResultsIncompleteError: () => Effect.void,
          NotFoundError: () =>
            Effect.sync(() => {
              isNotFound = true
            })
        })
      )
    }
    const isRecent = (yield* Clock.currentTimeMillis) - createdAt(batch) < notFoundFor
    return isNotFound && isRecent && !isOurs() ? { _tag: "Later" } : judge(tally, requests)
  })

/** How likely an unclear batch belongs to a chunk: its results name the chunk, or none, or another one. */
const likeness = (chunk: number, unknown: UnknownChunk): number => (chunk === unknown.number ? 2 : chunk === -1 ? 1 : 0)

/** The result of a search. */
export type Found =
  | { readonly _tag: "Ours"; readonly batch: MessageBatch; readonly isCertain: boolean }
  | { readonly _tag: "None" }
  /** Some may be the chunk's and have not ended. Each ends within 24 hours of its creation. */
  | { readonly _tag: "Open"; readonly candidates: ReadonlyArray<MessageBatch> }
  /** The grace has not passed, or something could not be read. It is unknown whether there is a batch. */
  | { readonly _tag: "NoEvidence" }

/**
 * Searches once. `isLate`: the search begins later than `grace` after the last create. An earlier search returns only a
 * batch that is surely the chunk's. The right batch may be listed late, and another one must not be used in its place. A
 * temporary failure is no evidence.
 *
 * Every unknown chunk uses an unclear batch, because it may belong to any of them: the clock may be wrong by more than the
 * time between two intents. Lines are assigned by the chunk in their ids. So chunks that share a batch lose an attempt, and
 * nothing is paid twice.
 */
export const search = (
  unknown: UnknownChunk,
  knowledge: Knowledge,
  isLate: boolean
): Effect.Effect<Found, Batches.ListError | ReadError, HttpClient.HttpClient> =>
  Effect.catchIf(
    searchAll(unknown, knowledge, isLate),
    (error) => error.isRetryable,
    () => Effect.succeed<Found>({ _tag: "NoEvidence" })
  )

const searchAll = Effect.fnUntraced(function* (
  unknown: UnknownChunk,
  knowledge: Knowledge,
  isLate: boolean
): Effect.fn.Return<Found, Batches.ListError | ReadError, HttpClient.HttpClient> {
  const { verdicts } = knowledge
  const open: Array<MessageBatch> = []
  let unclear: MessageBatch | undefined
  let likest = -1
  for (const batch of yield* candidates(unknown, knowledge)) {
    if (batch.processing_status !== "ended") {
      open.push(batch)
      continue
    }
    const judged = verdicts.get(batch.id) ?? (yield* verdict(batch, knowledge))
    if (judged._tag === "Later") {
      open.push(batch)
      continue
    }
    verdicts.set(batch.id, judged)
    if (judged._tag === "Ours" && judged.chunk === unknown.number) return { _tag: "Ours", batch, isCertain: true }
    if (judged._tag !== "Unclear" || likeness(judged.chunk, unknown) <= likest) continue
    unclear = batch
    likest = likeness(judged.chunk, unknown)
  }
  if (!isLate) return { _tag: "NoEvidence" }
  if (open.length > 0) return { _tag: "Open", candidates: open }
  return unclear === undefined ? { _tag: "None" } : { _tag: "Ours", batch: unclear, isCertain: false }
})
