import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { makeAutoClock } from "./support/autoClock.ts"
import {
  atCreate,
  collect,
  creates,
  Emulator,
  Fault,
  idOf,
  itemsOf,
  onServer,
  recorder,
  requestOf,
  script,
  start,
  tags
} from "./support/world.ts"

const run = BatchRun.run

const options = { id: "run", request: requestOf, chunk: { items: 3 } } as const

const cancels = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.filter(({ path }) => path.endsWith("/cancel")).map(({ path }) => path.split("/").at(-2))
})

const kept = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.provide(self, Layer.fresh(Journal.layerMemory))

/** Runs in the background until an event has come, and goes on. */
const started = (
  tag: BatchRun.RunEvent["_tag"],
  more: Partial<BatchRun.UntypedOptions<{ readonly id: string }>> = {},
  nth = 1
) =>
  Effect.gen(function* () {
    const { of, onEvent } = recorder()
    const fiber = yield* Effect.forkChild(collect(run(itemsOf(9), { ...options, ...more, onEvent })))
    while (of(tag).length < nth) yield* Effect.sleep(100)
    return fiber
  })

describe("a run that is interrupted", () => {
  it.live("cancels every batch once when its journal is in memory", () =>
    Effect.gen(function* () {
      const fiber = yield* started("Submitted", {}, 3)
      yield* Fiber.interrupt(fiber)
      const batches = yield* (yield* Emulator).batches
      assert.lengthOf(batches, 3)
      assert.deepStrictEqual((yield* cancels).toSorted(), batches.map(({ id }) => id).toSorted())
    }).pipe(onServer({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("cancels no batch with `onInterrupt: detach`", () =>
    Effect.gen(function* () {
      const fiber = yield* started("Submitted", { onInterrupt: "detach" }, 3)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* cancels, [])
      assert.deepStrictEqual(tags(yield* collect(run(itemsOf(9), options))), { Succeeded: 9 })
      assert.strictEqual(yield* creates, 3)
    }).pipe(kept, onServer({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("waits for the answer of a create, and also cancels its batch", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.delay("10 seconds") })
      const fiber = yield* started("Intended")
      yield* Fiber.interrupt(fiber)
      const [batch] = yield* (yield* Emulator).batches
      assert.deepStrictEqual(yield* cancels, [batch?.id])
    }).pipe(onServer({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("ends within 31 seconds when the cancellations get no answer", () =>
    Effect.gen(function* () {
      yield* script({ when: { path: /cancel$/ }, times: 3, ...Fault.stallBeforeHeaders() })
      const fiber = yield* started("Submitted", {}, 3)
      const auto = yield* Effect.clockWith((clock) => Effect.succeed(clock))
      const before = auto.currentTimeMillisUnsafe()
      yield* Fiber.interrupt(fiber)
      assert.isAtMost(auto.currentTimeMillisUnsafe() - before, 31_000)
      yield* (yield* Emulator).clearFaults
    }).pipe(onServer({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("cancels its batches when its reader stops", () =>
    Effect.gen(function* () {
      yield* run(itemsOf(9), options).pipe(Stream.take(1), Stream.runDrain)
      assert.isNotEmpty(yield* cancels)
    }).pipe(onServer({ plan: (_, index) => ({ endsAfter: index === 0 ? "1 minute" : "1 hour" }) }))
  )
})

describe("BatchRun.cancel", () => {
  it.live("cancels the batches of a run that is still running, which then sends nothing more", () =>
    Effect.gen(function* () {
      const fiber = yield* started("Submitted", { window: { batches: 2 } }, 2)
      assert.deepStrictEqual((yield* BatchRun.cancel("run")).canceled.length, 2)
      const all = yield* Fiber.join(fiber)
      assert.deepStrictEqual(tags(all), { Canceled: 6, Unsent: 3 })
      for (const outcome of all) if (outcome._tag === "Unsent") assert.strictEqual(outcome.reason, "canceled")
      assert.strictEqual(yield* creates, 2)
      // Whoever starts it again wants the rest.
      assert.deepStrictEqual(tags(yield* collect(run(itemsOf(9), options))), { Canceled: 6, Succeeded: 3 })
    }).pipe(kept, onServer({ plan: (_, index) => ({ endsAfter: index < 2 ? "1 hour" : "1 minute" }) }))
  )

  it.live("cancels the batches of a run that was interrupted, and counts its unknown creates", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* BatchRun.cancel("run"), { canceled: [], failed: [], unknown: 0 })
      yield* script({ when: atCreate, skip: 1, ...Fault.processedThenStall() })
      const fiber = yield* started("Intended", { onInterrupt: "detach" }, 2)
      yield* Fiber.interrupt(fiber)
      const result = yield* BatchRun.cancel("run")
      assert.lengthOf(result.canceled, 1)
      assert.strictEqual(result.unknown, 1)
    }).pipe(kept, onServer({ plan: { endsAfter: "1 hour" } }))
  )
})

describe("BatchRun.status", () => {
  it.live("returns the state of a run, while it is running and afterwards", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* BatchRun.status("run"))._tag, "None")
      const fiber = yield* started("Submitted", {}, 2)
      const during = yield* BatchRun.status("run")
      assert(during._tag === "Some")
      assert.isAtLeast(during.value.liveBatches.length, 1)
      yield* Fiber.join(fiber)
      const after = yield* BatchRun.status("run")
      assert(after._tag === "Some")
      assert.deepInclude(after.value, { requests: 9, settledItems: 9, liveBatches: [] })
      assert.deepStrictEqual(after.value.chunks, { unknown: 0, submitted: 0, ended: 0, settled: 3 })
    }).pipe(kept, onServer({ plan: { endsAfter: "1 hour" } }))
  )
})

describe("a run under difficult conditions", () => {
  const auto = () => makeAutoClock(start)

  it.live("continues after its machine was asleep for 30 hours", () => {
    const clock = auto()
    return Effect.gen(function* () {
      const fiber = yield* started("Submitted", {}, 2)
      clock.jump(30 * 3_600_000)
      const all = yield* Fiber.join(fiber)
      assert.deepStrictEqual(tags(all), { Succeeded: 9 })
    }).pipe(onServer({ plan: { endsAfter: "2 hours" } }, {}, clock))
  })

  it.live("does not count the sleep of its machine as an outage", () => {
    const clock = auto()
    const asleep = (at: { readonly path: RegExp | ((path: string) => boolean); readonly method: string }) =>
      script({ when: at, times: 3, ...Fault.status(503) })
    return Effect.gen(function* () {
      for (const at of [
        { method: "GET", path: /msgbatch_\w+$/ },
        { method: "GET", path: /\/results$/ },
        { method: "POST", path: (path: string) => path === "/v1/messages/batches" }
      ]) {
        const { of, onEvent } = recorder()
        if (at.method === "POST") yield* script({ when: at, times: 2, ...Fault.status(529) })
        else yield* asleep(at)
        const fiber = yield* Effect.forkChild(collect(run(itemsOf(3), { ...options, id: at.path.toString(), onEvent })))
        while (of("Waiting").length === 0) yield* Effect.sleep(100)
        clock.jump(12 * 3_600_000)
        if (at.method === "GET") yield* asleep(at)
        assert.deepStrictEqual(tags(yield* Fiber.join(fiber)), { Succeeded: 3 })
        yield* (yield* Emulator).clearFaults
      }
    }).pipe(kept, onServer({ plan: { endsAfter: "1 minute" } }, {}, clock))
  })

  it.live("reports archived and deleted results as missing, and does not pay for them again", () =>
    Effect.gen(function* () {
      const all = yield* collect(run(itemsOf(9), { ...options, inOrder: true }))
      assert.deepStrictEqual(
        all.map((outcome) => ("reason" in outcome ? outcome.reason : outcome._tag)),
        [..."aaa"]
          .map(() => "archived")
          .concat(
            [..."aaa"].map(() => "deleted"),
            [..."aaa"].map(() => "Succeeded")
          )
      )
      assert.strictEqual(yield* creates, 3)
    }).pipe(
      onServer({
        plan: (_, index) => ({
          archivedAfter: index === 0 ? "90 seconds" : "29 days",
          deletedAfter: index === 1 ? "30 seconds" : "40 days"
        })
      })
    )
  )

  it.live("ends items as missing when their results were archived while it was stopped", () =>
    Effect.gen(function* () {
      const fiber = yield* started("Submitted", { onInterrupt: "detach" }, 3)
      yield* Fiber.interrupt(fiber)
      yield* Effect.sleep("30 days")
      assert.deepStrictEqual(tags(yield* collect(run(itemsOf(9), options))), { Missing: 9 })
      assert.strictEqual(yield* creates, 3)
    }).pipe(kept, onServer())
  )

  it.live("waits for batches that are not found at first, or later for a while", () =>
    Effect.gen(function* () {
      const all = yield* collect(run(itemsOf(9), options))
      assert.deepStrictEqual(tags(all), { Succeeded: 9 })
      assert.strictEqual(yield* creates, 3)
    }).pipe(
      onServer({
        plan: (_, index) => ({
          endsAfter: "2 hours",
          notFound:
            index === 0 ? [{ until: "10 minutes" }] : index === 1 ? [{ from: "30 minutes", until: "80 minutes" }] : []
        })
      })
    )
  )

  for (const [what, path] of [
    ["batch", /msgbatch_\w+$/],
    ["results", /\/results$/]
  ] as const) {
    it.live(`waits for ${what} that cannot be found for a while after an outage of nearly an hour`, () => {
      const clock = auto()
      const minutes = () => (clock.now() - start) / 60_000
      return Effect.gen(function* () {
        const all = yield* collect(run(itemsOf(3), options))
        assert.deepStrictEqual(tags(all), { Succeeded: 3 })
        assert.isAbove(minutes(), 70)
      }).pipe(
        onServer(
          {
            chaos: (request) => {
              if (request.method !== "GET" || !path.test(request.path) || minutes() > 70) return undefined
              return minutes() < 58 ? Fault.status(503) : Fault.status(404)
            }
          },
          {},
          clock
        )
      )
    })
  }

  it.live("ignores foreign lines and repeated lines", () =>
    Effect.gen(function* () {
      const { of, onEvent } = recorder()
      const all = yield* collect(run(itemsOf(3), { ...options, retry: { times: 0 }, onEvent }))
      assert.deepStrictEqual(tags(all), { Missing: 1, Succeeded: 2 })
      assert.include(
        of("OddLine").map(({ kind }) => kind),
        "foreign"
      )
      assert.include(
        of("OddLine").map(({ kind }) => kind),
        "repeated"
      )
    }).pipe(
      onServer({
        resultsOrder: "asSent",
        plan: {
          lines: ([first, second, third]) =>
            first === undefined || second === undefined || third === undefined
              ? []
              : [first, first, { ...second, custom_id: "of-another" }, third]
        }
      })
    )
  )

  /** Every batch ends after 20 minutes, and from the tenth minute on nothing can be read for a while. */
  const outage = (minutes: number) => {
    const clock = auto()
    const passed = () => (clock.now() - start) / 60_000
    const failed = new Set<string>()
    const options: AnthropicEmulator.Options = {
      plan: { endsAfter: "20 minutes" },
      chaos: ({ method, path }) => {
        if (method !== "GET" || passed() < 10 || passed() >= 10 + minutes) return undefined
        failed.add(path)
        return Fault.status(503)
      }
    }
    return { passed, failed, onServer: onServer(options, {}, clock) }
  }

  it.live("continues after an outage of nearly an hour in which no batch can be retrieved", () => {
    const { failed, onServer, passed } = outage(59)
    return Effect.gen(function* () {
      const all = yield* collect(run(itemsOf(9), options))
      assert.deepStrictEqual(tags(all), { Succeeded: 9 })
      assert.strictEqual(failed.size, 3)
      assert.isAtLeast(passed(), 69)
      assert.strictEqual(yield* creates, 3)
    }).pipe(onServer)
  })

  it.live("fails after an outage of more than an hour, and continues with its journal without another create", () => {
    const { failed, onServer, passed } = outage(65)
    return Effect.gen(function* () {
      const error = yield* Effect.flip(collect(run(itemsOf(9), { ...options, onInterrupt: "detach" })))
      assert.strictEqual(error._tag, "InternalServerError")
      assert.isAtLeast(passed(), 70)
      assert.isBelow(passed(), 75)
      assert.strictEqual(failed.size, 3)
      yield* Effect.sleep("10 minutes")
      assert.deepStrictEqual(tags(yield* collect(run(itemsOf(9), options))), { Succeeded: 9 })
      assert.strictEqual(yield* creates, 3)
    }).pipe(kept, onServer)
  })

  it.live("emits an outcome for each item when all of them are canceled", () =>
    Effect.gen(function* () {
      const all = yield* collect(run(itemsOf(9), options))
      assert.deepStrictEqual(tags(all), { Canceled: 9 })
    }).pipe(onServer({ outcome: ({ params }) => (idOf(params) === "" ? undefined : { type: "canceled" }) }))
  )
})
