// Requests that are carried out although, or after, their answer is lost; limits; clocks. In process and on a socket.
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpServer from "effect/http/HttpServer"
import * as TestClock from "effect/testing/TestClock"
import { AnthropicEmulator } from "../../src/testing/index.ts"
import { Emulator, eventually, Fault, script } from "../support/emulator.ts"
import { served } from "../support/served.ts"
import { batchOf, call, create, refusalOf, requests } from "./client.ts"

const withEmulator = (options?: AnthropicEmulator.Options) => Effect.provide(AnthropicEmulator.layer(options))

const batches = Effect.flatMap(Emulator, (emulator) => emulator.batches)

const post = call("POST", "/v1/messages/batches", { body: { requests: requests(2) } })

describe("a create call whose answer is lost", () => {
  it.effect("a 5xx, a reset and a stall do not create a batch by themselves", () =>
    Effect.gen(function* () {
      yield* script(Fault.status(500), Fault.resetBeforeHeaders(), Fault.stallBeforeHeaders())
      assert.strictEqual((yield* post).status, 500)
      assert.strictEqual((yield* Effect.flip(post)).reason._tag, "TransportError")
      const stalled = yield* Effect.forkChild(post)
      yield* TestClock.adjust("1 hour")
      yield* Fiber.interrupt(stalled)
      assert.lengthOf(yield* batches, 0)
    }).pipe(withEmulator())
  )

  it.effect("Fault.processedThen creates the batch, with any answer", () =>
    Effect.gen(function* () {
      yield* script(
        Fault.processedThen(Fault.html(502)),
        Fault.processedThen(Fault.empty(200)),
        Fault.processedThen(Fault.body('{"id":"x",}')),
        Fault.processedThen(Fault.truncate(20)),
        Fault.processedThen(Fault.delay("1 second", Fault.resetBeforeHeaders()))
      )
      assert.strictEqual((yield* post).status, 502)
      assert.strictEqual(yield* Effect.flatMap(post, (response) => response.text), "")
      assert.strictEqual(yield* Effect.flatMap(post, (response) => response.text), '{"id":"x",}')
      assert.lengthOf(yield* Effect.flatMap(post, (response) => response.text), 20)
      const reset = yield* Effect.forkChild(Effect.flip(post))
      yield* TestClock.adjust("999 millis")
      assert.lengthOf(yield* batches, 5)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(reset)).reason._tag, "TransportError")
      assert.lengthOf(yield* batches, 5)
      assert.strictEqual((yield* (yield* Emulator).requests)[0]?.fault, "processedThen(html(502))")
    }).pipe(withEmulator())
  )

  it.effect(
    "Fault.processedLater creates the batch after the connection is lost, also when the caller was interrupted",
    () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        yield* script(
          Fault.processedLater("40 seconds", Fault.resetBeforeHeaders()),
          Fault.processedLater("50 seconds", Fault.status(503)),
          Fault.processedLater("1 minute", Fault.stallBeforeHeaders())
        )
        yield* Effect.flip(post)
        assert.strictEqual((yield* post).status, 503)
        const killed = yield* Effect.forkChild(post, { startImmediately: true })
        yield* Fiber.interrupt(killed)
        assert.deepStrictEqual(
          (yield* emulator.pendingFaults).map(({ name }) => name),
          [
            "processedLater(40s, resetBeforeHeaders)",
            "processedLater(50s, status(503))",
            "processedLater(1m, stallBeforeHeaders)"
          ]
        )
        for (const [duration, count] of [
          ["39 seconds", 0],
          ["1 second", 1],
          ["10 seconds", 2],
          ["10 seconds", 3]
        ] as const) {
          yield* TestClock.adjust(duration)
          assert.lengthOf(yield* batches, count)
        }
        assert.deepStrictEqual(
          (yield* batches).map(({ created_at }) => created_at.slice(11, 19)),
          ["00:01:00", "00:00:50", "00:00:40"]
        )
        assert.deepStrictEqual(yield* emulator.pendingFaults, [])
        yield* TestClock.adjust("90 seconds")
        assert.lengthOf(yield* emulator.bill, 6)
      }).pipe(withEmulator())
  )

  it.effect("Fault.processedLater fails the test when the emulator closes before its time", () =>
    Effect.gen(function* () {
      const late = Fault.processedLater("40 seconds", Fault.status(500))
      const exit = yield* Effect.exit(Effect.andThen(script(late), post).pipe(withEmulator()))
      assert(Exit.isFailure(exit))
      const error = Cause.squash(exit.cause)
      assert.instanceOf(error, AnthropicEmulator.UnconsumedFaultsError)
      assert.deepStrictEqual(error.faults, [
        "processedLater(40s, status(500)): the request was not carried out before the end"
      ])
    })
  )

  it.effect("clearFaults keeps requests of Fault.processedLater from being carried out", () =>
    Effect.gen(function* () {
      yield* script(Fault.processedLater("40 seconds", Fault.status(500)))
      yield* post
      yield* (yield* Emulator).clearFaults
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(yield* batches, 0)
    }).pipe(withEmulator())
  )

  it.effect("Fault.processedLater dies when its action carries the request out itself", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.fault(Fault.processedLater("1 second", Fault.truncate(5)))
      const exit = yield* Effect.exit(post)
      assert(Exit.isFailure(exit))
      assert.include(String(Cause.squash(exit.cause)), "processedLater takes an action")
      yield* emulator.clearFaults
    }).pipe(withEmulator())
  )

  it.live("Fault.processedLater on a socket destroys the connection, and the batch comes later", () =>
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const base = HttpServer.formatAddress(address)
      yield* script(
        Fault.processedLater("60 millis", Fault.resetBeforeHeaders()),
        Fault.processedThen(Fault.empty(204))
      )
      const send = call("POST", "/v1/messages/batches", { base, body: { requests: requests(2) } })
      yield* Effect.flip(send)
      assert.lengthOf(yield* batches, 0)
      yield* eventually(batches, (all) => all.length === 1)
      assert.strictEqual((yield* send).status, 204)
      assert.lengthOf(yield* batches, 2)
    }).pipe(Effect.provide(served()))
  )
})

