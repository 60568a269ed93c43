// The emulator on a real socket.
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { MessageBatch } from "../../src/schema/Batch.ts"
import { AnthropicEmulator } from "../../src/testing/index.ts"
import { Emulator, eventually, Fault, script } from "../support/emulator.ts"
import { server } from "../support/served.ts"
import { call, headers, requests, resultsOf } from "./client.ts"

const plan = { endsAfter: "30 millis", cancelTakes: "10 millis" } as const

const withServer = (options: AnthropicEmulator.Options = {}) =>
  Effect.provide(
    AnthropicEmulator.serve({ plan, ...options }).pipe(Layer.provideMerge(server), Layer.merge(FetchHttpClient.layer))
  )

const address = Effect.map(HttpServer.HttpServer, (server) => HttpServer.formatAddress(server.address))

const send = (method: "GET" | "POST", path: string, body?: unknown) =>
  Effect.flatMap(address, (base) => call(method, path, { base, body }))

const list = send("GET", "/v1/models")

const lastRecord = Effect.flatMap(Emulator, (emulator) => Effect.map(emulator.requests, (all) => all.at(-1)))

const readAll = Effect.fnUntraced(function* (response: HttpClientResponse.HttpClientResponse) {
  const pieces: Array<Uint8Array> = []
  const exit = yield* Effect.exit(
    Stream.runForEach(response.stream, (piece) => Effect.sync(() => pieces.push(piece.slice())))
  )
  return { bytes: new Uint8Array(pieces.flatMap((piece) => [...piece])), exit }
})

const whole = Effect.map(
  Effect.flatMap(list, (response) => response.arrayBuffer),
  (buffer) => new Uint8Array(buffer)
)

