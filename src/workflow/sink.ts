// The destination of the outcomes of a durable run: in parts, each of which may be written twice and exists once.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import { hashText } from "../hash/hash.ts"
import { type LineOf, writeLine } from "../run/line.ts"
import type { Outcome } from "../run/outcome.ts"

/**
 * One part of the outcomes of a run: those of a chunk, or those of items that were not sent. No two parts of a run have the
 * same item.
 *
 * @category models
 * @since 0.1.0
 */
export interface Part {
  readonly runId: string
  /** Letters, digits and hyphens, such as `chunk-12`. It is the same each time that the part is written. */
  readonly name: string
}

/**
 * A writer of the outcomes of one part.
 *
 * @category models
 * @since 0.1.0
 */
export interface PartWriter<in A, in B, out E = never> {
  readonly write: (outcomes: ReadonlyArray<Outcome<A, B>>) => Effect.Effect<void, E>
  /** Called when the part is complete. It replaces an earlier part of the same name. */
  readonly commit: Effect.Effect<void, E>
}

/**
 * A storage of the outcomes of runs.
 *
 * A crash may end a part anywhere, and the part is then written again from its start. So a part that was not committed must
 * not be visible, and a part that was committed twice must be visible once.
 *
 * @category services
 * @since 0.1.0
 */
export interface OutcomeSink<in A, in B = undefined, out E = never, out R = never> {
  /** Opens a part for writing. If it is not committed when the scope closes, it is dropped. */
  readonly open: (part: Part) => Effect.Effect<PartWriter<A, B, E>, E, R | Scope.Scope>
  /** Returns the place of the outcomes of a run. */
  readonly location: (runId: string) => string
}

/** The text that is written at once, in characters. */
const writeAtOnce = 1024 * 1024

/**
 * Writes outcomes as JSON lines, one file for each part: `<path>/<hash of the run's id>/<part>.jsonl`. A file appears when
 * it is complete. Together the files hold each item once. Lines are those of `BatchRun.toFile`.
 *
 * Machines that share the work must share the directory.
 *
 * @category constructors
 * @since 0.1.0
 */
export const jsonlSink = <A, B = undefined>(
  path: string,
  options: {
    /** Makes the fields of a line. Default: the fields of the outcome, without the item. */
    readonly line?: LineOf<A, B> | undefined
  } = {}
): OutcomeSink<A, B, PlatformError, FileSystem.FileSystem> => {
  const location = (runId: string) => `${path}/${hashText(runId)}`
  return {
    location,
    open: Effect.fnUntraced(function* ({ name, runId }) {
      const fs = yield* FileSystem.FileSystem
      const directory = location(runId)
      yield* fs.makeDirectory(directory, { recursive: true })
      // Each writer has a different name, because a frozen one that wakes up must not write into the file of another.
      const temporary = `${directory}/${name}.${crypto.randomUUID()}.part`
      const file = yield* fs.open(temporary, { flag: "wx" })
      yield* Effect.addFinalizer(() => Effect.ignore(fs.remove(temporary, { force: true })))
      let text = ""
      const flush = Effect.suspend(() => {
        const bytes = new TextEncoder().encode(text)
        text = ""
        return bytes.byteLength === 0 ? Effect.void : file.writeAll(bytes)
      })
      return {
        write: (outcomes) =>
          Effect.suspend(() => {
            for (const outcome of outcomes) text += writeLine(outcome, options.line)
            return text.length >= writeAtOnce ? flush : Effect.void
          }),
        commit: flush.pipe(
          Effect.andThen(file.sync),
          Effect.andThen(fs.rename(temporary, `${directory}/${name}.jsonl`)),
          // Errors are ignored, because not every system can sync a directory.
          Effect.andThen(Effect.ignore(Effect.scoped(Effect.flatMap(fs.open(directory), (entry) => entry.sync)))),
          Effect.uninterruptible
        )
      }
    })
  }
}
