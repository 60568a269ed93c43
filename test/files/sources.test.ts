import { execFileSync } from "node:child_process"
import {
  appendFileSync,
  existsSync,
  openAsBlob,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as FileSource from "effect-anthropic/FileSource"
import * as Files from "effect-anthropic/Files"
import { Fault, onEmulator, script } from "../support/batches.ts"
import { directory, Emulator, noise, piecesOf, requests, sha256, stored } from "../support/files.ts"

const onDisk = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(NodeFileSystem.layer), onEmulator())

const large = noise(1_000_000)

const lengthHeader = Effect.map(requests, (all) => all.at(-1)?.headers["content-length"])

/** Runs a change with the first progress of every upload. */
const during = (change: () => void): Files.UploadOptions => {
  let isFirst = true
  return {
    onProgress: () =>
      Effect.sync(() => {
        if (isFirst) change()
        isFirst = false
      })
  }
}

describe("the size of a file on disk", () => {
  const made = [
    "/proc/cpuinfo",
    "/proc/version",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/class/net/lo/mtu"
  ]
  for (const path of made.filter(existsSync)) {
    it.effect(
      `is unknown, so that it is uploaded without a length: ${path} (${statSync(path).size} bytes by stat)`,
      () =>
        Effect.gen(function* () {
          for (const growth of ["follow", "ignore", "fail"] as const) {
            const file = yield* Files.upload(FileSource.fromPath(path, { growth }))
            assert.isAbove(file.size_bytes, 0)
            assert.isUndefined(yield* lengthHeader)
            assert.strictEqual(file.mime_type, "text/plain")
          }
          if (!path.endsWith("cpuinfo")) {
            const bytes = readFileSync(path)
            assert.deepInclude(yield* stored(yield* Files.upload(FileSource.fromPath(path))), {
              size: bytes.length,
              sha256: sha256(bytes)
            })
          }
        }).pipe(onDisk)
    )
  }

  it.effect("is known for an empty and for a sparse file", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      for (const size of [0, 1, 1_000_000]) {
        writeFileSync(path, "")
        truncateSync(path, size)
        const opened = yield* FileSource.fromPath(path).open
        assert.strictEqual(opened.size, size)
        assert.deepInclude(yield* stored(yield* Files.upload(FileSource.fromPath(path))), {
          size,
          sha256: sha256(new Uint8Array(size))
        })
        assert.isDefined(yield* lengthHeader)
      }
    }).pipe(onDisk)
  )

  it.effect("is that of stat, without opening the file, when the number of blocks is unknown", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      writeFileSync(path, large)
      const { size } = yield* FileSource.fromPath(path).open
      assert.strictEqual(size, 1_000_000)
    }).pipe(
      Effect.provide(
        Layer.effect(
          FileSystem.FileSystem,
          Effect.map(FileSystem.FileSystem, (fileSystem) => ({
            ...fileSystem,
            open: () => Effect.die("the file was opened"),
            stat: (path: string) => Effect.map(fileSystem.stat(path), (info) => ({ ...info, blocks: Option.none() }))
          }))
        ).pipe(Layer.provide(NodeFileSystem.layer))
      )
    )
  )
})

describe("a file that grows during its upload", () => {
  it.effect("is uploaded up to its end, by a second attempt without a length", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "app.log")
      writeFileSync(path, large)
      const totals: Array<number | undefined> = []
      const { onProgress = () => Effect.void } = during(() => appendFileSync(path, large))
      const file = yield* Files.upload(FileSource.fromPath(path), {
        onProgress: (progress) =>
          Effect.andThen(
            Effect.sync(() => totals.push(progress.total)),
            onProgress(progress)
          )
      })
      assert.deepInclude(yield* stored(file), { size: 2_000_000, sha256: sha256(large, large) })
      assert.isUndefined(yield* lengthHeader)
      assert.deepStrictEqual([totals[0], totals.at(-1)], [1_000_000, undefined])
      assert.lengthOf(yield* (yield* Emulator).files, 1)
      assert.lengthOf(yield* requests, 2)
    }).pipe(onDisk)
  )

  it.effect("is uploaded completely when it still grows in the second attempt", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "app.log")
      writeFileSync(path, large)
      let left = 12
      const file = yield* Files.upload(FileSource.fromPath(path), {
        onProgress: () =>
          Effect.sync(() => {
            if (left-- > 0) appendFileSync(path, large.subarray(0, 1000))
          })
      })
      assert.strictEqual(file.size_bytes, statSync(path).size)
      assert.strictEqual((yield* stored(file)).sha256, sha256(readFileSync(path)))
    }).pipe(onDisk)
  )

  it.effect("is uploaded up to its first size with `growth: ignore`, by every attempt", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "app.log")
      writeFileSync(path, large)
      const source = FileSource.fromPath(path, { growth: "ignore" })
      yield* script(Fault.status(429))
      const file = yield* Files.upload(
        source,
        during(() => appendFileSync(path, large))
      )
      assert.deepInclude(yield* stored(file), { size: 1_000_000, sha256: sha256(large) })
      assert.lengthOf(yield* requests, 2)
    }).pipe(onDisk)
  )

  it.effect("fails with `growth: fail`, and nothing is uploaded", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "app.log")
      writeFileSync(path, large)
      const source = FileSource.fromPath(path, { growth: "fail" })
      const error = yield* Effect.flip(
        Files.upload(
          source,
          during(() => appendFileSync(path, large))
        )
      )
      assert(error._tag === "SourceChangedError")
      assert.isAbove(error.received, 1_000_000)
      assert.strictEqual(error.message, "the source said it has 1000000 bytes and has more")
      assert.lengthOf(yield* (yield* Emulator).files, 0)
      assert.lengthOf(yield* requests, 1)
    }).pipe(onDisk)
  )
})

