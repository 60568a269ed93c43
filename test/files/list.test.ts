import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import { calls, Fault, onEmulator, script } from "../support/batches.ts"
import {
  type Answer,
  answering,
  apiError,
  body,
  empty,
  failure,
  fakeClient,
  json,
  onVirtualTime,
  text,
  using
} from "../support/fakeClient.ts"
import { Emulator, requests, seed } from "../support/files.ts"

const wire = (id: string) => ({
  id,
  type: "file",
  filename: "a",
  mime_type: "text/plain",
  size_bytes: 1,
  created_at: "2026-01-01T00:00:00Z",
  expires_at: null
})

const names = (count: number, from = count) => Array.from({ length: count }, (_, i) => `generated-${from - i}.txt`)

const seedMany = (count: number) => Effect.flatMap(Emulator, (emulator) => emulator.seedFiles(count))

describe("list", () => {
  it.effect("list is one stream, newest first, whose pages are fetched when they are pulled", () =>
    Effect.gen(function* () {
      yield* seedMany(45)
      const files = yield* Stream.runCollect(Files.list())
      assert.deepStrictEqual(
        files.map((file) => file.filename),
        names(45)
      )
      assert.lengthOf(yield* requests, 3)
      yield* Stream.runDrain(Stream.take(Files.list({ pageSize: 7 }), 7))
      assert.deepStrictEqual((yield* requests).at(-1)?.query, [["limit", "7"]])
      assert.lengthOf(yield* requests, 4)
    }).pipe(onEmulator())
  )

  it.effect("listPages continues from a saved cursor, also when a file was deleted there", () =>
    Effect.gen(function* () {
      yield* seedMany(5)
      const first = yield* Files.listPage({ pageSize: 2 })
      assert.deepStrictEqual([first.cursor, first.data.length], [undefined, 2])
      yield* Files.delete(first.data[1] ?? "none")
      const rest = yield* Stream.runCollect(Files.listPages({ pageSize: 2, cursor: first.next }))
      assert.deepStrictEqual(
        rest.map((page) => page.data.map((file) => file.filename)),
        [["generated-3.txt", "generated-2.txt"], ["generated-1.txt"]]
      )
      assert.deepStrictEqual([rest[0]?.cursor, rest[1]?.next], [first.next, undefined])
    }).pipe(onEmulator())
  )

  it.effect("list continues after an empty page, and ends at a null, missing or empty cursor", () => {
    const fake = answering(
      json({ data: [wire("a")], next_page: "1" }),
      json({ data: [], next_page: "2" }),
      json({ data: [wire("b")], next_page: null }),
      json({ data: [wire("c")] }),
      json({ data: [wire("d")], next_page: "" })
    )
    const ids = Effect.map(Stream.runCollect(Files.list()), (files) => files.map((file) => file.id))
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* ids, ["a", "b"])
      assert.deepStrictEqual(yield* ids, ["c"])
      assert.deepStrictEqual(yield* ids, ["d"])
    }).pipe(using(fake))
  })

  it.effect("list fails with PaginationError when a cursor repeats", () => {
    const fake = answering(json({ data: [], next_page: "1" }), json({ data: [], next_page: "1" }))
    return Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(Files.list())))._tag, "PaginationError")
      assert.lengthOf(fake.requests, 2)
    }).pipe(using(fake))
  })

  it.effect("listPage refuses a bad page size, an empty cursor and the old beta header", () =>
    Effect.gen(function* () {
      for (const options of [{ pageSize: 0 }, { pageSize: 1001 }, { pageSize: 1.5 }, { cursor: "" }]) {
        assert.strictEqual((yield* Effect.flip(Files.listPage(options)))._tag, "RequestRefusedError")
      }
      const old = Files.listPage().pipe(Anthropic.withSettings({ betas: ["files-api-2025-04-14"] }))
      assert.strictEqual((yield* Effect.flip(old))._tag, "RequestRefusedError")
      assert.lengthOf(yield* requests, 0)
    }).pipe(onEmulator())
  )
})

