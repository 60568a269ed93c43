import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { Readable } from "node:stream"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { Fault, script } from "../support/batches.ts"
import { eventually } from "../support/emulator.ts"
import { directory, Emulator, noise, piecesOf, requests, seed, sha256, stored } from "../support/files.ts"
import { served } from "../support/served.ts"

const content = noise(1_000_000)
const hash = sha256(content)

const onServer = (options: AnthropicEmulator.Options = {}) =>
  Effect.provide(Layer.merge(served(options), NodeFileSystem.layer))

const eventuallySo = (isSo: () => boolean) => eventually(Effect.sync(isSo), (value) => value)

/** A server of our own, and settings that lead to it. */
const serverOf = Effect.fnUntraced(function* (listener: RequestListener) {
  const server = yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer(listener)
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )
  const { port } = server.address() as AddressInfo
  return Layer.merge(
    FetchHttpClient.layer,
    Anthropic.layer({
      apiKey: "sk-ant-test-1234",
      baseUrl: `http://127.0.0.1:${port}`,
      retry: { initialDelay: "1 millis" }
    })
  )
})

/** What the platform's own parser makes of a form. */
const formOf = (request: IncomingMessage) =>
  new Response(Readable.toWeb(request) as ReadableStream, {
    headers: { "content-type": request.headers["content-type"] ?? "" }
  }).formData()

const wire = (file: { readonly name: string; readonly type: string; readonly size: number }) => ({
  id: "file_1",
  type: "file",
  filename: file.name,
  mime_type: file.type,
  size_bytes: file.size,
  created_at: "2026-01-01T00:00:00Z",
  downloadable: false,
  expires_at: null
})

type Source = FileSource.FileSource<Error, FileSystem.FileSystem>

const sources = (path: string): ReadonlyArray<readonly [source: Source, hasLength: boolean]> => [
  [FileSource.fromPath(path), true],
  [FileSource.fromBytes(content, { name: "a.csv" }), true],
  [FileSource.fromBlob(new File([content], "a.csv")), true],
  [FileSource.fromStream(() => piecesOf(content, 9999), { name: "a.csv", size: content.length }), true],
  [FileSource.fromStream(() => piecesOf(content, 9999), { name: "a.csv" }), false],
  [FileSource.fromStreamOnce(piecesOf(content, 9999), { name: "a.csv" }), false]
]

