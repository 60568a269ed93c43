import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Batches from "effect-anthropic/Batches"
import { calls, Emulator, Fault, onEmulator, request, script, seedEnded, seedRunning } from "./support/batches.ts"
import { fakeClient, json, using } from "./support/fakeClient.ts"
import { batch } from "./support/fixtures.ts"

const statusOf = (id: string) => Effect.map(Batches.retrieve(id), (batch) => batch.processing_status)

describe("Batches.retrieve", () => {
  it.effect("takes an id or an object with one, and encodes it as one segment", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded()
      const batch = yield* Batches.retrieve(id)
      assert.deepStrictEqual(yield* Batches.retrieve(batch), batch)
      assert.deepStrictEqual(yield* Batches.retrieve({ id }), batch)
      const error = yield* Effect.flip(Batches.retrieve("../models?x=1#"))
      assert.strictEqual(error._tag, "NotFoundError")
      assert.strictEqual((yield* calls).at(-1), "GET /v1/messages/batches/..%2Fmodels%3Fx%3D1%23")
    }).pipe(onEmulator())
  )

  it.effect("returns a value that can be encoded and decoded again", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded()
      const batch = yield* Batches.retrieve(id)
      const encoded = yield* Schema.encodeEffect(Batches.MessageBatch)(batch)
      assert.strictEqual(typeof encoded.created_at, "string")
      for (const written of [encoded, JSON.parse(JSON.stringify(batch))]) {
        assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(Batches.MessageBatch)(written), batch)
      }
    }).pipe(onEmulator())
  )
})

describe("a batch whose fields of null are left out", () => {
  it.effect(
    "is read with null in them when it is created, retrieved, listed or canceled, and its results are read",
    () =>
      Effect.gen(function* () {
        yield* script({ times: 5, when: { path: /^(?!.*results)/ }, ...Fault.omitNulls() })
        const created = yield* Batches.create([request("a")])
        assert.isNull(created.ended_at)
        assert.isNull((yield* Batches.retrieve(created)).archived_at)
        assert.isNull((yield* Batches.listPage()).data[0]?.results_url)
        assert.isNull((yield* Batches.cancel(created)).archived_at)
        yield* TestClock.adjust("1 hour")
        assert.lengthOf(yield* Stream.runCollect(Batches.results(created.id)), 1)
      }).pipe(onEmulator())
  )
})

describe("Batches.cancel", () => {
  it.effect("cancels only the requests that are not done yet", () =>
    Effect.gen(function* () {
      const { id } = yield* Batches.create(["a", "b", "c", "d"].map((name) => request(name)))
      yield* TestClock.adjust("45 seconds")
      const canceling = yield* Batches.cancel(id)
      assert.strictEqual(canceling.processing_status, "canceling")
      assert.isNotNull(canceling.cancel_initiated_at)
      yield* TestClock.adjust("10 seconds")
      const { canceled, succeeded } = Batches.partition(yield* Stream.runCollect(Batches.results(canceling)))
      assert.deepStrictEqual([...succeeded.keys()].sort(), ["a", "b"])
      assert.deepStrictEqual([...canceled].sort(), ["c", "d"])
    }).pipe(onEmulator())
  )

  it.effect("fails with InvalidRequestError for a batch that has ended", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded()
      const error = yield* Effect.flip(Batches.cancel(id))
      assert.strictEqual(error._tag, "InvalidRequestError")
    }).pipe(onEmulator())
  )

  it.effect("is repeated when the answer is lost", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      yield* script(Fault.processedThenReset())
      assert.strictEqual((yield* Batches.cancel(id)).processing_status, "canceling")
      assert.lengthOf(yield* calls, 2)
    }).pipe(onEmulator())
  )
})

describe("Batches.delete", () => {
  it.effect("deletes a batch that has ended", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded()
      assert.deepStrictEqual(yield* Batches.delete(id), { id, type: "message_batch_deleted" })
      assert.strictEqual((yield* Effect.flip(Batches.retrieve(id)))._tag, "NotFoundError")
    }).pipe(onEmulator())
  )

  for (const [name, fault] of [
    ["204", Fault.empty(204)],
    ["{}", Fault.body("{}")],
    ["an object without an id", Fault.body(`{"deleted":true}`)]
  ] as const) {
    it.effect(`succeeds when the answer is ${name}`, () =>
      Effect.gen(function* () {
        yield* script({ when: { method: "DELETE" }, ...fault })
        assert.deepStrictEqual(yield* Batches.delete("msgbatch_1"), { id: "msgbatch_1", type: "message_batch_deleted" })
      }).pipe(onEmulator())
    )
  }

  it.effect("fails with DecodeError when a proxy answers with a page or with nothing", () =>
    Effect.gen(function* () {
      for (const fault of [Fault.html(200), Fault.empty(200)]) {
        yield* script({ when: { method: "DELETE" }, ...fault })
        assert.strictEqual((yield* Effect.flip(Batches.delete("msgbatch_1")))._tag, "DecodeError")
      }
    }).pipe(onEmulator())
  )

  it.effect("fails with InvalidRequestError for a batch that runs", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      const error = yield* Effect.flip(Batches.delete(id))
      assert(error._tag === "InvalidRequestError")
      assert.strictEqual(error.operation, "Batches.delete")
      assert.strictEqual(yield* statusOf(id), "in_progress")
    }).pipe(onEmulator())
  )
})

