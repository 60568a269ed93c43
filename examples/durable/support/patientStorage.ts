// A message storage that waits while its store is unavailable. Without it, an outage of a second can leave a step without a result:
// Effect's cluster tries five times within 0.8 seconds to store a result, and does not run the step again in that process.
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as SqlError from "effect/sql/SqlError"

/** From 100 milliseconds to 10 seconds between two tries, for 5 minutes. A process that is asked to stop waits as long. */
const tries = Schedule.max([
  Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("10 seconds")]),
  Schedule.during("5 minutes")
])

/** Errors that a repetition does not change, for example because another process has stored the result. */
const refusals = new Set(["UniqueViolation", "ConstraintError", "SqlSyntaxError", "AuthorizationError"])

const mayPass = (error: { readonly _tag: string; readonly cause?: unknown }): boolean =>
  error._tag === "PersistenceError" && !(SqlError.isSqlError(error.cause) && refusals.has(error.cause.reason._tag))

const untilStored = <A, E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => Effect.retry(effect, { schedule: tries, while: mayPass })

export const layer: Layer.Layer<MessageStorage.MessageStorage, never, MessageStorage.MessageStorage> = Layer.effect(
  MessageStorage.MessageStorage,
  Effect.map(MessageStorage.MessageStorage, (storage) =>
    MessageStorage.MessageStorage.of({
      ...storage,
      saveRequest: (request) => untilStored(storage.saveRequest(request)),
      saveEnvelope: (envelope) => untilStored(storage.saveEnvelope(envelope)),
      saveReply: (reply) => untilStored(storage.saveReply(reply))
    })
  )
)
