import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as RateLimit from "effect-anthropic/RateLimit"
import { wireMessage } from "./support/batches.ts"
import { answering, apiError, fakeClient, json, using } from "./support/fakeClient.ts"
import { model } from "./support/fixtures.ts"

type Headers = { readonly [name: string]: string }

const window = (name: string, limit: number, remaining: number, reset: string): Headers => ({
  [`anthropic-ratelimit-${name}-limit`]: `${limit}`,
  [`anthropic-ratelimit-${name}-remaining`]: `${remaining}`,
  [`anthropic-ratelimit-${name}-reset`]: reset
})

const at = (seconds: number) => new Date(seconds * 1_000).toISOString()
const retrieve = Models.retrieve("claude-test-1")
const create = (model: string, text = "Hello") =>
  Messages.create({ model, max_tokens: 10, messages: [Messages.user(text)] })

describe("modelClass", () => {
  it("puts together what shares a limit, and nothing else", () => {
    assert.strictEqual(RateLimit.modelClass("claude-opus-4-8"), "claude-opus-4")
    assert.strictEqual(RateLimit.modelClass("claude-opus-4-5-20251101"), "claude-opus-4")
    assert.strictEqual(RateLimit.modelClass("claude-fable-5-2"), "claude-fable-5")
    assert.strictEqual(RateLimit.modelClass("claude-opus-5-5"), "claude-opus-5-5")
    assert.strictEqual(RateLimit.modelClass("claude-opus-6"), "claude-opus-6")
  })

  it("knows the pools of operations", () => {
    assert.strictEqual(RateLimit.poolOf({ operation: "Batches.create" }), "batches")
    assert.strictEqual(RateLimit.poolOf({ operation: "Files.upload", model: undefined }), "files")
    assert.strictEqual(RateLimit.poolOf({ operation: "Messages.countTokens", model: "claude-opus-5" }), "count_tokens")
    assert.strictEqual(
      RateLimit.poolOf({ operation: "Messages.create", model: "claude-sonnet-4-6" }),
      "messages:claude-sonnet-4"
    )
    assert.strictEqual(RateLimit.poolOf({ operation: "Messages.create" }), "messages:")
    assert.strictEqual(RateLimit.poolOf({ operation: "" }), "")
  })
})

