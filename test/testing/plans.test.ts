// What a plan, a seed or a test can do to a batch: late listing, 404s, expiry, archive, deletion, strangers, lines.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { AnthropicEmulator } from "../../src/testing/index.ts"
import { batchesOf, batchOf, call, create, refusalOf, requests, resultsOf } from "./client.ts"

const { Emulator } = AnthropicEmulator

const withEmulator = (options?: AnthropicEmulator.Options) => Effect.provide(AnthropicEmulator.layer(options))

const listed = Effect.map(batchesOf("GET", "/v1/messages/batches"), ({ data }) => data.map(({ id }) => id))

const statusOf = (method: "GET" | "POST" | "DELETE", path: string) =>
  Effect.map(call(method, path), ({ status }) => status)

const counts = (id: string) =>
  Effect.map(batchOf("GET", `/v1/messages/batches/${id}`), ({ request_counts }) => request_counts)

const Line = Schema.fromJsonString(Schema.Struct({ custom_id: Schema.String }))

/** The ids of the lines of the next download. */
const lineIds = Effect.fnUntraced(function* (id: string) {
  const response = yield* call("GET", `/v1/messages/batches/${id}/results`)
  const text = yield* response.text
  const lines = text.split("\n").filter((line) => line !== "")
  return (yield* Effect.forEach(lines, (line) => Schema.decodeUnknownEffect(Line)(line))).map((line) => line.custom_id)
}, Effect.orDie)

describe("a plan", () => {
  it.effect("listedAfter makes listings show the batch late, while calls by id find it at once", () =>
    Effect.gen(function* () {
      const { id } = yield* create(1)
      const other = yield* create(2)
      assert.deepStrictEqual(yield* listed, [other.id])
      assert.strictEqual(yield* statusOf("GET", `/v1/messages/batches/${id}`), 200)
      assert.lengthOf(yield* (yield* Emulator).batches, 2)
      yield* TestClock.adjust("39 seconds")
      assert.deepStrictEqual(yield* listed, [other.id])
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* listed, [other.id, id])
    }).pipe(withEmulator({ plan: (all) => (all.length === 1 ? { listedAfter: "40 seconds" } : {}) }))
  )

  it.effect("listedAfter with `never` keeps a batch out of every listing", () =>
    Effect.gen(function* () {
      yield* create(1)
      yield* TestClock.adjust("30 days")
      assert.deepStrictEqual(yield* listed, [])
    }).pipe(withEmulator({ plan: { listedAfter: "never" } }))
  )

  it.effect("notFound makes calls by id 404 in its periods, while listings show the batch", () =>
    Effect.gen(function* () {
      const { id } = yield* create(1)
      const path = `/v1/messages/batches/${id}`
      const expected = [
        ["10 seconds", 404],
        ["20 seconds", 200],
        ["1 hour", 404],
        ["1 hour", 200],
        ["10 hours", 404]
      ] as const
      assert.strictEqual(yield* statusOf("GET", path), 404)
      assert.strictEqual(yield* statusOf("POST", `${path}/cancel`), 404)
      for (const [duration, status] of expected) {
        yield* TestClock.adjust(duration)
        assert.strictEqual(yield* statusOf("GET", path), status, duration)
      }
      assert.deepStrictEqual(yield* listed, [id])
      assert.strictEqual((yield* (yield* Emulator).endBatch(id)).processing_status, "ended")
    }).pipe(
      withEmulator({
        plan: {
          endsAfter: "never",
          notFound: [{ until: "30 seconds" }, { from: "1 hour", until: "90 minutes" }, { from: "10 hours" }]
        }
      })
    )
  )

  it.effect("expires makes the last requests expire when the batch ends", () =>
    Effect.gen(function* () {
      const { id } = yield* create(10)
      yield* TestClock.adjust("90 seconds")
      assert.deepInclude(yield* counts(id), { succeeded: 7, expired: 3 })
      assert.lengthOf(yield* (yield* Emulator).bill, 7)
    }).pipe(withEmulator({ plan: { expires: 0.25 } }))
  )

  it.effect("archivedAfter archives the results early", () =>
    Effect.gen(function* () {
      const { id } = yield* create(1)
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual(yield* statusOf("GET", `/v1/messages/batches/${id}/results`), 200)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* statusOf("GET", `/v1/messages/batches/${id}/results`), 404)
      const batch = yield* batchOf("GET", `/v1/messages/batches/${id}`)
      assert.isNotNull(batch.archived_at)
      assert.isNull(batch.results_url)
    }).pipe(withEmulator({ plan: { archivedAfter: "1 hour" } }))
  )

  it.effect("deletedAfter deletes the batch, also before its end, and what was processed is charged", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const { id } = yield* create(4)
      yield* TestClock.adjust("45 seconds")
      assert.strictEqual(yield* statusOf("GET", `/v1/messages/batches/${id}`), 404)
      assert.deepStrictEqual(yield* listed, [])
      assert.deepStrictEqual(yield* emulator.batches, [])
      assert.deepStrictEqual(
        (yield* emulator.bill).map(({ customId }) => customId),
        ["r-0", "r-1"]
      )
      const later = yield* create(5)
      yield* TestClock.adjust("2 hours")
      assert.strictEqual(yield* statusOf("GET", `/v1/messages/batches/${later.id}`), 404)
      assert.lengthOf(yield* emulator.bill, 7)
    }).pipe(
      withEmulator({ plan: (all) => (all.length === 4 ? { deletedAfter: "45 seconds" } : { deletedAfter: "1 hour" }) })
    )
  )

  it.effect("lines changes each download, while the counts and the bill stay", () =>
    Effect.gen(function* () {
      const { id } = yield* create(3)
      yield* TestClock.adjust("90 seconds")
      assert.deepStrictEqual(yield* lineIds(id), ["r-0", "r-1"])
      assert.deepStrictEqual(yield* lineIds(id), ["r-0", "r-1"])
      assert.deepStrictEqual(yield* lineIds(id), ["r-0", "r-0", "r-1", "other-chunk-7", "r-2"])
      assert.deepInclude(yield* counts(id), { succeeded: 3 })
      assert.lengthOf(yield* (yield* Emulator).bill, 3)
    }).pipe(
      withEmulator({
        resultsOrder: "asSent",
        plan: {
          // Two downloads end early but cleanly; the next ones have a repeated line and a line of another chunk.
          lines: ([first, second, third], download) => {
            assert(first !== undefined && second !== undefined && third !== undefined)
            return download < 2
              ? [first, second]
              : [first, first, second, { ...second, custom_id: "other-chunk-7" }, third]
          }
        }
      })
    )
  )
})

