// The limiter: what the server says settles it, media and cached text draw little, and an interrupted call draws nothing.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Endpoint from "effect-anthropic/Endpoint"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as RateLimit from "effect-anthropic/RateLimit"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { wireMessage } from "../support/batches.ts"
import { apiError, fakeClient, json, using } from "../support/fakeClient.ts"
import { model } from "../support/fixtures.ts"

type Fake = ReturnType<typeof fakeClient>

const at = (seconds: number) => new Date(seconds * 1_000).toISOString()
const window = (name: string, limit: number, remaining: number, reset?: string) => ({
  [`anthropic-ratelimit-${name}-limit`]: `${limit}`,
  [`anthropic-ratelimit-${name}-remaining`]: `${remaining}`,
  ...(reset === undefined ? {} : { [`anthropic-ratelimit-${name}-reset`]: reset })
})

const retrieve = Models.retrieve("claude-test-1")
const params = (changes: object = {}): Messages.MessageParams => ({
  model: "claude-opus-5-5",
  max_tokens: 10,
  messages: [Messages.user("Hello")],
  ...changes
})
const create = (changes: object = {}) => Messages.create(params(changes))

const limited = (
  fake: { readonly layer: Layer.Layer<HttpClient.HttpClient> },
  options?: RateLimit.LimiterOptions,
  settings: Anthropic.Options = {}
) =>
  using({ layer: RateLimit.layer(options).pipe(Layer.provide(fake.layer)) }, { retry: { maxRetries: 0 }, ...settings })

const settled = Effect.repeat(Effect.yieldNow, { times: 300 })

/** Runs calls at once and returns when each was sent, in seconds. */
const timesOf = <E, R>(fake: Fake, effects: ReadonlyArray<Effect.Effect<unknown, E, R>>) =>
  Effect.gen(function* () {
    const before = fake.requests.length
    const fiber = yield* Effect.forkChild(Effect.all(effects, { concurrency: "unbounded" }))
    yield* settled
    yield* TestClock.adjust("3 hours")
    yield* Fiber.join(fiber)
    return fake.requests.slice(before).map(({ at }) => at / 1_000)
  })

const six = <A>(one: A): ReadonlyArray<A> => Array.from({ length: 6 }, () => one)

