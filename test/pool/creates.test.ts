// What a create can come to: refused for now or for good, too large, or without an answer.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as Pool from "effect-anthropic/Pool"
import {
  askAll,
  atCreate,
  cancels,
  charges,
  creates,
  Emulator,
  endOf,
  errorOf,
  Fault,
  logged,
  namesOf,
  onServer,
  paramsOf,
  script,
  sent,
  startAll
} from "./support.ts"

const minute = 60_000

const answersOf = (names: ReadonlyArray<string>) => names.map((name) => `Hello from ${name}`)

/** Asserts that every call was charged once, in one batch. */
const chargedOnce = (names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    assert.deepStrictEqual(Object.fromEntries(yield* charges), Object.fromEntries(names.map((name) => [name, 1])))
  })

describe("a create that is refused in a way that may pass", () => {
  for (const [name, fault] of [
    ["an overload", Fault.status(529)],
    ["a rate limit", Fault.status(429)]
  ] as const) {
    it.live(`is repeated with a growing wait after ${name}`, () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, times: 1, ...fault })
        const pool = yield* Pool.make()
        const began = yield* Clock.currentTimeMillis
        assert.deepStrictEqual(yield* askAll(pool, ["a", "b"]), answersOf(["a", "b"]))
        assert.strictEqual(yield* creates, 2)
        assert.isAtLeast((yield* Clock.currentTimeMillis) - began, 6_000)
      }).pipe(Effect.scoped, onServer())
    )
  }

  it.live("waits as long as the server asks for", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.status(529, { headers: { "retry-after": "600" } }) })
      const pool = yield* Pool.make()
      const began = yield* Clock.currentTimeMillis
      yield* askAll(pool, ["a"])
      assert.isAtLeast((yield* Clock.currentTimeMillis) - began, 10 * minute)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("waits at most an hour if the server asks for longer", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.status(529, { headers: { "retry-after": "1000000000" } }) })
      const pool = yield* Pool.make()
      const began = yield* Clock.currentTimeMillis
      yield* askAll(pool, ["a"])
      assert.isAtMost((yield* Clock.currentTimeMillis) - began, 90 * minute)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("is repeated when no connection was made", () =>
    Effect.gen(function* () {
      const server = yield* HttpClient.HttpClient
      let left = 3
      const client = HttpClient.make((request) => {
        if (request.method !== "POST" || left === 0) return server.execute(request)
        left -= 1
        const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
        const reason = new HttpClientError.TransportError({ request, cause })
        return Effect.fail(new HttpClientError.HttpClientError({ reason }))
      })
      const pool = yield* Effect.provideService(Pool.make(), HttpClient.HttpClient, client)
      assert.deepStrictEqual(yield* askAll(pool, ["a"]), answersOf(["a"]))
      assert.strictEqual(yield* creates, 1)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("fails its callers with its error after an hour, and a later call is answered", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, times: 10_000, ...Fault.status(529) })
      const pool = yield* Pool.make()
      const began = yield* Clock.currentTimeMillis
      const calls = yield* startAll(pool, ["a", "b"])
      assert.deepStrictEqual(yield* endOf(calls), ["OverloadedError", "OverloadedError"])
      assert.approximately((yield* Clock.currentTimeMillis) - began, 60 * minute, 2 * minute)
      yield* (yield* Emulator).clearFaults
      assert.deepStrictEqual(yield* askAll(pool, ["c"]), answersOf(["c"]))
    }).pipe(Effect.scoped, onServer())
  )

  it.live("is repeated without callers that left, and not at all when all have left", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, times: 2, ...Fault.status(529) })
      const pool = yield* Pool.make()
      const [a, b, c] = yield* startAll(pool, ["a", "b", "c"])
      assert(a !== undefined && b !== undefined && c !== undefined)
      while ((yield* creates) < 1) yield* Effect.sleep("100 millis")
      yield* Fiber.interrupt(b)
      assert.deepStrictEqual(yield* endOf([a, b, c]), ["Hello from a", "interrupted", "Hello from c"])
      assert.deepStrictEqual(yield* sent, [["a", "c"]])

      yield* script({ when: atCreate, ...Fault.status(529) })
      const [d] = yield* startAll(pool, ["d"])
      assert(d !== undefined)
      while ((yield* creates) < 4) yield* Effect.sleep("100 millis")
      yield* Fiber.interrupt(d)
      yield* Effect.sleep("10 minutes")
      assert.strictEqual(yield* creates, 4)
    }).pipe(Effect.scoped, onServer())
  )
})

