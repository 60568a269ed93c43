// What tests of durable runs share: a source and a sink in memory that outlive "processes".
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as BatchRun from "effect-anthropic/BatchRun"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import { type Item, itemsOf, requestOf } from "../../run/support/world.ts"

export const Runs = BatchWorkflow.make("Runs")

export interface MemorySink<A, B = undefined> extends BatchWorkflow.OutcomeSink<A, B> {
  /** How often a part was committed. */
  readonly commits: () => number
  /** The outcomes of a run that were committed, in the order of their items. */
  readonly outcomes: (runId: string) => ReadonlyArray<BatchRun.Outcome<A, B>>
}

/** `onCommit` is called before a part shows. */
export const memorySink = <A = Item, B = undefined>(
  onCommit: (part: BatchWorkflow.Part) => Effect.Effect<void> = () => Effect.void
): MemorySink<A, B> => {
  const parts = new Map<string, ReadonlyArray<BatchRun.Outcome<A, B>>>()
  let commits = 0
  return {
    commits: () => commits,
    location: (runId) => `memory of ${runId}`,
    outcomes: (runId) =>
      [...parts]
        .flatMap(([key, outcomes]) => (key.startsWith(`${runId}/`) ? outcomes : []))
        .sort((a, b) => a.position - b.position),
    open: (part) =>
      Effect.sync(() => {
        const written: Array<BatchRun.Outcome<A, B>> = []
        return {
          write: (outcomes) => Effect.sync(() => void written.push(...outcomes)),
          commit: Effect.andThen(
            onCommit(part),
            Effect.sync(() => {
              commits += 1
              parts.set(`${part.runId}/${part.name}`, written)
            })
          )
        }
      })
  }
}

/** The reference is the number of items. */
export const countedSource: BatchWorkflow.RequestSource<Item> = {
  items: (reference, from) => Stream.fromIterable(itemsOf(Number(reference)).slice(from))
}

export const live = (
  sink: BatchWorkflow.OutcomeSink<Item>,
  options: Partial<BatchWorkflow.UntypedOptions<Item, never, never>> = {}
) => BatchWorkflow.layer(Runs, { source: countedSource, sink, request: requestOf, ...options })
