// A process of durable runs that is frozen for minutes, while another one takes over its runs: it does not send what it had
// decided to send.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import { makeAutoClock } from "../run/support/autoClock.ts"
import { creates, Emulator, itemsOf, onServer, sent, start } from "../run/support/world.ts"
import { type Event, makeCluster } from "./support/cluster.ts"
import { live, memorySink, Runs } from "./support/world.ts"

const payloadOf = (runId: string) => ({ runId, source: "4", options: { chunk: { items: 4 } } })

const all = itemsOf(4).map(({ id }) => id)

const isDecision = (event: Event) => "stored" in event && event.stored.includes('"Send"')

const isCreateStep = (event: Event) => "read" in event && event.read.includes('"create/0/1/0"')

const isCreate = (event: Event) => "call" in event && event.call === "POST /v1/messages/batches"

describe("a process that is frozen, and whose durable runs another process takes over", () => {
  for (const [when, freezeAt, runs] of [
    ["after a decision to send", isDecision, ["a"]],
    ["between a decision to send and the create", isCreateStep, ["a"]],
    ["in a create, while other runs wait for their turn", isCreate, ["a", "b", "c"]]
  ] as const) {
    it.live(`${when}, sends nothing when it wakes`, () => {
      const auto = makeAutoClock(start)
      return Effect.gen(function* () {
        const sink = memorySink()
        const cluster = yield* makeCluster(auto)
        const first = yield* cluster.start(live(sink, { creates: 1 }), { freezeAt })
        const startAll = Effect.forEach(runs, (runId) => BatchWorkflow.start(Runs, payloadOf(runId)), {
          concurrency: "unbounded"
        })
        yield* Effect.forkChild(first.run(startAll))
        yield* first.frozen
        yield* Effect.sleep("1 minute")
        const second = yield* cluster.start(live(sink))
        yield* second.run(startAll)
        yield* Effect.sleep("10 minutes")
        first.wake()
        yield* Effect.sleep("5 minutes")
        first.crash()
        for (const runId of runs) {
          const result = yield* second.run(BatchWorkflow.run(Runs, payloadOf(runId)))
          assert.deepInclude(result, { items: 4, batches: 1, paidTwice: [] })
        }
        assert.deepStrictEqual(
          yield* sent,
          runs.map(() => all)
        )
        assert.lengthOf(yield* (yield* Emulator).bill, 4 * runs.length)
      }).pipe(onServer({ plan: { endsAfter: "30 minutes" } }, {}, auto))
    })
  }
})

describe("a durable run whose messages are read by a process that has lost its locks", () => {
  it.live("continues within two minutes", () => {
    const auto = makeAutoClock(start)
    return Effect.gen(function* () {
      const cluster = yield* makeCluster(auto)
      const one = yield* cluster.start(live(memorySink()))
      yield* one.run(BatchWorkflow.start(Runs, payloadOf("a")))
      while ((yield* creates) === 0) yield* Effect.sleep("1 second")
      for (let second = 0; second < 120; second++) {
        yield* Effect.sleep("1 second")
        yield* cluster.readInVain
      }
      yield* Effect.sleep("6 minutes")
      assert.strictEqual((yield* one.run(BatchWorkflow.status(Runs, "a")))._tag, "Completed")
    }).pipe(onServer({ plan: { endsAfter: "2 minutes" } }, {}, auto))
  })
})

describe("a machine that sleeps between the decision of a durable run to send and the create", () => {
  it.live("decides again when it wakes, and sends once", () => {
    const auto = makeAutoClock(start)
    return Effect.gen(function* () {
      const sink = memorySink()
      const cluster = yield* makeCluster(auto)
      const one = yield* cluster.start(live(sink, { creates: 1 }), { freezeAt: isDecision })
      yield* Effect.forkChild(one.run(BatchWorkflow.start(Runs, payloadOf("a"))))
      yield* one.frozen
      assert.strictEqual(yield* creates, 0)
      auto.jump(3_600_000)
      one.wake()
      yield* Effect.sleep("1 minute")
      assert.strictEqual(yield* creates, 1)
      // Its turns are free again.
      for (const runId of ["b", "c"]) yield* one.run(BatchWorkflow.run(Runs, payloadOf(runId)))
      assert.deepInclude(yield* one.run(BatchWorkflow.run(Runs, payloadOf("a"))), { items: 4, batches: 1 })
      assert.strictEqual(yield* creates, 3)
    }).pipe(onServer({ plan: { endsAfter: "20 minutes" } }, {}, auto))
  })
})