describe("what a call draws", () => {
  /** A server that says each time that this much is left of two million. */
  const generous = (remaining: number) =>
    fakeClient(() => json(wireMessage("Hi"), { headers: window("input-tokens", 2_000_000, remaining, at(60)) }))
  const data = "A".repeat(7_000_000)
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data } }
  const pdf = { type: "document", source: { type: "base64", media_type: "application/pdf", data } }
  const text = "word ".repeat(1_400_000)
  const ephemeral = { type: "ephemeral" }

  const calls: ReadonlyArray<readonly [name: string, changes: object]> = [
    ["an image of 7 MB", { messages: [{ role: "user", content: [image] }] }],
    ["a PDF of 7 MB", { messages: [{ role: "user", content: [pdf] }] }],
    [
      "an image of 7 MB in a tool result",
      { messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: [image] }] }] }
    ],
    ["a cached system prompt of 7 MB", { system: [{ type: "text", text, cache_control: ephemeral }] }],
    [
      "a cached conversation of 7 MB",
      { cache_control: ephemeral, messages: [Messages.user(text), Messages.assistant("Yes."), Messages.user("Go on.")] }
    ],
    [
      "an image of 7 MB in a block of an unknown kind",
      { messages: [Messages.user([Messages.raw({ type: "x", y: image })])] }
    ]
  ]
  it.effect.each(calls)("a call draws little for %s", ([, changes]) => {
    const fake = generous(1_998_000)
    return Effect.gen(function* () {
      yield* create()
      assert.deepStrictEqual(yield* timesOf(fake, six(create(changes))), [0, 0, 0, 0, 0, 0])
    }).pipe(limited(fake))
  })

  it.effect("the remaining tokens of an answer replace an estimate that is far too high", () => {
    const fake = generous(1_998_000)
    return Effect.gen(function* () {
      yield* create()
      // About 2.3 million tokens by their characters: one after the other, since each answer settles the bucket.
      assert.deepStrictEqual(yield* timesOf(fake, six(create({ system: text }))), [0, 0, 0, 0, 0, 0])
    }).pipe(limited(fake))
  })

  it.effect("a call draws an estimate from its text when answers have no limits", () => {
    const headers = window("input-tokens", 1_000, 1_000)
    const fake = fakeClient((_, index) => json(wireMessage("Hi"), { headers: index === 0 ? headers : {} }))
    return Effect.gen(function* () {
      yield* create()
      // 600 tokens each, of 1 000 a minute.
      const long = create({ messages: [Messages.user("x".repeat(1_800))] })
      assert.deepStrictEqual(yield* timesOf(fake, [long, long, long]), [0, 12, 48])
    }).pipe(limited(fake))
  })

  for (const characters of [6_000, 6_000_000]) {
    it.effect(`a call of ${characters} characters draws at most the limit`, () => {
      const headers = window("input-tokens", 1_000, 1_000)
      const fake = fakeClient((_, index) => json(wireMessage("Hi"), { headers: index === 0 ? headers : {} }))
      return Effect.gen(function* () {
        yield* create()
        const long = create({ messages: [Messages.user("x".repeat(characters))] })
        // Far more tokens than 1 000. 1 000 are drawn, and the next is sent when 900 are there again.
        assert.deepStrictEqual(yield* timesOf(fake, [long, long, create()]), [0, 54, 60.12])
      }).pipe(limited(fake))
    })
  }

  it.effect("calls of a pool whose limit is not known yet count as the limit at most when it becomes known", () => {
    const headers = window("input-tokens", 1_000, 1_000)
    const fake = fakeClient((_, index) => {
      if (index === 1) return Effect.never
      return json(wireMessage("Hi"), { headers: index === 0 ? headers : {} })
    })
    return Effect.gen(function* () {
      const long = create({ messages: [Messages.user("x".repeat(6_000_000))] })
      yield* Effect.forkChild(Effect.all([create(), Effect.ignore(long)], { concurrency: "unbounded" }))
      yield* settled
      assert.lengthOf(fake.requests, 2)
      // The long call is under way and holds 1 000 tokens.
      assert.deepStrictEqual(yield* timesOf(fake, [create()]), [0.12])
    }).pipe(limited(fake))
  })

  /** A call of an endpoint without a module, which may share the limits of messages. */
  const custom = (demand: (() => Endpoint.Demand) | undefined) =>
    Endpoint.request({
      name: "Messages.draft",
      method: "POST",
      kind: "generating",
      path: ["drafts"],
      model: "claude-opus-5-5",
      demand,
      response: Schema.Unknown
    })

  for (const [estimate, times] of [
    [Number.NaN, [0, 0, 0, 48]],
    [Number.NEGATIVE_INFINITY, [0, 0, 0, 48]],
    [-1_000_000, [0, 0, 0, 48]],
    [Number.POSITIVE_INFINITY, [0, 54, 108, 168]],
    [Number.MAX_VALUE, [0, 54, 108, 168]]
  ] as const) {
    it.effect(`a call of a custom endpoint with an estimate of ${estimate} counts as 0 to the limit`, () => {
      const headers = window("input-tokens", 1_000, 1_000)
      const fake = fakeClient((_, index) => json(wireMessage("Hi"), { headers: index === 0 ? headers : {} }))
      const odd = custom(() => ({ inputTokens: estimate, speed: undefined }))
      const even = custom(() => ({ inputTokens: 900, speed: undefined }))
      return Effect.gen(function* () {
        yield* odd
        assert.deepStrictEqual(yield* timesOf(fake, [odd, even, odd, even]), [...times])
      }).pipe(limited(fake))
    })
  }

  it.effect("a call without an estimate does not make others wait when its answer has the limit of tokens", () => {
    const fake = fakeClient(({ url }) => {
      const headers = url.pathname === "/v1/drafts" ? window("input-tokens", 1_000, 1_000) : {}
      return json(wireMessage("Hi"), { headers })
    })
    return Effect.gen(function* () {
      for (let call = 0; call < 20; call++) yield* create({ messages: [Messages.user("x".repeat(3_000))] })
      // Its answer is later than that of a call that was sent after it.
      yield* Effect.all([custom(undefined), create()], { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* timesOf(fake, [create()]), [0])
    }).pipe(limited(fake))
  })

  it.effect("a fast call draws from the limits of fast mode", () => {
    const headers = {
      "anthropic-fast-input-tokens-limit": "1000",
      "anthropic-fast-input-tokens-remaining": "0",
      "anthropic-fast-input-tokens-reset": at(30),
      ...window("input-tokens", 2_000_000, 1_999_000, at(60))
    }
    const fake = fakeClient((_, index) => json(wireMessage("Hi"), { headers: index === 0 ? headers : {} }))
    return Effect.gen(function* () {
      yield* create({ speed: "fast" })
      const times = yield* timesOf(fake, [create({ speed: "fast" }), create(), create({ speed: "fast" })])
      assert.deepStrictEqual(times, [0, 30, 30])
    }).pipe(limited(fake))
  })
})

