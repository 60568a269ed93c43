// One look at a batch that is known, and when to look again.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type { NotFoundError, RequestError } from "../AnthropicError.ts"
import * as Batches from "../Batches.ts"
import type { MessageBatch } from "../schema/Batch.ts"

/** How long the API may not find a known batch before it counts as deleted, in milliseconds. */
export const notFoundTolerance = 3_600_000

/** How long consecutive temporary failures are tolerated, in milliseconds. */
export const maxOutage = 3_600_000

export type Look =
  | { readonly _tag: "Running"; readonly batch: MessageBatch }
  | { readonly _tag: "Ended"; readonly batch: MessageBatch }
  /** A known batch is never created again because of this. */
  | { readonly _tag: "NotFound"; readonly error: NotFoundError }
  | { readonly _tag: "Outage"; readonly error: RequestError }

/** Looks at a batch. Fails with permanent errors. */
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

/**
 * The longest call that counts towards an outage, in milliseconds. If a call takes longer, the machine slept or its clock
 * was changed.
 */
const longestCall = 600_000

/** Computes how long consecutive failures have lasted, and how long to wait before the next try. */
export class Outage {
  #lasted = 0
  #failures = 0
  #wait = 0
  #at: number | undefined

  /** Records a failure. Returns how long the outage has lasted, in milliseconds. */
  fail(at: number): number {
    if (this.#at !== undefined) this.#lasted += Math.min(Math.max(at - this.#at, 0), this.#wait + longestCall)
    this.#at = at
    return this.#lasted
  }

  /**
   * Returns the wait before the next try, in milliseconds. It grows each time, and is not shorter than `asked`, but `asked`
   * cannot extend the outage beyond `maxOutage`.
   */
  next(asked = 0): number {
    this.#wait = Math.max(backOff(this.#failures), Math.min(asked, maxOutage - this.#lasted))
    this.#failures += 1
    return this.#wait
  }
}

/** Computes how long consecutive failures of one kind have lasted. A failure of another kind says nothing about them. */
export class Failing {
  #kind: string | undefined
  #outage = new Outage()

  /** Records a failure. Returns how long failures of its kind have lasted, in milliseconds. */
  fail(kind: string, at: number): number {
    if (this.#kind !== kind) this.#outage = new Outage()
    this.#kind = kind
    return this.#outage.fail(at)
  }

  /** Returns the wait before the next try, in milliseconds. It grows each time, and is not shorter than `asked`. */
  next(asked?: number): number {
    return this.#outage.next(asked)
  }
}

/** The wait after a number of consecutive failures: one second, doubled up to a minute, in milliseconds. */
export const backOff = (failures: number): number => Math.min(1_000 * 2 ** Math.min(failures, 10), 60_000)
