import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Batches from "effect-anthropic/Batches"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import {
  atResults,
  bytes,
  calls,
  type Download,
  downloads,
  Emulator,
  Fault,
  line,
  onEmulator,
  reset,
  script,
  seedEnded
} from "../support/batches.ts"
import { served } from "../support/served.ts"

const resultCalls = Effect.map(calls, (all) => all.filter((call) => call.endsWith("/results")).length)

/** The ids that were delivered, and the failure if there was one. */
const read = Effect.fnUntraced(function* (batch: string) {
  const ids: Array<string> = []
  const error = yield* Batches.results(batch).pipe(
    Stream.runForEach(({ custom_id }) => Effect.sync(() => ids.push(custom_id))),
    Effect.as(undefined),
    Effect.catch((error) => Effect.succeed(error))
  )
  return { ids, error }
})

const at = (fault: AnthropicEmulator.Fault.Action, times = 1) => script({ when: atResults, times, ...fault })

const seeded = (count: number) =>
  Array.from({ length: count }, (_, index) => `seed-${String(index + 1).padStart(6, "0")}`)

/** Reads a batch of 100 through the faults, in turn, and expects all results in as many downloads. */
const survives = (expectedDownloads: number, ...faults: ReadonlyArray<AnthropicEmulator.Fault.Action>) =>
  Effect.gen(function* () {
    const { id } = yield* seedEnded(100)
    for (const fault of faults) yield* at(fault)
    const { error, ids } = yield* read(id)
    assert.isUndefined(error)
    assert.deepStrictEqual(ids.sort(), seeded(100))
    assert.strictEqual(yield* resultCalls, expectedDownloads)
  })

describe("every result comes once when a download breaks off", () => {
  const cases: ReadonlyArray<readonly [string, number, ...ReadonlyArray<AnthropicEmulator.Fault.Action>]> = [
    ["before its first byte", 2, Fault.resetAfter(0)],
    ["in the middle", 2, Fault.resetAfter(30_001)],
    ["after its last byte", 1, Fault.resetAtEnd()],
    [
      "six times, with new results each time",
      7,
      ...Array.from({ length: 6 }, (_, index) => Fault.resetAfter(5000 * (index + 1)))
    ],
    ["cleanly, at once", 2, Fault.truncate(0)],
    ["cleanly, within a line", 2, Fault.truncate(30_001)],
    ["cleanly, one byte too early", 1, Fault.rewrite((all) => all.subarray(0, -1))],
    ["cleanly, two bytes too early", 2, Fault.rewrite((all) => all.subarray(0, -2))],
    ["cleanly, at the end of a line", 2, Fault.rewrite((all) => all.subarray(0, all.lastIndexOf(10, -2) + 1))],
    [
      "cleanly, at the beginning of the last line",
      2,
      Fault.rewrite((all) => all.subarray(0, all.lastIndexOf(10, -2) + 2))
    ],
    ["in the middle, and its next attempt is answered 529", 3, Fault.resetAfter(30_001), Fault.status(529)],
    [
      "near its start, behind a redirect",
      3,
      Fault.redirect("/v1/messages/batches/msgbatch_000000000000000000000001/results"),
      Fault.resetAfter(50)
    ]
  ]
  for (const [name, count, ...faults] of cases) {
    it.effect(name, () => survives(count, ...faults).pipe(onEmulator()))
    it.effect(`${name}, in the order of the requests`, () =>
      survives(count, ...faults).pipe(onEmulator({ resultsOrder: "asSent" }))
    )
  }

  for (const cut of [undefined, reset]) {
    it.effect(`in the middle of a character, ${cut === undefined ? "cleanly" : "by a reset"}`, () => {
      const text = `${line("a")}\n${line("b", "😀")}\n`
      const start = bytes(text).subarray(0, bytes(text).indexOf(0xf0) + 2)
      const server = downloads(2, { pieces: [start], cut }, { pieces: [text] })
      return Effect.gen(function* () {
        assert.deepStrictEqual(yield* read("msgbatch_test"), { ids: ["a", "b"], error: undefined })
        assert.strictEqual(server.count(), 2)
      }).pipe(server.provide())
    })
  }

  it.effect("because it stands still for the idle timeout", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(100)
      yield* at(Fault.stall(20_000))
      const fiber = yield* Effect.forkChild(read(id))
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* resultCalls, 1)
      yield* TestClock.adjust("1 second")
      const { error, ids } = yield* Fiber.join(fiber)
      assert.isUndefined(error)
      assert.deepStrictEqual(ids.sort(), seeded(100))
      const [, first, second] = yield* (yield* Emulator).requests
      assert.deepStrictEqual([first?.closedEarly, second?.closedEarly], [true, false])
    }).pipe(onEmulator({}, { idleTimeout: "1 minute" }))
  )

  it.effect("twice, with a growing wait before each new attempt", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(3)
      yield* at(Fault.truncate(0), 2)
      const fiber = yield* Effect.forkChild(read(id))
      yield* TestClock.adjust("1 minute")
      assert.lengthOf((yield* Fiber.join(fiber)).ids, 3)
      const times = (yield* (yield* Emulator).requests).slice(1).map(({ receivedAt }) => receivedAt)
      const [first = 0, second = 0, third = 0] = times
      assert.isTrue(second - first >= 750 && second - first <= 1000, `${second - first}`)
      assert.isTrue(third - second >= 1500 && third - second <= 2000, `${third - second}`)
    }).pipe(onEmulator({}, { retry: { initialDelay: "1 second" } }))
  )
})

