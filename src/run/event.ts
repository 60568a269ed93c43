// The events of a run. They hold numbers and ids of batches, and no content.
import type * as BigDecimal from "effect/BigDecimal"
import type { Outcome } from "./outcome.ts"

/**
 * The number of outcomes of each kind.
 *
 * @category models
 * @since 0.1.0
 */
export type OutcomeCounts = { readonly [Tag in Outcome<unknown, unknown>["_tag"]]: number }

/**
 * Why a run waits.
 *
 * `reconcile`: a create got no answer, and its batch is searched for. `until` is the latest time at which this is decided.
 * `queue`: a create was refused with 429. `refused`: a create was refused temporarily. `budget`: batches under way must be
 * settled before more fits. `outage`: a batch cannot be looked at.
 *
 * @category models
 * @since 0.1.0
 */
export type WaitReason = "reconcile" | "queue" | "refused" | "budget" | "outage"

/**
 * The run begins, or continues where its journal ends.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenedEvent {
  readonly _tag: "Opened"
  readonly runId: string
  readonly isResumed: boolean
  readonly at: number
}

/**
 * Further items were read from the source.
 *
 * @category models
 * @since 0.1.0
 */
export interface ItemsReadEvent {
  readonly _tag: "ItemsRead"
  readonly count: number
}

/**
 * A chunk is about to be sent. `isRetry`: its items were sent before.
 *
 * @category models
 * @since 0.1.0
 */
export interface IntendedEvent {
  readonly _tag: "Intended"
  readonly chunk: number
  readonly count: number
  readonly bytes: number
  readonly isRetry: boolean
}

/**
 * A batch of a chunk was created.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubmittedEvent {
  readonly _tag: "Submitted"
  readonly chunk: number
  readonly count: number
  readonly batchId: string
}

/**
 * A create got no answer. It is unknown whether there is a batch.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnknownEvent {
  readonly _tag: "Unknown"
  readonly chunk: number
  readonly count: number
}

/**
 * The batch of an unknown create was found. `isCertain` is false if its results do not show whose it is.
 *
 * @category models
 * @since 0.1.0
 */
export interface AdoptedEvent {
  readonly _tag: "Adopted"
  readonly chunk: number
  readonly batchId: string
  readonly isCertain: boolean
}

/**
 * No batch of the chunk was found; it is created again.
 *
 * @category models
 * @since 0.1.0
 */
export interface RenewedEvent {
  readonly _tag: "Renewed"
  readonly chunk: number
}

/**
 * An earlier batch of a chunk has appeared, although none was found before the chunk was created again. Both are charged.
 *
 * @category models
 * @since 0.1.0
 */
export interface PaidTwiceEvent {
  readonly _tag: "PaidTwice"
  readonly chunk: number
  readonly batchId: string
  readonly otherBatchId: string
}

/**
 * A batch was looked at.
 *
 * @category models
 * @since 0.1.0
 */
export interface PolledEvent {
  readonly _tag: "Polled"
  readonly chunk: number
  readonly batchId: string
  readonly status: string
}

/**
 * A batch has ended, or its results are gone.
 *
 * @category models
 * @since 0.1.0
 */
export interface EndedEvent {
  readonly _tag: "Ended"
  readonly chunk: number
  readonly batchId: string
  readonly how: "ended" | "archived" | "deleted"
}

/**
 * Outcomes were delivered.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeliveredEvent {
  readonly _tag: "Delivered"
  readonly counts: OutcomeCounts
}

/**
 * Items of a chunk are going to be sent again.
 *
 * @category models
 * @since 0.1.0
 */
export interface RetriedEvent {
  readonly _tag: "Retried"
  readonly chunk: number
  readonly count: number
}

/**
 * The results of a chunk were read.
 *
 * @category models
 * @since 0.1.0
 */
export interface SettledEvent {
  readonly _tag: "Settled"
  readonly chunk: number
  readonly batchId: string | undefined
  readonly spend: BigDecimal.BigDecimal | undefined
}

/**
 * The worst case of a chunk was reserved, or a chunk was settled.
 *
 * @category models
 * @since 0.1.0
 */
export interface BudgetEvent {
  readonly _tag: "Budget"
  readonly limit: BigDecimal.BigDecimal
  readonly spent: BigDecimal.BigDecimal
  readonly reserved: BigDecimal.BigDecimal
}

/**
 * The sum of spent and reserved amounts has passed the share `budget.warnAt`. Emitted once.
 *
 * @category models
 * @since 0.1.0
 */
export interface BudgetWarningEvent {
  readonly _tag: "BudgetWarning"
  readonly limit: BigDecimal.BigDecimal
  readonly spent: BigDecimal.BigDecimal
  readonly reserved: BigDecimal.BigDecimal
}

/**
 * The run waits.
 *
 * @category models
 * @since 0.1.0
 */
export interface WaitingEvent {
  readonly _tag: "Waiting"
  readonly reason: WaitReason
  readonly chunk: number | undefined
  readonly until: number | undefined
}

/**
 * A line of a batch's results answers no item of its chunk, or answers one again. It is not counted.
 *
 * @category models
 * @since 0.1.0
 */
export interface OddLineEvent {
  readonly _tag: "OddLine"
  readonly chunk: number
  readonly batchId: string
  readonly kind: "foreign" | "repeated" | "unreadable"
  readonly customId: string | undefined
}

/**
 * A chunk is created again with other requests than the first time. Its items are the same.
 *
 * @category models
 * @since 0.1.0
 */
export interface BodyChangedEvent {
  readonly _tag: "BodyChanged"
  readonly chunk: number
}

/**
 * One thing that happened in a run. Times are milliseconds since the epoch, amounts are USD.
 *
 * @category models
 * @since 0.1.0
 */
export type RunEvent =
  | OpenedEvent
  | ItemsReadEvent
  | IntendedEvent
  | SubmittedEvent
  | UnknownEvent
  | AdoptedEvent
  | RenewedEvent
  | PaidTwiceEvent
  | PolledEvent
  | EndedEvent
  | DeliveredEvent
  | RetriedEvent
  | SettledEvent
  | BudgetEvent
  | BudgetWarningEvent
  | WaitingEvent
  | OddLineEvent
  | BodyChangedEvent

export const noCounts: OutcomeCounts = {
  Succeeded: 0,
  Invalid: 0,
  Incomplete: 0,
  Errored: 0,
  Canceled: 0,
  Expired: 0,
  Missing: 0,
  Unsent: 0
}

export const countOutcomes = (outcomes: Iterable<Outcome<unknown, unknown>>): OutcomeCounts => {
  const counts = { ...noCounts }
  for (const { _tag } of outcomes) counts[_tag] += 1
  return counts
}
