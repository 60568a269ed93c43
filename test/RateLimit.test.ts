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

describe("modelClass and poolOf", () => {
  it("modelClass returns one class for models that share a limit, and only for those", () => {
    assert.strictEqual(RateLimit.modelClass("claude-opus-4-8"), "claude-opus-4")
    assert.strictEqual(RateLimit.modelClass("claude-opus-4-5-20251101"), "claude-opus-4")
    assert.strictEqual(RateLimit.modelClass("claude-fable-5-2"), "claude-fable-5")
    assert.strictEqual(RateLimit.modelClass("claude-opus-5-5"), "claude-opus-5-5")
    assert.strictEqual(RateLimit.modelClass("claude-opus-6"), "claude-opus-6")
  })

  it("poolOf returns the pool of each operation", () => {
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

  it.effect("keeps the newest snapshot of each pool, of successful and failed calls", () => {
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

  it.effect("emits every change, and an observer of the caller is still called", () => {
    const headers = window("tokens", 1_000, 500, "soon")
    const seen: Array<string> = []
    return Effect.gen(function* () {
      const { changes } = yield* RateLimit.Latest
      const fiber = yield* Effect.forkChild(Stream.runCollect(Stream.take(changes, 2)))
      yield* Effect.repeat(Effect.yieldNow, { times: 20 })
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

  /** How many snapshots a reader gets that begins to read after these many calls, and the newest of them. */
  const behind = Effect.fnUntraced(function* (calls: number) {
    const { changes } = yield* RateLimit.Latest
    let isReady = false
    const taken: Array<number | undefined> = []
    const reader = Stream.runForEach(changes, (snapshots) => {
      if (isReady) taken.push(snapshots.get("models")?.windows.requests?.remaining)
      return isReady ? Effect.void : Effect.sleep("1 minute")
    })
    const fiber = yield* Effect.forkChild(reader)
    yield* Effect.repeat(Effect.yieldNow, { times: 20 })
    for (let call = 0; call < calls; call++) yield* retrieve
    isReady = true
    yield* TestClock.adjust("1 minute")
    yield* Fiber.interrupt(fiber)
    return taken
  })

  const counting = () =>
    fakeClient((_, index) => json(model, { headers: window("requests", 5_000, 5_000 - index - 1, at(60)) }))

  it.effect("keeps at most 16 changes for a slow reader, so that memory does not grow with every response", () =>
    Effect.gen(function* () {
      const taken = yield* behind(200)
      assert.isAtMost(taken.length, 18)
      assert.strictEqual(taken.at(-1), 4_800)
    }).pipe(Effect.provide(RateLimit.layerLatest), using(counting()))
  )

  it.effect("emits every change to a reader that is a little behind", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* behind(10), [4_999, 4_998, 4_997, 4_996, 4_995, 4_994, 4_993, 4_992, 4_991, 4_990])
    }).pipe(Effect.provide(RateLimit.layerLatest), using(counting()))
  )

  it.effect("is not changed by a response without limits", () =>
    Effect.gen(function* () {
      yield* retrieve
      yield* retrieve
      assert.strictEqual((yield* latest).get("models")?.windows.requests?.remaining, 7)
    }).pipe(
      Effect.provide(RateLimit.layerLatest),
      using(answering(json(model, { headers: window("requests", 50, 7, at(60)) }), json(model)))
    )
  )

  it.effect("measures the time until a reset by the server's clock", () =>
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

  it.effect("sends calls at once while no limit is known", () => {
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

  for (const [name, options] of [
    ["requestsPerMinute", { requestsPerMinute: Number.POSITIVE_INFINITY }],
    ["limits", { limits: { pools: { models: { requests: Number.POSITIVE_INFINITY } } } }]
  ] as const) {
    it.effect(`sends calls at once when the option ${name} says that they are unlimited`, () => {
      const fake = answering(json(model))
      return Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.all([retrieve, retrieve], { concurrency: "unbounded" }))
        yield* Effect.repeat(Effect.yieldNow, { times: 100 })
        yield* TestClock.adjust("2 hours")
        assert.deepStrictEqual(
          fake.requests.map(({ at }) => at),
          [0, 0]
        )
        yield* Fiber.join(fiber)
      }).pipe(limited(fake, options))
    })
  }

  it.effect("spaces calls by the limit of its options", () => {
    const fake = answering(json(model))
    return Effect.gen(function* () {
      const times = yield* timesOf(
        fake,
        Array.from({ length: 5 }, () => retrieve)
      )
      assert.deepStrictEqual(times, [0, 0, 30, 60, 90])
    }).pipe(limited(fake, { requestsPerMinute: 2 }))
  })

  /** A server that counts requests by a bucket of its own, as the API documents it, and refuses what is over it. */
  const counting = (limit: number) => {
    let level = limit
    let at = 0
    return fakeClient((sent) => {
      level = Math.min(limit, level + ((sent.at - at) * limit) / 60_000)
      at = sent.at
      const isOver = level < 1
      if (!isOver) level -= 1
      const fullAt = at + ((limit - level) * 60_000) / limit
      const headers = window("requests", limit, Math.floor(level), new Date(fullAt).toISOString())
      if (isOver) return apiError(429, "rate_limit_error", { headers })
      return sent.method === "POST" ? json(wireMessage("Hi"), { headers }) : json(model, { headers })
    })
  }

  it.effect("learns the limit of a pool and shares it between fibers", () => {
    const fake = counting(3)
    return Effect.gen(function* () {
      yield* retrieve
      const times = yield* timesOf(
        fake,
        Array.from({ length: 5 }, () => retrieve)
      )
      // A bucket of three requests, one more every 20 seconds.
      assert.deepStrictEqual(times, [0, 0, 0, 20, 40, 60])
    }).pipe(limited(fake))
  })

  it.effect("counts messages of another model in another pool", () => {
    const fake = fakeClient(({ method }) =>
      method === "POST" ? json(wireMessage("Hi")) : json(model, { headers: window("requests", 1, 0, at(60)) })
    )
    return Effect.gen(function* () {
      yield* retrieve
      assert.deepStrictEqual(
        yield* timesOf(fake, [retrieve, create("claude-opus-5"), create("claude-opus-4-8")]),
        [0, 0, 0, 60]
      )
    }).pipe(limited(fake))
  })

  it.effect("pauses a pool that the server says is exhausted until its reset", () => {
    const fake = fakeClient((_, index) =>
      json(wireMessage("Hi"), { headers: index === 0 ? window("output-tokens", 1_000, 0, at(30)) : {} })
    )
    return Effect.gen(function* () {
      yield* create("claude-opus-5")
      assert.deepStrictEqual(yield* timesOf(fake, [create("claude-opus-5"), create("claude-opus-5-5")]), [0, 0, 30])
    }).pipe(limited(fake))
  })

  it.effect("measures a pause by the server's clock", () => {
    const date = new Date(3_600_000).toUTCString()
    const fake = fakeClient((_, index) =>
      json(model, { headers: index === 0 ? { date, ...window("requests", 1_000, 0, at(3_610)) } : {} })
    )
    return Effect.gen(function* () {
      yield* retrieve
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve]), [0, 10])
    }).pipe(limited(fake))
  })

  it.effect("makes other calls wait after a 429", () => {
    const fake = fakeClient((_, index) =>
      index === 0 ? apiError(429, "rate_limit_error", { headers: { "retry-after": "20" } }) : json(model)
    )
    return Effect.gen(function* () {
      yield* Effect.flip(retrieve)
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve, retrieve]), [0, 20, 20])
    }).pipe(limited(fake))
  })

  it.effect("waits at most a minute where the server asks for more", () => {
    const fake = fakeClient((_, index) =>
      index === 0 ? apiError(429, "rate_limit_error", { headers: { "retry-after": "3600" } }) : json(model)
    )
    return Effect.gen(function* () {
      yield* Effect.flip(retrieve)
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve]), [0, 60])
    }).pipe(limited(fake))
  })

  it.effect("ignores invalid headers", () => {
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

  it.effect("stops the response timeout while calls wait", () => {
    const fake = answering(json(model))
    return Effect.gen(function* () {
      const times = yield* timesOf(
        fake,
        Array.from({ length: 4 }, () => retrieve)
      )
      assert.deepStrictEqual(times, [0, 60, 120, 180])
    }).pipe(limited(fake, { requestsPerMinute: 1 }, { responseTimeout: "10 seconds" }))
  })

  it.effect("does not delay requests that this SDK does not make", () => {
    const fake = answering(json({}))
    const other = HttpClient.get("https://example.com/")
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* timesOf(fake, [other, other, other]), [0, 0, 0])
    }).pipe(limited(fake, { requestsPerMinute: 1 }))
  })
})
