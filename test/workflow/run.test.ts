// What is a durable run's own: its sleeps, failures that are taken up again, cancellation, and what it is started with.
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import { AnthropicEmulator } from "effect-anthropic/testing"
import {
  atCreate,
  creates,
  Emulator,
  Fault,
  type Item,
  ids,
  itemsOf,
  onServer,
  queueOf,
  requestOf,
  script,
  sent,
  tags
} from "../run/support/world.ts"
import { countedSource, live, memorySink, Runs } from "./support/world.ts"

const engine = WorkflowEngine.layerMemory

/** Gives a program the memory engine, and this process. */
const on =
  (...args: Parameters<typeof live>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.provide(self, live(...args).pipe(Layer.provideMerge(Layer.fresh(engine))))

const gets = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.filter(({ method, path }) => method === "GET" && path.startsWith("/v1/messages/batches/"))
})

const untilCreated = Effect.gen(function* () {
  while ((yield* creates) === 0) yield* Effect.sleep("1 second")
})

describe("a durable run", () => {
  it.effect("waits 24 hours for a batch with fewer than 50 requests", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      yield* BatchWorkflow.start(Runs, { runId: "day", source: "10", options: { retry: { times: 0 } } })
      let status = yield* BatchWorkflow.status(Runs, "day")
      for (let minutes = 0; minutes < 26 * 60 && status._tag !== "Completed"; minutes += 30) {
        yield* TestClock.adjust("30 minutes")
        // The ids of executions are hashed outside of the virtual clock.
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        status = yield* BatchWorkflow.status(Runs, "day")
      }
      assert.strictEqual(status._tag, "Completed")
      assert.deepStrictEqual(tags(sink.outcomes("day")), { Expired: 10 })
      // Data-last, too.
      assert.deepStrictEqual(yield* pipe(Runs, BatchWorkflow.status("day")), status)
      assert.isFalse(yield* pipe(Runs, BatchWorkflow.cancel("day")))
      assert.isFalse(yield* pipe(Runs, BatchWorkflow.resume("day")))
      const looks = yield* gets
      assert.isBelow(looks.length, 50)
      assert.isAbove(looks.length, 25)
    }).pipe(
      Effect.provide(
        live(sink).pipe(
          Layer.provideMerge(Layer.fresh(engine)),
          Layer.provideMerge(
            Layer.merge(
              AnthropicEmulator.layer({ plan: { endsAfter: "never", expires: 1 } }),
              Anthropic.layer({ apiKey: "sk-ant-test-1234" })
            )
          )
        )
      )
    )
  })

  it.live("reports its status, and a second start joins it", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* BatchWorkflow.status(Runs, "a"), { _tag: "Unknown" })
      assert.isFalse(yield* BatchWorkflow.cancel(Runs, "a"))
      assert.isFalse(yield* BatchWorkflow.resume(Runs, "a"))
      const payload = { runId: "a", source: "5" }
      const first = yield* BatchWorkflow.start(Runs, payload)
      assert.include(["Running", "Waiting"], (yield* BatchWorkflow.status(Runs, "a"))._tag)
      yield* untilCreated
      while ((yield* BatchWorkflow.status(Runs, "a"))._tag !== "Waiting") yield* Effect.sleep("1 minute")
      assert.strictEqual(yield* BatchWorkflow.start(Runs, payload), first)
      const result = yield* BatchWorkflow.run(Runs, payload)
      assert.deepInclude(result, { runId: "a", items: 5, batches: 1, location: "memory of a", paidTwice: [] })
      assert.deepStrictEqual(yield* BatchWorkflow.status(Runs, "a"), { _tag: "Completed", result })
      assert.isFalse(yield* BatchWorkflow.cancel(Runs, "a"))
      assert.isFalse(yield* BatchWorkflow.resume(Runs, "a"))
      assert.strictEqual(yield* creates, 1)
    }).pipe(on(sink), onServer({ plan: { endsAfter: "12 hours" } }))
  })

  for (const [what, deaths] of [
    ["for a while, is still awaited", 5],
    ["for more than an hour, is no longer awaited", 1_000]
  ] as const) {
    it.live(`whose engine cannot reach its store ${what}`, () => {
      let left: number = deaths
      const flaky = Layer.effect(
        WorkflowEngine.WorkflowEngine,
        Effect.map(WorkflowEngine.WorkflowEngine, (engine) =>
          WorkflowEngine.WorkflowEngine.of({
            ...engine,
            poll: (workflow, id) =>
              Effect.suspend(() => (left-- > 0 ? Effect.die("no store") : engine.poll(workflow, id)))
          })
        )
      ).pipe(Layer.provide(Layer.fresh(engine)))
      return Effect.gen(function* () {
        const exit = yield* Effect.exit(BatchWorkflow.run(Runs, { runId: "a", source: "5" }))
        assert.strictEqual(exit._tag, deaths === 5 ? "Success" : "Failure")
        if (deaths === 5) return
        left = 0
        assert.deepInclude(yield* BatchWorkflow.run(Runs, { runId: "a", source: "5" }), { items: 5 })
      }).pipe(Effect.provide(live(memorySink()).pipe(Layer.provideMerge(flaky))), onServer())
    })
  }

  it.live("refuses another payload for a known id", () =>
    Effect.gen(function* () {
      const payload = { runId: "a", source: "5", options: { chunk: { items: 10 } } }
      yield* BatchWorkflow.run(Runs, payload)
      for (const other of [
        { ...payload, source: "6" },
        { ...payload, options: { chunk: { items: 11 } } },
        { ...payload, options: { ...payload.options, budget: { limit: "1.5" } } },
        { runId: "a", source: "5" }
      ]) {
        const error = yield* Effect.flip(BatchWorkflow.run(Runs, other))
        assert.deepInclude(error, { _tag: "PayloadMismatchError", runId: "a" })
        assert.include(error.message, '"a"')
      }
      assert.strictEqual(yield* creates, 1)
    }).pipe(on(memorySink()), onServer())
  )

  it.live("refuses invalid options, and starts nothing", () =>
    Effect.gen(function* () {
      for (const payload of [
        { runId: "", source: "5" },
        { runId: "a", source: "5", options: { chunk: { items: 0 } } },
        { runId: "a", source: "5", options: { retry: { times: -1 } } },
        { runId: "a", source: "5", options: { window: { batches: 0.5 } } },
        { runId: "a", source: "5", options: { window: { queuedBatchRequests: 0 } } },
        { runId: "a", source: "5", options: { budget: { limit: "-1" } } }
      ]) {
        assert.strictEqual((yield* Effect.flip(BatchWorkflow.start(Runs, payload)))._tag, "RunOptionsError")
      }
      assert.deepStrictEqual(yield* BatchWorkflow.status(Runs, "a"), { _tag: "Unknown" })
    }).pipe(on(memorySink()), onServer())
  )

  it.live("creates one batch at a time", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, times: 6, ...Fault.delay("1 minute") })
      yield* BatchWorkflow.run(Runs, { runId: "a", source: "12", options: { chunk: { items: 2 } } })
      const requests = yield* (yield* Emulator).requests
      const times = requests.filter(({ method }) => method === "POST").map(({ receivedAt }) => receivedAt)
      assert.lengthOf(times, 6)
      for (const [index, at] of times.slice(1).entries()) assert.isAtLeast(at - (times[index] ?? 0), 60_000)
    }).pipe(on(memorySink()), onServer({ plan: { endsAfter: "10 minutes" } }))
  )
})