describe("Batches.list", () => {
  const seeded = Effect.gen(function* () {
    const batches = yield* (yield* Emulator).seedBatches(45)
    return batches.map(({ id }) => id).reverse()
  })

  it.effect("returns all batches, the newest first, with any page size", () =>
    Effect.gen(function* () {
      const newestFirst = yield* seeded
      for (const options of [undefined, {}, { pageSize: 1 }, { pageSize: 7 }, { pageSize: 45 }, { pageSize: 1000 }]) {
        const listed = yield* Stream.runCollect(Batches.list(options))
        assert.deepStrictEqual(
          listed.map(({ id }) => id),
          newestFirst
        )
      }
    }).pipe(onEmulator())
  )

  it.effect("continues from a saved cursor in both directions", () =>
    Effect.gen(function* () {
      const newestFirst = yield* seeded
      const cursor = newestFirst[30]
      const older = yield* Stream.runCollect(Batches.list({ cursor, pageSize: 4 }))
      assert.deepStrictEqual(
        older.map(({ id }) => id),
        newestFirst.slice(31)
      )
      const newer = yield* Stream.runCollect(Batches.list({ cursor, pageSize: 4, direction: "newer" }))
      assert.deepStrictEqual(
        newer.map(({ id }) => id),
        newestFirst.slice(0, 30).reverse()
      )
    }).pipe(onEmulator())
  )

  it.effect("returns pages with their own cursor and the next one", () =>
    Effect.gen(function* () {
      const newestFirst = yield* seeded
      const pages = yield* Stream.runCollect(Batches.listPages({ pageSize: 20 }))
      assert.deepStrictEqual(
        pages.map(({ cursor, data, next }) => [cursor, data.length, next]),
        [
          [undefined, 20, newestFirst[19]],
          [newestFirst[19], 20, newestFirst[39]],
          [newestFirst[39], 5, undefined]
        ]
      )
      const again = yield* Batches.listPage({ pageSize: 20, cursor: pages[1]?.cursor })
      assert.deepStrictEqual(again, pages[1])
      assert.deepStrictEqual(yield* Batches.listPage(), pages[0])
    }).pipe(onEmulator())
  )
})

