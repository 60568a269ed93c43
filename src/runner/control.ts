// Reads the status of a run and stops it through its journal, also while another process owns it.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Batches from "../Batches.ts"
import type * as Journal from "../Journal.ts"
import type { JournalError } from "../run/errors.ts"
import { type Status, statusOf } from "../run/status.ts"
import { fold } from "./fold.ts"

/**
 * The result of canceling a run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cancellation {
  /** The batches that are being canceled. */
  readonly canceled: ReadonlyArray<string>
  /** The batches that could not be canceled, mostly because they have ended. */
  readonly failed: ReadonlyArray<string>
  /** Creates whose result is unknown. Their batches may exist, and were not canceled. */
  readonly unknown: number
}

const cancelsAtOnce = 4

export const statusOfRun = (
  journal: Journal.Journal,
  runId: string
): Effect.Effect<Option.Option<Status>, JournalError> =>
  Effect.gen(function* () {
    const state = yield* Effect.fromResult(fold(runId, yield* journal.read(runId)))
    return Option.fromUndefinedOr(statusOf(runId, state))
  })

export const cancelRun = Effect.fn("BatchRun.cancel")(function* (
  journal: Journal.Journal,
  runId: string
): Effect.fn.Return<Cancellation, JournalError, HttpClient.HttpClient> {
  // The owner is asked first, so that it creates no batch that is unknown here.
  yield* journal.cancel(runId)
  const state = yield* Effect.fromResult(fold(runId, yield* journal.read(runId)))
  const chunks = [...state.chunks.values()]
  const live = chunks.flatMap(({ batchId, phase }) => (phase === "Submitted" && batchId !== undefined ? [batchId] : []))
  const results = yield* Effect.forEach(
    live,
    (batchId) => Effect.map(Effect.isSuccess(Batches.cancel(batchId)), (isCanceled) => ({ batchId, isCanceled })),
    { concurrency: cancelsAtOnce }
  )
  return {
    canceled: results.filter(({ isCanceled }) => isCanceled).map(({ batchId }) => batchId),
    failed: results.filter(({ isCanceled }) => !isCanceled).map(({ batchId }) => batchId),
    unknown: chunks.filter(({ kind, phase }) => phase === "Intended" && kind === "batch").length
  }
})
