// Adds a call to the open batch of its group, or to the next one if that is full.
import * as Deferred from "effect/Deferred"
import * as Result from "effect/Result"
import type { Options } from "../Anthropic.ts"
import type { RequestRefusedError } from "../AnthropicError.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import { forget, groupOf, openBatch, seal } from "./group.ts"
import { refuse, refused } from "./refused.ts"
import type { Batch, Call, Group, Pool } from "./state.ts"

/** Writes a request into a batch. Returns the batch, or why there is none. */
const write = <R>(pool: Pool<R>, group: Group<R>, position: number, params: MessageParams) => {
  for (;;) {
    const batch = group.open ?? openBatch(pool, group)
    group.open = batch
    const addition = batch.write(position, params)
    if (addition._tag === "Added") return Result.succeed(batch)
    // A batch without any request is never full.
    if (addition._tag === "Refused") return Result.fail(refused(addition))
    seal(batch)
  }
}

/** Adds a call, whose caller has a place already. */
export const join = <R>(
  pool: Pool<R>,
  changes: ReadonlyArray<Options>,
  params: MessageParams
): Result.Result<Call<R>, RequestRefusedError> => {
  const group = groupOf(pool, changes)
  const position = pool.nextPosition
  const tried = Result.try({
    try: () => write(pool, group, position, params),
    catch: (cause) => `\`check\` threw: ${cause instanceof Error ? cause.message : String(cause)}`
  })
  const written = Result.isFailure(tried)
    ? Result.fail(refuse([{ path: "", description: tried.failure }]))
    : tried.success
  if (Result.isFailure(written)) {
    forget(pool, group)
    return Result.fail(written.failure)
  }
  pool.nextPosition += 1
  return Result.succeed(take(written.success, position, params))
}

const take = <R>(batch: Batch<R>, position: number, params: MessageParams): Call<R> => {
  const call: Call<R> = { batch, position, params, answer: Deferred.makeUnsafe(), isOver: false, hasPlace: true }
  batch.take(call)
  batch.group.batches.add(batch)
  if (batch.writer.count >= batch.size) seal(batch)
  return call
}