describe("a file that changes during its upload", () => {
  it.effect("fails with SourceChangedError when it shrinks, with any option `growth`", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      for (const growth of ["follow", "ignore", "fail"] as const) {
        writeFileSync(path, large)
        const source = FileSource.fromPath(path, { growth, type: "a/b" })
        const error = yield* Effect.flip(
          Files.upload(
            source,
            during(() => truncateSync(path, 700_000))
          )
        )
        assert(error._tag === "SourceChangedError")
        assert.deepInclude(error, { expected: 1_000_000, received: 700_000, isRetryable: false })
        assert.strictEqual(error.message, "the source said it has 1000000 bytes and has only 700000")
      }
      assert.lengthOf(yield* (yield* Emulator).files, 0)
    }).pipe(onDisk)
  )

  it.effect("is uploaded as it was opened when it is replaced or removed", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      writeFileSync(path, large)
      writeFileSync(`${path}.new`, "new")
      const replaced = yield* Files.upload(
        FileSource.fromPath(path),
        during(() => renameSync(`${path}.new`, path))
      )
      assert.deepInclude(yield* stored(replaced), { sha256: sha256(large) })
      writeFileSync(path, large)
      const removed = yield* Files.upload(
        FileSource.fromPath(path),
        during(() => rmSync(path))
      )
      assert.deepInclude(yield* stored(removed), { sha256: sha256(large) })
    }).pipe(onDisk)
  )

  it.effect("between two attempts is uploaded as it is in the second, or not at all", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      const again = (content: Uint8Array | undefined) =>
        Effect.gen(function* () {
          writeFileSync(path, large)
          yield* script(Fault.status(429))
          return yield* Files.upload(
            FileSource.fromPath(path),
            during(() => {
              rmSync(path)
              if (content !== undefined) writeFileSync(path, content)
            })
          )
        })
      for (const content of [large.slice().reverse(), noise(2_000_000)]) {
        assert.strictEqual((yield* stored(yield* again(content))).sha256, sha256(content))
      }
      assert.strictEqual((yield* Effect.flip(again(large.subarray(1))))._tag, "SourceChangedError")
      assert.strictEqual((yield* Effect.flip(again(undefined)))._tag, "PlatformError")
      assert.lengthOf(yield* (yield* Emulator).files, 2)
    }).pipe(onDisk)
  )
})

describe("a path", () => {
  it.effect("of a symbolic link uploads the file that it leads to, under the name of the link", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      writeFileSync(join(folder, "v1.csv"), large)
      symlinkSync("v1.csv", join(folder, "latest.csv"))
      const file = yield* Files.upload(FileSource.fromPath(join(folder, "latest.csv")))
      assert.deepInclude(yield* stored(file), { filename: "latest.csv", sha256: sha256(large) })
    }).pipe(onDisk)
  )

  it.effect("of anything but a regular file fails at once, before anything is sent", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      const at = (name: string) => join(folder, name)
      execFileSync("mkfifo", [at("fifo")])
      const server = createServer()
      yield* Effect.callback<void>((resume) => void server.listen(at("socket"), () => resume(Effect.void)))
      yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
      symlinkSync("nothing", at("dangling"))
      symlinkSync("loop", at("loop"))
      writeFileSync(at("file"), "x")
      const errorOf = (path: string) => Effect.flip(Files.upload(FileSource.fromPath(path)))
      for (const [path, tag, text] of [
        [folder, "BadArgument", "is a Directory, not a regular file"],
        [at("fifo"), "BadArgument", "is a FIFO, not a regular file: read it as a stream, with fromStreamOnce"],
        [at("socket"), "BadArgument", "is a Socket"],
        ["/dev/zero", "BadArgument", "is a CharacterDevice"],
        [at("dangling"), "NotFound", ""],
        [at("loop"), "BadResource", ""],
        [at("file/"), "BadResource", ""],
        [at("missing"), "NotFound", ""],
        ["", "NotFound", ""]
      ] as const) {
        const error = yield* errorOf(path)
        assert(error._tag === "PlatformError", path)
        assert.strictEqual(error.reason._tag, tag, path)
        assert.include(error.message, text, path)
      }
      assert.lengthOf(yield* requests, 0)
    }).pipe(Effect.scoped, onDisk)
  )
})

