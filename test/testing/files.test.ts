// The files of the emulator: uploads, listings, contents, and faults of uploads.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { noise, sha256 } from "../support/files.ts"
import { call, headers, origin, refusalOf } from "./client.ts"

const { Emulator, Fault } = AnthropicEmulator

const withEmulator = (options: AnthropicEmulator.Options = {}) => Effect.provide(AnthropicEmulator.layer(options))

const oldHeaders = { ...headers, "anthropic-beta": "files-api-2025-04-14" }
const bothHeaders = { ...headers, "anthropic-beta": "managed-agents-2026-04-01" }

interface Part {
  readonly name?: string
  readonly filename?: string | undefined
  readonly type?: string
  readonly body?: string | Uint8Array
}

const boundary = "b0undary"

const encode = (parts: ReadonlyArray<Part>, end = `--${boundary}--\r\n`) =>
  Buffer.concat([
    ...parts.flatMap(({ body = "", filename, name = "file", type }) => [
      Buffer.from(
        `--${boundary}\r\ncontent-disposition: form-data; name="${name}"` +
          (filename === undefined ? "" : `; filename="${filename}"`) +
          (type === undefined ? "" : `\r\ncontent-type: ${type}`) +
          "\r\n\r\n"
      ),
      Buffer.from(body),
      Buffer.from("\r\n")
    ]),
    Buffer.from(end)
  ])

const send = (
  body: Uint8Array,
  options: { readonly type?: string; readonly headers?: Record<string, string>; readonly piece?: number } = {}
) => {
  const { piece = 1000, type = `multipart/form-data; boundary=${boundary}` } = options
  const pieces = Array.from({ length: Math.ceil(body.length / piece) }, (_, i) =>
    body.subarray(i * piece, (i + 1) * piece)
  )
  return HttpClient.execute(
    HttpClientRequest.bodyStream(
      HttpClientRequest.post(`${origin}/v1/files`, { headers: options.headers ?? headers }),
      Stream.fromIterable(pieces, { chunkSize: 1 }),
      { contentType: type }
    )
  )
}

const Answer = Schema.Record(Schema.String, Schema.Unknown)

const answerOf = <E, R>(response: Effect.Effect<{ readonly json: Effect.Effect<unknown, E, R> }, E, R>) =>
  Effect.orDie(
    Effect.flatMap(
      Effect.flatMap(response, ({ json }) => json),
      Schema.decodeUnknownEffect(Answer)
    )
  )

const upload = (...parts: ReadonlyArray<Part>) => answerOf(send(encode(parts)))

const problemOf = (answer: { readonly [key: string]: unknown }) => {
  const { error } = answer
  assert(typeof error === "object" && error !== null && "message" in error)
  return error.message
}