describe("limits", () => {
  it.effect("calls over the limit of a minute are 429 with retry-after, for each kind of endpoint", () =>
    Effect.gen(function* () {
      const list = call("GET", "/v1/messages/batches")
      for (const left of ["2", "1", "0"]) {
        const response = yield* list
        assert.strictEqual(response.status, 200)
        assert.strictEqual(response.headers["anthropic-ratelimit-requests-limit"], "3")
        assert.strictEqual(response.headers["anthropic-ratelimit-requests-remaining"], left)
      }
      const refused = yield* refusalOf("GET", "/v1/messages/batches")
      assert.deepStrictEqual([refused.status, refused.type], [429, "rate_limit_error"])
      assert.strictEqual(refused.response.headers["retry-after"], "20")
      assert.strictEqual(refused.response.headers["anthropic-ratelimit-requests-reset"], "1970-01-01T00:01:00Z")
      const id = yield* refusalOf("POST", "/v1/messages/batches", { body: { requests: requests(1) } })
      assert.strictEqual(id.status, 429)
      assert.lengthOf(yield* batches, 0)
      assert.strictEqual((yield* call("GET", "/v1/models")).status, 200)
      assert.strictEqual((yield* call("GET", "/v1/files")).status, 200)
      assert.strictEqual((yield* call("GET", "/v1/files/x")).status, 429)
      for (const path of ["/v1/messages", "/v1/messages/count_tokens"]) {
        assert.strictEqual((yield* call("POST", path, { body: {} })).status, 400)
        assert.strictEqual((yield* call("POST", path, { body: {} })).status, 429, path)
      }
      assert.strictEqual((yield* call("GET", "/v1/nowhere")).status, 404)
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual((yield* list).status, 200)
      assert.strictEqual((yield* list).status, 429)
    }).pipe(withEmulator({ limits: { callsPerMinute: { batches: 3, files: 1, messages: 1, countTokens: 1 } } }))
  )

  it.effect("a create call over the limit of waiting requests is a 429, for all clients together", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.seedBatches([{ requests: 4, endsAfter: "100 seconds" }])
      yield* create(5)
      const refused = yield* refusalOf("POST", "/v1/messages/batches", { body: { requests: requests(2) } })
      assert.deepStrictEqual([refused.status, refused.type], [429, "rate_limit_error"])
      assert.isUndefined(refused.response.headers["retry-after"])
      yield* create(1)
      yield* TestClock.adjust("50 seconds")
      assert.strictEqual(
        (yield* refusalOf("POST", "/v1/messages/batches", { body: { requests: requests(5) } })).status,
        429
      )
      const second = yield* create(4)
      yield* call("POST", `/v1/messages/batches/${second.id}/cancel`)
      assert.strictEqual((yield* call("POST", "/v1/messages/batches", { body: { requests: requests(1) } })).status, 429)
      yield* TestClock.adjust("50 seconds")
      yield* create(10)
    }).pipe(withEmulator({ plan: { endsAfter: "100 seconds" }, limits: { queuedBatchRequests: 10 } }))
  )
})

