import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import * as Models from "effect-anthropic/Models"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { assertFields, empty, fakeClient, json, onVirtualTime, using } from "../support/fakeClient.ts"
import { batch, model, requests } from "../support/fixtures.ts"
import { rawServer } from "../support/rawServer.ts"
import { served } from "../support/served.ts"

const many = requests(20_000, 500)

const written = Buffer.from(JSON.stringify({ requests: many }))

const sha256 = (pieces: ReadonlyArray<Uint8Array>): string => {
  const hash = createHash("sha256")
  for (const piece of pieces) hash.update(piece)
  return hash.digest("hex")
}

const quick = (baseUrl: string) =>
  Layer.merge(FetchHttpClient.layer, Anthropic.layer({ apiKey: "k", baseUrl, retry: { initialDelay: "5 millis" } }))

describe("the body of a request", () => {
  it.live("is sent over a socket with its length, and completely again after a 429", () =>
    Effect.gen(function* () {
      const seen: Array<{ readonly headers: object; readonly hash: string; readonly bytes: number }> = []
      const baseUrl = yield* rawServer((request, response) => {
        const hash = createHash("sha256")
        let bytes = 0
        request.on("data", (chunk: Buffer) => {
          hash.update(chunk)
          bytes += chunk.length
        })
        request.on("end", () => {
          seen.push({ headers: request.headers, hash: hash.digest("hex"), bytes })
          response.writeHead(seen.length < 3 ? 429 : 200, { "content-type": "application/json" })
          response.end(JSON.stringify(batch))
        })
      })
      const created = yield* Effect.provide(Batches.create(many), quick(baseUrl))
      assert.strictEqual(created.id, batch.id)
      assert.lengthOf(seen, 3)
      for (const { bytes, hash, headers } of seen) {
        assert.isAbove(bytes, 10_000_000)
        assert.strictEqual(hash, sha256([written]))
        assertFields(headers, {
          "content-type": "application/json",
          "content-length": String(bytes),
          "transfer-encoding": undefined
        })
      }
    })
  )

  it.effect("is handed to the client in pieces of a bounded size, the same on every attempt", () =>
    Effect.gen(function* () {
      const uploads: Array<ReadonlyArray<Uint8Array>> = []
      const fake = fakeClient((sent) =>
        Effect.map(sent.upload, (pieces) => {
          uploads.push(pieces)
          return uploads.length === 1 ? empty(529) : json(batch)
        })
      )
      yield* onVirtualTime(Batches.create(many).pipe(using(fake)))
      assert.lengthOf(uploads, 2)
      for (const pieces of uploads) {
        assert.strictEqual(sha256(pieces), sha256([written]))
        assert.isAbove(pieces.length, 10)
        assert.isAtMost(Math.max(...pieces.map((piece) => piece.byteLength)), 1_000_000)
      }
      assertFields(fake.requests[0]?.headers ?? {}, {
        "content-type": "application/json",
        "content-length": String(written.byteLength)
      })
    })
  )

  it.live("keeps characters that are not ASCII", () =>
    Effect.gen(function* () {
      const emulator = yield* AnthropicEmulator.Emulator
      const text = "grüße 😀 \u2028 \u0000 日本"
      const [request] = requests(1)
      assert(request !== undefined)
      const params = { ...request.params, messages: [{ role: "user" as const, content: text }] }
      const created = yield* Batches.create([{ ...request, params }])
      assertFields((yield* emulator.batchRequests(created.id))[0] ?? {}, { params })
    }).pipe(Effect.provide(served()))
  )

  it.effect("is absent on a GET and on a cancel without parameters", () =>
    Effect.gen(function* () {
      const fake = fakeClient(({ method }) => json(method === "GET" ? model : batch))
      yield* Models.retrieve("m").pipe(using(fake))
      yield* Batches.cancel("b").pipe(using(fake))
      for (const { headers, pieces } of fake.requests) {
        assert.isEmpty(yield* Stream.runCollect(pieces))
        assert.notProperty(headers, "content-type")
      }
    })
  )

  it.effect("is a native Blob on runtimes other than Node, which might send another body empty", () =>
    Effect.gen(function* () {
      const bodies: Array<unknown> = []
      const fetch: typeof globalThis.fetch = async (_, init) => {
        bodies.push(init?.body)
        return Response.json(batch)
      }
      const sentRequests = requests(300, 1000)
      const program = Batches.create(sentRequests).pipe(
        Effect.provideService(FetchHttpClient.Fetch, fetch),
        Effect.provide(quick("https://api.example"))
      )
      const node = process.versions
      for (const versions of [{ bun: "1.3.0", node: "24.0.0" }, { deno: "2.6.0", node: "24.0.0" }, undefined]) {
        Object.defineProperty(process, "versions", { value: versions, configurable: true })
        yield* Effect.ensuring(
          program,
          Effect.sync(() => Object.defineProperty(process, "versions", { value: node, configurable: true }))
        )
        const sent = bodies.pop()
        assert(sent instanceof Blob)
        const text = yield* Effect.promise(() => sent.text())
        assert.deepStrictEqual(JSON.parse(text), { requests: sentRequests })
        // A blob of its own class would be sent by its native content, which is empty.
        assert.strictEqual(sent.constructor, Blob)
        assert.strictEqual(sent.slice().size, Buffer.byteLength(text))
      }
    })
  )
})