describe("a queue that is full", () => {
  it.live("is waited for while it holds a batch of the pool", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxRequests: 8, window: "1 second" })
      const names = namesOf(24)
      assert.deepStrictEqual(yield* askAll(pool, names), answersOf(names))
      assert.deepStrictEqual(
        (yield* sent).map(({ length }) => length),
        [8, 8, 8]
      )
      yield* chargedOnce(names)
    }).pipe(Effect.scoped, onServer({ limits: { queuedBatchRequests: 10 }, plan: { endsAfter: "20 minutes" } }))
  )

  it.live("causes a batch that is too large for it alone to be divided, and later batches to be smaller", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxRequests: 9 })
      const names = namesOf(9)
      assert.deepStrictEqual(yield* askAll(pool, names), answersOf(names))
      assert.isTrue((yield* sent).every(({ length }) => length <= 4))
      yield* chargedOnce(names)
    }).pipe(Effect.scoped, onServer({ limits: { queuedBatchRequests: 4 } }))
  )
})

describe("a create that is too large", () => {
  it.live("is divided until it fits", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const names = namesOf(20)
      assert.deepStrictEqual(yield* askAll(pool, names), answersOf(names))
      yield* chargedOnce(names)
      assert.isAtLeast((yield* sent).length, 4)
    }).pipe(Effect.scoped, onServer({ maxBodyBytes: 1_000 }))
  )

  it.live("fails only the call that is too large alone", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, ["a", "b".repeat(1_000), "c"])
      assert.deepStrictEqual(yield* endOf(calls), ["Hello from a", "RequestTooLargeError", "Hello from c"])
    }).pipe(Effect.scoped, onServer({ maxBodyBytes: 1_000 }))
  )

  it.live("leaves interrupted callers out of its halves", () =>
    Effect.gen(function* () {
      yield* script(
        { when: atCreate, ...Fault.status(413) },
        { when: atCreate, ...Fault.delay("1 minute", Fault.status(529)) }
      )
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, ["a", "b", "c", "d"])
      while ((yield* creates) < 2) yield* Effect.sleep("1 second")
      if (calls[3] !== undefined) yield* Fiber.interrupt(calls[3])
      assert.deepStrictEqual(yield* endOf(calls), ["Hello from a", "Hello from b", "Hello from c", "interrupted"])
      assert.deepStrictEqual((yield* sent).flat().sort(), ["a", "b", "c"])
    }).pipe(Effect.scoped, onServer())
  )
})

describe("a create that is refused for good", () => {
  for (const [name, status, details, tag] of [
    ["a wrong credential", 401, undefined, "AuthenticationError"],
    ["a missing permission", 403, undefined, "PermissionError"],
    ["a malformed body", 400, undefined, "InvalidRequestError"],
    ["a spend limit", 429, { error_code: "enforced_spend_limit_reached" }, "SpendLimitError"]
  ] as const) {
    it.live(`fails every caller of its batch after ${name}, and is not repeated`, () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, ...Fault.status(status, details === undefined ? {} : { details }) })
        const pool = yield* Pool.make()
        assert.deepStrictEqual(yield* endOf(yield* startAll(pool, ["a", "b"])), [tag, tag])
        assert.strictEqual(yield* creates, 1)
        assert.deepStrictEqual(yield* askAll(pool, ["c"]), answersOf(["c"]))
      }).pipe(Effect.scoped, onServer())
    )
  }
})