describe("upload", () => {
  it.effect("an upload takes the file and its lifetime, in pieces of any size", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const content = noise(5000)
      const parts = [
        { name: "expires_in_seconds", body: "7200" },
        { filename: "a.csv", type: "text/csv", body: content },
        { name: "other", body: "ignored" }
      ]
      for (const piece of [1, 7, 100, 100_000]) {
        const file = yield* answerOf(send(encode(parts), { piece }))
        assert.deepInclude(file, {
          type: "file",
          filename: "a.csv",
          mime_type: "text/csv",
          size_bytes: 5000,
          downloadable: false
        })
        const { bytes, sha256: hash, size } = yield* emulator.fileContent(String(file.id))
        assert.deepStrictEqual([size, hash, sha256(yield* bytes)], [5000, sha256(content), sha256(content)])
      }
      const [record] = yield* emulator.requests
      assert.deepStrictEqual(record?.body, {
        expires_in_seconds: "7200",
        other: "ignored",
        file: { filename: "a.csv", type: "text/csv", size: 5000, sha256: sha256(content) }
      })
      const [file] = yield* emulator.files
      assert.deepInclude(file, {
        created_at: "1970-01-01T00:00:00.000004Z",
        expires_at: "1970-01-01T02:00:00.000004Z"
      })
    }).pipe(withEmulator())
  )

  it.effect("an upload that is larger than keepFileBytes is only hashed", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const content = noise(5000)
      const file = yield* upload({ filename: "a.bin", body: content })
      const stored = yield* emulator.fileContent(String(file.id))
      assert.deepStrictEqual([stored.size, stored.sha256], [5000, sha256(content)])
      assert.isTrue(Exit.isFailure(yield* Effect.exit(stored.bytes)))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(emulator.fileContent("file_unknown"))))
    }).pipe(withEmulator({ keepFileBytes: 4999 }))
  )

  const names: ReadonlyArray<readonly [sent: string | undefined, kept: string]> = [
    ["a/b\\c.txt", "c.txt"],
    ["a%20b.txt", "a%20b.txt"],
    ["naïve 文書.txt", "naïve 文書.txt"],
    ["", "unnamed.txt"],
    ["dir/", "unnamed.txt"],
    [undefined, "unnamed.txt"]
  ]
  it.effect("an upload gets the last part of its name, or a default name", () =>
    Effect.gen(function* () {
      for (const [filename, kept] of names) {
        assert.strictEqual((yield* upload({ filename, type: "text/plain" })).filename, kept)
      }
      assert.strictEqual((yield* upload({ filename: "", body: new Uint8Array([0, 255]) })).filename, "unnamed.bin")
    }).pipe(withEmulator())
  )

  it.effect("an upload without a type gets that of its name or its bytes", () =>
    Effect.gen(function* () {
      const typeOf = (part: Part) => Effect.map(upload(part), (file) => file.mime_type)
      assert.strictEqual(yield* typeOf({ filename: "a.csv" }), "text/csv")
      assert.strictEqual(yield* typeOf({ filename: "a", body: "%PDF-1.7" }), "application/pdf")
      assert.strictEqual(yield* typeOf({ filename: "a", body: "text" }), "text/plain")
      assert.strictEqual(yield* typeOf({ filename: "a", body: new Uint8Array([0]) }), "application/octet-stream")
      assert.strictEqual(yield* typeOf({ filename: "a.csv", type: "application/octet-stream" }), "text/csv")
      assert.strictEqual(yield* typeOf({ filename: "a.csv", type: "text/plain" }), "text/plain")
    }).pipe(withEmulator())
  )

  it.effect("an upload that is not a form with a file is a 400", () =>
    Effect.gen(function* () {
      const problem = (body: Uint8Array, type?: string) =>
        Effect.map(answerOf(send(body, type === undefined ? {} : { type })), problemOf)
      assert.include(yield* problem(encode([{ name: "other" }])), "file: Field required")
      assert.include(yield* problem(Buffer.from("{}"), "application/json"), "multipart/form-data is required")
      assert.include(yield* problem(encode([{}], "")), "EndNotReached")
      assert.include(yield* problem(encode([{}]), "multipart/form-data"), "InvalidBoundary")
      assert.include(yield* problem(Buffer.from("text"), "text/plain"), "not valid JSON")
    }).pipe(withEmulator())
  )

  it.effect("uploads with forbidden names, lifetimes or sizes are refused", () =>
    Effect.gen(function* () {
      const problem = (...parts: ReadonlyArray<Part>) => Effect.map(upload(...parts), problemOf)
      for (const filename of ["a%22b", "a%0Db", "a<b", "a|b"]) {
        assert.include(yield* problem({ filename }), "forbidden", filename)
      }
      assert.include(yield* problem({ filename: "x".repeat(256) }), "at most 255")
      for (const body of ["3599", "7776001", "1e4", "", "-5"]) {
        assert.include(yield* problem({ filename: "a" }, { name: "expires_in_seconds", body }), "between 3600 and")
      }
      const large = yield* send(encode([{ filename: "a", body: noise(2001) }]))
      assert.strictEqual(large.status, 413)
      yield* upload({ filename: "a", body: noise(2000) })
      const full = yield* upload({ filename: "a", body: noise(1001) })
      assert.deepNestedInclude(full, { "error.details": { error_code: "storage_quota_exceeded" } })
      assert.lengthOf(yield* (yield* Emulator).files, 1)
    }).pipe(withEmulator({ maxFileBytes: 2000, storageQuotaBytes: 3000 }))
  )

  it.effect("files that are deleted or expired do not count against the quota", () =>
    Effect.gen(function* () {
      const [first] = yield* (yield* Emulator).seedFiles([{ content: 500 }, { content: 500, expiresIn: "1 hour" }])
      const status = Effect.map(send(encode([{ filename: "a", body: noise(400) }])), (response) => response.status)
      assert.strictEqual(yield* status, 400)
      yield* call("DELETE", `/v1/files/${first?.id}`)
      assert.strictEqual(yield* status, 200)
      assert.strictEqual(yield* status, 400)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* status, 200)
    }).pipe(withEmulator({ storageQuotaBytes: 1000 }))
  )
})

