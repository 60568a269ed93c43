// The limits of a pool: windows, counts, bytes, calls that wait, batches under way; and requests that are surely wrong.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Models from "effect-anthropic/Models"
import * as Pool from "effect-anthropic/Pool"
import {
  askAll,
  creates,
  Emulator,
  endOf,
  errorOf,
  namesOf,
  onServer,
  paramsOf,
  sent,
  startAll,
  untilCreated
} from "./support.ts"

/** The bodies of the create calls, in bytes. */
const bodies = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.filter(({ path }) => path === "/v1/messages/batches").map(({ bodyBytes }) => bodyBytes)
})

describe("the options of a pool", () => {
  for (const [option, value] of [
    ["window", Number.POSITIVE_INFINITY],
    ["window", "soon"],
    ["maxRequests", 0],
    ["maxRequests", 100_001],
    ["maxBytes", 1.5],
    ["maxBytes", 256_000_001],
    ["maxWaiting", Number.NaN],
    ["maxInFlight", 0]
  ] as const) {
    it.live(`refuse ${value} as ${option}`, () =>
      Effect.gen(function* () {
        // What comes from a configuration has no exact type.
        const options: Pool.Options = JSON.parse("{}")
        const error = yield* Effect.flip(Pool.make(Object.assign(options, { [option]: value })))
        assert.strictEqual(error.option, option)
        assert.match(error.message, new RegExp(`^\`${option}\` is not a (whole number|finite duration)`))
        assert.isFalse(error.isRetryable)
      }).pipe(Effect.scoped, onServer())
    )
  }
})

describe("a batch of a pool", () => {
  it.live("has at most maxRequests requests, and at least nine tenths of them", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxRequests: 100 })
      yield* askAll(pool, namesOf(1_000))
      const sizes = (yield* sent).map(({ length }) => length)
      for (const size of sizes.slice(0, -1)) assert.isTrue(size <= 100 && size >= 90, `${size}`)
      assert.isAtLeast(new Set(sizes.slice(0, -1)).size, 2)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("has at most maxBytes bytes, exactly counted", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxBytes: 2_000 })
      const names = namesOf(40).map((name) => `${name} “é𝄞”`)
      assert.deepStrictEqual(
        yield* askAll(pool, names),
        names.map((name) => `Hello from ${name}`)
      )
      const all = yield* bodies
      assert.isTrue(all.every((bytes) => bytes <= 2_000))
      assert.isTrue(all.slice(0, -1).every((bytes) => bytes > 1_700))
      assert.deepStrictEqual((yield* sent).flat(), names)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("refuses only a request that is over maxBytes alone", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxBytes: 1_000 })
      const calls = yield* startAll(pool, ["a", "b".repeat(1_000), "c"])
      assert.deepStrictEqual(yield* endOf(calls), ["Hello from a", "RequestRefusedError", "Hello from c"])
      assert.strictEqual(yield* creates, 1)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("is collected for longer than the window while maxInFlight batches are running", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxInFlight: 1, window: "1 second" })
      const first = yield* startAll(pool, ["a"])
      yield* untilCreated(1)
      const second = yield* startAll(pool, ["b"])
      yield* Effect.sleep("10 minutes")
      const third = yield* startAll(pool, ["c"])
      yield* Effect.sleep("10 minutes")
      assert.strictEqual(yield* creates, 1)
      assert.deepStrictEqual(yield* endOf([...first, ...second, ...third]), [
        "Hello from a",
        "Hello from b",
        "Hello from c"
      ])
      assert.deepStrictEqual(yield* sent, [["a"], ["b", "c"]])
    }).pipe(Effect.scoped, onServer({ plan: { endsAfter: "1 hour" } }))
  )

  it.live("is not sent when all callers have left within the window", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, ["a", "b"])
      yield* Effect.sleep("1 second")
      yield* Effect.forEach(calls, Fiber.interrupt)
      yield* Effect.sleep("1 hour")
      assert.strictEqual(yield* creates, 0)
      assert.deepStrictEqual(yield* askAll(pool, ["c"]), ["Hello from c"])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("takes callers after all earlier callers have left", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const [a] = yield* startAll(pool, ["a"])
      assert(a !== undefined)
      yield* Effect.sleep("1 second")
      yield* Fiber.interrupt(a)
      assert.deepStrictEqual(yield* askAll(pool, ["b"]), ["Hello from b"])
      assert.deepStrictEqual(yield* sent, [["b"]])
    }).pipe(Effect.scoped, onServer())
  )
})

