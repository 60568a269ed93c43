// Starts a durable run, reads its status, stops it, and continues it after a failure.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Workflow from "effect/workflow/Workflow"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import { hashText } from "../hash/hash.ts"
import { RunOptionsError } from "../run/errors.ts"
import { backOff, maxOutage } from "../run/wait.ts"
import type { ChunkWorkflow } from "./chunk.ts"
import { PayloadMismatchError, raised, type StepFailedError } from "./errors.ts"
import { Payload, type RunResult } from "./model.ts"
import { canceled, resumed } from "./names.ts"
import type { RunWorkflow } from "./run.ts"

const Claim = Schema.Struct({ runId: Schema.String, digest: Schema.String })

/** Stores the payload of the first start of a run. The engine itself ignores the payload of a known run. */
export const makeClaim = (name: string) =>
  Workflow.make(`${name}/claim`, {
    payload: Claim,
    success: Schema.Struct({ digest: Schema.String }),
    idempotencyKey: ({ runId }) => runId
  })

export type ClaimWorkflow = ReturnType<typeof makeClaim>

export const claimLayer = (workflow: ClaimWorkflow) => workflow.toLayer(({ digest }) => Effect.succeed({ digest }))

/** The workflows of a durable run. */
export interface Workflows {
  readonly run: RunWorkflow
  readonly chunk: ChunkWorkflow
  readonly claim: ClaimWorkflow
}

/**
 * A durable run that stopped, and the reason.
 *
 * @category models
 * @since 0.1.0
 */
export interface FailedStatus {
  readonly _tag: "Failed"
  readonly error: StepFailedError
}

/**
 * A durable run of which every item has its outcome.
 *
 * @category models
 * @since 0.1.0
 */
export interface CompletedStatus {
  readonly _tag: "Completed"
  readonly result: RunResult
}

/**
 * The status of a durable run.
 *
 * `Unknown`: it was never started. `Running`: a step is under way. `Waiting`: it sleeps until a batch may have ended.
 * `Failed`: it stopped, and `resume` continues it. `Completed`: every item has its outcome.
 *
 * @category models
 * @since 0.1.0
 */
export type Status = { readonly _tag: "Unknown" | "Running" | "Waiting" } | FailedStatus | CompletedStatus

const decodePayload = Schema.decodeUnknownEffect(Payload)

// The limits of an organization may change between two starts of one run, so they are not part of it.
const digestOf = ({ options, source }: Payload): string =>
  hashText(
    JSON.stringify([
      source,
      options?.chunk?.items ?? null,
      options?.chunk?.bytes ?? null,
      options?.window?.batches ?? null,
      options?.window?.requests ?? null,
      options?.retry?.times ?? null,
      options?.budget?.limit ?? null
    ])
  )

export const startRun = Effect.fn("BatchWorkflow.start")(function* (
  { claim, run }: Workflows,
  given: Payload
): Effect.fn.Return<string, RunOptionsError | PayloadMismatchError, WorkflowEngine.WorkflowEngine> {
  const payload = yield* Effect.mapError(
    decodePayload(given),
    (error) => new RunOptionsError({ option: "payload", description: `is not valid: ${error.message}` })
  )
  const { runId } = payload
  yield* Effect.annotateCurrentSpan({ run: runId })
  const digest = digestOf(payload)
  const first = yield* claim.execute({ runId, digest })
  if (first.digest !== digest) return yield* new PayloadMismatchError({ runId })
  return yield* run.execute(payload, { discard: true })
})

const executionOf = (run: RunWorkflow, runId: string) => run.executionId({ runId, source: "" })

export const statusOf = Effect.fn("BatchWorkflow.status")(function* (
  { claim, run }: Workflows,
  runId: string
): Effect.fn.Return<Status, never, WorkflowEngine.WorkflowEngine> {
  const polled = Option.getOrUndefined(yield* run.poll(yield* executionOf(run, runId)))
  if (polled === undefined) {
    const claimed = yield* claim.poll(yield* claim.executionId({ runId, digest: "" }))
    return { _tag: Option.isSome(claimed) ? "Running" : "Unknown" }
  }
  if (polled._tag === "Complete") {
    const { exit } = polled
    return Exit.isSuccess(exit)
      ? { _tag: "Completed", result: exit.value }
      : { _tag: "Failed", error: raised(runId, exit.cause) }
  }
  return polled.failed === true && polled.cause !== undefined
    ? { _tag: "Failed", error: raised(runId, polled.cause) }
    : { _tag: "Waiting" }
})

/** The waits between looks at a run, in milliseconds. */
const looks = { first: 250, longest: 10_000 }

/**
 * Repeats an effect that died, for an hour. An engine whose store cannot be reached dies with a defect. The run itself
 * continues when the store is available again.
 */
const ridingOut = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.fn.Return<A, E, R> {
  const since = yield* Clock.currentTimeMillis
  for (let failures = 0; ; failures++) {
    const exit = yield* Effect.exit(effect)
    if (Exit.isSuccess(exit)) return exit.value
    const isLate = (yield* Clock.currentTimeMillis) - since >= maxOutage
    if (isLate || !exit.cause.reasons.every(Cause.isDieReason)) return yield* Effect.failCause(exit.cause)
    yield* Effect.sleep(backOff(failures))
  }
})

export const awaitRun = Effect.fn("BatchWorkflow.run")(function* (
  workflows: Workflows,
  payload: Payload
): Effect.fn.Return<
  RunResult,
  RunOptionsError | PayloadMismatchError | StepFailedError,
  WorkflowEngine.WorkflowEngine
> {
  yield* ridingOut(startRun(workflows, payload))
  for (let millis = looks.first; ; millis = Math.min(millis * 1.5, looks.longest)) {
    yield* Effect.sleep(millis)
    const status = yield* ridingOut(statusOf(workflows, payload.runId))
    if (status._tag === "Completed") return status.result
    if (status._tag === "Failed") return yield* Effect.fail(status.error)
  }
})

export const cancelRun = Effect.fn("BatchWorkflow.cancel")(function* (
  workflows: Workflows,
  runId: string
): Effect.fn.Return<boolean, never, WorkflowEngine.WorkflowEngine> {
  const { run } = workflows
  const status = yield* statusOf(workflows, runId)
  if (status._tag === "Unknown" || status._tag === "Completed") return false
  const engine = yield* WorkflowEngine.WorkflowEngine
  const executionId = yield* executionOf(run, runId)
  yield* engine.deferredDone(canceled, {
    workflowName: run._tag,
    executionId,
    deferredName: canceled.name,
    exit: Exit.void
  })
  return true
})

export const resumeRun = Effect.fn("BatchWorkflow.resume")(function* (
  workflows: Workflows,
  runId: string
): Effect.fn.Return<boolean, never, WorkflowEngine.WorkflowEngine> {
  const { run } = workflows
  const status = yield* statusOf(workflows, runId)
  if (status._tag !== "Failed") return false
  const engine = yield* WorkflowEngine.WorkflowEngine
  const executionId = yield* executionOf(run, runId)
  const { name } = resumed(status.error.resumed)
  yield* engine.deferredDone(resumed(status.error.resumed), {
    workflowName: run._tag,
    executionId,
    deferredName: name,
    exit: Exit.void
  })
  yield* run.resume(executionId)
  return true
})
