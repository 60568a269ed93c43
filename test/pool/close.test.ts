// The scope of a pool closes: every caller hears, and what is live is canceled once, in bounded time.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Pool from "effect-anthropic/Pool"
import {
  atCreate,
  cancels,
  charges,
  creates,
  Emulator,
  endOf,
  errorOf,
  Fault,
  logged,
  onServer,
  paramsOf,
  script,
  startAll,
  untilCreated
} from "./support.ts"

/** A pool with a scope of its own, and what closes it and tells how long that took. */
const closable = Effect.fnUntraced(function* (options: Pool.Options = {}, layer?: Layer.Layer<never>) {
  const scope = yield* Scope.make()
  const making = Effect.provideService(Pool.make(options), Scope.Scope, scope)
  const pool = yield* layer === undefined ? making : Effect.provide(making, layer)
  const close = Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    yield* Scope.close(scope, Exit.void)
    return (yield* Clock.currentTimeMillis) - began
  })
  return { pool, close }
})

const closed = (count: number) => Array.from({ length: count }, () => "PoolClosedError")

const long = { plan: { endsAfter: "1 hour" } } as const

describe("a pool that is closed", () => {
  it.live("fails calls within the window, and nothing is sent", () =>
    Effect.gen(function* () {
      const { close, pool } = yield* closable()
      const calls = yield* startAll(pool, ["a", "b"])
      yield* Effect.sleep("1 second")
      assert.strictEqual(yield* close, 0)
      assert.deepStrictEqual(yield* endOf(calls), closed(2))
      yield* Effect.sleep("1 hour")
      assert.strictEqual(yield* creates, 0)
      assert(calls[0] !== undefined)
      const error = yield* errorOf(calls[0])
      assert.deepInclude({ ...error }, { wasSent: false, batchId: undefined, customId: undefined })
      assert.strictEqual(error.message, "the pool was closed before the request was sent")
    }).pipe(onServer())
  )

  it.live("fails calls that wait for a place, and later ones", () =>
    Effect.gen(function* () {
      const { close, pool } = yield* closable({ maxWaiting: 1 })
      const calls = yield* startAll(pool, ["a", "b", "c"])
      yield* Effect.sleep("1 second")
      yield* close
      assert.deepStrictEqual(yield* endOf([...calls, ...(yield* startAll(pool, ["d"]))]), closed(4))
      assert.strictEqual(yield* creates, 0)
    }).pipe(onServer())
  )

  it.live("fails calls that wait because of maxInFlight, and cancels the running batch", () =>
    Effect.gen(function* () {
      const { close, pool } = yield* closable({ maxInFlight: 1, window: "1 second" })
      const first = yield* startAll(pool, ["a"])
      yield* untilCreated(1)
      const second = yield* startAll(pool, ["b"])
      yield* Effect.sleep("10 seconds")
      yield* close
      assert.deepStrictEqual(yield* endOf([...first, ...second]), closed(2))
      assert.deepStrictEqual([yield* creates, yield* cancels], [1, 1])
    }).pipe(onServer(long))
  )

  it.live("fails calls of a create that is being repeated", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, times: 10_000, ...Fault.status(529) })
      const { close, pool } = yield* closable()
      const calls = yield* startAll(pool, ["a"])
      while ((yield* creates) < 3) yield* Effect.sleep("1 second")
      yield* close
      assert.deepStrictEqual(yield* endOf(calls), closed(1))
      const before = yield* creates
      yield* Effect.sleep("1 hour")
      assert.strictEqual(yield* creates, before)
      yield* (yield* Emulator).clearFaults
    }).pipe(onServer())
  )

  it.live("waits for the answer of a create that is under way, and cancels its batch", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.delay("20 seconds") })
      const { close, pool } = yield* closable()
      const calls = yield* startAll(pool, ["a", "b"])
      while ((yield* creates) < 1) yield* Effect.sleep("1 second")
      assert.isAtMost(yield* close, 20_000)
      assert.deepStrictEqual(yield* endOf(calls), closed(2))
      assert.deepStrictEqual([yield* creates, yield* cancels], [1, 1])
      assert(calls[1] !== undefined)
      const error = yield* errorOf(calls[1])
      assert.match(error.message, /^the pool was closed while \w+-0-1 was in batch \(not known yet\)$/)
      yield* Effect.sleep("3 hours")
      assert.strictEqual((yield* charges).size, 0)
    }).pipe(onServer(long))
  )

  it.live("waits for a create that is refused while it closes, and logs no warning", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.delay("20 seconds", Fault.status(529)) })
      const { layer, messages } = logged()
      const { close, pool } = yield* closable({}, layer)
      const calls = yield* startAll(pool, ["a"])
      while ((yield* creates) < 1) yield* Effect.sleep("1 second")
      yield* Effect.provide(close, layer)
      assert.deepStrictEqual(yield* endOf(calls), closed(1))
      assert.deepStrictEqual(messages, [])
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer(long))
  )

  it.live("logs a warning for a create that has no answer within 30 seconds", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenStall() })
      const { layer, messages } = logged()
      const { close, pool } = yield* closable({}, layer)
      const calls = yield* startAll(pool, ["a"])
      while ((yield* creates) < 1) yield* Effect.sleep("1 second")
      assert.strictEqual(yield* close, 30_000)
      assert.deepStrictEqual(yield* endOf(calls), closed(1))
      assert.deepStrictEqual(messages, [
        "the pool was closed, and a batch of 1 requests may exist that was not canceled"
      ])
    }).pipe(onServer(long))
  )

  it.live("logs a warning for a batch that may exist because its create got no answer", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const { layer, messages } = logged()
      const { close, pool } = yield* closable({}, layer)
      const calls = yield* startAll(pool, ["a"])
      yield* untilCreated(1)
      yield* Effect.sleep("10 minutes")
      assert.strictEqual(yield* close, 0)
      assert.deepStrictEqual(yield* endOf(calls), closed(1))
      assert.deepStrictEqual(messages, [
        "the pool was closed, and a batch of 1 requests may exist that was not canceled"
      ])
      assert.deepStrictEqual([yield* creates, yield* cancels], [1, 0])
    }).pipe(onServer(long))
  )

  it.live("fails a call whose batch runs with the ids of batch and request, and cancels the batch", () =>
    Effect.gen(function* () {
      const { close, pool } = yield* closable()
      const calls = yield* startAll(pool, ["a"])
      yield* untilCreated(1)
      yield* Effect.sleep("10 minutes")
      yield* close
      const [batch] = yield* (yield* Emulator).batches
      assert(calls[0] !== undefined)
      const error = yield* errorOf(calls[0])
      assert(error._tag === "PoolClosedError")
      assert.strictEqual(error.batchId, batch?.id)
      assert.match(error.message, new RegExp(`while ${error.customId} was in batch ${batch?.id}$`))
      const json = Schema.toCodecJson(Pool.PoolError)
      assert.deepStrictEqual(Schema.decodeUnknownSync(json)(Schema.encodeSync(json)(error)), error)
      assert.strictEqual(yield* cancels, 1)
    }).pipe(onServer(long))
  )

  it.live("does not cancel a batch that has ended while its results are read", () =>
    Effect.gen(function* () {
      yield* script({ when: { path: /\/results$/ }, ...Fault.stall(0) })
      const { close, pool } = yield* closable()
      const calls = yield* startAll(pool, ["a"])
      yield* Effect.sleep("4 minutes")
      yield* close
      assert.deepStrictEqual(yield* endOf(calls), closed(1))
      assert.strictEqual(yield* cancels, 0)
    }).pipe(onServer())
  )

  it.live("does not cancel a second time a batch that is being canceled because its callers are gone", () =>
    Effect.gen(function* () {
      yield* script({ when: { path: /\/cancel$/ }, ...Fault.delay("10 seconds") })
      const { close, pool } = yield* closable()
      const calls = yield* startAll(pool, ["a"])
      yield* untilCreated(1)
      yield* Effect.sleep("10 minutes")
      yield* Effect.forEach(calls, Fiber.interrupt)
      yield* Effect.sleep("1 second")
      assert.isAtMost(yield* close, 10_000)
      assert.strictEqual(yield* cancels, 1)
    }).pipe(onServer(long))
  )

  it.live("closes after 30 seconds with a warning when a cancellation has no answer", () =>
    Effect.gen(function* () {
      yield* script({ when: { path: /\/cancel$/ }, ...Fault.stallBeforeHeaders() })
      const { layer, messages } = logged()
      const { close, pool } = yield* closable({}, layer)
      yield* startAll(pool, ["a"])
      yield* untilCreated(1)
      yield* Effect.sleep("10 minutes")
      assert.strictEqual(yield* close, 30_000)
      assert.match(messages.join("\n"), /^batch msgbatch_\w+ could not be canceled within 30 seconds$/)
    }).pipe(onServer(long))
  )

  it.live("closes at once when every call was answered", () =>
    Effect.gen(function* () {
      const { close, pool } = yield* closable()
      const calls = yield* startAll(pool, ["a"])
      assert.deepStrictEqual(yield* endOf(calls), ["Hello from a"])
      yield* Effect.sleep("1 minute")
      assert.strictEqual(yield* close, 0)
      assert.strictEqual(yield* cancels, 0)
    }).pipe(onServer())
  )

  it.live("closes when the fiber that owns it is interrupted", () =>
    Effect.gen(function* () {
      const owner = yield* Effect.gen(function* () {
        const pool = yield* Pool.make()
        yield* Effect.all([pool.create(paramsOf("a")), pool.create(paramsOf("b"))], { concurrency: "unbounded" })
      }).pipe(Effect.scoped, Effect.forkChild)
      yield* untilCreated(1)
      yield* Effect.sleep("10 minutes")
      yield* Fiber.interrupt(owner)
      assert.deepStrictEqual([yield* creates, yield* cancels], [1, 1])
    }).pipe(onServer(long))
  )
})

describe("Pool.layer", () => {
  it.live("provides a pool that is closed with the layer", () =>
    Effect.gen(function* () {
      const ask = Effect.gen(function* () {
        const pool = yield* Pool.Pool
        const call = yield* Effect.forkDetach(pool.create(paramsOf("a")))
        yield* Effect.sleep("10 minutes")
        return call
      })
      const call = yield* Effect.provide(ask, Pool.layer({ window: "1 second" }))
      assert.deepStrictEqual(yield* endOf([call]), closed(1))
      assert.strictEqual(yield* cancels, 1)
    }).pipe(onServer(long))
  )
})
