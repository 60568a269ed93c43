// The state of a run by the entries of its journal.
import * as Result from "effect/Result"
import type * as Journal from "../Journal.ts"
import { apply, emptyState, type RunState } from "../run/chunk.ts"
import { JournalError } from "../run/errors.ts"

export const fold = (runId: string, entries: Iterable<Journal.Entry>): Result.Result<RunState, JournalError> => {
  const state = emptyState()
  for (const entry of entries) {
    const applied = apply(state, entry)
    if (Result.isFailure(applied)) {
      return Result.fail(new JournalError({ runId, reason: "corrupt", description: applied.failure }))
    }
  }
  return Result.succeed(state)
}