describe("a layer of durable runs", () => {
  it.live("creates batches although `creates` is no number of at least 1", () =>
    Effect.gen(function* () {
      for (const creates of [0, -1, Number.NaN]) {
        const run = BatchWorkflow.run(Runs, { runId: `${creates}`, source: "2" })
        const { items } = yield* run.pipe(on(memorySink(), { creates }))
        assert.strictEqual(items, 2)
      }
    }).pipe(onServer())
  )
})

describe("a durable run that fails", () => {
  it.live("names the step, and continues there after a refused credential is corrected", () => {
    const sink = memorySink()
    const seen: Array<string> = []
    const onFailure: BatchWorkflow.Options<Item, undefined, never, never>["onFailure"] = (error, { step }) =>
      Effect.sync(() => seen.push(`${step} ${error instanceof Error ? error.name : ""}`))
    return Effect.gen(function* () {
      yield* script({ when: atCreate, times: 2, ...Fault.status(401) })
      const payload = { runId: "a", source: "4", options: { chunk: { items: 2 } } }
      const error = yield* Effect.flip(BatchWorkflow.run(Runs, payload))
      assert(error._tag === "StepFailedError")
      assert.deepInclude(error, {
        step: "create",
        chunk: 0,
        error: "AuthenticationError",
        isRetryable: false,
        resumed: 0
      })
      assert.include(error.message, "step create of chunk 0 failed with AuthenticationError (request req_")
      assert.isString(error.requestId)
      assert.deepStrictEqual(yield* BatchWorkflow.status(Runs, "a"), { _tag: "Failed", error })
      // It fails for the same cause, and says that it was resumed.
      assert.isTrue(yield* BatchWorkflow.resume(Runs, "a"))
      assert.deepInclude(yield* Effect.flip(BatchWorkflow.run(Runs, payload)), { step: "create", resumed: 1 })
      assert.isTrue(yield* BatchWorkflow.resume(Runs, "a"))
      const result = yield* BatchWorkflow.run(Runs, payload)
      assert.deepInclude(result, { items: 4, batches: 2 })
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 4 })
      assert.strictEqual((yield* sent).flat().length, 4)
      assert.deepStrictEqual(seen, ["create AuthenticationError", "create AuthenticationError"])
    }).pipe(on(sink, { onFailure }), onServer())
  })

  it.live("does not lose running batches, and repeats every failed step at one resume", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      const payload = { runId: "a", source: "6", options: { chunk: { items: 2 } } }
      yield* BatchWorkflow.start(Runs, payload)
      while ((yield* creates) < 3) yield* Effect.sleep("1 second")
      yield* script({ when: { method: "GET" }, times: 3, ...Fault.status(401) })
      const error = yield* Effect.flip(BatchWorkflow.run(Runs, payload))
      assert(error._tag === "StepFailedError")
      assert.deepInclude(error, { step: "poll", error: "AuthenticationError" })
      yield* Effect.sleep("1 hour")
      assert.isTrue(yield* BatchWorkflow.resume(Runs, "a"))
      assert.deepInclude(yield* BatchWorkflow.run(Runs, payload), { items: 6, batches: 3 })
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 6 })
      assert.strictEqual(yield* creates, 3)
    }).pipe(on(sink), onServer({ plan: { endsAfter: "1 hour" } }))
  })

  for (const where of ["write", "commit"] as const) {
    it.live(`has each outcome once after a sink failed in ${where}`, () => {
      class DiskFull extends Data.TaggedError("DiskFull") {}
      const inner = memorySink()
      let failures = 2
      const fail = Effect.suspend(() => (failures-- > 0 ? Effect.fail(new DiskFull()) : Effect.void))
      const sink: BatchWorkflow.OutcomeSink<Item, undefined, DiskFull> = {
        ...inner,
        open: (part) =>
          Effect.map(inner.open(part), (writer) =>
            part.name.startsWith("chunk")
              ? {
                  write: (outcomes) => Effect.andThen(writer.write(outcomes), where === "write" ? fail : Effect.void),
                  commit: Effect.andThen(where === "commit" ? fail : Effect.void, writer.commit)
                }
              : writer
          )
      }
      const layer = BatchWorkflow.layer(Runs, { source: countedSource, sink, request: requestOf })
      return Effect.gen(function* () {
        const payload = { runId: "a", source: "6", options: { chunk: { items: 3 } } }
        const error = yield* Effect.flip(BatchWorkflow.run(Runs, payload))
        assert.deepInclude(error, { _tag: "StepFailedError", step: "settle", error: "DiskFull" })
        assert.deepStrictEqual(inner.outcomes("a"), [])
        yield* BatchWorkflow.resume(Runs, "a")
        assert.deepInclude(yield* BatchWorkflow.run(Runs, payload), { items: 6 })
        assert.deepStrictEqual(ids(inner.outcomes("a")), ids(itemsOf(6).map((item) => ({ ...item }) as never)))
        assert.lengthOf(yield* (yield* Emulator).bill, 6)
      }).pipe(Effect.provide(layer.pipe(Layer.provideMerge(Layer.fresh(engine)))), onServer())
    })
  }

  for (const [change, reason] of [
    [(items: ReadonlyArray<Item>) => items.slice(0, 3), "fewer"],
    [(items: ReadonlyArray<Item>) => items.map(({ id }, at) => ({ id: at === 2 ? "new" : id })), "different"]
  ] as const) {
    it.live(`gives no outcome to an item that was not sent when its source has ${reason} items than before`, () => {
      let items = itemsOf(4)
      const sink = memorySink()
      const source: BatchWorkflow.RequestSource<Item> = { items: (_, from) => Stream.fromIterable(items.slice(from)) }
      return Effect.gen(function* () {
        const payload = { runId: "a", source: "table" }
        yield* BatchWorkflow.start(Runs, payload)
        yield* untilCreated
        items = [...change(items)]
        const error = yield* Effect.flip(BatchWorkflow.run(Runs, payload))
        assert.deepInclude(error, { _tag: "StepFailedError", step: "settle", error: "ItemsChangedError" })
        assert.deepStrictEqual(sink.outcomes("a"), [])
        items = itemsOf(4)
        yield* BatchWorkflow.resume(Runs, "a")
        yield* BatchWorkflow.run(Runs, payload)
        assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 4 })
        assert.strictEqual(yield* creates, 1)
      }).pipe(on(sink, { source }), onServer())
    })
  }

  it.live("fails when retrieving a batch fails for an hour, and creates nothing again", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      const payload = { runId: "a", source: "2" }
      yield* BatchWorkflow.start(Runs, payload)
      yield* untilCreated
      yield* script({ when: { method: "GET" }, times: 10_000, ...Fault.status(503) })
      const error = yield* Effect.flip(BatchWorkflow.run(Runs, payload))
      assert.deepInclude(error, { step: "poll", error: "InternalServerError", isRetryable: true })
      yield* (yield* Emulator).clearFaults
      yield* BatchWorkflow.resume(Runs, "a")
      yield* BatchWorkflow.run(Runs, payload)
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 2 })
      assert.strictEqual(yield* creates, 1)
    }).pipe(on(sink), onServer({ plan: { endsAfter: "1 hour" } }))
  })

  it.live("fails with StepFailedError when code of a layer throws, and continues with a fixed release", () => {
    let isBroken = true
    const sink = memorySink()
    const source: BatchWorkflow.RequestSource<Item> = {
      items: (reference, from) =>
        isBroken && from === 0 ? Stream.die(new TypeError("not a function")) : countedSource.items(reference, from)
    }
    return Effect.gen(function* () {
      const payload = { runId: "a", source: "2" }
      const error = yield* Effect.flip(BatchWorkflow.run(Runs, payload))
      assert.deepInclude(error, { _tag: "StepFailedError", step: "unknown", error: "TypeError" })
      isBroken = false
      assert.isTrue(yield* BatchWorkflow.resume(Runs, "a"))
      yield* BatchWorkflow.run(Runs, payload)
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 2 })
    }).pipe(on(sink, { source }), onServer())
  })
})

