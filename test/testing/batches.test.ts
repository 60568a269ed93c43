// The batches of the emulator: their life, their creation, their results, their listing.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { AnthropicEmulator } from "../../src/testing/index.ts"
import { batchesOf, batchOf, call, create, refusalOf, request, requests, resultsOf } from "./client.ts"

const withEmulator = (options?: AnthropicEmulator.Options) => Effect.provide(AnthropicEmulator.layer(options))

const retrieve = (id: string) => batchOf("GET", `/v1/messages/batches/${id}`)
const cancel = (id: string) => batchOf("POST", `/v1/messages/batches/${id}/cancel`)
const wireOf = (id: string) => Effect.flatMap(call("GET", `/v1/messages/batches/${id}`), (response) => response.json)
const counts = (processing: number, succeeded: number, errored: number, canceled: number, expired: number) => ({
  processing,
  succeeded,
  errored,
  canceled,
  expired
})
const kinds = (results: ReadonlyArray<{ readonly custom_id: string; readonly result: { readonly type: string } }>) =>
  Object.fromEntries(results.map(({ custom_id, result }) => [custom_id, result.type]))

describe("the life of a batch", () => {
  it.effect("a batch is in progress until its plan is over, then it has ended and has results", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-22T10:00:00.123Z"))
      const created = yield* create(3)
      assert.deepStrictEqual(yield* wireOf(created.id), {
        id: "msgbatch_000000000000000000000001",
        type: "message_batch",
        processing_status: "in_progress",
        request_counts: counts(3, 0, 0, 0, 0),
        created_at: "2026-11-22T10:00:00.123001Z",
        expires_at: "2026-11-23T10:00:00.123001Z",
        ended_at: null,
        cancel_initiated_at: null,
        archived_at: null,
        results_url: null
      })
      const early = yield* refusalOf("GET", `/v1/messages/batches/${created.id}/results`)
      assert.deepStrictEqual([early.status, early.type], [400, "invalid_request_error"])

      yield* TestClock.adjust("89 seconds")
      const almost = yield* retrieve(created.id)
      assert.strictEqual(almost.processing_status, "in_progress")
      assert.deepStrictEqual(almost.request_counts, counts(3, 0, 0, 0, 0))

      yield* TestClock.adjust("10 seconds")
      const url = `https://api.anthropic.com/v1/messages/batches/${created.id}/results`
      assert.deepInclude(yield* wireOf(created.id), {
        processing_status: "ended",
        request_counts: counts(0, 3, 0, 0, 0),
        ended_at: "2026-11-22T10:01:30.123001Z",
        results_url: url
      })
      const response = yield* call("GET", `/v1/messages/batches/${created.id}/results`)
      assert.strictEqual(response.headers["content-type"], "application/x-jsonl")
      assert.isUndefined(response.headers["content-length"])
      const results = yield* resultsOf(created.id)
      const first = results.find(({ custom_id }) => custom_id === "r-0")
      assert(first?.result.type === "succeeded")
      assert.deepInclude(first.result.message, {
        id: "msg_r-0",
        model: "claude-haiku-5-5",
        stop_reason: "end_turn",
        content: [{ type: "text", text: "Hello from r-0", citations: null }]
      })
      assert.deepInclude(first.result.message.usage, { input_tokens: 4, output_tokens: 4, service_tier: "batch" })
    }).pipe(withEmulator())
  )

  it.effect("a batch expires at 24 hours with what was processed by then, and is archived at 29 days", () =>
    Effect.gen(function* () {
      const { id } = yield* create(4)
      yield* TestClock.adjust("23 hours")
      assert.strictEqual((yield* retrieve(id)).processing_status, "in_progress")
      yield* TestClock.adjust("1 hour")
      const ended = yield* retrieve(id)
      assert.strictEqual(ended.processing_status, "ended")
      assert.deepStrictEqual(ended.request_counts, counts(0, 2, 0, 0, 2))
      assert.deepStrictEqual(ended.ended_at, ended.expires_at)
      assert.deepStrictEqual(kinds(yield* resultsOf(id)), {
        "r-0": "succeeded",
        "r-1": "succeeded",
        "r-2": "expired",
        "r-3": "expired"
      })

      yield* TestClock.adjust("27 days")
      assert.isNotNull((yield* retrieve(id)).results_url)
      assert.lengthOf(yield* resultsOf(id), 4)
      yield* TestClock.adjust("1 day")
      const archived = yield* wireOf(id)
      assert.deepInclude(archived, { archived_at: "1970-01-30T00:00:00.000001Z", results_url: null })
      assert.strictEqual((yield* refusalOf("GET", `/v1/messages/batches/${id}/results`)).status, 404)
      assert.lengthOf((yield* batchesOf("GET", "/v1/messages/batches")).data, 1)
    }).pipe(withEmulator({ plan: { endsAfter: "48 hours" } }))
  )

  it.effect("a batch that never ends expires completely", () =>
    Effect.gen(function* () {
      const { id } = yield* create(2)
      yield* TestClock.adjust("24 hours")
      assert.deepStrictEqual((yield* retrieve(id)).request_counts, counts(0, 0, 0, 0, 2))
    }).pipe(withEmulator({ plan: { endsAfter: "never" } }))
  )

  it.effect("a canceled batch is canceling, then ended with the rest canceled, and cannot be canceled again", () =>
    Effect.gen(function* () {
      const { id } = yield* create(4)
      yield* TestClock.adjust("50 seconds")
      const canceling = yield* cancel(id)
      assert.strictEqual(canceling.processing_status, "canceling")
      assert.deepStrictEqual(canceling.request_counts, counts(4, 0, 0, 0, 0))
      yield* TestClock.adjust("29 seconds")
      const again = yield* cancel(id)
      assert.strictEqual(again.processing_status, "canceling")
      assert.deepStrictEqual(again.cancel_initiated_at, canceling.cancel_initiated_at)
      yield* TestClock.adjust("1 second")
      const ended = yield* wireOf(id)
      assert.deepInclude(ended, {
        processing_status: "ended",
        request_counts: counts(0, 2, 0, 2, 0),
        cancel_initiated_at: "1970-01-01T00:00:50.000001Z",
        ended_at: "1970-01-01T00:01:20.000001Z"
      })
      assert.deepStrictEqual(kinds(yield* resultsOf(id)), {
        "r-0": "succeeded",
        "r-1": "succeeded",
        "r-2": "canceled",
        "r-3": "canceled"
      })
      const late = yield* refusalOf("POST", `/v1/messages/batches/${id}/cancel`)
      assert.deepStrictEqual([late.status, late.type], [400, "invalid_request_error"])
    }).pipe(withEmulator({ plan: { endsAfter: "100 seconds", cancelTakes: "30 seconds" } }))
  )

  it.effect("a batch whose cancellation would take longer than its 24 hours expires", () =>
    Effect.gen(function* () {
      const { id } = yield* create(2)
      yield* TestClock.adjust("23 hours")
      yield* cancel(id)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual((yield* retrieve(id)).request_counts, counts(0, 0, 0, 0, 2))
    }).pipe(withEmulator({ plan: { endsAfter: "never", cancelTakes: "2 hours" } }))
  )

  it.effect("a batch is deleted only after its end, and is a 404 then", () =>
    Effect.gen(function* () {
      const { id } = yield* create(1)
      const early = yield* refusalOf("DELETE", `/v1/messages/batches/${id}`)
      assert.deepStrictEqual([early.status, early.type], [400, "invalid_request_error"])
      yield* TestClock.adjust("90 seconds")
      const deleted = yield* call("DELETE", `/v1/messages/batches/${id}`)
      assert.deepStrictEqual(yield* deleted.json, { id, type: "message_batch_deleted" })
      for (const [method, path] of [
        ["GET", ""],
        ["GET", "/results"],
        ["POST", "/cancel"],
        ["DELETE", ""]
      ] as const) {
        const refusal = yield* refusalOf(method, `/v1/messages/batches/${id}${path}`)
        assert.deepStrictEqual([method, path, refusal.status], [method, path, 404])
      }
      assert.lengthOf((yield* batchesOf("GET", "/v1/messages/batches")).data, 0)
    }).pipe(withEmulator())
  )

  it.effect("a function of the options returns a plan for each batch", () =>
    Effect.gen(function* () {
      const small = yield* create(1)
      const large = yield* create(2)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* retrieve(small.id)).processing_status, "ended")
      assert.strictEqual((yield* retrieve(large.id)).processing_status, "in_progress")
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* retrieve(large.id)).processing_status, "ended")
    }).pipe(
      withEmulator({ plan: (requests, index) => ({ endsAfter: (requests.length + index) * 10_000 - index * 10_000 }) })
    )
  )
})

