// The turns of this process to send a create. A run decides to send when its turn has come, and then sends at once. A decision
// that had to wait might be sent by a process that was frozen meanwhile, after another one has taken over and sent it.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberMap from "effect/FiberMap"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { RequestBody } from "../http/body.ts"
import type { Decision } from "./model.ts"

/**
 * How long after its decision a create may be sent, in milliseconds. No other process takes a run over earlier, if locks are
 * not held shorter than this.
 */
export const sendWithin = 15_000

/** The turn of a create that was decided on. */
interface Turn {
  readonly body: RequestBody
  /** Lets the next one have its turn. */
  readonly end: Effect.Effect<void>
}

export class Turns {
  readonly #free: Semaphore.Semaphore
  readonly #decided = new Map<string, Turn>()
  /** End turns that nobody uses. */
  readonly #timers: FiberMap.FiberMap<string>

  private constructor(free: Semaphore.Semaphore, timers: FiberMap.FiberMap<string>) {
    this.#free = free
    this.#timers = timers
  }

  static make(count: number): Effect.Effect<Turns, never, Scope.Scope> {
    return Effect.zipWith(Semaphore.make(count), FiberMap.make<string>(), (free, timers) => new Turns(free, timers))
  }

  /** Waits for a turn, then decides. A decision to send keeps the turn and the body, for as long as it may be sent. */
  decide<R>(key: string, body: RequestBody, decision: Effect.Effect<Decision, never, R>) {
    return Effect.uninterruptibleMask((restore) =>
      Effect.gen({ self: this }, function* () {
        const scope = yield* Scope.make()
        const end = Scope.close(scope, Exit.void)
        const taken = Scope.provide(this.#free.takeScoped(1), scope)
        const decided = yield* Effect.onError(restore(Effect.andThen(taken, decision)), () => end)
        if (decided._tag !== "Send") {
          yield* end
          return decided
        }
        yield* this.#drop(key)
        this.#decided.set(key, { body, end })
        yield* FiberMap.run(this.#timers, key, Effect.delay(this.#drop(key), sendWithin))
        return decided
      })
    )
  }

  /** Sends what was decided at a time. Returns undefined, and sends nothing, if that was too long ago. */
  send<A, E, R>(key: string, decidedAt: number, send: (body: RequestBody) => Effect.Effect<A, E, R>) {
    return Effect.uninterruptibleMask((restore) =>
      Effect.gen({ self: this }, function* () {
        const turn = this.#decided.get(key)
        if (turn === undefined) return undefined
        this.#decided.delete(key)
        const whileFresh = Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const age = now - decidedAt
          return age < 0 || age > sendWithin ? Effect.undefined : send(turn.body)
        })
        yield* FiberMap.remove(this.#timers, key)
        return yield* Effect.ensuring(restore(whileFresh), turn.end)
      })
    )
  }

  #drop(key: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const turn = this.#decided.get(key)
      this.#decided.delete(key)
      return turn?.end ?? Effect.void
    })
  }
}