describe("batches of other programs", () => {
  it.effect("strangers adds batches before and after each create, which are not on the bill", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* TestClock.adjust("1 hour")
      const { id } = yield* create(3)
      const before = yield* listed
      assert.lengthOf(before, 2)
      yield* TestClock.adjust("30 seconds")
      const [late, own, early] = yield* listed
      assert.deepStrictEqual([own, early], before)
      assert.strictEqual(own, id)
      assert.isDefined(late)
      yield* TestClock.adjust("2 hours")
      assert.deepInclude(yield* counts(early ?? ""), { succeeded: 3, processing: 0 })
      assert.deepInclude(yield* counts(late ?? ""), { succeeded: 0, processing: 3 })
      assert.deepStrictEqual([...new Set((yield* emulator.bill).map(({ batchId }) => batchId))], [id])
      assert.deepStrictEqual((yield* resultsOf(early ?? "")).map(({ custom_id }) => custom_id).sort(), [
        "seed-000001",
        "seed-000002",
        "seed-000003"
      ])
      assert.deepStrictEqual(
        (yield* emulator.batchRequests(late ?? "")).map(({ custom_id }) => custom_id),
        ["r-0", "r-1", "r-2"]
      )
    }).pipe(
      withEmulator({
        strangers: (own, index) => [
          { requests: own.length, createdAfter: "-5 minutes", endsAfter: "10 minutes" },
          { requests: own, createdAfter: "30 seconds", endsAfter: `${index + 5} hours` }
        ]
      })
    )
  )

  it.effect("seedBatches adds batches of the past, of now, and of the future", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* TestClock.adjust("1 hour")
      const [now, past, future] = yield* emulator.seedBatches([
        {},
        { createdAfter: "-30 minutes", endsAfter: "31 minutes" },
        { createdAfter: "1 minute" }
      ])
      assert(now !== undefined && past !== undefined && future !== undefined)
      assert.strictEqual(past.created_at, "1970-01-01T00:30:00.000002Z")
      assert.deepStrictEqual(yield* listed, [now.id, past.id])
      assert.strictEqual(yield* statusOf("GET", `/v1/messages/batches/${future.id}`), 404)
      assert.strictEqual(past.processing_status, "in_progress")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* listed, [future.id, now.id, past.id])
      assert.deepInclude(yield* counts(past.id), { succeeded: 1 })
    }).pipe(withEmulator())
  )
})

