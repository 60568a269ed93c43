import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type * as Anthropic from "effect-anthropic/Anthropic"
import { CredentialsError } from "effect-anthropic/AnthropicError"
import * as Batches from "effect-anthropic/Batches"
import { Emulator, Fault, onEmulator, request, script, seedRunning } from "../support/batches.ts"
import { sleepingClock } from "../support/sleepingClock.ts"

const noRetries: Anthropic.Options = { retry: { maxRetries: 0 } }
const schedule = Schedule.spaced("1 minute")

const polls = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.filter(({ path }) => /batches\/[^/]+$/.test(path)).map(({ receivedAt }) => receivedAt / 1000)
})

/** Runs in the background and lets time pass. */
const during = Effect.fnUntraced(function* <A, E, R>(duration: Duration.Input, self: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(self)
  yield* TestClock.adjust(duration)
  return yield* Fiber.join(fiber)
})

/** Answers with status 2xx, 3xx or 4xx that do not come from the API. */
const foreign = [
  ["200 with nothing", Fault.empty(200)],
  ["204", Fault.empty(204)],
  ["200 with a page", Fault.html(200)],
  ["200 with half a batch", Fault.truncate(40)],
  ["200 with another JSON", Fault.body(`{"status":"ok"}`)],
  ["200 with null", Fault.body("null")],
  ["202 of a queue", Fault.body("accepted", { status: 202 })],
  ["a redirect to a captive portal", Fault.redirect("http://portal.example/login")],
  ["a redirect to a login page", Fault.redirect("http://login.example/", 302)],
  ["403 of a proxy", Fault.html(403)],
  ["404 of an ingress", Fault.html(404)],
  ["404 with JSON of an ingress", Fault.status(404, { body: `{"message":"no Route matched"}` })],
  ["401 of a proxy", Fault.empty(401)],
  ["407 of a proxy", Fault.html(407)],
  ["400 with half an error", Fault.status(400, { body: `{"type":"error","error":{"type":"inv` })],
  ["421", Fault.empty(421)]
] as const

describe("an answer to a watch that is not the API's own", () => {
  for (const [name, fault] of foreign) {
    it.effect(`is retried after the batch was seen: ${name}`, () =>
      Effect.gen(function* () {
        const { id } = yield* seedRunning({ endsAfter: "5 minutes" })
        yield* script({ skip: 1, times: 3, ...fault })
        const ended = yield* during("10 minutes", Batches.waitUntilEnded(id, { schedule }))
        assert.strictEqual(ended.processing_status, "ended")
        assert.deepStrictEqual((yield* polls).slice(0, 5), [0, 60, 61, 63, 67])
      }).pipe(onEmulator({}, noRetries))
    )
  }

  for (const [name, fault] of foreign.filter(([name]) => name !== "200 with half a batch")) {
    it.effect(`fails the watch at once before the batch was seen: ${name}`, () =>
      Effect.gen(function* () {
        const { id } = yield* seedRunning()
        yield* script(fault)
        const error = yield* Effect.flip(Batches.waitUntilEnded(id, { schedule }))
        assert.notStrictEqual(error._tag, "WatchTimeoutError")
        assert.deepStrictEqual(yield* polls, [0])
      }).pipe(onEmulator())
    )
  }

  it.effect("is retried from the first request on when the watch is given a batch", () =>
    Effect.gen(function* () {
      const batch = yield* Batches.create([request("a")])
      yield* script({ when: { method: "GET" }, times: 2, ...Fault.html(200) })
      const ended = yield* during("10 minutes", Batches.waitUntilEnded(batch, { schedule }))
      assert.strictEqual(ended.processing_status, "ended")
      assert.deepStrictEqual((yield* polls).slice(0, 3), [60, 61, 63])
    }).pipe(onEmulator())
  )

  it.effect("is retried from the first request on when the watch is given an id with isKnown", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "1 minute" })
      yield* script({ times: 2, ...Fault.html(200) })
      const ended = yield* during("10 minutes", Batches.waitUntilEnded(id, { schedule, isKnown: true }))
      assert.strictEqual(ended.processing_status, "ended")
    }).pipe(onEmulator())
  )

  it.effect("fails the watch when it comes for longer than maxOutage", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "5 hours" })
      yield* script({ skip: 1, times: 1000, ...Fault.html(200) })
      const error = yield* during(
        "2 hours",
        Effect.flip(Batches.waitUntilEnded(id, { schedule, maxOutage: "10 minutes" }))
      )
      assert.strictEqual(error._tag, "DecodeError")
      const last = (yield* polls).at(-1) ?? 0
      assert.isTrue(last >= 660 && last <= 720, String(last))
      yield* (yield* Emulator).clearFaults
    }).pipe(onEmulator())
  )
})

