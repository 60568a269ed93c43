// The names of the steps that several files use. They must not change, because a run that sleeps finds its steps by them.
import * as DurableDeferred from "effect/workflow/DurableDeferred"

/** Done when the run, or the workflow of a chunk, was asked to stop. */
export const canceled = DurableDeferred.make("canceled")

/** Done when the run was resumed for the n-th time. */
export const resumed = (n: number) => DurableDeferred.make(`resumed/${n}`)
