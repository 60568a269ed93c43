import { execFileSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as TestClock from "effect/testing/TestClock"
import * as Files from "effect-anthropic/Files"
import { Fault, onEmulator, script } from "../support/batches.ts"
import { recording } from "../support/fileSystem.ts"
import { directory, noise, requests, seed, sha256 } from "../support/files.ts"

const content = noise(300_000)
const hash = sha256(content)
const atContent = { path: /\/content$/ } as const

const onDisk = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(NodeFileSystem.layer), onEmulator())

const hashAt = (path: string) => sha256(readFileSync(path))
const modeAt = (path: string) => (statSync(path).mode & 0o7777).toString(8)

/** Downloads, and runs a change while the content arrives. */
const during = (path: string, change: () => void, options: Files.DownloadToOptions = {}) =>
  Effect.flatMap(seed({ content }), (file) =>
    Files.downloadTo(file, path, { ...options, onProgress: () => Effect.sync(change) })
  )

const download = (path: string, options?: Files.DownloadToOptions) =>
  Effect.flatMap(seed({ content }), (file) => Files.downloadTo(file, path, options))

/** The error of a download that is refused before its content is requested. */
const refusal = Effect.fnUntraced(function* (path: string, options?: Files.DownloadToOptions) {
  const error = yield* Effect.flip(download(path, options))
  assert(error._tag === "PlatformError", path)
  assert.isTrue((yield* requests).every((request) => !request.path.endsWith("/content")))
  return error
})

describe("downloadTo a file that exists", () => {
  it.effect("keeps its mode, also against the umask, and never gets a broader one", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      const path = join(folder, "a.bin")
      for (const mode of [0o600, 0o644, 0o666, 0o777, 0o640]) {
        writeFileSync(path, "old")
        chmodSync(path, mode)
        const seen: Array<number> = []
        yield* during(path, () => {
          for (const name of readdirSync(folder)) seen.push(statSync(join(folder, name)).mode & 0o777 & ~mode)
        })
        assert.strictEqual(modeAt(path), mode.toString(8))
        assert.strictEqual(hashAt(path), hash)
        assert.isTrue(seen.length > 0 && seen.every((broader) => broader === 0))
      }
      assert.deepStrictEqual(readdirSync(folder), ["a.bin"])
    }).pipe(onDisk)
  )

  it.effect("loses its setuid and setgid bits", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "tool")
      writeFileSync(path, "old")
      chmodSync(path, 0o6755)
      yield* download(path)
      assert.strictEqual(modeAt(path), "755")
    }).pipe(onDisk)
  )

  it.effect("keeps a mode that is set during the download", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      writeFileSync(path, "old")
      chmodSync(path, 0o644)
      yield* during(path, () => chmodSync(path, 0o600))
      assert.deepStrictEqual([modeAt(path), hashAt(path)], ["600", hash])
    }).pipe(onDisk)
  )

  it.effect("leaves its other hard links unchanged", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      writeFileSync(join(folder, "a.bin"), "old")
      linkSync(join(folder, "a.bin"), join(folder, "backup"))
      yield* download(join(folder, "a.bin"))
      assert.strictEqual(hashAt(join(folder, "a.bin")), hash)
      assert.strictEqual(readFileSync(join(folder, "backup"), "utf8"), "old")
    }).pipe(onDisk)
  )

  it.effect("keeps its owner, unless the system does not allow it", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      const file = yield* seed({ content })
      for (const failing of [undefined, "chown"] as const) {
        writeFileSync(path, "old")
        const { layer, log } = recording(failing)
        const owned = Layer.effect(
          FileSystem.FileSystem,
          Effect.map(FileSystem.FileSystem, (fileSystem) => ({
            ...fileSystem,
            lstat: (path: string) =>
              Effect.map(fileSystem.lstat(path), (info) => ({
                ...info,
                uid: Option.some(4000),
                gid: Option.some(5000)
              }))
          }))
        ).pipe(Layer.provide(layer))
        yield* Effect.provide(Files.downloadTo(file, path), owned)
        assert.include(log, "chown .part 4000:5000")
        assert.strictEqual(hashAt(path), hash)
      }
    }).pipe(onEmulator())
  )

  it.effect("is refused when it must not be written to", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      writeFileSync(path, "old")
      const { layer } = recording("access")
      const error = yield* Effect.provide(refusal(path), layer)
      assert.strictEqual(error.reason._tag, "PermissionDenied")
      assert.strictEqual(readFileSync(path, "utf8"), "old")
    }).pipe(onEmulator())
  )
})

