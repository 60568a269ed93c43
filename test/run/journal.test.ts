import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Journal from "effect-anthropic/Journal"
import { recording } from "../support/fileSystem.ts"
import { makeAutoClock } from "./support/autoClock.ts"
import { start } from "./support/world.ts"

const opened = (runId: string): Journal.Entry => ({
  entry: "opened",
  version: 1,
  runId,
  nonce: "0123456789abcdef0123",
  at: 0
})

const void_ = (chunk: number): Journal.Entry => ({ entry: "void", chunk })

const { clock } = makeAutoClock(start)

/** Journals by kind, each in a place of its own that the test can look at. */
const inDirectory = <A, E>(
  use: (journal: Journal.Journal, path: string, fs: FileSystem.FileSystem) => Effect.Effect<A, E, Scope.Scope>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* fs.makeTempDirectoryScoped()
      const journal = yield* Effect.provide(Effect.service(Journal.Journal), Journal.layerDirectory(path))
      return yield* use(journal, path, fs)
    })
  ).pipe(Effect.provide(NodeFileSystem.layer))

const inStore = <A, E>(use: (journal: Journal.Journal) => Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(
    Effect.flatMap(
      Effect.provide(
        Effect.service(Journal.Journal),
        Journal.layerKeyValueStore().pipe(Layer.provide(KeyValueStore.layerMemory))
      ),
      use
    )
  ).pipe(Effect.provideService(Clock.Clock, clock))

const inMemory = <A, E>(use: (journal: Journal.Journal) => Effect.Effect<A, E, Scope.Scope>) =>
  Effect.scoped(Effect.flatMap(Effect.provide(Effect.service(Journal.Journal), Journal.layerMemory), use))

/** Opens a journal, uses it, and closes it. */
const session = <A, E>(
  journal: Journal.Journal,
  runId: string,
  use: (session: Journal.Session) => Effect.Effect<A, E>
) => Effect.scoped(Effect.flatMap(journal.open(runId), use))

/** The file of an owner, in a directory of one run. */
const fileOf = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string, owner: number) {
  const [run] = yield* fs.readDirectory(path)
  return `${path}/${run}/${owner}.jsonl`
})

for (const [name, using] of [
  ["a directory", (use: (journal: Journal.Journal) => Effect.Effect<void, unknown, Scope.Scope>) => inDirectory(use)],
  ["a key-value store", inStore],
  ["memory", inMemory]
] as const) {
  describe(`a journal in ${name}`, () => {
    it.live("returns the entries of earlier owners in their order", () =>
      using((journal) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* journal.read("a"), [])
          yield* session(journal, "a", ({ append, entries }) =>
            Effect.gen(function* () {
              assert.deepStrictEqual(entries, [])
              yield* append(opened("a"))
              yield* append(void_(1))
            })
          )
          yield* session(journal, "a", ({ append, entries }) =>
            Effect.gen(function* () {
              assert.deepStrictEqual(entries, [opened("a"), void_(1)])
              yield* append(void_(2))
            })
          )
          yield* session(journal, "b", ({ entries }) => Effect.sync(() => assert.deepStrictEqual(entries, [])))
          assert.deepStrictEqual(yield* journal.read("a"), [opened("a"), void_(1), void_(2)])
        })
      )
    )

    it.live("has one owner of a run at a time: it refuses a second until the first has ended", () =>
      using((journal) =>
        Effect.gen(function* () {
          yield* session(journal, "a", (first) =>
            Effect.gen(function* () {
              yield* first.append(opened("a"))
              const error = yield* Effect.flip(Effect.scoped(journal.open("a")))
              assert.deepInclude(error, { _tag: "RunLockedError", runId: "a", owner: 1 })
              // Another run is not locked, and the refused one has changed nothing.
              yield* session(journal, "b", () => Effect.void)
              yield* first.assertOwner
              yield* first.append(void_(1))
            })
          )
          yield* session(journal, "a", ({ append, entries }) =>
            Effect.gen(function* () {
              assert.deepStrictEqual(entries, [opened("a"), void_(1)])
              yield* append(void_(2))
            })
          )
        })
      ).pipe(Effect.provideService(Clock.Clock, clock))
    )

    it.live("reports a cancellation to the owner, and not to the next owner", () =>
      using((journal) =>
        Effect.gen(function* () {
          assert.isFalse(yield* journal.cancel("a"))
          yield* session(journal, "a", ({ isCanceled }) =>
            Effect.gen(function* () {
              assert.isFalse(yield* isCanceled)
              assert.isTrue(yield* journal.cancel("a"))
              assert.isTrue(yield* isCanceled)
            })
          )
          yield* session(journal, "a", ({ isCanceled }) =>
            Effect.gen(function* () {
              assert.isFalse(yield* isCanceled)
            })
          )
        })
      )
    )
  })
}

