// Combines the events of a run into a snapshot for a view. It holds counts and no percentage, because a batch does not
// report its progress.
import type * as BigDecimal from "effect/BigDecimal"
import { dual } from "effect/Function"
import { noCounts, type OutcomeCounts, type RunEvent } from "./event.ts"

/**
 * The progress of a run, by its events.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  /** When the run began this time, in milliseconds since the epoch. */
  readonly startedAt: number | undefined
  readonly isResumed: boolean
  /** Items that were read from the source. */
  readonly read: number
  /** Requests that are part of batches, including those that were sent again. */
  readonly sent: number
  /** Outcomes by kind. */
  readonly outcomes: OutcomeCounts
  /** Outcomes of all kinds. */
  readonly done: number
  /** Items that were sent again or are going to be. */
  readonly retried: number
  readonly batches: {
    readonly submitted: number
    readonly ended: number
    /** Creates whose result is unknown. */
    readonly unknown: number
  }
  /** Why the run waits. Undefined after a later event of another kind. */
  readonly waiting: Extract<RunEvent, { readonly _tag: "Waiting" }> | undefined
  readonly budget:
    | {
        readonly limit: BigDecimal.BigDecimal
        readonly spent: BigDecimal.BigDecimal
        readonly reserved: BigDecimal.BigDecimal
      }
    | undefined
}

/**
 * The progress before the first event.
 *
 * @category constructors
 * @since 0.1.0
 */
export const noProgress: Progress = {
  startedAt: undefined,
  isResumed: false,
  read: 0,
  sent: 0,
  outcomes: noCounts,
  done: 0,
  retried: 0,
  batches: { submitted: 0, ended: 0, unknown: 0 },
  waiting: undefined,
  budget: undefined
}

const add = (one: OutcomeCounts, other: OutcomeCounts): OutcomeCounts => ({
  Succeeded: one.Succeeded + other.Succeeded,
  Invalid: one.Invalid + other.Invalid,
  Incomplete: one.Incomplete + other.Incomplete,
  Errored: one.Errored + other.Errored,
  Canceled: one.Canceled + other.Canceled,
  Expired: one.Expired + other.Expired,
  Missing: one.Missing + other.Missing,
  Unsent: one.Unsent + other.Unsent
})

const total = (counts: OutcomeCounts): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

const change = (progress: Progress, event: RunEvent): Partial<Progress> => {
  const { batches } = progress
  switch (event._tag) {
    case "Opened":
      return { startedAt: event.at, isResumed: event.isResumed }
    case "ItemsRead":
      return { read: progress.read + event.count }
    case "Submitted":
      return {
        sent: progress.sent + event.count,
        batches: { ...batches, submitted: batches.submitted + 1 }
      }
    case "Unknown":
      return { batches: { ...batches, unknown: batches.unknown + 1 } }
    case "Renewed":
      return { batches: { ...batches, unknown: Math.max(0, batches.unknown - 1) } }
    case "Adopted":
      return {
        batches: { ...batches, submitted: batches.submitted + 1, unknown: Math.max(0, batches.unknown - 1) }
      }
    case "Ended":
      return { batches: { ...batches, ended: batches.ended + 1 } }
    case "Delivered":
      return { outcomes: add(progress.outcomes, event.counts), done: progress.done + total(event.counts) }
    case "Retried":
      return { retried: progress.retried + event.count }
    case "Budget":
      return { budget: { limit: event.limit, spent: event.spent, reserved: event.reserved } }
    default:
      return {}
  }
}

/**
 * Adds an event of a run to its progress.
 *
 * @category combinators
 * @since 0.1.0
 */
export const progress: {
  (event: RunEvent): (self: Progress) => Progress
  (self: Progress, event: RunEvent): Progress
} = dual(2, (self: Progress, event: RunEvent): Progress => {
  const waiting = event._tag === "Waiting" ? event : event._tag === "Polled" ? self.waiting : undefined
  return { ...self, ...change(self, event), waiting }
})