describe("listing", () => {
  const idsOf = (answer: { readonly [key: string]: unknown }) => {
    assert(Array.isArray(answer.data))
    return answer.data.map((file) => String(file.id).replace(/^file_0*/, ""))
  }
  const get = (path: string, given = headers) => answerOf(call("GET", path, { headers: given }))

  it.effect("listings of files go by page, newest first", () =>
    Effect.gen(function* () {
      yield* (yield* Emulator).seedFiles(5)
      const first = yield* get("/v1/files?limit=2")
      assert.deepStrictEqual(idsOf(first), ["5", "4"])
      yield* call("DELETE", "/v1/files/file_000000000000000000000004")
      const second = yield* get(`/v1/files?limit=2&page=${first.next_page}`)
      assert.deepStrictEqual(idsOf(second), ["3", "2"])
      const third = yield* get(`/v1/files?limit=2&page=${second.next_page}`)
      assert.deepStrictEqual([idsOf(third), third.next_page], [["1"], null])
      assert.hasAllKeys(first, ["data", "next_page"])
      for (const query of ["limit=0", "page=nonsense", "before_id=a", "after_id=a"]) {
        assert.strictEqual((yield* refusalOf("GET", `/v1/files?${query}`)).status, 400, query)
      }
    }).pipe(withEmulator())
  )

  it.effect("listings of files by ids are one page", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const seeded = yield* emulator.seedFiles([{}, {}, { expiresIn: "1 hour" }, { expiresIn: "2 hours" }])
      const ids = (from: number, count: number) =>
        Array.from({ length: count }, (_, i) => `ids[]=file_${String(from + i).padStart(24, "0")}`).join("&")
      yield* call("DELETE", `/v1/files/${seeded[0]?.id}`)
      const page = yield* get(`/v1/files?${ids(1, 3)}&${ids(2, 1)}&ids=unknown`)
      assert.deepStrictEqual([idsOf(page), page.next_page], [["3", "2"], null])
      assert.strictEqual((yield* call("GET", `/v1/files?${ids(1, 100)}&${ids(1, 100)}`)).status, 200)
      for (const query of [ids(1, 101), `${ids(1, 1)}&limit=5`, `${ids(1, 1)}&page=x`]) {
        assert.strictEqual((yield* refusalOf("GET", `/v1/files?${query}`)).status, 400)
      }
      yield* TestClock.adjust("30 days")
      assert.lengthOf(yield* emulator.files, 3)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(idsOf(yield* get(`/v1/files?${ids(1, 4)}`)), ["4", "2"])
    }).pipe(withEmulator())
  )

  it.effect("files have the shapes of 2025 for the header of 2025", () =>
    Effect.gen(function* () {
      yield* (yield* Emulator).seedFiles(3)
      const first = yield* get("/v1/files?limit=2", oldHeaders)
      assert.deepInclude(first, {
        has_more: true,
        first_id: "file_000000000000000000000003",
        last_id: "file_000000000000000000000002"
      })
      assert.notProperty(first, "next_page")
      assert(Array.isArray(first.data))
      assert.notProperty(first.data[0], "expires_at")
      const rest = yield* get(`/v1/files?after_id=${first.last_id}`, oldHeaders)
      assert.deepStrictEqual([idsOf(rest), rest.has_more], [["1"], false])
      const back = yield* get(`/v1/files?before_id=${rest.first_id}`, oldHeaders)
      assert.deepStrictEqual(idsOf(back), ["3", "2"])
      assert.notProperty(yield* get(`/v1/files/${rest.first_id}`, oldHeaders), "expires_at")
      const untyped = yield* answerOf(send(encode([{ filename: "a" }]), { headers: oldHeaders }))
      assert.include(problemOf(untyped), "no content type")
      const typed = yield* answerOf(send(encode([{ filename: "a", type: "a/b" }]), { headers: oldHeaders }))
      assert.notProperty(typed, "expires_at")
    }).pipe(withEmulator())
  )

  it.effect("listings of files take both kinds of cursors for the header of managed agents", () =>
    Effect.gen(function* () {
      yield* (yield* Emulator).seedFiles(5)
      const first = yield* get("/v1/files?limit=2", bothHeaders)
      assert.deepInclude(first, {
        has_more: true,
        first_id: "file_000000000000000000000005",
        last_id: "file_000000000000000000000004"
      })
      assert(Array.isArray(first.data))
      assert.propertyVal(first.data[0], "expires_at", null)
      const second = yield* get(`/v1/files?limit=2&page=${first.next_page}`, bothHeaders)
      assert.deepStrictEqual(
        [idsOf(second), second.has_more, second.last_id],
        [["3", "2"], true, "file_000000000000000000000002"]
      )
      const last = yield* get(`/v1/files?after_id=${second.last_id}`, bothHeaders)
      assert.deepStrictEqual([idsOf(last), last.has_more, last.next_page], [["1"], false, null])
      const back = yield* get(`/v1/files?limit=1&before_id=${last.first_id}`, bothHeaders)
      assert.deepStrictEqual([idsOf(back), back.has_more, back.next_page], [["2"], true, null])
      assert.deepStrictEqual(yield* get("/v1/files?ids[]=nobody", bothHeaders), { data: [], next_page: null })
    }).pipe(withEmulator())
  )
})

