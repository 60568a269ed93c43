/**
 * Ordinary calls collected into message batches: the program asks for one answer at a time, and pays half the price.
 *
 * `make` gives a pool that belongs to a scope. Calls of `create` that come within a window are sent as one batch, and each
 * caller gets its own answer or its own typed error. An answer takes minutes, and up to 24 hours.
 *
 * A pool keeps nothing over the end of the process. For work that has to survive it, use `BatchRun` with a journal.
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
 * A collector of calls. `make` and `layer` give one.
 *
 * @category services
 * @since 0.1.0
 */
export class Pool extends Context.Service<
  Pool,
  {
    /**
     * Asks for one answer, in a batch with other calls. It succeeds with what `Messages.create` would have answered: a refusal
     * and an answer that was cut off are answers, see `stop_reason`.
     *
     * A request that is surely wrong fails at once with `RequestRefusedError`, and the others go on. Where the settings around
     * the call change headers, origin or credential, the call goes into a batch with its like. Retries and timeouts are
     * those of the pool.
     *
     * A caller that is interrupted before its batch is sent is taken out. Later its answer is dropped, and charged all the
     * same. When every caller of a batch is gone, the batch is cancelled. Calls wait while `maxWaiting` are in no batch.
     */
    readonly create: (params: MessageParams) => Effect.Effect<Message, PoolError>
  }
>()("effect-anthropic/Pool") {}

/**
 * Makes a pool that belongs to the scope. The client and the settings in force are kept.
 *
 * When the scope closes, every call that has no answer fails with `PoolClosedError`, and the batches under way are cancelled
 * within two minutes. A create whose answer was lost is searched for, as in a run: a batch is never created a second time while anybody
 * can tell that the first may exist.
 *
 * Creates that are refused in a way that may pass are repeated with a growing wait, for an hour in all. After 413, and where the
 * queue is full and no batch of the pool is in it, the calls are divided between smaller batches.
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
 * Provides a pool for as long as the layer lives.
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