describe("the stream of a body that fetch is given", () => {
  const pieces = Array.from({ length: 8 }, (_, index) => new Uint8Array(200_000).fill(index))
  const uploaded = {
    id: "file_1",
    type: "file",
    filename: "a.bin",
    mime_type: "application/octet-stream",
    size_bytes: 1_600_000,
    created_at: "2026-01-01T00:00:00Z",
    downloadable: false,
    expires_at: null
  }
  const source = (closed: Array<string>) =>
    FileSource.fromStream(
      () =>
        Stream.fromIterable(pieces).pipe(
          Stream.ensuring(
            Effect.sync(() => {
              closed.push("source")
            })
          )
        ),
      { name: "a.bin", type: "application/octet-stream" }
    )
  const uploadBy = (fetch: typeof globalThis.fetch, closed: Array<string> = []) =>
    Files.upload(source(closed)).pipe(
      Effect.provideService(FetchHttpClient.Fetch, fetch),
      Effect.provide(quick("https://api.example"))
    )

  const streamOf = (init: RequestInit | undefined): ReadableStream<Uint8Array> => {
    const body = init?.body
    return body instanceof ReadableStream ? body : assert.fail("the body is not a stream")
  }

  it.effect("gives its bytes to the copy that is read first, and fails for the other copy", () =>
    Effect.gen(function* () {
      for (const isFirst of [true, false]) {
        const found: Array<unknown> = []
        yield* uploadBy(async (_, init) => {
          const copies = streamOf(init).tee()
          const [read, other] = isFirst ? copies : copies.toReversed()
          const bytes = new Uint8Array(await new Response(read).arrayBuffer())
          found.push(bytes.filter((byte) => byte === 7).byteLength >= 200_000)
          found.push(await new Response(other).text().catch(String))
          return Response.json(uploaded)
        })
        assert.deepStrictEqual(found, [true, "Error: the body was read already"])
      }
    })
  )

  it.effect("closes its source when the copy that is read is canceled, and not when the other is", () =>
    Effect.gen(function* () {
      const closed: Array<string> = []
      const failed = yield* Effect.flip(
        uploadBy(async (_, init) => {
          const [read, unread] = streamOf(init).tee()
          const reader = read.getReader()
          // The head of the form, and then of the file.
          await reader.read()
          await reader.read()
          await unread.cancel()
          closed.push("unread")
          await reader.cancel()
          return Response.json(
            { type: "error", error: { type: "request_too_large", message: "too large" } },
            { status: 413 }
          )
        }, closed)
      )
      assertFields(failed, { _tag: "RequestTooLargeError", status: 413 })
      assert.deepStrictEqual(closed, ["unread", "source"])
    })
  )
})

