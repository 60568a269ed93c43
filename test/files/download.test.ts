import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as PlatformError from "effect/PlatformError"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import { Fault, onEmulator, script } from "../support/batches.ts"
import { directory, Emulator, noise, requests, seed, sha256 } from "../support/files.ts"

const content = noise(300_000)
const atContent = { path: /\/content$/ } as const

const onDisk = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(NodeFileSystem.layer), onEmulator())

describe("download", () => {
  it.effect("download returns the bytes of a file that is given by id or metadata", () =>
    Effect.gen(function* () {
      const file = yield* seed({ content })
      for (const given of [file, file.id, { id: file.id }]) {
        assert.strictEqual(sha256(yield* Stream.mkUint8Array(Files.download(given))), sha256(content))
      }
      assert.deepNestedInclude((yield* requests).at(-1), { "headers.accept": "application/binary" })
      const empty = yield* seed({ content: "" })
      assert.lengthOf(yield* Stream.mkUint8Array(Files.download(empty)), 0)
      const large = yield* seed({ content: 1_000_000 })
      const { sha256: hash } = yield* (yield* Emulator).fileContent(large.id)
      assert.strictEqual(sha256(yield* Stream.mkUint8Array(Files.download(large))), hash)
    }).pipe(onEmulator())
  )

  it.effect("download fails with the error for a file that is not downloadable, expired or unknown", () =>
    Effect.gen(function* () {
      const tag = (file: string | Files.FileMetadata) =>
        Effect.map(Effect.flip(Stream.runDrain(Files.download(file))), (error) => error._tag)
      const uploaded = yield* Files.upload(FileSource.fromBytes(content))
      assert.isFalse(uploaded.downloadable)
      assert.strictEqual(yield* tag(uploaded), "FileNotDownloadableError")
      const shortLived = yield* seed({ expiresIn: "1 hour" })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* tag(shortLived), "FileExpiredError")
      assert.strictEqual((yield* Files.retrieve(shortLived)).id, shortLived.id)
      yield* TestClock.adjust("30 days")
      assert.strictEqual(yield* tag(shortLived), "NotFoundError")
      assert.strictEqual(yield* tag("file_unknown"), "NotFoundError")
      assert.strictEqual(yield* tag(".."), "RequestRefusedError")
    }).pipe(onEmulator())
  )

  it.effect("download that is cut off returns the bytes that came, then fails with StreamInterruptedError", () =>
    Effect.gen(function* () {
      const file = yield* seed({ content })
      yield* script({ ...Fault.resetAfter(100_000), when: atContent })
      let received = 0
      const error = yield* Effect.flip(
        Stream.runForEach(Files.download(file), (chunk) =>
          Effect.sync(() => {
            received += chunk.length
          })
        )
      )
      assert(error._tag === "StreamInterruptedError")
      assert.deepInclude(error, { operation: "Files.download", delivered: 100_000, unit: "bytes" })
      assert.include(error.message, "cut off after 100000 bytes")
      assert.strictEqual(received, 100_000)
    }).pipe(onEmulator())
  )

  it.effect("download that stalls fails with StreamInterruptedError after the idle timeout", () =>
    Effect.gen(function* () {
      const file = yield* seed({ content })
      yield* script({ ...Fault.stall(10), when: atContent })
      const fiber = yield* Effect.forkChild(Effect.flip(Stream.runDrain(Files.download(file))))
      yield* TestClock.adjust("6 minutes")
      const error = yield* Fiber.join(fiber)
      assert(error._tag === "StreamInterruptedError")
      assert.strictEqual(error.cause._tag, "IdleTimeoutError")
    }).pipe(onEmulator())
  )

  it.effect("download fails with FileSizeMismatchError when it is shorter or longer than the metadata says", () =>
    Effect.gen(function* () {
      const file = yield* seed({ content })
      yield* script(
        { ...Fault.truncate(100_000), when: atContent },
        { ...Fault.rewrite((bytes) => new Uint8Array([...bytes, 1])), when: atContent },
        { ...Fault.truncate(5), when: atContent }
      )
      const short = yield* Effect.flip(Stream.runDrain(Files.download(file)))
      assert(short._tag === "FileSizeMismatchError")
      assert.deepInclude(short, { fileId: file.id, expected: 300_000, received: 100_000 })
      assert.strictEqual(short.message, `file ${file.id}: 100000 bytes came, its size is 300000`)
      const long = yield* Effect.flip(Stream.runDrain(Files.download(file)))
      assert(long._tag === "FileSizeMismatchError")
      assert.strictEqual(long.received, 300_001)
      // By its id alone nobody knows the size.
      assert.lengthOf(yield* Stream.mkUint8Array(Files.download(file.id)), 5)
    }).pipe(onEmulator())
  )

  it.effect("download closes the connection when its reader stops early", () =>
    Effect.gen(function* () {
      const file = yield* seed({ content: 10_000_000 })
      yield* Stream.runDrain(Stream.take(Files.download(file), 2))
      assert.deepInclude((yield* requests).at(-1), { status: 200, closedEarly: true })
    }).pipe(onEmulator())
  )
})

