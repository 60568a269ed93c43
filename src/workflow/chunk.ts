// The workflow of one chunk: find its batch if necessary, wait until it has ended, and settle it. Nothing is created here.
// The results of its steps are small.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Workflow from "effect/workflow/Workflow"
import * as Batches from "../Batches.ts"
import type { HowEnded } from "../run/chunk.ts"
import { Failing, maxOutage, notFoundTolerance, Outage } from "../run/wait.ts"
import { type Config, type Process, waitOf } from "./config.ts"
import { StepFailedError, type Where } from "./errors.ts"
import { ChunkPayload, ChunkResult, Poll, Search, Settlement } from "./model.ts"
import { canceled } from "./names.ts"
import { pollOnce, settleChunk } from "./read.ts"
import { searchOnce } from "./send.ts"
import { isDone, keptStep, overOutages, wait } from "./step.ts"

/** The longest wait for a batch that cannot be looked at, or that was canceled, in milliseconds. */
const shortWait = 300_000

/** The waits within the grace. A search follows each of them. */
const graceWaits = 2

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
  for (let n = 0; ; n++) {
    // Counted by waits, because the clock may be changed meanwhile. Their number is fixed, because a new release may look more
    // or less often, and a replay of earlier waits must not count as more time than has passed.
    const isLate = n >= graceWaits
    const found = yield* keptStep(
      config,
      `search/${n}`,
      whereOf(payload, "search"),
      Search,
      searchOnce(config, process, payload, isLate)
    )
    if (found._tag === "Found") return found
    if (found._tag === "Create") return undefined
    if (isLate) yield* wait(`search/wait/${n}`, waitOf(config, n))
    else yield* wait(`search/grace/${n}`, Math.ceil(config.grace / graceWaits))
  }
})

/** Cancels a batch, unless it has already ended. Temporary failures are retried for an hour. */
const cancelBatch = Effect.fnUntraced(function* (
  batchId: string
): Effect.fn.Return<void, never, HttpClient.HttpClient> {
  const outage = new Outage()
  for (;;) {
    const result = yield* Effect.result(Batches.cancel(batchId))
    if (Result.isSuccess(result) || !result.failure.isRetryable) return
    if (outage.fail(yield* Clock.currentTimeMillis) >= maxOutage) return
    yield* Effect.sleep(outage.next())
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
  let failing: Failing | undefined
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
        Effect.as(cancelBatch(batchId), { _tag: "None" } as const)
      )
    }
    if (n > 0 || (isNew && series === "")) {
      const millis = waitOf(config, n)
      const isShort = failing !== undefined || series !== ""
      const asked = isShort ? Math.min(millis, shortWait) : millis
      yield* wait(`wait/${series}${n}`, failing === undefined ? asked : failing.next(asked))
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
      failing = undefined
      continue
    }
    failing ??= new Failing()
    const lasted = failing.fail(seen._tag, seen.at)
    if (seen._tag === "NotFound" && lasted >= notFoundTolerance) return "deleted" as const
    if (seen._tag === "Outage" && lasted >= maxOutage) {
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
