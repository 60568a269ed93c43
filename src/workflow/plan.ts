// Reads items by their positions, cuts them into chunks, and writes the chunks as bodies of batches.
// The boundaries are stored when planned, so options and versions may change while a run is under way.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"
import type { SeenIds } from "../hash/seen.ts"
import * as Pricing from "../Pricing.ts"
import { type BoundError, boundOf } from "../run/bound.ts"
import type { Money } from "../run/chunk.ts"
import { ItemsChangedError } from "../run/errors.ts"
import { sizeOf } from "../run/ids.ts"
import type { Outcome } from "../run/outcome.ts"
import { type Interval, includes, intervals } from "../run/positions.ts"
import { type Requested, requestOf, type Slot, unsent } from "../run/slot.ts"
import { ChunkWriter, digestOf, type Written } from "../run/write.ts"
import type { Config, Process } from "./config.ts"
import type { Opened, Planned } from "./model.ts"

/** An item that was read, with the request for it. */
export interface Read<out A, out B> {
  readonly slot: Slot<A, B>
  readonly requested: Requested
}

const readOf = <A, B, E, R>(
  { prepare, request }: Config<A, B, E, R>,
  item: A,
  position: number,
  attempts: number
): Read<A, B> => {
  const requested = requestOf(request, prepare, item)
  return { slot: { item, id: requested.id, position, attempts, last: undefined }, requested }
}

/** All items of a source. */
export const readAll = <A, B, E, R>(config: Config<A, B, E, R>, source: string): Stream.Stream<Read<A, B>, E, R> =>
  config.source.items(source, 0).pipe(
    Stream.zipWithIndex,
    Stream.map(([item, index]) => readOf(config, item, index, 0))
  )

/** The items of some positions, which were sent `attempts` times. */
export const readSome = <A, B, E, R>(
  config: Config<A, B, E, R>,
  source: string,
  positions: ReadonlyArray<Interval>,
  attempts: number
): Stream.Stream<Read<A, B>, E, R> => {
  const from = positions[0]?.start ?? 0
  const to = positions.at(-1)?.end ?? 0
  return config.source.items(source, from).pipe(
    Stream.take(to - from),
    Stream.zipWithIndex,
    Stream.filter(([, index]) => includes(positions, from + index)),
    Stream.map(([item, index]) => readOf(config, item, from + index, attempts))
  )
}

export const positionsOf = (planned: Planned): ReadonlyArray<Interval> => intervals(planned.positions) ?? []

/** The items of a chunk. They must be the same as when it was planned. */
export const readChunk = Effect.fnUntraced(function* <A, B, E, R>(
  config: Config<A, B, E, R>,
  run: { readonly runId: string; readonly source: string },
  planned: Planned
): Effect.fn.Return<ReadonlyArray<Read<A, B>>, E | ItemsChangedError, R> {
  const positions = positionsOf(planned)
  const items = yield* Stream.runCollect(readSome(config, run.source, positions, planned.attempts))
  if (digestOf(items.map(({ slot }) => slot)) === planned.digest) return items
  return yield* new ItemsChangedError({
    runId: run.runId,
    reason: items.length < planned.count ? "fewer" : "different",
    from: positions[0]?.start ?? 0,
    to: (positions.at(-1)?.end ?? 1) - 1
  })
})

/**
 * Writes the body of a chunk. It has all requests of the chunk, because its batch is searched for by their number. They were
 * checked when they were planned, so the `check` of a newer release is not asked.
 */
export const writeChunk = Effect.fnUntraced(function* <A, B>(
  { opened, runId }: { readonly runId: string; readonly opened: Opened },
  { number }: Planned,
  items: ReadonlyArray<Read<A, B>>
): Effect.fn.Return<Written<A, B>, ItemsChangedError> {
  const writer = new ChunkWriter<A, B>(opened.nonce, number, {})
  for (const { requested, slot } of items) {
    const { position } = slot
    if (requested._tag === "Refused" || writer.add(slot, requested.params)._tag !== "Added") {
      return yield* new ItemsChangedError({ runId, reason: "different", from: position, to: position })
    }
    yield* writer.pause
  }
  return yield* writer.written
})

export interface Cutting {
  readonly nonce: string
  /** The number of the first chunk. */
  readonly number: number
  readonly items: number
  readonly bytes: number
  /** Ends a chunk when this amount is reserved for it and those before it, then starts to count again. */
  readonly limit: Money | undefined
}

/** Cuts items into chunks. `onUnsent` is called with those that cannot be sent. Ids that come twice are found with `seen`. */
export const cut = Effect.fnUntraced(function* <A, B, E, R, E2, R2>(
  config: Config<A, B, E, R>,
  { book }: Process,
  cutting: Cutting,
  items: Stream.Stream<Read<A, B>, E, R>,
  seen: SeenIds | undefined,
  onUnsent: (outcome: Outcome<A, B>) => Effect.Effect<void, E2, R2>
): Effect.fn.Return<ReadonlyArray<Planned>, E | E2 | BoundError, R | R2 | HttpClient.HttpClient> {
  const { limit } = cutting
  const meter = Pricing.meter({ at: yield* DateTime.now, batch: true, book })
  const chunks: Array<Planned> = []
  let number = cutting.number
  let reserved = 0n
  let filling: { readonly writer: ChunkWriter<A, B>; readonly attempts: number; reserve: Money } | undefined

  const begin = (attempts: number) => ({
    writer: new ChunkWriter<A, B>(cutting.nonce, number, {
      maxRequests: sizeOf(cutting.items, cutting.nonce, number),
      maxBytes: cutting.bytes,
      check: config.check
    }),
    attempts,
    reserve: 0n
  })

  const finish = Effect.fnUntraced(function* () {
    if (filling === undefined || filling.writer.count === 0) return
    const { bodyDigest, digest, positions, slots } = yield* filling.writer.written
    chunks.push({
      number,
      attempts: filling.attempts + 1,
      positions,
      count: slots.length,
      digest,
      body: bodyDigest,
      reserve: `${filling.reserve}`
    })
    number += 1
    filling = undefined
  })

  const put = Effect.fnUntraced(function* ({ requested, slot }: Read<A, B>) {
    if (requested._tag === "Refused") return yield* onUnsent(unsent(slot, "refused", requested.issues))
    if (seen !== undefined && !seen.add(requested.id)) return yield* onUnsent(unsent(slot, "duplicate"))
    const { params } = requested
    const bound = limit === undefined ? 0n : yield* boundOf(meter, params, config.size?.(slot.item))
    if (limit !== undefined && reserved + bound > limit) {
      yield* finish()
      reserved = 0n
    }
    if (filling !== undefined && filling.attempts !== slot.attempts) yield* finish()
    for (;;) {
      filling ??= begin(slot.attempts)
      const addition = filling.writer.add(slot, params)
      yield* filling.writer.pause
      if (addition._tag === "Refused") return yield* onUnsent(unsent(slot, "refused", addition.issues))
      if (addition._tag === "Added") break
      yield* finish()
    }
    filling.reserve += bound
    reserved += bound
  })

  yield* Stream.runForEach(items, put)
  yield* finish()
  return chunks
})
