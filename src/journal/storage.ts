// The storage of a journal with owners: numbered owners, lines that are appended, and two marks.
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** What went wrong, in words without content. */
export interface StorageFailure {
  readonly description: string
}

export interface Storage {
  /** The number of the last owner of a run; 0 if there was none. */
  readonly lastOwner: (run: string) => Effect.Effect<number, StorageFailure>
  /**
   * Makes a new owner and returns a function that appends its lines, or undefined if another process was faster. A line is
   * stored durably when appending succeeds.
   */
  readonly claim: (
    run: string,
    owner: number
  ) => Effect.Effect<((line: string) => Effect.Effect<void, StorageFailure>) | undefined, StorageFailure, Scope.Scope>
  /** Whether an owner was made. */
  readonly hasOwner: (run: string, owner: number) => Effect.Effect<boolean, StorageFailure>
  /** The lines of an owner. The last one may be incomplete. */
  readonly lines: (run: string, owner: number) => Effect.Effect<ReadonlyArray<string>, StorageFailure>
  readonly beat: (run: string, owner: number, text: string) => Effect.Effect<void, StorageFailure>
  readonly lastBeat: (run: string, owner: number) => Effect.Effect<string | undefined, StorageFailure>
  /** Asks an owner to stop. */
  readonly cancel: (run: string, owner: number) => Effect.Effect<void, StorageFailure>
  readonly isCanceled: (run: string, owner: number) => Effect.Effect<boolean, StorageFailure>
}
