// A pool over a server in memory: calls become batches, and every caller hears its own answer, exactly once.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Messages from "effect-anthropic/Messages"
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
  it.live("answers many concurrent calls from one batch, each with its own answer", () =>
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

  it.live("sends the calls of one window in one batch, and later calls in the next", () =>
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

  it.live("cancels its batch once when it was the last caller", () =>
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
  it.live("fails waiting callers with PoolClosedError, and cancels the running batch", () =>
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

describe("the telemetry of a pool", () => {
  it.live("has a span for each call and each batch, without content", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      yield* Effect.gen(function* () {
        const pool = yield* Pool.make()
        yield* askAll(pool, ["a", "b"])
        yield* Effect.sleep("1 minute")
      }).pipe(Effect.scoped, Effect.withTracer(tracer), Effect.withSpan("outer"))
      const [id] = (yield* (yield* Emulator).batches).map(({ id }) => id)
      const named = (name: string) => spans.filter((span) => span.name === name)
      const [batch] = named("Pool.batch")
      assert.lengthOf(named("Pool.batch"), 1)
      assert.deepInclude(Object.fromEntries(batch?.attributes ?? []), { count: 2, batchId: id })
      assert.isTrue(batch?.parent._tag === "None")
      assert.deepStrictEqual(
        named("Pool.create").map(({ attributes }) => attributes.get("batchId")),
        [id, id]
      )
      assert.notInclude(JSON.stringify(spans.map(({ attributes }) => [...attributes])), "Hello")
    }).pipe(onServer())
  )

  it.live("counts calls by their outcome, and batches", () =>
    Effect.gen(function* () {
      yield* Effect.gen(function* () {
        const pool = yield* Pool.make({ maxRequests: 2 })
        const calls = yield* startAll(pool, ["a", "b", "c", "d", "e"])
        yield* Effect.sleep("1 second")
        yield* Fiber.interrupt(calls[4] ?? (yield* Effect.die("no call")))
        yield* Effect.exit(pool.create({ ...paramsOf("f"), max_tokens: 0 }))
        yield* endOf(calls)
      }).pipe(Effect.scoped)
      const snapshots = yield* Metric.snapshot
      const counts = snapshots
        .filter(({ id }) => id.startsWith("effect_anthropic_pool"))
        .map(({ attributes, id, state }) => [
          id.slice("effect_anthropic_pool_".length),
          attributes?.outcome,
          "count" in state ? Number(state.count) : undefined
        ])
      assert.sameDeepMembers(counts, [
        ["calls", "Answered", 4],
        ["calls", "Interrupted", 1],
        ["calls", "RequestRefusedError", 1],
        ["batches", undefined, 2]
      ])
    }).pipe(onServer(), Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.live("reports responses to the observers of the pool, and not to those of a caller", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const observe = (response: Anthropic.ResponseInfo) => Effect.sync(() => told.push(response.operation))
      const pool = yield* Effect.provideService(Pool.make(), Anthropic.OnResponse, observe)
      const { requestId, value } = yield* Anthropic.withResponse(pool.create(paramsOf("a")))
      assert.strictEqual(Messages.text(value), "Hello from a")
      assert.isUndefined(requestId)
      assert.deepStrictEqual([...new Set(told)], ["Batches.create", "Batches.retrieve", "Batches.results"])
    }).pipe(Effect.scoped, onServer())
  )
})
