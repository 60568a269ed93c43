// The control of an emulator, as a service: what a test reads and changes.
// `make.ts` builds it.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { BatchRequest } from "../batches/plan.ts"
import type { Seed } from "../batches/seeds.ts"
import type { WireBatch } from "../batches/stored.ts"
import type * as Fault from "../faults/model.ts"
import type { FileSeed } from "../files/seeds.ts"
import type { WireFile } from "../files/state.ts"
import type { PendingFault } from "../server/ledger.ts"
import type { RequestRecord } from "../server/requestLog.ts"
import type { IssuedToken } from "../tokens/state.ts"
import type { Charge } from "./bill.ts"

/**
 * The bytes of a file.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileContent {
  readonly size: number
  /** The SHA-256, in hexadecimal digits. */
  readonly sha256: string
  /** Returns all bytes. Dies if there were too many to keep. */
  readonly bytes: Effect.Effect<Uint8Array>
}

/**
 * The control of an emulator: what a test reads and changes.
 *
 * @category services
 * @since 0.1.0
 */
export class Emulator extends Context.Service<
  Emulator,
  {
    /** Returns the requests so far, in the order of arrival. */
    readonly requests: Effect.Effect<ReadonlyArray<RequestRecord>>
    /**
     * Returns what would have been charged so far. Each request of a batch that succeeded is on it once, when its batch
     * has ended, and each direct message. Batches of `seedBatches` and `strangers` are not on it.
     */
    readonly bill: Effect.Effect<ReadonlyArray<Charge>>
    /** Scripts faults. Each request gets at most one: the first that matches and has uses left. */
    readonly fault: (...faults: ReadonlyArray<Fault.Fault>) => Effect.Effect<void>
    /** Returns the faults with uses left. Those that are left when the layer closes fail the test. */
    readonly pendingFaults: Effect.Effect<ReadonlyArray<PendingFault>>
    /** Removes every fault that has not happened. Requests that wait for `processedLater` are not carried out. */
    readonly clearFaults: Effect.Effect<void>
    /** Returns the batches that are not deleted, newest first, also those that listings do not show yet. */
    readonly batches: Effect.Effect<ReadonlyArray<WireBatch>>
    /** Returns the requests that a batch was created with, as they were sent. Dies when there is no such batch. */
    readonly batchRequests: (id: string) => Effect.Effect<ReadonlyArray<BatchRequest>>
    /** Adds a number of batches, or one for each description, and returns them in that order. */
    readonly seedBatches: (seeds: number | ReadonlyArray<Seed>) => Effect.Effect<ReadonlyArray<WireBatch>>
    /** Ends a batch now, independently of its plan, with all requests processed. Dies if there is no such batch. */
    readonly endBatch: (id: string) => Effect.Effect<WireBatch>
    /** Archives the results of a batch now. Dies when there is no such batch. */
    readonly archiveBatch: (id: string) => Effect.Effect<WireBatch>
    /** Deletes a batch now, whether or not it has ended. Dies when there is no such batch. */
    readonly deleteBatch: (id: string) => Effect.Effect<void>
    /** Returns the files that are not deleted, newest first, also those that expired less than 30 days ago. */
    readonly files: Effect.Effect<ReadonlyArray<WireFile>>
    /** Adds a number of files, or one for each description, and returns them in that order. */
    readonly seedFiles: (seeds: number | ReadonlyArray<FileSeed>) => Effect.Effect<ReadonlyArray<WireFile>>
    /** Returns the content of a file that was uploaded or added. Dies when there is no such file. */
    readonly fileContent: (id: string) => Effect.Effect<FileContent>
    /** Returns the access tokens that were issued, in that order. */
    readonly tokens: Effect.Effect<ReadonlyArray<IssuedToken>>
    /** Revokes the access tokens that were issued so far: they are answered with 401. */
    readonly revokeTokens: Effect.Effect<void>
  }
>()("effect-anthropic/testing/Emulator") {}
