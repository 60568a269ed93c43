// Cancels a batch once: when all of its callers were interrupted, or when the pool is closed.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import { release } from "../batches/scoped.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { Batch } from "./state.ts"

/** Cancels a batch. Run it uninterruptibly: it takes at most 30 seconds. */
export const cancel = <R>(batch: Batch<R>, created: MessageBatch): Effect.Effect<void, never, HttpClient.HttpClient> =>
  Effect.suspend(() => {
    if (batch.isCanceled || batch.stage === "watched") return Effect.void
    batch.isCanceled = true
    return Effect.flatMap(Clock.currentTimeMillis, (createdAt) => release({ batch: created, createdAt }))
  })
