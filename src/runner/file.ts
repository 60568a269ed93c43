// A file of outcomes, one line for each. Outcomes that it has are not written again, and a new outcome counts only when it
// is on the disk. Lines have the position, because ids may come twice. A last line that a crash left incomplete is dropped.
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { type Line, LineSplitter } from "../decode/lines.ts"
import { decodeUtf8 } from "../decode/utf8.ts"
import { hashNumber } from "../hash/hash.ts"
import type * as Journal from "../Journal.ts"
import { type JournalError, OutcomeFileError, type RunTakenOverError } from "../run/errors.ts"
import { type LineOf, writeLine } from "../run/line.ts"
import type { Delivery } from "./config.ts"

/**
 * The text that is written at once, in characters. The lines of a chunk are written in such pieces, so that memory does not
 * hold all of them. A crash between two pieces leaves complete lines, and a chunk that is not settled is read again.
 */
const writeAtOnce = 1024 * 1024

const decoder = new TextDecoder()

const maxLineBytes = 256 * 1024 * 1024

const prefix = /^\{"position":(\d+),"id":("(?:[^"\\]|\\.)*"),"outcome":"(\w+)"(?:,"reason":"(\w+)")?/

/** The fields of a line that a run needs. */
interface Told {
  readonly position: number
  readonly id: string
  /** Whether its item may still be sent: it had no room in the budget, or the run was canceled. */
  readonly isOpen: boolean
}

const readLine = (line: Line): Told | undefined => {
  const text = line.bytes === undefined ? undefined : decodeUtf8(line.bytes)
  if (text === undefined || text._tag === "Failure" || !text.success.endsWith("}")) return undefined
  const match = prefix.exec(text.success)
  if (match === null) return undefined
  const [, position = "", id = '""', outcome, reason] = match
  return {
    position: Number(position),
    id: String(JSON.parse(id)),
    isOpen: outcome === "Unsent" && (reason === "budget" || reason === "canceled")
  }
}

/** The positions in the file, with four bytes for each: a hash of the id, or 0 for none. */
class ToldPositions {
  #hashes = new Uint32Array(1024)
  count = 0

  add(position: number, id: string): void {
    if (position >= this.#hashes.length) {
      const larger = new Uint32Array(Math.max(position + 1, 2 * this.#hashes.length))
      larger.set(this.#hashes)
      this.#hashes = larger
    }
    if (this.#hashes[position] === 0) this.count += 1
    this.#hashes[position] = hashNumber(id) || 1
  }

  has(position: number): boolean {
    return (this.#hashes[position] ?? 0) !== 0
  }

  isOther(position: number, id: string): boolean {
    return this.has(position) && this.#hashes[position] !== (hashNumber(id) || 1)
  }
}

export interface OutcomeFile<A, B, E> extends Delivery<A, B, E> {
  /** How many outcomes the file had when it was opened. */
  readonly kept: number
}

/** Opens a file of outcomes for the owner of a run. Reads its lines, and drops those that are incomplete or not final. */
export const openFile = Effect.fnUntraced(function* <A, B>(options: {
  readonly fs: FileSystem.FileSystem
  readonly path: string
  readonly session: Journal.Session
  readonly lineOf: LineOf<A, B> | undefined
}): Effect.fn.Return<
  OutcomeFile<A, B, OutcomeFileError | JournalError | RunTakenOverError>,
  OutcomeFileError | JournalError | RunTakenOverError,
  Scope.Scope
> {
  const { fs, path, session } = options
  const failed = (error: PlatformError) =>
    new OutcomeFileError({ path, reason: "unavailable", description: error.message })

  /**
   * Reads the lines, and calls `keep` with those that stay. Returns their positions, the length of all complete lines, and
   * whether any line is dropped. A position that comes twice was written by an owner that was frozen during a write.
   */
  const scan = Effect.fnUntraced(function* (keep: (line: Line) => Effect.Effect<void, PlatformError>) {
    const splitter = new LineSplitter(maxLineBytes)
    const told = new ToldPositions()
    let whole = 0
    let dropsAny = false
    const take = Effect.fnUntraced(function* (line: Line) {
      if (!line.isTerminated) return
      whole = line.offset + line.byteLength + 1
      const known = readLine(line)
      if (known === undefined) {
        const description = `line ${line.number} is not an outcome of a run`
        return yield* new OutcomeFileError({ path, reason: "corrupt", description })
      }
      if (known.isOpen || told.has(known.position)) {
        dropsAny = true
        return
      }
      told.add(known.position, known.id)
      yield* Effect.mapError(keep(line), failed)
    })
    yield* fs.stream(path).pipe(
      Stream.mapError(failed),
      Stream.runForEach((chunk) => Effect.forEach(splitter.push(chunk), take, { discard: true }))
    )
    return { told, whole, dropsAny }
  })

  const exists = yield* Effect.mapError(fs.exists(path), failed)
  const { dropsAny, told, whole } = exists
    ? yield* scan(() => Effect.void)
    : { dropsAny: false, told: new ToldPositions(), whole: 0 }
  yield* session.assertOwner
  if (dropsAny) yield* rewrite(fs, path, scan, failed)
  else if (exists) yield* Effect.mapError(fs.truncate(path, whole), failed)
  const { count: kept } = told

  const file = yield* Effect.mapError(fs.open(path, { flag: "a" }), failed)
  const semaphore = yield* Semaphore.make(1)
  let text = ""
  let broken: OutcomeFileError | undefined
  const write = Effect.fnUntraced(function* (isLast: boolean) {
    // After a failed write the last line may be incomplete, and nothing may be written after it.
    if (broken !== undefined) return yield* broken
    if (text !== "") {
      yield* session.assertOwner
      const bytes = new TextEncoder().encode(text)
      text = ""
      yield* file.writeAll(bytes).pipe(
        Effect.mapError((error) => {
          broken = failed(error)
          return broken
        }),
        Effect.uninterruptible
      )
    }
    if (isLast) yield* Effect.mapError(file.sync, failed)
  })

  return {
    kept,
    deliver: (outcomes) =>
      semaphore.withPermits(1)(
        Effect.suspend(() => {
          for (const outcome of outcomes) {
            if (told.has(outcome.position)) continue
            text += writeLine(outcome, options.lineOf)
            told.add(outcome.position, outcome.id)
          }
          return text.length >= writeAtOnce ? write(false) : Effect.void
        })
      ),
    flush: semaphore.withPermits(1)(write(true)),
    isTold: (position) => told.has(position),
    isOther: (position, id) => told.isOther(position, id)
  }
})

/** Writes the lines that stay into a new file, and replaces the old one with it. */
const rewrite = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  scan: (keep: (line: Line) => Effect.Effect<void, PlatformError>) => Effect.Effect<unknown, OutcomeFileError>,
  failed: (error: PlatformError) => OutcomeFileError
) {
  const temporary = `${path}.rewritten`
  yield* Effect.scoped(
    Effect.gen(function* () {
      const file = yield* Effect.mapError(fs.open(temporary, { flag: "w" }), failed)
      let text = ""
      const write = Effect.suspend(() => {
        const bytes = new TextEncoder().encode(text)
        text = ""
        return bytes.byteLength === 0 ? Effect.void : file.writeAll(bytes)
      })
      yield* scan(({ bytes }) => {
        if (bytes !== undefined) text += `${decoder.decode(bytes)}\n`
        return text.length >= writeAtOnce ? write : Effect.void
      })
      yield* Effect.mapError(Effect.andThen(write, file.sync), failed)
    })
  )
  yield* Effect.mapError(fs.rename(temporary, path), failed)
})
