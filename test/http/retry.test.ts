import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import { ConnectionError } from "../../src/AnthropicError.ts"
import { fromResponse } from "../../src/http/errors.ts"
import { delayBeforeRetry, type Failure, type OperationKind } from "../../src/http/retry.ts"
import {
  type Answer,
  answering,
  apiError,
  body,
  broken,
  empty,
  failure,
  json,
  onVirtualTime,
  using
} from "../support/fakeClient.ts"
import { batch, model, page, requests } from "../support/fixtures.ts"

/** Runs an operation that always gets the same answer: when it called, and how it ended. */
const calls = Effect.fnUntraced(function* <E>(
  operation: Effect.Effect<unknown, E, HttpClient.HttpClient>,
  answer: Answer,
  options: Anthropic.Options = {},
  random = 0
) {
  const fake = answering(answer)
  const start = yield* Clock.currentTimeMillis
  const result = yield* onVirtualTime(operation.pipe(using(fake, options)), random)
  return { times: fake.requests.map((request) => request.at - start), result }
})

const tagOf = (result: Result.Result<unknown, unknown>): string => {
  const error = Result.isFailure(result) ? result.failure : "success"
  return typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : String(error)
}

const causeOf = (result: Result.Result<unknown, unknown>): string =>
  Result.isFailure(result) && result.failure instanceof Error ? tagOf(Result.fail(result.failure.cause)) : "none"

const operations = {
  retrieve: Models.retrieve("m"),
  list: Models.listPage(),
  cancel: Batches.cancel("b"),
  delete: Batches.delete("b")
}

const create = Batches.create(requests(1))

const twice = [0, 500, 1500]

