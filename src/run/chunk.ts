// The states of a chunk, in one place: which entry leads from which state to which.
//
//   intent → Intended ─ created, adopted → Submitted ─ ended → Ended ─ settled → Settled
//               │  └ renewed: sent a second time
//               └ void: gone, replaced by other chunks
//
// The state of a run is computed from its entries only, so a crash loses only what is in no entry.
import * as Result from "effect/Result"
import type { Entry, Opened } from "./entries.ts"
import { countOf, type Interval, intervals } from "./positions.ts"

/** An amount of a `Pricing.Meter`: an exact integer. */
export type Money = bigint

export type HowEnded = "ended" | "archived" | "deleted"

export type Phase = "Intended" | "Submitted" | "Ended" | "Settled"

/** A chunk, by its entries. */
export interface Chunk {
  readonly number: number
  readonly kind: "batch" | "direct"
  readonly positions: ReadonlyArray<Interval>
  readonly count: number
  readonly digest: string
  readonly body: string | undefined
  readonly reserve: Money
  /** When the first create was about to be sent, in milliseconds. */
  readonly intendedAt: number
  /** How often it was created. More than once only after a search has found nothing. */
  creates: number
  phase: Phase
  batchId: string | undefined
  /** Whether the batch is used for the chunk although it is unknown whose it is. */
  isUncertain: boolean
  how: HowEnded | undefined
  again: ReadonlyArray<Interval>
  spend: Money
}

/** A run, by its entries. */
export interface RunState {
  opened: Opened | undefined
  readonly chunks: Map<number, Chunk>
  /** The number of the next chunk. Numbers of void chunks are not used again. */
  nextChunk: number
}

export const emptyState = (): RunState => ({ opened: undefined, chunks: new Map(), nextChunk: 0 })

const order: ReadonlyArray<Phase> = ["Intended", "Submitted", "Ended", "Settled"]

/** Whether the chunk is in `phase` or was in it. */
export const isPast = (chunk: Chunk, phase: Phase): boolean => order.indexOf(chunk.phase) >= order.indexOf(phase)

/**
 * Applies one entry, or returns what is wrong with it. A repeated entry changes nothing, because two owners may have written
 * it.
 */
export const apply = (state: RunState, entry: Entry): Result.Result<void, string> => {
  if (entry.entry === "opened") {
    if (state.opened === undefined) state.opened = entry
    else if (state.opened.nonce !== entry.nonce) return Result.fail("the run is opened twice")
    return Result.void
  }
  if (state.opened === undefined) return Result.fail(`${entry.entry} comes before opened`)
  if (entry.entry === "intent") return applyIntent(state, entry)
  const chunk = state.chunks.get(entry.chunk)
  if (chunk === undefined) {
    return entry.entry === "void"
      ? Result.void
      : Result.fail(`${entry.entry} is of chunk ${entry.chunk}, which has no intent`)
  }
  switch (entry.entry) {
    case "void":
      if (chunk.phase !== "Intended") return Result.fail(`chunk ${entry.chunk} is void after it was created`)
      state.chunks.delete(entry.chunk)
      return Result.void
    case "renewed":
      if (chunk.phase === "Intended") chunk.creates += 1
      return Result.void
    case "created":
    case "adopted":
      if (chunk.phase !== "Intended") return Result.void
      chunk.phase = "Submitted"
      chunk.batchId = entry.batch
      chunk.isUncertain = entry.entry === "adopted" && entry.isCertain === false
      return Result.void
    case "ended":
      if (chunk.phase === "Intended") return Result.fail(`chunk ${entry.chunk} ended and has no batch`)
      if (chunk.phase === "Submitted") {
        chunk.phase = "Ended"
        chunk.how = entry.how
      }
      return Result.void
    case "settled": {
      const again = intervals(entry.again)
      if (again === undefined) return Result.fail(`settled of chunk ${entry.chunk} has malformed positions`)
      if (chunk.phase !== "Ended" && !(chunk.kind === "direct" && chunk.phase === "Intended")) {
        return chunk.phase === "Settled" ? Result.void : Result.fail(`chunk ${entry.chunk} is settled before it ended`)
      }
      chunk.phase = "Settled"
      chunk.again = again
      chunk.spend = BigInt(entry.spend ?? "0")
      return Result.void
    }
  }
}

const applyIntent = (state: RunState, entry: Extract<Entry, { entry: "intent" }>): Result.Result<void, string> => {
  const positions = intervals(entry.positions)
  if (positions === undefined || countOf(positions) !== entry.count || entry.count === 0) {
    return Result.fail(`intent of chunk ${entry.chunk} has malformed positions`)
  }
  const known = state.chunks.get(entry.chunk)
  if (known !== undefined) {
    return known.digest === entry.digest ? Result.void : Result.fail(`chunk ${entry.chunk} is intended twice`)
  }
  state.nextChunk = Math.max(state.nextChunk, entry.chunk + 1)
  state.chunks.set(entry.chunk, {
    number: entry.chunk,
    kind: entry.kind,
    positions,
    count: entry.count,
    digest: entry.digest,
    body: entry.body,
    reserve: BigInt(entry.reserve ?? "0"),
    intendedAt: entry.at,
    creates: 1,
    phase: "Intended",
    batchId: undefined,
    isUncertain: false,
    how: undefined,
    again: [],
    spend: 0n
  })
  return Result.void
}
