// Continues a run where its journal ends: reads the source from its start, and assigns its items to each chunk again.
// Nothing is sent before all items of all chunks are known to be the same as before.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import { Digest } from "../hash/digest.ts"
import type { Chunk } from "../run/chunk.ts"
import { ItemsChangedError, type RunError } from "../run/errors.ts"
import { pack } from "../run/positions.ts"
import { baseOf, type Slot } from "../run/slot.ts"
import { SlotList } from "../run/slots.ts"
import { admit, itemsChanged } from "./admit.ts"
import { type Active, beside, type Context, deliver, record } from "./context.ts"
import { follow } from "./follow.ts"
import { now } from "./now.ts"

/** How many chunks are read again at the same time. The source waits for the others. */
const readAgainAtOnce = 2

/** A chunk whose items are assigned again. */
interface Planned<A, B> {
  readonly chunk: Chunk
  readonly digest: Digest
  readonly slots: SlotList<A, B>
}

interface Span<A, B> {
  readonly start: number
  readonly end: number
  readonly planned: Planned<A, B>
}

const spansOf = <A, B>(chunks: Iterable<Chunk>): ReadonlyArray<Span<A, B>> =>
  [...chunks]
    .flatMap((chunk) => {
      const planned: Planned<A, B> = { chunk, digest: new Digest(), slots: new SlotList() }
      return chunk.positions.map(({ end, start }): Span<A, B> => ({ start, end, planned }))
    })
    .sort((a, b) => a.start - b.start)

export const takeUp = Effect.fn("BatchRun.takeUp")(function* <A, B, E, R>(
  context: Context<A, B, E, R>
): Effect.fn.Return<void, E | RunError, R | HttpClient.HttpClient> {
  const { active, config, delivery, pending, pool, signal, source, state } = context
  const takenUpAt = yield* now
  const spans = spansOf<A, B>(state.chunks.values())
  const end = spans.reduce((last, span) => Math.max(last, span.end), 0)
  let nextSpan = 0
  let current: Array<Span<A, B>> = []

  /** The chunks of a position, in the order in which they were sent. Called with positions in ascending order. */
  const chunksAt = (position: number): ReadonlyArray<Planned<A, B>> => {
    let hasChanged = false
    for (let span = spans[nextSpan]; span !== undefined && span.start <= position; span = spans[nextSpan]) {
      current.push(span)
      nextSpan += 1
      hasChanged = true
    }
    if (current.some((span) => span.end <= position)) {
      current = current.filter((span) => span.end > position)
      hasChanged = true
    }
    if (hasChanged) current.sort((a, b) => a.planned.chunk.number - b.planned.chunk.number)
    return current.map(({ planned }) => planned)
  }

  const begin = Effect.fnUntraced(function* ({ chunk, digest, slots }: Planned<A, B>) {
    if (digest.value !== chunk.digest) {
      const from = chunk.positions[0]?.start ?? 0
      const to = (chunk.positions.at(-1)?.end ?? 1) - 1
      return yield* new ItemsChangedError({ runId: config.runId, reason: "different", from, to })
    }
    if (chunk.kind === "direct") return yield* endDirect(context, chunk, slots)
    if (slots.length === 0 && chunk.phase === "Settled") return
    const one: Active<A, B> = {
      chunk,
      slots,
      underWayUntil: takenUpAt
    }
    active.set(chunk.number, one)
    yield* beside(context, follow(context, one, undefined))
    for (;;) {
      const { changed } = signal
      const busy = [...active.values()].filter(({ chunk }) => chunk.phase === "Ended" || chunk.phase === "Settled")
      if (busy.length <= readAgainAtOnce) return
      yield* changed
    }
  })

  for (let position = 0; position < end; position++) {
    const read = yield* source.next
    if (read === undefined) {
      return yield* new ItemsChangedError({ runId: config.runId, reason: "fewer", from: position, to: end - 1 })
    }
    const { slot } = read
    const chunks = chunksAt(position)
    const holder = chunks.at(-1)
    if (holder === undefined) {
      const admitted = yield* admit(context, read)
      if (admitted._tag === "Outcome") yield* deliver(context, [admitted.outcome])
      else if (admitted._tag === "Ready") pending.push(slot)
      continue
    }
    if (delivery.isOther(position, slot.id)) return yield* Effect.fail(itemsChanged(context, position))
    if (!delivery.isTold(position)) holder.slots.add({ ...slot, attempts: chunks.length })
    for (const { digest } of chunks) digest.add(position, slot.id)
    for (const planned of chunks) {
      if (planned.digest.count === planned.chunk.count) yield* begin(planned)
    }
    if (position % 1_000 === 0) yield* Effect.yieldNow
  }
  // Items to send again are determined by the chunks that are read again.
  pool.sort((a, b) => a.position - b.position)
})

/** Ends a chunk of single calls: its answers are lost, and cannot be read again. */
const endDirect = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  chunk: Chunk,
  slots: Iterable<Slot<A, B>>
) {
  const again: Array<Slot<A, B>> = []
  for (const slot of slots) {
    const last = { ...baseOf(slot, undefined), _tag: "Missing", reason: "lost" } as const
    const isOpen = slot.attempts <= context.config.retryTimes && context.stopped !== "canceled"
    if (isOpen && !context.delivery.isTold(slot.position)) again.push({ ...slot, last })
    else yield* deliver(context, [last])
  }
  yield* context.delivery.flush
  if (chunk.phase !== "Settled") {
    yield* record(context, {
      entry: "settled",
      chunk: chunk.number,
      again: pack(again.map(({ position }) => position)),
      ...(context.budget === undefined ? {} : { spend: `${chunk.reserve}` }),
      at: yield* now
    })
  }
  for (const slot of again) context.pool.push(slot)
})