describe("downloadTo a symbolic link", () => {
  it.effect("replaces the file that it leads to, and keeps the link", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      mkdirSync(join(folder, "data"))
      writeFileSync(join(folder, "data", "v1.bin"), "old")
      chmodSync(join(folder, "data", "v1.bin"), 0o600)
      symlinkSync(join("data", "v1.bin"), join(folder, "first"))
      symlinkSync(join(folder, "first"), join(folder, "second"))
      symlinkSync("data", join(folder, "dir"))
      for (const path of ["first", "second", join("dir", "v1.bin")]) {
        writeFileSync(join(folder, "data", "v1.bin"), "old")
        yield* download(join(folder, path))
        assert.strictEqual(hashAt(join(folder, "data", "v1.bin")), hash)
        assert.strictEqual(modeAt(join(folder, "data", "v1.bin")), "600")
      }
      assert.strictEqual(readlinkSync(join(folder, "first")), join("data", "v1.bin"))
      assert.strictEqual(readlinkSync(join(folder, "second")), join(folder, "first"))
      assert.deepStrictEqual(readdirSync(join(folder, "data")), ["v1.bin"])
      assert.deepStrictEqual(readdirSync(folder).sort(), ["data", "dir", "first", "second"])
    }).pipe(onDisk)
  )

  it.effect("writes beside the file that it leads to, which may be on another file system", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      const elsewhere = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(existsSync("/dev/shm") ? "/dev/shm/effect-anthropic-" : join(folder, "x-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      writeFileSync(join(elsewhere, "a.bin"), "old")
      symlinkSync(join(elsewhere, "a.bin"), join(folder, "link"))
      let beside: ReadonlyArray<string> = []
      yield* during(join(folder, "link"), () => {
        beside = readdirSync(elsewhere)
      })
      assert.lengthOf(beside, 2)
      assert.strictEqual(hashAt(join(elsewhere, "a.bin")), hash)
      assert.isTrue(lstatSync(join(folder, "link")).isSymbolicLink())
    }).pipe(onDisk)
  )

  it.effect("is refused when it leads to nothing, in a circle, or to a directory", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      symlinkSync("nothing", join(folder, "dangling"))
      symlinkSync("a", join(folder, "b"))
      symlinkSync("b", join(folder, "a"))
      symlinkSync(".", join(folder, "here"))
      const dangling = yield* refusal(join(folder, "dangling"))
      assert.strictEqual(dangling.reason._tag, "NotFound")
      assert.include(dangling.message, "the symbolic link leads to nothing")
      assert.strictEqual((yield* refusal(join(folder, "a"))).reason._tag, "BadResource")
      assert.include((yield* refusal(join(folder, "here"))).message, "the path leads to a directory")
      const exists = yield* refusal(join(folder, "dangling"), { ifExists: "fail" })
      assert.strictEqual(exists.reason._tag, "AlreadyExists")
      assert.deepStrictEqual(readdirSync(folder).sort(), ["a", "b", "dangling", "here"])
    }).pipe(onDisk)
  )
})

