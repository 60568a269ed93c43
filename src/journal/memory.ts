// Journals in memory: one that keeps nothing beyond a run, and one that keeps runs until it is released.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Entry } from "../run/entries.ts"
import { RunLockedError } from "../run/errors.ts"

/** A journal that shares nothing between runs: every run starts from the beginning. */
export const keepingNothing = {
  isDurable: false,
  open: () =>
    Effect.succeed({
      entries: [],
      append: () => Effect.void,
      assertOwner: Effect.void,
      isCanceled: Effect.succeed(false)
    }),
  read: () => Effect.succeed([]),
  cancel: () => Effect.succeed(false)
}

interface Kept {
  readonly entries: Array<Entry>
  isOpen: boolean
  isCanceled: boolean
}

export const inMemory = () => {
  const runs = new Map<string, Kept>()
  return {
    isDurable: false,
    open: (runId: string) =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          const run = runs.get(runId) ?? { entries: [], isOpen: false, isCanceled: false }
          if (run.isOpen) return Effect.fail(new RunLockedError({ runId, owner: 1 }))
          runs.set(runId, run)
          run.isOpen = true
          run.isCanceled = false
          return Effect.succeed(run)
        }),
        (run) =>
          Effect.sync(() => {
            run.isOpen = false
          })
      ).pipe(
        Effect.map((run) => ({
          entries: [...run.entries],
          append: (entry: Entry) =>
            Effect.sync(() => {
              run.entries.push(entry)
            }),
          assertOwner: Effect.void,
          isCanceled: Effect.sync(() => run.isCanceled)
        }))
      ) satisfies Effect.Effect<unknown, RunLockedError, Scope.Scope>,
    read: (runId: string) => Effect.sync((): ReadonlyArray<Entry> => [...(runs.get(runId)?.entries ?? [])]),
    cancel: (runId: string) =>
      Effect.sync(() => {
        const run = runs.get(runId)
        if (run !== undefined) run.isCanceled = true
        return run !== undefined
      })
  }
}
