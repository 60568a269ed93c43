// What a test sets for a batch: how it advances, the outcomes of its requests, and the errors of its results.
// Durations count from the creation of the batch, on the emulator's clock.
import * as Duration from "effect/Duration"
import type { Answer } from "../messages/inference.ts"

/**
 * One request of a batch, as it was sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchRequest {
  readonly custom_id: string
  readonly params: { readonly [key: string]: unknown }
}

/**
 * One line of results, as it is written.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResultLine {
  readonly custom_id: string
  readonly result: { readonly type: string; readonly [key: string]: unknown }
}

/**
 * The result of one request of a batch once it is processed.
 *
 * - `succeeded`: `message` is the text of the answer, or fields that replace those of the emulator
 * - `errored`: `error` is the category and the message, as in `result.error.error`
 * - `raw`: `result` is written unchanged. In `request_counts` it counts by its `type`, and as `succeeded` if that is none of
 *   the four
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome =
  | { readonly type: "succeeded"; readonly message?: Answer | undefined }
  | {
      readonly type: "errored"
      readonly error?:
        | {
            readonly type?: string | undefined
            readonly message?: string | undefined
            readonly details?: { readonly [key: string]: unknown }
          }
        | undefined
    }
  | { readonly type: "canceled" }
  | { readonly type: "expired" }
  | { readonly type: "raw"; readonly result: ResultLine["result"] }

/**
 * A period, counted from the creation of a batch. Default: from the creation, without end.
 *
 * @category models
 * @since 0.1.0
 */
export interface Period {
  readonly from?: Duration.Input | undefined
  readonly until?: Duration.Input | undefined
}

/**
 * How a batch advances on the `Clock`, and what is unusual about it. Durations count from its creation, unless stated
 * otherwise.
 *
 * @category options
 * @since 0.1.0
 */
export interface Plan {
  /**
   * When all requests are processed. They are processed in order and at an even pace until then. With `"never"` the batch
   * expires after 24 hours. Default: 90 seconds.
   */
  readonly endsAfter?: Duration.Input | "never" | undefined
  /** How long a canceled batch takes to end. It processes nothing more. Default: 10 seconds. */
  readonly cancelTakes?: Duration.Input | undefined
  /** The share of the requests, from 0 to 1, that expire at the end: the last ones. Default: 0. */
  readonly expires?: number | undefined
  /** When listings begin to show the batch. Default: at once. */
  readonly listedAfter?: Duration.Input | "never" | undefined
  /** When calls with the id of the batch are answered 404. Default: never. */
  readonly notFound?: ReadonlyArray<Period> | undefined
  /** When the results are archived. Default: 29 days. */
  readonly archivedAfter?: Duration.Input | undefined
  /** When the batch is deleted. A batch that has not ended stops then. Default: never. */
  readonly deletedAfter?: Duration.Input | undefined
  /**
   * Called for each download with the lines in its order, and with its number from 0. Returns the lines that are sent:
   * fewer, more, or others. The request counts stay as they are. Default: the lines of the batch.
   */
  readonly lines?: ((lines: ReadonlyArray<ResultLine>, download: number) => ReadonlyArray<ResultLine>) | undefined
}

const hour = 3_600_000

/** The time after which a batch expires. */
export const expiresAfter = 24 * hour

const keptFor = 29 * 24 * hour

/** A plan in milliseconds, with its defaults. */
export interface Course {
  readonly endsAfter: number
  readonly cancelTakes: number
  readonly expires: number
  readonly listedAfter: number
  readonly notFound: ReadonlyArray<{ readonly from: number; readonly until: number }>
  readonly archivedAfter: number
  readonly deletedAfter: number
  readonly lines: Plan["lines"]
}

const millis = (input: Duration.Input | "never" | undefined, otherwise: number): number =>
  input === undefined
    ? otherwise
    : input === "never"
      ? Number.POSITIVE_INFINITY
      : Duration.toMillis(Duration.fromInputUnsafe(input))

export const courseOf = (plan: Plan): Course => ({
  endsAfter: millis(plan.endsAfter, 90_000),
  cancelTakes: millis(plan.cancelTakes, 10_000),
  expires: plan.expires ?? 0,
  listedAfter: millis(plan.listedAfter, 0),
  notFound: (plan.notFound ?? []).map(({ from, until }) => ({
    from: millis(from, 0),
    until: millis(until, Number.POSITIVE_INFINITY)
  })),
  archivedAfter: millis(plan.archivedAfter, keptFor),
  deletedAfter: millis(plan.deletedAfter, Number.POSITIVE_INFINITY),
  lines: plan.lines
})