describe("downloadTo anything else", () => {
  it.effect("is refused before any request: a FIFO, a socket, a device or a directory, also through a link", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      execFileSync("mkfifo", [join(folder, "fifo")])
      const server = createServer()
      yield* Effect.callback<void>((resume) => void server.listen(join(folder, "socket"), () => resume(Effect.void)))
      yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
      symlinkSync("fifo", join(folder, "link"))
      for (const [path, kind] of [
        [join(folder, "fifo"), "a FIFO"],
        [join(folder, "link"), "a FIFO"],
        [join(folder, "socket"), "a socket"],
        ["/dev/null", "a character device"],
        [folder, "a directory"]
      ] as const) {
        const error = yield* refusal(path)
        assert.strictEqual(error.reason._tag, "BadResource")
        assert.include(error.message, `the path leads to ${kind}`)
      }
      assert.isTrue(lstatSync(join(folder, "fifo")).isFIFO())
      assert.isTrue(lstatSync("/dev/null").isCharacterDevice())
      assert.deepStrictEqual(readdirSync(folder).sort(), ["fifo", "link", "socket"])
    }).pipe(Effect.scoped, onDisk)
  )

  it.effect("is refused when the path names no file, or its directory does not exist", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      writeFileSync(join(folder, "file"), "old")
      for (const [path, tag] of [
        [`${folder}/new/`, "BadResource"],
        [`${folder}/`, "BadResource"],
        [`${folder}/file/`, "BadResource"],
        [`${folder}/file/new`, "BadResource"],
        [`${folder}/missing/new`, "NotFound"],
        ["", "BadResource"],
        [".", "BadResource"],
        [`${folder}/${"x".repeat(256)}`, "Unknown"],
        [`${folder}/a\0b`, "BadArgument"]
      ] as const) {
        assert.strictEqual((yield* refusal(path)).reason._tag, tag, path)
      }
      assert.deepStrictEqual(readdirSync(folder), ["file"])
    }).pipe(onDisk)
  )

  for (const ifExists of ["replace", "fail"] as const) {
    it.effect(`is not replaced when it is created during the download: ${ifExists}`, () =>
      Effect.gen(function* () {
        const folder = yield* directory
        for (const name of ["fifo", "folder", "dangling"]) {
          const path = join(folder, name)
          const error = yield* Effect.flip(
            during(
              path,
              () => {
                if (name === "fifo") execFileSync("mkfifo", [path])
                else if (name === "folder") mkdirSync(path)
                else symlinkSync("nothing", path)
              },
              { ifExists }
            )
          )
          assert.strictEqual(error._tag, "PlatformError")
        }
        assert.isTrue(lstatSync(join(folder, "fifo")).isFIFO())
        assert.isTrue(lstatSync(join(folder, "folder")).isDirectory())
        assert.isTrue(lstatSync(join(folder, "dangling")).isSymbolicLink())
        assert.deepStrictEqual(readdirSync(folder).sort(), ["dangling", "fifo", "folder"])
      }).pipe(onDisk)
    )
  }
})

