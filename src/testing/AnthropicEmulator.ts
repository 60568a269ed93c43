/**
 * A stateful Anthropic API in memory, for testing programs that use it: batches advance with the `Clock`, models carry
 * capabilities, and faults can be scripted.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { batchEndpoints } from "./batches/endpoints.ts"
import { type BatchRequest, makeBatches, type Outcome, type Plan, viewBatch, type WireBatch } from "./batches/state.ts"
import type * as Fault from "./Fault.ts"
import { fileEndpoints } from "./files/endpoints.ts"
import { bytesOf, contentOf, isGone, makeFiles, viewFile, type WireFile } from "./files/state.ts"
import { messageEndpoints } from "./messages/endpoints.ts"
import type { Answer } from "./messages/inference.ts"
import { models as catalogue, type WireModel } from "./models/catalogue.ts"
import { makeModels, modelEndpoints } from "./models/endpoints.ts"
import { makeLedger, type PendingFault } from "./server/ledger.ts"
import type { OpenRecord, RequestRecord } from "./server/requestLog.ts"
import { makeServe } from "./server/server.ts"
import { inProcess, onSocket } from "./server/transports.ts"
import { serial } from "./server/wire.ts"

export type { BatchRequest, Outcome, Plan } from "./batches/state.ts"
export * as Fault from "./Fault.ts"
export type { Answer } from "./messages/inference.ts"
export { models } from "./models/catalogue.ts"
export { type PendingFault, UnconsumedFaultsError } from "./server/ledger.ts"
export type { RequestRecord } from "./server/requestLog.ts"

/**
 * A batch as the API writes it: timestamps are strings.
 *
 * @since 0.1.0
 */
export type Batch = WireBatch

/**
 * A model as the API writes it: timestamps are strings.
 *
 * @since 0.1.0
 */
export type Model = WireModel

/**
 * A file as the API writes it: timestamps are strings.
 *
 * @since 0.1.0
 */
export type File = WireFile

/**
 * How an emulator differs from its defaults.
 *
 * @since 0.1.0
 */
export interface Options {
  /** The credentials that are accepted; any that is not empty when absent. */
  readonly apiKeys?: ReadonlyArray<string> | undefined
  /** The models that exist; `models` when absent. An id that ends in a date is also known without it. */
  readonly models?: ReadonlyArray<Model> | undefined
  /** Values of `anthropic-beta` to accept beside those that are known. */
  readonly betas?: ReadonlyArray<string> | undefined
  /** How batches advance; a function is asked for each batch, with its requests and its number from 0. */
  readonly plan?: Plan | ((requests: ReadonlyArray<BatchRequest>, index: number) => Plan) | undefined
  /**
   * What becomes of a request that is processed, asked once for each when its batch ends; `index` is its place in the
   * batch. `undefined` leaves it to the emulator: `errored` when the parameters are wrong, else an echo.
   */
  readonly outcome?: ((request: BatchRequest, index: number) => Outcome | undefined) | undefined
  /**
   * What is answered to a message, asked for each with its number from 0: a text, or fields of the answer. `undefined`
   * leaves it to the emulator: a call of the tool whose name is in the text or that is chosen, JSON of the schema that is
   * asked for, else an echo.
   */
  readonly answer?: ((params: { readonly [name: string]: unknown }, index: number) => Answer | undefined) | undefined
  /** How long a stream waits before each event, on the `Clock`; not at all when absent. */
  readonly pace?: Duration.Input | undefined
  /** The order of result lines: another one on each download (the default), or as the requests were sent. */
  readonly resultsOrder?: "shuffled" | "asSent" | undefined
  /** The length of a page when the request has no `limit`; 20 when absent. */
  readonly pageSizeDefault?: number | undefined
  /** The most requests that one batch takes; 100 000 when absent. */
  readonly maxBatchRequests?: number | undefined
  /** The most bytes that one request body may have; 256 000 000 when absent. */
  readonly maxBodyBytes?: number | undefined
  /** The most bytes that one file may have; 500 000 000 when absent. */
  readonly maxFileBytes?: number | undefined
  /** The most bytes that all files may have together; 10^12 when absent. */
  readonly storageQuotaBytes?: number | undefined
  /** Of a larger upload only the hash is kept, and it cannot be downloaded; 64 MiB when absent. */
  readonly keepFileBytes?: number | undefined
  /** Whether what is uploaded can be downloaded, which the API refuses; false when absent. */
  readonly uploadsDownloadable?: boolean | undefined
  /** What a `results_url` begins with; when absent, the origin that the request was sent to. */
  readonly baseUrl?: string | undefined
}