describe("upload over a socket", () => {
  it.live("upload arrives completely at the emulator, with a length when the size is known", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.csv")
      writeFileSync(path, content)
      for (const [source, hasLength] of sources(path)) {
        const file = yield* Files.upload(source)
        const expected = { filename: "a.csv", type: "text/csv", size: 1_000_000, sha256: hash }
        assert.deepStrictEqual(yield* stored(file), expected)
        const headers = (yield* requests).at(-1)?.headers ?? {}
        assert.strictEqual("content-length" in headers, hasLength)
        assert.strictEqual(headers["transfer-encoding"], hasLength ? undefined : "chunked")
      }
    }).pipe(onServer())
  )

  it.live("upload of 10 MB arrives completely", () =>
    Effect.gen(function* () {
      const large = noise(10_000_000)
      for (const size of [large.length, undefined]) {
        const file = yield* Files.upload(FileSource.fromStream(() => piecesOf(large, 99_999), { name: "a.csv", size }))
        assert.deepInclude(yield* stored(file), { size: 10_000_000, sha256: sha256(large) })
      }
    }).pipe(onServer())
  )

  it.live("upload arrives completely at the form parser of the platform", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.csv")
      writeFileSync(path, content)
      const seen: Array<unknown> = []
      const settings = yield* serverOf(async (request, response) => {
        const form = await formOf(request)
        const file = form.get("file") as File
        const { name, type, size } = file
        seen.push([name, type, size, sha256(new Uint8Array(await file.arrayBuffer())), form.get("expires_in_seconds")])
        response.setHeader("content-type", "application/json")
        response.end(JSON.stringify(wire(file)))
      })
      const all = sources(path)
      for (const [source] of all) {
        yield* Files.upload(source, { expiresIn: "2 hours" }).pipe(Effect.provide(settings))
      }
      const expected = ["a.csv", "text/csv", 1_000_000, hash, "7200"]
      assert.deepStrictEqual(
        seen,
        all.map(() => expected)
      )
      const odd = FileSource.fromBytes(content.subarray(0, 0), { name: "naïve 文書 🎉; x=y.txt" })
      assert.strictEqual((yield* Effect.provide(Files.upload(odd), settings)).filename, "naïve 文書 🎉; x=y.txt")
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.live("upload that is answered 413 or 401 before its body is sent fails with that error", () =>
    Effect.gen(function* () {
      const large = FileSource.fromStream(() => Stream.forever(piecesOf(content, 65_536)), { name: "a.csv" })
      yield* script(Fault.beforeBody(Fault.status(413)), Fault.beforeBody(Fault.status(401)))
      assert.strictEqual((yield* Effect.flip(Files.upload(large)))._tag, "RequestTooLargeError")
      assert.strictEqual((yield* Effect.flip(Files.upload(large)))._tag, "AuthenticationError")
      assert.lengthOf(yield* requests, 2)
    }).pipe(onServer())
  )

  it.live("upload that is reset half-way fails with IndeterminateError after one request", () =>
    Effect.gen(function* () {
      yield* script(Fault.resetDuringUpload(500_000))
      const error = yield* Effect.flip(Files.upload(FileSource.fromBytes(content, { name: "a.csv" })))
      assert(error._tag === "IndeterminateError")
      assert.strictEqual(error.cause._tag, "ConnectionError")
      assert.lengthOf(yield* requests, 1)
    }).pipe(onServer())
  )

  it.live("upload to a closed port fails with ConnectionError in the phase `connect`", () =>
    Effect.gen(function* () {
      const closed = yield* Effect.scoped(serverOf(() => {}))
      const error = yield* Effect.flip(Effect.provide(Files.upload(FileSource.fromBytes(content)), closed))
      assert(error._tag === "ConnectionError")
      assert.strictEqual(error.phase, "connect")
    })
  )

  it.live("upload whose source fails half-way fails with that error, and the server stores no file", () =>
    Effect.gen(function* () {
      for (const size of [undefined, content.length]) {
        const bytes = Stream.concat(piecesOf(content.subarray(0, 500_000), 10_000), Stream.fail("mine" as const))
        const error = yield* Effect.flip(Files.upload(FileSource.fromStream(() => bytes, { name: "a.csv", size })))
        assert.strictEqual(error, "mine")
      }
      const grown = FileSource.fromStream(() => piecesOf(content, 10_000), { name: "a.csv", size: 999_999 })
      const error = yield* Effect.flip(Files.upload(grown))
      assert(typeof error === "object" && error._tag === "SourceChangedError")
      assert.lengthOf(yield* (yield* Emulator).files, 0)
      assert.isTrue((yield* requests).every((request) => request.status !== 200))
    }).pipe(onServer())
  )

  it.live("upload to a slow server does not read its source far ahead", () =>
    Effect.gen(function* () {
      let resume = () => {}
      const settings = yield* serverOf((request, response) => {
        request.pause()
        resume = () => {
          request.resume()
          request.on("end", () => {
            response.setHeader("content-type", "application/json")
            response.end(JSON.stringify(wire({ name: "a", type: "a/b", size: 1 })))
          })
        }
      })
      for (const size of [undefined, 200 * content.length]) {
        let read = 0
        const bytes = Stream.tap(Stream.take(Stream.forever(piecesOf(content, 50_000)), 4000), (piece) =>
          Effect.sync(() => {
            read += piece.length
          })
        )
        const source = FileSource.fromStream(() => bytes, { name: "a.csv", size })
        const fiber = yield* Effect.forkChild(Effect.provide(Files.upload(source), settings))
        yield* Effect.sleep("500 millis")
        // What is read lies in the buffers of the two sockets, which the system lets grow to some ten megabytes.
        assert.isAbove(read, 0)
        assert.isBelow(read, 60_000_000)
        resume()
        yield* Fiber.join(fiber)
        assert.strictEqual(read, 200 * content.length)
      }
    }).pipe(Effect.scoped)
  )

  it.live("upload of a file that grows or has an unknown size arrives completely", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "app.log")
      for (const growth of ["follow", "ignore"] as const) {
        writeFileSync(path, content)
        let isFirst = true
        const file = yield* Files.upload(FileSource.fromPath(path, { growth }), {
          onProgress: () =>
            Effect.sync(() => {
              if (isFirst) appendFileSync(path, content)
              isFirst = false
            })
        })
        const whole = growth === "follow" ? [content, content] : [content]
        assert.strictEqual((yield* stored(file)).sha256, sha256(...whole))
        const headers = (yield* requests).at(-1)?.headers ?? {}
        assert.strictEqual("content-length" in headers, growth === "ignore")
      }
      assert.lengthOf(yield* (yield* Emulator).files, 2)
      const made = "/proc/version"
      const hidden = existsSync(made) ? made : path
      const file = yield* Files.upload(FileSource.fromPath(hidden))
      assert.strictEqual((yield* stored(file)).sha256, sha256(readFileSync(hidden)))
    }).pipe(onServer())
  )

  it.live("upload whose onProgress dies dies with that defect, and the server stores no file", () =>
    Effect.gen(function* () {
      for (const [source] of sources("unused").slice(1)) {
        const exit = yield* Effect.exit(Files.upload(source, { onProgress: () => Effect.die("mine") }))
        assert(Exit.isFailure(exit))
        assert.strictEqual(Cause.squash(exit.cause), "mine")
      }
      // The process that runs the tests fails on an unhandled rejection, which may come a little later.
      yield* Effect.sleep("20 millis")
      assert.lengthOf(yield* (yield* Emulator).files, 0)
    }).pipe(onServer())
  )

  it.live("upload that is interrupted closes the socket and the source", () =>
    Effect.gen(function* () {
      for (const size of [undefined, 250_000_000]) {
        let isClosed = false
        let loaded = 0
        const endless = Stream.onExit(Stream.forever(piecesOf(content, 50_000)), () =>
          Effect.sync(() => {
            isClosed = true
          })
        )
        const fiber = yield* Effect.forkChild(
          Files.upload(
            FileSource.fromStream(() => endless, { name: "a.csv", size }),
            {
              onProgress: (progress) =>
                Effect.sync(() => {
                  loaded = progress.loaded
                })
            }
          )
        )
        yield* eventuallySo(() => loaded > 1_000_000)
        yield* Fiber.interrupt(fiber)
        const all = yield* Emulator
        yield* Effect.repeat(all.requests, {
          until: (records) => records.at(-1)?.closedEarly === true,
          schedule: Schedule.spaced("5 millis")
        }).pipe(Effect.timeout("10 seconds"))
        yield* eventuallySo(() => isClosed)
      }
    }).pipe(onServer())
  )
})