describe("an answer to a watch that is the API's own", () => {
  for (const status of [400, 401, 402, 403, 413] as const) {
    it.effect(`fails the watch at once, also after the batch was seen: ${status}`, () =>
      Effect.gen(function* () {
        const { id } = yield* seedRunning()
        yield* script({ skip: 1, ...Fault.status(status) })
        yield* during("2 minutes", Effect.flip(Batches.waitUntilEnded(id, { schedule })))
        assert.deepStrictEqual(yield* polls, [0, 60])
      }).pipe(onEmulator())
    )
  }
})

describe("credentials of a watch", () => {
  /** A source of credentials that fails in the given calls. */
  const source = (fails: (call: number) => boolean, reason: "unavailable" | "missing") => {
    let call = 0
    return Effect.suspend(() =>
      fails(call++)
        ? Effect.fail(new CredentialsError({ reason, description: "no key" }))
        : Effect.succeed(Redacted.make("sk-ant-test-1234"))
    )
  }

  it.effect("are retried while they are unavailable, after the batch was seen", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "90 seconds" })
      const ended = yield* during("5 minutes", Batches.waitUntilEnded(id, { schedule }))
      assert.strictEqual(ended.processing_status, "ended")
    }).pipe(onEmulator({}, { credentials: source((call) => call === 1 || call === 2, "unavailable") }))
  )

  it.effect("fail the watch when they are unavailable at the first request", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      const error = yield* Effect.flip(Batches.waitUntilEnded(id))
      assert.strictEqual(error._tag, "CredentialsError")
    }).pipe(onEmulator({}, { credentials: source((call) => call === 0, "unavailable") }))
  )

  it.effect("fail the watch when they are missing, also after the batch was seen", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      const error = yield* during("2 minutes", Effect.flip(Batches.waitUntilEnded(id)))
      assert.strictEqual(error._tag, "CredentialsError")
    }).pipe(onEmulator({}, { credentials: source((call) => call === 1, "missing") }))
  )
})

describe("a batch that is known and not found", () => {
  it.effect("is waited for as long as an outage is", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "90 minutes" })
      yield* script({ times: 40, ...Fault.status(404) }, { skip: 60, times: 10, ...Fault.status(404) })
      const ended = yield* during("3 hours", Batches.waitUntilEnded(id, { schedule, isKnown: true }))
      assert.strictEqual(ended.processing_status, "ended")
    }).pipe(onEmulator())
  )

  it.effect("fails the watch after maxOutage", () =>
    Effect.gen(function* () {
      const error = yield* during(
        "3 hours",
        Effect.flip(Batches.waitUntilEnded("msgbatch_none", { schedule, isKnown: true }))
      )
      assert.strictEqual(error._tag, "NotFoundError")
      const last = (yield* polls).at(-1) ?? 0
      assert.isTrue(last >= 3600 && last <= 3660, String(last))
    }).pipe(onEmulator())
  )
})