/**
 * A batch to put into the emulator: its requests (or how many), and how it advances from now on. It has ended at once
 * unless `endsAfter` says otherwise.
 *
 * @since 0.1.0
 */
export interface Seed extends Plan {
  readonly requests?: ReadonlyArray<{ readonly custom_id: string; readonly params: object }> | number | undefined
}

/**
 * A file to put into the emulator, as a tool would have made it.
 *
 * @since 0.1.0
 */
export interface FileSeed {
  /** `generated-1.txt` and so on when absent. */
  readonly filename?: string | undefined
  /** `text/plain` when absent. */
  readonly mimeType?: string | undefined
  /** Text, bytes, or that many bytes, made when they are downloaded; a short text when absent. */
  readonly content?: string | Uint8Array | number | undefined
  /** True when absent. */
  readonly downloadable?: boolean | undefined
  /** For ever when absent. */
  readonly expiresIn?: Duration.Input | undefined
}

/**
 * The bytes of a file: how many, their SHA-256 in hexadecimal digits, and all of them, which is a defect when they were too
 * many to keep.
 *
 * @since 0.1.0
 */
export interface FileContent {
  readonly size: number
  readonly sha256: string
  readonly bytes: Effect.Effect<Uint8Array>
}

/**
 * What a test sees of an emulator and does to it.
 *
 * @since 0.1.0
 */
export class Emulator extends Context.Service<
  Emulator,
  {
    /** The requests so far, in the order of arrival. */
    readonly requests: Effect.Effect<ReadonlyArray<RequestRecord>>
    /** Scripts faults. Each request gets at most one: the first that matches and has uses left. */
    readonly fault: (...faults: ReadonlyArray<Fault.Fault>) => Effect.Effect<void>
    /** The faults with uses left; those that are left when the layer closes fail the test. */
    readonly pendingFaults: Effect.Effect<ReadonlyArray<PendingFault>>
    /** Takes back every fault that has not happened. */
    readonly clearFaults: Effect.Effect<void>
    /** The batches that are not deleted, newest first. */
    readonly batches: Effect.Effect<ReadonlyArray<Batch>>
    /** The requests that a batch was created with, as they were sent; a defect when there is no such batch. */
    readonly batchRequests: (id: string) => Effect.Effect<ReadonlyArray<BatchRequest>>
    /** Puts batches in, as many as told or as described, and gives them oldest first. */
    readonly seedBatches: (seeds: number | ReadonlyArray<Seed>) => Effect.Effect<ReadonlyArray<Batch>>
    /** Ends a batch now, whatever its plan, all requests processed; a defect when there is no such batch. */
    readonly endBatch: (id: string) => Effect.Effect<Batch>
    /** The files that are not deleted, newest first; those that have expired for less than 30 days among them. */
    readonly files: Effect.Effect<ReadonlyArray<File>>
    /** Puts files in, as many as told or as described, and gives them oldest first. */
    readonly seedFiles: (seeds: number | ReadonlyArray<FileSeed>) => Effect.Effect<ReadonlyArray<File>>
    /** What was uploaded or put in; a defect when there is no such file. */
    readonly fileContent: (id: string) => Effect.Effect<FileContent>
  }
>()("effect-anthropic/testing/Emulator") {}

const defaultBaseUrl = "https://api.anthropic.com"

const seedRequests = (requests: NonNullable<Seed["requests"]>): ReadonlyArray<BatchRequest> =>
  typeof requests === "number"
    ? Array.from({ length: requests }, (_, index) => ({
        custom_id: serial("seed-", index + 1, 6),
        params: {
          model: "claude-haiku-5-5",
          max_tokens: 1024,
          messages: [{ role: "user", content: `Seeded request ${index + 1}` }]
        }
      }))
    : requests.map(({ custom_id, params }) => ({ custom_id, params: { ...params } }))

