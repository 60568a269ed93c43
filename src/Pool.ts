/**
 * Single calls that are collected into message batches: the program asks for one answer at a time, and pays half the price.
 *
 * `make` returns a pool that belongs to a scope. Calls of `create` within a window are sent as one batch, and each caller
 * receives its own answer or its own typed error. An answer takes minutes, and up to 24 hours.
 *
 * Nothing of a pool survives the end of the process. For work that must survive, use `BatchRun` with a journal.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Anthropic from "./Anthropic.ts"
import { close } from "./pool/close.ts"
import { PoolClosedError, type PoolError, type PoolOptionsError } from "./pool/errors.ts"
import { join } from "./pool/join.ts"
import * as metrics from "./pool/metrics.ts"
import { type Options, resolve } from "./pool/options.ts"
import { Places } from "./pool/places.ts"
import { start } from "./pool/send.ts"
import { leave, type Pool as State } from "./pool/state.ts"
import { makeNonce } from "./run/ids.ts"
import type { Message } from "./schema/Message.ts"
import type { MessageParams } from "./schema/MessageParams.ts"
import { Changes } from "./settings/inForce.ts"

export type { Issue } from "./BatchRequest.ts"
export {
  AnswerMissingError,
  AnswerUnreadError,
  PoolClosedError,
  PoolError,
  PoolOptionsError,
  RequestCanceledError,
  RequestExpiredError
} from "./pool/errors.ts"
export type { Options } from "./pool/options.ts"
export type * from "./schema/Answer.ts"

/**
 * A collector of calls, made by `make` and `layer`.
 *
 * @category services
 * @since 0.1.0
 */
export class Pool extends Context.Service<
  Pool,
  {
    /**
     * Asks for one answer, in a batch with other calls. It succeeds with the same values as `Messages.create`: a refusal and
     * an answer that was cut off are answers, see `stop_reason`.
     *
     * A request that is surely wrong fails at once with `RequestRefusedError`, and the others continue. Only calls with the
     * same headers, origin and credential share a batch. Retries and timeouts are those of the pool.
     *
     * A caller that is interrupted before its batch is sent is removed. Later its answer is dropped, but charged. When every
     * caller of a batch was interrupted, the batch is canceled. Further calls wait while `maxWaiting` calls are in no
     * batch.
     */
    readonly create: (params: MessageParams) => Effect.Effect<Message, PoolError>
  }
>()("effect-anthropic/Pool") {}

/**
 * Makes a pool that belongs to the scope. The client and the settings in force are kept.
 *
 * When the scope closes, every call that has no answer fails with `PoolClosedError`, and the batches under way are canceled
 * within two minutes. After a create whose answer was lost, the batch is searched for, as in a run. It is never created a
 * second time while there is a sign that the first may exist.
 *
 * A create that is refused temporarily is repeated with a growing wait, for an hour in all. The calls are divided into
 * smaller batches after 413, and when the queue is full without a batch of the pool in it.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Pool from "effect-anthropic/Pool"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const pool = yield* Pool.make({ window: "2 seconds" })
 *   const ask = (city: string) =>
 *     pool.create({
 *       model: "claude-haiku-5-5",
 *       max_tokens: 200,
 *       messages: [Messages.user(`One sentence about ${city}.`)]
 *     })
 *   // One batch, because the calls run at the same time.
 *   const answers = yield* Effect.forEach(["Lyon", "Turin"], ask, { concurrency: "unbounded" })
 *   yield* Effect.log(answers.map(Messages.text))
 * }).pipe(Effect.scoped)
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* <R = never>(
  options: Options<R> = {}
): Effect.fn.Return<Pool["Service"], PoolOptionsError, HttpClient.HttpClient | Scope.Scope | R> {
  const config = yield* Effect.fromResult(resolve(options))
  const pool: State<R> = {
    config,
    settings: yield* Anthropic.currentSettings,
    client: yield* HttpClient.HttpClient,
    context: yield* Effect.context<HttpClient.HttpClient | R>(),
    nonce: makeNonce(),
    groups: new Set(),
    sent: new Map(),
    verdicts: new Map(),
    places: new Places(config.maxWaiting),
    inFlight: yield* Semaphore.make(config.maxInFlight),
    readers: yield* Semaphore.make(2),
    fibers: yield* FiberSet.make(),
    nextBatch: 0,
    nextPosition: 0,
    isClosed: false
  }
  yield* Effect.addFinalizer(() => close(pool))
  const createOnce = (params: MessageParams) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        yield* pool.places.take(restore)
        if (pool.isClosed) {
          pool.places.release()
          return yield* new PoolClosedError({ wasSent: false })
        }
        const joined = join(pool, yield* Changes, params)
        if (Result.isFailure(joined)) {
          pool.places.release()
          return yield* joined.failure
        }
        const call = joined.success
        if (!call.batch.isStarted) yield* start(pool, call.batch)
        yield* call.batch.writer.pause
        const exit = yield* Effect.exit(restore(Deferred.await(call.answer)))
        leave(pool, call)
        const { batch, position } = call
        yield* Effect.annotateCurrentSpan({ batchId: batch.batchId, customId: batch.customIdOf(position) })
        return yield* exit
      })
    )
  const create = Effect.fn("Pool.create")((params: MessageParams) => Effect.onExit(createOnce(params), metrics.call))
  return Pool.of({ create })
})

/**
 * Provides a pool that is closed with the layer.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Pool from "effect-anthropic/Pool"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const program = Effect.gen(function*() {
 *   const pool = yield* Pool.Pool
 *   const answer = yield* pool.create({
 *     model: "claude-haiku-5-5",
 *     max_tokens: 200,
 *     messages: [Messages.user("One sentence about Lyon.")]
 *   })
 *   yield* Effect.log(Messages.text(answer))
 * })
 *
 * Effect.runPromise(program.pipe(Effect.provide(Pool.layer()), Effect.provide(FetchHttpClient.layer)))
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <R = never>(
  options: Options<R> = {}
): Layer.Layer<Pool, PoolOptionsError, HttpClient.HttpClient | Exclude<R, Scope.Scope>> =>
  Layer.effect(Pool, make(options))
