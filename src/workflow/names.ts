// The names of the steps that others have to know. A name is a contract: a run that sleeps finds its steps again by them.
import * as DurableDeferred from "effect/workflow/DurableDeferred"

/** Done when somebody asked the run, or the workflow of a chunk, to stop. */
export const canceled = DurableDeferred.make("canceled")

/** Done when the run was resumed for the n-th time. */
export const resumed = (n: number) => DurableDeferred.make(`resumed/${n}`)
