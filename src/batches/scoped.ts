// What happens to a batch when the scope that created it closes.
// A batch that has ended, is being canceled, or was deleted needs nothing; every other one is canceled.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { RequestError } from "../AnthropicError.ts"
import type { MessageBatch } from "../schema/Batch.ts"

/** For so long after its creation, in milliseconds, a batch that is not found may only not be visible yet. */
const notFoundGrace = 30_000

const isNotFound = (looked: Result.Result<MessageBatch, RequestError>): boolean =>
  Result.isFailure(looked) && looked.failure._tag === "NotFoundError"

const isOver = (looked: Result.Result<MessageBatch, RequestError>): boolean =>
  Result.isSuccess(looked) &&
  (looked.success.processing_status === "ended" || looked.success.processing_status === "canceling")

/** Creates a batch that is canceled when its scope closes, unless that is not needed any more. */
export const acquire = <E, R, R2>(
  create: Effect.Effect<MessageBatch, E, R>,
  retrieve: (batch: MessageBatch) => Effect.Effect<MessageBatch, RequestError, R2>,
  cancel: (batch: MessageBatch) => Effect.Effect<MessageBatch, RequestError, R2>
): Effect.Effect<MessageBatch, E, R | R2 | Scope.Scope> =>
  Effect.acquireRelease(
    Effect.flatMap(create, (batch) => Effect.map(Clock.currentTimeMillis, (createdAt) => ({ batch, createdAt }))),
    Effect.fnUntraced(function* ({ batch, createdAt }) {
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
  ).pipe(Effect.map(({ batch }) => batch))
