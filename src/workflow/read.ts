// The steps that read: look at a batch, write the outcomes of a chunk into the sink, and those of items that stay unsent.
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import type { RequestError } from "../AnthropicError.ts"
import type * as Batches from "../Batches.ts"
import * as Pricing from "../Pricing.ts"
import type { Chunk, HowEnded, Money } from "../run/chunk.ts"
import type { ItemsChangedError, WorkspaceMismatchError } from "../run/errors.ts"
import type { Outcome } from "../run/outcome.ts"
import { type Interval, includes, pack } from "../run/positions.ts"
import type { ReadError } from "../run/read.ts"
import { type KnownChunk, search } from "../run/reconcile.ts"
import { settle } from "../run/settle.ts"
import type { Slot } from "../run/slot.ts"
import { SlotList } from "../run/slots.ts"
import { Failing, look, maxOutage, notFoundTolerance } from "../run/wait.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { Config, Process } from "./config.ts"
import type { ChunkPayload, Opened, Planned, Poll, Settlement, Tally } from "./model.ts"
import { writePart } from "./part.ts"
import { assertPlace } from "./place.ts"
import { positionsOf, readChunk } from "./plan.ts"
import { knowledgeOf, unknownOf } from "./send.ts"

/** Looks at a batch once. */
export const pollOnce = Effect.fnUntraced(function* (
  process: Process,
  { opened, runId }: ChunkPayload,
  batchId: string
): Effect.fn.Return<Poll, RequestError | WorkspaceMismatchError | Batches.ListError, HttpClient.HttpClient> {
  yield* assertPlace(process, runId, opened)
  const seen = yield* look(batchId)
  switch (seen._tag) {
    case "Running":
      return { _tag: "Running" }
    case "Ended":
      return { _tag: "Ended", how: seen.batch.archived_at === null ? "ended" : "archived" }
    case "NotFound":
      return { _tag: "NotFound", at: yield* Clock.currentTimeMillis }
    case "Outage":
      return { _tag: "Outage", at: yield* Clock.currentTimeMillis, error: seen.error._tag }
  }
})

/** The batch whose results are read, and how it ended. Temporary failures are retried for an hour. */
const endedBatch = Effect.fnUntraced(function* (
  batchId: string,
  how: HowEnded
): Effect.fn.Return<
  { readonly batch: MessageBatch | undefined; readonly how: HowEnded },
  RequestError,
  HttpClient.HttpClient
> {
  if (how !== "ended") return { batch: undefined, how }
  const failing = new Failing()
  for (;;) {
    const seen = yield* look(batchId)
    if (seen._tag === "Ended" || seen._tag === "Running") {
      return seen.batch.archived_at === null ? { batch: seen.batch, how } : { batch: undefined, how: "archived" }
    }
    const lasted = failing.fail(seen._tag, yield* Clock.currentTimeMillis)
    if (seen._tag === "NotFound" && lasted >= notFoundTolerance) return { batch: undefined, how: "deleted" }
    if (seen._tag === "Outage" && lasted >= maxOutage) return yield* Effect.fail(seen.error)
    yield* Effect.sleep(failing.next())
  }
})

type SettleError = RequestError | WorkspaceMismatchError | Batches.ListError | ReadError | ItemsChangedError

/** The part of a chunk to read: all of it, or the rest. */
interface Reading<A, B> {
  readonly run: { readonly runId: string; readonly source: string; readonly opened: Opened }
  readonly planned: Planned
  readonly batchId: string
  readonly how: HowEnded
  readonly part: string
  readonly isRead: (slot: Slot<A, B>) => boolean
  readonly goesAgain: (slot: Slot<A, B>, outcome: Outcome<A, B>) => boolean
  readonly hasBudget: boolean
  readonly wasSettled: boolean
}

const readResults = Effect.fnUntraced(function* <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  { batchId, goesAgain, hasBudget, how, isRead, part, planned, run, wasSettled }: Reading<A, B>
): Effect.fn.Return<
  { readonly again: ReadonlyArray<Slot<A, B>>; readonly spend: Money; readonly tally: Tally },
  E | SettleError,
  R | HttpClient.HttpClient
