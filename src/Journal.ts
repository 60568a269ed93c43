/**
 * The storage of what a run must remember after a crash: which items went into which batch, and how the batch ended.
 *
 * A journal holds a few small entries for each batch. No request, no answer and no text of an error is written into it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import type * as Scope from "effect/Scope"
import { directory } from "./journal/directory.ts"
import { keyValues } from "./journal/keyValues.ts"
import { inMemory, keepingNothing } from "./journal/memory.ts"
import { owned } from "./journal/owned.ts"
import type { Entry as RunEntry } from "./run/entries.ts"
import type { JournalError, RunLockedError, RunTakenOverError } from "./run/errors.ts"

export {
  /**
   * @category errors
   * @since 0.1.0
   */
  JournalError,
  /**
   * @category errors
   * @since 0.1.0
   */
  RunLockedError,
  /**
   * @category errors
   * @since 0.1.0
   */
  RunTakenOverError
} from "./run/errors.ts"

/**
 * One entry of a journal.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = RunEntry

/**
 * The journal of one run, opened by one owner. It closes with its scope.
 *
 * @category models
 * @since 0.1.0
 */
export interface Session {
  /** The entries of earlier owners, oldest first. */
  readonly entries: ReadonlyArray<Entry>
  /** Writes an entry. It is stored durably when this succeeds. Fails when there is a newer owner. */
  readonly append: (entry: Entry) => Effect.Effect<void, JournalError | RunTakenOverError>
  /** Fails when there is a newer owner. */
  readonly assertOwner: Effect.Effect<void, JournalError | RunTakenOverError>
  /** Whether this owner was asked to stop. */
  readonly isCanceled: Effect.Effect<boolean, JournalError>
}

/**
 * A storage of the entries of runs. Provide your own value to store them elsewhere.
 *
 * @category models
 * @since 0.1.0
 */
export interface Journal {
  /** Whether the entries survive the process. */
  readonly isDurable: boolean
  /** Becomes the owner of a run. Fails with `RunLockedError` while another owner is alive. */
  readonly open: (runId: string) => Effect.Effect<Session, JournalError | RunLockedError, Scope.Scope>
  /** Reads the entries of a run without owning it. Empty for a run that was never started. */
  readonly read: (runId: string) => Effect.Effect<ReadonlyArray<Entry>, JournalError>
  /** Asks the current owner to stop. Returns whether the run ever had an owner. */
  readonly cancel: (runId: string) => Effect.Effect<boolean, JournalError>
}

/**
 * The journal in force. Default: entries are kept in memory until the run ends.
 *
 * @category references
 * @since 0.1.0
 */
export const Journal: Context.Reference<Journal> = Context.Reference<Journal>("effect-anthropic/Journal", {
  defaultValue: (): Journal => keepingNothing
})

/**
 * Keeps entries in memory until the layer is closed, so that a run can be continued in the same process.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<never> = Layer.effect(Journal, Effect.sync(inMemory))

/**
 * Keeps entries in files: `<path>/<hash of the run's id>/1.jsonl`, `2.jsonl`, one file for each owner.
 *
 * An entry is flushed to the disk before the call that it announces is sent. The process that made the file with the highest
 * number owns the run, and renews a small file every 10 seconds. Another process watches that file for 30 seconds. If it
 * changes, the run is under way, and the process fails with `RunLockedError`. If not, it takes the run over. After a kill, a
 * run therefore starts 30 seconds later. After a regular end it starts at once.
 *
 * @example
 * import * as Journal from "effect-anthropic/Journal"
 *
 * const journal = Journal.layerDirectory("runs")
 *
 * @category layers
 * @since 0.1.0
 */
export const layerDirectory = (path: string): Layer.Layer<never, never, FileSystem.FileSystem> =>
  Layer.effect(
    Journal,
    Effect.map(FileSystem.FileSystem, (fs) => owned(directory(fs, path)))
  )

/**
 * Keeps entries in Effect's `KeyValueStore`, one key for each.
 *
 * A key-value store cannot lock: two owners that start in the same second may both act as the owner of the run. Use it only
 * if something else makes sure that a run is started once.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerKeyValueStore = (
  options: {
    /** The prefix of every key. Default: `effect-anthropic/runs/`. */
    readonly prefix?: string | undefined
  } = {}
): Layer.Layer<never, never, KeyValueStore.KeyValueStore> =>
  Layer.effect(
    Journal,
    Effect.map(KeyValueStore.KeyValueStore, (store) =>
      owned(keyValues(store, options.prefix ?? "effect-anthropic/runs/"))
    )
  )
