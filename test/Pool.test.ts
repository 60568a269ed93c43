// A pool over a server in memory: calls become batches, and every caller hears its own answer, exactly once.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Pool from "effect-anthropic/Pool"
import {
  askAll,
  cancels,
  charges,
  creates,
  Emulator,
  endOf,
  namesOf,
  onServer,
  paramsOf,
  sent,
  startAll,
  untilCreated
} from "./pool/support.ts"

describe("Pool.create", () => {
  it.live("gives each of many calls at once its own answer, from one batch", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const names = namesOf(300)
      assert.deepStrictEqual(
        yield* askAll(pool, names),
        names.map((name) => `Hello from ${name}`)
      )
      assert.deepStrictEqual(yield* sent, [names])
      assert.isTrue([...(yield* charges).values()].every((times) => times === 1))
    }).pipe(Effect.scoped, onServer())
  )

  it.live("sends what came within the window, and what came later in the next batch", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ window: "10 seconds" })
      const began = yield* Clock.currentTimeMillis
      const first = yield* startAll(pool, ["a"])
      yield* Effect.sleep("9 seconds")
      const second = yield* startAll(pool, ["b"])
      yield* Effect.sleep("2 seconds")
      const third = yield* startAll(pool, ["c"])
      assert.deepStrictEqual(yield* endOf([...first, ...second, ...third]), [
        "Hello from a",
        "Hello from b",
        "Hello from c"
      ])
      assert.deepStrictEqual(yield* sent, [["a", "b"], ["c"]])
      const { batches } = yield* Emulator
      const [later, earlier] = yield* batches
      assert.strictEqual(Date.parse(earlier?.created_at ?? "") - began, 10_000)
      assert.strictEqual(Date.parse(later?.created_at ?? "") - began, 21_000)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("sends a batch that is full at once", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ window: "1 hour", maxRequests: 5 })
      const calls = yield* startAll(pool, namesOf(10))
      yield* untilCreated(2)
      assert.deepStrictEqual(
        (yield* sent).map(({ length }) => length),
        [5, 5]
      )
      yield* endOf(calls)
    }).pipe(Effect.scoped, onServer())
  )
})

describe("a caller that is interrupted", () => {
  it.live("is taken out before its batch is sent, and leaves the others alone", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, ["a", "b", "c"])
      yield* Effect.sleep("1 second")
      if (calls[1] !== undefined) yield* Fiber.interrupt(calls[1])
      assert.deepStrictEqual(yield* endOf(calls), ["Hello from a", "interrupted", "Hello from c"])
      assert.deepStrictEqual(yield* sent, [["a", "c"]])
      assert.strictEqual(yield* cancels, 0)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("makes its batch be cancelled, once, when it was the last", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, ["a", "b"])
      yield* untilCreated(1)
      yield* Effect.sleep("5 seconds")
      yield* Effect.forEach(calls, Fiber.interrupt)
      yield* Effect.sleep("5 minutes")
      assert.strictEqual(yield* cancels, 1)
      assert.strictEqual(yield* creates, 1)
    }).pipe(Effect.scoped, onServer({ plan: { endsAfter: "1 hour" } }))
  )
})

describe("a pool whose scope closes", () => {
  it.live("fails who waits, and cancels what is live", () =>
    Effect.gen(function* () {
      const calls = yield* Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* Pool.make()
          const early = yield* Effect.forEach(["a", "b"], (name) => Effect.forkDetach(pool.create(paramsOf(name))))
          yield* untilCreated(1)
          yield* Effect.sleep("5 seconds")
          const late = yield* Effect.forkDetach(pool.create(paramsOf("c")))
          yield* Effect.sleep("1 second")
          return [...early, late]
        })
      )
      assert.deepStrictEqual(yield* endOf(calls), ["PoolClosedError", "PoolClosedError", "PoolClosedError"])
      assert.strictEqual(yield* cancels, 1)
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer({ plan: { endsAfter: "1 hour" } }))
  )
})