describe("content", () => {
  it.effect("the content of files that tools made is downloaded until they expire", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const seeded = yield* emulator.seedFiles([
        { content: "text" },
        { content: new Uint8Array([1, 2]) },
        { content: 200_000 },
        { expiresIn: "1 hour" },
        { downloadable: false }
      ])
      const [text, bytes, made, shortLived, fixed] = seeded.map((file) => `/v1/files/${file.id}/content`)
      assert.strictEqual(yield* Effect.flatMap(call("GET", text ?? ""), (response) => response.text), "text")
      const two = yield* call("GET", bytes ?? "")
      assert.deepInclude(two.headers, { "content-length": "2", "content-type": "application/octet-stream" })
      assert.deepStrictEqual([...new Uint8Array(yield* two.arrayBuffer)], [1, 2])
      const large = new Uint8Array(yield* (yield* call("GET", made ?? "")).arrayBuffer)
      assert.strictEqual(sha256(large), (yield* emulator.fileContent(seeded[2]?.id ?? "")).sha256)
      assert.strictEqual((yield* emulator.fileContent(seeded[0]?.id ?? "")).sha256, sha256(Buffer.from("text")))
      assert.strictEqual((yield* call("GET", shortLived ?? "")).status, 200)
      const refused = yield* answerOf(call("GET", fixed ?? ""))
      assert.deepNestedInclude(refused, { "error.details": { error_code: "file_not_downloadable" } })
      yield* TestClock.adjust("1 hour")
      const expired = yield* refusalOf("GET", shortLived ?? "")
      assert.deepInclude(expired, { status: 404, type: "not_found_error" })
      assert.strictEqual((yield* refusalOf("GET", "/v1/files/file_unknown/content")).status, 404)
    }).pipe(withEmulator())
  )

  it.effect("the content of uploads is downloaded with uploadsDownloadable, unless it was not kept", () =>
    Effect.gen(function* () {
      const small = yield* upload({ filename: "a", body: "1234" })
      assert.isTrue(small.downloadable)
      const back = yield* call("GET", `/v1/files/${small.id}/content`)
      assert.strictEqual(yield* back.text, "1234")
      const large = yield* upload({ filename: "a", body: "12345" })
      const lost = yield* call("GET", `/v1/files/${large.id}/content`)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(lost.text)))
    }).pipe(withEmulator({ uploadsDownloadable: true, keepFileBytes: 4 }))
  )
})

describe("faults of an upload", () => {
  const body = encode([{ filename: "a", body: noise(50_000) }])

  it.effect("Fault.resetDuringUpload breaks the connection after that number of bytes", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.fault(Fault.resetDuringUpload(10_000))
      const error = yield* Effect.flip(send(body))
      assert.strictEqual(error.reason._tag, "TransportError")
      assert.deepInclude((yield* emulator.requests)[0], {
        bodyBytes: 10_000,
        fault: "resetDuringUpload(10000)",
        status: undefined
      })
      assert.lengthOf(yield* emulator.files, 0)
    }).pipe(withEmulator())
  )

  it.effect("Fault.beforeBody answers without reading the body", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.fault(Fault.beforeBody(Fault.status(413)))
      assert.strictEqual((yield* send(body)).status, 413)
      assert.deepInclude((yield* emulator.requests)[0], { bodyBytes: 0, fault: "beforeBody(status(413))" })
    }).pipe(withEmulator())
  )

  it.effect("an upload that is too short for its fault fails the test", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.gen(function* () {
        yield* (yield* Emulator).fault(Fault.resetDuringUpload(1_000_000))
        yield* Effect.flip(send(body))
      }).pipe(withEmulator(), Effect.exit)
      assert.isTrue(Exit.isFailure(exit))
    })
  )
})
