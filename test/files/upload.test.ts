import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import type * as AnthropicError from "effect-anthropic/AnthropicError"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import { Fault, onEmulator, script } from "../support/batches.ts"
import { apiError, fakeClient, json, using } from "../support/fakeClient.ts"
import { directory, Emulator, noise, piecesOf, requests, sha256, stored } from "../support/files.ts"

const content = noise(100_000)
const hash = sha256(content)

const refusalOf = <E, R>(effect: Effect.Effect<unknown, E | AnthropicError.RequestRefusedError, R>) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(effect)
    assert(typeof error === "object" && error !== null && "reasons" in error)
    assert.lengthOf(error.reasons, 1)
    assert.lengthOf(yield* requests, 0)
    return `${error.reasons[0]?.path}: ${error.reasons[0]?.description}`
  })

describe("upload", () => {
  const blob = new Blob([content.buffer])
  const sources: { readonly [name: string]: FileSource.FileSource<Error> } = {
    fromBytes: FileSource.fromBytes(content, { name: "a.bin" }),
    fromBlob: FileSource.fromBlob(blob, { name: "a.bin" }),
    "a File": FileSource.fromBlob(new File([content], "a.bin")),
    "a stream of known size": FileSource.fromStream(() => piecesOf(content, 7000), { name: "a.bin", size: 100_000 }),
    "a stream of unknown size": FileSource.fromStream(() => piecesOf(content, 7000), { name: "a.bin" }),
    "a one-shot stream": FileSource.fromStreamOnce(piecesOf(content, 7000), { name: "a.bin" }),
    "a one-shot stream of known size": FileSource.fromStreamOnce(piecesOf(content, 7000), {
      name: "a.bin",
      size: 100_000,
      type: "application/octet-stream"
    })
  }

  for (const [name, source] of Object.entries(sources)) {
    it.effect(`upload sends the same bytes from ${name}`, () =>
      Effect.gen(function* () {
        const file = yield* Files.upload(source)
        const type = "application/octet-stream"
        assert.deepStrictEqual(yield* stored(file), { filename: "a.bin", type, size: 100_000, sha256: hash })
        assert.lengthOf(yield* requests, 1)
      }).pipe(onEmulator())
    )
  }

  it.effect("upload from a path requires FileSystem, and no other source does", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "report.pdf")
      writeFileSync(path, content)
      const file = yield* Effect.provide(Files.upload(FileSource.fromPath(path)), NodeFileSystem.layer)
      assert.deepStrictEqual(yield* stored(file), {
        filename: "report.pdf",
        type: "application/pdf",
        size: 100_000,
        sha256: hash
      })
    }).pipe(onEmulator())
  )

  it.effect("upload takes a source in chunks of one byte", () =>
    Effect.gen(function* () {
      const bytes = content.subarray(0, 3000)
      const once = yield* Files.upload(FileSource.fromStreamOnce(piecesOf(bytes, 1), { size: 3000 }))
      assert.deepInclude(yield* stored(once), { size: 3000, sha256: sha256(bytes) })
      const again = yield* Files.upload(FileSource.fromStream(() => piecesOf(bytes, 1)))
      assert.deepInclude(yield* stored(again), { size: 3000, sha256: sha256(bytes) })
    }).pipe(onEmulator())
  )

  it.effect("upload takes an empty file from every source", () =>
    Effect.gen(function* () {
      const expected = { filename: "unnamed", size: 0, sha256: sha256() }
      for (const source of [
        FileSource.fromBytes(new Uint8Array()),
        FileSource.fromStream(() => Stream.empty, { size: 0 }),
        FileSource.fromStream(() => Stream.empty),
        FileSource.fromStreamOnce(Stream.empty)
      ]) {
        assert.deepInclude(yield* stored(yield* Files.upload(source)), expected)
      }
      assert.deepInclude(yield* stored(yield* Files.upload(FileSource.fromText("", { name: "empty.txt" }))), {
        filename: "empty.txt",
        type: "text/plain"
      })
    }).pipe(onEmulator())
  )

  it.effect("upload sends `expiresIn` in seconds", () =>
    Effect.gen(function* () {
      const file = yield* Files.upload(FileSource.fromText("x"), { expiresIn: "1 hour" })
      assert.strictEqual(file.expires_at?.epochMilliseconds, 3_600_000)
      assert.deepNestedInclude((yield* requests)[0], { "body.expires_in_seconds": "3600" })
      const last = yield* Files.upload(FileSource.fromText("x"), { expiresIn: "90 days" })
      assert.strictEqual(last.expires_at?.epochMilliseconds, 90 * 86_400_000)
      assert.isNull((yield* Files.upload(FileSource.fromText("x"))).expires_at)
    }).pipe(onEmulator())
  )
})

