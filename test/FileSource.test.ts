import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as ByteSize from "effect/ByteSize"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as PlatformError from "effect/PlatformError"
import * as Stream from "effect/Stream"
import * as FileSource from "effect-anthropic/FileSource"
import { directory, noise } from "./support/files.ts"

const read = <E, R>(source: FileSource.FileSource<E, R>) =>
  Effect.flatMap(source.open, ({ bytes, size }) =>
    Effect.map(Stream.mkUint8Array(bytes), (bytes) => ({ bytes: [...bytes], size }))
  )

const isPlatformError = (error: unknown): error is PlatformError.PlatformError =>
  error instanceof PlatformError.PlatformError

describe("fromPath", () => {
  it.effect("fromPath opens the file again for every reading", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "report.pdf")
      const content = noise(200_000)
      writeFileSync(path, content)
      const source = FileSource.fromPath(path)
      assert.deepInclude(source, { name: path, type: undefined, isRepeatable: true })
      for (let i = 0; i < 2; i++) assert.deepStrictEqual(yield* read(source), { bytes: [...content], size: 200_000 })
      assert.deepInclude(FileSource.fromPath(path, { name: "other", type: "text/csv" }), {
        name: "other",
        type: "text/csv"
      })
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.effect("fromPath fails with PlatformError when the path leads to nothing or to a directory", () =>
    Effect.gen(function* () {
      const path = yield* directory
      const missing = yield* Effect.flip(FileSource.fromPath(join(path, "missing")).open)
      assert.strictEqual(missing.reason._tag, "NotFound")
      const folder = yield* Effect.flip(FileSource.fromPath(path).open)
      assert.strictEqual(folder.reason._tag, "BadArgument")
      assert.include(folder.message, `${path} is a Directory`)
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it.effect("fromPath fails with PermissionDenied when the file must not be read", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(FileSource.fromPath("/secret").open)
      assert.strictEqual(error.reason._tag, "PermissionDenied")
    }).pipe(
      // The tests may run as root, who can read everything.
      Effect.provide(
        FileSystem.layerNoop({
          stat: () =>
            Effect.succeed({
              type: "File",
              mtime: Option.none(),
              atime: Option.none(),
              birthtime: Option.none(),
              dev: 0n,
              rdev: Option.none(),
              ino: Option.none(),
              mode: 0,
              nlink: Option.none(),
              uid: Option.none(),
              gid: Option.none(),
              size: ByteSize.bytes(1),
              blksize: Option.none(),
              blocks: Option.none()
            }),
          access: (path) =>
            Effect.fail(
              PlatformError.systemError({
                _tag: "PermissionDenied",
                module: "FileSystem",
                method: "access",
                pathOrDescriptor: path
              })
            )
        })
      )
    )
  )
})

describe("sources in memory", () => {
  it.effect("fromBytes and fromText have their size, name and type", () =>
    Effect.gen(function* () {
      const bytes = FileSource.fromBytes(new Uint8Array([1, 2, 3]), { name: "a", type: "b/c" })
      assert.deepInclude(bytes, { name: "a", type: "b/c", isRepeatable: true })
      assert.deepStrictEqual(yield* read(bytes), { bytes: [1, 2, 3], size: 3 })
      assert.deepStrictEqual(yield* read(FileSource.fromBytes(new Uint8Array())), { bytes: [], size: 0 })
      assert.deepStrictEqual(yield* read(FileSource.fromText("né")), { bytes: [0x6e, 0xc3, 0xa9], size: 3 })
      assert.deepInclude(FileSource.fromText("x"), { name: undefined, type: "text/plain" })
      assert.deepInclude(FileSource.fromText("x", { name: "a.csv" }), { name: "a.csv", type: undefined })
      assert.deepInclude(FileSource.fromText("x", { type: "text/csv" }), { name: undefined, type: "text/csv" })
    })
  )

  it.effect("fromBlob takes name and type from the blob unless they are given", () =>
    Effect.gen(function* () {
      const blob = FileSource.fromBlob(new Blob(["abc"]))
      assert.deepInclude(blob, { name: undefined, type: undefined, isRepeatable: true })
      for (let i = 0; i < 2; i++) assert.deepStrictEqual(yield* read(blob), { bytes: [97, 98, 99], size: 3 })
      const file = new File(["abc"], "a.csv", { type: "text/csv" })
      assert.deepInclude(FileSource.fromBlob(file), { name: "a.csv", type: "text/csv" })
      assert.deepInclude(FileSource.fromBlob(file, { name: "b", type: "text/plain" }), {
        name: "b",
        type: "text/plain"
      })
    })
  )

  it.effect("fromBlob fails with the error of the stream of its blob", () =>
    Effect.gen(function* () {
      class Broken extends Blob {
        readonly #cause: unknown
        constructor(cause: unknown) {
          super([])
          this.#cause = cause
        }
        override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
          return new ReadableStream({ pull: (controller) => controller.error(this.#cause) })
        }
      }
      const gone = new Error("the disk is gone")
      assert.strictEqual(yield* Effect.flip(read(FileSource.fromBlob(new Broken(gone)))), gone)
      const odd = yield* Effect.flip(read(FileSource.fromBlob(new Broken("odd"))))
      assert.deepStrictEqual([odd.message, odd.cause], ["the blob could not be read", "odd"])
    })
  )
})

describe("fromStream", () => {
  class Prefix extends Context.Service<Prefix, number>()("test/Prefix") {}

  it.effect("fromStream makes its stream for every reading, with its requirements", () =>
    Effect.gen(function* () {
      let made = 0
      const source = FileSource.fromStream(
        () => {
          made++
          return Stream.unwrap(Effect.map(Prefix, (prefix) => Stream.make(new Uint8Array([prefix, made]))))
        },
        { name: "n", type: "t/t", size: 2 }
      )
      assert.deepInclude(source, { name: "n", type: "t/t", isRepeatable: true })
      assert.deepStrictEqual(yield* read(source), { bytes: [7, 1], size: 2 })
      assert.deepStrictEqual(yield* read(source), { bytes: [7, 2], size: 2 })
    }).pipe(Effect.provideService(Prefix, 7))
  )

  it.effect("fromStream fails with the error of the stream", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Effect.flip(read(FileSource.fromStream(() => Stream.fail("mine")))), "mine")
      const missing = yield* Effect.flip(
        read(FileSource.fromStream(() => Stream.unwrap(Effect.as(FileSource.fromPath("/missing").open, Stream.empty))))
      )
      assert(isPlatformError(missing))
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )

  it("fromStreamOnce is not repeatable", () => {
    const source = FileSource.fromStreamOnce(Stream.empty, { name: "n", size: 0 })
    assert.deepInclude(source, { name: "n", type: undefined, isRepeatable: false })
  })
})
