import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Batches from "effect-anthropic/Batches"
import { Emulator, Fault, onEmulator, request, script, seedEnded, seedRunning } from "../support/batches.ts"

const seconds = (...numbers: ReadonlyArray<number>) => numbers.map((number) => number * 1000)

/** When the batch was looked at, in milliseconds. */
const polls = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.filter(({ path }) => /batches\/[^/]+$/.test(path)).map(({ receivedAt }) => receivedAt)
})

/** Watches in the background and lets time pass. */
const during = Effect.fnUntraced(function* <A, E, R>(duration: Duration.Input, self: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(self)
  yield* TestClock.adjust(duration)
  return yield* Fiber.join(fiber)
})

const statuses = (stream: ReturnType<typeof Batches.watch<never>>) =>
  Effect.map(Stream.runCollect(stream), (batches) => batches.map((batch) => batch.processing_status))

describe("Batches.waitUntilEnded", () => {
  it.effect("looks after one second at first, and later every minute", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "10 minutes" })
      const ended = yield* during("11 minutes", Batches.waitUntilEnded(id))
      assert.strictEqual(ended.processing_status, "ended")
      assert.strictEqual(ended.request_counts.succeeded, 3)
      const times = yield* polls
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      assert.strictEqual(times[0], 0)
      assert.deepStrictEqual(
        gaps.slice(0, 10).map(Math.round),
        [1000, 1500, 2250, 3375, 5063, 7594, 11391, 17086, 25629, 38443]
      )
      assert.deepStrictEqual(new Set(gaps.slice(11)), new Set([60_000]))
      assert.isAtLeast(times.at(-1) ?? 0, 600_000)
    }).pipe(onEmulator())
  )

  it.effect("calls onSnapshot with every snapshot, the last one included", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "2 seconds" })
      const seen: Array<string> = []
      yield* during(
        "10 seconds",
        Batches.waitUntilEnded(id, {
          onSnapshot: (batch) => Effect.sync(() => seen.push(batch.processing_status))
        })
      )
      assert.deepStrictEqual(seen, ["in_progress", "in_progress", "ended"])
    }).pipe(onEmulator())
  )

  it.effect(
    "waits for a batch that takes a day of virtual time",
    () =>
      Effect.gen(function* () {
        const batch = yield* Batches.create([request("a"), request("b")])
        const ended = yield* during(
          Duration.sum(Duration.hours(24), Duration.minutes(1)),
          Batches.waitUntilEnded(batch)
        )
        assert.strictEqual(ended.processing_status, "ended")
        assert.deepInclude(ended.request_counts, { expired: 2, succeeded: 0 })
        assert(ended.ended_at !== null)
        assert.deepStrictEqual(ended.ended_at, batch.expires_at)
      }).pipe(onEmulator({ plan: { endsAfter: "never" } })),
    30_000
  )

  it.effect("returns a batch that has ended already without a request", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded()
      const batch = yield* Batches.retrieve(id)
      assert.strictEqual(yield* Batches.waitUntilEnded(batch), batch)
      assert.lengthOf(yield* polls, 1)
    }).pipe(onEmulator())
  )

  it.effect("waits until a batch that is being canceled has ended", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      const canceling = yield* Batches.cancel(id)
      const ended = yield* during("1 minute", Batches.waitUntilEnded(canceling))
      assert.strictEqual(ended.request_counts.canceled, 3)
    }).pipe(onEmulator())
  )

  it.effect("stops looking when it is interrupted, also during a request", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      const fiber = yield* Effect.forkChild(Batches.waitUntilEnded(id))
      yield* TestClock.adjust("10 minutes")
      const before = (yield* polls).length
      assert.isAbove(before, 5)
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(yield* polls, before)

      yield* script(Fault.stallBeforeHeaders())
      const stuck = yield* Effect.forkChild(Batches.waitUntilEnded(id))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(stuck)
      assert.isTrue((yield* (yield* Emulator).requests).at(-1)?.closedEarly)
    }).pipe(onEmulator())
  )
})