describe("limits in answers of the server", () => {
  it.effect("the limiter waits when other programs use the same limit", () => {
    const fake = fakeClient((_, index) => json(model, { headers: index < 2 ? window("requests", 60, 1) : {} }))
    return Effect.gen(function* () {
      yield* retrieve
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve, retrieve, retrieve, retrieve]), [0, 0, 1, 2])
    }).pipe(limited(fake))
  })

  it.effect("an answer does not count calls that were sent after its own call", () =>
    Effect.gen(function* () {
      // The first call answers at 10 s that 10 requests are left; 8 were sent after it and are not in that figure.
      const fake = fakeClient((_, index) => {
        const answer = json(model, { headers: index === 0 ? window("requests", 60, 10) : {} })
        return Effect.delay(Effect.succeed(answer), index === 0 ? "10 seconds" : "60 seconds")
      })
      const times = yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(
          Effect.all(
            Array.from({ length: 9 }, () => retrieve),
            { concurrency: 9 }
          )
        )
        yield* settled
        yield* TestClock.adjust("10 seconds")
        const more = yield* timesOf(fake, [retrieve, retrieve, retrieve])
        yield* Fiber.join(fiber)
        return more
      }).pipe(limited(fake))
      assert.deepStrictEqual(times, [10, 10, 11])
    })
  )

  it.effect("an answer is ignored when a later call was answered before it", () =>
    Effect.gen(function* () {
      const fake = fakeClient((_, index) => {
        if (index === 0)
          return Effect.delay(Effect.succeed(json(model, { headers: window("requests", 60, 60) })), "5 seconds")
        return json(model, { headers: index === 1 ? window("requests", 60, 1) : {} })
      })
      const times = yield* Effect.gen(function* () {
        const slow = yield* Effect.forkChild(retrieve)
        yield* settled
        yield* TestClock.adjust("4900 millis")
        yield* retrieve
        yield* TestClock.adjust("100 millis")
        yield* Fiber.join(slow)
        return yield* timesOf(fake, [retrieve, retrieve, retrieve])
      }).pipe(limited(fake))
      // One request was left at 4.9 s, and the bucket gains one a second.
      assert.deepStrictEqual(times, [5, 5.9, 6.9])
    })
  )

  it.effect("requests that were drawn since an answer are not given back by its reset", () => {
    const fake = fakeClient((_, index) => json(model, { headers: index === 0 ? window("requests", 60, 1, at(5)) : {} }))
    return Effect.gen(function* () {
      yield* retrieve
      const times = yield* timesOf(
        fake,
        Array.from({ length: 10 }, () => retrieve)
      )
      // By the minute five more would have come until then; what was drawn has to be refilled, too.
      assert.deepStrictEqual(times, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    }).pipe(limited(fake))
  })

  it.effect("an answer with only a limit changes only the limit", () => {
    const limit = { "anthropic-ratelimit-requests-limit": "120" }
    const fake = fakeClient((_, index) => json(model, { headers: index < 2 ? limit : {} }))
    return Effect.gen(function* () {
      // Two requests a minute at first; with 120 a minute the third waits half a second.
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve, retrieve, retrieve, retrieve]), [0, 0, 0.5, 1])
    }).pipe(limited(fake, { requestsPerMinute: 2 }))
  })

  it.effect("an answer wakes a call that waits longer than it has to", () => {
    let level = 1
    const fake = fakeClient((_, index) =>
      index === 1
        ? Effect.delay(
            Effect.sync(() => json(model, { headers: window("requests", 1_000, 900) })),
            "3 seconds"
          )
        : json(model, { headers: window("requests", 1, level--) })
    )
    return Effect.gen(function* () {
      yield* retrieve
      // The second call draws the only request; its answer says that there are many more by now.
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve, retrieve]), [0, 3])
    }).pipe(limited(fake))
  })
})