describe("what a test does to a batch", () => {
  it.effect("archiveBatch and deleteBatch act at once, and do not change the bill", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const archived = yield* create(1)
      const running = yield* create(2)
      yield* TestClock.adjust("89 seconds")
      yield* emulator.endBatch(archived.id)
      assert.isNotNull((yield* emulator.archiveBatch(archived.id)).archived_at)
      assert.strictEqual((yield* refusalOf("GET", `/v1/messages/batches/${archived.id}/results`)).status, 404)
      yield* emulator.deleteBatch(running.id)
      yield* emulator.deleteBatch(archived.id)
      assert.deepStrictEqual(yield* listed, [])
      assert.lengthOf(yield* emulator.bill, 2)
      assert.strictEqual((yield* Effect.exit(emulator.deleteBatch("nope")))._tag, "Failure")
    }).pipe(withEmulator())
  )

  it.effect("outcome is called with the id of the batch", () => {
    const seen: Array<readonly [string, string]> = []
    return Effect.gen(function* () {
      const first = yield* create(1)
      const second = yield* create(1)
      yield* TestClock.adjust("90 seconds")
      yield* listed
      assert.deepStrictEqual(
        seen.sort(([, a], [, b]) => (a < b ? -1 : 1)),
        [
          ["r-0", first.id],
          ["r-0", second.id]
        ]
      )
    }).pipe(withEmulator({ outcome: ({ custom_id }, _, batchId) => void seen.push([custom_id, batchId]) }))
  })
})