describe("the name of an upload", () => {
  const nameOf = (name: string) =>
    Effect.map(Files.upload(FileSource.fromBytes(content, { name, type: "text/plain" })), (file) => file.filename)

  it.effect("the name is the last component of a path", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* nameOf("/home/me/report.pdf"), "report.pdf")
      assert.strictEqual(yield* nameOf("C:\\files\\report.pdf"), "report.pdf")
      assert.strictEqual(yield* nameOf("../report.pdf"), "report.pdf")
      assert.strictEqual(yield* nameOf("naïve 文書 🎉.txt"), "naïve 文書 🎉.txt")
      assert.strictEqual(yield* nameOf(".env"), ".env")
      assert.strictEqual(yield* nameOf("100%25 'it' (1); a=b.txt"), "100%25 'it' (1); a=b.txt")
      assert.strictEqual(yield* nameOf("🎉".repeat(255)), "🎉".repeat(255))
    }).pipe(onEmulator())
  )

  it.effect("the name of an unnamed source is made from its type", () =>
    Effect.gen(function* () {
      const pdf = yield* Files.upload(FileSource.fromText("%PDF-1.7", { type: "application/pdf" }))
      assert.strictEqual(pdf.filename, "unnamed.pdf")
      assert.strictEqual((yield* Files.upload(FileSource.fromText("x"))).filename, "unnamed.txt")
      assert.strictEqual((yield* Files.upload(FileSource.fromBytes(content))).filename, "unnamed")
      const odd = FileSource.fromText("x", { type: "application/x-nobody-knows" })
      assert.strictEqual((yield* Files.upload(odd)).filename, "unnamed")
    }).pipe(onEmulator())
  )

  const problems: ReadonlyArray<readonly [name: string, problem: string]> = [
    ["", '"" names no file'],
    ["reports/", '"" names no file'],
    [".", '"." names no file'],
    ["a/..", '".." names no file'],
    ['a"b', '"a\\"b" has one of'],
    ["a\r\nb", '"a\\r\\nb" has one of'],
    ["a\0b", '"a\\u0000b" has one of'],
    ["a<b", '"a<b" has one of'],
    ["what?", '"what?" has one of'],
    ["a|b", '"a|b" has one of'],
    ["C:file", '"C:file" has one of'],
    ["x".repeat(300), `"${"x".repeat(80)}…" is longer than 255`],
    ["a\ud800b", '"a\\ud800b" is not well-formed']
  ]
  for (const [name, problem] of problems) {
    it.effect(`a bad name is refused before sending: ${problem.slice(0, 40)}`, () =>
      Effect.gen(function* () {
        assert.include(yield* refusalOf(nameOf(name)), `name: ${problem}`)
      }).pipe(onEmulator())
    )
  }
})