describe("creating", () => {
  it.effect("a create call without valid requests or ids is a 400 at once", () =>
    Effect.gen(function* () {
      const refuse = (body: unknown) =>
        Effect.map(refusalOf("POST", "/v1/messages/batches", { body }), ({ status, message }) => [status, message])
      const refuseOne = (one: unknown) => refuse({ requests: [request("a"), one] })
      assert.deepStrictEqual(yield* refuse([]), [400, "requests: Field required"])
      assert.deepStrictEqual(yield* refuse({ requests: [] }), [400, "requests: at least one request is required"])
      assert.deepStrictEqual(yield* refuse({ requests: requests(4) }), [400, "requests: at most 3 requests, got 4"])
      assert.deepStrictEqual(yield* refuseOne(request("a")), [400, "requests.1.custom_id: a is not unique"])
      for (const id of ["", "a b", "ä", "a".repeat(65)]) {
        assert.deepStrictEqual(yield* refuseOne(request(id)), [
          400,
          "requests.1.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"
        ])
      }
      assert.deepStrictEqual(yield* refuseOne("b"), [400, "requests.1: Input should be an object"])
      assert.deepStrictEqual(yield* refuseOne({ params: {} }), [400, "requests.1.custom_id: Field required"])
      assert.deepStrictEqual(yield* refuseOne({ custom_id: "b" }), [400, "requests.1.params: Field required"])
      const text = yield* call("POST", "/v1/messages/batches", { body: undefined })
      assert.strictEqual(text.status, 400)
      assert.lengthOf(yield* (yield* AnthropicEmulator.Emulator).batches, 0)
      const accepted = yield* batchOf("POST", "/v1/messages/batches", {
        requests: [request("a".repeat(64)), request("b", { stream: false })]
      })
      assert.strictEqual(accepted.request_counts.processing, 2)
    }).pipe(withEmulator({ maxBatchRequests: 3 }))
  )

  it.effect("a create call with a body that is too large is a 413", () =>
    Effect.gen(function* () {
      const refusal = yield* refusalOf("POST", "/v1/messages/batches", { body: { requests: requests(20) } })
      assert.deepStrictEqual([refusal.status, refusal.type], [413, "request_too_large"])
      assert.strictEqual((yield* create(2)).request_counts.processing, 2)
    }).pipe(withEmulator({ maxBodyBytes: 1000 }))
  )

  it.effect("batchRequests returns the requests as they were sent", () =>
    Effect.gen(function* () {
      const { id } = yield* create(2)
      const emulator = yield* AnthropicEmulator.Emulator
      assert.deepStrictEqual(yield* emulator.batchRequests(id), requests(2))
    }).pipe(withEmulator())
  )
})