describe("Batches.watch", () => {
  it.effect("emits every snapshot, a given batch first", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "25 seconds" })
      const schedule = Schedule.spaced("10 seconds")
      const first = yield* Batches.retrieve(id)
      const seen = yield* during("1 minute", Stream.runCollect(Batches.watch(first, { schedule })))
      assert.strictEqual(seen[0], first)
      assert.deepStrictEqual(
        seen.map((batch) => batch.processing_status),
        ["in_progress", "in_progress", "in_progress", "ended"]
      )
      assert.deepStrictEqual(yield* polls, seconds(0, 10, 20, 30))
    }).pipe(onEmulator())
  )

  it.effect("retrieves the first snapshot when given an id, or a batch that was read back from JSON", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "25 seconds" })
      const schedule = Schedule.spaced("10 seconds")
      const row: Batches.MessageBatch = JSON.parse(JSON.stringify(yield* Batches.retrieve(id)))
      const one = yield* Effect.forkChild(Stream.runCollect(Batches.watch({ id }, { schedule })))
      const other = yield* during("1 minute", Stream.runCollect(Batches.watch(row, { schedule })))
      assert.lengthOf(yield* Fiber.join(one), 4)
      assert.lengthOf(other, 4)
      assert.isTrue(other.every((batch) => DateTime.isUtc(batch.created_at)))
      assert.deepStrictEqual(yield* polls, seconds(0, 0, 0, 10, 10, 20, 20, 30, 30))
    }).pipe(onEmulator())
  )

  it.effect("starts again each time it runs", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "15 seconds" })
      const watch = Batches.watch(id, { schedule: Schedule.spaced("10 seconds") })
      assert.deepStrictEqual(yield* during("1 minute", statuses(watch)), ["in_progress", "in_progress", "ended"])
      assert.deepStrictEqual(yield* statuses(watch), ["ended"])
    }).pipe(onEmulator())
  )

  it.effect("continues after a status that this version does not know", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "15 seconds" })
      const wire = (yield* (yield* Emulator).batches)[0]
      yield* script(Fault.body(JSON.stringify({ ...wire, processing_status: "resting" })))
      const watch = Batches.watch(id, { schedule: Schedule.spaced("10 seconds") })
      assert.deepStrictEqual(yield* during("1 minute", statuses(watch)), ["resting", "in_progress", "ended"])
    }).pipe(onEmulator())
  )

  it.effect("makes no other request when only the first snapshot is taken", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      assert.lengthOf(yield* Stream.runCollect(Stream.take(Batches.watch(id), 1)), 1)
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(yield* polls, 1)
    }).pipe(onEmulator())
  )
})

describe("a schedule of a watch", () => {
  it.effect("may choose the wait by the status of the batch", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "1 hour", cancelTakes: "7 seconds" })
      const schedule = Schedule.spaced("1 minute").pipe(
        Schedule.setInputType<Batches.MessageBatch>(),
        Schedule.modifyDelay(({ duration, input }) =>
          Effect.succeed(input.processing_status === "canceling" ? Duration.seconds(2) : duration)
        )
      )
      const fiber = yield* Effect.forkChild(Batches.waitUntilEnded(id, { schedule }))
      yield* TestClock.adjust("150 seconds")
      yield* Batches.cancel(id)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Fiber.join(fiber)).processing_status, "ended")
      assert.deepStrictEqual(yield* polls, seconds(0, 60, 120, 180))
    }).pipe(onEmulator())
  )

  it.effect("is called with the newest snapshot", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "1 hour", cancelTakes: "5 seconds" })
      const canceling = yield* Batches.cancel(id)
      const asked: Array<string> = []
      const schedule = Schedule.spaced("1 minute").pipe(
        Schedule.setInputType<Batches.MessageBatch>(),
        Schedule.modifyDelay(({ input }) => {
          asked.push(input.processing_status)
          return Effect.succeed(Duration.seconds(2))
        })
      )
      yield* during("1 minute", Batches.waitUntilEnded(canceling, { schedule }))
      assert.deepStrictEqual(yield* polls, seconds(2, 4, 6))
      assert.deepStrictEqual(asked, ["canceling", "canceling", "canceling"])
    }).pipe(onEmulator())
  )

  it.effect("fails the watch with WatchTimeoutError when it ends before the batch", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "1 minute" })
      const schedule = Schedule.max([Schedule.spaced("10 seconds"), Schedule.recurs(2)])
      const error = yield* during("1 minute", Effect.flip(Batches.waitUntilEnded(id, { schedule })))
      assert(error._tag === "WatchTimeoutError")
      assert.deepInclude(error, { batchId: id, reason: "schedule", isRetryable: true })
      assert.strictEqual(error.batch?.processing_status, "in_progress")
      assert.deepStrictEqual(Duration.toSeconds(error.elapsed), 20)
      assert.include(error.message, `Batches.waitUntilEnded("${id}")`)
      assert.deepStrictEqual(yield* polls, seconds(0, 10, 20))
    }).pipe(onEmulator())
  )
})

