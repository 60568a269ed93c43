// The workflow of a run: plan, send chunks one after the other, follow each by a separate workflow, and sum up. Everything
// that depends on the progress of others is a step, so that a replay, which knows more, decides the same.
import * as BigDecimal from "effect/BigDecimal"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Schema from "effect/Schema"
import * as Workflow from "effect/workflow/Workflow"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as Pricing from "../Pricing.ts"
import { backOff, maxOutage, Outage } from "../run/wait.ts"
import type { ChunkWorkflow } from "./chunk.ts"
import { type Config, type Process, resolve } from "./config.ts"
import { raise, StepFailedError, stepFailed } from "./errors.ts"
import {
  Again,
  type ChunkPayload,
  type ChunkResult,
  Creation,
  Decision,
  Opened,
  type Payload,
  Plan,
  type Planned,
  payload,
  RunResult,
  Tally
} from "./model.ts"
import { canceled, resumed } from "./names.ts"
import { openRun } from "./place.ts"
import { positionsOf } from "./plan.ts"
import { type Job, Progress } from "./progress.ts"
import { settleLeft } from "./read.ts"
import { createBatch, intend } from "./send.ts"
import { isDone, overOutages, step, wait } from "./step.ts"
import { planAgain, planRun, writeUnsent } from "./whole.ts"

/** How long to wait for a full queue before the next try, in milliseconds. */
const queueWait = 120_000

export const makeRun = (name: string) =>
  Workflow.make(name, {
    payload: payload,
    success: RunResult,
    idempotencyKey: ({ runId }) => runId
  }).annotate(Workflow.SuspendOnFailure, true)

export type RunWorkflow = ReturnType<typeof makeRun>

type Refused = Extract<Creation, { readonly _tag: "Refused" }>

/** When the create of a chunk was sent, and its result. */
interface Sent {
  readonly batchId?: string
  readonly underWayUntil: number
}