describe("the bill", () => {
  it("totals sums the tokens of a bill, of which some may be null", () => {
    const row = {
      batchId: undefined,
      customId: undefined,
      messageId: "m",
      model: "claude-haiku-5-5",
      params: {},
      at: 0
    }
    const written = { input_tokens: 1, output_tokens: 2, cache_creation_input_tokens: 3, cache_read_input_tokens: null }
    const read = { ...written, cache_creation_input_tokens: null, cache_read_input_tokens: 4 }
    const bill = [written, read].map((usage) => ({ ...row, usage }))
    assert.deepStrictEqual(AnthropicEmulator.totals(bill), {
      messages: 2,
      input_tokens: 2,
      output_tokens: 4,
      cache_creation_input_tokens: 3,
      cache_read_input_tokens: 4
    })
    assert.deepInclude(AnthropicEmulator.totals([]), { messages: 0, input_tokens: 0 })
  })

  it.effect("the bill has each request once for any number of downloads, and each direct message", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const { id } = yield* create(4)
      const direct = { model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: "Hello you" }] }
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* emulator.bill, [])
      yield* call("POST", "/v1/messages", { body: direct })
      yield* call("POST", "/v1/messages", { body: { ...direct, stream: true } })
      yield* call("POST", "/v1/messages", { body: { ...direct, model: "nobody" } })
      yield* call("POST", "/v1/messages/count_tokens", { body: direct })
      yield* TestClock.adjust("1 minute")
      yield* Effect.replicateEffect(lineIds(id), 3)
      const bill = yield* emulator.bill
      assert.deepStrictEqual(
        bill.map(({ at, batchId, customId, messageId, model }) => ({ at, batchId, customId, messageId, model })),
        [
          ...["msg_emulated_00000001", "msg_emulated_00000002"].map((messageId) => ({
            at: 60_000,
            batchId: undefined,
            customId: undefined,
            messageId,
            model: "claude-opus-5-5"
          })),
          ...["r-0", "r-2"].map((customId) => ({
            at: 90_000,
            batchId: id,
            customId,
            messageId: customId === "r-0" ? "msg_r-0" : "msg_raw",
            model: customId === "r-0" ? "claude-haiku-5-5" : "claude-raw"
          }))
        ]
      )
      assert.deepStrictEqual(bill[0]?.params, direct)
      assert.deepStrictEqual(bill[2]?.params, requests(1)[0]?.params)
      assert.deepInclude(bill[2]?.usage, { service_tier: "batch", input_tokens: 4, output_tokens: 4 })
      assert.deepStrictEqual(AnthropicEmulator.totals(bill), {
        messages: 4,
        input_tokens: 3 + 3 + 4 + 100,
        output_tokens: 3 + 3 + 4 + 7,
        cache_creation_input_tokens: 5,
        cache_read_input_tokens: 6
      })
    }).pipe(
      withEmulator({
        outcome: (_, index) => {
          const raw = (message: unknown) => ({ type: "raw", result: { type: "succeeded", message } }) as const
          const outcomes: ReadonlyArray<AnthropicEmulator.Outcome> = [
            { type: "succeeded" },
            { type: "errored" },
            raw({
              id: "msg_raw",
              type: "message",
              role: "assistant",
              model: "claude-raw",
              content: [],
              stop_reason: "end_turn",
              stop_sequence: null,
              usage: {
                input_tokens: 100,
                output_tokens: 7,
                cache_creation_input_tokens: 5,
                cache_read_input_tokens: 6
              }
            }),
            raw("not a message")
          ]
          return outcomes[index]
        }
      })
    )
  )

  it.effect("the bill does not have canceled requests", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const { id } = yield* create(4)
      yield* TestClock.adjust("50 seconds")
      yield* call("POST", `/v1/messages/batches/${id}/cancel`)
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(
        (yield* emulator.bill).map(({ customId }) => customId),
        ["r-0", "r-1"]
      )
    }).pipe(withEmulator({ plan: { endsAfter: "100 seconds" } }))
  )
})

describe("workspaces", () => {
  const as = (key: string, workspace?: string) => ({
    authorization: `Bearer ${key}`,
    "anthropic-version": "2026-10-21",
    ...(workspace === undefined ? {} : { "anthropic-workspace-id": workspace })
  })

  it.effect("a credential sees the batches and files of its own workspace only", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const [seeded] = yield* emulator.seedBatches([{ workspaceId: "wrkspc_b" }])
      const [file] = yield* emulator.seedFiles([{ workspaceId: "wrkspc_b" }])
      const paths = [`/v1/messages/batches/${seeded?.id}`, `/v1/files/${file?.id}`]
      for (const [key, status] of [
        ["key-a", 404],
        ["key-b", 200],
        ["key-c", 404]
      ] as const) {
        for (const path of paths) {
          const response = yield* call("GET", path, { headers: as(key) })
          assert.deepStrictEqual([key, path, response.status], [key, path, status])
        }
        const lists = ["/v1/messages/batches", "/v1/files", `/v1/files?ids[]=${file?.id}`]
        for (const path of lists) {
          const response = yield* call("GET", path, { headers: as(key) })
          assert.strictEqual((yield* response.text).includes('"data":[]'), status === 404, path)
        }
      }
      const named = yield* call("GET", paths[0] ?? "", { headers: as("key-c", "wrkspc_b") })
      assert.deepStrictEqual([named.status, named.headers["anthropic-workspace-id"]], [200, "wrkspc_b"])
      const other = yield* call("GET", paths[0] ?? "", { headers: as("key-a", "wrkspc_b") })
      assert.deepStrictEqual([other.status, other.headers["anthropic-workspace-id"]], [400, "wrkspc_a"])
      const own = yield* call("GET", "/v1/models", { headers: as("key-a", "wrkspc_a") })
      assert.strictEqual(own.status, 200)
    }).pipe(withEmulator({ workspaces: { "key-a": "wrkspc_a", "key-b": "wrkspc_b" } }))
  )
})