describe("the limits of an organization", () => {
  it.live("limit the running batches of a durable run, and may change between starts", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      const payload = (queued: number) =>
        ({ runId: "a", source: "20", options: { chunk: { items: 2 }, window: queueOf(queued) } }) as const
      yield* BatchWorkflow.start(Runs, payload(6))
      while ((yield* creates) < 3) yield* Effect.sleep("1 second")
      yield* Effect.sleep("5 minutes")
      assert.strictEqual(yield* creates, 3)
      const result = yield* BatchWorkflow.run(Runs, payload(1_000))
      assert.deepInclude(result, { items: 20, batches: 10 })
    }).pipe(on(sink), onServer({ plan: { endsAfter: "10 minutes" } }))
  })
})

describe("a durable run that is canceled", () => {
  it.live("cancels each running batch once, sends nothing more, and has every outcome", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      const payload = { runId: "a", source: "10", options: { chunk: { items: 2 }, window: { batches: 2 } } }
      yield* BatchWorkflow.start(Runs, payload)
      while ((yield* creates) < 2) yield* Effect.sleep("1 second")
      yield* Effect.sleep("10 minutes")
      assert.isTrue(yield* BatchWorkflow.cancel(Runs, "a"))
      assert.isTrue(yield* BatchWorkflow.cancel(Runs, "a"))
      const result = yield* BatchWorkflow.run(Runs, payload)
      assert.deepInclude(result, { items: 10, batches: 2 })
      const outcomes = sink.outcomes("a")
      assert.deepStrictEqual(ids(outcomes), ids(itemsOf(10).map((item) => ({ ...item }) as never)))
      assert.deepStrictEqual(tags(outcomes), { Canceled: 4, Unsent: 6 })
      for (const outcome of outcomes) if (outcome._tag === "Unsent") assert.strictEqual(outcome.reason, "canceled")
      const requests = yield* (yield* Emulator).requests
      assert.lengthOf(
        requests.filter(({ path }) => path.endsWith("/cancel")),
        2
      )
      assert.strictEqual(yield* creates, 2)
    }).pipe(on(sink), onServer({ plan: { endsAfter: "12 hours" } }))
  })

  it.live("cancels a batch that is found only afterwards, and creates none again", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      yield* script(
        { when: atCreate, ...Fault.processedThenReset() },
        { when: atCreate, ...Fault.resetBeforeHeaders() }
      )
      const payload = { runId: "a", source: "4", options: { chunk: { items: 2 } } }
      yield* BatchWorkflow.start(Runs, payload)
      while ((yield* creates) < 2) yield* Effect.sleep("1 second")
      assert.isTrue(yield* BatchWorkflow.cancel(Runs, "a"))
      yield* BatchWorkflow.run(Runs, payload)
      const outcomes = sink.outcomes("a")
      assert.strictEqual(outcomes.length, 4)
      assert.strictEqual(tags(outcomes).Unsent, 2)
      assert.strictEqual(yield* creates, 2)
    }).pipe(on(sink), onServer({ plan: { endsAfter: "10 minutes" } }))
  })
})

