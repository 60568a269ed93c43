// The options of a run with their defaults, as the parts of the driver use them.
import type * as Effect from "effect/Effect"
import type { BatchRequest, Issue } from "../BatchRequest.ts"
import type * as Pricing from "../Pricing.ts"
import type { Money } from "../run/chunk.ts"
import type { RunEvent } from "../run/event.ts"
import type { DecodeAnswer, Outcome } from "../run/outcome.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { MessageParams } from "../schema/MessageParams.ts"

/**
 * The caller's decision about a create whose result is unknown.
 *
 * @category models
 * @since 0.1.0
 */
export type UnknownAnswer = { readonly adopt: string } | "create" | "wait"

/**
 * A create whose result is unknown, for a decision of the caller.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnknownCreate {
  readonly runId: string
  readonly chunk: number
  /** How many requests the batch has. */
  readonly count: number
  /** When the create was first about to be sent, in milliseconds since the epoch. */
  readonly intendedAt: number
  /** The batches of the workspace that may be it and have not ended, newest first. */
  readonly candidates: ReadonlyArray<MessageBatch>
}

export interface BudgetConfig<A, E, R> {
  readonly limit: Money
  readonly warnAt: number
  readonly size: ((item: A) => Pricing.RequestSize | undefined) | undefined
  /** Called when nothing more fits. Returns a new limit, or undefined to stop. */
  readonly onLimit: (amounts: {
    readonly limit: Money
    readonly spent: Money
    readonly reserved: Money
  }) => Effect.Effect<Money | undefined, E, R>
}

export interface Config<A, B, E, R> {
  readonly runId: string
  readonly request: (item: A) => BatchRequest
  /** Adds the format of `output` to the parameters. */
  readonly prepare: (params: MessageParams) => MessageParams
  readonly decode: DecodeAnswer<B, R>
  readonly check: ((request: BatchRequest) => ReadonlyArray<Pick<Issue, "path" | "description">>) | undefined
  readonly retryTimes: number
  readonly retryWhile: (outcome: Outcome<A, B>) => boolean
  readonly finishWith: { readonly below: number; readonly concurrency: number } | undefined
  readonly budget: BudgetConfig<A, E, R> | undefined
  readonly windowBatches: number
  readonly windowRequests: number
  readonly chunkItems: number
  readonly chunkBytes: number
  /** The longest wait between two looks at a batch, in milliseconds. */
  readonly pollEvery: number
  readonly onUnknownCreate: "reconcile" | ((unknown: UnknownCreate) => Effect.Effect<UnknownAnswer, E, R>)
  readonly onInterrupt: "cancel" | "detach" | undefined
  readonly onEvent: (event: RunEvent) => Effect.Effect<unknown, never, R>
}

/** The destination of outcomes. */
export interface Delivery<A, B, E> {
  readonly deliver: (outcomes: ReadonlyArray<Outcome<A, B>>) => Effect.Effect<void, E>
  /** Makes sure that delivered outcomes are stored, before a chunk is settled. */
  readonly flush: Effect.Effect<void, E>
  /** Whether an earlier run stored the outcome of a position. Fails if it was of another id. */
  readonly isTold: (position: number) => boolean
  readonly isOther: (position: number, id: string) => boolean
}