describe("onOutage", () => {
  it.effect("is called with every failure that is retried, and not with the last one", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "5 hours" })
      yield* script(
        { skip: 1, times: 2, ...Fault.status(503) },
        { skip: 1, ...Fault.html(403) },
        { skip: 2, ...Fault.status(401) }
      )
      const heard: Array<Batches.Outage> = []
      yield* during(
        "10 minutes",
        Effect.flip(
          Batches.waitUntilEnded(id, { schedule, onOutage: (outage) => Effect.sync(() => heard.push(outage)) })
        )
      )
      assert.deepStrictEqual(
        heard.map(({ batchId, delay, error, failures, since }) => [
          batchId,
          error._tag,
          failures,
          DateTime.toEpochMillis(since) / 1000,
          Duration.toSeconds(delay)
        ]),
        [
          [id, "InternalServerError", 1, 60, 1],
          [id, "InternalServerError", 2, 60, 2],
          [id, "PermissionError", 3, 60, 4]
        ]
      )
    }).pipe(onEmulator({}, noRetries))
  )

  it.effect("is called before the batch was seen, when no connection can be made", () =>
    Effect.gen(function* () {
      yield* script({ times: 1000, ...Fault.resetBeforeHeaders() })
      let heard = 0
      const error = yield* during(
        "2 hours",
        Effect.flip(Batches.waitUntilEnded("msgbatch_1", { onOutage: () => Effect.sync(() => heard++) }))
      )
      assert.strictEqual(error._tag, "ConnectionError")
      assert.isAbove(heard, 50)
      yield* (yield* Emulator).clearFaults
    }).pipe(onEmulator({}, noRetries))
  )

  it.effect("ends the watch with its defect when it dies", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      yield* script(Fault.status(503))
      const exit = yield* Effect.exit(Batches.waitUntilEnded(id, { onOutage: () => Effect.die("mine") }))
      assert(exit._tag === "Failure")
      assert.include(String(exit.cause), "mine")
    }).pipe(onEmulator({}, noRetries))
  )

  it.effect("is not needed for the log, which has every failure that is retried at the level Debug", () => {
    const logged: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      logged.push(`${logLevel} ${String(message)}`)
    })
    return Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "3 minutes" })
      yield* script({ skip: 1, times: 2, ...Fault.status(503) })
      yield* during("10 minutes", Batches.waitUntilEnded(id, { schedule }))
      const own = logged.filter((line) => line.startsWith("Debug batch"))
      assert.lengthOf(own, 2)
      assert.include(own[0], `batch ${id}: look failed 1 times in a row, next in 1s: `)
      assert.include(own[1], "next in 2s: Batches.retrieve: 503")
    }).pipe(
      onEmulator({}, noRetries),
      Effect.provide(Logger.layer([logger])),
      Effect.provideService(References.MinimumLogLevel, "Debug")
    )
  })
})

describe("a watch whose time is over", () => {
  it.effect("looks once more, and finds a batch that ended since the last look", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "50 minutes" })
      const watched = Batches.waitUntilEnded(id, { schedule: Schedule.spaced("40 minutes"), timeout: "1 hour" })
      assert.strictEqual((yield* during("2 hours", watched)).processing_status, "ended")
      assert.deepStrictEqual(yield* polls, [0, 2400, 3600])
    }).pipe(onEmulator())
  )

  it.effect("emits the snapshot of the last look before it fails", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "5 hours" })
      const seen: Array<string> = []
      const watched = Batches.watch(id, { schedule: Schedule.spaced("40 minutes"), timeout: "1 hour" })
      const error = yield* during(
        "2 hours",
        Effect.flip(Stream.runForEach(watched, (batch) => Effect.sync(() => seen.push(batch.processing_status))))
      )
      assert(error._tag === "WatchTimeoutError")
      assert.strictEqual(Duration.toMinutes(error.elapsed), 60)
      assert.lengthOf(seen, 3)
    }).pipe(onEmulator())
  )

  it.effect("looks once at the end when the schedule has a look at the same time", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "5 hours" })
      const watched = Batches.waitUntilEnded(id, { schedule: Schedule.spaced("30 minutes"), timeout: "1 hour" })
      yield* during("2 hours", Effect.flip(watched))
      assert.deepStrictEqual(yield* polls, [0, 1800, 3600])
    }).pipe(onEmulator())
  )

  it.effect("fails 30 seconds later when the last look gets no answer", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "5 hours" })
      yield* script({ skip: 2, times: 10, ...Fault.stallBeforeHeaders() })
      const watched = Batches.waitUntilEnded(id, { schedule: Schedule.spaced("40 minutes"), timeout: "1 hour" })
      const error = yield* during("2 hours", Effect.flip(watched))
      assert(error._tag === "WatchTimeoutError")
      assert.strictEqual(Duration.toSeconds(error.elapsed), 3630)
      assert.strictEqual(error.batch?.processing_status, "in_progress")
      yield* (yield* Emulator).clearFaults
    }).pipe(onEmulator())
  )
})