describe("the timeout of a watch", () => {
  it.effect(
    "is 25 hours by default",
    () =>
      Effect.gen(function* () {
        const { id } = yield* seedRunning()
        const wire = (yield* (yield* Emulator).batches)[0]
        yield* script({ times: 100_000, ...Fault.body(JSON.stringify(wire)) })
        const error = yield* during("26 hours", Effect.flip(Batches.waitUntilEnded(id)))
        assert(error._tag === "WatchTimeoutError")
        assert.deepStrictEqual(Duration.toHours(error.elapsed), 25)
        yield* (yield* Emulator).clearFaults
      }).pipe(onEmulator()),
    30_000
  )

  it.effect("fails the watch with the last snapshot, and the batch can be watched again", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "2 minutes" })
      const schedule = Schedule.spaced("20 seconds")
      const error = yield* during(
        "1 hour",
        Effect.flip(Batches.waitUntilEnded(id, { schedule, timeout: "50 seconds" }))
      )
      assert(error._tag === "WatchTimeoutError")
      assert.deepInclude(error, { batchId: id, reason: "timeout" })
      assert.deepStrictEqual(Duration.toSeconds(error.elapsed), 50)
      assert.include(error.message, "after 50s")
      assert(error.batch !== undefined)
      assert.strictEqual(error.batch.id, id)
      const again = yield* Batches.waitUntilEnded(error.batchId, { timeout: "1 minute" })
      assert.strictEqual(again.processing_status, "ended")
    }).pipe(onEmulator())
  )

  it.effect("ends a request that hangs before the batch was seen", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      yield* script(Fault.stallBeforeHeaders())
      const error = yield* during("5 seconds", Effect.flip(Batches.waitUntilEnded(id, { timeout: "5 seconds" })))
      assert(error._tag === "WatchTimeoutError")
      assert.isUndefined(error.batch)
      assert.include(error.message, "not seen yet")
      assert.isTrue((yield* (yield* Emulator).requests)[0]?.closedEarly)
    }).pipe(onEmulator())
  )

  it.effect("may be infinite", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "23 hours" })
      const ended = yield* during(
        "24 hours",
        Batches.waitUntilEnded(id, { schedule: Schedule.spaced("1 hour"), timeout: Duration.infinity })
      )
      assert.strictEqual(ended.processing_status, "ended")
    }).pipe(onEmulator())
  )
})

describe("failures of a watch that may pass", () => {
  const noRetries = { retry: { maxRetries: 0 } }
  const schedule = Schedule.spaced("1 minute")

  for (const [name, fault] of [
    ["500", Fault.status(500)],
    ["502 of a proxy", Fault.html(502)],
    ["503 without a body", Fault.empty(503)],
    ["529", Fault.status(529)],
    ["409", Fault.status(409)],
    ["a reset", Fault.resetBeforeHeaders()],
    ["a reset within the answer", Fault.resetAfter(20)]
  ] as const) {
    it.effect(`are retried with waits of 1, 2, 4 and more seconds, up to a minute: ${name}`, () =>
      Effect.gen(function* () {
        const { id } = yield* seedRunning({ endsAfter: "5 minutes" })
        yield* script({ skip: 1, times: 8, ...fault })
        const watch = Batches.watch(id, { schedule })
        assert.deepStrictEqual(yield* during("10 minutes", statuses(watch)), ["in_progress", "in_progress", "ended"])
        const start = 60
        assert.deepStrictEqual(
          yield* polls,
          seconds(0, start, ...[1, 3, 7, 15, 31, 63, 123, 183].map((wait) => start + wait), 303)
        )
      }).pipe(onEmulator({}, noRetries))
    )
  }

  it.effect("are retried before the first snapshot, with waits that start again after each success", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "2 minutes" })
      yield* script({ times: 2, ...Fault.status(500) }, { skip: 3, ...Fault.status(500) })
      yield* during("10 minutes", Batches.waitUntilEnded(id, { schedule }))
      assert.deepStrictEqual(yield* polls, seconds(0, 1, 3, 63, 64, 124))
    }).pipe(onEmulator({}, noRetries))
  )

  it.effect("are followed by the wait that the server asks for: 429", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "30 seconds" })
      yield* script(Fault.status(429, { headers: { "retry-after": "600" } }))
      yield* during("1 hour", Batches.waitUntilEnded(id, { schedule }))
      assert.deepStrictEqual(yield* polls, seconds(0, 600))
    }).pipe(onEmulator())
  )

  it.effect("are not extended beyond maxOutage by the wait that the server asks for", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "30 seconds" })
      yield* script(Fault.status(429, { headers: { "retry-after": "86400" } }))
      yield* during("2 hours", Batches.waitUntilEnded(id, { schedule, maxOutage: "20 minutes" }))
      assert.deepStrictEqual(yield* polls, seconds(0, 1_200))
    }).pipe(onEmulator())
  )

  it.effect("include a request without an answer, after the response timeout", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "20 seconds" })
      yield* script(Fault.stallBeforeHeaders())
      yield* during("1 hour", Batches.waitUntilEnded(id, { schedule }))
      assert.deepStrictEqual(yield* polls, seconds(0, 21))
    }).pipe(onEmulator({}, { ...noRetries, responseTimeout: "20 seconds" }))
  )

  it.effect("fail the watch when they last longer than maxOutage", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "5 hours" })
      yield* script({ times: 100, ...Fault.status(503) })
      const error = yield* during(
        "2 hours",
        Effect.flip(Batches.waitUntilEnded(id, { schedule, maxOutage: "10 minutes" }))
      )
      assert.strictEqual(error._tag, "InternalServerError")
      assert.isAtLeast((yield* polls).at(-1) ?? 0, 600_000)
      assert.isBelow((yield* polls).at(-1) ?? 0, 661_000)
      yield* (yield* Emulator).clearFaults
    }).pipe(onEmulator({}, noRetries))
  )

  it.effect("are retried for an hour by default, and not at all when maxOutage is 0", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "5 hours" })
      yield* script({ times: 1000, ...Fault.status(503) })
      yield* during("2 hours", Effect.flip(Batches.waitUntilEnded(id)))
      assert.isAtLeast((yield* polls).at(-1) ?? 0, 3_600_000)
      assert.isBelow((yield* polls).at(-1) ?? 0, 3_661_000)
      const before = (yield* polls).length
      const error = yield* Effect.flip(Batches.waitUntilEnded(id, { maxOutage: 0 }))
      assert.strictEqual(error._tag, "InternalServerError")
      assert.lengthOf(yield* polls, before + 1)
      yield* (yield* Emulator).clearFaults
    }).pipe(onEmulator({}, noRetries))
  )

  it.effect("end with the timeout of the watch", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      yield* script({ times: 100, ...Fault.status(503) })
      const error = yield* during("2 hours", Effect.flip(Batches.waitUntilEnded(id, { timeout: "10 minutes" })))
      assert(error._tag === "WatchTimeoutError")
      assert.isUndefined(error.batch)
      yield* (yield* Emulator).clearFaults
    }).pipe(onEmulator({}, noRetries))
  )
})