describe("a create whose answer is lost", () => {
  for (const [name, fault, creates_] of [
    ["a reset, with the batch", Fault.processedThenReset(), 1],
    ["a reset, without a batch", Fault.resetBeforeHeaders(), 2],
    ["a timeout, with the batch", Fault.processedThenStall(), 1],
    ["a server error, with the batch", Fault.processedThenStatus(500), 1],
    ["a server error, without a batch", Fault.status(500), 2],
    ["a success that cannot be read", Fault.processedThen(Fault.body("{}")), 1],
    ["a reset, with a batch 100 seconds later", Fault.processedLater("100 seconds", Fault.resetBeforeHeaders()), 1]
  ] as const) {
    it.live(`is searched for after ${name}, and nothing is created twice`, () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, ...fault })
        const pool = yield* Pool.make()
        const names = namesOf(7)
        assert.deepStrictEqual(yield* askAll(pool, names), answersOf(names))
        assert.strictEqual(yield* creates, creates_)
        yield* chargedOnce(names)
      }).pipe(Effect.scoped, onServer({ strangers: () => [{ requests: 7, endsAfter: "30 minutes" }] }))
    )
  }

  it.live("is not matched to a batch of unknown owner as long as its own may be listed late", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const pool = yield* Pool.make()
      const names = namesOf(7)
      assert.deepStrictEqual(yield* askAll(pool, names), answersOf(names))
      yield* chargedOnce(names)
    }).pipe(
      Effect.scoped,
      onServer({
        plan: { listedAfter: "90 seconds" },
        strangers: () => [{ requests: 7, endsAfter: 0, archivedAfter: 0 }]
      })
    )
  )

  it.live("is not created again when any batch of its size with unreadable results may be its own", () =>
    Effect.gen(function* () {
      const atResults = { method: "GET", path: (path: string) => path.endsWith("/results") }
      yield* script(
        { when: atCreate, ...Fault.delay("100 seconds", Fault.resetBeforeHeaders()) },
        { when: atCreate, ...Fault.delay("1 minute", Fault.processedThenReset()) },
        { when: atResults, times: 10_000, ...Fault.status(404) }
      )
      const pool = yield* Pool.make({ maxRequests: 1 })
      assert.deepStrictEqual(yield* endOf(yield* startAll(pool, ["a", "b"])), [
        "AnswerMissingError",
        "AnswerMissingError"
      ])
      assert.strictEqual(yield* creates, 2)
      yield* (yield* Emulator).clearFaults
    }).pipe(Effect.scoped, onServer())
  )

  it.live("does not delay other batches of the pool", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const pool = yield* Pool.make({ window: "1 second" })
      const [a] = yield* startAll(pool, ["a"])
      yield* Effect.sleep("10 seconds")
      const began = yield* Clock.currentTimeMillis
      yield* askAll(pool, ["b"])
      assert.isBelow((yield* Clock.currentTimeMillis) - began, 2 * minute)
      assert(a !== undefined)
      assert.deepStrictEqual(yield* endOf([a]), ["Hello from a"])
    }).pipe(Effect.scoped, onServer({ plan: (_, index) => ({ endsAfter: index === 0 ? "3 hours" : "1 minute" }) }))
  )

  it.live("is searched for again when the listing fails for a while", () =>
    Effect.gen(function* () {
      yield* script(
        { when: atCreate, ...Fault.resetBeforeHeaders() },
        { when: { method: "GET", path: (path) => path === "/v1/messages/batches" }, times: 9, ...Fault.status(500) }
      )
      const pool = yield* Pool.make()
      assert.deepStrictEqual(yield* askAll(pool, ["a"]), answersOf(["a"]))
      assert.strictEqual(yield* creates, 2)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("fails its callers with IndeterminateError where batches may not be listed", () =>
    Effect.gen(function* () {
      yield* script(
        { when: atCreate, ...Fault.processedThenReset() },
        { when: { method: "GET", path: (path) => path === "/v1/messages/batches" }, ...Fault.status(403) }
      )
      const pool = yield* Pool.make()
      assert.deepStrictEqual(yield* endOf(yield* startAll(pool, ["a", "b"])), [
        "IndeterminateError",
        "IndeterminateError"
      ])
      assert.strictEqual(yield* creates, 1)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("is given up with a warning when its callers are gone, because its batch is not known", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const { messages, layer } = logged()
      const pool = yield* Effect.provide(Pool.make(), layer)
      const calls = yield* startAll(pool, ["a", "b"])
      while ((yield* creates) < 1) yield* Effect.sleep("1 second")
      yield* Effect.sleep("10 seconds")
      yield* Effect.forEach(calls, Fiber.interrupt)
      yield* Effect.sleep("1 hour")
      assert.strictEqual(yield* creates, 1)
      assert.strictEqual(yield* cancels, 0)
      assert.match(messages.join("\n"), /batch of 2 requests may exist, and no call waits for it/)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("is sent again unchanged, and its callers get the error when that is refused", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() }, { when: atCreate, ...Fault.status(413) })
      const pool = yield* Pool.make()
      const tag = "RequestTooLargeError"
      assert.deepStrictEqual(yield* endOf(yield* startAll(pool, ["a", "b"])), [tag, tag])
      assert.strictEqual(yield* creates, 2)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("is repeated with a growing wait when its second create is refused for now", () =>
    Effect.gen(function* () {
      yield* script(
        { when: atCreate, ...Fault.resetBeforeHeaders() },
        { when: atCreate, times: 3, ...Fault.status(429) }
      )
      const pool = yield* Pool.make()
      assert.deepStrictEqual(yield* askAll(pool, ["a", "b"]), answersOf(["a", "b"]))
      assert.deepStrictEqual(yield* sent, [["a", "b"]])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("is reported in a warning when its batch shows up after a second was created", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedLater("3 minutes", Fault.resetBeforeHeaders()) })
      const { messages, layer } = logged()
      const pool = yield* Effect.provide(Pool.make(), layer)
      assert.deepStrictEqual(yield* askAll(pool, ["a"]), answersOf(["a"]))
      yield* Effect.sleep("1 hour")
      assert.strictEqual((yield* charges).get("a"), 2)
      assert.match(messages.join("\n"), /was created late, and has the requests of batch/)
    }).pipe(Effect.scoped, onServer({ plan: (_, index) => ({ endsAfter: index === 0 ? "20 minutes" : "1 minute" }) }))
  )

  it.live("has no effect on answers when a later search for its batch fails", () =>
    Effect.gen(function* () {
      const listing = { method: "GET", path: (path: string) => path === "/v1/messages/batches" } as const
      yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() }, { when: listing, skip: 2, ...Fault.status(403) })
      const pool = yield* Pool.make()
      assert.deepStrictEqual(yield* askAll(pool, ["a"]), answersOf(["a"]))
      yield* Effect.sleep("1 minute")
    }).pipe(Effect.scoped, onServer())
  )

  it.live("fails its callers with AnswerMissingError when it is unknown whose the found batch is", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const pool = yield* Pool.make()
      const [a] = yield* startAll(pool, ["a"])
      assert(a !== undefined)
      const error = yield* errorOf(a)
      assert.strictEqual(error._tag, "AnswerMissingError")
      assert.strictEqual(yield* creates, 1)
    }).pipe(Effect.scoped, onServer({ plan: { lines: () => [] } }))
  )
})