describe("downloadTo", () => {
  it.effect("downloadTo writes the file, reports progress and returns the metadata", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      const file = yield* seed({ content: 200_000 })
      const seen: Array<Files.Progress> = []
      const given = yield* Files.downloadTo(file.id, path, {
        onProgress: (progress) => Effect.sync(() => seen.push(progress))
      })
      assert.deepStrictEqual(given, file)
      const { bytes } = yield* (yield* Emulator).fileContent(file.id)
      assert.strictEqual(sha256(readFileSync(path)), sha256(yield* bytes))
      assert.isTrue(seen.every(({ loaded, total }, i) => total === 200_000 && loaded > (seen[i - 1]?.loaded ?? 0)))
      assert.strictEqual(seen.at(-1)?.loaded, 200_000)
      assert.deepStrictEqual(readdirSync(join(path, "..")), ["out.bin"])
    }).pipe(onDisk)
  )

  it.effect("downloadTo writes to a relative path and to a name of 255 bytes", () =>
    Effect.gen(function* () {
      const file = yield* seed({ content })
      const path = join(yield* directory, "x".repeat(255))
      yield* Files.downloadTo(file, path)
      assert.strictEqual(sha256(readFileSync(path)), sha256(content))
      const here = process.cwd()
      const inside = yield* directory
      process.chdir(inside)
      yield* Effect.ensuring(
        Files.downloadTo(file, "out.bin"),
        Effect.sync(() => process.chdir(here))
      )
      assert.deepStrictEqual(readdirSync(inside), ["out.bin"])
    }).pipe(onDisk)
  )

  it.effect("downloadTo starts again after a cut or a wrong size", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      const file = yield* seed({ content })
      yield* script({ ...Fault.resetAfter(200_000), when: atContent }, { ...Fault.truncate(100_000), when: atContent })
      const loaded: Array<number> = []
      yield* Files.downloadTo(file, path, {
        onProgress: (progress) => Effect.sync(() => loaded.push(progress.loaded))
      })
      assert.deepStrictEqual(loaded, [200_000, 100_000, 300_000])
      assert.strictEqual(sha256(readFileSync(path)), sha256(content))
    }).pipe(onDisk)
  )

  for (const [what, fault, tag] of [
    ["cut off three times", Fault.resetAfter(1000), "StreamInterruptedError"],
    ["too short three times", Fault.truncate(1000), "FileSizeMismatchError"],
    ["refused", Fault.status(403), "PermissionError"]
  ] as const) {
    it.effect(`downloadTo leaves no temporary file and an unchanged target when it is ${what}`, () =>
      Effect.gen(function* () {
        const path = join(yield* directory, "out.bin")
        writeFileSync(path, "old")
        const file = yield* seed({ content })
        yield* script({ ...fault, times: tag === "PermissionError" ? 1 : 3, when: atContent })
        const error = yield* Effect.flip(Files.downloadTo(file, path))
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(readFileSync(path, "utf8"), "old")
        assert.deepStrictEqual(readdirSync(join(path, "..")), ["out.bin"])
      }).pipe(onDisk)
    )
  }

  it.effect("downloadTo that is interrupted closes the connection and removes the temporary file", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      const file = yield* seed({ content })
      yield* script({ ...Fault.stall(100_000), when: atContent })
      const emulator = yield* Emulator
      let written = 0
      const fiber = yield* Effect.forkChild(
        Files.downloadTo(file, path, {
          onProgress: ({ loaded }) =>
            Effect.sync(() => {
              written = loaded
            })
        })
      )
      yield* TestClock.withLive(Effect.sleep("5 millis")).pipe(Effect.repeat({ until: () => written === 100_000 }))
      assert.lengthOf(readdirSync(join(path, "..")), 1)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(readdirSync(join(path, "..")), [])
      assert.deepInclude((yield* emulator.requests).at(-1), { closedEarly: true })
    }).pipe(onDisk)
  )

  it.effect("downloadTo replaces a file, or fails before it downloads with `ifExists: fail`", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      const file = yield* seed({ content })
      writeFileSync(path, "old")
      const before = (yield* requests).length
      const error = yield* Effect.flip(Files.downloadTo(file, path, { ifExists: "fail" }))
      assert(error._tag === "PlatformError")
      assert.strictEqual(error.reason._tag, "AlreadyExists")
      assert.lengthOf(yield* requests, before)
      yield* Files.downloadTo(file, path)
      assert.strictEqual(sha256(readFileSync(path)), sha256(content))
      yield* Files.downloadTo(file, `${path}2`, { ifExists: "fail" })
      assert.deepStrictEqual(readdirSync(join(path, "..")), ["out.bin", "out.bin2"])
    }).pipe(onDisk)
  )

  it.effect("downloadTo with `ifExists: fail` does not replace a file that appears during the download", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      const file = yield* seed({ content })
      const error = yield* Effect.flip(
        Files.downloadTo(file, path, {
          ifExists: "fail",
          onProgress: () => Effect.sync(() => writeFileSync(path, "other"))
        })
      )
      assert.strictEqual(error._tag, "PlatformError")
      assert.strictEqual(readFileSync(path, "utf8"), "other")
      assert.deepStrictEqual(readdirSync(join(path, "..")), ["out.bin"])
    }).pipe(onDisk)
  )

  it.effect("downloadTo fails before it downloads when the path is a directory or has no directory", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "folder")
      const file = yield* seed({ content })
      mkdirSync(path)
      const before = (yield* requests).length
      const folder = yield* Effect.flip(Files.downloadTo(file, path))
      assert(folder._tag === "PlatformError")
      assert.include(folder.message, "a directory")
      const nowhere = yield* Effect.flip(Files.downloadTo(file, join(path, "missing", "out.bin")))
      assert(nowhere._tag === "PlatformError")
      assert.strictEqual(nowhere.reason._tag, "NotFound")
      assert.lengthOf(yield* requests, before)
    }).pipe(onDisk)
  )

  it.effect("downloadTo flushes the whole file before it gets its name", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      const file = yield* seed({ content: 300_000 })
      const steps: Array<string> = []
      yield* Effect.provide(Files.downloadTo(file, path), watchedDisk(steps, Effect.void))
      assert.deepStrictEqual(steps, ["flush 300000", "rename"])
      assert.strictEqual(readFileSync(path).byteLength, 300_000)
    }).pipe(onEmulator())
  )

  it.effect("downloadTo leaves the target unchanged when the flush fails", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      writeFileSync(path, "before")
      const file = yield* seed({ content: 300_000 })
      const steps: Array<string> = []
      const error = yield* Effect.flip(
        Effect.provide(Files.downloadTo(file, path), watchedDisk(steps, noSpace("sync")))
      )
      assert(error._tag === "PlatformError")
      assert.include(error.message, "ENOSPC")
      assert.deepStrictEqual(steps, ["flush 300000"])
      assert.strictEqual(readFileSync(path, "utf8"), "before")
      assert.deepStrictEqual(readdirSync(join(path, "..")), ["out.bin"])
    }).pipe(onEmulator())
  )

  it.effect("downloadTo on a full disk fails with the error of the file system and leaves nothing behind", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "out.bin")
      const file = yield* seed({ content: 300_000 })
      const error = yield* Effect.flip(Effect.provide(Files.downloadTo(file, path), fullDisk))
      assert(error._tag === "PlatformError")
      assert.include(error.message, "ENOSPC")
      assert.deepStrictEqual(readdirSync(join(path, "..")), [])
      assert.isFalse(existsSync(path))
    }).pipe(onEmulator())
  )
})