> {
  yield* assertPlace(process, run.runId, run.opened)
  const items = yield* readChunk(config, run, planned)
  const ended = yield* endedBatch(batchId, how)
  const requests = new Map(items.map(({ requested, slot }) => [slot.position, requested]))
  const meter = Pricing.meter({ at: yield* DateTime.now, batch: true, book: process.book })
  const boundOf = ({ item, position }: Slot<A, B>): Money | undefined => {
    const requested = requests.get(position)
    if (requested?._tag !== "Request") return undefined
    return Result.getOrUndefined(meter.upperBound(requested.params, config.size?.(item)))
  }
  const chunk: Pick<Chunk, "number" | "positions" | "count" | "reserve"> = {
    number: planned.number,
    positions: positionsOf(planned),
    count: planned.count,
    reserve: BigInt(planned.reserve)
  }
  const slots = SlotList.of(items.map(({ slot }) => slot).filter(isRead))
  const { result, tally } = yield* writePart(config, process, { runId: run.runId, name: part }, (deliver) =>
    settle<A, B, E, R>({
      chunk,
      nonce: run.opened.nonce,
      slots,
      batchId,
      ...ended,
      wasSettled,
      decode: config.decode,
      goesAgain,
      money: hasBudget ? { meter, boundOf } : undefined,
      deliver,
      onOdd: () => Effect.void,
      onOutage: () => Effect.void
    })
  )
  return { ...result, tally }
})

/** Settles a chunk. When it succeeds, its outcomes are in the sink, except those of items that are sent again. */
export const settleChunk = Effect.fnUntraced(function* <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  payload: ChunkPayload,
  { batchId, isCertain }: Pick<Settlement, "batchId" | "isCertain">,
  how: HowEnded,
  isCanceled: boolean
): Effect.fn.Return<Settlement, E | SettleError, R | HttpClient.HttpClient> {
  const { again, spend, tally } = yield* readResults(config, process, {
    run: payload,
    planned: payload.chunk,
    batchId,
    how,
    part: `chunk-${payload.chunk.number}`,
    isRead: () => true,
    goesAgain: (slot, outcome) => !isCanceled && slot.attempts <= payload.retryTimes && config.retryWhile(outcome),
    hasBudget: payload.hasBudget,
    wasSettled: false
  })
  const other = payload.create === 1 ? undefined : yield* otherBatch(process, payload, batchId)
  return {
    batchId,
    ...(isCertain === undefined ? {} : { isCertain }),
    again: pack(again.map(({ position }) => position)),
    spend: `${spend}`,
    tally,
    ...(other === undefined ? {} : { other })
  }
})

/** Searches once more for the first batch of a chunk that was created twice. */
const otherBatch = Effect.fnUntraced(function* (process: Process, payload: ChunkPayload, batchId: string) {
  const { chunks, ...knowledge } = knowledgeOf(process, payload)
  const own = { number: payload.chunk.number, positions: positionsOf(payload.chunk), batchId }
  const unknown = { ...unknownOf(payload), underWayUntil: yield* Clock.currentTimeMillis }
  const found = yield* Effect.option(
    search(unknown, { ...knowledge, chunks: new Map<number, KnownChunk>([...chunks, [own.number, own]]) }, false)
  )
  return found._tag === "Some" && found.value._tag === "Ours" ? found.value.batch.id : undefined
})

/** Writes the outcomes of items of a settled chunk that were to be sent again and were not. */
export const settleLeft = <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  run: Reading<A, B>["run"],
  left: { readonly planned: Planned; readonly batchId: string; readonly how: HowEnded },
  positions: ReadonlyArray<Interval>
) =>
  Effect.map(
    readResults(config, process, {
      ...left,
      run,
      part: `left-${left.planned.number}`,
      isRead: ({ position }) => includes(positions, position),
      goesAgain: () => false,
      hasBudget: false,
      wasSettled: true
    }),
    ({ tally }) => tally
  )
