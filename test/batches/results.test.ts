import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Batches from "effect-anthropic/Batches"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import {
  atResults,
  calls,
  Emulator,
  Fault,
  onEmulator,
  script,
  seedEnded,
  seedRunning,
  written
} from "../support/batches.ts"

const collect = (batch: Parameters<typeof Batches.results>[0]) => Stream.runCollect(Batches.results(batch))

const ids = (results: ReadonlyArray<{ readonly custom_id: string }>) => results.map(({ custom_id }) => custom_id)

const seeded = (count: number) =>
  Array.from({ length: count }, (_, index) => `seed-${String(index + 1).padStart(6, "0")}`)

const decode = Schema.decodeUnknownEffect(Batches.MessageBatch)

describe("Batches.results", () => {
  it.effect("emits the result of every request once, in any order", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(300)
      const one = ids(yield* collect(id))
      const other = ids(yield* collect(id))
      assert.notDeepEqual(one, other)
      for (const read of [one, other]) assert.deepStrictEqual([...read].sort(), seeded(300))
    }).pipe(onEmulator())
  )

  it.effect("retrieves the batch first when given an id, or a batch that had not ended", () =>
    Effect.gen(function* () {
      const created = yield* seedRunning({ endsAfter: "1 minute" })
      const stale = yield* Batches.retrieve(created.id)
      yield* TestClock.adjust("1 minute")
      const path = `GET /v1/messages/batches/${created.id}`
      const before = (yield* calls).length
      const callsOf = Effect.fnUntraced(function* (batch: Parameters<typeof Batches.results>[0]) {
        const start = (yield* calls).length
        assert.lengthOf(yield* collect(batch), 3)
        return (yield* calls).slice(start)
      })
      assert.strictEqual(before, 1)
      assert.deepStrictEqual(yield* callsOf(created.id), [path, `${path}/results`])
      assert.deepStrictEqual(yield* callsOf({ id: created.id }), [path, `${path}/results`])
      assert.deepStrictEqual(yield* callsOf(stale), [path, `${path}/results`])
      assert.deepStrictEqual(yield* callsOf(yield* Batches.retrieve(created.id)), [`${path}/results`])
    }).pipe(onEmulator())
  )

  it.effect("takes a batch that was read back from JSON for its id", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded()
      const batch = yield* Batches.retrieve(id)
      const row: typeof batch = JSON.parse(JSON.stringify(batch))
      assert.lengthOf(yield* collect(row), 3)
      assert.lengthOf(yield* calls, 3)
      assert.deepStrictEqual(yield* decode(row), batch)
    }).pipe(onEmulator())
  )

  it.effect("requests the path on the base URL, not results_url, and accepts bytes", () =>
    Effect.gen(function* () {
      const { id, results_url } = yield* seedEnded()
      assert.include(results_url ?? "", "https://elsewhere.example/")
      assert.lengthOf(yield* collect(id), 3)
      const log = yield* (yield* Emulator).requests
      assert.deepStrictEqual([...new Set(log.map(({ origin }) => origin))], ["https://api.anthropic.com"])
      assert.strictEqual(log.at(-1)?.headers.accept, "application/binary")
    }).pipe(onEmulator({ baseUrl: "https://elsewhere.example" }))
  )

  it.effect("fails with BatchNotEndedError while the batch runs, with its newest state", () =>
    Effect.gen(function* () {
      const { id } = yield* seedRunning()
      yield* Batches.cancel(id)
      const error = yield* Effect.flip(collect(id))
      assert(error._tag === "BatchNotEndedError")
      assert.strictEqual(error.batch.processing_status, "canceling")
      assert.isTrue(error.isRetryable)
      assert.include(error.message, `batch ${id} is canceling`)
    }).pipe(onEmulator())
  )

  it.effect("fails with ResultsUnavailableError after 29 days, also for a batch that was read before", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded()
      const old = yield* Batches.retrieve(id)
      yield* TestClock.adjust("29 days")
      for (const batch of [id, old]) {
        const error = yield* Effect.flip(collect(batch))
        assert(error._tag === "ResultsUnavailableError")
        assert.isNotNull(error.batch.archived_at)
        assert.isFalse(error.isRetryable)
        assert.include(error.message, "no longer available")
      }
    }).pipe(onEmulator())
  )

  it.effect("fails with NotFoundError when the batch was deleted, also before it was read", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded()
      const old = yield* Batches.retrieve(id)
      yield* Batches.delete(id)
      for (const batch of [id, old]) {
        const error = yield* Effect.flip(collect(batch))
        assert.strictEqual(error._tag, "NotFoundError")
      }
    }).pipe(onEmulator())
  )

  it.effect("fails with NotFoundError of Batches.results when only the results are not found", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded()
      yield* script({ when: atResults, ...Fault.status(404) })
      const error = yield* Effect.flip(collect(id))
      assert(error._tag === "NotFoundError")
      assert.strictEqual(error.operation, "Batches.results")
    }).pipe(onEmulator())
  )

  it.effect("closes the download when the stream is left", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(2000)
      const taken = yield* Stream.runCollect(Stream.take(Batches.results(id), 5))
      assert.lengthOf(taken, 5)
      const last = (yield* (yield* Emulator).requests).at(-1)
      assert.deepInclude(last, { status: 200, closedEarly: true })
    }).pipe(onEmulator())
  )

  it.effect("is at most one chunk ahead of a slow reader", () => {
    let sent = 0
    const counting: AnthropicEmulator.Fault.Action = {
      name: "counting",
      run: (delivery) =>
        Effect.map(delivery.normal, (response) => {
          assert(response.body._tag === "Stream")
          const body = Stream.tap(response.body.stream, () => Effect.sync(() => sent++))
          return HttpServerResponse.stream(body)
        })
    }
    return Effect.gen(function* () {
      const { id } = yield* seedEnded(2000)
      yield* script({ when: atResults, ...counting })
      const most: Array<number> = []
      yield* Batches.results(id).pipe(
        Stream.rechunk(1),
        Stream.take(3),
        Stream.runForEach(() =>
          Effect.andThen(
            Effect.forEach(Array.from({ length: 100 }), () => Effect.yieldNow),
            Effect.sync(() => most.push(sent))
          )
        )
      )
      assert.deepStrictEqual(most, [2, 2, 2])
    }).pipe(onEmulator())
  })
})

