import type { IncomingMessage, ServerResponse } from "node:http"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Files from "effect-anthropic/Files"
import { apiError, empty, fakeClient, json, using } from "../support/fakeClient.ts"
import { noise, sha256 } from "../support/files.ts"
import { rawServer } from "../support/rawServer.ts"

const text = new TextEncoder().encode(Buffer.from(noise(100_000)).toString("base64"))
const archive = gzipSync(noise(50_000))

const wire = (size: number) => ({
  id: "file_1",
  type: "file",
  filename: "a.gz",
  mime_type: "application/gzip",
  size_bytes: size,
  created_at: "2026-01-01T00:00:00Z",
  downloadable: true,
  expires_at: null
})

/** Reads the contents of a file over fetch from a server of which only the contents are its own. */
const reading = <A, E>(
  size: number,
  contents: (request: IncomingMessage, response: ServerResponse) => void,
  read: (file: Files.FileMetadata) => Stream.Stream<A, E, HttpClient.HttpClient>
) =>
  Effect.gen(function* () {
    const baseUrl = yield* rawServer((request, response) => {
      if (request.url?.endsWith("/content") === true) return contents(request, response)
      response.setHeader("content-type", "application/json")
      response.end(JSON.stringify(wire(size)))
    })
    const settings = Anthropic.layer({ apiKey: "sk-ant-test-1234", baseUrl, retry: { maxRetries: 0 } })
    return yield* Effect.flatMap(Files.retrieve("file_1"), (file) => Stream.runCollect(read(file))).pipe(
      Effect.provide(Layer.merge(FetchHttpClient.layer, settings))
    )
  })

const whole = (chunks: ReadonlyArray<Uint8Array>): string => sha256(...chunks)

/** The metadata, which has the size, and the id, which has not. */
const ways = [(file: Files.FileMetadata) => Files.download(file), () => Files.download("file_1")]

describe("the contents of a file", () => {
  it.effect("are requested without content encoding, also after a redirect to another origin", () =>
    Effect.gen(function* () {
      const fake = fakeClient((_, index) =>
        index === 0
          ? empty(302, { location: "https://storage.example/file_1" })
          : HttpServerResponse.uint8Array(new Uint8Array(3))
      )
      yield* Stream.runDrain(Files.download("file_1")).pipe(using(fake))
      assert.deepStrictEqual(
        fake.requests.map(({ headers }) => headers["accept-encoding"]),
        ["identity", "identity"]
      )
      const other = fakeClient(() => json(wire(1)))
      yield* Files.retrieve("file_1").pipe(using(other))
      assert.notProperty(other.requests[0]?.headers, "accept-encoding")
    })
  )

  it.live("are the stored bytes when the server labels an archive as gzip only for clients that accept it", () =>
    Effect.gen(function* () {
      for (const read of ways) {
        const chunks = yield* reading(
          archive.length,
          (request, response) => {
            if (`${request.headers["accept-encoding"]}`.includes("gzip")) response.setHeader("content-encoding", "gzip")
            response.end(archive)
          },
          read
        )
        assert.strictEqual(whole(chunks), sha256(archive))
      }
    })
  )

  const encodings = { gzip: gzipSync, "x-gzip": gzipSync, deflate: deflateSync, br: brotliCompressSync }
  for (const [encoding, compress] of Object.entries(encodings)) {
    it.live(`are decoded when a server compresses them without being asked: ${encoding}`, () =>
      Effect.gen(function* () {
        for (const read of ways) {
          const chunks = yield* reading(
            text.length,
            (_, response) => response.setHeader("content-encoding", encoding).end(compress(text)),
            read
          )
          assert.strictEqual(whole(chunks), sha256(text))
        }
      })
    )

    it.live(`fail when a server compresses them and ends early but cleanly: ${encoding}`, () =>
      Effect.gen(function* () {
        const compressed = compress(text)
        const half = compressed.subarray(0, compressed.length / 2)
        for (const read of ways) {
          const error = yield* Effect.flip(
            reading(text.length, (_, response) => response.setHeader("content-encoding", encoding).end(half), read)
          )
          assert.include(["FileSizeMismatchError", "StreamInterruptedError"], error._tag)
        }
      })
    )
  }

  it.live("fail when a server always labels a stored archive as gzip, which the client then decodes", () =>
    Effect.gen(function* () {
      for (const sent of [archive, archive.subarray(0, archive.length / 2)]) {
        for (const read of ways) {
          const error = yield* Effect.flip(
            reading(archive.length, (_, response) => response.setHeader("content-encoding", "gzip").end(sent), read)
          )
          assert.include(["FileSizeMismatchError", "StreamInterruptedError"], error._tag)
        }
      }
    })
  )

  it.effect("fail with FileSizeMismatchError when the client does not decode an encoded response", () =>
    Effect.gen(function* () {
      const fake = fakeClient(({ url }) =>
        url.pathname.endsWith("/content")
          ? HttpServerResponse.uint8Array(gzipSync(text), { headers: { "content-encoding": "gzip" } })
          : json(wire(text.length))
      )
      const error = yield* Effect.flip(Stream.runDrain(Files.download("file_1"))).pipe(using(fake))
      assert.strictEqual(error._tag, "FileSizeMismatchError")
    })
  )

  it.effect("are compared with the content-length when only the id is given", () =>
    Effect.gen(function* () {
      const answer = (contentLength: string, contentEncoding = "identity") =>
        Effect.exit(Stream.mkUint8Array(Files.download("file_1"))).pipe(
          using(
            fakeClient(({ url }) =>
              url.pathname.endsWith("/content")
                ? HttpServerResponse.stream(Stream.succeed(text), {
                    headers: { "content-length": contentLength, "content-encoding": contentEncoding }
                  })
                : json(wire(text.length))
            )
          )
        )
      assert.strictEqual((yield* answer(String(text.length)))._tag, "Success")
      assert.strictEqual((yield* answer(String(text.length + 1)))._tag, "Failure")
      assert.strictEqual((yield* answer("many"))._tag, "Success")
      assert.strictEqual((yield* answer("12", "gzip"))._tag, "Success")
    })
  )

  const stalled = (onCancel: () => void) =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(3)),
        cancel: onCancel
      }),
      { headers: { "content-encoding": "gzip" } }
    )

  it.effect("are not left open when the size of an encoded response cannot be retrieved", () =>
    Effect.gen(function* () {
      let closed = 0
      const fake = fakeClient(({ url }) =>
        url.pathname.endsWith("/content") ? stalled(() => closed++) : apiError(404, "not_found_error")
      )
      const error = yield* Effect.flip(Stream.runDrain(Files.download("file_1"))).pipe(using(fake))
      assert.strictEqual(error._tag, "NotFoundError")
      assert.strictEqual(closed, 1)
    })
  )

  it.effect("are not left open when the download is interrupted while their size is retrieved", () =>
    Effect.gen(function* () {
      let closed = 0
      const fake = fakeClient(({ url }) => (url.pathname.endsWith("/content") ? stalled(() => closed++) : Effect.never))
      const fiber = yield* Effect.forkChild(Stream.runDrain(Files.download("file_1")).pipe(using(fake)))
      yield* Effect.repeat(Effect.yieldNow, { times: 100 })
      assert.lengthOf(fake.requests, 2)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(closed, 1)
    })
  )
})