describe("list with ids", () => {
  it.effect("list with ids returns the files that exist, on one page", () =>
    Effect.gen(function* () {
      const [a, b, c] = yield* seedMany(3)
      yield* Files.delete(b?.id ?? "none")
      const ids = [a?.id, b?.id, c?.id, a?.id, "file_unknown"].map(String)
      const page = yield* Files.listPage({ ids })
      assert.deepStrictEqual([page.data.map((file) => file.id), page.next], [[c?.id, a?.id], undefined])
      assert.lengthOf((yield* requests).at(-1)?.query ?? [], 4)
      assert.lengthOf(yield* Stream.runCollect(Files.list({ ids })), 2)
    }).pipe(onEmulator())
  )

  it.effect("list with no ids sends no request and returns nothing", () =>
    Effect.gen(function* () {
      yield* seedMany(3)
      assert.deepStrictEqual(yield* Stream.runCollect(Files.list({ ids: [] })), [])
      assert.lengthOf(yield* requests, 0)
    }).pipe(onEmulator())
  )

  it.effect("list takes at most 100 different ids, without cursor and page size", () =>
    Effect.gen(function* () {
      const many = (count: number) => Array.from({ length: count }, (_, i) => `file_${i}`)
      yield* Files.listPage({ ids: [...many(100), ...many(100)] })
      assert.lengthOf(yield* requests, 1)
      for (const options of [
        { ids: many(101) },
        { ids: ["a"], pageSize: 10 },
        { ids: ["a"], cursor: "c" },
        { ids: [], pageSize: 10 }
      ]) {
        assert.strictEqual((yield* Effect.flip(Stream.runDrain(Files.list(options))))._tag, "RequestRefusedError")
      }
      assert.lengthOf(yield* requests, 1)
    }).pipe(onEmulator())
  )
})

describe("retrieve and delete", () => {
  it.effect("retrieve and delete take an id or a file", () =>
    Effect.gen(function* () {
      const file = yield* seed({ filename: "a.csv", mimeType: "text/csv", content: "a,b" })
      assert.deepInclude(yield* Files.retrieve(file), { filename: "a.csv", mime_type: "text/csv", size_bytes: 3 })
      assert.deepStrictEqual(yield* Files.delete(file), { id: file.id, type: "file_deleted" })
      assert.strictEqual((yield* Effect.flip(Files.retrieve(file.id)))._tag, "NotFoundError")
      assert.strictEqual((yield* Effect.flip(Files.delete(file.id)))._tag, "NotFoundError")
      const old = Files.retrieve(file).pipe(Anthropic.withSettings({ betas: ["files-api-2025-04-14"] }))
      assert.strictEqual((yield* Effect.flip(old))._tag, "RequestRefusedError")
    }).pipe(onEmulator())
  )
})

