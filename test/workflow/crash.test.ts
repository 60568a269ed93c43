// A durable run on the real cluster engine, whose process crashes: nothing is paid twice, and no outcome is lost or told twice.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import * as Activity from "effect/workflow/Activity"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import { makeAutoClock } from "../run/support/autoClock.ts"
import { Random } from "../run/support/random.ts"
import {
  atCreate,
  creates,
  Emulator,
  Fault,
  idOf,
  ids,
  itemsOf,
  onServer,
  script,
  sent,
  start,
  tags
} from "../run/support/world.ts"
import { makeCluster, type Point, type Process } from "./support/cluster.ts"
import { live, memorySink, Runs } from "./support/world.ts"

const payload = { runId: "a", source: "4", options: { chunk: { items: 4 } } }

/** A server whose clock is that of the processes. */
const world = (emulator: Parameters<typeof onServer>[0] = {}) => {
  const auto = makeAutoClock(start)
  return { auto, onServer: onServer({ plan: { endsAfter: "20 minutes" }, ...emulator }, {}, auto) }
}

const untilDead = (process: Process) =>
  Effect.gen(function* () {
    while (!process.isDead()) yield* Effect.sleep("1 minute")
  })

const all = itemsOf(4).map(({ id }) => id)

const isCreate = (call: string) => call === "POST /v1/messages/batches"

const isLook = (call: string) => /^GET \/v1\/messages\/batches\/[^/]+$/.test(call)