describe("an upload that is refused before sending", () => {
  it.effect("has a lifetime that is out of range", () =>
    Effect.gen(function* () {
      for (const expiresIn of [
        Duration.seconds(3599),
        Duration.seconds(7_776_001),
        Duration.millis(3_600_500),
        Duration.infinity,
        Number.NaN
      ]) {
        const refusal = yield* refusalOf(Files.upload(FileSource.fromText("x"), { expiresIn }))
        assert.match(refusal, /^expiresIn: .* is not whole seconds from 1 hour to 90 days$/)
      }
      // @ts-expect-error not a duration
      yield* refusalOf(Files.upload(FileSource.fromText("x"), { expiresIn: "soon" }))
    }).pipe(onEmulator())
  )

  it.effect("has more than 500 MB, or a size that is not a number of bytes", () =>
    Effect.gen(function* () {
      const of = (size: number) => Files.upload(FileSource.fromStream(() => Stream.die("never read"), { size }))
      assert.strictEqual(yield* refusalOf(of(500_000_001)), "size: 500000001 bytes are over 500000000")
      for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        assert.strictEqual(yield* refusalOf(of(size)), `size: ${size} is not a number of bytes`)
      }
    }).pipe(onEmulator())
  )

  it.effect("has the beta of 2025 for files in the settings `betas` or `headers`", () =>
    Effect.gen(function* () {
      for (const options of [
        { betas: ["files-api-2025-04-14"] },
        { headers: { "Anthropic-Beta": "skills-2025-10-02, files-api-2025-04-14" } }
      ]) {
        const refusal = yield* refusalOf(Files.upload(FileSource.fromText("x")).pipe(Anthropic.withSettings(options)))
        assert.include(refusal, "betas: files-api-2025-04-14")
      }
      yield* Files.upload(FileSource.fromText("x")).pipe(
        Anthropic.withSettings({ headers: { "anthropic-beta": "skills-2025-10-02", "x-other": "1" } })
      )
    }).pipe(onEmulator())
  )

  it.effect("has a path to a directory or to nothing, and fails with the error of the file system", () =>
    Effect.gen(function* () {
      const path = yield* directory
      const missing = yield* Effect.flip(Files.upload(FileSource.fromPath(join(path, "missing.pdf"))))
      assert(missing._tag === "PlatformError")
      assert.strictEqual(missing.reason._tag, "NotFound")
      const folder = yield* Effect.flip(Files.upload(FileSource.fromPath(path)))
      assert.strictEqual(folder._tag, "PlatformError")
      assert.lengthOf(yield* requests, 0)
    }).pipe(Effect.provide(NodeFileSystem.layer), onEmulator())
  )
})

describe("a source that fails", () => {
  class DiskOnFire {
    readonly _tag = "DiskOnFire"
  }

  const failing = (after: number, pieces = 20) =>
    Stream.concat(Stream.take(piecesOf(content, content.length / pieces), after), Stream.fail(new DiskOnFire()))

  it.effect("a source that fails half-way fails the upload with its typed error, without a retry", () =>
    Effect.gen(function* () {
      for (const size of [undefined, content.length]) {
        const once = yield* Effect.flip(Files.upload(FileSource.fromStreamOnce(failing(10), { size, type: "a/b" })))
        assert.strictEqual(once._tag, "DiskOnFire")
        const again = yield* Effect.flip(Files.upload(FileSource.fromStream(() => failing(10), { size, type: "a/b" })))
        assert.strictEqual(again._tag, "DiskOnFire")
      }
      assert.lengthOf(yield* requests, 4)
      assert.lengthOf(yield* (yield* Emulator).files, 0)
    }).pipe(onEmulator())
  )

  it.effect("a source that fails at once sends no request", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Files.upload(FileSource.fromStreamOnce(failing(0))))
      assert.strictEqual(error._tag, "DiskOnFire")
      assert.lengthOf(yield* requests, 0)
    }).pipe(onEmulator())
  )

  it.effect("a stream whose size differs from the option is not uploaded", () =>
    Effect.gen(function* () {
      for (const size of [99_999, 100_001, 0]) {
        const error = yield* Effect.flip(
          Files.upload(FileSource.fromStreamOnce(piecesOf(content, 5000), { size, name: "a.csv" }))
        )
        assert.strictEqual(error._tag, "SourceChangedError")
      }
      assert.lengthOf(yield* (yield* Emulator).files, 0)
    }).pipe(onEmulator())
  )
})