describe("failures of a watch that do not pass", () => {
  for (const status of [400, 401, 402, 403, 413] as const) {
    it.effect(`fail at once: ${status}`, () =>
      Effect.gen(function* () {
        const { id } = yield* seedRunning()
        yield* script(Fault.status(status))
        yield* Effect.flip(Batches.waitUntilEnded(id))
        assert.lengthOf(yield* polls, 1)
      }).pipe(onEmulator())
    )
  }

  it.effect("fail at once: an answer that is not a batch, before the batch was seen", () =>
    Effect.gen(function* () {
      yield* script(Fault.body("{}"))
      const error = yield* Effect.flip(Batches.waitUntilEnded("msgbatch_1"))
      assert.strictEqual(error._tag, "DecodeError")
    }).pipe(onEmulator())
  )

  it.effect("fail at once: a malformed id", () =>
    Effect.gen(function* () {
      for (const id of ["", ".", ".."]) {
        const error = yield* Effect.flip(Batches.waitUntilEnded(id))
        assert.strictEqual(error._tag, "RequestRefusedError")
      }
      assert.lengthOf(yield* polls, 0)
    }).pipe(onEmulator())
  )
})

describe("a watched batch that is not found", () => {
  it.effect("is waited for in the first 30 seconds", () =>
    Effect.gen(function* () {
      const batch = yield* Batches.create([request("a")])
      yield* script({ times: 4, when: { method: "GET" }, ...Fault.status(404) })
      const ended = yield* during(
        "10 minutes",
        Batches.waitUntilEnded(batch, { schedule: Schedule.spaced("1 second") })
      )
      assert.strictEqual(ended.processing_status, "ended")
      assert.deepStrictEqual((yield* polls).slice(0, 5), seconds(1, 2, 4, 8, 16))
    }).pipe(onEmulator())
  )

  it.effect("fails the watch after 30 seconds", () =>
    Effect.gen(function* () {
      const error = yield* during("1 hour", Effect.flip(Batches.waitUntilEnded("msgbatch_none")))
      assert.strictEqual(error._tag, "NotFoundError")
      assert.deepStrictEqual(yield* polls, seconds(0, 1, 3, 7, 15, 31))
    }).pipe(onEmulator())
  )

  it.effect("fails the watch at once after the batch was retrieved", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      yield* script({ skip: 1, ...Fault.status(404) })
      const error = yield* during("1 minute", Effect.flip(Batches.waitUntilEnded(id)))
      assert.strictEqual(error._tag, "NotFoundError")
      assert.deepStrictEqual(yield* polls, seconds(0, 1))
    }).pipe(onEmulator())
  )
})