describe("the emulator on a socket", () => {
  it.live("on a socket a batch runs on the live clock, and results_url has the server's address", () =>
    Effect.gen(function* () {
      const base = yield* address
      const batchOf = (response: HttpClientResponse.HttpClientResponse) =>
        Effect.flatMap(response.json, Schema.decodeUnknownEffect(MessageBatch))
      const created = yield* Effect.flatMap(send("POST", "/v1/messages/batches", { requests: requests(200) }), batchOf)
      assert.strictEqual(created.processing_status, "in_progress")
      const ended = yield* Effect.flatMap(send("GET", `/v1/messages/batches/${created.id}`), batchOf).pipe(
        Effect.repeat({
          until: (batch) => batch.processing_status === "ended",
          schedule: Schedule.spaced("5 millis")
        })
      )
      assert.strictEqual(ended.request_counts.succeeded, 200)
      assert.strictEqual(ended.results_url, `${base}/v1/messages/batches/${created.id}/results`)
      const results = yield* resultsOf(created.id, base)
      assert.lengthOf(new Set(results.map(({ custom_id }) => custom_id)), 200)
      assert.deepInclude(yield* lastRecord, { status: 200, closedEarly: false, origin: base })
    }).pipe(withServer())
  )

  it.live("on a socket a body that is too large is read to its end, then refused", () =>
    Effect.gen(function* () {
      const response = yield* send("POST", "/v1/messages/batches", { requests: requests(5000) })
      assert.strictEqual(response.status, 413)
      assert.strictEqual((yield* list).status, 200)
    }).pipe(withServer({ maxBodyBytes: 1000 }))
  )

  it.live("on a socket Fault.status, empty and html answer", () =>
    Effect.gen(function* () {
      yield* script(Fault.status(529, { headers: { "retry-after": "1" } }), Fault.empty(500), Fault.html(502))
      const overloaded = yield* list
      assert.deepStrictEqual(
        [overloaded.status, overloaded.headers["retry-after"], overloaded.headers["request-id"]],
        [529, "1", "req_000001"]
      )
      const empty = yield* list
      assert.deepStrictEqual([empty.status, yield* empty.text], [500, ""])
      assert.strictEqual((yield* list).status, 502)
    }).pipe(withServer())
  )

  it.live("on a socket faults break the connection before the headers, carried out or not", () =>
    Effect.gen(function* () {
      yield* script(Fault.resetBeforeHeaders(), Fault.processedThenReset())
      const emulator = yield* Emulator
      const post = send("POST", "/v1/messages/batches", { requests: requests(1) })
      const first = yield* Effect.flip(post)
      assert.strictEqual(first.reason._tag, "TransportError")
      assert.lengthOf(yield* emulator.batches, 0)
      assert.deepInclude(yield* lastRecord, { status: undefined, closedEarly: false })
      assert.strictEqual((yield* Effect.flip(post)).reason._tag, "TransportError")
      assert.lengthOf(yield* emulator.batches, 1)
      assert.strictEqual((yield* post).status, 200)
    }).pipe(withServer())
  )

  it.live("on a socket faults break the connection within and after the body", () =>
    Effect.gen(function* () {
      const expected = yield* whole
      for (const [fault, length] of [
        [Fault.resetAfter(100), 100],
        [Fault.resetAtEnd(), expected.length]
      ] as const) {
        yield* script(fault)
        const response = yield* list
        assert.strictEqual(response.status, 200)
        const { bytes, exit } = yield* readAll(response)
        assert(Exit.isFailure(exit))
        assert.isFalse(Cause.hasInterrupts(exit.cause))
        assert.deepStrictEqual(bytes, expected.slice(0, length))
        assert.deepInclude(yield* lastRecord, { status: 200, closedEarly: false })
      }
    }).pipe(withServer())
  )

  it.live("on a socket faults end a body cleanly too early, plain and compressed", () =>
    Effect.gen(function* () {
      const expected = yield* whole
      yield* script(Fault.truncate(100), Fault.gzip(), Fault.gzip({ truncate: 300 }), Fault.dribble(50))
      const cut = yield* readAll(yield* list)
      assert.isTrue(Exit.isSuccess(cut.exit))
      assert.deepStrictEqual(cut.bytes, expected.slice(0, 100))

      const compressed = yield* list
      assert.strictEqual(compressed.headers["content-encoding"], "gzip")
      assert.deepStrictEqual((yield* readAll(compressed)).bytes, expected)

      const half = yield* readAll(yield* list)
      assert.isBelow(half.bytes.length, expected.length)
      assert.deepStrictEqual(half.bytes, expected.slice(0, half.bytes.length))

      assert.deepStrictEqual((yield* readAll(yield* list)).bytes, expected)
    }).pipe(withServer())
  )

  it.live("on a socket faults change lines and JSON, and plans make batches 404", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const [batch] = yield* emulator.seedBatches([{ requests: 3, notFound: [{ until: "60 millis" }] }])
      const path = `/v1/messages/batches/${batch?.id}`
      assert.strictEqual((yield* send("GET", path)).status, 404)
      yield* eventually(send("GET", path), (response) => response.status === 200)
      yield* script(
        Fault.lines((lines) => [...lines, ...lines]),
        Fault.endAfterLines(1),
        Fault.omitNulls(),
        Fault.processedThen(Fault.empty(204))
      )
      const lines = Effect.map(
        Effect.flatMap(send("GET", `${path}/results`), (response) => response.text),
        (text) => text.split("\n").length - 1
      )
      assert.deepStrictEqual([yield* lines, yield* lines], [6, 1])
      const sparse = yield* Effect.flatMap(send("GET", path), (response) => response.text)
      assert.notInclude(sparse, "null")
      const deleted = yield* Effect.flatMap(address, (base) => call("DELETE", path, { base }))
      assert.deepStrictEqual([deleted.status, yield* deleted.text], [204, ""])
      assert.deepStrictEqual(yield* emulator.batches, [])
    }).pipe(withServer())
  )

  it.live("on a socket limits hold over all connections", () =>
    Effect.gen(function* () {
      const post = send("POST", "/v1/messages/batches", { requests: requests(2) })
      assert.deepStrictEqual([(yield* post).status, (yield* post).status], [200, 429])
      const all = yield* Effect.all(Effect.replicate(send("GET", "/v1/messages/batches"), 5), { concurrency: 5 })
      assert.lengthOf(
        all.filter(({ status }) => status === 429),
        3
      )
      assert.isTrue(all.every(({ headers, status }) => (headers["retry-after"] !== undefined) === (status === 429)))
    }).pipe(
      withServer({ plan: { endsAfter: "1 hour" }, limits: { callsPerMinute: { batches: 4 }, queuedBatchRequests: 3 } })
    )
  )

  it.live("on a socket faults stall before and within an answer, and the log shows that the client leaves", () =>
    Effect.gen(function* () {
      yield* script(Fault.stallBeforeHeaders(), Fault.stall(10), Fault.delay("1 hour"))
      const before = yield* Effect.forkChild(list)
      yield* eventually(lastRecord, (record) => record?.fault === "stallBeforeHeaders")
      assert.isFalse((yield* lastRecord)?.closedEarly)
      yield* Fiber.interrupt(before)
      yield* eventually(lastRecord, (record) => record?.closedEarly === true)

      let received = 0
      const within = yield* Effect.forkChild(
        Effect.flatMap(list, (response) =>
          Stream.runForEach(response.stream, (piece) => Effect.sync(() => (received += piece.length)))
        )
      )
      yield* eventually(
        Effect.sync(() => received),
        (count) => count === 10
      )
      assert.deepInclude(yield* lastRecord, { status: 200, closedEarly: false })
      yield* Fiber.interrupt(within)
      yield* eventually(lastRecord, (record) => record?.closedEarly === true)

      const delayed = yield* Effect.forkChild(list)
      yield* eventually(lastRecord, (record) => record?.fault === "delay")
      yield* Fiber.interrupt(delayed)
      yield* eventually(lastRecord, (record) => record?.closedEarly === true)
    }).pipe(withServer())
  )

  it.live("on a socket the log shows a client that stops reading results", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const [batch] = yield* emulator.seedBatches([{ requests: 20_000 }])
      const response = yield* send("GET", `/v1/messages/batches/${batch?.id}/results`)
      yield* Stream.runDrain(Stream.take(response.stream, 1))
      yield* eventually(lastRecord, (record) => record?.closedEarly === true)
    }).pipe(withServer())
  )

  it.live("a server without access to its socket breaks the body instead", () => {
    let handler: ((request: Request) => Promise<Response>) | undefined
    const server = HttpServer.make({
      address: NetAddress.unixPathAddress("none"),
      serve: (app) =>
        Effect.sync(() => {
          handler = HttpEffect.toWebHandler(app)
        })
    })
    const read = (fault: AnthropicEmulator.Fault.Fault) =>
      Effect.gen(function* () {
        yield* script(fault)
        assert(handler !== undefined)
        const answer = handler(new Request("http://localhost/v1/models", { headers }))
        const response = yield* Effect.promise(() => answer)
        assert.strictEqual(response.status, 200)
        return yield* Effect.exit(Effect.tryPromise(() => response.text()))
      })
    return Effect.gen(function* () {
      assert.isTrue(Exit.isFailure(yield* read(Fault.resetBeforeHeaders())))
      assert.isTrue(Exit.isFailure(yield* read(Fault.resetAfter(10))))
      assert.isTrue(Exit.isSuccess(yield* read(Fault.truncate(10))))
    }).pipe(Effect.provide(AnthropicEmulator.serve().pipe(Layer.provide(Layer.succeed(HttpServer.HttpServer, server)))))
  })

  it.live("on a socket a fault that does not happen fails the test", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(script(Fault.empty(500)).pipe(withServer()))
      assert(Exit.isFailure(exit))
      assert.instanceOf(Cause.squash(exit.cause), AnthropicEmulator.UnconsumedFaultsError)
    })
  )
})