describe("an answer whose body the caller's client has read", () => {
  const withLog = (status: number, body: unknown) => {
    const fake = fakeClient(() => Effect.sync(() => new Response(JSON.stringify(body), { status })))
    const logged = HttpClient.transformResponse(Effect.tap((response) => response.text))
    return {
      layer: Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, logged)).pipe(
        Layer.provide(fake.layer)
      )
    }
  }

  it.effect("is not lost", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Models.retrieve("m").pipe(using(withLog(200, model)))).id, model.id)
      assert.strictEqual((yield* Batches.create(requests(1)).pipe(using(withLog(200, batch)))).id, batch.id)
    })
  )

  it.effect("is not lost when the request has a streamed body or the answer is streamed", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Batches.create(requests(2000, 1000)).pipe(using(withLog(200, batch)))).id, batch.id)
      const read = Stream.mkUint8Array(Files.download("file_1")).pipe(using(withLog(200, "content")))
      assert.strictEqual(new TextDecoder().decode(yield* read), JSON.stringify("content"))
    })
  )

  it.effect("keeps the code and the text of its error", () =>
    Effect.gen(function* () {
      const error = {
        type: "rate_limit_error",
        message: "enough",
        details: { error_code: "enforced_spend_limit_reached" }
      }
      const failed = yield* Effect.flip(Batches.create(requests(1))).pipe(using(withLog(429, { type: "error", error })))
      assertFields(failed, { _tag: "SpendLimitError", description: "enough" })
    })
  )
})

describe("a call over a socket", () => {
  const { Emulator, Fault } = AnthropicEmulator
  const impatient = { idleTimeout: "500 millis", responseTimeout: "500 millis" } as const

  const retrieve = Models.retrieve("claude-haiku-5-5")

  const faults = [
    ["reset before the headers", Fault.resetBeforeHeaders(), "ConnectionError"],
    ["reset in the body", Fault.resetAfter(20), "ConnectionError"],
    ["reset after the last byte", Fault.resetAtEnd(), "ConnectionError"],
    ["no headers", Fault.stallBeforeHeaders(), "ResponseTimeoutError"],
    ["a stall in the body", Fault.stall(20), "IdleTimeoutError"],
    ["a clean end that is too early", Fault.truncate(20), "ConnectionError"],
    ["gzip cut short", Fault.gzip({ truncate: 60 }), "ConnectionError"]
  ] as const

  for (const [name, fault, tag] of faults) {
    it.live(`is repeated when it is idempotent: ${name}`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        yield* emulator.fault({ ...fault, times: 2 })
        assert.isTrue((yield* retrieve).id.startsWith("claude-haiku-5-5"))
        assert.lengthOf(yield* emulator.requests, 3)
      }).pipe(Effect.provide(served({}, impatient)))
    )

    it.live(`fails with ${tag} without retries: ${name}`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        yield* emulator.fault(fault)
        const error = yield* Effect.flip(retrieve)
        assert.strictEqual(error._tag, tag)
        assert.isTrue(error.isRetryable)
      }).pipe(Effect.provide(served({}, { ...impatient, retry: { maxRetries: 0 } })))
    )

    it.live(`fails with IndeterminateError after one request when it is a create: ${name}`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator
        yield* emulator.fault(fault)
        const error = yield* Effect.flip(Batches.create(requests(3)))
        assert(error._tag === "IndeterminateError")
        assert.strictEqual(error.cause._tag, tag)
        assert.lengthOf(yield* emulator.requests, 1)
      }).pipe(Effect.provide(served({}, impatient)))
    )
  }

  it.live("succeeds when the answer comes one byte at a time, or as gzip", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.fault(Fault.dribble(1), Fault.gzip(), { ...Fault.dribble(7, "1 millis"), times: 1 })
      for (let count = 0; count < 3; count++) assert.isTrue((yield* retrieve).id.startsWith("claude-haiku-5-5"))
      const pages = yield* Stream.runCollect(Models.list())
      assert.isAbove(pages.length, 1)
    }).pipe(Effect.provide(served()))
  )

  it.live("is repeated when it is a create and no server listens, and then fails in the phase `connect`", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.scoped(rawServer(() => {}))
      let attempts = 0
      const counted = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(HttpClient.HttpClient, (client) =>
          HttpClient.make((request) =>
            Effect.suspend(() => {
              attempts += 1
              return client.execute(request)
            })
          )
        )
      )
      const layer = counted.pipe(Layer.provideMerge(quick(closed)))
      const error = yield* Effect.flip(Effect.provide(Batches.create(requests(1)), layer))
      assert(error._tag === "ConnectionError")
      assertFields(error, { phase: "connect", code: "ECONNREFUSED" })
      assert.strictEqual(attempts, 3)
    })
  )
})