const noSpace = (method: string) =>
  Effect.fail(
    PlatformError.systemError({
      _tag: "Unknown",
      module: "FileSystem",
      method,
      description: "ENOSPC: no space left on device"
    })
  )

/** A file system that tells when a file is flushed, with its size then, and renamed. `flushed` is how flushing ends. */
const watchedDisk = (steps: Array<string>, flushed: Effect.Effect<void, PlatformError.PlatformError>) =>
  Layer.effect(
    FileSystem.FileSystem,
    Effect.map(FileSystem.FileSystem, (fileSystem) => ({
      ...fileSystem,
      open: (path: string, options?: Parameters<typeof fileSystem.open>[1]) =>
        Effect.map(
          fileSystem.open(path, options),
          (file) =>
            new Proxy(file, {
              get: (target, key) => {
                if (key !== "sync") return Reflect.get(target, key)
                return Effect.suspend(() => {
                  steps.push(`flush ${statSync(path).size}`)
                  return Effect.andThen(target.sync, flushed)
                })
              }
            })
        ),
      rename: (from: string, to: string) =>
        Effect.suspend(() => {
          steps.push("rename")
          return fileSystem.rename(from, to)
        })
    }))
  ).pipe(Layer.provide(NodeFileSystem.layer))

/** A file system of which every file takes ten bytes and no more. */
const fullDisk = Layer.effect(
  FileSystem.FileSystem,
  Effect.map(FileSystem.FileSystem, (fileSystem) => ({
    ...fileSystem,
    open: (path: string, options?: Parameters<typeof fileSystem.open>[1]) =>
      Effect.map(fileSystem.open(path, options), (file) => {
        return new Proxy(file, {
          get: (target, key) => {
            if (key !== "writeAll") return Reflect.get(target, key)
            return (bytes: Uint8Array) => Effect.andThen(target.writeAll(bytes.subarray(0, 10)), noSpace("writeAll"))
          }
        })
      })
  }))
).pipe(Layer.provide(NodeFileSystem.layer))