describe("a size that is wrong", () => {
  const wrong = [99_999, 100_001, 0]
  const content = noise(100_000)

  it.effect("of a stream fails with SourceChangedError, and nothing is uploaded", () =>
    Effect.gen(function* () {
      for (const size of wrong) {
        for (const make of [
          FileSource.fromStreamOnce(piecesOf(content, 5000), { size }),
          FileSource.fromStream(() => piecesOf(content, 5000), { size })
        ]) {
          const error = yield* Effect.flip(Files.upload(make))
          assert(error._tag === "SourceChangedError")
          assert.strictEqual(error.expected, size)
        }
      }
      assert.lengthOf(yield* (yield* Emulator).files, 0)
    }).pipe(onEmulator())
  )

  class Lying extends Blob {
    readonly #size: number
    constructor(size: number) {
      super([content])
      this.#size = size
    }
    override get size(): number {
      return this.#size
    }
  }

  it.effect("of a blob fails with SourceChangedError, or is ignored when it is not a number of bytes", () =>
    Effect.gen(function* () {
      for (const size of wrong) {
        const error = yield* Effect.flip(Files.upload(FileSource.fromBlob(new Lying(size))))
        assert(error instanceof Error && "_tag" in error)
        assert.strictEqual(error._tag, "SourceChangedError")
      }
      assert.lengthOf(yield* (yield* Emulator).files, 0)
      for (const size of [Number.POSITIVE_INFINITY, Number.NaN, -1, 1.5]) {
        const file = yield* Files.upload(FileSource.fromBlob(new Lying(size)))
        assert.deepInclude(yield* stored(file), { size: 100_000, sha256: sha256(content) })
      }
    }).pipe(onEmulator())
  )

  it.effect("of a blob on disk that has changed fails with the error of the blob", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      writeFileSync(path, content)
      const blob = yield* Effect.promise(() => openAsBlob(path))
      appendFileSync(path, "more")
      const error = yield* Effect.flip(Files.upload(FileSource.fromBlob(blob)))
      assert.instanceOf(error, Error)
      assert.lengthOf(yield* (yield* Emulator).files, 0)
    }).pipe(onEmulator())
  )
})

describe("chunks", () => {
  it.effect("without bytes do not end an upload, and a source may have no chunks", () =>
    Effect.gen(function* () {
      const empty = new Uint8Array()
      const content = noise(5000)
      const pieces = [empty, content.subarray(0, 10), empty, empty, content.subarray(10), empty]
      for (const size of [undefined, 5000]) {
        const loaded: Array<number> = []
        const file = yield* Files.upload(
          FileSource.fromStream(() => Stream.fromIterable(pieces, { chunkSize: 1 }), { size }),
          { onProgress: (progress) => Effect.sync(() => loaded.push(progress.loaded)) }
        )
        assert.deepInclude(yield* stored(file), { size: 5000, sha256: sha256(content) })
        assert.deepStrictEqual(loaded, [10, 5000])
      }
      for (const bytes of [Stream.empty, Stream.make(empty), Stream.make(empty, empty)]) {
        for (const source of [FileSource.fromStream(() => bytes), FileSource.fromStreamOnce(bytes, { size: 0 })]) {
          assert.strictEqual((yield* Files.upload(source)).size_bytes, 0)
        }
      }
    }).pipe(onEmulator())
  )

  it.effect("of a stream are read once in an upload that needs one attempt", () =>
    Effect.gen(function* () {
      let made = 0
      let closed = 0
      const source = FileSource.fromStream(() => {
        made++
        return Stream.onExit(piecesOf(noise(5000), 100), () =>
          Effect.sync(() => {
            closed++
          })
        )
      })
      yield* Files.upload(source)
      assert.deepStrictEqual([made, closed], [1, 1])
      yield* script(Fault.status(429))
      yield* Files.upload(source)
      assert.deepStrictEqual([made, closed], [3, 3])
      yield* script({ ...Fault.beforeBody(Fault.status(413)) })
      yield* Effect.flip(Files.upload(source))
      assert.deepStrictEqual([made, closed], [4, 4])
    }).pipe(onEmulator())
  )
})