describe("calls beyond `maxWaiting`", () => {
  it.live("wait in their order until a batch was created, and are then answered", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxWaiting: 2, maxInFlight: 1, window: "1 second" })
      const calls = yield* startAll(pool, ["a", "b", "c", "d", "e"])
      assert.deepStrictEqual(
        yield* endOf(calls),
        ["a", "b", "c", "d", "e"].map((name) => `Hello from ${name}`)
      )
      assert.deepStrictEqual(yield* sent, [["a", "b"], ["c", "d"], ["e"]])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("take the places of callers that left, and can be interrupted while they wait", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxWaiting: 2, window: "1 minute" })
      const calls = yield* startAll(pool, ["a", "b", "c", "d", "e"])
      yield* Effect.sleep("1 second")
      for (const index of [2, 0]) yield* Fiber.interrupt(calls[index] ?? (yield* Effect.die("no call")))
      assert.deepStrictEqual(yield* endOf(calls), [
        "interrupted",
        "Hello from b",
        "interrupted",
        "Hello from d",
        "Hello from e"
      ])
      assert.deepStrictEqual(yield* sent, [["b", "d"], ["e"]])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("get the place of a waiting call that is interrupted when it gets the place", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxWaiting: 1 })
      const calls = yield* startAll(pool, ["a", "b", "c"])
      yield* Effect.sleep("1 second")
      yield* Fiber.interruptAll(calls.slice(0, 2))
      assert.deepStrictEqual(yield* endOf(calls), ["interrupted", "interrupted", "Hello from c"])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("get the place of a call that was refused", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxWaiting: 1, window: "1 second" })
      for (let times = 0; times < 3; times++) yield* Effect.flip(pool.create({ ...paramsOf("a"), max_tokens: 0 }))
      assert.deepStrictEqual(yield* askAll(pool, ["b"]), ["Hello from b"])
    }).pipe(Effect.scoped, onServer())
  )
})

describe("a request that is certainly wrong", () => {
  it.live("fails at once and alone, with the paths of its parameters", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const calls = yield* startAll(pool, ["a"])
      const error = yield* Effect.flip(pool.create({ ...paramsOf("b"), max_tokens: 0, messages: [] }))
      assert(error._tag === "RequestRefusedError")
      assert.deepInclude({ ...error }, { operation: "Pool.create", omitted: 0 })
      assert.deepStrictEqual(
        error.reasons.map(({ path }) => path),
        ["max_tokens", "messages"]
      )
      assert.deepStrictEqual(yield* endOf(calls), ["Hello from a"])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("fails with the issues of the option `check`", () =>
    Effect.gen(function* () {
      const check = Models.checker([])
      const pool = yield* Pool.make({ check })
      const error = yield* Effect.flip(pool.create(paramsOf("a")))
      assert(error._tag === "RequestRefusedError")
      assert.deepStrictEqual(
        error.reasons.map(({ path }) => path),
        ["model"]
      )
      assert.strictEqual(yield* creates, 0)
    }).pipe(Effect.scoped, onServer())
  )

  it.live("fails when the check throws, and the pool still answers others", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({
        check: ({ params }) => {
          if (params.max_tokens === 1) throw new Error("no such row")
          if (params.max_tokens === 2) throw "a text"
          return []
        }
      })
      for (const [max_tokens, text] of [
        [1, "`check` threw: no such row"],
        [2, "`check` threw: a text"]
      ] as const) {
        const error = yield* Effect.flip(pool.create({ ...paramsOf("a"), max_tokens }))
        assert(error._tag === "RequestRefusedError")
        assert.deepStrictEqual(error.reasons, [{ path: "params", description: text }])
      }
      assert.deepStrictEqual(yield* askAll(pool, ["b"]), ["Hello from b"])
    }).pipe(Effect.scoped, onServer())
  )

  it.live("fails with the error in its result when only the API finds it", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make()
      const [wrong, right] = yield* Effect.all([
        Effect.forkChild(pool.create({ ...paramsOf("a"), model: "claude-of-yesterday" })),
        Effect.forkChild(pool.create(paramsOf("b")))
      ])
      assert.strictEqual((yield* errorOf(wrong))._tag, "NotFoundError")
      assert.deepStrictEqual(yield* endOf([right]), ["Hello from b"])
    }).pipe(Effect.scoped, onServer())
  )
})
