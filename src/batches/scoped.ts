// A batch that belongs to a scope, and what happens to it when the scope closes.
// A batch that has ended, is being canceled, or was deleted is left alone. Every other one is canceled.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { RequestError } from "../AnthropicError.ts"
import type { BatchRequest } from "../BatchRequest.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import { type CreateError, type CreateOptions, cancel, create, retrieve } from "./operations.ts"

/**
 * Creates a batch that is canceled when the scope closes, unless it has ended or was deleted by then.
 *
 * The creation cannot be interrupted, because a batch whose id is unknown cannot be canceled. If canceling fails, or takes
 * longer than 30 seconds, a warning is logged and the scope closes normally.
 *
 * @category operations
 * @since 0.1.0
 */
export const createScoped = (
  requests: Iterable<BatchRequest>,
  options: CreateOptions = {}
): Effect.Effect<MessageBatch, CreateError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.acquireRelease(
    Effect.flatMap(create(requests, options), (batch) =>
      Effect.map(Clock.currentTimeMillis, (createdAt) => ({ batch, createdAt }))
    ),
    release
  ).pipe(Effect.map(({ batch }) => batch))

/** How long after its creation a batch may not be visible yet, in milliseconds. */
const notFoundGrace = 30_000

const isNotFound = (looked: Result.Result<MessageBatch, RequestError>): boolean =>
  Result.isFailure(looked) && looked.failure._tag === "NotFoundError"

const isOver = (looked: Result.Result<MessageBatch, RequestError>): boolean =>
  Result.isSuccess(looked) &&
  (looked.success.processing_status === "ended" || looked.success.processing_status === "canceling")

interface Created {
  readonly batch: MessageBatch
  readonly createdAt: number
}

/** How long canceling may take, because a scope that closes waits for it. */
const cancelWithin = "30 seconds"

/** Cancels a batch that is live, also where it cannot be interrupted. A failure is a warning. */
export const release = (created: Created) =>
  cancelLive(created).pipe(
    Effect.interruptible,
    Effect.timeoutOrElse({
      duration: cancelWithin,
      orElse: () => Effect.logWarning(`batch ${created.batch.id} could not be canceled within ${cancelWithin}`)
    })
  )

const cancelLive = Effect.fnUntraced(function* ({ batch, createdAt }: Created) {
  const before = yield* Effect.result(retrieve(batch))
  if (isOver(before)) return
  const mayAppear = (yield* Clock.currentTimeMillis) - createdAt < notFoundGrace
  if (isNotFound(before) && !mayAppear) return
  const canceled = yield* Effect.result(cancel(batch))
  if (Result.isSuccess(canceled) || isNotFound(canceled)) return
  // It may have ended between the two calls: the API then refuses to cancel it.
  const after = yield* Effect.result(retrieve(batch))
  if (isOver(after) || isNotFound(after)) return
  yield* Effect.logWarning(`batch ${batch.id} could not be canceled: ${canceled.failure.message}`)
})