describe("results that cannot be read completely fail", () => {
  it.effect("with StreamInterruptedError and the number delivered, after cuts that bring nothing new", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(100)
      yield* at(Fault.resetAfter(2000), 3)
      const { error, ids } = yield* read(id)
      assert(error?._tag === "StreamInterruptedError")
      assert.isAbove(ids.length, 0)
      assert.strictEqual(error.delivered, ids.length)
      assert.strictEqual(error.cause._tag, "ConnectionError")
      assert.isTrue(error.isRetryable)
      assert.strictEqual(yield* resultCalls, 3)
    }).pipe(onEmulator({ resultsOrder: "asSent" }))
  )

  it.effect("with StreamInterruptedError after the first cut when maxRetries is 0", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(100)
      yield* at(Fault.resetAfter(2000))
      const { error } = yield* read(id)
      assert.strictEqual(error?._tag, "StreamInterruptedError")
    }).pipe(onEmulator({ resultsOrder: "asSent" }, { retry: { maxRetries: 0 } }))
  )

  for (const [name, fault] of [
    ["at the end of a line", Fault.rewrite((all) => all.subarray(0, all.lastIndexOf(10, -2) + 1))],
    ["in a line", Fault.truncate(30_000)],
    ["at once", Fault.truncate(0)]
  ] as const) {
    it.effect(`with ResultsIncompleteError when every download ends cleanly ${name}`, () =>
      Effect.gen(function* () {
        const { id } = yield* seedEnded(100)
        yield* at(fault, 3)
        const { error, ids } = yield* read(id)
        assert(error?._tag === "ResultsIncompleteError")
        assert.deepInclude(error, { batchId: id, expected: 100, received: ids.length, isRetryable: true })
        assert.isBelow(ids.length, 100)
        assert.include(error.message, `${ids.length} results of 100`)
        assert.strictEqual(yield* resultCalls, 3)
      }).pipe(onEmulator({ resultsOrder: "asSent" }))
    )
  }

  it.effect("with ResultsIncompleteError when one result comes twice and another is missing", () => {
    const server = downloads(3, { pieces: [`${line("a")}\n${line("b")}\n${line("a")}\n`] })
    return Effect.gen(function* () {
      const { error, ids } = yield* read("msgbatch_test")
      assert.deepStrictEqual(ids, ["a", "b"])
      assert(error?._tag === "ResultsIncompleteError")
      assert.deepInclude(error, { expected: 3, received: 2 })
      assert.strictEqual(server.count(), 3)
    }).pipe(server.provide())
  })

  it.effect("with DecodeError when the last line is cut at another place each time", () => {
    const cut = (length: number): Download => ({ pieces: [`${line("a")}\n${line("b").slice(0, length)}`] })
    const server = downloads(2, cut(20), cut(30), cut(40), cut(50))
    return Effect.gen(function* () {
      const { error, ids } = yield* read("msgbatch_test")
      assert.deepStrictEqual(ids, ["a"])
      assert.strictEqual(error?._tag, "DecodeError")
      assert.strictEqual(server.count(), 3)
    }).pipe(server.provide())
  })

  it.effect("at once with PermissionError when the next attempt is answered 403", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(100)
      yield* at(Fault.resetAfter(30_000))
      yield* at(Fault.status(403))
      const { error, ids } = yield* read(id)
      assert.strictEqual(error?._tag, "PermissionError")
      assert.isAbove(ids.length, 0)
      assert.strictEqual(yield* resultCalls, 2)
    }).pipe(onEmulator())
  )

  it.effect("with OverloadedError when all further attempts are answered 529", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(100)
      yield* at(Fault.resetAfter(30_000))
      yield* at(Fault.status(529), 6)
      const { error } = yield* read(id)
      assert.strictEqual(error?._tag, "OverloadedError")
    }).pipe(onEmulator())
  )

  it.effect("with OverloadedError when the server asks for too long a wait", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(100)
      yield* at(Fault.status(529, { headers: { "retry-after": "3600" } }))
      const { error } = yield* read(id)
      assert.strictEqual(error?._tag, "OverloadedError")
    }).pipe(onEmulator())
  )
})

describe("results over a socket", () => {
  it.live("are read again after a gzip body that is cut short, a reset and a stall", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(500)
      yield* at(Fault.gzip({ truncate: 2000 }))
      yield* at(Fault.resetAfter(50_000))
      yield* at(Fault.stall(20_000))
      yield* at(Fault.truncate(100_000))
      yield* at(Fault.gzip())
      const { error, ids } = yield* read(id)
      assert.isUndefined(error)
      assert.deepStrictEqual(ids.sort(), seeded(500))
      assert.strictEqual(yield* resultCalls, 5)
    }).pipe(Effect.provide(served({}, { idleTimeout: "1 second", retry: { maxRetries: 4 } })))
  )

  it.live("close the connection when their stream is left", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(20_000)
      assert.lengthOf(yield* Stream.runCollect(Stream.take(Batches.results(id), 1)), 1)
      const emulator = yield* Emulator
      yield* Effect.repeat(
        Effect.delay(
          Effect.map(emulator.requests, (all) => all.at(-1)?.closedEarly),
          "5 millis"
        ),
        { until: (closed) => closed === true }
      ).pipe(Effect.timeout("5 seconds"))
    }).pipe(Effect.provide(served()))
  )
})
