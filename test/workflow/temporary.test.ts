// Failures of a durable run that pass: none of them loses an answer, ends the run, or makes it pay again.
import { assert, describe, it } from "@effect/vitest"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import { type AutoClock, makeAutoClock } from "../run/support/autoClock.ts"
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
import { makeCluster } from "./support/cluster.ts"
import { countedSource, live, memorySink, Runs } from "./support/world.ts"

const on =
  (...args: Parameters<typeof live>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.provide(self, live(...args).pipe(Layer.provideMerge(Layer.fresh(WorkflowEngine.layerMemory))))

type Work = ReturnType<typeof live>

const memory = Layer.fresh(WorkflowEngine.layerMemory)

const provided =
  (context: Context.Context<WorkflowEngine.WorkflowEngine>) =>
  <A, E>(effect: Effect.Effect<A, E, WorkflowEngine.WorkflowEngine>): Effect.Effect<A, E> =>
    Effect.provideContext(effect, context)

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

  /** A source that stops when the chunk at a position is about to be sent, until it may go on. */
  const heldAt = (position: number, reads: number) =>
    Effect.gen(function* () {
      const isReading = yield* Deferred.make<void>()
      const mayRead = yield* Deferred.make<void>()
      const held = Effect.andThen(Deferred.succeed(isReading, undefined), Deferred.await(mayRead))
      let left = reads
      const source: typeof countedSource = {
        items: (reference, from) => {
          const items = countedSource.items(reference, from)
          return from === position && --left === 0 ? Stream.unwrap(Effect.as(held, items)) : items
        }
      }
      return { source, isReading: Deferred.await(isReading), goOn: Deferred.succeed(mayRead, undefined) }
    })

  const engines = {
    "the memory engine": (work: Work) => Effect.map(Layer.build(work.pipe(Layer.provideMerge(memory))), provided),
    "the cluster engine": (work: Work, auto: AutoClock) =>
      Effect.flatMap(makeCluster(auto), (cluster) => Effect.map(cluster.start(work), ({ run }) => run))
  }
  for (const [name, engine] of Object.entries(engines)) {
    for (const [what, source, position, reads, expected] of [
      // The plan reads from position 0 before.
      ["its only batch", "2", 0, 2, { Canceled: 2 }],
      ["its third batch", "10", 4, 1, { Canceled: 6, Unsent: 4 }]
    ] as const) {
      it.live(`while it sends ${what} on ${name}, sends nothing more and cancels its batches`, () => {
        const sink = memorySink()
        const auto = makeAutoClock(start)
        return Effect.gen(function* () {
          const held = yield* heldAt(position, reads)
          const inProcess = yield* engine(live(sink, { source: held.source }), auto)
          yield* inProcess(BatchWorkflow.start(Runs, { runId: "a", source, options: { chunk: { items: 2 } } }))
          yield* held.isReading
          assert.isTrue(yield* inProcess(BatchWorkflow.cancel(Runs, "a")))
          yield* held.goOn
          yield* Effect.sleep("1 hour")
          assert.strictEqual((yield* inProcess(BatchWorkflow.status(Runs, "a")))._tag, "Completed")
          assert.deepStrictEqual(tags(sink.outcomes("a")), expected)
          assert.strictEqual(yield* creates, expected.Canceled / 2)
        }).pipe(Effect.scoped, onServer({ plan: { endsAfter: "12 hours" } }, {}, auto))
      })
    }
  }
})
