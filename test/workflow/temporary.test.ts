// Failures of a durable run that pass: none of them loses an answer, ends the run, or makes it pay again.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import { makeAutoClock } from "../run/support/autoClock.ts"
import {
  atCreate,
  creates,
  Emulator,
  Fault,
  itemsOf,
  onServer,
  script,
  sent,
  start,
  tags
} from "../run/support/world.ts"
import { countedSource, live, memorySink, Runs } from "./support/world.ts"

const on =
  (...args: Parameters<typeof live>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.provide(self, live(...args).pipe(Layer.provideMerge(Layer.fresh(WorkflowEngine.layerMemory))))

const atLook = { method: "GET", path: (path: string) => /^\/v1\/messages\/batches\/[^/]+$/.test(path) } as const

const atCancel = { method: "POST", path: (path: string) => path.endsWith("/cancel") } as const

const payload = { runId: "a", source: "4" }

const hours = (count: number) => count * 3_600_000

describe("a batch of a durable run", () => {
  for (const [where, skip, endsAfter] of [
    ["it is awaited", 0, "30 minutes"],
    ["its results are read", 1, "30 seconds"]
  ] as const) {
    it.live(`is not taken for deleted when it is not found after an outage, while ${where}`, () => {
      const sink = memorySink()
      return Effect.gen(function* () {
        const { clearFaults } = yield* Emulator
        yield* script({ when: atLook, skip, times: 10_000, ...Fault.status(503) })
        yield* BatchWorkflow.start(Runs, payload)
        yield* Effect.sleep("50 minutes")
        yield* clearFaults
        yield* script({ when: atLook, times: 10_000, ...Fault.status(404) })
        yield* Effect.sleep("20 minutes")
        yield* clearFaults
        yield* BatchWorkflow.run(Runs, payload)
        assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 4 })
        assert.strictEqual(yield* creates, 1)
      }).pipe(on(sink), onServer({ plan: { endsAfter } }))
    })

    it.live(`counts as deleted when it is not found for an hour, while ${where}`, () => {
      const sink = memorySink()
      return Effect.gen(function* () {
        yield* script({ when: atLook, skip, times: 10_000, ...Fault.status(404) })
        yield* BatchWorkflow.run(Runs, payload)
        assert.deepStrictEqual(tags(sink.outcomes("a")), { Missing: 4 })
        assert.deepInclude(sink.outcomes("a")[0], { reason: "deleted" })
        assert.strictEqual(yield* creates, 1)
        yield* (yield* Emulator).clearFaults
      }).pipe(on(sink), onServer({ plan: { endsAfter } }))
    })
  }
})

describe("a machine that sleeps for hours between two temporary failures", () => {
  for (const [what, when, skip, status] of [
    ["creating a batch", atCreate, 0, 529],
    ["retrieving a batch", atLook, 0, 503],
    ["retrieving a batch whose results are read next", atLook, 1, 503]
  ] as const) {
    it.live(`does not end a durable run: ${what}`, () => {
      const sink = memorySink()
      const auto = makeAutoClock(start)
      return Effect.gen(function* () {
        yield* script({ when, skip, times: 2, ...Fault.status(status) })
        yield* BatchWorkflow.start(Runs, payload)
        const failed = Effect.map((yield* Emulator).requests, (requests) =>
          requests.some((one) => one.status === status)
        )
        while (!(yield* failed)) yield* Effect.sleep("100 millis")
        auto.jump(hours(3))
        assert.deepInclude(yield* BatchWorkflow.run(Runs, payload), { items: 4, batches: 1 })
        assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 4 })
        assert.deepStrictEqual(yield* sent, [itemsOf(4).map(({ id }) => id)])
      }).pipe(on(sink), onServer({ plan: { endsAfter: "30 seconds" } }, { retry: { maxRetries: 0 } }, auto))
    })
  }
})

describe("canceling a durable run", () => {
  for (const [what, fault, times] of [
    ["the API is overloaded", Fault.status(529), 12],
    ["the connection is lost", Fault.resetBeforeHeaders(), 12]
  ] as const) {
    it.live(`cancels its batch, though ${what} at first`, () => {
      const sink = memorySink()
      return Effect.gen(function* () {
        yield* script({ when: atCancel, times, ...fault })
        yield* BatchWorkflow.start(Runs, payload)
        while ((yield* creates) === 0) yield* Effect.sleep("1 second")
        yield* Effect.sleep("10 minutes")
        yield* BatchWorkflow.cancel(Runs, "a")
        yield* BatchWorkflow.run(Runs, payload)
        assert.deepStrictEqual(tags(sink.outcomes("a")), { Canceled: 4 })
        assert.lengthOf(yield* (yield* Emulator).bill, 0)
      }).pipe(on(sink), onServer({ plan: { endsAfter: "12 hours" } }))
    })
  }

  it.live("while it reads a batch, sends neither that nor another one", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      const isReading = yield* Deferred.make<void>()
      const mayRead = yield* Deferred.make<void>()
      // The third chunk is read to be sent.
      const held = Effect.andThen(Deferred.succeed(isReading, undefined), Deferred.await(mayRead))
      const source: typeof countedSource = {
        items: (reference, from) =>
          from === 4
            ? Stream.unwrap(Effect.as(held, countedSource.items(reference, from)))
            : countedSource.items(reference, from)
      }
      return yield* Effect.gen(function* () {
        const longer = { runId: "a", source: "10", options: { chunk: { items: 2 } } }
        yield* BatchWorkflow.start(Runs, longer)
        yield* Deferred.await(isReading)
        assert.isTrue(yield* BatchWorkflow.cancel(Runs, "a"))
        yield* Deferred.succeed(mayRead, undefined)
        yield* BatchWorkflow.run(Runs, longer)
        assert.deepStrictEqual(tags(sink.outcomes("a")), { Canceled: 4, Unsent: 6 })
        assert.strictEqual(yield* creates, 2)
      }).pipe(on(sink, { source }))
    }).pipe(onServer({ plan: { endsAfter: "12 hours" } }))
  })
})