const make = Effect.fnUntraced(function* (options: Options) {
  const models = makeModels(options.models ?? catalogue)
  const pageSizeDefault = options.pageSizeDefault ?? 20
  const baseUrl = options.baseUrl ?? defaultBaseUrl
  const ledger = makeLedger()
  const log: Array<OpenRecord> = []
  const batches = makeBatches({
    models,
    plan: options.plan ?? {},
    outcome: options.outcome ?? (() => undefined),
    resultsOrder: options.resultsOrder ?? "shuffled"
  })
  const files = makeFiles({
    maxFileBytes: options.maxFileBytes ?? 500_000_000,
    storageQuotaBytes: options.storageQuotaBytes ?? 10 ** 12,
    uploadsDownloadable: options.uploadsDownloadable ?? false
  })
  const serve = yield* makeServe({
    endpoints: [
      ...modelEndpoints(models, pageSizeDefault),
      ...messageEndpoints(models, { answer: options.answer, pace: options.pace }),
      ...batchEndpoints(batches, {
        pageSizeDefault,
        maxRequests: options.maxBatchRequests ?? 100_000,
        baseUrl: options.baseUrl
      }),
      ...fileEndpoints(files, pageSizeDefault)
    ],
    ledger,
    log,
    apiKeys: options.apiKeys,
    betas: options.betas ?? [],
    maxBodyBytes: options.maxBodyBytes ?? 256_000_000,
    keepFileBytes: options.keepFileBytes ?? 64 * 1024 * 1024
  })

  const withBatch = Effect.fnUntraced(function* (id: string) {
    const now = yield* Clock.currentTimeMillis
    const batch = batches.find(id, now)
    return batch === undefined ? yield* Effect.die(new Error(`The emulator has no batch ${id}`)) : { batch, now }
  })

  yield* Effect.addFinalizer((exit) => {
    const unconsumed = ledger.settle()
    return unconsumed !== undefined && Exit.isSuccess(exit) ? Effect.die(unconsumed) : Effect.void
  })

  const emulator = Emulator.of({
    requests: Effect.sync(() => log.map((record) => ({ ...record }))),
    fault: (...faults) => Effect.sync(() => ledger.add(faults)),
    pendingFaults: Effect.sync(ledger.pending),
    clearFaults: Effect.sync(ledger.clear),
    batches: Effect.map(Clock.currentTimeMillis, (now) =>
      batches
        .list(now)
        .filter((batch) => !batch.isDeleted)
        .map((batch) => viewBatch(batch, now, baseUrl))
    ),
    batchRequests: (id) => Effect.map(withBatch(id), ({ batch }) => batch.requests),
    seedBatches: (seeds) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const described: ReadonlyArray<Seed> =
          typeof seeds === "number" ? Array.from({ length: seeds }, () => ({})) : seeds
        return described.map(({ requests = 1, ...plan }) => {
          const batch = batches.create(seedRequests(requests), now, { endsAfter: 0, ...plan })
          return viewBatch(batches.find(batch.id, now) ?? batch, now, baseUrl)
        })
      }),
    endBatch: (id) =>
      Effect.map(withBatch(id), ({ batch, now }) => {
        if (batch.ended === undefined) batches.end(batch, now)
        return viewBatch(batch, now, baseUrl)
      }),
    files: Effect.map(Clock.currentTimeMillis, (now) =>
      files
        .all()
        .filter((file) => !isGone(file, now))
        .map(viewFile)
    ),
    seedFiles: (seeds) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const described: ReadonlyArray<FileSeed> =
          typeof seeds === "number" ? Array.from({ length: seeds }, () => ({})) : seeds
        return described.map((seed) => {
          const number = files.all().length + 1
          return viewFile(
            files.add({
              filename: seed.filename ?? `generated-${number}.txt`,
              mimeType: seed.mimeType ?? "text/plain",
              content: contentOf(seed.content ?? `Generated file ${number}`),
              downloadable: seed.downloadable ?? true,
              createdAt: now,
              expiresAt: seed.expiresIn === undefined ? undefined : now + Duration.toMillis(seed.expiresIn)
            })
          )
        })
      }),
    fileContent: Effect.fnUntraced(function* (id) {
      const file = files.find(id, yield* Clock.currentTimeMillis)
      if (file === undefined) return yield* Effect.die(new Error(`The emulator has no file ${id}`))
      const { content } = file
      return {
        size: content.size,
        sha256: content.sha256(),
        bytes: Effect.orDie(Stream.mkUint8Array(bytesOf(content)))
      }
    })
  })
  return { emulator, serve }
})

