import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { WatchTimeoutError } from "../AnthropicError.ts"
import type { MessageBatch } from "../schema/Batch.ts"

/** How long a batch may be unknown to the API after watching began. */
const notFoundGrace = Duration.seconds(30)

const longestOutageDelay = Duration.minutes(1)

interface PollError {
  readonly _tag: string
  readonly isRetryable: boolean
  readonly retryAfter?: Duration.Duration | undefined
}

/**
 * Polls `retrieve` between the steps of the schedule until the batch has ended, and gives every snapshot, the given one
 * first. Rides out failures that may pass for as long as `maxOutage`.
 */
export const watch = <E extends PollError, R, R2>(options: {
  readonly id: string
  readonly initial: MessageBatch | undefined
  readonly retrieve: Effect.Effect<MessageBatch, E, R>
  readonly schedule: Schedule.Schedule<unknown, MessageBatch, never, R2>
  readonly timeout: Duration.Duration
  readonly maxOutage: Duration.Duration
}): Stream.Stream<MessageBatch, E | WatchTimeoutError, R | R2> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const startedAt = yield* Clock.currentTimeMillis
      const step = yield* Schedule.toStep(options.schedule)
      let last: MessageBatch | undefined
      let isKnown = false
      let outage: { readonly since: number; readonly error: E; readonly failures: number } | undefined

      const stopped = (reason: "timeout" | "schedule", now: number) =>
        new WatchTimeoutError({
          batchId: options.id,
          batch: last,
          elapsed: Duration.millis(now - startedAt),
          reason
        })

      const delay = Effect.fnUntraced(function* (now: number) {
        if (outage !== undefined) {
          const own = Duration.min(Duration.times(Duration.seconds(1), 2 ** outage.failures), longestOutageDelay)
          return Duration.max(own, outage.error.retryAfter ?? Duration.zero)
        }
        if (last === undefined) return Duration.zero
        return yield* Pull.matchEffect(step(now, last), {
          onSuccess: ([, duration]) => Effect.succeed(duration),
          onFailure: Effect.failCause,
          onDone: () => Effect.fail(stopped("schedule", now))
        })
      })

      /** A snapshot, or nothing when the poll failed in a way that may pass. */
      const poll = Effect.fnUntraced(function* () {
        const result = yield* Effect.result(options.retrieve)
        const now = yield* Clock.currentTimeMillis
        if (result._tag === "Success") {
          outage = undefined
          isKnown = true
          return result.success
        }
        const error = result.failure
        const since = outage?.since ?? now
        const mayAppear =
          error._tag === "NotFoundError" && !isKnown && now - startedAt < Duration.toMillis(notFoundGrace)
        const mayPass = error.isRetryable && now - since < Duration.toMillis(options.maxOutage)
        if (!mayAppear && !mayPass) return yield* Effect.fail(error)
        outage = { since, error, failures: (outage?.failures ?? -1) + 1 }
        return undefined
      })

      const next = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        if (last === undefined && options.initial !== undefined) return options.initial
        const left = startedAt + Duration.toMillis(options.timeout) - now
        const wait = yield* delay(now)
        const snapshot = yield* Effect.timeoutOrElse(Effect.andThen(Effect.sleep(wait), poll()), {
          duration: Duration.millis(Math.max(left, 0)),
          orElse: () => Effect.flatMap(Clock.currentTimeMillis, (end) => Effect.fail(stopped("timeout", end)))
        })
        return snapshot
      })

      return Stream.paginate(undefined, () =>
        Effect.map(next, (snapshot) => {
          if (snapshot === undefined) return [[], Option.some(undefined)] as const
          last = snapshot
          return [[snapshot], snapshot.processing_status === "ended" ? Option.none() : Option.some(undefined)] as const
        })
      )
    })
  )
