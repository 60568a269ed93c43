// What happens to the batches of a run that ends early: each is canceled once, or they continue.
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import { RunTakenOverError } from "../run/errors.ts"
import { type Context, cancelBatch, record } from "./context.ts"
import { now } from "./now.ts"

/** How long all cancellations together may take. */
const cancelWithin: Duration.Input = "30 seconds"

/** How long to wait for the answer of a create that is under way, so that its batch is known. */
const answerWithin = { cancel: "30 seconds", detach: "5 seconds" } as const

const cancelsAtOnce = 4

const bounded = <A, E, R>(effect: Effect.Effect<A, E, R>, duration: Duration.Input) =>
  Effect.timeoutOption(Effect.interruptible(effect), duration)

/** Ends a run early. It is uninterruptible and takes a bounded time. */
export const stop = Effect.fnUntraced(function* <A, B, E, R>(
  context: Context<A, B, E, R>,
  exit: Exit.Exit<unknown, unknown>,
  policy: "cancel" | "detach"
): Effect.fn.Return<void, never, HttpClient.HttpClient> {
  if (exit._tag === "Success") return
  // The batches belong to the new owner.
  if (Option.exists(Cause.findErrorOption(exit.cause), (error) => error instanceof RunTakenOverError)) return
  const { config, creating, state } = context
  /** The chunk and the batch of that create, if it was answered. The batch is known also if it cannot be recorded. */
  let answered: { readonly chunk: number; readonly batchId: string } | undefined
  if (creating !== undefined) {
    const attempt = Option.getOrUndefined(yield* bounded(Fiber.join(creating.fiber), answerWithin[policy]))
    yield* Effect.forkDetach(Fiber.interrupt(creating.fiber))
    if (attempt?._tag === "Created") {
      const { chunk } = creating
      answered = { chunk, batchId: attempt.batch.id }
      yield* Effect.ignore(record(context, { entry: "created", chunk, batch: attempt.batch.id, at: yield* now }))
    }
  }
  const live: Array<string> = []
  let unknown = 0
  for (const { batchId, kind, number, phase } of state.chunks.values()) {
    const known = batchId ?? (answered?.chunk === number ? answered.batchId : undefined)
    if (known !== undefined && (phase === "Submitted" || phase === "Intended")) live.push(known)
    else if (phase === "Intended" && kind === "batch") unknown += 1
  }
  const id = JSON.stringify(config.runId)
  const unclear = unknown === 0 ? "" : `; ${unknown} more may exist`
  if (policy === "detach") {
    yield* Effect.logInfo(
      `run ${id} stopped; ${live.length} batches continue${unclear}; run it again under this id to continue it`
    )
    return
  }
  const canceled = yield* bounded(
    Effect.forEach(live, (batchId) => cancelBatch(context, batchId), { concurrency: cancelsAtOnce }),
    cancelWithin
  )
  const count = Option.getOrElse(canceled, () => []).filter(Boolean).length
  yield* Effect.logInfo(`run ${id} stopped; ${count} of ${live.length} batches canceled${unclear}`)
})