/**
 * The emulator in place of a network: the `HttpClient` answers in the fiber that asks, with that fiber's `Clock`, so
 * that `TestClock` drives a batch through its 24 hours.
 *
 * **What the emulator decides on its own.** The API's documentation is silent or vague on these points, and a program
 * should not depend on them:
 *
 * - credentials come first, then the version, the betas, the path (404) and the method (405, an
 *   `invalid_request_error`); unknown query parameters and body fields are accepted
 * - a body over `maxBodyBytes` is read to its end, then answered 413 in JSON; "256 MB" means 256 000 000 bytes
 * - there is one workspace; the header `anthropic-workspace-id` is echoed and separates nothing
 * - rate-limit headers are on every answer, always the same, and nothing is ever limited
 * - a cursor of a deleted batch stays valid; an unknown one is a 400
 * - requests of a batch are processed in order and evenly over the plan's `endsAfter`; a cancelled batch processes
 *   nothing more; cancelling a second time changes nothing; cancelling an ended batch and deleting one that has not
 *   ended are 400s
 * - a batch that is cancelled and would outlast its 24 hours expires
 * - results are a 400 before the end, and a 404 once the batch is deleted or, after 29 days, archived; they come in
 *   pieces of 16 KiB without `content-length`, in another order on each download
 * - answers echo the last user text; a tool of the request is called when its name is in that text, and its input, like
 *   the JSON of a schema, is the simplest that the schema allows; thinking says how long the text is
 * - a stream sends text in pieces of 12 characters, with one `ping` after the first event
 * - four characters are a token; parameters are checked for `model`, `max_tokens`,
 *   `messages` and sampling only, and neither betas nor the version matter to them
 * - timestamps of a batch end in its number modulo 1000, in microseconds
 * - a `results_url` is on the origin that the request was sent to
 * - a file's bytes are counted over `maxFileBytes` when all of them have come; "500 MB" means 500 000 000 bytes
 * - a part that says `application/octet-stream` has no type of its own: the name tells it, then the first bytes
 * - the names of parts are decoded as the HTML standard encodes them, before what is forbidden is looked for
 * - files that have expired do not count against the quota, and are gone after 30 more days; `ids[]` lists them still
 * - an upload made with `anthropic-beta: files-api-2025-04-14` has no `expires_at` in its answers to that header
 *
 * **Faults in process.** A broken connection is an `HttpClientError`: a `TransportError` before the headers, and as
 * under fetch a `DecodeError` of the body after them; the `cause` has the code `ECONNRESET`. A gzip body is delivered
 * decoded.
 *
 * When the layer closes with faults that did not happen, and the program succeeded, it dies with an
 * `UnconsumedFaultsError`, so that the test fails.
 *
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<HttpClient.HttpClient | Emulator> =>
  Layer.effectContext(
    Effect.map(make(options), ({ emulator, serve }) =>
      Context.make(Emulator, emulator).pipe(Context.add(HttpClient.HttpClient, inProcess(serve)))
    )
  )

/**
 * The emulator on a real socket, on the live clock: the same routes, state and faults as `layer`.
 *
 * Give batches a `plan` of milliseconds. A broken connection is the server's socket being destroyed, and a gzip body
 * is sent compressed. On a server that does not show its socket, a break before the headers comes just after them.
 *
 * @since 0.1.0
 */
export const serve = (options: Options = {}): Layer.Layer<Emulator, never, HttpServer.HttpServer> =>
  Layer.unwrap(
    Effect.map(make(options), ({ emulator, serve }) => Layer.merge(Layer.succeed(Emulator, emulator), onSocket(serve)))
  )