describe("a request that changes while it waits", () => {
  it.live("fails alone when it has grown beyond the bytes of a batch", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxBytes: 1_000 })
      const metadata = { user_id: "a" }
      const calls = yield* startAll(pool, ["b", "c"])
      const grown = yield* Effect.forkChild(pool.create({ ...paramsOf("a"), metadata }))
      yield* Effect.sleep("1 second")
      metadata.user_id = "a".repeat(700)
      if (calls[0] !== undefined) yield* Fiber.interrupt(calls[0])
      const error = yield* errorOf(grown)
      assert.match(error.message, /params: the request was changed while it waited, and is now too large/)
      assert.deepStrictEqual(yield* endOf(calls), ["interrupted", "Hello from c"])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("fails alone when it has become invalid", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const params = { ...paramsOf("a") }
      const changed = yield* Effect.forkChild(pool.create(params))
      const calls = yield* startAll(pool, ["b", "c"])
      yield* Effect.sleep("1 second")
      params.max_tokens = -1
      if (calls[0] !== undefined) yield* Fiber.interrupt(calls[0])
      assert.deepStrictEqual(yield* endOf([changed, ...calls]), ["RequestRefusedError", "interrupted", "Hello from c"])
    }).pipe(Effect.scoped, onServer())
  )
})