describe("the lease of a journal", () => {
  it.live("refuses a new owner while the heartbeats of the owner go on", () =>
    inStore((journal) =>
      Effect.gen(function* () {
        yield* journal.open("a")
        const error = yield* Effect.flip(Effect.scoped(journal.open("a")))
        assert.strictEqual(error._tag, "RunLockedError")
      })
    )
  )

  it.live("lets a new owner take over 30 seconds after the last heartbeat, and stops the old owner", () =>
    inStore((journal) =>
      Effect.gen(function* () {
        // The first sleep is part of becoming the owner; then the process is frozen.
        let sleeps = 0
        const freezing: Clock.Clock = {
          ...clock,
          sleep: (duration) => (sleeps++ === 0 ? clock.sleep(duration) : Effect.never)
        }
        const old = yield* Effect.provideService(journal.open("a"), Clock.Clock, freezing)
        yield* old.append(opened("a"))
        const before = clock.currentTimeMillisUnsafe()
        const { entries } = yield* journal.open("a")
        assert.deepStrictEqual(entries, [opened("a")])
        assert.isAtLeast(clock.currentTimeMillisUnsafe() - before, 30_000)
        assert.strictEqual((yield* Effect.flip(old.append(void_(1))))._tag, "RunTakenOverError")
        assert.strictEqual((yield* Effect.flip(old.assertOwner))._tag, "RunTakenOverError")
      })
    )
  )

  for (const last of [0, 1]) {
    it.live(`gives a run in a key-value store to the last writer of two that start together: number ${last + 1}`, () =>
      Effect.gen(function* () {
        const store = yield* KeyValueStore.KeyValueStore
        /** Reaches the store, in which a change shows after so many milliseconds. */
        const journalBehind = (delay: number) =>
          Effect.provide(
            Effect.service(Journal.Journal),
            Journal.layerKeyValueStore().pipe(
              Layer.provide(
                Layer.succeed(KeyValueStore.KeyValueStore, {
                  ...store,
                  get: (key: string) => Effect.delay(store.get(key), 50),
                  set: (key: string, value: string | Uint8Array) => Effect.delay(store.set(key, value), delay)
                })
              )
            )
          )
        const journals = yield* Effect.forEach([0, 1], (index) => journalBehind(index === last ? 400 : 100))
        const both = yield* Effect.forEach(journals, (journal) => Effect.result(journal.open("a")), { concurrency: 2 })
        const [won, lost] = [both[last], both[1 - last]]
        assert(won?._tag === "Success" && lost?._tag === "Failure")
        assert.deepInclude(lost.failure, { _tag: "RunLockedError", runId: "a", owner: 1 })
        yield* won.success.append(opened("a"))
        yield* won.success.assertOwner
        assert.deepStrictEqual(yield* (journals[0] ?? assert.fail()).read("a"), [opened("a")])
      }).pipe(
        Effect.scoped,
        Effect.provide(Layer.fresh(KeyValueStore.layerMemory)),
        Effect.provideService(Clock.Clock, clock)
      )
    )
  }

  it.live("is refused to the later of two that start within a second of each other", () =>
    inStore((journal) =>
      Effect.gen(function* () {
        const first = yield* Effect.forkChild(journal.open("a"))
        yield* Effect.sleep(500)
        const error = yield* Effect.flip(Effect.scoped(journal.open("a")))
        assert.deepInclude(error, { _tag: "RunLockedError", owner: 1 })
        yield* (yield* Fiber.join(first)).append(opened("a"))
      })
    )
  )

  it.live("is given at once after a regular end", () =>
    inStore((journal) =>
      Effect.gen(function* () {
        yield* session(journal, "a", ({ append }) => append(opened("a")))
        const before = clock.currentTimeMillisUnsafe()
        yield* session(journal, "a", () => Effect.void)
        assert.isAtMost(clock.currentTimeMillisUnsafe() - before, 1_500)
      })
    )
  )
})

