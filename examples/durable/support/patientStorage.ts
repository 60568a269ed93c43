// A message storage that waits for a store that is away. Without it, an outage of a second can leave a step without a result:
// Effect's cluster tries five times within 0.8 seconds to keep a result, and does not run the step again in that process.
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"

/** From 100 milliseconds to 10 seconds between two tries, for an hour. */
const tries = Schedule.max([
  Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("10 seconds")]),
  Schedule.during("1 hour")
])

const untilStored = <A, E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => Effect.retry(effect, { schedule: tries, while: ({ _tag }) => _tag === "PersistenceError" })

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