describe("Batches.createScoped", () => {
  const cancels = Effect.map(calls, (all) => all.filter((call) => call.endsWith("/cancel")).length)
  const running = { plan: { endsAfter: "1 hour" } } as const
  const created = Batches.createScoped([request("a")])

  it.effect("cancels when the scope closes before the end", () =>
    Effect.gen(function* () {
      const { id } = yield* Effect.scoped(created)
      assert.strictEqual(yield* statusOf(id), "canceling")
    }).pipe(onEmulator(running))
  )

  it.effect("cancels on failure and on interruption", () =>
    Effect.gen(function* () {
      yield* Effect.ignore(Effect.scoped(Effect.andThen(created, Effect.fail("no"))))
      assert.strictEqual(yield* cancels, 1)
      const fiber = yield* Effect.forkChild(
        Effect.scoped(Effect.flatMap(created, (batch) => Batches.waitUntilEnded(batch)))
      )
      yield* TestClock.adjust("5 minutes")
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* cancels, 2)
      assert.deepStrictEqual(
        (yield* (yield* Emulator).batches).map((batch) => batch.processing_status),
        ["canceling", "ended"]
      )
    }).pipe(onEmulator(running))
  )

  it.effect("does not cancel a batch that has ended or is being canceled", () =>
    Effect.gen(function* () {
      const ended = yield* Effect.scoped(Effect.tap(created, () => TestClock.adjust("1 hour")))
      assert.strictEqual(yield* cancels, 0)
      assert.strictEqual(yield* statusOf(ended.id), "ended")
      yield* Effect.scoped(Effect.tap(created, (batch) => Batches.cancel(batch)))
      assert.strictEqual(yield* cancels, 1)
    }).pipe(onEmulator(running))
  )

  it.effect("cancels when the status cannot be read or is unknown", () =>
    Effect.gen(function* () {
      const first = yield* Effect.scoped(
        Effect.tap(created, () => script({ when: { method: "GET" }, ...Fault.status(404) }))
      )
      assert.strictEqual(yield* statusOf(first.id), "canceling")
      const second = yield* Effect.scoped(
        Effect.tap(created, ({ id }) =>
          Effect.flatMap(Emulator, (emulator) =>
            Effect.flatMap(emulator.batches, (all) => {
              const wire = all.find((batch) => batch.id === id)
              return emulator.fault({
                when: { method: "GET" },
                ...Fault.body(JSON.stringify({ ...wire, processing_status: "resting" }))
              })
            })
          )
        )
      )
      assert.strictEqual(yield* statusOf(second.id), "canceling")
    }).pipe(onEmulator(running))
  )

  const recorder = () => {
    const logged: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => logged.push(`${logLevel} ${message}`))
    return { logged, layer: Logger.layer([logger]) }
  }

  it.effect("does nothing when the batch was deleted inside the scope", () => {
    const { layer, logged } = recorder()
    return Effect.gen(function* () {
      yield* Effect.scoped(
        Effect.gen(function* () {
          const batch = yield* created
          yield* TestClock.adjust("2 hours")
          yield* Batches.delete(batch)
        })
      )
      assert.strictEqual(yield* cancels, 0)
      assert.deepStrictEqual(logged, [])
    }).pipe(onEmulator(running), Effect.provide(layer))
  })

  it.effect("does not fail when the batch was deleted right after its creation", () => {
    const { layer, logged } = recorder()
    return Effect.gen(function* () {
      yield* Effect.scoped(
        Effect.gen(function* () {
          const batch = yield* created
          yield* TestClock.adjust("2 seconds")
          yield* Batches.delete(batch)
        })
      )
      assert.deepStrictEqual(logged, [])
    }).pipe(onEmulator({ plan: { endsAfter: "1 second" } }), Effect.provide(layer))
  })

  it.effect("does not fail when the batch ends while it is being canceled", () => {
    const { layer, logged } = recorder()
    return Effect.gen(function* () {
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* created
          const [wire] = yield* (yield* Emulator).batches
          yield* TestClock.adjust("2 hours")
          // The first look still shows it running.
          yield* script({ when: { method: "GET" }, ...Fault.body(JSON.stringify(wire)) })
        })
      )
      assert.strictEqual(yield* cancels, 1)
      assert.deepStrictEqual(logged, [])
    }).pipe(onEmulator(running), Effect.provide(layer))
  })

  it.effect("logs a warning when it cannot cancel, and still closes the scope", () => {
    const { layer, logged } = recorder()
    return Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { id } = yield* Scope.provide(created, scope)
      yield* script({ when: { path: /cancel$/ }, ...Fault.status(403) })
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(Scope.close(scope, Exit.void))))
      assert.lengthOf(logged, 1)
      assert.match(logged[0] ?? "", new RegExp(`^Warn batch ${id} could not be canceled: .*403`))
    }).pipe(onEmulator(running), Effect.provide(layer))
  })

  for (const [how, end] of [
    ["ends", Effect.void],
    ["is interrupted", Effect.never]
  ] as const) {
    it.effect(`waits 30 seconds for a server that does not answer when its fiber ${how}, and logs a warning`, () => {
      const { layer, logged } = recorder()
      const fake = fakeClient((_, index) => (index === 0 ? json(batch) : Effect.never))
      return Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.scoped(Effect.andThen(created, end)))
        yield* TestClock.adjust(0)
        const closing = yield* Effect.forkChild(Fiber.interrupt(fiber))
        yield* TestClock.adjust("29 seconds")
        assert.isUndefined(closing.pollUnsafe())
        yield* TestClock.adjust("1 second")
        assert.isDefined(closing.pollUnsafe())
        assert.deepStrictEqual(logged, [`Warn batch ${batch.id} could not be canceled within 30 seconds`])
      }).pipe(using(fake), Effect.provide(layer))
    })
  }

  it.effect("fails with the error of create, and then cancels nothing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(Batches.createScoped([])))
      assert.strictEqual(error._tag, "RequestRefusedError")
      assert.deepStrictEqual(yield* calls, [])
    }).pipe(onEmulator())
  )
})

describe("Batches.partition", () => {
  it.effect("sorts results into succeeded, errored, canceled, expired and unknown", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(5)
      const results = yield* Stream.runCollect(Batches.results(id))
      const parts = Batches.partition(results)
      assert.deepStrictEqual([...parts.succeeded.keys()], ["seed-000001"])
      assert.strictEqual(parts.errored.get("seed-000002")?.error.type, "overloaded_error")
      assert.deepStrictEqual([...parts.canceled], ["seed-000003"])
      assert.deepStrictEqual([...parts.expired], ["seed-000004"])
      assert.deepStrictEqual([...parts.unknown], [["seed-000005", { type: "paused", until: 5 }]])
    }).pipe(
      onEmulator({
        outcome: (_, index) =>
          (
            [
              { type: "succeeded" },
              { type: "errored", error: { type: "overloaded_error" } },
              { type: "canceled" },
              { type: "expired" },
              { type: "raw", result: { type: "paused", until: 5 } }
            ] as const
          )[index]
      })
    )
  )

  it("returns empty parts for no results", () => {
    const parts = Batches.partition([])
    assert.deepStrictEqual(
      [parts.succeeded, parts.errored, parts.canceled, parts.expired, parts.unknown].map(({ size }) => size),
      [0, 0, 0, 0, 0]
    )
  })
})