describe("clocks that differ", () => {
  it.effect("the emulator's clock is ahead or behind by clockOffset", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hour")
      for (const [clockOffset, hour] of [
        ["3 hours", 4],
        ["-30 minutes", 0.5]
      ] as const) {
        const { created_at } = yield* create(1).pipe(withEmulator({ clockOffset }))
        assert.strictEqual(DateTime.toEpochMillis(created_at), hour * 3_600_000)
      }
    })
  )

  it.effect("the emulator keeps a clock of its own while its clients' clocks differ", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const shifted = (by: number): Clock.Clock => ({
        ...clock,
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + by,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + by),
        sleep: (duration) => clock.sleep(duration)
      })
      yield* Effect.gen(function* () {
        yield* TestClock.adjust("1 hour")
        const ahead = yield* create(1).pipe(Effect.provideService(Clock.Clock, shifted(7_200_000)))
        const behind = yield* create(1).pipe(Effect.provideService(Clock.Clock, shifted(-1_800_000)))
        for (const { created_at } of [ahead, behind]) assert.strictEqual(DateTime.toEpochMillis(created_at), 3_600_000)
        yield* TestClock.adjust("89 seconds")
        const running = yield* batchOf("GET", `/v1/messages/batches/${ahead.id}`).pipe(
          Effect.provideService(Clock.Clock, shifted(7_200_000))
        )
        assert.strictEqual(running.processing_status, "in_progress")
        yield* TestClock.adjust("1 seconds")
        assert.strictEqual((yield* batchOf("GET", `/v1/messages/batches/${ahead.id}`)).processing_status, "ended")
      }).pipe(withEmulator({ clock }))
    })
  )

  it.effect("the emulator waits on its own clock, also when the clock of the client stands still", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const still: Clock.Clock = { ...clock, sleep: () => Effect.never }
      const asked = Effect.provideService(Clock.Clock, still)
      yield* Effect.gen(function* () {
        yield* script(
          Fault.processedLater("40 seconds", Fault.status(500)),
          Fault.delay("10 seconds"),
          Fault.dribble(100, "1 second")
        )
        yield* asked(post)
        const delayed = yield* Effect.forkChild(asked(post))
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual((yield* Fiber.join(delayed)).status, 200)
        assert.lengthOf(yield* batches, 1)
        const dribbled = yield* Effect.forkChild(asked(Effect.flatMap(post, (response) => response.text)))
        yield* TestClock.adjust("30 seconds")
        assert.include(yield* Fiber.join(dribbled), "msgbatch_")
        assert.lengthOf(yield* batches, 3)
      }).pipe(withEmulator({ clock }))
    })
  )
})