describe("delete", () => {
  const answers: { readonly [what: string]: Answer } = {
    "204": empty(204),
    "200 with an empty object": json({}),
    "200 with an object without the usual fields": json({ deleted: true, id: null }),
    "200 as the API answers": json({ id: "file_1", type: "file_deleted" })
  }
  for (const [what, answer] of Object.entries(answers)) {
    it.effect(`succeeds after one request when it is answered ${what}`, () => {
      const fake = fakeClient(() => answer)
      return Effect.gen(function* () {
        assert.deepStrictEqual(yield* Files.delete("file_1"), { id: "file_1", type: "file_deleted" })
        assert.lengthOf(fake.requests, 1)
        assert.strictEqual(fake.requests[0]?.method, "DELETE")
      }).pipe(using(fake))
    })
  }

  it.effect("keeps unknown fields of the answer", () =>
    Effect.gen(function* () {
      const deleted: unknown = yield* Files.delete("file_1")
      assert.deepStrictEqual(deleted, { id: "file_1", type: "file_deleted", at: "now" })
    }).pipe(using(fakeClient(() => json({ id: "file_1", type: "file_deleted", at: "now" }))))
  )

  it.effect("fails with DecodeError when the answer is not from the API", () =>
    Effect.gen(function* () {
      for (const answer of [text("<html>Sign in</html>"), json(["gone"]), json("ok"), empty(200)]) {
        const error = yield* Effect.flip(Files.delete("file_1").pipe(using(fakeClient(() => answer))))
        assert.strictEqual(error._tag, "DecodeError")
      }
    })
  )

  it.effect("is repeated when its answer is cut off, also cleanly", () => {
    const start = '{"id":"fi'
    const fake = answering(body([start], Stream.fail(failure("ECONNRESET"))), text(start), json({}))
    return Effect.gen(function* () {
      assert.isTrue(Result.isSuccess(yield* onVirtualTime(Files.delete("file_1"))))
      assert.lengthOf(fake.requests, 3)
    }).pipe(using(fake))
  })

  it.effect("is repeated after a 529, and fails with NotFoundError for a file that does not exist", () => {
    const fake = answering(apiError(529, "overloaded_error"), apiError(404, "not_found_error"))
    return Effect.gen(function* () {
      const result = yield* onVirtualTime(Files.delete("file_1"))
      assert(Result.isFailure(result))
      assert.strictEqual(result.failure._tag, "NotFoundError")
      assert.lengthOf(fake.requests, 2)
    }).pipe(using(fake))
  })

  it.effect("does not fail inside an uploadScoped when it was answered 204", () => {
    const logged: Array<unknown> = []
    const logger = Logger.make(({ message }) => {
      logged.push(message)
    })
    const fake = fakeClient(({ method }) => (method === "POST" ? json(wire("file_1")) : empty(204)))
    return Effect.gen(function* () {
      yield* Effect.scoped(Files.uploadScoped(FileSource.fromText("x")))
      assert.deepStrictEqual(logged, [])
      assert.lengthOf(fake.requests, 2)
    }).pipe(using(fake), Effect.provide(Logger.layer([logger])))
  })
})

describe("deleteWhere", () => {
  it.effect("deleteWhere returns a result for each file that the predicate selects", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.seedFiles(["a.csv", "b.txt", "c.csv", "d.csv"].map((filename) => ({ filename })))
      yield* script({ ...Fault.status(403), when: { method: "DELETE", path: /3$/ } })
      const deleted = yield* Stream.runCollect(
        Files.deleteWhere((file) => file.filename.endsWith(".csv"), { concurrency: 1 })
      )
      assert.deepStrictEqual(
        deleted.map(({ file, result }) => [file.filename, Result.isFailure(result) ? result.failure._tag : "deleted"]),
        [
          ["d.csv", "deleted"],
          ["c.csv", "PermissionError"],
          ["a.csv", "deleted"]
        ]
      )
      assert.deepStrictEqual(
        (yield* emulator.files).map((file) => file.filename),
        ["c.csv", "b.txt"]
      )
    }).pipe(onEmulator())
  )

  for (const concurrency of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    it.effect(`deleteWhere refuses a concurrency of ${concurrency}, and sends nothing`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Stream.runDrain(Files.deleteWhere(() => true, { concurrency })))
        assert.strictEqual(
          error.message,
          `Files.deleteWhere: refused before sending: options.concurrency: ${concurrency} is not a whole number of at least 1`
        )
        assert.lengthOf(yield* requests, 0)
      }).pipe(onEmulator())
    )
  }

  it.effect("deleteWhere lists to the end before it deletes, and counts a missing file as deleted", () =>
    Effect.gen(function* () {
      yield* seedMany(3)
      yield* script({ ...Fault.status(404), when: { method: "DELETE" } })
      const deleted = yield* Stream.runCollect(Files.deleteWhere(() => true))
      assert.isTrue(deleted.every(({ result }) => Result.isSuccess(result)))
      assert.lengthOf(deleted, 3)
      const made = yield* calls
      assert.strictEqual(made[0], "GET /v1/files")
      assert.isTrue(made.slice(1).every((call) => call.startsWith("DELETE ")))
    }).pipe(onEmulator())
  )
})

