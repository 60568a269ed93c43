// What a test sees of an emulator and does to it: the service `Emulator`.
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
  /** All bytes; a defect when there were too many to keep. */
  readonly bytes: Effect.Effect<Uint8Array>
}

/**
 * What a test sees of an emulator and does to it.
 *
 * @category services
 * @since 0.1.0
 */
export class Emulator extends Context.Service<
  Emulator,
  {
    /** The requests so far, in the order of arrival. */
    readonly requests: Effect.Effect<ReadonlyArray<RequestRecord>>
    /**
     * What would have been charged so far: each request of a batch that succeeded, once its batch has ended, and each
     * direct message. Batches that were put in with `seedBatches` are not on it.
     */
    readonly bill: Effect.Effect<ReadonlyArray<Charge>>
    /** Scripts faults. Each request gets at most one: the first that matches and has uses left. */
    readonly fault: (...faults: ReadonlyArray<Fault.Fault>) => Effect.Effect<void>
    /** The faults with uses left. Those that are left when the layer closes fail the test. */
    readonly pendingFaults: Effect.Effect<ReadonlyArray<PendingFault>>
    /** Takes back every fault that has not happened; requests that wait for `processedLater` are not carried out. */
    readonly clearFaults: Effect.Effect<void>
    /** The batches that are not deleted, newest first, also those that listings do not show yet. */
    readonly batches: Effect.Effect<ReadonlyArray<WireBatch>>
    /** The requests that a batch was created with, as they were sent; a defect when there is no such batch. */
    readonly batchRequests: (id: string) => Effect.Effect<ReadonlyArray<BatchRequest>>
    /** Puts batches in, as many as told or as described, and returns them in that order. */
    readonly seedBatches: (seeds: number | ReadonlyArray<Seed>) => Effect.Effect<ReadonlyArray<WireBatch>>
    /** Ends a batch now, whatever its plan, all requests processed; a defect when there is no such batch. */
    readonly endBatch: (id: string) => Effect.Effect<WireBatch>
    /** Archives the results of a batch now; a defect when there is no such batch. */
    readonly archiveBatch: (id: string) => Effect.Effect<WireBatch>
    /** Deletes a batch now, whether or not it has ended; a defect when there is no such batch. */
    readonly deleteBatch: (id: string) => Effect.Effect<void>
    /** The files that are not deleted, newest first; those that have expired for less than 30 days among them. */
    readonly files: Effect.Effect<ReadonlyArray<WireFile>>
    /** Puts files in, as many as told or as described, and returns them in that order. */
    readonly seedFiles: (seeds: number | ReadonlyArray<FileSeed>) => Effect.Effect<ReadonlyArray<WireFile>>
    /** What was uploaded or put in; a defect when there is no such file. */
    readonly fileContent: (id: string) => Effect.Effect<FileContent>
  }
>()("effect-anthropic/testing/Emulator") {}
