// Makes a journal from a storage: exclusive owners, a lease by beats, and lines that are decoded strictly. Each owner has
// separate lines, and all are read in the order of the owners.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { parseJson } from "../decode/json.ts"
import { hashText } from "../hash/hash.ts"
import { Entry, version } from "../run/entries.ts"
import { JournalError, RunLockedError, RunTakenOverError } from "../run/errors.ts"
import type { Storage, StorageFailure } from "./storage.ts"

/** How often an owner writes a beat, which shows that it is alive. */
const beatEvery = "10 seconds"

/** How often, and how many times, a new process checks whether the last owner is alive: 30 seconds in all. */
const watch = { every: "5 seconds", times: 6 } as const

/**
 * The first line of every owner except the first: how many lines of each earlier owner count. A line that was added later
 * comes from a process that was frozen while it wrote. The new owner did not know it, and has decided without it.
 */
const Began = Schema.Struct({ entry: Schema.Literal("began"), lines: Schema.Array(Schema.Int) })

const Line = Schema.Union([Entry, Began, Schema.Struct({ entry: Schema.Literal("closed") })])
const decodeLine = Schema.decodeUnknownResult(Line)
const Versioned = Schema.Struct({ entry: Schema.Literal("opened"), version: Schema.Int })
const isVersioned = Schema.is(Versioned)

const closed = JSON.stringify({ entry: "closed" })

const unavailable =
  (runId: string) =>
  ({ description }: StorageFailure): JournalError =>
    new JournalError({ runId, reason: "unavailable", description })

/**
 * Decodes the lines of one owner: the first `counted`, or all. Only the last line may be incomplete, because nothing is
 * written after it. `count` is the number of complete lines.
 */
const decodeLines = (runId: string, owner: number, lines: ReadonlyArray<string>, counted: number | undefined) =>
  Result.gen(function* () {
    const entries: Array<Entry> = []
    let isClosed = false
    let began: ReadonlyArray<number> | undefined
    let count = 0
    if (counted !== undefined && lines.length < counted) {
      const description = `owner ${owner} has ${lines.length} lines, and the next owner has read ${counted}`
      return yield* Result.fail(new JournalError({ runId, reason: "corrupt", description }))
    }
    for (const [index, line] of lines.slice(0, counted).entries()) {
      const json = parseJson(line)
      if (Result.isFailure(json)) {
        if (counted === undefined && index === lines.length - 1) break
        const description = `line ${index + 1} of owner ${owner} is not JSON`
        return yield* Result.fail(new JournalError({ runId, reason: "corrupt", description }))
      }
      if (isVersioned(json.success) && json.success.version > version) {
        const description = `it has version ${json.success.version}, and this package knows version ${version}`
        return yield* Result.fail(new JournalError({ runId, reason: "newer", description }))
      }
      const decoded = decodeLine(json.success)
      if (Result.isFailure(decoded)) {
        const description = `line ${index + 1} of owner ${owner} is not an entry`
        return yield* Result.fail(new JournalError({ runId, reason: "corrupt", description }))
      }
      count += 1
      if (decoded.success.entry === "closed") isClosed = true
      else if (decoded.success.entry === "began") began = decoded.success.lines
      else entries.push(decoded.success)
    }
    const other = entries.find((entry) => entry.entry === "opened" && entry.runId !== runId)
    if (other !== undefined) {
      return yield* Result.fail(new JournalError({ runId, reason: "mismatch", description: "it has another id" }))
    }
    return { entries, isClosed, began, count }
  })