describe("Latest", () => {
  const latest = RateLimit.Latest.use(({ get }) => get)

  it.effect("keeps the newest snapshot of each pool, of successes and failures", () => {
    const fake = fakeClient((sent, index) => {
      const headers = { "request-id": `req_${index}`, ...window("requests", 50, 49 - index, at(60)) }
      if (index === 2) return apiError(429, "rate_limit_error", { headers })
      return sent.method === "POST" ? json(wireMessage("Hi"), { headers }) : json(model, { headers })
    })
    return Effect.gen(function* () {
      assert.strictEqual((yield* latest).size, 0)
      yield* retrieve
      yield* create("claude-opus-4-7")
      yield* Effect.flip(create("claude-opus-4-8"))
      const all = yield* latest
      assert.deepStrictEqual([...all.keys()], ["models", "messages:claude-opus-4"])
      const snapshot = all.get("messages:claude-opus-4")
      assert(snapshot !== undefined)
      assert.deepStrictEqual(snapshot.windows.requests, {
        limit: 50,
        remaining: 47,
        reset: DateTime.makeUnsafe(60_000)
      })
      assert.deepStrictEqual(
        [snapshot.requestId, snapshot.at, snapshot.skewMillis],
        ["req_2", DateTime.makeUnsafe(0), 0]
      )
    }).pipe(Effect.provide(RateLimit.layerLatest), using(fake, { retry: { maxRetries: 0 } }))
  })

  it.effect("is a stream of changes, beside an observer of one's own", () => {
    const headers = window("tokens", 1_000, 500, "soon")
    const seen: Array<string> = []
    return Effect.gen(function* () {
      const { changes } = yield* RateLimit.Latest
      const fiber = yield* Effect.forkChild(Stream.runCollect(Stream.take(changes, 2)))
      yield* Effect.yieldNow
      yield* retrieve
      const [before, after] = yield* Fiber.join(fiber)
      assert.strictEqual(before?.size, 0)
      assert.deepStrictEqual(after?.get("models")?.windows, { tokens: { limit: 1_000, remaining: 500 } })
      assert.deepStrictEqual(seen, ["Models.retrieve"])
    }).pipe(
      Effect.provide(RateLimit.layerLatest),
      Effect.provideService(Anthropic.OnResponse, ({ operation }) => Effect.sync(() => seen.push(operation))),
      using(answering(json(model, { headers })))
    )
  })

  it.effect("is not changed by a response that tells nothing", () =>
    Effect.gen(function* () {
      yield* retrieve
      yield* retrieve
      assert.strictEqual((yield* latest).get("models")?.windows.requests?.remaining, 7)
    }).pipe(
      Effect.provide(RateLimit.layerLatest),
      using(answering(json(model, { headers: window("requests", 50, 7, at(60)) }), json(model)))
    )
  )

  it.effect("measures time by the server's clock", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      yield* retrieve
      const snapshot = (yield* latest).get("models")
      assert(snapshot !== undefined)
      assert.strictEqual(snapshot.skewMillis, 3_600_000)
      const left = (window: string, millis: number) =>
        RateLimit.untilReset(snapshot, window, DateTime.makeUnsafe(millis))
      assert.deepStrictEqual(left("requests", 1_000_000), Duration.seconds(20))
      assert.deepStrictEqual(left("requests", 1_030_000), Duration.zero)
      assert.isUndefined(left("tokens", 1_000_000))
    }).pipe(
      Effect.provide(RateLimit.layerLatest),
      // The server is an hour ahead: its "in 20 seconds" is an hour away by our clock.
      using(
        answering(
          json(model, {
            headers: { date: new Date(4_600_000).toUTCString(), ...window("requests", 50, 0, at(4_620)) }
          })
        )
      )
    )
  )
})

