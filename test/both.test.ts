/** What an operation does is the same in process and on a socket. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as Models from "effect-anthropic/Models"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { assertFields } from "./support/fakeClient.ts"
import { requests } from "./support/fixtures.ts"
import { inProcess, served } from "./support/served.ts"

const { Emulator, Fault } = AnthropicEmulator

const ways = [
  ["the emulator in process", inProcess, it.effect],
  ["the emulator on a socket", served, it.live]
] as const

for (const [way, emulated, test] of ways) {
  describe(way, () => {
    test("models are listed in pages and found by id and alias", () =>
      Effect.gen(function* () {
        const all = yield* Stream.runCollect(Models.list())
        const pages = yield* Stream.runCollect(Models.listPages({ pageSize: 2 }))
        assert.isAbove(pages.length, 1)
        assert.deepStrictEqual(
          pages.flatMap(({ data }) => data.map(({ id }) => id)),
          all.map(({ id }) => id)
        )
        const [first] = all
        assert(first !== undefined)
        assert.deepStrictEqual(yield* Models.retrieve(first), first)
        assert.isTrue((yield* Models.retrieve("claude-haiku-5-5")).id.startsWith("claude-haiku-5-5"))
      }).pipe(Effect.provide(emulated())))

    test("a batch is created, found, canceled and deleted", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        const created = yield* Batches.create(requests(3))
        assertFields(created, { processing_status: "in_progress" })
        assert.strictEqual(created.request_counts.processing, 3)
        assert.deepStrictEqual(yield* Batches.retrieve(created), created)
        assert.strictEqual((yield* Batches.cancel(created)).processing_status, "canceling")
        yield* emulator.endBatch(created.id)
        assert.strictEqual((yield* Batches.delete(created)).id, created.id)
        assert.strictEqual((yield* Effect.flip(Batches.retrieve(created)))._tag, "NotFoundError")
      }).pipe(Effect.provide(emulated({ plan: { endsAfter: "1 hour", cancelTakes: "1 hour" } }))))

    test("errors of the API are typed and have their request id", () =>
      Effect.gen(function* () {
        const missing = yield* Effect.flip(Models.retrieve("nobody"))
        assertFields(missing, { _tag: "NotFoundError", status: 404, type: "not_found_error", requestId: "req_000001" })
        const unknown = yield* Effect.flip(
          Models.retrieve("m").pipe(Anthropic.withSettings({ betas: ["no-such-beta"] }))
        )
        assert.strictEqual(unknown._tag, "InvalidRequestError")
        const denied = yield* Effect.flip(Models.retrieve("m").pipe(Anthropic.withSettings({ apiKey: "wrong" })))
        assertFields(denied, { _tag: "AuthenticationError", status: 401, isRetryable: false })
        const dated = yield* Effect.flip(Models.retrieve("m").pipe(Anthropic.withSettings({ version: "2020-01-01" })))
        assert.strictEqual(dated._tag, "InvalidRequestError")
      }).pipe(Effect.provide(emulated({ apiKeys: ["sk-ant-test-1234"] }))))

    test("error statuses, HTML pages, empty answers and broken connections fail with typed errors", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        const retrieve = Models.retrieve("claude-haiku-5-5").pipe(Anthropic.withSettings({ retry: { maxRetries: 0 } }))
        const cases = [
          [Fault.status(402), "BillingError"],
          [Fault.status(429, { headers: { "retry-after": "2" } }), "RateLimitError"],
          [Fault.status(529), "OverloadedError"],
          [Fault.html(504), "GatewayTimeoutError"],
          [Fault.empty(413), "RequestTooLargeError"],
          [Fault.html(200), "DecodeError"],
          [Fault.empty(200), "DecodeError"],
          [Fault.body("null"), "DecodeError"],
          [Fault.body('{"type":"model"}'), "DecodeError"],
          [Fault.resetBeforeHeaders(), "ConnectionError"],
          [Fault.resetAfter(10), "ConnectionError"],
          [Fault.resetAtEnd(), "ConnectionError"],
          [Fault.truncate(10), "ConnectionError"],
          [Fault.gzip({ truncate: 60 }), "ConnectionError"]
        ] as const
        for (const [fault, tag] of cases) {
          yield* emulator.fault(fault)
          assert.strictEqual((yield* Effect.flip(retrieve))._tag, tag, fault.name)
        }
        for (const fault of [Fault.gzip(), Fault.dribble(1)]) {
          yield* emulator.fault(fault)
          yield* retrieve
        }
      }).pipe(Effect.provide(emulated())))

    test("a create call whose answer is lost is not repeated, and the batch can be found", () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        yield* emulator.fault(Fault.processedThenReset())
        const error = yield* Effect.flip(Batches.create(requests(2)))
        assert(error._tag === "IndeterminateError")
        assert.strictEqual(error.cause._tag, "ConnectionError")
        assert.lengthOf(yield* emulator.requests, 1)
        assert.lengthOf(yield* Stream.runCollect(Batches.list()), 1)
      }).pipe(Effect.provide(emulated())))

    test("withResponse returns the request id, the rate limits and the headers of a response", () =>
      Effect.gen(function* () {
        const { headers, rateLimit, requestId } = yield* Anthropic.withResponse(Models.listPage({ pageSize: 1 }))
        assert.strictEqual(requestId, "req_000001")
        assert.strictEqual(rateLimit?.requests?.limit, 4000)
        assert.strictEqual(rateLimit?.input_tokens?.remaining, 1_998_000)
        assert.property(headers, "anthropic-organization-id")
      }).pipe(Effect.provide(emulated())))
  })
}
