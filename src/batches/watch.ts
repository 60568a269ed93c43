// Watches a batch: looks at it between the steps of a schedule until it has ended, and retries through outages. The clock is
// read after every wait, because the machine may have slept in between.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { RequestError, WatchTimeoutError } from "../AnthropicError.ts"
import { type IdOf, idOf } from "../http/path.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import { isBatch } from "./isBatch.ts"
import { retrieve } from "./operations.ts"
import { type Outage, Outages } from "./outage.ts"

/**
 * How to watch a batch.
 *
 * @category options
 * @since 0.1.0
 */
export interface WatchOptions<R = never> {
  /** When to look again, given the newest snapshot. Default: after one second, growing by half each time up to a minute. */
  readonly schedule?: Schedule.Schedule<unknown, MessageBatch, never, R> | undefined
  /**
   * How long to watch. Default: 25 hours, one hour longer than a batch can run.
   *
   * At the end the batch is looked at once more, for up to 30 seconds, if it was seen or the machine slept past the end.
   */
  readonly timeout?: Duration.Input | undefined
  /** How long looks may fail in a row before watching fails. Default: one hour. Time that the machine slept does not count. */
  readonly maxOutage?: Duration.Input | undefined
  /**
   * Whether the batch surely exists and is not deleted, for example because its id was stored after `create`. Default:
   * false.
   *
   * A not-found is then an outage. Otherwise it is tolerated only in the first 30 seconds, before the batch was retrieved.
   */
  readonly isKnown?: boolean | undefined
  /** Called with every failure that is tolerated. These are also logged at the level Debug. Default: nothing is called. */
  readonly onOutage?: ((outage: Outage) => Effect.Effect<unknown, never, R>) | undefined
}

/**
 * How to wait for a batch.
 *
 * @category options
 * @since 0.1.0
 */
export interface WaitOptions<R = never> extends WatchOptions<R> {
  /** Called with every snapshot, the last one included. */
  readonly onSnapshot?: ((batch: MessageBatch) => Effect.Effect<unknown, never, R>) | undefined
}

/**
 * What `watch` and `waitUntilEnded` can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type WatchError = RequestError | WatchTimeoutError

/**
 * The schema of `WatchError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const WatchError: Schema.Codec<WatchError, unknown> = Schema.Union([RequestError, WatchTimeoutError])

/**
 * Watches a batch until it has ended. Returns a stream of its snapshots, of which the last one has ended.
 *
 * If a batch is given, it is the first snapshot. If an id is given, the first snapshot is retrieved.
 *
 * Temporary failures (no connection, overload, 5xx) are tolerated for `maxOutage`. Once the batch was seen, so is every
 * answer that is not the API's own. A not-found is tolerated in the first 30 seconds.
 *
 * Fails with `WatchTimeoutError` when the time or the schedule is over. The batch continues: watch it again by its id.
 *
 * @example
 * import * as Batches from "effect-anthropic/Batches"
 * import * as Effect from "effect/Effect"
 * import * as Schedule from "effect/Schedule"
 * import * as Stream from "effect/Stream"
 *
 * const program = Batches.watch("msgbatch_01", { schedule: Schedule.spaced("5 minutes") }).pipe(
 *   Stream.runForEach((batch) => Effect.log(batch.processing_status))
 * )
 *
 * @category operations
 * @since 0.1.0
 */
export const watch = <R = never>(
  batch: IdOf | MessageBatch,
  options: WatchOptions<R> = {}
): Stream.Stream<MessageBatch, WatchError, HttpClient.HttpClient | R> =>
  poll(idOf(batch), isBatch(batch) ? batch : undefined, retrieve(batch), options)

/**
 * Waits until a batch has ended, as `watch` does. Returns the ended batch.
 *
 * @category operations
 * @since 0.1.0
 */
export const waitUntilEnded = <R = never>(
  batch: IdOf | MessageBatch,
  options: WaitOptions<R> = {}
): Effect.Effect<MessageBatch, WatchError, HttpClient.HttpClient | R> =>
  watch(batch, options).pipe(
    Stream.tap(options.onSnapshot ?? (() => Effect.void)),
    Stream.runLast,
    // A watch that does not fail ends with a snapshot.
    Effect.flatMap(Option.match({ onNone: () => Effect.die("a watch ended without a batch"), onSome: Effect.succeed })),
    Effect.withSpan("Batches.waitUntilEnded", { attributes: { batch: idOf(batch) } })
  )