describe("idempotent operations", () => {
  const named: ReadonlyArray<readonly [string, Effect.Effect<unknown, Models.ListError, HttpClient.HttpClient>]> =
    Object.entries(operations)
  for (const [name, operation] of named) {
    it.effect(`${name} is repeated after 0.5 and 1 s on a status that may pass`, () =>
      Effect.gen(function* () {
        for (const status of [408, 409, 429, 500, 501, 502, 503, 504, 520, 529, 599]) {
          const { result, times } = yield* calls(operation, empty(status))
          assert.deepStrictEqual(times, twice, String(status))
          assert.isTrue(Result.isFailure(result) && result.failure.isRetryable)
        }
      })
    )

    it.effect(`${name} is not repeated on any other status`, () =>
      Effect.gen(function* () {
        for (const status of [300, 304, 400, 401, 402, 403, 404, 405, 412, 413, 422, 431, 499]) {
          const { result, times } = yield* calls(operation, empty(status))
          assert.deepStrictEqual(times, [0], String(status))
          assert.isTrue(Result.isFailure(result) && !result.failure.isRetryable)
        }
      })
    )
  }

  it.effect("are repeated on a broken connection with any code", () =>
    Effect.gen(function* () {
      for (const code of ["ECONNREFUSED", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT", "ECONNRESET", "EWHATEVER"]) {
        const { result, times } = yield* calls(operations.retrieve, broken(code))
        assert.deepStrictEqual([times, tagOf(result)], [twice, "ConnectionError"])
      }
    })
  )

  it.effect("are repeated when the answer breaks off or stalls", () =>
    Effect.gen(function* () {
      const reset = yield* calls(operations.retrieve, body(['{"id"'], Stream.fail(failure("ECONNRESET"))))
      assert.deepStrictEqual([reset.times, tagOf(reset.result)], [twice, "ConnectionError"])
      const cut = yield* calls(operations.retrieve, body(['{"id": "cla'], Stream.empty))
      assert.deepStrictEqual([cut.times, tagOf(cut.result)], [twice, "ConnectionError"])
      const stalled = yield* calls(operations.retrieve, body(['{"id"'], Stream.never), { idleTimeout: "1 second" })
      assert.deepStrictEqual([stalled.times, tagOf(stalled.result)], [[0, 1500, 3500], "IdleTimeoutError"])
    })
  )

  it.effect("are repeated on a response timeout", () =>
    Effect.gen(function* () {
      const { result, times } = yield* calls(operations.retrieve, Effect.never, { responseTimeout: "10 seconds" })
      assert.deepStrictEqual([times, tagOf(result)], [[0, 10_500, 21_500], "ResponseTimeoutError"])
    })
  )

  it.effect("are not repeated on an answer that does not fit", () =>
    Effect.gen(function* () {
      const { result, times } = yield* calls(operations.retrieve, json({ id: 1 }))
      assert.deepStrictEqual([times, tagOf(result)], [[0], "DecodeError"])
    })
  )

  it.effect("succeed with the first good answer", () =>
    Effect.gen(function* () {
      const fake = answering(empty(529), broken("ECONNRESET"), json(model))
      const result = yield* onVirtualTime(operations.retrieve.pipe(using(fake)))
      assert.strictEqual(Result.getOrThrow(result).id, model.id)
      assert.deepStrictEqual(
        fake.requests.map((request) => request.at),
        twice
      )
    })
  )
})

describe("creating operations", () => {
  it.effect("are repeated when certainly nothing was created", () =>
    Effect.gen(function* () {
      const sure = [
        ...[
          "ECONNREFUSED",
          "ENOTFOUND",
          "EAI_AGAIN",
          "EHOSTUNREACH",
          "UND_ERR_CONNECT_TIMEOUT",
          "ConnectionRefused"
        ].map((code) => [broken(code), "ConnectionError"] as const),
        [empty(429), "RateLimitError"],
        [empty(529), "OverloadedError"],
        [empty(429, { "x-should-retry": "true" }), "RateLimitError"]
      ] as const
      for (const [answer, tag] of sure) {
        const { result, times } = yield* calls(create, answer)
        assert.deepStrictEqual([times, tagOf(result)], [twice, tag])
      }
    })
  )

  it.effect("are sent once when something may have been created, and fail with IndeterminateError", () =>
    Effect.gen(function* () {
      const unknown = [
        [empty(408), "UnknownApiError"],
        [empty(409), "ConflictError"],
        [empty(500), "InternalServerError"],
        [empty(502), "InternalServerError"],
        [empty(503, { "retry-after": "1" }), "InternalServerError"],
        [empty(504), "GatewayTimeoutError"],
        [empty(500, { "x-should-retry": "false" }), "InternalServerError"],
        [empty(500, { "x-should-retry": "true" }), "InternalServerError"],
        [empty(504, { "x-should-retry": "true" }), "GatewayTimeoutError"],
        [empty(408, { "x-should-retry": "true" }), "UnknownApiError"],
        [empty(409, { "x-should-retry": "true" }), "ConflictError"],
        [empty(200), "DecodeError"],
        [apiError(500, "invalid_request_error"), "InvalidRequestError"],
        [broken("ECONNRESET"), "ConnectionError"],
        [broken("UND_ERR_SOCKET"), "ConnectionError"],
        [broken("ETIMEDOUT"), "ConnectionError"],
        [broken("EWHATEVER"), "ConnectionError"],
        [Effect.fail("no error at all"), "ConnectionError"],
        [broken("UND_ERR_HEADERS_TIMEOUT"), "ResponseTimeoutError"],
        [Effect.never, "ResponseTimeoutError"],
        [body(['{"id"'], Stream.fail(failure("ECONNRESET"))), "ConnectionError"],
        [body(['{"id": "msgb'], Stream.empty), "ConnectionError"],
        [body(['{"id"'], Stream.never), "IdleTimeoutError"]
      ] as const
      for (const [answer, tag] of unknown) {
        const { result, times } = yield* calls(create, answer)
        assert.deepStrictEqual([times, tagOf(result), causeOf(result)], [[0], "IndeterminateError", tag])
      }
    })
  )

  it.effect("fail with the error itself when nothing was created and a retry does not help", () =>
    Effect.gen(function* () {
      const final = [
        [empty(400), "InvalidRequestError"],
        [empty(401), "AuthenticationError"],
        [empty(402), "BillingError"],
        [empty(403), "PermissionError"],
        [empty(404), "NotFoundError"],
        [empty(413), "RequestTooLargeError"],
        [empty(400, { "x-should-retry": "true" }), "InvalidRequestError"],
        [empty(429, { "x-should-retry": "false" }), "RateLimitError"],
        [empty(529, { "x-should-retry": "false" }), "OverloadedError"],
        [empty(418), "UnknownApiError"]
      ] as const
      for (const [answer, tag] of final) {
        const { result, times } = yield* calls(create, answer)
        assert.deepStrictEqual([times, tagOf(result)], [[0], tag])
      }
    })
  )

  it.effect("report the start of the attempt whose outcome is unknown", () =>
    Effect.gen(function* () {
      const fake = answering(empty(429), broken("ECONNRESET"))
      const result = yield* onVirtualTime(create.pipe(using(fake)))
      const error = Result.isFailure(result) ? result.failure : undefined
      assert(error?._tag === "IndeterminateError")
      assert.strictEqual(error.startedAt.epochMilliseconds, 500)
      assert.isFalse(error.isRetryable)
      assert.include(error.message, "unknown whether the call was carried out")
      assert.include(error.message, "ECONNRESET")
    })
  )

  it.effect("succeed on a retry", () =>
    Effect.gen(function* () {
      const fake = answering(empty(429), broken("ECONNREFUSED"), json(batch))
      const result = yield* onVirtualTime(create.pipe(using(fake)))
      assert.strictEqual(Result.getOrThrow(result).id, batch.id)
      assert.lengthOf(fake.requests, 3)
    })
  )
})

describe("x-should-retry", () => {
  it.effect("takes precedence over the status", () =>
    Effect.gen(function* () {
      const no = yield* calls(operations.retrieve, empty(529, { "x-should-retry": "false" }))
      assert.deepStrictEqual([no.times, tagOf(no.result)], [[0], "OverloadedError"])
      const yes = yield* calls(operations.retrieve, empty(404, { "x-should-retry": "true" }))
      assert.deepStrictEqual([yes.times, tagOf(yes.result)], [twice, "NotFoundError"])
      const other = yield* calls(operations.retrieve, empty(404, { "x-should-retry": "maybe" }))
      assert.deepStrictEqual(other.times, [0])
    })
  )
})

describe("error codes that do not pass with time", () => {
  const limit = (error_code: string, headers = {}) =>
    apiError(429, "rate_limit_error", { details: { error_code }, headers })

  it.effect("are not repeated", () =>
    Effect.gen(function* () {
      for (const code of ["enforced_spend_limit_reached", "contract_spend_limit_reached"]) {
        const created = yield* calls(create, limit(code))
        assert.deepStrictEqual([created.times, tagOf(created.result)], [[0], "SpendLimitError"])
        const listed = yield* calls(operations.list, limit(code))
        assert.deepStrictEqual([listed.times, tagOf(listed.result)], [[0], "RateLimitError"])
        assert(Result.isFailure(listed.result) && listed.result.failure._tag === "RateLimitError")
        assert.strictEqual(listed.result.failure.errorCode, code)
      }
      const skill = apiError(409, "conflict_error", { details: { error_code: "skill_read_blocked_undecryptable" } })
      assert.deepStrictEqual((yield* calls(operations.retrieve, skill)).times, [0])
    })
  )

  it.effect("are repeated when x-should-retry says so, except for a create, which repeats other codes", () =>
    Effect.gen(function* () {
      const limited = limit("enforced_spend_limit_reached", { "x-should-retry": "true" })
      const listed = yield* calls(operations.list, limited)
      assert.deepStrictEqual([listed.times, tagOf(listed.result)], [twice, "RateLimitError"])
      const asked = yield* calls(create, limited)
      assert.deepStrictEqual([asked.times, tagOf(asked.result)], [[0], "SpendLimitError"])
      assert.deepStrictEqual((yield* calls(create, limit("something_else"))).times, twice)
    })
  )
})

describe("delays before a retry", () => {
  const wait = (headers: { readonly [name: string]: string }) => empty(429, headers)

  it.effect("double up to eight seconds", () =>
    Effect.gen(function* () {
      const { times } = yield* calls(operations.retrieve, empty(529), { retry: { maxRetries: 7 } })
      assert.deepStrictEqual(times, [0, 500, 1500, 3500, 7500, 15_500, 23_500, 31_500])
    })
  )

  it.effect("are shortened by up to a quarter at random", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* calls(operations.retrieve, empty(529), {}, 0.8)).times, [0, 400, 1200])
      assert.deepStrictEqual((yield* calls(operations.retrieve, empty(529), {}, 0.4)).times, [0, 450, 1350])
    })
  )

  it.effect("are changed by the settings of retry", () =>
    Effect.gen(function* () {
      const retry = { maxRetries: 4, initialDelay: "1 second", maxDelay: "3 seconds" } as const
      const { times } = yield* calls(operations.retrieve, empty(529), { retry })
      assert.deepStrictEqual(times, [0, 1000, 3000, 6000, 9000])
    })
  )

  it.effect("are absent when maxRetries is 0, negative or NaN", () =>
    Effect.gen(function* () {
      for (const maxRetries of [0, -1, Number.NaN]) {
        const { times } = yield* calls(operations.retrieve, empty(529), { retry: { maxRetries } })
        assert.deepStrictEqual(times, [0])
        assert.deepStrictEqual((yield* calls(create, empty(429), { retry: { maxRetries } })).times, [0])
      }
    })
  )

  it.effect("are those that the server asks for, without randomness", () =>
    Effect.gen(function* () {
      const asked = [
        [{ "retry-after": "7" }, [0, 7000, 14_000]],
        [{ "retry-after": "0.25" }, [0, 250, 500]],
        [{ "retry-after-ms": "1234" }, [0, 1234, 2468]],
        [{ "retry-after-ms": "100", "retry-after": "50" }, [0, 100, 200]],
        [{ "retry-after": "60" }, [0, 60_000, 120_000]]
      ] as const
      for (const [headers, expected] of asked) {
        assert.deepStrictEqual((yield* calls(operations.retrieve, wait(headers), {}, 0.8)).times, [...expected])
        assert.deepStrictEqual((yield* calls(create, wait(headers), {}, 0.8)).times, [...expected])
      }
    })
  )

  it.effect("last until a date that the server names", () =>
    Effect.gen(function* () {
      const { times } = yield* calls(operations.retrieve, wait({ "retry-after": "Thu, 01 Jan 1970 00:00:20 GMT" }))
      assert.deepStrictEqual(times, [0, 20_000, 21_000])
    })
  )

  it.effect("are the default ones when the server sends an invalid retry-after", () =>
    Effect.gen(function* () {
      for (const value of ["0", "-5", "", "soon", "1e999", "try again 2099", "Wed, 31 Dec 1969 00:00:00 GMT"]) {
        assert.deepStrictEqual((yield* calls(operations.retrieve, wait({ "retry-after": value }))).times, twice, value)
      }
    })
  )

  it.effect("that the server asks for over maxServerDelay end the call at once, with the wait in the error", () =>
    Effect.gen(function* () {
      const beyond = wait({ "retry-after": "61" })
      const results = [yield* calls(operations.retrieve, beyond), yield* calls(create, beyond)]
      for (const { result, times } of results) {
        assert.deepStrictEqual(times, [0])
        assert(Result.isFailure(result) && result.failure._tag === "RateLimitError")
        assert.deepStrictEqual(result.failure.retryAfter, Duration.seconds(61))
        assert.include(result.failure.message, "retry after 1m 1s")
      }
    })
  )

  it.effect("that the server asks for may be longer with the setting maxServerDelay", () =>
    Effect.gen(function* () {
      const retry = { maxServerDelay: "5 minutes" } as const
      const { times } = yield* calls(operations.retrieve, wait({ "retry-after": "300" }), { retry })
      assert.deepStrictEqual(times, [0, 300_000, 600_000])
    })
  )
})