describe("Batches.results keeps", () => {
  const block = { type: "hologram", voxels: [1, 2], nested: { type: "deep" } }
  const message = {
    content: [
      { type: "text", text: "Hi \u2028 \u0000 😀", citations: null, shade: "blue" },
      block,
      { type: "web_search_tool_result", tool_use_id: "s", content: [{ type: "web_search_video", url: "u" }] }
    ],
    zz_new: { a: 1 },
    stop_reason: "bored"
  }
  const outcomes: ReadonlyArray<AnthropicEmulator.Outcome> = [
    { type: "raw", result: { type: "succeeded", message: { ...wire(), ...message } } },
    { type: "raw", result: { type: "postponed", until: 5 } },
    { type: "errored", error: { type: "brand_new_error", message: "m", details: { error_code: "c", extra: [1] } } }
  ]

  function wire() {
    return {
      usage: { output_tokens: 1, input_tokens: 2, new_tokens: 3 },
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-next",
      stop_sequence: null
    }
  }

  it.effect("unknown results, blocks, fields and their order", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(3)
      const { errored, succeeded, unknown } = Batches.partition(yield* collect(id))
      const got = succeeded.get("seed-000001")
      assert(got !== undefined)
      assert.strictEqual(JSON.stringify(got), JSON.stringify({ ...wire(), ...message }))
      const [text, hologram, search] = got.content
      assert(text?.type === "text")
      assert.deepInclude(written(text), { shade: "blue" })
      assert(hologram?.type === "unknown")
      assert.deepStrictEqual(hologram.raw, block)
      assert(search?.type === "web_search_tool_result" && Array.isArray(search.content))
      assert.strictEqual(search.content[0]?.type, "unknown")
      assert.deepStrictEqual(unknown.get("seed-000002"), { type: "postponed", until: 5 })
      assert.deepInclude(written(errored.get("seed-000003")?.error), {
        type: "brand_new_error",
        details: { error_code: "c", extra: [1] }
      })
    }).pipe(onEmulator({ outcome: (_, index) => outcomes[index] }))
  )
})

describe("the states of a batch", () => {
  const wire = {
    id: "msgbatch_1",
    type: "message_batch",
    processing_status: "resting",
    request_counts: { processing: 0, succeeded: 1, errored: 0, canceled: 0, expired: 0, refused: 1, note: "x" },
    created_at: "2026-01-01T00:00:00.123456Z",
    expires_at: "2026-01-02T00:00:00Z",
    ended_at: "2026-01-01T01:00:00Z",
    cancel_initiated_at: null,
    archived_at: null,
    results_url: null,
    queue: { position: 4 }
  }

  it.effect("are kept when they are unknown, with unknown fields and counts", () =>
    Effect.gen(function* () {
      yield* script(Fault.body(JSON.stringify(wire)))
      const batch = yield* Batches.retrieve("msgbatch_1")
      assert.strictEqual(batch.processing_status, "resting")
      assert.deepInclude(written(batch), { queue: { position: 4 } })
      assert.deepInclude(written(batch.request_counts), { refused: 1 })
      assert.isTrue(DateTime.isUtc(batch.created_at))
      assert.strictEqual(DateTime.toEpochMillis(batch.created_at), Date.parse("2026-01-01T00:00:00.123Z"))
    }).pipe(onEmulator())
  )

  it.effect("include unknown counts in the number of expected results", () =>
    Effect.gen(function* () {
      const { id } = yield* seedEnded(2)
      yield* script(Fault.body(JSON.stringify({ ...wire, id, processing_status: "ended" })), Fault.truncate(0))
      assert.lengthOf(yield* collect(id), 2)
    }).pipe(onEmulator())
  )

  it.effect("with a malformed field fail with a DecodeError that has its path", () =>
    Effect.gen(function* () {
      for (const [change, path, description] of [
        [{ ended_at: "soon" }, ["ended_at"], /date|Expected/i],
        [{ request_counts: { ...wire.request_counts, errored: "none" } }, ["request_counts", "errored"], /a number/],
        [{ id: undefined }, ["id"], /./],
        [{ type: "file" }, ["type"], /message_batch/]
      ] as const) {
        yield* script(Fault.body(JSON.stringify({ ...wire, ...change })))
        const error = yield* Effect.flip(Batches.retrieve("msgbatch_1"))
        assert(error._tag === "DecodeError")
        assert.deepStrictEqual(error.path, [...path])
        assert.match(error.description, description)
        assert.isAtMost(error.snippet.length, 501)
      }
    }).pipe(onEmulator())
  )
})