/** One second, then half as long again each time, up to a minute. */
const defaultSchedule = Schedule.min([Schedule.exponential("1 second", 1.5), Schedule.spaced("1 minute")])

/** How long the last look may take, outages included. */
const lastLookTime = Duration.seconds(30)

/** In milliseconds. If a timer is late by more than this, the machine slept. */
const timerTolerance = 1000

/** Looks at a batch with `retrieve` until it has ended. Emits every snapshot, `initial` first. */
const poll = <R, R2>(
  id: string,
  initial: MessageBatch | undefined,
  retrieve: Effect.Effect<MessageBatch, RequestError, R>,
  options: WatchOptions<R2>
): Stream.Stream<MessageBatch, WatchError, R | R2> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const startedAt = yield* Clock.currentTimeMillis
      const deadline = startedAt + Duration.toMillis(Duration.fromInputUnsafe(options.timeout ?? "25 hours"))
      const step = yield* Schedule.toStep(options.schedule ?? defaultSchedule)
      const outages = new Outages({
        batchId: id,
        startedAt,
        maxOutage: Duration.toMillis(Duration.fromInputUnsafe(options.maxOutage ?? "1 hour")),
        isKnown: options.isKnown === true,
        wasSeen: initial !== undefined
      })
      /** The newest snapshot, and when its look began. */
      let last: MessageBatch | undefined
      let lookedAt = Number.NEGATIVE_INFINITY
      /** The current outage. Undefined while looks succeed. */
      let outage: Outage | undefined

      const stop = (reason: "timeout" | "schedule") =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const elapsed = Duration.millis(now - startedAt)
          return Effect.fail(new WatchTimeoutError({ batchId: id, batch: last, elapsed, reason }))
        })

      /** Looks once. Returns undefined when the look failed and the failure is tolerated. */
      const look = Effect.gen(function* () {
        const began = yield* Clock.currentTimeMillis
        const result = yield* Effect.result(retrieve)
        if (Result.isSuccess(result)) {
          outages.clear()
          outage = undefined
          lookedAt = began
          last = result.success
          return last
        }
        outage = outages.add(result.failure, began)
        if (outage === undefined) return yield* Effect.fail(result.failure)
        const { delay, error, failures } = outage
        yield* Effect.logDebug(
          `batch ${id}: look failed ${failures} times in a row, next in ${Duration.format(delay)}: ${error.message}`
        )
        if (options.onOutage !== undefined) yield* options.onOutage(outage)
        return undefined
      })

      const delayBeforeLook = Effect.gen(function* () {
        if (outage !== undefined) return outage.delay
        if (last === undefined) return Duration.zero
        return yield* Pull.matchEffect(step(yield* Clock.currentTimeMillis, last), {
          onSuccess: ([, duration]) => Effect.succeed(duration),
          onFailure: Effect.failCause,
          onDone: () => stop("schedule")
        })
      })

      const wait = Effect.gen(function* () {
        const delay = yield* delayBeforeLook
        const from = yield* Clock.currentTimeMillis
        yield* Effect.sleep(delay)
        outages.skip((yield* Clock.currentTimeMillis) - from - Duration.toMillis(delay))
      })

      const lastLook = Effect.gen(function* () {
        for (;;) {
          const snapshot = yield* look
          if (snapshot !== undefined) return snapshot
          yield* wait
        }
      }).pipe(Effect.timeoutOrElse({ duration: lastLookTime, orElse: () => stop("timeout") }))

      const atDeadline = Effect.gen(function* () {
        const slept = (yield* Clock.currentTimeMillis) - deadline > timerTolerance
        const isUnseen = lookedAt < deadline && (last !== undefined || slept)
        return yield* isUnseen ? lastLook : stop("timeout")
      })

      const next = Effect.gen(function* () {
        if (last === undefined && initial !== undefined) {
          last = initial
          return last
        }
        const left = deadline - (yield* Clock.currentTimeMillis)
        if (left <= 0) return yield* atDeadline
        const looked = yield* Effect.timeoutOption(Effect.andThen(wait, look), Duration.millis(left))
        return Option.isSome(looked) ? looked.value : yield* atDeadline
      })

      return Stream.paginate(undefined, () =>
        Effect.map(next, (snapshot) => {
          if (snapshot === undefined) return [[], Option.some(undefined)] as const
          return [[snapshot], snapshot.processing_status === "ended" ? Option.none() : Option.some(undefined)] as const
        })
      )
    })
  )