describe("an upload that the API refuses", () => {
  it.effect("fails with StorageQuotaExceededError when the storage is full", () =>
    Effect.gen(function* () {
      yield* Files.upload(FileSource.fromBytes(content))
      const error = yield* Effect.flip(Files.upload(FileSource.fromBytes(content)))
      assert(error._tag === "StorageQuotaExceededError")
      assert.deepInclude(error, { status: 400, errorCode: "storage_quota_exceeded", isRetryable: false })
      assert.lengthOf(yield* requests, 2)
    }).pipe(onEmulator({ storageQuotaBytes: 150_000 }))
  )

  it.effect("fails with the typed error of a 413 or 401, also one that comes before the body is sent", () =>
    Effect.gen(function* () {
      const upload = Effect.flip(Files.upload(FileSource.fromStream(() => piecesOf(content, 1000), { name: "a.csv" })))
      assert.strictEqual((yield* upload)._tag, "RequestTooLargeError")
      let handedOver = 0
      yield* script(Fault.beforeBody(Fault.status(413)), Fault.beforeBody(Fault.status(401)))
      const early = Files.upload(FileSource.fromBytes(content, { name: "a.csv" }), {
        onProgress: ({ loaded }) => Effect.sync(() => (handedOver = loaded))
      })
      assert.strictEqual((yield* Effect.flip(early))._tag, "RequestTooLargeError")
      assert.strictEqual((yield* Effect.flip(early))._tag, "AuthenticationError")
      assert.strictEqual(handedOver, 0)
      assert.lengthOf(yield* requests, 3)
    }).pipe(onEmulator({ maxFileBytes: 50_000 }))
  )
})