describe("calls that do not come to an end", () => {
  it.effect("540 waiting calls that are interrupted do not make later calls wait", () => {
    const fake = fakeClient(() => json(model))
    return Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 600 }, () => retrieve),
          { concurrency: "unbounded" }
        )
      )
      yield* settled
      assert.strictEqual(fake.requests.length, 60)
      yield* Fiber.interrupt(fiber)
      // The sixty that were sent are counted; the next call waits for one request, not for 540.
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve]), [1])
    }).pipe(limited(fake, { requestsPerMinute: 60 }))
  })

  it.effect("the next call is sent when a waiting call before it is interrupted", () => {
    const headers = window("input-tokens", 600, 600)
    const fake = fakeClient((_, index) => json(wireMessage("Hi"), { headers: index === 0 ? headers : {} }))
    return Effect.gen(function* () {
      yield* create()
      yield* create({ messages: [Messages.user("x".repeat(1_770))] })
      // 10 of 600 are left. The first needs 300 and waits 29 s; the second needs 11.
      const first = yield* Effect.forkChild(create({ messages: [Messages.user("x".repeat(900))] }))
      yield* settled
      const second = yield* Effect.forkChild(create({ messages: [Messages.user("x".repeat(33))] }))
      yield* settled
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(fake.requests.length, 2)
      yield* Fiber.interrupt(first)
      yield* Fiber.join(second)
      assert.deepStrictEqual(
        fake.requests.map(({ at }) => at),
        [0, 0, 500]
      )
    }).pipe(limited(fake))
  })

  it.effect("calls give back what they drew when the connection fails", () => {
    const fake = fakeClient(() => Effect.fail(new Error("no route")))
    return Effect.gen(function* () {
      const times = yield* timesOf(
        fake,
        Array.from({ length: 200 }, () => Effect.ignore(retrieve))
      )
      assert.deepStrictEqual(new Set(times), new Set([0]))
    }).pipe(limited(fake, { requestsPerMinute: 60 }))
  })

  it.effect("a call that fails does not change what was drawn by calls that were sent after it", () => {
    // The first call fails at 1 s. The second is answered at 2 s, when the third is under way: its 600 tokens are missing.
    const fake = fakeClient((_, index) => {
      if (index === 0) return json(wireMessage("Hi"), { headers: window("input-tokens", 1_000, 1_000) })
      if (index === 1) return Effect.delay(Effect.fail(new Error("no route")), "1 second")
      if (index === 2) {
        const headers = window("input-tokens", 1_000, 998)
        return Effect.delay(Effect.succeed(json(wireMessage("Hi"), { headers })), "2 seconds")
      }
      return Effect.delay(Effect.succeed(json(wireMessage("Hi"))), "1 minute")
    })
    const long = create({ messages: [Messages.user("x".repeat(1_200))] })
    return Effect.gen(function* () {
      yield* create()
      const under = yield* Effect.forkChild(
        Effect.all([Effect.ignore(long), create(), long], { concurrency: "unbounded" })
      )
      yield* settled
      yield* TestClock.adjust("2 seconds")
      assert.lengthOf(fake.requests, 4)
      // 998 - 400 tokens are left. The first two calls of 400 need 202 more, which come in 12.12 seconds.
      assert.deepStrictEqual(yield* timesOf(fake, [long, long]), [2, 14.12])
      yield* Fiber.join(under)
    }).pipe(limited(fake))
  })

  it.effect("a call that fails gives nothing back when a later answer has not counted it", () => {
    const fake = fakeClient((_, index) => {
      if (index === 0) return json(model, { headers: window("requests", 2, 2) })
      if (index === 1) return Effect.delay(Effect.fail(new Error("no route")), "1 second")
      return json(model, { headers: index === 2 ? window("requests", 2, 1) : {} })
    })
    return Effect.gen(function* () {
      yield* retrieve
      const failing = yield* Effect.forkChild(Effect.ignore(retrieve))
      yield* settled
      yield* retrieve
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(failing)
      // One of two requests was left at 0 s.
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve, retrieve]), [1, 30])
    }).pipe(limited(fake))
  })

  it.effect("a call that fails does not delay the reset that the server has announced", () => {
    const fake = fakeClient((_, index) => {
      if (index === 0) return json(model, { headers: window("requests", 60, 1, at(5)) })
      return index === 1 ? Effect.fail(new Error("no route")) : json(model)
    })
    return Effect.gen(function* () {
      yield* retrieve
      yield* Effect.ignore(retrieve)
      yield* TestClock.adjust("6 seconds")
      const times = yield* timesOf(
        fake,
        Array.from({ length: 60 }, () => retrieve)
      )
      assert.deepStrictEqual(new Set(times), new Set([6]))
    }).pipe(limited(fake))
  })

  it.effect("calls that are interrupted after they were sent are counted", () => {
    const fake = fakeClient((_, index) => (index < 60 ? Effect.never : json(model)))
    return Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 60 }, () => retrieve),
          { concurrency: "unbounded" }
        )
      )
      yield* settled
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* timesOf(fake, [retrieve, retrieve]), [1, 2])
    }).pipe(limited(fake, { requestsPerMinute: 60 }))
  })
})