const body = Effect.fnUntraced(function* <A, B, E, R>(
  config: Config<A, B, E, R>,
  process: Process,
  chunkWorkflow: ChunkWorkflow,
  payload: Payload,
  executionId: string
) {
  const { runId, source } = payload
  const options = resolve(payload)
  const limit = options.limit === undefined ? undefined : Pricing.fromUsd(BigDecimal.fromStringUnsafe(options.limit))
  let times = 0
  while (yield* isDone(resumed(times))) times += 1
  let wantsStop = yield* isDone(canceled)

  const failed = (where: { readonly step: string; readonly chunk?: number }, error: unknown) =>
    raise(stepFailed({ runId, ...where }, error, times))

  const opened = yield* step(config, "open", { runId, step: "open" }, Opened, times, openRun(process, runId))
  const run = { runId, source, opened }
  const plan = yield* step(
    config,
    "plan",
    { runId, step: "plan" },
    Plan,
    times,
    planRun(config, process, payload, opened.nonce, options, limit)
  )
  const progress = new Progress(runId, opened, options, plan.tally)
  progress.plan(plan.chunks)
  const { active, queue, renewals, signal } = progress
  const fibers = yield* FiberSet.make()
  const ended = yield* Deferred.make<never>()

  /** Follows a chunk concurrently with the rest. When its workflow sleeps, the whole run does. */
  const beside = <R2>(effect: Effect.Effect<void, never, R2>) =>
    FiberSet.run(
      fibers,
      Effect.onExit(effect, (exit) => (Exit.isFailure(exit) ? Deferred.failCause(ended, exit.cause) : Effect.void))
    )

  const askToStop = (payload: ChunkPayload) => {
    const { chunk, create, failures } = payload
    const name = `cancel/${chunk.number}/${create}/${failures}`
    const where = { runId, step: "cancel", chunk: chunk.number }
    return step(config, name, where, Schema.Void, times, tellToStop(chunkWorkflow, payload))
  }

  /** The chunks whose workflow is under way and was not asked to stop. */
  const running = new Map<number, ChunkPayload>()
  /**
   * Whether a step of sending was carried out since the last check for a cancellation. Not every engine wakes a run that was
   * canceled meanwhile.
   */
  let mayBeCanceled = false

  const stopRunning = Effect.suspend(() => {
    wantsStop = true
    return Effect.forEach([...running.values()], askToStop, { discard: true })
  })

  const follow = Effect.fnUntraced(function* (planned: Planned, create: number, at: number, sent: Sent) {
    const known = sent.batchId === undefined ? progress.batches : []
    for (let failures = 0; ; failures++) {
      const chunkPayload: ChunkPayload = {
        runId,
        source,
        opened,
        chunk: planned,
        create,
        failures,
        retryTimes: options.retryTimes,
        hasBudget: limit !== undefined,
        intendedAt: progress.chunk(planned.number)?.intendedAt ?? at,
        known,
        ...sent
      }
      if (wantsStop) yield* askToStop(chunkPayload)
      else running.set(planned.number, chunkPayload)
      const exit = yield* Effect.exit(chunkWorkflow.execute(chunkPayload))
      running.delete(planned.number)
      if (Exit.isSuccess(exit)) return ending(planned, create, exit.value)
      if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.failCause(Cause.interrupt())
      if (failures < times) continue
      const error = Cause.squash(exit.cause)
      return yield* error instanceof StepFailedError
        ? raise(new StepFailedError({ ...error, resumed: times }))
        : failed({ step: "unknown", chunk: planned.number }, error)
    }
  })

  const ending = (planned: Planned, create: number, result: ChunkResult): void => {
    if (result._tag === "None") progress.notFound(planned, create)
    else progress.settled(planned.number, result.settlement, result.how)
  }

  const split = Effect.fnUntraced(function* (job: Job, items: number, left: bigint | undefined) {
    const { planned } = job
    const { number } = planned
    const cutting = {
      nonce: opened.nonce,
      number: progress.nextNumber,
      items,
      bytes: options.chunkBytes,
      limit: left
    }
    const groups = [{ positions: positionsOf(planned), attempts: planned.attempts - 1 }]
    const { chunks } = yield* step(
      config,
      `split/${number}`,
      { runId, step: "split", chunk: number },
      Again,
      times,
      planAgain(config, process, payload, cutting, [number], groups)
    )
    progress.replaced(job)
    progress.plan(chunks)
  })

  /** Decides about a chunk, and sends it if so decided. Repeats this until it is sent or put back. */
  const send = Effect.fnUntraced(function* (job: Job, putBack: () => void) {
    const { create, planned } = job
    const { count, number } = planned
    let outage = new Outage()
    let passed = 0
    let refusedAlone = 0
    let failures = 0
    for (;;) {
      const name = `${number}/${create}/${job.next}`
      job.next += 1
      // Asked for within the step, because the run may be canceled while it sends.
      const situation = Effect.map(isDone(canceled), (isCanceled) => ({
        stopped: wantsStop || isCanceled ? ("canceled" as const) : progress.stopped,
        isRenewal: create > 1,
        cap: job.isReserved ? count : progress.cap,
        left: job.isReserved ? undefined : progress.budget?.left,
        hasOthers: progress.followed.size > 0,
        completed: progress.completed
      }))
      const key = `${executionId}/${name}`
      const where = { runId, step: "create", chunk: number }
      const decision = yield* step(
        config,
        `intent/${name}`,
        where,
        Decision,
        times,
        Effect.suspend(() => {
          mayBeCanceled = true
          return intend(config, process, run, planned, key, situation)
        })
      )
      if (decision._tag === "GiveUp") {
        progress.stopped ??= decision.reason
        return progress.givenUp(job, decision.reason)
      }
      if (decision._tag === "Wait") {
        job.notBefore = decision.completed
        return putBack()
      }
      if (decision._tag === "Split") {
        return yield* split(
          job,
          decision.items ?? options.chunkItems,
          decision.left === undefined ? limit : BigInt(decision.left)
        )
      }
      if (!job.isReserved) {
        progress.intended(job, decision.at)
        job.isReserved = true
      }
      const creation = yield* step(
        config,
        `create/${name}`,
        where,
        Creation,
        times,
        Effect.suspend(() => {
          mayBeCanceled = true
          return createBatch(config, process, run, planned, decision, key, progress.hasBatches)
        })
      )
      if (creation._tag === "Late") continue
      if (creation._tag !== "Refused") {
        const sent: Sent =
          creation._tag === "Created"
            ? { batchId: creation.batchId, underWayUntil: creation.at }
            : { underWayUntil: creation.at }
        if (creation._tag === "Created") progress.created(number, creation.batchId, creation.at)
        progress.followed.add(number)
        return yield* Effect.asVoid(beside(follow(planned, create, decision.at, sent)))
      }
      const { at, hasBatches, refusal, retryAfter } = creation
      const isDivisible = create === 1 && count > 1
      if (refusal === "tooLarge" && create === 1) {
        if (!isDivisible) return progress.givenUp(job, "refused")
        progress.cap = Math.ceil(count / 2)
        return yield* split(job, progress.cap, limit)
      }
      if (refusal === "limited" && hasBatches) {
        outage = new Outage()
        yield* wait(`refused/${name}`, queueWait)
        continue
      }
      if (refusal === "limited") {
        refusedAlone += 1
        if (refusedAlone >= 2 && isDivisible) {
          progress.cap = Math.ceil(count / 2)
          return yield* split(job, progress.cap, limit)
        }
      }
      const lasted = outage.fail(at)
      const isLasting = refusal === "final" || refusal === "tooLarge" || lasted >= maxOutage
      if (!isLasting) {
        yield* wait(`refused/${name}`, outage.next(Math.max(4 * backOff(passed), retryAfter)))
        passed += 1
        continue
      }
      failures += 1
      if (failures > times) return yield* refuse(creation, number)
      outage = new Outage()
    }
  })

  const refuse = ({ error, isRetryable, requestId }: Refused, chunk: number) =>
    raise(
      new StepFailedError({
        runId,
        step: "create",
        chunk,
        error,
        isRetryable,
        ...(requestId === undefined ? {} : { requestId }),
        resumed: times
      })
    )

  /** Plans the items to send again, when everything was sent for the first time. */
  const retry = Effect.fnUntraced(function* (round: number) {
    const { from, groups } = progress.pool
    const cutting = {
      nonce: opened.nonce,
      number: progress.nextNumber,
      items: options.chunkItems,
      bytes: options.chunkBytes,
      limit
    }
    const again = yield* step(
      config,
      `retry/${round}`,
      { runId, step: "plan" },
      Again,
      times,
      planAgain(config, process, payload, cutting, from, groups)
    )
    progress.retried(again.from)
    progress.plan(again.chunks)
  })

  const sendAll = Effect.gen(function* () {
    let rounds = 0
    for (;;) {
      const { changed } = signal
      const isDue = (job: Job | undefined): job is Job => job !== undefined && progress.completed > job.notBefore
      const renewal = renewals.find(isDue)
      const next = queue[0]
      if (renewal !== undefined) {
        renewals.splice(renewals.indexOf(renewal), 1)
        yield* send(renewal, () => renewals.push(renewal))
      } else if (isDue(next) && progress.hasRoom(next.planned)) {
        queue.shift()
        yield* send(next, () => queue.unshift(next))
      } else if (queue.length === 0 && progress.stopped === undefined && !wantsStop && progress.pool.from.length > 0) {
        yield* retry(rounds)
        rounds += 1
      } else if (queue.length === 0 && active.size === 0) return
      else if (mayBeCanceled && !wantsStop) {
        mayBeCanceled = false
        if (yield* isDone(canceled)) yield* stopRunning
      } else yield* changed
    }
  })

  yield* Effect.raceFirst(sendAll, Deferred.await(ended))

  const rest: Array<Tally> = []
  for (const { positions, ...left } of progress.left) {
    const { number } = left.planned
    const where = { runId, step: "settle", chunk: number }
    rest.push(
      yield* step(config, `left/${number}`, where, Tally, times, settleLeft(config, process, run, left, positions))
    )
  }
  for (const reason of ["budget", "canceled", "refused"] as const) {
    const positions = progress.unsent(reason)
    if (positions.length === 0) continue
    const where = { runId, step: "rest" }
    rest.push(
      yield* step(
        config,
        `unsent/${reason}`,
        where,
        Tally,
        times,
        writeUnsent(config, process, payload, reason, positions)
      )
    )
  }
  return progress.result(runId, rest, config.sink.location(runId))
}, Effect.scoped)

/** Tells the workflow of a chunk that the run is canceled. */
const tellToStop = (workflow: ChunkWorkflow, payload: ChunkPayload) =>
  Effect.gen(function* () {
    const engine = yield* WorkflowEngine.WorkflowEngine
    const executionId = yield* workflow.executionId(payload)
    yield* engine.deferredDone(canceled, {
      workflowName: workflow._tag,
      executionId,
      deferredName: canceled.name,
      exit: Exit.void
    })
  })

export const runLayer = <A, B, E, R>(
  workflow: RunWorkflow,
  chunkWorkflow: ChunkWorkflow,
  config: Config<A, B, E, R>,
  process: Process
) => workflow.toLayer((payload, executionId) => overOutages(body(config, process, chunkWorkflow, payload, executionId)))
