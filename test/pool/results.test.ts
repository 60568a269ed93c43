// What a batch can come to once it was created: every kind of result, lines that are wrong, results that are gone.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as Messages from "effect-anthropic/Messages"
import * as Pool from "effect-anthropic/Pool"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import {
  askAll,
  cancels,
  charges,
  creates,
  Emulator,
  endOf,
  errorOf,
  Fault,
  logged,
  nameOf,
  onServer,
  paramsOf,
  script,
  startAll,
  untilCreated
} from "./support.ts"

const atResults = { path: /\/results$/ } as const
const atBatch = { method: "GET", path: /\/batches\/[^/]+$/ } as const

type Outcome = AnthropicEmulator.Outcome

/** Results by the names of calls. */
const outcomes =
  (all: { readonly [name: string]: Outcome }): AnthropicEmulator.Options["outcome"] =>
  ({ params }) =>
    all[nameOf(params)]

/** The error of one call. */
const failing = (options: Pool.Options = {}) =>
  Effect.gen(function* () {
    const pool = yield* Pool.make(options)
    return yield* Effect.flip(pool.create(paramsOf("a")))
  }).pipe(Effect.scoped)

/** Loses the results of the first two batches that are read. */
const loseTwo = () => {
  const lost = new Set<string>()
  const path = (path: string): boolean =>
    path.endsWith("/results") && (lost.has(path) || (lost.size < 2 && !!lost.add(path)))
  return script({ when: { path }, times: 10_000, ...Fault.status(404) })
}

const json = Schema.toCodecJson(Pool.PoolError)

describe("a result", () => {
  it.live("fails only its own caller with a typed error when it is no answer", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, [
        "overload",
        "invalid",
        "limit",
        "teapot",
        "canceled",
        "expired",
        "new",
        "good"
      ])
      assert.deepStrictEqual(yield* endOf(calls), [
        "OverloadedError",
        "InvalidRequestError",
        "SpendLimitError",
        "UnknownApiError",
        "RequestCanceledError",
        "RequestExpiredError",
        "UnknownApiError",
        "Hello from good"
      ])
      assert.strictEqual(yield* creates, 1)
      assert.deepStrictEqual([...(yield* charges).keys()], ["good"])
    }).pipe(
      Effect.scoped,
      onServer({
        outcome: outcomes({
          overload: { type: "errored", error: { type: "overloaded_error", message: "later" } },
          invalid: { type: "errored", error: { type: "invalid_request_error", message: "no" } },
          limit: {
            type: "errored",
            error: { type: "rate_limit_error", details: { error_code: "enforced_spend_limit_reached" } }
          },
          teapot: { type: "errored", error: { type: "teapot_error" } },
          canceled: { type: "canceled" },
          expired: { type: "expired" },
          new: { type: "raw", result: { type: "postponed", until: "tomorrow" } }
        })
      })
    )
  )

  it.live("that is errored has the description of the API, and whether a retry may help", () =>
    Effect.gen(function* () {
      const error = yield* failing()
      assert(error._tag === "OverloadedError")
      assert.deepInclude(
        { ...error },
        { operation: "Pool.create", type: "overloaded_error", description: "later", isRetryable: true }
      )
      assert.isUndefined(error.status)
      assert.deepStrictEqual(Schema.decodeUnknownSync(json)(Schema.encodeSync(json)(error)), error)
    }).pipe(onServer({ outcome: () => ({ type: "errored", error: { type: "overloaded_error", message: "later" } }) }))
  )

  it.live("of an unknown type fails with UnknownApiError that has the type", () =>
    Effect.gen(function* () {
      const error = yield* failing()
      assert(error._tag === "UnknownApiError")
      assert.deepInclude({ ...error }, { type: "postponed", isRetryable: false })
    }).pipe(onServer({ outcome: () => ({ type: "raw", result: { type: "postponed" } }) }))
  )

  it.live("that is expired is retryable, and one that is canceled is not", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const [expired, canceled] = yield* startAll(pool, ["expired", "canceled"])
      assert(expired !== undefined && canceled !== undefined)
      const [one, other] = [yield* errorOf(expired), yield* errorOf(canceled)]
      assert.isTrue(one.isRetryable)
      assert.isFalse(other.isRetryable)
      assert.match(one.message, /^batch msgbatch_\w+ expired before \w+-0-0 was processed$/)
      assert.match(other.message, /^batch msgbatch_\w+ was canceled before \w+-0-1 was processed$/)
    }).pipe(
      Effect.scoped,
      onServer({ outcome: outcomes({ expired: { type: "expired" }, canceled: { type: "canceled" } }) })
    )
  )

  it.live("that is refused or cut off is an answer", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const message = yield* pool.create(paramsOf("a"))
      assert.strictEqual(message.stop_reason, "refusal")
    }).pipe(
      Effect.scoped,
      onServer({ outcome: () => ({ type: "succeeded", message: { stop_reason: "refusal", content: [] } }) })
    )
  )
})