describe("Journal.layerDirectory", () => {
  it.live("writes a file for each owner, and never after the lines of another", () =>
    inDirectory((journal, path, fs) =>
      Effect.gen(function* () {
        yield* session(journal, "any id / \ud800", ({ append }) => append(opened("any id / \ud800")))
        yield* session(journal, "any id / \ud800", ({ append }) => append(void_(7)))
        const [run = ""] = yield* fs.readDirectory(path)
        assert.match(run, /^[0-9a-f]{32}$/)
        assert.includeMembers(yield* fs.readDirectory(`${path}/${run}`), ["1.jsonl", "2.jsonl", "1.beat", "2.beat"])
        const second = yield* fs.readFileString(`${path}/${run}/2.jsonl`)
        assert.strictEqual(second, `{"entry":"began","lines":[2]}\n${JSON.stringify(void_(7))}\n{"entry":"closed"}\n`)
      })
    )
  )

  it.live("drops a cut last line, accepts one without its line end, and refuses a cut line before it", () =>
    inDirectory((journal, path, fs) =>
      Effect.gen(function* () {
        yield* session(journal, "a", ({ append }) => append(opened("a")))
        const file = yield* fileOf(fs, path, 1)
        const first = JSON.stringify(opened("a"))
        yield* fs.writeFileString(file, `${first}\n{"entry":"vo`)
        assert.deepStrictEqual(yield* journal.read("a"), [opened("a")])
        yield* fs.writeFileString(file, `${first}\n{"entry":"void","chunk":3}`)
        assert.deepStrictEqual(yield* journal.read("a"), [opened("a"), void_(3)])
        for (const torn of ['{"entry":"vo', "", '{"entry":"other"}', '{"entry":"void","chunk":"3"}']) {
          yield* fs.writeFileString(file, `${first}\n${torn}\n{"entry":"void","chunk":3}\n`)
          const error = yield* Effect.flip(journal.read("a"))
          assert.deepInclude(error, { _tag: "JournalError", reason: "corrupt", isRetryable: false }, torn)
        }
      })
    )
  )

  it.live("refuses a journal of a newer version and of another run", () =>
    inDirectory((journal, path, fs) =>
      Effect.gen(function* () {
        yield* session(journal, "a", ({ append }) => append(opened("a")))
        const file = yield* fileOf(fs, path, 1)
        yield* fs.writeFileString(file, `${JSON.stringify({ ...opened("a"), version: 2, more: true })}\n`)
        assert.deepInclude(yield* Effect.flip(journal.read("a")), { reason: "newer" })
        yield* fs.writeFileString(file, `${JSON.stringify(opened("b"))}\n{"entry":"closed"}\n`)
        assert.deepInclude(yield* Effect.flip(Effect.scoped(journal.open("a"))), { reason: "mismatch" })
      })
    )
  )

  it.live("takes over from an owner that was killed, after 30 seconds", () =>
    inDirectory((journal, path, fs) =>
      Effect.gen(function* () {
        yield* session(journal, "a", ({ append }) => append(opened("a")))
        const file = yield* fileOf(fs, path, 1)
        yield* fs.writeFileString(file, `${JSON.stringify(opened("a"))}\n`)
        const before = clock.currentTimeMillisUnsafe()
        const { entries } = yield* Effect.provideService(journal.open("a"), Clock.Clock, clock)
        assert.deepStrictEqual(entries, [opened("a")])
        assert.isAtLeast(clock.currentTimeMillisUnsafe() - before, 30_000)
      })
    )
  )

  it.live("ignores lines that an owner wrote after it was taken over", () =>
    inDirectory((journal, path, fs) =>
      Effect.gen(function* () {
        yield* session(journal, "a", ({ append }) => append(opened("a")))
        const file = yield* fileOf(fs, path, 1)
        const first = JSON.stringify(opened("a"))
        // It is frozen in the middle of a line, and ends it when it wakes.
        yield* fs.writeFileString(file, `${first}\n{"entry":"vo`)
        const takesOver = Effect.provideService(
          session(journal, "a", ({ append, entries }) =>
            Effect.gen(function* () {
              assert.deepStrictEqual(entries, [opened("a")])
              yield* append(void_(2))
              yield* fs.writeFileString(file, `${first}\n${JSON.stringify(void_(1))}\n{"entry":"closed"}\n`)
            })
          ),
          Clock.Clock,
          clock
        )
        yield* takesOver
        assert.deepStrictEqual(yield* journal.read("a"), [opened("a"), void_(2)])
        yield* session(journal, "a", ({ append, entries }) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(entries, [opened("a"), void_(2)])
            yield* append(void_(3))
          })
        )
        assert.deepStrictEqual(yield* journal.read("a"), [opened("a"), void_(2), void_(3)])
        // What was read cannot be gone.
        for (const less of ["", `${first.slice(0, 9)}\n`]) {
          yield* fs.writeFileString(file, less)
          assert.deepInclude(yield* Effect.flip(journal.read("a")), { _tag: "JournalError", reason: "corrupt" })
        }
      })
    )
  )

  it.live("ignores lines of an owner that was frozen before its first line", () =>
    inDirectory((journal, path, fs) =>
      Effect.gen(function* () {
        yield* session(journal, "a", ({ append }) => append(opened("a")))
        const run = (yield* fs.readDirectory(path))[0]
        yield* fs.writeFileString(`${path}/${run}/2.jsonl`, "")
        yield* Effect.provideService(
          session(journal, "a", ({ append }) => append(void_(3))),
          Clock.Clock,
          clock
        )
        // It had read less of the first owner than there was by the time of the third.
        yield* fs.writeFileString(
          `${path}/${run}/2.jsonl`,
          `{"entry":"began","lines":[0]}\n${JSON.stringify(void_(2))}\n`
        )
        assert.deepStrictEqual(yield* journal.read("a"), [opened("a"), void_(3)])
      })
    )
  )

  it.live("refuses a new owner that was taken over before its first line", () =>
    inDirectory((journal, path, fs) =>
      Effect.gen(function* () {
        yield* session(journal, "a", ({ append }) => append(opened("a")))
        const ahead: FileSystem.FileSystem = {
          ...fs,
          exists: (file) => (file.endsWith("/3.jsonl") ? Effect.succeed(true) : fs.exists(file))
        }
        const late = yield* Effect.provide(
          Effect.service(Journal.Journal),
          Journal.layerDirectory(path).pipe(Layer.provide(Layer.succeed(FileSystem.FileSystem, ahead)))
        )
        const error = yield* Effect.flip(Effect.scoped(late.open("a")))
        assert.deepInclude(error, { _tag: "RunLockedError", owner: 3 })
        assert.deepStrictEqual(yield* journal.read("a"), [opened("a")])
      })
    )
  )

  it.live("stops an owner when there is a newer one", () =>
    inDirectory((journal, path, fs) =>
      Effect.gen(function* () {
        const old = yield* journal.open("a")
        yield* old.append(opened("a"))
        yield* old.assertOwner
        const [run] = yield* fs.readDirectory(path)
        yield* fs.writeFileString(`${path}/${run}/2.jsonl`, "")
        assert.strictEqual((yield* Effect.flip(old.assertOwner))._tag, "RunTakenOverError")
        assert.strictEqual((yield* Effect.flip(old.append(void_(1))))._tag, "RunTakenOverError")
        assert.deepStrictEqual(yield* journal.read("a"), [opened("a")])
      })
    )
  )

  it.live("gives a run to one of two that start at the same time", () =>
    inDirectory((journal) =>
      Effect.gen(function* () {
        const both = yield* Effect.all([Effect.result(journal.open("a")), Effect.result(journal.open("a"))], {
          concurrency: 2
        })
        const [won] = both.filter(Result.isSuccess)
        const [lost] = both.filter(Result.isFailure)
        assert.deepInclude(lost?.failure, { _tag: "RunLockedError", runId: "a", owner: 1 })
        yield* won?.success.append(opened("a")) ?? assert.fail("nobody has the run")
        assert.deepStrictEqual(yield* journal.read("a"), [opened("a")])
      }).pipe(Effect.provideService(Clock.Clock, clock))
    )
  )

  it.live("writes nothing after a line that could not be written completely", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* fs.makeTempDirectoryScoped()
      const { layer } = recording("writeAll", 1)
      const journal = yield* Effect.provide(
        Effect.service(Journal.Journal),
        Journal.layerDirectory(path).pipe(Layer.provide(layer))
      )
      yield* session(journal, "a", ({ append }) =>
        Effect.gen(function* () {
          yield* append(opened("a"))
          const error = yield* Effect.flip(append(void_(1)))
          assert.deepInclude(error, { _tag: "JournalError", reason: "unavailable", isRetryable: true })
          assert.deepInclude(yield* Effect.flip(append(void_(2))), { reason: "unavailable" })
        })
      )
      assert.deepStrictEqual(yield* journal.read("a"), [opened("a")])
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.live("stops its heartbeats with its scope", () =>
    inDirectory((journal, path, fs) =>
      Effect.gen(function* () {
        yield* session(journal, "a", () => Effect.void)
        const [run] = yield* fs.readDirectory(path)
        yield* fs.remove(`${path}/${run}/1.beat`)
        yield* Effect.provideService(Effect.sleep("1 minute"), Clock.Clock, clock)
        assert.isFalse(yield* fs.exists(`${path}/${run}/1.beat`))
      })
    )
  )
})