describe("the policy by kind", () => {
  const settings = (generating: "always" | "sure") => ({
    maxRetries: 2,
    initialDelay: Duration.millis(500),
    maxDelay: Duration.seconds(8),
    maxServerDelay: Duration.minutes(1),
    generating
  })

  const status = (code: number, shouldRetry?: string) =>
    fromResponse({
      operation: "Messages.create",
      status: code,
      shouldRetry,
      retryAfter: undefined,
      rateLimit: undefined,
      requestId: undefined,
      text: "",
      scrub: (text) => text
    })

  const connection = (fate: "unsent" | "refused" | "unknown" | "answered"): Failure<ConnectionError> => ({
    fate,
    error: new ConnectionError({ operation: "Messages.create", phase: "request", description: "" })
  })

  const isRepeated = (
    kind: OperationKind,
    failure: Parameters<typeof delayBeforeRetry>[1],
    generating: "always" | "sure" = "always"
  ) =>
    delayBeforeRetry(kind, failure, 0, settings(generating)).pipe(
      Effect.map(Option.isSome),
      Effect.provideService(Random.Random, { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0 })
    )

  const rows = [
    ["an idempotent call", "idempotent", "always", ["unsent", "refused", "unknown", "answered"]],
    ["a generating call", "generating", "always", ["unsent", "refused", "unknown"]],
    ["a generating call with `generating: sure`", "generating", "sure", ["unsent", "refused"]],
    ["a creating call", "creating", "always", ["unsent", "refused"]],
    ["a creating call with `generating: sure`", "creating", "sure", ["unsent", "refused"]]
  ] as const

  for (const [name, kind, generating, expected] of rows) {
    it.effect(`${name} is repeated or not by the outcome of its attempt`, () =>
      Effect.gen(function* () {
        for (const fate of ["unsent", "refused", "unknown", "answered"] as const) {
          const isExpected = expected.some((each) => each === fate)
          assert.strictEqual(yield* isRepeated(kind, connection(fate), generating), isExpected, fate)
        }
      })
    )

    it.effect(`${name} is repeated or not by the status of its answer`, () =>
      Effect.gen(function* () {
        const isUnknownRepeated = expected.some((fate) => fate === "unknown")
        for (const code of [429, 529]) assert.isTrue(yield* isRepeated(kind, status(code), generating))
        for (const code of [408, 409, 500, 502, 503, 504, 599]) {
          assert.strictEqual(yield* isRepeated(kind, status(code), generating), isUnknownRepeated, String(code))
        }
        for (const code of [400, 401, 403, 404, 411, 413, 422]) {
          assert.isFalse(yield* isRepeated(kind, status(code), generating))
        }
      })
    )

    it.effect(`${name} is repeated when x-should-retry says so, unless it might be carried out twice`, () =>
      Effect.gen(function* () {
        const isUnknownRepeated = expected.some((fate) => fate === "unknown")
        for (const code of [400, 404, 500, 504]) {
          assert.strictEqual(yield* isRepeated(kind, status(code, "true"), generating), isUnknownRepeated)
          assert.isFalse(yield* isRepeated(kind, status(code, "false"), generating))
        }
        assert.isTrue(yield* isRepeated(kind, status(429, "true"), generating))
        assert.isFalse(yield* isRepeated(kind, status(429, "false"), generating))
      })
    )
  }
})

it.effect("a listing repeats the page that failed, not those before it", () =>
  Effect.gen(function* () {
    const first = { ...page(model), has_more: true, first_id: "a", last_id: "a" }
    const fake = answering(json(first), empty(529), json(page({ ...model, id: "claude-test-2" })))
    const result = yield* onVirtualTime(Stream.runCollect(Models.list()).pipe(using(fake)))
    assert.deepStrictEqual(
      Result.getOrThrow(result).map((item) => item.id),
      ["claude-test-1", "claude-test-2"]
    )
    assert.deepStrictEqual(
      fake.requests.map(({ url }) => url.search),
      ["", "?after_id=a", "?after_id=a"]
    )
  })
)
