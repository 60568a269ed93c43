// The watch of calls. There is none by default. The module Telemetry makes spans and metrics from it.
// Everything public here is exported by the module Anthropic.
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { MessageBatch, MessageBatchIndividualResponse } from "../schema/Batch.ts"
import type { MessageEvent } from "../schema/MessageEvent.ts"

/**
 * A call that is about to be sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObservedCall {
  /** Names the operation, for example `Messages.create`. */
  readonly name: string
  /** The effect of repeating it: `idempotent`, `generating` or `creating`. */
  readonly kind: string
  /** The segments of the path after `/v1`. */
  readonly path: ReadonlyArray<string>
  readonly model?: string | undefined
  /** The body, if it is sent as one piece. */
  readonly body?: { readonly bytes?: Uint8Array | undefined } | undefined
}

/**
 * Watches one call. Its functions run as part of the call, so their time delays it.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallWatch {
  /** Runs the call, to its decoded answer or until its body can be read. The failure has the fate of the last attempt. */
  readonly run: <A, E extends { readonly error: unknown; readonly fate: string }, R>(
    call: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, R>
  /** Called before the wait for the next attempt. */
  readonly onRetry: (error: unknown, delay: Duration.Duration) => Effect.Effect<void>
  /** Called with true when the call waits for a limiter, and with false after it. `now` is in milliseconds. */
  readonly onWait: (isWaiting: boolean, now: number) => void
  /** Runs one pull of events from the stream of an answer. */
  readonly events: <A extends ReadonlyArray<MessageEvent>, E, R>(pull: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Called with the results of a batch as they are read, several at a time. If they are read again, it is called again. */
  readonly results: (batch: MessageBatch, results: ReadonlyArray<MessageBatchIndividualResponse>) => Effect.Effect<void>
}

/**
 * Makes the watch of a call.
 *
 * @category models
 * @since 0.1.0
 */
export type Observe = (call: ObservedCall) => CallWatch