describe("an unknown create of a durable run", () => {
  it.live("calls onUnknownCreate, which may adopt a batch", () => {
    const sink = memorySink()
    let asked: unknown
    const options = {
      onUnknownCreate: (unknown: { readonly candidates: ReadonlyArray<{ readonly id: string }> }) => {
        asked = unknown
        const [first] = unknown.candidates
        return Effect.succeed(first === undefined ? ("wait" as const) : { adopt: first.id })
      }
    }
    return Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      yield* BatchWorkflow.run(Runs, { runId: "a", source: "3" })
      assert.deepInclude(asked, { runId: "a", chunk: 0, count: 3 })
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 3 })
      assert.strictEqual(yield* creates, 1)
    }).pipe(on(sink, options), onServer({ plan: { endsAfter: "1 hour" } }))
  })

  it.live("is not matched to a batch of unknown owner as long as its own may be listed late", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      yield* BatchWorkflow.run(Runs, { runId: "a", source: "3" })
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 3 })
      assert.strictEqual(yield* creates, 1)
    }).pipe(
      on(sink),
      onServer({
        plan: { listedAfter: "90 seconds" },
        strangers: () => [{ requests: 3, endsAfter: 0, archivedAfter: 0 }]
      })
    )
  })

  it.live("adopts a batch of unknown owner that another chunk adopted before, and is not created again", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      yield* script(
        { when: atCreate, ...Fault.resetBeforeHeaders() },
        { when: atCreate, ...Fault.processedThenReset() }
      )
      const stranger = { requests: 1, createdAfter: "110 seconds", endsAfter: 0, archivedAfter: 0 } as const
      yield* (yield* Emulator).seedBatches([stranger])
      const sizes = { chunk: { items: 1 }, window: { batches: 1 } }
      yield* BatchWorkflow.run(Runs, { runId: "a", source: "2", options: sizes })
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Missing: 2 })
      assert.strictEqual(yield* creates, 2)
    }).pipe(on(sink), onServer({ plan: { listedAfter: "never" } }))
  })

  it.live("finds its batch, though a chunk with the same number of items has looked at that batch before", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      const times = 7
      yield* script(
        { when: atCreate, ...Fault.processedThenReset() },
        { when: atCreate, skip: 1, times, ...Fault.status(529) },
        { when: atCreate, skip: 1 + times, ...Fault.resetBeforeHeaders() }
      )
      // The batch ends after 1 230 seconds. The second chunk searches after 1 253, the first one only after 1 900.
      const result = yield* BatchWorkflow.run(Runs, { runId: "a", source: "4", options: { chunk: { items: 2 } } })
      assert.deepInclude(result, { items: 4, batches: 2, paidTwice: [] })
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 4 })
      const two = itemsOf(4).map(({ id }) => id)
      assert.deepStrictEqual(yield* sent, [two.slice(0, 2), two.slice(2)])
      // Three times for the second chunk, and then once to find it and once for its outcomes.
      const requests = yield* (yield* Emulator).requests
      const first = (yield* (yield* Emulator).batches).at(-1)
      assert.lengthOf(
        requests.filter(({ path }) => path === `/v1/messages/batches/${first?.id}/results`),
        5
      )
    }).pipe(on(sink), onServer({ plan: { endsAfter: "1230 seconds" } }))
  })

  it.live("is reported as paid twice when its batch appears after a second was created", () => {
    const sink = memorySink()
    return Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const result = yield* BatchWorkflow.run(Runs, { runId: "a", source: "3" })
      assert.lengthOf(result.paidTwice, 1)
      assert.deepStrictEqual(tags(sink.outcomes("a")), { Succeeded: 3 })
      assert.strictEqual(yield* creates, 2)
    }).pipe(on(sink), onServer({ plan: (_, index) => (index === 0 ? { listedAfter: "3 minutes" } : {}) }))
  })
})

