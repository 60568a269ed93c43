// The official SDK's calls of files on the emulator, and files that one SDK reads of the other.
import { createReadStream, openAsBlob, writeFileSync } from "node:fs"
import { join } from "node:path"
import OfficialAnthropic, { toFile } from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import { directory, Emulator, noise, piecesOf, sha256 } from "../support/files.ts"
import { official, onServer } from "../support/official.ts"

const content = noise(200_000)
const hash = sha256(content)

describe("the official SDK's calls of files", () => {
  it.live("the official SDK uploads files of every kind that it takes", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const path = join(yield* directory, "a.pdf")
      writeFileSync(path, content)
      const kinds = {
        "a File": async () => new File([content], "a.pdf", { type: "application/pdf" }),
        bytes: () => toFile(content, "a.pdf"),
        "a read stream": async () => createReadStream(path),
        "a blob of a path": async () => new File([await openAsBlob(path)], "a.pdf"),
        "a response": () => toFile(new Response(content), "a.pdf", { type: "application/pdf" })
      }
      for (const [kind, make] of Object.entries(kinds)) {
        const file = yield* official(async (client) => client.files.upload({ file: await make() }))
        assert.deepInclude(file, {
          type: "file",
          filename: "a.pdf",
          mime_type: "application/pdf",
          size_bytes: 200_000,
          downloadable: false,
          expires_at: null
        })
        assert.strictEqual((yield* emulator.fileContent(file.id)).sha256, hash, kind)
      }
      const quoted = yield* official((client) =>
        client.files.upload({ file: new File(["x"], "a.txt"), expires_in_seconds: 3600 })
      )
      assert.isString(quoted.expires_at)
      assert.match(quoted.expires_at ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    }).pipe(onServer())
  )

  it.live("the official SDK lists files over all pages and by ids", () =>
    Effect.gen(function* () {
      const seeded = yield* (yield* Emulator).seedFiles(45)
      const expected = seeded.map((file) => file.id).reverse()
      const ids = (params: OfficialAnthropic.FileListParams) =>
        official(async (client) => {
          const seen: Array<string> = []
          for await (const file of client.files.list(params)) seen.push(file.id)
          return seen
        })
      assert.deepStrictEqual(yield* ids({}), expected)
      assert.deepStrictEqual(yield* ids({ limit: 7 }), expected)
      const some = [expected[3] ?? "", "file_unknown", expected[1] ?? ""]
      assert.deepStrictEqual(yield* ids({ ids: some }), [expected[1], expected[3]])
      const page = yield* official((client) => client.files.list({ limit: 20 }))
      assert.lengthOf(page.data, 20)
      assert.isTrue(page.hasNextPage())
    }).pipe(onServer())
  )

  it.live("the official SDK retrieves, downloads and deletes files", () =>
    Effect.gen(function* () {
      const [seeded] = yield* (yield* Emulator).seedFiles([{ filename: "plot.png", mimeType: "image/png", content }])
      const id = seeded?.id ?? ""
      assert.deepStrictEqual(yield* official((client) => client.files.retrieveMetadata(id)), seeded)
      const bytes = yield* official(async (client) => (await client.files.download(id)).arrayBuffer())
      assert.strictEqual(sha256(new Uint8Array(bytes)), hash)
      assert.deepStrictEqual(yield* official((client) => client.files.delete(id)), { id, type: "file_deleted" })
      const error = yield* Effect.flip(official((client) => client.files.retrieveMetadata(id)))
      assert.instanceOf(error.cause, OfficialAnthropic.NotFoundError)
    }).pipe(onServer())
  )

  it.live("the official SDK throws the errors of files that it has classes for", () =>
    Effect.gen(function* () {
      const [shortLived] = yield* (yield* Emulator).seedFiles([{ expiresIn: "1 milli" }])
      const failure = (ask: (client: OfficialAnthropic) => Promise<unknown>) =>
        Effect.map(Effect.flip(official(ask)), ({ cause }) => {
          assert.instanceOf(cause, OfficialAnthropic.APIError)
          return [cause.constructor.name, cause.status]
        })
      const uploaded = yield* official((client) => client.files.upload({ file: new File(["x"], "a.txt") }))
      assert.deepStrictEqual(yield* failure((client) => client.files.download(uploaded.id)), [
        "FileNotDownloadableError",
        400
      ])
      yield* Effect.sleep("5 millis")
      assert.deepStrictEqual(yield* failure((client) => client.files.download(shortLived?.id ?? "")), [
        "FileExpiredError",
        404
      ])
      assert.deepStrictEqual(yield* failure((client) => client.files.upload({ file: new File([content], "a") })), [
        "StorageQuotaExceededError",
        400
      ])
    }).pipe(onServer({ storageQuotaBytes: 1000 }))
  )
})

describe("a file", () => {
  it.live("that this SDK uploaded is downloaded by the official SDK", () =>
    Effect.gen(function* () {
      for (const source of [
        FileSource.fromBytes(content, { name: "naïve 文書.csv" }),
        FileSource.fromStream(() => piecesOf(content, 7777), { name: "naïve 文書.csv" })
      ]) {
        const ours = yield* Files.upload(source, { expiresIn: "1 day" })
        const theirs = yield* official((client) => client.files.retrieveMetadata(ours.id))
        assert.deepInclude(theirs, { filename: "naïve 文書.csv", mime_type: "text/csv", size_bytes: 200_000 })
        assert.strictEqual(Date.parse(theirs.created_at), DateTime.toEpochMillis(ours.created_at))
        const bytes = yield* official(async (client) => (await client.files.download(ours.id)).arrayBuffer())
        assert.strictEqual(sha256(new Uint8Array(bytes)), hash)
      }
    }).pipe(onServer({ uploadsDownloadable: true }))
  )

  it.live("that the official SDK uploaded is downloaded by this SDK", () =>
    Effect.gen(function* () {
      const theirs = yield* official((client) => client.files.upload({ file: new File([content], "a.csv") }))
      const ours = yield* Files.retrieve(theirs.id)
      assert.deepInclude(ours, { filename: theirs.filename, size_bytes: 200_000, expires_at: null })
      assert.strictEqual(sha256(yield* Stream.mkUint8Array(Files.download(ours))), hash)
    }).pipe(onServer({ uploadsDownloadable: true }))
  )
})