describe("a machine that slept", () => {
  /** Every answer takes a second, as on a network: a timer that fires at once when the machine wakes comes before it. */
  const slowly = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.andThen(script({ times: 100_000, ...Fault.delay("1 second") }), self).pipe(
      Effect.ensuring(Effect.flatMap(Emulator, (emulator) => emulator.clearFaults))
    )

  it.effect("past the end of the watch looks once more, and finds that the batch has ended", () => {
    const clock = sleepingClock()
    return Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "20 hours" })
      const fiber = yield* Effect.forkChild(Batches.waitUntilEnded(id))
      yield* clock.pass("1 hour")
      yield* clock.sleep("30 hours")
      yield* clock.pass("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).processing_status, "ended")
    }).pipe(slowly, onEmulator(), clock.provide)
  })

  it.effect("during a request of the watch makes the request again", () => {
    const clock = sleepingClock()
    return Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "20 hours" })
      yield* script({ skip: 2, ...Fault.stallBeforeHeaders() })
      const fiber = yield* Effect.forkChild(Batches.waitUntilEnded(id, { schedule: Schedule.spaced("30 minutes") }))
      yield* clock.pass("61 minutes")
      yield* clock.sleep("30 hours")
      yield* clock.pass("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).processing_status, "ended")
    }).pipe(onEmulator(), clock.provide)
  })

  it.effect("before the batch was seen makes the request again", () => {
    const clock = sleepingClock()
    return Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "20 hours" })
      yield* script(Fault.stallBeforeHeaders())
      const fiber = yield* Effect.forkChild(Batches.waitUntilEnded(id))
      yield* clock.pass("1 minute")
      yield* clock.sleep("30 hours")
      yield* clock.pass("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).processing_status, "ended")
    }).pipe(onEmulator(), clock.provide)
  })

  it.effect("waits until its network is back", () => {
    const clock = sleepingClock()
    return Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "20 hours" })
      const fiber = yield* Effect.forkChild(Batches.waitUntilEnded(id, { schedule: Schedule.spaced("1 hour") }))
      yield* clock.pass("90 minutes")
      yield* script({ times: 3, ...Fault.resetBeforeHeaders() })
      yield* clock.sleep("30 hours")
      yield* clock.pass("20 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).processing_status, "ended")
    }).pipe(onEmulator({}, noRetries), clock.provide)
  })

  it.effect("past the end of the watch fails it with WatchTimeoutError when the batch has not ended", () => {
    const clock = sleepingClock()
    return Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "20 hours" })
      const fiber = yield* Effect.forkChild(Effect.flip(Batches.waitUntilEnded(id, { schedule, timeout: "2 hours" })))
      yield* clock.pass("1 hour")
      const before = (yield* polls).length
      yield* clock.sleep("5 hours")
      yield* clock.pass("5 seconds")
      const error = yield* Fiber.join(fiber)
      assert(error._tag === "WatchTimeoutError")
      assert.strictEqual(Math.floor(Duration.toHours(error.elapsed)), 6)
      assert.strictEqual(error.batch?.processing_status, "in_progress")
      // The look that came due while the machine slept is given up for the last one.
      assert.isAtMost((yield* polls).length, before + 2)
    }).pipe(slowly, onEmulator(), clock.provide)
  })

  it.effect("during an outage does not count the time of its sleep as outage", () => {
    const clock = sleepingClock()
    return Effect.gen(function* () {
      const { id } = yield* seedRunning({ endsAfter: "20 hours" })
      const fiber = yield* Effect.forkChild(Batches.waitUntilEnded(id, { schedule }))
      yield* clock.pass("10 minutes")
      // The network goes away, then the machine sleeps, and after it woke the network comes back late.
      yield* script({ times: 12, ...Fault.resetBeforeHeaders() })
      yield* clock.pass("2 minutes")
      yield* clock.sleep("10 hours")
      yield* clock.pass("15 minutes")
      assert.isAbove((yield* polls).at(-1) ?? 0, 36_000)
      yield* clock.pass("11 hours")
      assert.strictEqual((yield* Fiber.join(fiber)).processing_status, "ended")
    }).pipe(onEmulator({}, noRetries), clock.provide)
  })
})
