// Failures of a durable run that pass: none of them loses an answer, ends the run, or makes it pay again.
import { assert, describe, it } from "@effect/vitest"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
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

  /** Something that a run does, which waits until it may go on. */
  const makeHold = Effect.gen(function* () {
    const isThere = yield* Deferred.make<void>()
    const mayGoOn = yield* Deferred.make<void>()
    return {
      isThere: Deferred.await(isThere),
      goOn: Deferred.succeed(mayGoOn, undefined),
      wait: Effect.andThen(Deferred.succeed(isThere, undefined), Deferred.await(mayGoOn))
    }
  })

  /** A source whose items from a position wait when they are read for the last of some times. */
  const heldSource = (wait: Effect.Effect<void>, position: number, reads: number): typeof countedSource => {
    let left = reads
    return {
      items: (reference, from) => {
        const items = countedSource.items(reference, from)
        return from === position && --left === 0 ? Stream.unwrap(Effect.as(wait, items)) : items
      }
    }
  }

  /** A client whose last of some creates waits. */
  const heldClient = (client: HttpClient.HttpClient, wait: Effect.Effect<void>, creates: number) => {
    let left = creates
    return HttpClient.transform(client, (send, { method, url }) =>
      method === "POST" && url.endsWith("/v1/messages/batches") && --left === 0 ? Effect.andThen(wait, send) : send
    )
  }

  const engines = {
    "the memory engine": (work: Work) => Effect.map(Layer.build(work.pipe(Layer.provideMerge(memory))), provided),
    "the cluster engine": (work: Work, auto: AutoClock) =>
      Effect.flatMap(makeCluster(auto), (cluster) => Effect.map(cluster.start(work), ({ run }) => run))
  }
  for (const [name, engine] of Object.entries(engines)) {
    for (const [what, source, hold, expected] of [
      // The plan reads from position 0 before.
      ["reads its only batch", "2", { position: 0, reads: 2 }, { Unsent: 2 }],
      ["reads its third batch", "10", { position: 4, reads: 1 }, { Canceled: 4, Unsent: 6 }],
      ["sends its only batch", "2", { creates: 1 }, { Canceled: 2 }],
      ["sends its third batch", "10", { creates: 3 }, { Canceled: 6, Unsent: 4 }]
    ] as const) {
      it.live(`while it ${what} on ${name}, sends nothing more and cancels its batches`, () => {
        const sink = memorySink()
        const auto = makeAutoClock(start)
        return Effect.gen(function* () {
          const { goOn, isThere, wait } = yield* makeHold
          const held = "reads" in hold ? heldSource(wait, hold.position, hold.reads) : countedSource
          const test = Effect.gen(function* () {
            const inProcess = yield* engine(live(sink, { source: held }), auto)
            yield* inProcess(BatchWorkflow.start(Runs, { runId: "a", source, options: { chunk: { items: 2 } } }))
            yield* isThere
            assert.isTrue(yield* inProcess(BatchWorkflow.cancel(Runs, "a")))
            yield* goOn
            yield* Effect.sleep("1 hour")
            assert.strictEqual((yield* inProcess(BatchWorkflow.status(Runs, "a")))._tag, "Completed")
            assert.deepStrictEqual(tags(sink.outcomes("a")), expected)
            assert.strictEqual(yield* creates, "Canceled" in expected ? expected.Canceled / 2 : 0)
          })
          const client = yield* HttpClient.HttpClient
          yield* "creates" in hold
            ? Effect.provideService(test, HttpClient.HttpClient, heldClient(client, wait, hold.creates))
            : test
          // Without a timeout, because the clock may go on while the create waits.
        }).pipe(Effect.scoped, onServer({ plan: { endsAfter: "12 hours" } }, { responseTimeout: "Infinity" }, auto))
      })
    }
  }
})
