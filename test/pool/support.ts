// What tests of pools share: calls that can be told apart, what the server has of them, and what became of each.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Messages from "effect-anthropic/Messages"
import type * as Pool from "effect-anthropic/Pool"
import { Emulator, idOf } from "../run/support/world.ts"

export { atCreate, creates, Emulator, Fault, idOf as nameOf, onServer, script, sent } from "../run/support/world.ts"

export const paramsOf = (name: string): Messages.MessageParams => ({
  model: "claude-haiku-5-5",
  max_tokens: 50,
  metadata: { user_id: name },
  messages: [Messages.user(`Hello from ${name}`)]
})

export const namesOf = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `call ${index}`)

/** The texts of all calls that run at once, in their order. */
export const askAll = (pool: Pool.Pool["Service"], names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => Effect.map(pool.create(paramsOf(name)), Messages.text), { concurrency: "unbounded" })

/** Starts calls, each in a fiber of its own. */
export const startAll = (pool: Pool.Pool["Service"], names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => Effect.forkChild(pool.create(paramsOf(name))))

type Calls = ReadonlyArray<Fiber.Fiber<Messages.Message, Pool.PoolError>>

/** What became of each call: its text, the tag of its error, or that it was interrupted. */
export const endOf = (calls: Calls) =>
  Effect.map(
    Effect.forEach(calls, (fiber) => Fiber.await(fiber)),
    (exits) =>
      exits.map((exit) => {
        if (Exit.isSuccess(exit)) return Messages.text(exit.value)
        if (Exit.hasInterrupts(exit)) return "interrupted"
        const error = Exit.findErrorOption(exit)
        return error._tag === "Some" ? error.value._tag : "died"
      })
  )

export const errorOf = (call: Fiber.Fiber<Messages.Message, Pool.PoolError>) => Effect.flip(Fiber.join(call))

/** How often each call was charged, by its name. */
export const charges = Effect.gen(function* () {
  const counts = new Map<string, number>()
  for (const { params } of yield* (yield* Emulator).bill) {
    const name = idOf(params)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
})

/** The calls to cancel that the server has had. */
export const cancels = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.filter(({ path }) => path.endsWith("/cancel")).length
})

/** Waits until the server has so many batches. */
export const untilCreated = (count: number) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator
    while ((yield* emulator.batches).length < count) yield* Effect.sleep("1 second")
  })

/** Keeps the messages of warnings. */
export const logged = () => {
  const messages: Array<string> = []
  const layer = Logger.layer([Logger.make(({ message }) => messages.push(String(message)))])
  return { messages, layer }
}