describe("a durable run whose process crashes", () => {
  const at = {
    "before the create is sent": (point: string, call: string) => point === "before" && isCreate(call),
    "in the create, which the API accepts": (point: string, call: string) => point === "after" && isCreate(call),
    "between the create and its record": (point: string, call: string) => point === "kept" && isCreate(call),
    "while it retrieves the batch": (point: string, call: string) => point === "before" && isLook(call),
    "in the download of the results": (point: string, call: string) => point === "before" && call.endsWith("/results"),
    "after the outcomes are written and before that is recorded": (point: string, call: string) =>
      point === "kept" && call.endsWith("/results")
  }
  for (const [where, crashAt] of Object.entries(at)) {
    it.live(`${where}, pays once and has each outcome once`, () => {
      const { auto, onServer } = world()
      return Effect.gen(function* () {
        const sink = memorySink()
        const cluster = yield* makeCluster(auto)
        const first = yield* cluster.start(live(sink), { crashAt })
        yield* Effect.forkChild(first.run(BatchWorkflow.start(Runs, payload)))
        yield* untilDead(first)
        const second = yield* cluster.start(live(sink))
        const result = yield* second.run(BatchWorkflow.run(Runs, payload))
        assert.deepInclude(result, { items: 4, batches: 1, paidTwice: [] })
        assert.deepStrictEqual(ids(sink.outcomes("a")), all)
        assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 4 })
        assert.deepStrictEqual(yield* sent, [all])
        assert.lengthOf(yield* (yield* Emulator).bill, 4)
      }).pipe(onServer)
    })
  }

  it.live("while it sleeps, continues by itself and creates nothing again", () => {
    const { auto, onServer } = world()
    return Effect.gen(function* () {
      const sink = memorySink()
      const cluster = yield* makeCluster(auto)
      const first = yield* cluster.start(live(sink))
      yield* first.run(BatchWorkflow.start(Runs, payload))
      yield* Effect.sleep("5 minutes")
      assert.strictEqual(yield* creates, 1)
      first.crash()
      yield* Effect.sleep("1 hour")
      assert.deepStrictEqual(sink.outcomes("a"), [])
      const second = yield* cluster.start(live(sink))
      yield* Effect.sleep("30 minutes")
      // Nobody has asked for it.
      assert.deepStrictEqual(ids(sink.outcomes("a")), all)
      assert.strictEqual((yield* second.run(BatchWorkflow.status(Runs, "a")))._tag, "Completed")
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer)
  })

  it.live("many times, at any point, pays each attempt that its policy allows once, and has each outcome once", () => {
    const { auto, onServer } = world({
      // The first attempt of two items does not succeed. That of item 11 is charged.
      outcome: ({ params }, _, batchId) => {
        if (!isFirstBatch(idOf(params), batchId)) return undefined
        if (idOf(params) === "item 1") return { type: "expired" }
        return idOf(params) === "item 11" ? { type: "succeeded", message: { stop_reason: "max_tokens" } } : undefined
      }
    })
    const batches = new Map<string, string>()
    const isFirstBatch = (id: string, batchId: string) => {
      if (!batches.has(id)) batches.set(id, batchId)
      return batches.get(id) === batchId
    }
    const isAgain = ({ _tag }: { readonly _tag: string }) => _tag === "Expired" || _tag === "Incomplete"
    return Effect.gen(function* () {
      const sink = memorySink()
      const cluster = yield* makeCluster(auto)
      const work = live(sink, { retry: { while: isAgain } })
      const random = new Random(7)
      const longer = { runId: "a", source: "12", options: { chunk: { items: 4 }, window: { batches: 2 } } }
      let crashes = 0
      for (let life = 0; life < 8; life++) {
        let left = random.int(1, 12)
        const process = yield* cluster.start(work, { crashAt: () => --left === 0 })
        yield* Effect.forkChild(process.run(BatchWorkflow.start(Runs, longer)))
        for (let minute = 0; minute < 60 && !process.isDead(); minute++) yield* Effect.sleep("1 minute")
        if (process.isDead()) crashes += 1
        process.crash()
      }
      assert.isAtLeast(crashes, 4)
      const last = yield* cluster.start(work)
      const result = yield* last.run(BatchWorkflow.run(Runs, longer))
      assert.deepInclude(result, { items: 12, retried: 2, paidTwice: [] })
      const items = itemsOf(12).map(({ id }) => id)
      const timesOf = (sent: ReadonlyArray<string>) => items.map((id) => sent.filter((other) => other === id).length)
      assert.deepStrictEqual(ids(sink.outcomes("a")), items)
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 12 })
      assert.deepStrictEqual(
        sink.outcomes("a").map(({ attempts }) => attempts),
        [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]
      )
      assert.deepStrictEqual(timesOf((yield* sent).flat()), [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2])
      const bill = yield* (yield* Emulator).bill
      assert.deepStrictEqual(timesOf(bill.map(({ params }) => idOf(params))), [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2])
    }).pipe(onServer)
  })

  it.live("and is replaced by a release with one more step, continues", () => {
    const { auto, onServer } = world()
    return Effect.gen(function* () {
      const sink = memorySink()
      const cluster = yield* makeCluster(auto)
      const first = yield* cluster.start(live(sink))
      yield* first.run(BatchWorkflow.start(Runs, payload))
      yield* Effect.sleep("5 minutes")
      first.crash()
      let added = 0
      const newer = live(sink).pipe(
        Layer.provide(
          withStep(
            Activity.make({
              name: "added",
              execute: Effect.sync(() => {
                added += 1
              })
            })
          )
        )
      )
      const second = yield* cluster.start(newer)
      assert.deepInclude(yield* second.run(BatchWorkflow.run(Runs, payload)), { items: 4, batches: 1 })
      assert.strictEqual(yield* creates, 1)
      // Once for the run, once for its chunk.
      assert.strictEqual(added, 2)
    }).pipe(onServer)
  })

  it.live("and restarts with the key of another workspace, fails there and continues with the right key", () => {
    const { auto, onServer } = world()
    return Effect.gen(function* () {
      const sink = memorySink()
      const cluster = yield* makeCluster(auto)
      const first = yield* cluster.start(live(sink), {
        crashAt: (point, call) => point === "kept" && isCreate(call),
        settings: { workspaceId: "wrkspc_a" }
      })
      yield* Effect.forkChild(first.run(BatchWorkflow.start(Runs, payload)))
      yield* untilDead(first)
      const second = yield* cluster.start(live(sink), { settings: { workspaceId: "wrkspc_b" } })
      const error = yield* Effect.flip(second.run(BatchWorkflow.run(Runs, payload)))
      assert.deepInclude(error, { _tag: "StepFailedError", step: "search", error: "WorkspaceMismatchError" })
      second.crash()
      const third = yield* cluster.start(live(sink), { settings: { workspaceId: "wrkspc_a" } })
      assert.isTrue(yield* third.run(BatchWorkflow.resume(Runs, "a")))
      assert.deepInclude(yield* third.run(BatchWorkflow.run(Runs, payload)), { items: 4, paidTwice: [] })
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer)
  })

  it.live("and restarts after the results were archived, ends items as missing and does not pay again", () => {
    const { auto, onServer } = world()
    return Effect.gen(function* () {
      const sink = memorySink()
      const cluster = yield* makeCluster(auto)
      const first = yield* cluster.start(live(sink))
      yield* first.run(BatchWorkflow.start(Runs, payload))
      yield* Effect.sleep("5 minutes")
      first.crash()
      yield* Effect.sleep("30 days")
      const second = yield* cluster.start(live(sink))
      yield* second.run(BatchWorkflow.run(Runs, payload))
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Missing: 4 })
      assert.deepInclude(sink.outcomes("a")[0], { reason: "archived" })
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer)
  })
})