describe("waiting", () => {
  it.effect("calls are sent in the order in which they came", () => {
    const fake = fakeClient(() => json(model))
    return Effect.gen(function* () {
      const ids = Array.from({ length: 8 }, (_, index) => `claude-test-${index}`)
      yield* timesOf(
        fake,
        ids.map((id) => Models.retrieve(id))
      )
      assert.deepStrictEqual(
        fake.requests.map(({ url }) => url.pathname.split("/").at(-1)),
        ids
      )
    }).pipe(limited(fake, { requestsPerMinute: 2 }))
  })

  it.effect("waiting does not count towards the response timeout, and the time after it does", () =>
    Effect.gen(function* () {
      const fake = fakeClient((_, index) => (index < 3 ? json(model) : Effect.never))
      const result = yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(
          Effect.all(
            Array.from({ length: 4 }, () => Effect.result(retrieve)),
            { concurrency: "unbounded" }
          )
        )
        yield* settled
        yield* TestClock.adjust("3 minutes")
        assert.strictEqual(fake.requests.length, 4)
        yield* TestClock.adjust("9 seconds")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Clock.currentTimeMillis, 190_000)
        return yield* Fiber.join(fiber)
      }).pipe(limited(fake, { requestsPerMinute: 1 }, { responseTimeout: "10 seconds" }))
      assert.deepStrictEqual(
        result.map((one) => (one._tag === "Failure" ? one.failure._tag : "ok")),
        ["ok", "ok", "ok", "ResponseTimeoutError"]
      )
    })
  )

  it.effect("300 calls to an emulator that allows 60 a minute are never refused after its first answer", () =>
    Effect.gen(function* () {
      const { requests } = yield* AnthropicEmulator.Emulator
      yield* Models.retrieve("claude-opus-5-5")
      const calls = Effect.all(
        Array.from({ length: 300 }, () => Models.retrieve("claude-opus-5-5")),
        { concurrency: "unbounded", discard: true }
      )
      const fiber = yield* Effect.forkChild(calls)
      yield* settled
      yield* TestClock.adjust("4 minutes")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(fiber)
      assert.strictEqual((yield* requests).length, 301)
    }).pipe(
      Effect.provide(
        RateLimit.layer().pipe(
          Layer.provideMerge(AnthropicEmulator.layer({ limits: { callsPerMinute: { models: 60 } } })),
          Layer.merge(Anthropic.layer({ apiKey: "test-key-1234", retry: { maxRetries: 0 } }))
        )
      )
    )
  )

  it.effect.prop(
    "the limiter never sends more than a bucket of the API allows",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 })),
      Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5_000 }))).check(Schema.isMaxLength(60))
    ],
    ([limit, gaps]) =>
      Effect.gen(function* () {
        let level = limit
        let last = yield* Clock.currentTimeMillis
        let refused = 0
        const fake = fakeClient((sent) => {
          level = Math.min(limit, level + ((sent.at - last) * limit) / 60_000)
          last = sent.at
          // A millisecond of rounding is not what this is about.
          if (level < 0.99) {
            refused += 1
            return apiError(429, "rate_limit_error")
          }
          level -= 1
          return json(model, { headers: window("requests", limit, Math.floor(level), at(last / 1_000 + 60)) })
        })
        yield* Effect.gen(function* () {
          const fibers = []
          for (const gap of gaps) {
            yield* TestClock.adjust(gap)
            fibers.push(yield* Effect.forkChild(Effect.ignore(retrieve)))
            yield* Effect.repeat(Effect.yieldNow, { times: 20 })
          }
          yield* TestClock.adjust("2 hours")
          for (const fiber of fibers) yield* Fiber.join(fiber)
        }).pipe(limited(fake, { requestsPerMinute: limit }))
        assert.strictEqual(refused, 0)
        assert.strictEqual(fake.requests.length, gaps.length)
      }),
    { arbitrary: { runs: 30 } }
  )
})
