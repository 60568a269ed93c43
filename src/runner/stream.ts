// A run as a stream of its outcomes. None is stored: when it is started again, the run returns every outcome again.
import * as Arr from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import * as Queue from "effect/Queue"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { RunError } from "../run/errors.ts"
import type { Outcome } from "../run/outcome.ts"
import type { Config, Delivery } from "./config.ts"
import { drive } from "./drive.ts"
import { makeOrder } from "./order.ts"

/** How many arrays of outcomes wait for the reader. */
const capacity = 2

export const stream = <A, B, ES, RS, E, R>(
  items: Stream.Stream<A, ES, RS>,
  config: Config<A, B, E, R>,
  inOrder: boolean
): Stream.Stream<Outcome<A, B>, ES | E | RunError, RS | R | HttpClient.HttpClient> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const queue = yield* Queue.bounded<Arr.NonEmptyReadonlyArray<Outcome<A, B>>, ES | E | RunError | Cause.Done>(
        capacity
      )
      const semaphore = yield* Semaphore.make(1)
      const order = inOrder ? makeOrder<A, B>() : undefined
      const delivery: Delivery<A, B, never> = {
        // One at a time, so that no other outcomes come between those that are next in order and their place in the queue.
        deliver: (outcomes) =>
          semaphore.withPermits(1)(
            Effect.suspend(() => {
              const ready = order === undefined ? outcomes : order(outcomes)
              return Arr.isReadonlyArrayNonEmpty(ready) ? Effect.asVoid(Queue.offer(queue, ready)) : Effect.void
            })
          ),
        flush: Effect.void,
        isTold: () => false,
        isOther: () => false
      }
      yield* drive(items, config, () => Effect.succeed(delivery)).pipe(
        Effect.onExit((exit) => (Exit.isSuccess(exit) ? Queue.end(queue) : Queue.failCause(queue, exit.cause))),
        Effect.forkScoped
      )
      return Stream.flattenArray(Stream.fromQueue(queue))
    })
  )
