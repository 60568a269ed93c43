// What the steps of a durable run share in one process: the options of the caller, and the knowledge of this process.
import type * as Effect from "effect/Effect"
import type { BatchRequest, Issue } from "../BatchRequest.ts"
import type { UnknownAnswer, UnknownCreate } from "../BatchRun.ts"
import type * as Pricing from "../Pricing.ts"
import type { DecodeAnswer, Outcome } from "../run/outcome.ts"
import type { Verdict } from "../run/reconcile.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { Where } from "./errors.ts"
import type { Payload } from "./model.ts"
import type { OutcomeSink } from "./sink.ts"
import type { RequestSource } from "./source.ts"
import type { Turns } from "./turns.ts"

/** The options of the caller, with defaults. Times are in milliseconds. */
export interface Config<A, B, E, R> {
  readonly source: RequestSource<A, E, R>
  readonly sink: OutcomeSink<A, B, E, R>
  readonly request: (item: A) => BatchRequest
  readonly prepare: (params: MessageParams) => MessageParams
  readonly decode: DecodeAnswer<B, R>
  readonly check: ((request: BatchRequest) => ReadonlyArray<Pick<Issue, "path" | "description">>) | undefined
  readonly retryWhile: (outcome: Outcome<A, B>) => boolean
  readonly size: ((item: A) => Pricing.RequestSize | undefined) | undefined
  readonly onUnknownCreate: "reconcile" | ((unknown: UnknownCreate) => Effect.Effect<UnknownAnswer, E, R>)
  readonly onFailure: (error: unknown, where: Where) => Effect.Effect<unknown, never, R>
  readonly pollFirst: number
  readonly pollLongest: number
  readonly grace: number
}

/** The knowledge of this process. */
export interface Process {
  /** A random name of this process. */
  readonly boot: string
  /** The creates that this process may have sent. */
  readonly attempted: Set<string>
  /** The runs whose workspace this process has checked. */
  readonly placed: Set<string>
  /** The verdicts about batches, by run and chunk. A chunk knows only its own ids, so that those of another are foreign to it. */
  readonly verdicts: Map<string, Map<string, Verdict>>
  /** Limits the creates of this process. With more creates at once, each answer waits longer until it is stored. */
  readonly turns: Turns
  readonly book: Pricing.PriceBook
}

export interface Resolved {
  readonly chunkItems: number
  readonly chunkBytes: number
  readonly windowBatches: number
  readonly windowRequests: number
  readonly retryTimes: number
  /** In USD, as decimal text. */
  readonly limit: string | undefined
}

/** The options of a run with their defaults. */
export const resolve = ({ options = {} }: Payload): Resolved => {
  const { queuedBatchRequests: queued, requests } = options.window ?? {}
  const windowRequests = Math.min(requests ?? queued ?? 100_000, queued ?? Number.POSITIVE_INFINITY)
  return {
    chunkItems: Math.min(options.chunk?.items ?? 10_000, windowRequests),
    chunkBytes: options.chunk?.bytes ?? 64_000_000,
    windowBatches: options.window?.batches ?? 8,
    windowRequests,
    retryTimes: options.retry?.times ?? 2,
    limit: options.budget?.limit
  }
}

/**
 * The waits between looks at a batch. Each is half as long again as the one before. With the defaults there are 33 looks in
 * 24 hours.
 */
export const waitOf = (
  { pollFirst, pollLongest }: Pick<Config<never, never, never, never>, "pollFirst" | "pollLongest">,
  n: number
): number => Math.min(Math.ceil(pollFirst * 1.5 ** Math.min(n, 60)), pollLongest)
