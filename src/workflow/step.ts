// The parts of both workflows: steps whose results are stored, durable waits, and checks of signals.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as Activity from "effect/workflow/Activity"
import * as DurableClock from "effect/workflow/DurableClock"
import type * as DurableDeferred from "effect/workflow/DurableDeferred"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import { maxOutage, Outage } from "../run/wait.ts"
import type { Config } from "./config.ts"
import { nameOf, raise, StepFailedError, stepFailed, type Where } from "./errors.ts"

const told = <A, B, E, R>({ onFailure }: Config<A, B, E, R>, where: Where, error: unknown) =>
  Effect.andThen(
    Effect.logWarning(`run ${JSON.stringify(where.runId)}: step ${where.step} failed`),
    onFailure(error, where)
  )

/** Makes a step of the workflow of a chunk. Its failure is stored, and ends that workflow. */
export const keptStep = <A, B, E, R, Success extends Schema.Constraint, R2>(
  config: Config<A, B, E, R>,
  name: string,
  where: Where,
  success: Success,
  execute: Effect.Effect<Success["Type"], unknown, R2>
) =>
  Activity.make({
    name,
    success,
    error: StepFailedError,
    execute: execute.pipe(
      Effect.tapError((error) => told(config, where, error)),
      Effect.mapError((error) => stepFailed(where, error, 0))
    )
  })

/** Makes a step of a run. Its failure suspends the run, and the step is repeated when the run is resumed. */
export const step = <A, B, E, R, Success extends Schema.Constraint, R2>(
  config: Config<A, B, E, R>,
  name: string,
  where: Where,
  success: Success,
  times: number,
  execute: Effect.Effect<Success["Type"], unknown, R2>
) =>
  Activity.make({
    name,
    success,
    execute: execute.pipe(
      Effect.tapError((error) => told(config, where, error)),
      Effect.catch((error) => raise(stepFailed(where, error, times)))
    )
  })

/**
 * Whether a defect is that of an engine whose store cannot be reached. This package imports no engine, so it recognizes them
 * by name.
 */
const isStoreFailure = (defect: unknown): boolean => /PersistenceError|ClusterError/.test(nameOf(defect))

/**
 * Repeats a body whose engine cannot reach its store, for an hour from the first failure. Its finished steps are stored, so
 * it continues after them.
 */
export const overOutages = <A, E, R>(body: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const outage = new Outage()
    for (;;) {
      const exit = yield* Effect.exit(body)
      if (Exit.isSuccess(exit)) return exit.value
      const { reasons } = exit.cause
      const isOutage = reasons.some((reason) => Cause.isDieReason(reason) && isStoreFailure(reason.defect))
      if (!isOutage || outage.fail(yield* Clock.currentTimeMillis) >= maxOutage) {
        return yield* Effect.failCause(exit.cause)
      }
      yield* Effect.sleep(outage.next())
    }
  })

/** Waits in the engine, for any duration, because a wait in memory would start again after a crash. */
export const wait = (name: string, millis: number) =>
  DurableClock.sleep({ name, duration: millis, inMemoryThreshold: 0 })

/** Whether a signal was given. */
export const isDone = (signal: DurableDeferred.DurableDeferred<typeof Schema.Void>) =>
  Effect.flatMap(WorkflowEngine.WorkflowEngine, (engine) => Effect.map(engine.deferredResult(signal), Option.isSome))