describe("results", () => {
  it.effect("results come in another order on each download, with the same content", () =>
    Effect.gen(function* () {
      for (const count of [2, 3, 50]) {
        const { id } = yield* create(count)
        yield* TestClock.adjust("90 seconds")
        const downloads = yield* Effect.replicateEffect(resultsOf(id), 4)
        const orders = downloads.map((results) => results.map(({ custom_id }) => custom_id))
        const sorted = (order: ReadonlyArray<string>) => [...order].sort()
        const expected = sorted(requests(count).map(({ custom_id }) => custom_id))
        for (const [index, order] of orders.entries()) {
          assert.deepStrictEqual(sorted(order), expected)
          const before = orders[index - 1]
          if (before !== undefined) assert.notDeepEqual(order, before)
        }
      }
    }).pipe(withEmulator())
  )

  it.effect("results come in the order of the requests with resultsOrder asSent", () =>
    Effect.gen(function* () {
      const { id } = yield* create(50)
      yield* TestClock.adjust("90 seconds")
      const expected = requests(50).map(({ custom_id }) => custom_id)
      for (const results of yield* Effect.replicateEffect(resultsOf(id), 2)) {
        assert.deepStrictEqual(
          results.map(({ custom_id }) => custom_id),
          expected
        )
      }
    }).pipe(withEmulator({ resultsOrder: "asSent" }))
  )

  it.effect("requests with wrong parameters have errored results with the API's error", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [string, Record<string, unknown>, string]> = [
        ["model", { model: undefined }, "model: Field required"],
        ["unknown", { model: "gpt-5" }, "model: gpt-5"],
        ["retired", { model: "claude-opus-4-1" }, "model: claude-opus-4-1"],
        ["tokens", { max_tokens: undefined }, "max_tokens: Field required"],
        ["negative", { max_tokens: -1 }, "max_tokens: Input should be greater than or equal to 1"],
        ["large", { max_tokens: 128_001 }, "max_tokens: 128001 > 128000, the maximum of claude-haiku-5-5"],
        ["empty", { messages: [] }, "messages: at least one message is required"],
        ["number", { model: 5 }, "model: Input should be a valid string"],
        ["text", { max_tokens: "5" }, "max_tokens: Input should be a valid integer"],
        ["none", { messages: undefined }, "messages: Field required"],
        ["one", { messages: {} }, "messages: Input should be a valid list"],
        ["null", { messages: [null] }, "messages.0: Input should be an object"],
        ["content", { messages: [{ role: "user" }] }, "messages.0.content: Input should be a string or a list"],
        ["role", { messages: [{ role: "robot", content: "x" }] }, "messages.0.role: "],
        ["temperature", { temperature: 1 }, "temperature: Extra inputs are not permitted"],
        ["top_p", { top_p: 1 }, "top_p: Extra inputs are not permitted"],
        ["top_k", { top_k: 1 }, "top_k: Extra inputs are not permitted"]
      ]
      const { id } = yield* batchOf("POST", "/v1/messages/batches", {
        requests: [...cases.map(([custom_id, params]) => request(custom_id, params)), request("good")]
      })
      yield* TestClock.adjust("90 seconds")
      assert.deepStrictEqual((yield* retrieve(id)).request_counts, counts(0, 1, cases.length, 0, 0))
      const results = yield* resultsOf(id)
      for (const [custom_id, , message] of cases) {
        const found = results.find((line) => line.custom_id === custom_id)
        assert(found?.result.type === "errored", custom_id)
        assert.include(found.result.error.error.message, message)
        assert.strictEqual(
          found.result.error.error.type,
          ["unknown", "retired"].includes(custom_id) ? "not_found_error" : "invalid_request_error"
        )
      }
    }).pipe(withEmulator())
  )

  it.effect("results are what the function outcome returns", () => {
    const asked: Array<string> = []
    return Effect.gen(function* () {
      const { id } = yield* create(7)
      yield* TestClock.adjust("90 seconds")
      assert.deepStrictEqual((yield* retrieve(id)).request_counts, counts(0, 4, 1, 1, 1))
      const results = yield* resultsOf(id)
      yield* resultsOf(id)
      assert.deepStrictEqual(asked, ["r-0", "r-1", "r-2", "r-3", "r-4", "r-5", "r-6"])
      const byId = new Map(results.map(({ custom_id, result }) => [custom_id, result]))
      const text = byId.get("r-0")
      assert(text?.type === "succeeded")
      assert.deepInclude(text.message.content[0], { type: "text", text: "Forty-two" })
      const refused = byId.get("r-1")
      assert(refused?.type === "succeeded")
      assert.deepInclude(refused.message, { stop_reason: "refusal", content: [], id: "msg_r-1" })
      assert.deepInclude(refused.message.usage, { output_tokens: 0, input_tokens: 4 })
      const errored = byId.get("r-2")
      assert(errored?.type === "errored")
      assert.deepInclude(errored.error.error, { type: "overloaded_error", message: "busy" })
      assert.strictEqual(byId.get("r-3")?.type, "canceled")
      assert.strictEqual(byId.get("r-4")?.type, "expired")
      const raw = byId.get("r-5")
      assert(raw?.type === "unknown")
      assert.deepStrictEqual(raw.raw, { type: "paused", until: 5 })
      const echoed = byId.get("r-6")
      assert(echoed?.type === "succeeded")
      assert.deepInclude(echoed.message.content[0], { text: "Hello from r-6" })
    }).pipe(
      withEmulator({
        outcome: ({ custom_id }, index) => {
          asked.push(custom_id)
          const outcomes: ReadonlyArray<AnthropicEmulator.Outcome> = [
            { type: "succeeded", message: "Forty-two" },
            { type: "succeeded", message: { stop_reason: "refusal", content: [], usage: { output_tokens: 0 } } },
            { type: "errored", error: { type: "overloaded_error", message: "busy" } },
            { type: "canceled" },
            { type: "expired" },
            { type: "raw", result: { type: "paused", until: 5 } }
          ]
          return outcomes[index]
        }
      })
    )
  })

  it.effect("the echo in a result is cut at max_tokens", () =>
    Effect.gen(function* () {
      const { id } = yield* batchOf("POST", "/v1/messages/batches", {
        requests: [request("a", { max_tokens: 2, messages: [{ role: "user", content: "0123456789" }] })]
      })
      yield* TestClock.adjust("90 seconds")
      const [line] = yield* resultsOf(id)
      assert(line?.result.type === "succeeded")
      assert.deepInclude(line.result.message, { stop_reason: "max_tokens" })
      assert.deepInclude(line.result.message.content[0], { text: "01234567" })
      assert.strictEqual(line.result.message.usage.output_tokens, 2)
    }).pipe(withEmulator())
  )

  it.effect("results echo the text blocks of the last user turn, and count all text as input", () =>
    Effect.gen(function* () {
      // Of a model that takes a last turn of the assistant.
      const model = "claude-haiku-4-5"
      const messages = [
        { role: "user", content: "0123" },
        {
          role: "user",
          content: [
            { type: "text", text: "45" },
            { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
            { type: "text", text: "67" }
          ]
        },
        { role: "assistant", content: "89" }
      ]
      const { id } = yield* batchOf("POST", "/v1/messages/batches", {
        requests: [
          request("a", { model, messages, system: [{ type: "text", text: "ABCDEF" }] }),
          request("b", { model, messages: [{ role: "assistant", content: "x" }] })
        ]
      })
      yield* TestClock.adjust("90 seconds")
      const [first, second] = (yield* resultsOf(id)).sort((a, b) => a.custom_id.localeCompare(b.custom_id))
      assert(first?.result.type === "succeeded" && second?.result.type === "succeeded")
      assert.deepInclude(first.result.message.content[0], { text: "4567" })
      assert.deepInclude(first.result.message.usage, { input_tokens: 4, output_tokens: 1 })
      assert.deepInclude(second.result.message.content[0], { text: "" })
    }).pipe(withEmulator())
  )

  it.effect("raw outcomes are written unchanged, also for invalid requests", () =>
    Effect.gen(function* () {
      const { id } = yield* batchOf("POST", "/v1/messages/batches", {
        requests: [
          { custom_id: "a", params: {} },
          { custom_id: "b", params: {} },
          { custom_id: "c", params: { messages: [{ role: "user", content: ["x", { type: "text", text: 5 }] }] } }
        ]
      })
      yield* TestClock.adjust("90 seconds")
      assert.deepStrictEqual((yield* retrieve(id)).request_counts, counts(0, 1, 1, 0, 1))
      const first = (yield* resultsOf(id)).find(({ custom_id }) => custom_id === "a")
      assert(first?.result.type === "errored")
      assert.strictEqual(first.result.error.error.type, "invalid_request_error")
      assert.deepStrictEqual(first.result.error.error.details, { error_code: "odd" })
      const third = (yield* resultsOf(id)).find(({ custom_id }) => custom_id === "c")
      assert(third?.result.type === "succeeded")
      assert.strictEqual(third.result.message.model, "unknown")
    }).pipe(
      withEmulator({
        outcome: (_, index) =>
          index === 0
            ? { type: "errored", error: { details: { error_code: "odd" } } }
            : index === 1
              ? { type: "raw", result: { type: "expired" } }
              : { type: "succeeded" }
      })
    )
  )

  it.effect("results with many lines and characters of several bytes arrive completely", () =>
    Effect.gen(function* () {
      const text = "ä€😀".repeat(200)
      const { id } = yield* batchOf("POST", "/v1/messages/batches", {
        requests: Array.from({ length: 300 }, (_, index) =>
          request(`r-${index}`, { max_tokens: 10_000, messages: [{ role: "user", content: text }] })
        )
      })
      yield* TestClock.adjust("90 seconds")
      const results = yield* resultsOf(id)
      assert.lengthOf(new Set(results.map(({ custom_id }) => custom_id)), 300)
      for (const { result } of results) {
        assert(result.type === "succeeded")
        assert.deepInclude(result.message.content[0], { text })
      }
    }).pipe(withEmulator())
  )
})

