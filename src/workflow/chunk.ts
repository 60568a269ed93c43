// The workflow of one chunk: find its batch if necessary, wait until it has ended, and settle it. Nothing is created here.
// The results of its steps are small.
import * as Effect from "effect/Effect"
import * as Workflow from "effect/workflow/Workflow"
import * as Batches from "../Batches.ts"
import type { HowEnded } from "../run/chunk.ts"
import { maxOutage, notFoundTolerance } from "../run/wait.ts"
import { type Config, type Process, waitOf } from "./config.ts"
import { StepFailedError, type Where } from "./errors.ts"
import { ChunkPayload, ChunkResult, Poll, Search, Settlement } from "./model.ts"
import { canceled } from "./names.ts"
import { pollOnce, settleChunk } from "./read.ts"
import { searchOnce } from "./send.ts"
import { isDone, keptStep, overOutages, wait } from "./step.ts"

/** The longest wait for a batch that cannot be looked at, or that was canceled, in milliseconds. */
const shortWait = 300_000

export const makeChunk = (name: string) =>
  Workflow.make(`${name}/chunk`, {
    payload: ChunkPayload,
    success: ChunkResult,
    error: StepFailedError,
    idempotencyKey: ({ chunk, create, failures, runId }) => JSON.stringify([runId, chunk.number, create, failures])
  })

export type ChunkWorkflow = ReturnType<typeof makeChunk>

const whereOf = ({ chunk, runId }: ChunkPayload, step: string): Where => ({ runId, step, chunk: chunk.number })

/** A batch, and whether it is surely that of the chunk. */
type Found = Pick<Settlement, "batchId" | "isCertain">

/** Finds the batch of a create without an answer. Returns undefined if there is none. */
const find = Effect.fnUntraced(function* <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  payload: ChunkPayload
) {
  let waited = 0
  for (let n = 0; ; n++) {
    // Counted by the waits, because the clock may be changed meanwhile.
    const isLate = waited >= config.grace
    const found = yield* keptStep(
      config,
      `search/${n}`,
      whereOf(payload, "search"),
      Search,
      searchOnce(config, process, payload, isLate)
    )
    if (found._tag === "Found") return found
    if (found._tag === "Create") return undefined
    const millis = isLate ? waitOf(config, n) : Math.min(waitOf(config, n), config.grace - waited)
    yield* wait(`search/wait/${n}`, millis)
    waited += millis
  }
})

/** Waits until a batch has ended, and returns how. `isNew`: it was created just now. */
const untilEnded = Effect.fnUntraced(function* <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  payload: ChunkPayload,
  batchId: string,
  isNew: boolean
) {
  let since: number | undefined
  /** A new series of looks begins at a cancellation, so that a replay does not find waits of other lengths. */
  let series = ""
  for (let n = 0; ; n++) {
    if (series === "" && (yield* isDone(canceled))) {
      series = "canceled/"
      n = 0
      yield* keptStep(
        config,
        "cancel",
        whereOf(payload, "cancel"),
        ChunkResult.members[1],
        // A batch that has already ended cannot be canceled.
        Effect.as(Effect.ignore(Batches.cancel(batchId)), { _tag: "None" } as const)
      )
    }
    if (n > 0 || (isNew && series === "")) {
      const millis = waitOf(config, n)
      const isShort = since !== undefined || series !== ""
      yield* wait(`wait/${series}${n}`, isShort ? Math.min(millis, shortWait) : millis)
    }
    const seen = yield* keptStep(
      config,
      `poll/${series}${n}`,
      whereOf(payload, "poll"),
      Poll,
      pollOnce(process, payload, batchId)
    )
    if (seen._tag === "Ended") return seen.how
    if (seen._tag === "Running") {
      since = undefined
      continue
    }
    since ??= seen.at
    if (seen._tag === "NotFound" && seen.at - since >= notFoundTolerance) return "deleted" as const
    if (seen._tag === "Outage" && seen.at - since >= maxOutage) {
      const { chunk, runId } = payload
      return yield* new StepFailedError({
        runId,
        step: "poll",
        chunk: chunk.number,
        error: seen.error,
        isRetryable: true,
        resumed: 0
      })
    }
  }
})

export const chunkLayer = <A, B, E, R>(workflow: ChunkWorkflow, config: Config<A, B, E, R>, process: Process) =>
  workflow.toLayer(
    Effect.fnUntraced(function* (payload) {
      const { batchId } = payload
      const found: Found | undefined = batchId === undefined ? yield* find(config, process, payload) : { batchId }
      if (found === undefined) return { _tag: "None" } as const
      const how: HowEnded = yield* untilEnded(config, process, payload, found.batchId, batchId !== undefined)
      const isCanceled = yield* isDone(canceled)
      const settlement = yield* keptStep(
        config,
        "settle",
        whereOf(payload, "settle"),
        Settlement,
        settleChunk(config, process, payload, found, how, isCanceled)
      )
      return { _tag: "Settled", settlement, how } as const
    }, overOutages)
  )