describe("a durable run on the cluster engine", () => {
  it.live("keeps its failures in the store, and is resumed by another process", () => {
    const { auto, onServer } = world()
    return Effect.gen(function* () {
      const sink = memorySink()
      const cluster = yield* makeCluster(auto)
      yield* script({ when: atCreate, ...Fault.status(403) })
      const first = yield* cluster.start(live(sink))
      const error = yield* Effect.flip(first.run(BatchWorkflow.run(Runs, payload)))
      assert.deepInclude(error, { _tag: "StepFailedError", step: "create", error: "PermissionError", chunk: 0 })
      first.crash()
      const second = yield* cluster.start(live(sink))
      const status = yield* second.run(BatchWorkflow.status(Runs, "a"))
      assert(status._tag === "Failed")
      assert.deepInclude(status.error, { step: "create", error: "PermissionError", chunk: 0 })
      assert.isTrue(yield* second.run(BatchWorkflow.resume(Runs, "a")))
      yield* Effect.sleep("5 minutes")
      // The chunk has one more try for each resumption.
      yield* script({ when: { method: "GET" }, times: 2, ...Fault.status(401) })
      const again = yield* Effect.flip(second.run(BatchWorkflow.run(Runs, payload)))
      assert.deepInclude(again, { step: "poll", error: "AuthenticationError", resumed: 1 })
      assert.isTrue(yield* second.run(BatchWorkflow.resume(Runs, "a")))
      assert.deepInclude(yield* second.run(BatchWorkflow.run(Runs, payload)), { items: 4, batches: 1 })
      assert.strictEqual(yield* creates, 2)
    }).pipe(onServer)
  })

  const outages = {
    "before the create is sent": (point: Point, call: string) => point === "before" && isCreate(call),
    "when the create is recorded": (point: Point, call: string) => point === "stored" && isCreate(call),
    "before the batch is retrieved": (point: Point, call: string) => point === "before" && isLook(call),
    "when a retrieval of the batch is recorded": (point: Point, call: string) => point === "stored" && isLook(call),
    "before the results are read": (point: Point, call: string) => point === "before" && call.endsWith("/results"),
    "when the settlement is recorded": (point: Point, call: string) => point === "stored" && call.endsWith("/results")
  }
  for (const [where, isAt] of Object.entries(outages)) {
    for (const outage of ["3 seconds", "4 minutes"] as const) {
      it.live(`continues after its store was unavailable for ${outage}, starting ${where}`, () => {
        const { auto, onServer } = world()
        return Effect.gen(function* () {
          const sink = memorySink()
          const cluster = yield* makeCluster(auto)
          const begun = yield* Deferred.make<void>()
          const one = yield* cluster.start(live(sink), {
            crashAt: (point, call) => {
              if (isAt(point, call) && Deferred.doneUnsafe(begun, Effect.void)) cluster.setDown(true)
              return false
            }
          })
          const running = yield* Effect.forkChild(one.run(BatchWorkflow.run(Runs, payload)))
          yield* Deferred.await(begun)
          yield* Effect.sleep(outage)
          cluster.setDown(false)
          assert.deepInclude(yield* Fiber.join(running), { items: 4, batches: 1, paidTwice: [] })
          assert.deepStrictEqual(ids(sink.outcomes("a")), all)
          assert.deepStrictEqual(yield* sent, [all])
        }).pipe(onServer)
      })
    }
  }

  it.live("is canceled, and refuses another payload", () => {
    const { auto, onServer } = world({ plan: { endsAfter: "12 hours" } })
    return Effect.gen(function* () {
      const sink = memorySink()
      const cluster = yield* makeCluster(auto)
      const one = yield* cluster.start(live(sink))
      const longer = { ...payload, source: "6", options: { ...payload.options, window: { batches: 1 } } }
      yield* one.run(BatchWorkflow.start(Runs, longer))
      yield* Effect.sleep("5 minutes")
      const error = yield* Effect.flip(one.run(BatchWorkflow.start(Runs, payload)))
      assert.strictEqual(error._tag, "PayloadMismatchError")
      assert.isTrue(yield* one.run(BatchWorkflow.cancel(Runs, "a")))
      yield* one.run(BatchWorkflow.run(Runs, longer))
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Canceled: 4, Unsent: 2 })
      const requests = yield* (yield* Emulator).requests
      assert.lengthOf(
        requests.filter(({ path }) => path.endsWith("/cancel")),
        1
      )
    }).pipe(onServer)
  })

  it.live("stores few small messages for each step, and no content of requests and answers", () => {
    const { auto, onServer } = world()
    return Effect.gen(function* () {
      const cluster = yield* makeCluster(auto)
      const one = yield* cluster.start(live(memorySink()))
      yield* one.run(BatchWorkflow.run(Runs, payload))
      const kept = cluster.kept()
      assert.notInclude(kept, "Hello from")
      assert.notInclude(kept, "claude-haiku")
      assert.isBelow(cluster.messages(), 60)
      assert.isBelow(kept.length, 40_000)
    }).pipe(onServer)
  })
})

/** The engine of a newer release, whose workflows all begin with one more step. */
const withStep = (step: Activity.Activity<typeof Schema.Void>) =>
  Layer.effect(
    WorkflowEngine.WorkflowEngine,
    Effect.map(WorkflowEngine.WorkflowEngine, (engine) =>
      WorkflowEngine.WorkflowEngine.of({
        ...engine,
        register: (workflow, execute) =>
          workflow._tag.endsWith("/claim")
            ? engine.register(workflow, execute)
            : engine.register(workflow, (payload, executionId) => Effect.andThen(step, execute(payload, executionId)))
      })
    )
  )
