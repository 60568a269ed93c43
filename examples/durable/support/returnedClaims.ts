// Locks whose owner makes messages readable again that nobody works on. A process that reads a message keeps others from reading
// it for 10 minutes. A process that was frozen, and reads before it notices that its locks are lost, does not return what it
// read. Without this, the run of such a message waits so long.
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as RunnerStorage from "effect/cluster/RunnerStorage"
import type * as ShardId from "effect/cluster/ShardId"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** A process ignores a message that it already works on, so all messages of its shards can be returned, as often as `every`. */
export const layer = (
  every: Duration.Input
): Layer.Layer<RunnerStorage.RunnerStorage, never, RunnerStorage.RunnerStorage | MessageStorage.MessageStorage> =>
  Layer.effect(
    RunnerStorage.RunnerStorage,
    Effect.gen(function* () {
      const locks = yield* RunnerStorage.RunnerStorage
      const messages = yield* MessageStorage.MessageStorage
      const held = new Map<string, ShardId.ShardId>()
      yield* Effect.suspend(() => Effect.ignore(messages.resetShards(held.values()))).pipe(
        Effect.delay(every),
        Effect.forever,
        Effect.forkScoped
      )
      return RunnerStorage.RunnerStorage.of({
        ...locks,
        refresh: (address, asked) =>
          Effect.tap(locks.refresh(address, asked), (confirmed) =>
            Effect.sync(() => {
              for (const shard of asked) held.delete(`${shard}`)
              for (const shard of confirmed) held.set(`${shard}`, shard)
            })
          ),
        release: (address, shard) =>
          Effect.suspend(() => {
            held.delete(`${shard}`)
            return locks.release(address, shard)
          }),
        releaseAll: (address) =>
          Effect.suspend(() => {
            held.clear()
            return locks.releaseAll(address)
          })
      })
    })
  )