export const owned = (storage: Storage) => {
  const readOwner = Effect.fnUntraced(function* (runId: string, owner: number, counted: number | undefined) {
    const lines = yield* Effect.mapError(storage.lines(hashText(runId), owner), unavailable(runId))
    return yield* Effect.fromResult(decodeLines(runId, owner, lines, counted))
  })

  /** Reads from the last owner back to the first, because each says how many lines of those before it count. */
  const readAll = Effect.fnUntraced(function* (runId: string, last: number) {
    const owners: Array<{ readonly entries: ReadonlyArray<Entry>; readonly count: number }> = []
    let counted: ReadonlyArray<number> = []
    for (let owner = last; owner >= 1; owner--) {
      const read = yield* readOwner(runId, owner, counted[owner - 1])
      owners.unshift(read)
      counted = read.began ?? counted
    }
    return { entries: owners.flatMap(({ entries }) => entries), counts: owners.map(({ count }) => count) }
  })

  /** Whether the last owner writes no beat for as long as the lease lasts. */
  const isGone = Effect.fnUntraced(function* (runId: string, owner: number) {
    const run = hashText(runId)
    if ((yield* readOwner(runId, owner, undefined)).isClosed) return true
    const first = yield* storage.lastBeat(run, owner)
    for (let looks = 0; looks < watch.times; looks++) {
      yield* Effect.sleep(watch.every)
      if ((yield* storage.lastBeat(run, owner)) !== first) return false
    }
    return true
  })

  const open = Effect.fnUntraced(function* (runId: string) {
    const run = hashText(runId)
    const failed = unavailable(runId)
    const last = yield* Effect.mapError(storage.lastOwner(run), failed)
    if (last > 0) {
      const gone = yield* Effect.mapError(isGone(runId, last), (error) =>
        error instanceof JournalError ? error : failed(error)
      )
      if (!gone) return yield* new RunLockedError({ runId, owner: last })
    }
    const owner = last + 1
    const write = yield* Effect.mapError(storage.claim(run, owner), failed)
    if (write === undefined) return yield* new RunLockedError({ runId, owner })
    let beats = 0
    const beat = Effect.suspend(() => {
      beats += 1
      return storage.beat(run, owner, `${beats}`)
    })
    yield* Effect.mapError(beat, failed)
    // A beat that fails is skipped. The next one may succeed.
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(beatEvery), Effect.ignore(beat))))

    const assertOwner = Effect.gen(function* () {
      if (yield* Effect.mapError(storage.hasOwner(run, owner + 1), failed))
        return yield* new RunTakenOverError({ runId })
    })
    const semaphore = yield* Semaphore.make(1)
    let broken: JournalError | undefined
    const writeLine = (line: string) =>
      Effect.suspend(() => {
        // After a failed write the last line may be incomplete, and nothing may be written after it.
        if (broken !== undefined) return Effect.fail(broken)
        return Effect.uninterruptible(
          Effect.mapError(write(line), (failure) => {
            broken = failed(failure)
            return broken
          })
        )
      }).pipe((effect) => Effect.andThen(assertOwner, effect), semaphore.withPermits(1))
    yield* Effect.addFinalizer(() => Effect.ignore(writeLine(closed)))
    const { counts, entries } = yield* readAll(runId, last)
    if (last > 0) {
      yield* Effect.catchTag(writeLine(JSON.stringify({ entry: "began", lines: counts })), "RunTakenOverError", () =>
        Effect.fail(new RunLockedError({ runId, owner: owner + 1 }))
      )
    }
    return {
      entries,
      append: (entry: Entry) => writeLine(JSON.stringify(entry)),
      assertOwner,
      isCanceled: Effect.mapError(storage.isCanceled(run, owner), failed)
    }
  })

  return {
    isDurable: true,
    open,
    read: Effect.fnUntraced(function* (runId: string) {
      const last = yield* Effect.mapError(storage.lastOwner(hashText(runId)), unavailable(runId))
      return (yield* readAll(runId, last)).entries
    }),
    cancel: Effect.fnUntraced(
      function* (runId: string) {
        const run = hashText(runId)
        const last = yield* storage.lastOwner(run)
        if (last > 0) yield* storage.cancel(run, last)
        return last > 0
      },
      (effect, runId) => Effect.mapError(effect, unavailable(runId))
    )
  }
}