describe("the limiter", () => {
  const limited = (
    fake: { readonly layer: Layer.Layer<HttpClient.HttpClient> },
    options?: RateLimit.LimiterOptions,
    settings: Anthropic.Options = {}
  ) =>
    using(
      { layer: RateLimit.layer(options).pipe(Layer.provide(fake.layer)) },
      { retry: { maxRetries: 0 }, ...settings }
    )

  /** Runs calls at once, and gives when each was sent, in seconds. */
  const timesOf = <E, R>(fake: ReturnType<typeof fakeClient>, effects: ReadonlyArray<Effect.Effect<unknown, E, R>>) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.all(effects, { concurrency: "unbounded" }))
      yield* Effect.repeat(Effect.yieldNow, { times: 100 })
      yield* TestClock.adjust("2 hours")
      yield* Fiber.join(fiber)
      return fake.requests.map(({ at }) => at / 1_000)
    })

  it.effect("lets calls pass while it knows no limit", () => {
    const fake = answering(json(model))
    return Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* timesOf(
          fake,
          Array.from({ length: 5 }, () => retrieve)
        ),
        [0, 0, 0, 0, 0]
      )
    }).pipe(limited(fake))
  })

  it.effect("spaces calls by the limit it is told to begin with", () => {
    const fake = answering(json(model))
    return Effect.gen(function* () {
      const times = yield* timesOf(
        fake,
        Array.from({ length: 5 }, () => retrieve)
      )
      assert.deepStrictEqual(times, [0, 0, 30, 60, 90])
    }).pipe(limited(fake, { requestsPerMinute: 2 }))
  })

  it.effect("learns the limit of a pool, and shares it between fibers", () => {
    const fake = fakeClient(({ method }) => {
      const headers = window("requests", 3, 2, at(0))
      return method === "POST" ? json(wireMessage("Hi"), { headers }) : json(model, { headers })
    })
    return Effect.gen(function* () {
      yield* retrieve
      const times = yield* timesOf(fake, [...Array.from({ length: 5 }, () => retrieve), create("claude-opus-5")])
      // A bucket of three, one more every 20 seconds; messages are another pool.
      assert.deepStrictEqual(times, [0, 0, 0, 0, 0, 20, 40])
    }).pipe(limited(fake))
  })

  it.effect("spaces calls of a model by their input", () => {
    const headers = window("input-tokens", 1_000, 900, at(0))
    const fake = answering(json(wireMessage("Hi"), { headers }))
    return Effect.gen(function* () {
      const long = create("claude-opus-4-6", "word ".repeat(600))
      yield* create("claude-opus-4-8")
      const times = yield* timesOf(fake, [long, long, create("claude-opus-5")])
      assert.deepStrictEqual(times.slice(0, 3), [0, 0, 0])
      // About 770 tokens each: the second lacks some 540 of 1 000 a minute.
      assert.isTrue((times[3] ?? 0) > 25 && (times[3] ?? 0) < 40)
    }).pipe(limited(fake))
  })

  it.effect("pauses a pool that the server says is exhausted, until its reset", () => {
    const fake = fakeClient((_, index) =>
      json(wireMessage("Hi"), { headers: index === 0 ? window("output-tokens", 1_000, 0, at(30)) : {} })
    )
    return Effect.gen(function* () {
      yield* create("claude-opus-5")
      assert.deepStrictEqual(yield* timesOf(fake, [create("claude-opus-5"), create("claude-opus-5-5")]), [0, 0, 30])
    }).pipe(limited(fake))
  })

  it.effect("goes by the server's clock", () => {
    const date = new Date(3_600_000).toUTCString()
    const fake = fakeClient((_, index) =>
      json(model, { headers: index === 0 ? { date, ...window("requests", 1_000, 0, at(3_610)) } : {} })
    )
    return Effect.gen(function* () {
      yield* retrieve
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve]), [0, 10])
    }).pipe(limited(fake))
  })

  it.effect("makes the others wait after a 429, too", () => {
    const fake = fakeClient((_, index) =>
      index === 0 ? apiError(429, "rate_limit_error", { headers: { "retry-after": "20" } }) : json(model)
    )
    return Effect.gen(function* () {
      yield* Effect.flip(retrieve)
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve, retrieve]), [0, 20, 20])
    }).pipe(limited(fake))
  })

  it.effect("waits at most a minute for a server that asks for more", () => {
    const fake = fakeClient((_, index) =>
      index === 0 ? apiError(429, "rate_limit_error", { headers: { "retry-after": "3600" } }) : json(model)
    )
    return Effect.gen(function* () {
      yield* Effect.flip(retrieve)
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve]), [0, 60])
    }).pipe(limited(fake))
  })

  it.effect("takes no harm from headers that make no sense", () => {
    const nonsense = {
      ...window("requests", 0, -5, "never"),
      "anthropic-ratelimit-input-tokens-limit": "-1",
      "anthropic-ratelimit-tokens-remaining": "0",
      "anthropic-ratelimit-output-tokens-limit": "many",
      date: "yesterday"
    }
    const fake = answering(apiError(429, "rate_limit_error", { headers: nonsense }), json(model, { headers: nonsense }))
    return Effect.gen(function* () {
      yield* Effect.flip(retrieve)
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve, retrieve, retrieve]), [0, 0, 0, 0])
    }).pipe(limited(fake))
  })

  it.effect("does not let its waiting count towards the response timeout", () => {
    const fake = answering(json(model))
    return Effect.gen(function* () {
      const times = yield* timesOf(
        fake,
        Array.from({ length: 4 }, () => retrieve)
      )
      assert.deepStrictEqual(times, [0, 60, 120, 180])
    }).pipe(limited(fake, { requestsPerMinute: 1 }, { responseTimeout: "10 seconds" }))
  })

  it.effect("leaves requests of others alone", () => {
    const fake = answering(json({}))
    const other = HttpClient.get("https://example.com/")
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* timesOf(fake, [other, other, other]), [0, 0, 0])
    }).pipe(limited(fake, { requestsPerMinute: 1 }))
  })
})