describe("listing", () => {
  it.effect("listings of batches page newest first in both directions, also from a deleted cursor", () =>
    Effect.gen(function* () {
      const emulator = yield* AnthropicEmulator.Emulator
      const seeded = yield* emulator.seedBatches(45)
      const newestFirst = seeded.map(({ id }) => id).reverse()
      const ids = (query: string) =>
        Effect.map(batchesOf("GET", `/v1/messages/batches${query}`), (page) => ({
          ids: page.data.map(({ id }) => id),
          more: page.has_more
        }))
      assert.deepStrictEqual(yield* ids(""), { ids: newestFirst.slice(0, 20), more: true })
      assert.deepStrictEqual(yield* ids(`?after_id=${newestFirst[19]}`), { ids: newestFirst.slice(20, 40), more: true })
      assert.deepStrictEqual(yield* ids(`?after_id=${newestFirst[39]}`), { ids: newestFirst.slice(40), more: false })
      assert.deepStrictEqual(yield* ids(`?before_id=${newestFirst[44]}&limit=4`), {
        ids: newestFirst.slice(40, 44),
        more: true
      })
      yield* call("DELETE", `/v1/messages/batches/${newestFirst[19]}`)
      assert.deepStrictEqual(yield* ids(`?limit=2&after_id=${newestFirst[19]}`), {
        ids: newestFirst.slice(20, 22),
        more: true
      })
      assert.deepStrictEqual((yield* ids("?limit=1000")).ids.length, 44)
    }).pipe(withEmulator())
  )
})

