// Cancels a batch once: when all of its callers were interrupted, or when the pool is closed.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import { release } from "../batches/scoped.ts"
import type { MessageBatch } from "../schema/Batch.ts"
import type { Batch } from "./state.ts"

/** How long canceling may take. */
export const cancelWithin = "30 seconds"

/** Cancels a batch. Run it uninterruptibly: it takes at most `cancelWithin`. */
export const cancel = <R>(batch: Batch<R>, created: MessageBatch): Effect.Effect<void, never, HttpClient.HttpClient> =>
  Effect.suspend(() => {
    if (batch.isCanceled || batch.stage === "watched") return Effect.void
    batch.isCanceled = true
    return Clock.currentTimeMillis.pipe(
      Effect.flatMap((createdAt) => release({ batch: created, createdAt })),
      Effect.interruptible,
      Effect.timeoutOption(cancelWithin),
      Effect.flatMap((canceled) =>
        Option.isSome(canceled)
          ? Effect.void
          : Effect.logWarning(`batch ${created.id} could not be canceled within ${cancelWithin}`)
      )
    )
  })