describe("an upload whose outcome is unknown", () => {
  const faults = [
    Fault.processedThenReset(),
    Fault.processedThenStatus(500),
    Fault.processedThenStatus(409),
    Fault.resetBeforeHeaders(),
    Fault.resetDuringUpload(50_000),
    Fault.status(502),
    Fault.resetAfter(10),
    Fault.truncate(10)
  ]
  for (const fault of faults) {
    it.effect(`fails with IndeterminateError after exactly one request: ${fault.name}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(5000)
        yield* script(fault)
        const source = FileSource.fromStream(() => piecesOf(content, 1000), { name: "a.csv", size: content.length })
        const error = yield* Effect.flip(Files.upload(source))
        assert(error._tag === "IndeterminateError")
        assert.deepInclude(error, { operation: "Files.upload", isRetryable: false })
        assert.strictEqual(error.startedAt.epochMilliseconds, 5000)
        assert.lengthOf(yield* requests, 1)
      }).pipe(onEmulator())
    )
  }

  it.effect("fails with IndeterminateError when the response timeout is over", () =>
    Effect.gen(function* () {
      yield* script(Fault.processedThenStall())
      const fiber = yield* Effect.forkChild(Effect.flip(Files.upload(FileSource.fromBytes(content))))
      yield* TestClock.adjust("11 minutes")
      const error = yield* Fiber.join(fiber)
      assert(error._tag === "IndeterminateError")
      assert.strictEqual(error.cause._tag, "ResponseTimeoutError")
      assert.lengthOf(yield* requests, 1)
    }).pipe(onEmulator())
  )
})

describe("an upload that certainly created nothing", () => {
  it.effect("is repeated with the whole file, and its progress starts again", () =>
    Effect.gen(function* () {
      yield* script(Fault.status(429), Fault.beforeBody(Fault.status(529)))
      const loaded: Array<number> = []
      const file = yield* Files.upload(
        FileSource.fromStream(() => piecesOf(content, 50_000), { name: "a.csv" }),
        {
          onProgress: (progress) => Effect.sync(() => loaded.push(progress.loaded))
        }
      )
      assert.deepInclude(yield* stored(file), { sha256: hash })
      assert.deepStrictEqual(loaded, [50_000, 100_000, 50_000, 100_000])
      assert.deepStrictEqual(
        (yield* requests).map(({ status }) => status),
        [429, 529, 200]
      )
    }).pipe(onEmulator())
  )

  it.effect("is not repeated when its source can be read only once", () =>
    Effect.gen(function* () {
      yield* script(Fault.status(429))
      const error = yield* Effect.flip(Files.upload(FileSource.fromStreamOnce(piecesOf(content, 5000))))
      assert.strictEqual(error._tag, "RateLimitError")
      assert.lengthOf(yield* requests, 1)
    }).pipe(onEmulator())
  )
})

describe("the progress of an upload", () => {
  const paced = (pieces: number) =>
    Stream.mapEffect(piecesOf(content, content.length / pieces), (piece) =>
      Effect.delay(Effect.succeed(piece), "1 second")
    )

  it.effect("reports bytes, rate and time left", () =>
    Effect.gen(function* () {
      const seen: Array<Files.Progress> = []
      const fiber = yield* Effect.forkChild(
        Files.upload(
          FileSource.fromStream(() => paced(4), { name: "a.csv", size: content.length }),
          {
            onProgress: (progress) => Effect.sync(() => seen.push(progress))
          }
        )
      )
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        seen.map(({ loaded, rate, remaining, total }) => [
          loaded,
          total,
          rate,
          remaining && Duration.toSeconds(remaining)
        ]),
        [
          [25_000, 100_000, 25_000, 3],
          [50_000, 100_000, 25_000, 2],
          [75_000, 100_000, 25_000, 1],
          [100_000, 100_000, 25_000, 0]
        ]
      )
    }).pipe(onEmulator())
  )

  it.effect("reports bytes in memory in steps, also when the upload is repeated", () =>
    Effect.gen(function* () {
      yield* script(Fault.status(429))
      const loaded: Array<number> = []
      const file = yield* Files.upload(FileSource.fromBytes(noise(600_000)), {
        onProgress: (progress) => Effect.sync(() => loaded.push(progress.loaded))
      })
      assert.deepInclude(yield* stored(file), { size: 600_000, sha256: sha256(noise(600_000)) })
      assert.deepStrictEqual(loaded, [262_144, 524_288, 600_000, 262_144, 524_288, 600_000])
    }).pipe(onEmulator())
  )

  it.effect("leaves total, rate and remaining undefined while they are unknown", () =>
    Effect.gen(function* () {
      const seen: Array<Files.Progress> = []
      const onProgress = (progress: Files.Progress) => Effect.sync(() => seen.push(progress))
      yield* Files.upload(FileSource.fromBytes(content), { onProgress })
      const fiber = yield* Effect.forkChild(
        Files.upload(FileSource.fromStreamOnce(paced(1), { name: "a.csv" }), { onProgress })
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(seen, [
        { loaded: 100_000, total: 100_000, rate: undefined, remaining: undefined },
        { loaded: 100_000, total: undefined, rate: 100_000, remaining: undefined }
      ])
    }).pipe(onEmulator())
  )

  it.effect("does not advance faster than the client reads, so that the source is not read ahead", () => {
    let pulled = 0
    const source = FileSource.fromStream(
      () =>
        Stream.tap(piecesOf(content, 1000), () =>
          Effect.sync(() => {
            pulled++
          })
        ),
      { type: "a/b", size: content.length }
    )
    const fake = fakeClient(({ pieces }) =>
      Stream.runForEach(pieces, () => Effect.sleep("1 second")).pipe(Effect.as(apiError(400, "invalid_request_error")))
    )
    return Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(Files.upload(source)))
      yield* TestClock.adjust("30 seconds")
      assert.isAtLeast(pulled, 29)
      assert.isAtMost(pulled, 35)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "InvalidRequestError")
      assert.strictEqual(pulled, 100)
    }).pipe(using(fake))
  })
})

describe("a defect of onProgress or of a source", () => {
  const dying: { readonly [how: string]: Files.OnProgress } = {
    "at once": () => Effect.die("mine"),
    "by throwing": () => {
      throw "mine"
    },
    "half-way": ({ loaded }) => (loaded < 50_000 ? Effect.void : Effect.die("mine"))
  }
  const bytes = piecesOf(content, 5000)
  const sources: { readonly [name: string]: FileSource.FileSource<Error> } = {
    "bytes in memory": FileSource.fromBytes(content),
    "a blob": FileSource.fromBlob(new Blob([content.buffer])),
    "a stream of known size": FileSource.fromStream(() => bytes, { size: 100_000 }),
    "a stream of unknown size": FileSource.fromStream(() => bytes),
    "a one-shot stream": FileSource.fromStreamOnce(bytes)
  }
  for (const [how, onProgress] of Object.entries(dying)) {
    it.effect(`becomes the defect of the upload, without a retry, when onProgress dies ${how}`, () =>
      Effect.gen(function* () {
        for (const [name, source] of Object.entries(sources)) {
          const exit = yield* Effect.exit(Files.upload(source, { onProgress }))
          assert(Exit.isFailure(exit) && Cause.hasDies(exit.cause), name)
          assert.strictEqual(Cause.squash(exit.cause), "mine", name)
        }
        assert.lengthOf(yield* requests, Object.keys(sources).length)
        assert.lengthOf(yield* (yield* Emulator).files, 0)
      }).pipe(onEmulator())
    )
  }

  it.effect("becomes the defect of uploadScoped, which deletes no file then", () =>
    Effect.gen(function* () {
      const scoped = Effect.scoped(
        Files.uploadScoped(FileSource.fromBytes(content), { onProgress: () => Effect.die("mine") })
      )
      const exit = yield* Effect.exit(scoped)
      assert(Exit.isFailure(exit))
      assert.strictEqual(Cause.squash(exit.cause), "mine")
      assert.lengthOf(yield* requests, 1)
    }).pipe(onEmulator())
  )

  it.effect("becomes the defect of uploadEvents when the source dies", () =>
    Effect.gen(function* () {
      const source = FileSource.fromStream(() => Stream.concat(piecesOf(content, 5000), Stream.die("mine")))
      const exit = yield* Effect.exit(Stream.runDrain(Files.uploadEvents(source)))
      assert(Exit.isFailure(exit))
      assert.strictEqual(Cause.squash(exit.cause), "mine")
      assert.lengthOf(yield* (yield* Emulator).files, 0)
    }).pipe(onEmulator())
  )
})

describe("uploadEvents", () => {
  it.effect("uploadEvents returns the progress, and the file at the end", () =>
    Effect.gen(function* () {
      const events = yield* Stream.runCollect(
        Files.uploadEvents(
          FileSource.fromStream(() => piecesOf(content, 50_000), { name: "a.csv" }),
          {
            expiresIn: "1 hour"
          }
        )
      )
      assert.deepStrictEqual(
        events.map((event) => (event._tag === "Progress" ? event.loaded : event.file.filename)),
        [50_000, 100_000, "a.csv"]
      )
    }).pipe(onEmulator())
  )

  it.effect("uploadEvents fails with the error of the source", () =>
    Effect.gen(function* () {
      const source = FileSource.fromStream(() => Stream.concat(piecesOf(content, 1000), Stream.fail("mine")), {
        name: "a.csv"
      })
      let seen = 0
      const error = yield* Effect.flip(
        Stream.runForEach(Files.uploadEvents(source), () =>
          Effect.sync(() => {
            seen++
          })
        )
      )
      assert.strictEqual(error, "mine")
      assert.isAbove(seen, 0)
    }).pipe(onEmulator())
  )

  it.effect("uploadEvents uploads no faster than its reader reads", () =>
    Effect.gen(function* () {
      let pulled = 0
      const source = FileSource.fromStream(
        () =>
          Stream.tap(piecesOf(content, 1000), () =>
            Effect.sync(() => {
              pulled++
            })
          ),
        { name: "a.csv", type: "text/csv" }
      )
      const seen: Array<string> = []
      const fiber = yield* Effect.forkChild(
        Stream.runForEach(Files.uploadEvents(source), (event) =>
          Effect.andThen(
            Effect.sync(() => seen.push(event._tag)),
            Effect.sleep("1 second")
          )
        )
      )
      yield* TestClock.adjust("10 seconds")
      assert.isAtMost(pulled, seen.length + 40)
      assert.isBelow(pulled, 100)
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(fiber)
      assert.lengthOf(seen, 101)
      assert.strictEqual(seen.at(-1), "Uploaded")
    }).pipe(onEmulator())
  )

  it.effect("uploadEvents interrupts the upload when its stream is stopped", () =>
    Effect.gen(function* () {
      let isClosed = false
      const source = FileSource.fromStream(
        () =>
          Stream.onExit(piecesOf(content, 10), () =>
            Effect.sync(() => {
              isClosed = true
            })
          ),
        { name: "a.csv" }
      )
      const events = yield* Stream.runCollect(Stream.take(Files.uploadEvents(source), 3))
      assert.lengthOf(events, 3)
      assert.isTrue(isClosed)
      const [record] = yield* requests
      assert.deepInclude(record, { status: undefined, closedEarly: true })
      assert.lengthOf(yield* (yield* Emulator).files, 0)
    }).pipe(onEmulator())
  )
})

describe("uploadScoped", () => {
  it.effect("uploadScoped deletes the file when the scope closes", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const inside = yield* Effect.scoped(
        Effect.andThen(Files.uploadScoped(FileSource.fromBytes(content)), emulator.files)
      )
      assert.lengthOf(inside, 1)
      assert.lengthOf(yield* emulator.files, 0)
    }).pipe(onEmulator())
  )

  it.effect("uploadScoped logs no warning when the file was deleted inside the scope", () =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const logger = Logger.make(({ message }) => {
        logged.push(message)
      })
      const scoped = (inside: (file: Files.FileMetadata) => Effect.Effect<unknown, unknown, HttpClient.HttpClient>) =>
        Effect.scoped(Effect.flatMap(Files.uploadScoped(FileSource.fromBytes(content)), inside)).pipe(
          Effect.provide(Logger.layer([logger]))
        )
      yield* scoped(Files.delete)
      yield* scoped((file) => Files.delete(file.id))
      yield* scoped(() => Stream.runDrain(Files.deleteWhere(() => true)))
      assert.deepStrictEqual(logged, [])
      // A lost answer makes the call be repeated, and the repeated call finds no file.
      yield* script({ ...Fault.processedThenReset(), when: { method: "DELETE" } })
      yield* scoped(() => Effect.void)
      assert.deepStrictEqual(logged, [])
      assert.lengthOf(yield* (yield* Emulator).files, 0)
    }).pipe(onEmulator())
  )

  it.effect("uploadScoped logs a warning when the file cannot be deleted", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        logged.push(`${logLevel}: ${message}`)
      })
      yield* script({ ...Fault.status(403), when: { method: "DELETE" } })
      yield* Effect.scoped(Files.uploadScoped(FileSource.fromBytes(content), { expiresIn: "1 hour" })).pipe(
        Effect.provide(Logger.layer([logger]))
      )
      assert.lengthOf(logged, 1)
      assert.match(`${logged[0]}`, /^Warn: file file_\w+ could not be deleted: /)
      assert.lengthOf(yield* (yield* Emulator).files, 1)
    }).pipe(onEmulator())
  )

  it.effect("uploadScoped waits 30 seconds for a server that does not answer, and logs a warning", () => {
    const logged: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      logged.push(`${logLevel}: ${message}`)
    })
    const wire = {
      id: "file_1",
      type: "file",
      filename: "a",
      mime_type: "text/plain",
      size_bytes: 1,
      created_at: "2026-01-01T00:00:00Z"
    }
    const fake = fakeClient(({ method }) => (method === "POST" ? json(wire) : Effect.never))
    return Effect.gen(function* () {
      const use = Effect.andThen(Files.uploadScoped(FileSource.fromText("x")), Effect.never)
      const fiber = yield* Effect.forkChild(Effect.scoped(use))
      yield* TestClock.adjust("1 second")
      const closing = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.isDefined(closing.pollUnsafe())
      assert.deepStrictEqual(logged, ["Warn: file file_1 could not be deleted within 30 seconds"])
    }).pipe(using(fake), Effect.provide(Logger.layer([logger])))
  })

  it.effect("uploadScoped can be interrupted during the upload", () => {
    const fake = fakeClient(() => Effect.never)
    return Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.scoped(Files.uploadScoped(FileSource.fromBytes(content))))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      assert.lengthOf(fake.requests, 1)
    }).pipe(using(fake))
  })
})

describe("the metadata of an upload", () => {
  it.effect("keeps fields that are unknown to this version", () => {
    const wire = {
      id: "file_1",
      type: "file",
      filename: "a",
      mime_type: "text/plain",
      size_bytes: 1,
      created_at: "2026-01-01T00:00:00.123456Z",
      scope: { type: "session", id: "s" }
    }
    return Effect.gen(function* () {
      const file: unknown = yield* Files.upload(FileSource.fromText("x"))
      assert.deepInclude(file, { scope: wire.scope, filename: "a" })
    }).pipe(using(fakeClient(() => json(wire))))
  })
})
