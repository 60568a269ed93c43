// One look at a batch that is known, and when to look again.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { NotFoundError, RequestError } from "../AnthropicError.ts"
import * as Batches from "../Batches.ts"
import type { MessageBatch } from "../schema/Batch.ts"

/** How long a batch that is known may be unknown to the API before it counts as deleted, in milliseconds. */
export const notFoundTolerance = 3_600_000

/** How long failures that may pass are ridden out in a row, in milliseconds. */
export const maxOutage = 3_600_000

export type Look =
  | { readonly _tag: "Running"; readonly batch: MessageBatch }
  | { readonly _tag: "Ended"; readonly batch: MessageBatch }
  /** A batch that is known is never created again because of this. */
  | { readonly _tag: "NotFound"; readonly error: NotFoundError }
  | { readonly _tag: "Outage"; readonly error: RequestError }

/** Looks at a batch. Fails with what no repetition changes. */
export const look = (batchId: string): Effect.Effect<Look, RequestError, HttpClient.HttpClient> =>
  Batches.retrieve(batchId).pipe(
    Effect.map((batch): Look => ({ _tag: batch.processing_status === "ended" ? "Ended" : "Running", batch })),
    Effect.catch((error): Effect.Effect<Look, RequestError> => {
      if (error._tag === "NotFoundError") return Effect.succeed({ _tag: "NotFound", error })
      return error.isRetryable ? Effect.succeed({ _tag: "Outage", error }) : Effect.fail(error)
    })
  )

/** The wait before the next look: a quarter of the age of the batch, from one second up to `longest`, in milliseconds. */
export const nextLook = (age: number, longest: number): number => Math.min(Math.max(1_000, Math.ceil(age / 4)), longest)

/** The longest call that is counted to an outage, in milliseconds. What takes longer was a machine asleep, or a clock set. */
const longestCall = 600_000

/** Counts how long something has failed in a row, and how long to wait before the next try. */
export class Outage {
  #lasted = 0
  #failures = 0
  #wait = 0
  #at: number | undefined

  /** Notes a failure, and gives how long the outage has lasted, in milliseconds. */
  fail(at: number): number {
    if (this.#at !== undefined) this.#lasted += Math.min(Math.max(at - this.#at, 0), this.#wait + longestCall)
    this.#at = at
    return this.#lasted
  }

  /** The wait before the next try, longer each time, and not shorter than `asked`, in milliseconds. */
  next(asked = 0): number {
    this.#wait = Math.max(backOff(this.#failures), asked)
    this.#failures += 1
    return this.#wait
  }
}

/** The wait after so many failures in a row: one second, doubled up to a minute, in milliseconds. */
export const backOff = (failures: number): number => Math.min(1_000 * 2 ** Math.min(failures, 10), 60_000)