describe("control", () => {
  it.effect("seedBatches adds batches with its options, and endBatch ends one at once", () =>
    Effect.gen(function* () {
      const emulator = yield* AnthropicEmulator.Emulator
      const [ended, running] = yield* emulator.seedBatches([
        { requests: 3 },
        { requests: requests(2), endsAfter: "1 hour" }
      ])
      assert(ended !== undefined && running !== undefined)
      assert.strictEqual(ended.processing_status, "ended")
      assert.strictEqual(ended.request_counts.succeeded, 3)
      assert.lengthOf(yield* resultsOf(ended.id), 3)
      assert.strictEqual(running.processing_status, "in_progress")
      const batch = yield* emulator.endBatch(running.id)
      assert.deepStrictEqual(batch.request_counts, counts(0, 2, 0, 0, 0))
      assert.strictEqual((yield* retrieve(running.id)).processing_status, "ended")
      assert.deepStrictEqual(
        (yield* emulator.batches).map(({ id }) => id),
        [running.id, ended.id]
      )
      const canceling = yield* create(2)
      yield* TestClock.adjust("45 seconds")
      yield* cancel(canceling.id)
      assert.deepStrictEqual((yield* emulator.endBatch(canceling.id)).request_counts, counts(0, 1, 0, 1, 0))
      const exit = yield* Effect.exit(emulator.endBatch("nope"))
      assert.strictEqual(exit._tag, "Failure")
    }).pipe(withEmulator())
  )

  it.effect("results_url is on the base URL of the options", () =>
    Effect.gen(function* () {
      const emulator = yield* AnthropicEmulator.Emulator
      const [batch] = yield* emulator.seedBatches(1)
      assert(batch !== undefined)
      const url = `https://elsewhere.example/v1/messages/batches/${batch.id}/results`
      assert.strictEqual(batch.results_url, url)
      assert.strictEqual((yield* retrieve(batch.id)).results_url, url)
    }).pipe(withEmulator({ baseUrl: "https://elsewhere.example" }))
  )
})