describe("files of a durable run", () => {
  const Question = Schema.Struct({ id: Schema.String, asked: Schema.DateTimeUtcFromString })

  const withFiles = <A, E, R>(
    text: string,
    use: (directory: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, R>
  ) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${directory}/in.jsonl`, text)
      return yield* use(directory, fs)
    }).pipe(Effect.scoped)

  const line = (id: string) => JSON.stringify({ id, asked: "2026-11-25T12:00:00.000Z" })

  const layerOf = (directory: string) =>
    BatchWorkflow.layer(Runs, {
      source: BatchWorkflow.jsonlSource(Question),
      sink: BatchWorkflow.jsonlSink(`${directory}/out`),
      request: ({ asked, id }) => requestOf({ id: `${id} ${DateTime.formatIso(asked)}` })
    }).pipe(Layer.provideMerge(Layer.fresh(engine)))

  it.live("are read by lines, and are written completely with each outcome once", () =>
    withFiles(`${line("a")}\n\n${line("b")}\r\n${line("c")}`, (directory, fs) =>
      Effect.gen(function* () {
        const payload = { runId: "any id/..", source: `${directory}/in.jsonl`, options: { chunk: { items: 2 } } }
        const { location } = yield* BatchWorkflow.run(Runs, payload)
        const files = yield* fs.readDirectory(location)
        assert.deepStrictEqual(files.toSorted(), ["chunk-0.jsonl", "chunk-1.jsonl", "refused.jsonl"])
        const texts = yield* Effect.forEach(files.toSorted(), (file) => fs.readFileString(`${location}/${file}`))
        const rows = texts
          .join("")
          .trimEnd()
          .split("\n")
          .map((row) => JSON.parse(row))
        assert.deepStrictEqual(
          rows.map(({ id, outcome, position }) => [position, id, outcome]).toSorted(),
          ["a", "b", "c"].map((id, position) => [position, `${id} 2026-11-25T12:00:00.000Z`, "Succeeded"])
        )
      }).pipe(Effect.provide(layerOf(directory)))
    ).pipe(Effect.provide(NodeFileSystem.layer), onServer())
  )

  for (const [what, text] of [
    ["not JSON", `${line("a")}\n{"id":`],
    ["of another shape", `${line("a")}\n{"id":1}`],
    ["not UTF-8", `${line("a")}\n"\u00ff"`]
  ] as const) {
    it.live(`fail the run before anything is sent when a line is ${what}`, () =>
      withFiles(text, (directory, fs) =>
        Effect.gen(function* () {
          const path = `${directory}/in.jsonl`
          if (what === "not UTF-8") yield* fs.writeFile(path, new Uint8Array([...new TextEncoder().encode("\n"), 0xff]))
          const seen: Array<unknown> = []
          const error = yield* Effect.flip(BatchWorkflow.run(Runs, { runId: "a", source: path }))
          assert.deepInclude(error, { _tag: "StepFailedError", step: "plan", error: "SourceLineError" })
          const items = BatchWorkflow.jsonlSource(Question).items(path, 0)
          seen.push(yield* Effect.flip(Stream.runDrain(items)))
          assert.deepInclude(seen[0], { _tag: "SourceLineError", path, line: 2, isRetryable: false })
          assert.include(String(seen[0]), "line 2")
          assert.strictEqual(yield* creates, 0)
        }).pipe(Effect.provide(layerOf(directory)))
      ).pipe(Effect.provide(NodeFileSystem.layer), onServer())
    )
  }

  it.live("are not left for a part that failed", () =>
    withFiles("", (directory, fs) =>
      Effect.gen(function* () {
        const sink = BatchWorkflow.jsonlSink<Item>(directory, { line: ({ id }) => ({ name: id }) })
        const outcome = {
          _tag: "Expired",
          item: { id: "a" },
          id: "a",
          position: 0,
          batchId: undefined,
          attempts: 1
        } as const
        const part = { runId: "a", name: "chunk-0" }
        yield* Effect.scoped(Effect.flatMap(sink.open(part), ({ write }) => write([outcome])))
        assert.deepStrictEqual(yield* fs.readDirectory(sink.location("a")), [])
        const many = Array.from({ length: 30_000 }, () => outcome)
        yield* Effect.scoped(
          Effect.flatMap(sink.open(part), ({ commit, write }) =>
            Effect.andThen(Effect.andThen(write(many), write([outcome])), commit)
          )
        )
        const text = yield* fs.readFileString(`${sink.location("a")}/chunk-0.jsonl`)
        assert.strictEqual(text.trimEnd().split("\n").length, 30_001)
        assert.include(text, '"name":"a"')
      })
    ).pipe(Effect.provide(NodeFileSystem.layer))
  )
})
