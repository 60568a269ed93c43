// Follows a created batch to its end, and gives every call its answer or its error.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Batches from "../Batches.ts"
import { fromEvent, spendLimitCodes } from "../http/errors.ts"
import { type OwnLine, type ReadError, read } from "../run/read.ts"
import { search } from "../run/reconcile.ts"
import { backOff, maxOutage, notFoundTolerance } from "../run/wait.ts"
import type { MessageBatch, MessageBatchResult } from "../schema/Batch.ts"
import type { Message } from "../schema/Message.ts"
import { cancel } from "./cancel.ts"
import {
  AnswerMissingError,
  AnswerUnreadError,
  type PoolError,
  RequestCanceledError,
  RequestExpiredError
} from "./errors.ts"
import * as metrics from "./metrics.ts"
import { answer, answerAll, type Batch, type Call, freePlaces, type Pool } from "./state.ts"

const now = Clock.currentTimeMillis

/** Gives the calls of a batch their answers. When no call waits any more, the batch is canceled. */
export const follow = Effect.fnUntraced(function* <R>(
  pool: Pool<R>,
  batch: Batch<R>,
  created: MessageBatch
): Effect.fn.Return<void, never, HttpClient.HttpClient | R> {
  yield* Effect.annotateCurrentSpan({ batchId: created.id })
  yield* metrics.batch
  batch.created = created
  batch.clearBody()
  freePlaces(pool, batch)
  yield* Effect.raceFirst(settle(pool, batch, created), batch.abandoned.await)
  if (batch.abandoned.isOpen()) yield* Effect.uninterruptible(cancel(batch, created))
  batch.group.ended.notify()
  yield* findSecond(pool, batch, created)
})

/** Waits for the end, reads the results and answers every call. */
const settle = Effect.fnUntraced(function* <R>(pool: Pool<R>, batch: Batch<R>, created: MessageBatch) {
  const place = (call: Call<R>) => ({ batchId: created.id, customId: batch.customIdOf(call.position) })
  const missing = (reason: AnswerMissingError["reason"]) =>
    answerAll(pool, batch, (call) => Effect.fail(new AnswerMissingError({ ...place(call), reason })))
  const unread = (cause: AnswerUnreadError["cause"]) =>
    answerAll(pool, batch, (call) => Effect.fail(new AnswerUnreadError({ ...place(call), cause })))

  const ended = yield* Effect.result(Batches.waitUntilEnded(created, pool.config.watch))
  batch.stage = "watched"
  if (Result.isFailure(ended)) {
    const error = ended.failure
    return error._tag === "NotFoundError" ? missing("deleted") : unread(error)
  }
  batch.group.ended.notify()
  if (ended.success.archived_at !== null) return missing("archived")
  const failure = yield* readAll(pool, batch, ended.success)
  if (failure === undefined) return missing("absent")
  return failure._tag === "NotFoundError" ? missing("deleted") : unread(failure)
})

/** Reads the results, and repeats this while the download is cut. Returns the last failure. */
const readAll = Effect.fnUntraced(function* <R>(pool: Pool<R>, batch: Batch<R>, ended: MessageBatch) {
  const calls = new Map(batch.calls.map((call) => [call.position, call]))
  let odd = 0
  const take = (lines: ReadonlyArray<OwnLine>) =>
    Effect.sync(() => {
      for (const { line, position } of lines) {
        const call = calls.get(position)
        if (call !== undefined && !call.isOver) answer(pool, call, answerOf(batch, call, ended.id, line))
      }
    })
  const reading = read(ended, batch, pool.nonce, () => {
    odd += 1
  }).pipe(
    Stream.runForEach(take),
    // Not around the waits between readings, because the results of other batches can be read meanwhile.
    pool.readers.withPermits(1)
  )
  let since: number | undefined
  let failure: ReadError | undefined
  for (let failures = 0; ; failures++) {
    const result = yield* Effect.result(reading)
    if (Result.isSuccess(result)) {
      failure = undefined
      break
    }
    failure = result.failure
    const at = yield* now
    since ??= at
    // Results that are not found may only be late, like a batch.
    const isNotFound = failure._tag === "NotFoundError"
    const longest = isNotFound ? notFoundTolerance : maxOutage
    if ((!isNotFound && !failure.isRetryable) || at - since >= longest) break
    yield* Effect.sleep(backOff(failures))
  }
  if (odd > 0)
    yield* Effect.logWarning(`batch ${ended.id} has ${odd} lines that answer no request, or answer one again`)
  return failure
})

const answerOf = <R>(
  batch: Batch<R>,
  call: Call<R>,
  batchId: string,
  line: OwnLine["line"]
): Effect.Effect<Message, PoolError> => {
  if (Result.isFailure(line)) return Effect.fail(line.failure)
  const place = { batchId, customId: batch.customIdOf(call.position) }
  const { result } = line.success
  switch (result.type) {
    case "succeeded":
      return Exit.succeed(result.message)
    case "errored":
      return Effect.fail(toError(result.error))
    case "canceled":
      return Effect.fail(new RequestCanceledError(place))
    case "expired":
      return Effect.fail(new RequestExpiredError(place))
    case "unknown": {
      const type = String(result.raw.type)
      const message = "the API returned a result of an unknown kind"
      return Effect.fail(toError({ type: "error", error: { type, message } }))
    }
  }
}

type ErrorBody = Extract<MessageBatchResult, { readonly type: "errored" }>["error"]

/** The typed error of an `errored` result: the error of a direct call, without a status. */
const toError = (body: ErrorBody): PoolError =>
  fromEvent({
    operation: "Pool.create",
    requestId: undefined,
    text: JSON.stringify(body),
    scrub: (text) => text,
    codes: spendLimitCodes
  }).error

/** Searches once more for the first batch of calls that were sent twice because a search had not found it. */
const findSecond = Effect.fnUntraced(function* <R>(pool: Pool<R>, batch: Batch<R>, created: MessageBatch) {
  if (batch.creates < 2) return
  const knowledge = { nonce: pool.nonce, chunks: pool.sent, verdicts: pool.verdicts }
  const { count, intendedAt, number } = batch
  const unknown = { number, count, intendedAt, underWayUntil: yield* now }
  const found = yield* Effect.option(search(unknown, knowledge, false))
  if (found._tag === "Some" && found.value._tag === "Ours") {
    yield* Effect.logWarning(
      `batch ${found.value.batch.id} was created late, and has the requests of batch ${created.id}`
    )
  }
})
