// The steps that send a chunk: decide what to do with it, create its batch, and find the result of a create. These steps
// never send a create that may have been sent before: its batch is searched for.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Batches from "../Batches.ts"
import type { UnknownAnswer } from "../BatchRun.ts"
import type { Money } from "../run/chunk.ts"
import { create } from "../run/create.ts"
import type { ItemsChangedError, WorkspaceMismatchError } from "../run/errors.ts"
import type { ReadError } from "../run/read.ts"
import { type Knowledge, search, type UnknownChunk } from "../run/reconcile.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { Config, Process } from "./config.ts"
import type { ChunkPayload, Creation, Decision, Opened, Planned, Search } from "./model.ts"
import { assertPlace } from "./place.ts"
import { positionsOf, readChunk, writeChunk } from "./plan.ts"

/** The input of a decision. */
export interface Situation {
  readonly stopped: "budget" | "canceled" | undefined
  /** Whether the chunk was created before. It then cannot be replaced by others. */
  readonly isRenewal: boolean
  /** The most items of a chunk, after refusals. */
  readonly cap: number
  /** The rest of the budget. Undefined without one. */
  readonly left: Money | undefined
  /** Whether other chunks are under way. */
  readonly hasOthers: boolean
  /** How many chunks have ended. */
  readonly completed: number
}

export const decide = (
  { boot }: Process,
  { count, reserve }: Planned,
  { cap, completed, hasOthers, isRenewal, left, stopped }: Situation
): Effect.Effect<Decision> =>
  Effect.map(Clock.currentTimeMillis, (at) => {
    if (stopped !== undefined) return { _tag: "GiveUp", reason: stopped }
    if (!isRenewal && count > cap) return { _tag: "Split", items: cap }
    if (left === undefined || BigInt(reserve) <= left) return { _tag: "Send", boot, at }
    if (hasOthers) return { _tag: "Wait", completed }
    if (isRenewal || count === 1) return { _tag: "GiveUp", reason: "budget" }
    // Less than nothing is left if `budget.size` was too small.
    return { _tag: "Split", left: `${left < 0n ? 0n : left}` }
  })

interface Run {
  readonly runId: string
  readonly source: string
  readonly opened: Opened
}

/**
 * Decides about a chunk. It decides to send only when the body is written and this process can send it at once. Until then,
 * nothing is stored, and another process may decide.
 */
export const intend = Effect.fnUntraced(function* <A, B, E, R, R2>(
  config: Config<A, B, E, R>,
  process: Process,
  run: Run,
  planned: Planned,
  key: string,
  situation: Effect.Effect<Situation, never, R2>
): Effect.fn.Return<
  Decision,
  E | ItemsChangedError | WorkspaceMismatchError | Batches.ListError,
  R | R2 | HttpClient.HttpClient
> {
  const decision = Effect.flatMap(situation, (situation) => decide(process, planned, situation))
  const early = yield* decision
  if (early._tag !== "Send") return early
  yield* assertPlace(process, run.runId, run.opened)
  const items = yield* readChunk(config, run, planned)
  const { body } = yield* writeChunk(run, planned, items)
  return yield* process.turns.decide(key, body, decision)
})

/** Creates the batch of a chunk, unless an earlier process may have done so after the decision. */
export const createBatch = Effect.fnUntraced(function* <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  run: Run,
  planned: Planned,
  decision: Extract<Decision, { readonly _tag: "Send" }>,
  key: string,
  hasBatches: boolean
): Effect.fn.Return<Creation, never, R | HttpClient.HttpClient> {
  const { attempted, boot, turns } = process
  if (decision.boot !== boot || attempted.has(key)) return { _tag: "Unknown", at: yield* Clock.currentTimeMillis }
  const attempt = yield* turns.send(key, decision.at, (body) => {
    attempted.add(key)
    return create(body)
  })
  if (attempt === undefined) return { _tag: "Late" }
  const at = yield* Clock.currentTimeMillis
  if (attempt._tag === "Created") return { _tag: "Created", batchId: attempt.batch.id, at }
  if (attempt._tag === "Unknown") {
    yield* Effect.ignore(config.onFailure(attempt.error, { runId: run.runId, step: "create", chunk: planned.number }))
    return { _tag: "Unknown", at }
  }
  attempted.delete(key)
  const { error, refusal } = attempt
  yield* Effect.ignore(config.onFailure(error, { runId: run.runId, step: "create", chunk: planned.number }))
  const asked = "retryAfter" in error ? error.retryAfter : undefined
  const requestId = "requestId" in error ? error.requestId : undefined
  return {
    _tag: "Refused",
    refusal,
    hasBatches,
    error: error._tag,
    ...(requestId === undefined ? {} : { requestId }),
    isRetryable: error.isRetryable,
    retryAfter: asked === undefined ? 0 : Duration.toMillis(asked),
    at
  }
})

export const knowledgeOf = ({ verdicts }: Process, { chunk, known, opened, runId }: ChunkPayload): Knowledge => {
  const key = `${chunk.number}/${runId}`
  const ofChunk = verdicts.get(key) ?? new Map()
  verdicts.set(key, ofChunk)
  const chunks = new Map(known.map(({ batchId, chunk }) => [chunk, { number: chunk, batchId, positions: [] }] as const))
  return {
    nonce: opened.nonce,
    chunks: new Map<number, Knowledge["chunks"] extends ReadonlyMap<number, infer Chunk> ? Chunk : never>(chunks).set(
      chunk.number,
      { number: chunk.number, batchId: undefined, positions: positionsOf(chunk) }
    ),
    verdicts: ofChunk
  }
}

export const unknownOf = ({ chunk, intendedAt, underWayUntil }: ChunkPayload): UnknownChunk => ({
  number: chunk.number,
  count: chunk.count,
  intendedAt,
  underWayUntil
})

/** Searches for the batch of a chunk once. `isLate`: after the grace. */
export const searchOnce = Effect.fnUntraced(function* <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  payload: ChunkPayload,
  isLate: boolean
): Effect.fn.Return<Search, E | WorkspaceMismatchError | Batches.ListError | ReadError, R | HttpClient.HttpClient> {
  yield* assertPlace(process, payload.runId, payload.opened)
  const found = yield* search(unknownOf(payload), knowledgeOf(process, payload), isLate)
  if (found._tag === "Ours")
    return { _tag: "Found", batchId: found.batch.id, ...(found.isCertain ? {} : { isCertain: false }) }
  if (found._tag === "NoEvidence") return { _tag: "Wait" }
  const answer = yield* answerOf(config, payload, found._tag === "Open" ? found.candidates : [])
  if (answer === "create") return { _tag: "Create" }
  return answer === "wait" ? { _tag: "Wait" } : { _tag: "Found", batchId: answer.adopt }
})

const answerOf = <A, B, E, R>(
  { onUnknownCreate }: Config<A, B, E, R>,
  { chunk, intendedAt, runId }: ChunkPayload,
  candidates: ReadonlyArray<MessageBatch>
): Effect.Effect<UnknownAnswer, E, R> =>
  onUnknownCreate === "reconcile"
    ? Effect.succeed(candidates.length === 0 ? "create" : "wait")
    : onUnknownCreate({ runId, chunk: chunk.number, count: chunk.count, intendedAt, candidates })