describe("lines of results", () => {
  it.live("that are missing in three complete downloads fail their callers, and the others are answers", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, ["a", "b", "c"])
      assert.deepStrictEqual(yield* endOf(calls), ["Hello from a", "AnswerMissingError", "Hello from c"])
      assert(calls[1] !== undefined)
      const error = yield* errorOf(calls[1])
      assert(error._tag === "AnswerMissingError")
      assert.strictEqual(error.reason, "absent")
      assert.isFalse(error.isRetryable)
      assert.match(error.message, /has no result for \w+-0-1 \(absent\)$/)
      assert.deepStrictEqual(Schema.decodeUnknownSync(json)(Schema.encodeSync(json)(error)), error)
    }).pipe(
      Effect.scoped,
      onServer({ plan: { lines: (lines) => lines.filter(({ custom_id }) => !custom_id.endsWith("-1")) } })
    )
  )

  it.live("that are missing in one download are read in the next", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      assert.deepStrictEqual(yield* askAll(pool, ["a", "b"]), ["Hello from a", "Hello from b"])
    }).pipe(Effect.scoped, onServer({ plan: { lines: (lines, n) => (n === 0 ? lines.slice(1) : lines) } }))
  )

  it.live("of foreign ids or that come twice are ignored, and reported in a warning", () =>
    Effect.gen(function* () {
      const { messages, layer } = logged()
      const pool = yield* Effect.provide(Pool.make(), layer)
      assert.deepStrictEqual(yield* askAll(pool, ["a", "b"]), ["Hello from a", "Hello from b"])
      yield* Effect.sleep("1 second")
      assert.match(messages.join("\n"), /has \d+ lines that answer no request, or answer one again/)
    }).pipe(
      Effect.scoped,
      onServer({
        plan: {
          lines: (lines) => [
            ...lines.map((line) => ({ ...line, custom_id: "stranger" })).slice(0, 1),
            ...lines.slice(0, 1),
            ...lines,
            ...lines.map((line) => ({ ...line, custom_id: line.custom_id.replace("-0-", "-7-") }))
          ]
        }
      })
    )
  )

  it.live("that cannot be decoded fail their caller with what was received", () =>
    Effect.gen(function* () {
      const error = yield* failing()
      assert(error._tag === "DecodeError")
      assert.match(error.body ?? "", /"type":"succeeded"/)
      assert.match(error.customId ?? "", /-0-0$/)
    }).pipe(
      onServer({
        plan: {
          lines: (lines) => lines.map((line) => ({ ...line, result: { type: "succeeded", message: { id: 7 } } }))
        }
      })
    )
  )

  it.live("are read again when a download is cut, for as long as an outage may last", () =>
    Effect.gen(function* () {
      yield* script({ when: atResults, times: 12, ...Fault.resetAfter(10) })
      const pool = yield* Pool.make()
      assert.deepStrictEqual(yield* askAll(pool, ["a"]), ["Hello from a"])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("that cannot be read within an hour can be read later with the batch id of the error", () =>
    Effect.gen(function* () {
      yield* script({ when: atResults, times: 10_000, ...Fault.status(500) })
      const error = yield* failing()
      assert(error._tag === "AnswerUnreadError")
      assert.strictEqual(error.cause._tag, "InternalServerError")
      assert.isFalse(error.isRetryable)
      assert.match(error.message, /could not be read/)
      assert.deepStrictEqual(Schema.decodeUnknownSync(json)(Schema.encodeSync(json)(error)), error)
      yield* (yield* Emulator).clearFaults
      // The error says where the answer is that was paid.
      const line = yield* Batches.results(error.batchId).pipe(
        Stream.filter(({ custom_id }) => custom_id === error.customId),
        Stream.runHead,
        Effect.flatMap(Effect.fromOption)
      )
      assert(line.result.type === "succeeded")
      assert.strictEqual(Messages.text(line.result.message), "Hello from a")
    }).pipe(onServer())
  )

  it.live("that are forbidden to read fail their callers at once", () =>
    Effect.gen(function* () {
      yield* script({ when: atResults, ...Fault.status(403) })
      const error = yield* failing()
      assert(error._tag === "AnswerUnreadError")
      assert.strictEqual(error.cause._tag, "PermissionError")
    }).pipe(onServer())
  )

  it.live("that are not found do not delay the answers of other batches", () =>
    Effect.gen(function* () {
      yield* loseTwo()
      const pool = yield* Pool.make({ maxRequests: 1 })
      const calls = yield* startAll(pool, ["a", "b", "c", "d"])
      yield* Effect.sleep("30 minutes")
      assert.lengthOf(
        calls.filter((call) => call.pollUnsafe() !== undefined),
        2
      )
      yield* Effect.sleep("2 hours")
      assert.deepStrictEqual((yield* endOf(calls)).filter((end) => end === "AnswerMissingError").length, 2)
      yield* (yield* Emulator).clearFaults
    }).pipe(Effect.scoped, onServer())
  )

  it.live("that are not found for a while are waited for", () =>
    Effect.gen(function* () {
      yield* script({ when: atResults, times: 5, ...Fault.status(404) })
      const pool = yield* Pool.make()
      assert.deepStrictEqual(yield* askAll(pool, ["a"]), ["Hello from a"])
    }).pipe(Effect.scoped, onServer())
  )
})

describe("a batch", () => {
  for (const [reason, plan] of [
    ["archived", { endsAfter: "1 minute", archivedAfter: "1 minute" }],
    ["deleted", { endsAfter: "1 hour", deletedAfter: "10 minutes" }]
  ] as const) {
    it.live(`whose results are ${reason} leaves its callers with AnswerMissingError`, () =>
      Effect.gen(function* () {
        const error = yield* failing()
        assert(error._tag === "AnswerMissingError")
        assert.strictEqual(error.reason, reason)
      }).pipe(onServer({ plan }))
    )
  }

  it.live("that is deleted once it has ended leaves its callers with AnswerMissingError", () =>
    Effect.gen(function* () {
      yield* script({ when: atResults, times: 10_000, ...Fault.status(404) })
      const error = yield* failing()
      yield* (yield* Emulator).clearFaults
      assert(error._tag === "AnswerMissingError")
      assert.strictEqual(error.reason, "deleted")
    }).pipe(onServer())
  )

  it.live("that expires answers the calls that were processed, and fails the others", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ watch: { schedule: Schedule.spaced("1 hour") } })
      const began = yield* Clock.currentTimeMillis
      const calls = yield* startAll(pool, ["a", "b"])
      assert.deepStrictEqual(yield* endOf(calls), ["RequestExpiredError", "RequestExpiredError"])
      assert.isAtLeast((yield* Clock.currentTimeMillis) - began, 24 * 3_600_000)
    }).pipe(Effect.scoped, onServer({ plan: { endsAfter: "never" } }))
  )

  it.live("that is canceled by another program fails the calls that were not processed", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, ["a", "b"])
      yield* untilCreated(1)
      const [batch] = yield* (yield* Emulator).batches
      yield* Batches.cancel(batch?.id ?? "")
      assert.deepStrictEqual(yield* endOf(calls), ["RequestCanceledError", "RequestCanceledError"])
    }).pipe(Effect.scoped, onServer({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("is watched by the schedule of the options, and onOutage is called with outages", () =>
    Effect.gen(function* () {
      yield* script({ when: atBatch, times: 9, ...Fault.status(500) })
      let outages = 0
      const pool = yield* Pool.make({
        watch: {
          schedule: Schedule.spaced("10 minutes"),
          onOutage: () =>
            Effect.sync(() => {
              outages += 1
            })
        }
      })
      const began = yield* Clock.currentTimeMillis
      yield* askAll(pool, ["a"])
      assert.isAtLeast((yield* Clock.currentTimeMillis) - began, 10 * 60_000)
      assert.isAtLeast(outages, 1)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("whose watch times out is not canceled, and its callers fail with AnswerUnreadError", () =>
    Effect.gen(function* () {
      const error = yield* failing({ watch: { timeout: "1 hour" } })
      assert(error._tag === "AnswerUnreadError")
      assert.strictEqual(error.cause._tag, "WatchTimeoutError")
      assert.strictEqual(yield* cancels, 0)
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer({ plan: { endsAfter: "3 hours" } }))
  )

  it.live("whose last callers leave while its results are read is not canceled", () =>
    Effect.gen(function* () {
      yield* script({ when: atResults, ...Fault.delay("1 minute") })
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, ["a", "b"])
      const isReading = Effect.map((yield* Emulator).requests, (requests) =>
        requests.some(({ path }) => path.endsWith("/results"))
      )
      while (!(yield* isReading)) yield* Effect.sleep("1 second")
      yield* Effect.forEach(calls, Fiber.interrupt)
      yield* Effect.sleep("10 minutes")
      assert.strictEqual(yield* cancels, 0)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("continues for waiting callers when others leave, whose answers are still charged", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, ["a", "b"])
      yield* untilCreated(1)
      if (calls[0] !== undefined) yield* Fiber.interrupt(calls[0])
      assert.deepStrictEqual(yield* endOf(calls), ["interrupted", "Hello from b"])
      assert.strictEqual(yield* cancels, 0)
      assert.strictEqual((yield* charges).get("a"), 1)
    }).pipe(Effect.scoped, onServer())
  )
})