describe("usage", () => {
  it.effect("usage counts files and bytes by media type, and expired files separately", () =>
    Effect.gen(function* () {
      yield* (yield* Emulator).seedFiles([
        { content: 10, mimeType: "text/csv" },
        { content: 20, mimeType: "text/csv", expiresIn: "3 hours" },
        { content: 30, mimeType: "text/plain", expiresIn: "2 hours" },
        { content: 40, mimeType: "text/plain", expiresIn: "4 hours" },
        { content: 50, mimeType: "image/png", expiresIn: "1 hour" }
      ])
      yield* TestClock.adjust("1 hour")
      const usage = yield* Files.usage
      assert.deepInclude(usage, { count: 4, bytes: 100, expired: { count: 1, bytes: 50 } })
      assert.deepStrictEqual(
        [...usage.byMediaType],
        [
          ["text/plain", { count: 2, bytes: 70 }],
          ["text/csv", { count: 2, bytes: 30 }]
        ]
      )
      assert.strictEqual(usage.nextToExpire?.size_bytes, 30)
      assert.deepStrictEqual((yield* requests)[0]?.query, [["limit", "1000"]])
    }).pipe(onEmulator())
  )

  it.effect("usage of an empty workspace is zero", () =>
    Effect.gen(function* () {
      const none = { count: 0, bytes: 0 }
      assert.deepStrictEqual(yield* Files.usage, {
        ...none,
        byMediaType: new Map(),
        expired: none,
        nextToExpire: undefined
      })
    }).pipe(onEmulator())
  )
})

describe("contentBlock", () => {
  const file = (mime_type: string) => Effect.map(seed(), (file) => ({ ...file, mime_type }))

  it.effect("contentBlock returns the block that the API takes the type as", () =>
    Effect.gen(function* () {
      for (const [mimeType, type] of [
        ["application/pdf", "document"],
        ["text/plain", "document"],
        ["text/plain; charset=utf-8", "document"],
        ["image/jpeg", "image"],
        ["image/png", "image"],
        ["image/gif", "image"],
        ["IMAGE/WEBP", "image"]
      ] as const) {
        const { id, ...fields } = yield* file(mimeType)
        assert.deepStrictEqual(
          Files.contentBlock({ id, ...fields }),
          Result.succeed({ type, source: { type: "file", file_id: id } })
        )
      }
      for (const mimeType of ["text/csv", "image/svg+xml", "application/zip", ""]) {
        const given = yield* file(mimeType)
        assert.deepStrictEqual(
          Files.contentBlock(given),
          Result.succeed({ type: "container_upload", file_id: given.id })
        )
      }
    }).pipe(onEmulator())
  )

  it.effect("contentBlock fails with ContentBlockError when the type cannot be the requested block", () =>
    Effect.gen(function* () {
      const pdf = yield* file("application/pdf")
      assert.isTrue(Result.isSuccess(Files.contentBlock(pdf, "document")))
      assert.deepStrictEqual(
        Files.contentBlock(pdf, "container_upload"),
        Result.succeed({ type: "container_upload", file_id: pdf.id })
      )
      const image = Files.contentBlock(pdf, "image")
      assert(Result.isFailure(image))
      assert.deepInclude(image.failure, { fileId: pdf.id, mimeType: "application/pdf", block: "image" })
      assert.strictEqual(image.failure.message, `file ${pdf.id} of type application/pdf cannot be an image block`)
      const csv = Files.contentBlock(yield* file("text/csv"), "document")
      assert(Result.isFailure(csv))
      assert.include(csv.failure.message, "cannot be a document block")
    }).pipe(onEmulator())
  )
})

describe("an uploaded file", () => {
  it.effect("an uploaded file is listed, retrieved and deleted", () =>
    Effect.gen(function* () {
      const file = yield* Files.upload(FileSource.fromText("a,b", { name: "a.csv" }))
      assert.deepStrictEqual(yield* Stream.runCollect(Files.list()), [file])
      assert.deepStrictEqual(yield* Files.retrieve(file), file)
      yield* Files.delete(file)
      assert.deepStrictEqual(yield* Stream.runCollect(Files.list()), [])
    }).pipe(onEmulator())
  )
})