describe("download over a socket", () => {
  it.live("downloadTo starts again after a cut and leaves only the whole file", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      const file = yield* seed({ content })
      yield* script({ ...Fault.resetAfter(500_000), when: { path: /content$/ } })
      yield* Files.downloadTo(file, path)
      assert.strictEqual(sha256(readFileSync(path)), hash)
      assert.deepStrictEqual(readdirSync(join(path, "..")), ["out.bin"])
      assert.lengthOf(yield* requests, 3)
    }).pipe(onServer())
  )

  it.live("downloadTo fails when the body ends early but cleanly", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      const file = yield* seed({ content })
      yield* script({ ...Fault.truncate(500_000), when: { path: /content$/ }, times: 3 })
      assert.strictEqual((yield* Effect.flip(Files.downloadTo(file, path)))._tag, "FileSizeMismatchError")
      assert.deepStrictEqual(readdirSync(join(path, "..")), [])
    }).pipe(onServer())
  )

  it.live("downloadTo that is interrupted closes the socket and removes the temporary file", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      const file = yield* seed({ content: 2_000_000_000 })
      let loaded = 0
      const fiber = yield* Effect.forkChild(
        Files.downloadTo(file, path, {
          onProgress: (progress) =>
            Effect.sync(() => {
              loaded = progress.loaded
            })
        })
      )
      yield* eventuallySo(() => loaded > 1_000_000)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(readdirSync(join(path, "..")), [])
      const { requests } = yield* Emulator
      yield* Effect.repeat(requests, {
        until: (records) => records.at(-1)?.closedEarly === true,
        schedule: Schedule.spaced("5 millis")
      }).pipe(Effect.timeout("10 seconds"))
    }).pipe(onServer())
  )
})