describe("the temporary file of downloadTo", () => {
  it.effect("never uses a file that exists, and follows no link under its name", () =>
    Effect.gen(function* () {
      const folder = yield* directory
      const victim = join(folder, "victim")
      writeFileSync(victim, "old")
      for (const suffix of ["0", "0-1"]) symlinkSync("victim", join(folder, `.${suffix}.part`))
      yield* download(join(folder, "a.bin")).pipe(
        Effect.provideService(Random.Random, { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => 0 })
      )
      assert.strictEqual(hashAt(join(folder, "a.bin")), hash)
      assert.strictEqual(readFileSync(victim, "utf8"), "old")
      assert.deepStrictEqual(readdirSync(folder).sort(), [".0-1.part", ".0.part", "a.bin", "victim"])
    }).pipe(onDisk)
  )

  it.effect("is flushed and closed before it is renamed or linked", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      const file = yield* seed({ content })
      const steps = Effect.fnUntraced(function* (ifExists: Files.IfExists) {
        const { layer, log, openHandles } = recording()
        yield* Effect.provide(Files.downloadTo(file, path, { ifExists }), layer)
        assert.strictEqual(openHandles(), 0)
        return log.filter((step, index) => step !== "writeAll" || log[index - 1] !== "writeAll")
      })
      const begin = ["open .part", "writeAll", "sync", "close"]
      assert.deepStrictEqual(yield* steps("fail"), [...begin, "link .part a.bin", "remove .part"])
      assert.deepStrictEqual(yield* steps("replace"), [...begin, "rename .part a.bin", "remove .part"])
      chmodSync(path, 0o606)
      assert.deepStrictEqual(yield* steps("replace"), [
        ...begin,
        "chmod .part 606",
        "rename .part a.bin",
        "remove .part"
      ])
    }).pipe(onEmulator())
  )

  const failures: ReadonlyArray<readonly [call: Parameters<typeof recording>[0], after: number]> = [
    ["open", 0],
    ["writeAll", 0],
    ["writeAll", 1],
    ["sync", 0],
    ["chmod", 0],
    ["rename", 0]
  ]
  for (const [call, after] of failures) {
    it.effect(`is closed and removed, and the target is unchanged, when ${call} fails after ${after} calls`, () =>
      Effect.gen(function* () {
        const path = join(yield* directory, "a.bin")
        writeFileSync(path, "old")
        chmodSync(path, 0o606)
        const file = yield* seed({ content: 5_000_000 })
        const { layer, openHandles } = recording(call, after)
        const error = yield* Effect.flip(Effect.provide(Files.downloadTo(file, path), layer))
        assert(error._tag === "PlatformError")
        assert.include(error.message, `scripted: ${call}`)
        assert.strictEqual(openHandles(), 0)
        assert.strictEqual(readFileSync(path, "utf8"), "old")
        assert.deepStrictEqual(readdirSync(join(path, "..")), ["a.bin"])
      }).pipe(onEmulator())
    )
  }

  it.effect("is closed and removed when creating the link fails with `ifExists: fail`", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      const file = yield* seed({ content })
      const { layer, openHandles } = recording("link")
      const error = yield* Effect.flip(Effect.provide(Files.downloadTo(file, path, { ifExists: "fail" }), layer))
      assert.include(error.message, "scripted: link")
      assert.strictEqual(openHandles(), 0)
      assert.deepStrictEqual(readdirSync(join(path, "..")), [])
    }).pipe(onEmulator())
  )

  const faults = {
    "the content is cut off": { ...Fault.resetAfter(100_000), times: 3 },
    "the content is too short": { ...Fault.truncate(100_000), times: 3 },
    "the content is too long": { ...Fault.rewrite((bytes) => new Uint8Array([...bytes, 1])), times: 3 },
    "the content is refused": Fault.status(403)
  }
  for (const [what, fault] of Object.entries(faults)) {
    it.effect(`is closed and removed, and the target is unchanged, when ${what}`, () =>
      Effect.gen(function* () {
        const path = join(yield* directory, "a.bin")
        writeFileSync(path, "old")
        const file = yield* seed({ content })
        yield* script({ ...fault, when: atContent })
        const { layer, log, openHandles } = recording()
        yield* Effect.flip(Effect.provide(Files.downloadTo(file, path), layer))
        assert.strictEqual(openHandles(), 0)
        assert.lengthOf(
          log.filter((step) => step === "remove .part"),
          log.filter((step) => step === "open .part").length
        )
        assert.strictEqual(readFileSync(path, "utf8"), "old")
        assert.deepStrictEqual(readdirSync(join(path, "..")), ["a.bin"])
      }).pipe(onEmulator())
    )
  }

  it.effect("is closed and removed when `onProgress` dies, with that defect, and nothing is repeated", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      writeFileSync(path, "old")
      const file = yield* seed({ content: 10_000_000 })
      const { layer, openHandles } = recording()
      for (const onProgress of [
        () => Effect.die("mine"),
        () => {
          throw "mine"
        }
      ]) {
        const before = (yield* requests).length
        const exit = yield* Effect.exit(Effect.provide(Files.downloadTo(file, path, { onProgress }), layer))
        assert(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
        assert.strictEqual(Cause.squash(exit.cause), "mine")
        assert.lengthOf(yield* requests, before + 1)
        assert.deepInclude((yield* requests).at(-1), { closedEarly: true })
      }
      assert.strictEqual(openHandles(), 0)
      assert.strictEqual(readFileSync(path, "utf8"), "old")
      assert.deepStrictEqual(readdirSync(join(path, "..")), ["a.bin"])
    }).pipe(onEmulator())
  )

  it.effect("is closed only after a write to it has ended, when the download is interrupted", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      const file = yield* seed({ content })
      for (const slow of ["writeAll", "sync", "rename"] as const) {
        const { layer, log } = recording(undefined, 0, slow)
        const fiber = yield* Effect.forkChild(Effect.provide(Files.downloadTo(file, path), layer))
        const begun = (step: string) => log.some((entry) => entry.startsWith(step))
        yield* TestClock.withLive(Effect.sleep("5 millis")).pipe(Effect.repeat({ until: () => begun(slow) }))
        const interrupting = yield* Effect.forkChild(Fiber.interrupt(fiber))
        yield* TestClock.withLive(Effect.sleep("20 millis"))
        assert.isFalse(begun(`${slow} ended`))
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(interrupting)
        const after = slow === "rename" ? "remove" : "close"
        assert.isAbove(
          log.findIndex((entry) => entry.startsWith(after)),
          log.lastIndexOf(`${slow} ended`)
        )
        assert.isTrue(begun(`${slow} ended`))
        assert.deepStrictEqual(readdirSync(join(path, "..")), slow === "rename" ? ["a.bin"] : [])
      }
    }).pipe(onEmulator())
  )

  it.effect("is closed and removed when the download is interrupted", () =>
    Effect.gen(function* () {
      const path = join(yield* directory, "a.bin")
      const file = yield* seed({ content })
      yield* script({ ...Fault.stall(100_000), when: atContent })
      const { layer, log, openHandles } = recording()
      const fiber = yield* Effect.forkChild(Effect.provide(Files.downloadTo(file, path), layer))
      yield* TestClock.withLive(Effect.sleep("5 millis")).pipe(Effect.repeat({ until: () => log.includes("writeAll") }))
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(openHandles(), 0)
      assert.deepStrictEqual(readdirSync(join(path, "..")), [])
    }).pipe(onEmulator())
  )
})
