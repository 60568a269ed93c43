// Uploads a file: at once, as a stream of events, or for as long as a scope is open.
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { IndeterminateError, RequestError, SourceChangedError, StorageQuotaExceededError } from "../AnthropicError.ts"
import * as Endpoint from "../Endpoint.ts"
import type { FileSource } from "../FileSource.ts"
import { FileMetadata } from "../schema/File.ts"
import { refusedBetas } from "./betas.ts"
import { delete as delete_ } from "./metadata.ts"
import type { OnProgress, Progress } from "./progress.ts"
import * as uploadBody from "./uploadBody.ts"

/**
 * Options of an upload.
 *
 * @category options
 * @since 0.1.0
 */
export interface UploadOptions {
  /** The API deletes the file after this time: whole seconds from 1 hour to 90 days. Default: never. */
  readonly expiresIn?: Duration.Input | undefined
  /** Called with the progress after every chunk that is sent. A repeated upload starts again at 0. */
  readonly onProgress?: OnProgress | undefined
}

/**
 * What `upload` can fail with, beside the errors of its source.
 *
 * @category errors
 * @since 0.1.0
 */
export type UploadError = RequestError | StorageQuotaExceededError | IndeterminateError | SourceChangedError

/**
 * The schema of what `upload` can fail with.
 *
 * @category schemas
 * @since 0.1.0
 */
export const UploadError: Schema.Codec<UploadError, unknown> = Schema.Union([
  RequestError,
  StorageQuotaExceededError,
  IndeterminateError,
  SourceChangedError
])

/**
 * Uploads a file and returns its metadata (`POST /v1/files`).
 *
 * The file is streamed: memory does not grow with its size.
 *
 * Fails with `RequestRefusedError` before anything is sent when the lifetime is out of range, or the file has more than 500
 * MB. It fails likewise when the name has more than 255 characters, a control character, or one of `< > : " | ? *`.
 *
 * The media type is the caller's, if given. Otherwise it is found from the first bytes, then from the name. Bytes that show
 * a PDF, an image or an archive take precedence over the name. Source code and other text that the API only reads as text is
 * sent as `text/plain`. Office files are sent with the type of their name. If nothing gives a type, the API decides.
 *
 * The call is repeated only if surely no file was created. If that is unknown, it fails with `IndeterminateError`, so that a
 * file is never uploaded twice.
 *
 * @example
 * import * as FileSource from "effect-anthropic/FileSource"
 * import * as Files from "effect-anthropic/Files"
 * import * as Effect from "effect/Effect"
 *
 * const program = Files.upload(FileSource.fromPath("report.pdf"), {
 *   expiresIn: "1 day",
 *   onProgress: ({ loaded, total }) => Effect.log(`${loaded} of ${total} bytes`)
 * })
 *
 * @category operations
 * @since 0.1.0
 */
export const upload = <E, R>(
  source: FileSource<E, R>,
  options: UploadOptions = {}
): Effect.Effect<FileMetadata, UploadError | E, HttpClient.HttpClient | R> => {
  const send = (isSized: boolean) =>
    Endpoint.request({
      name: "Files.upload",
      method: "POST",
      kind: "creating",
      path: ["files"],
      refusedBetas,
      body: (name) => uploadBody.make(name, source, { ...options, isSized }),
      codes: { storage_quota_exceeded: StorageQuotaExceededError },
      response: FileMetadata
    }).pipe(Effect.scoped)
  const hasGrown = (error: unknown): error is SourceChangedError =>
    source.growth === "follow" &&
    source.isRepeatable &&
    error instanceof SourceChangedError &&
    error.received > error.expected
  // The body ended too early, so surely no file was created.
  return Effect.catchIf(send(true), hasGrown, () => send(false))
}

/**
 * What happens during an upload: progress, and the file at the end.
 *
 * @category models
 * @since 0.1.0
 */
export type UploadEvent =
  | ({ readonly _tag: "Progress" } & Progress)
  | { readonly _tag: "Uploaded"; readonly file: FileMetadata }

/** How many events may wait for their reader. */
const waitingEvents = 16

/**
 * Uploads a file as `upload` does, and returns a stream of events for user interfaces.
 *
 * The last event is `Uploaded`. An interrupted stream interrupts the upload. A slow reader slows the upload down: at most
 * 16 events wait for it.
 *
 * @category operations
 * @since 0.1.0
 */
export const uploadEvents = <E, R>(
  source: FileSource<E, R>,
  options: Omit<UploadOptions, "onProgress"> = {}
): Stream.Stream<UploadEvent, UploadError | E, HttpClient.HttpClient | R> =>
  Stream.callback<UploadEvent, UploadError | E, HttpClient.HttpClient | R>(
    (queue) =>
      upload(source, {
        ...options,
        onProgress: (progress) => Queue.offer(queue, { _tag: "Progress", ...progress })
      }).pipe(
        Effect.flatMap((file) => Queue.offer(queue, { _tag: "Uploaded", file })),
        Effect.andThen(Queue.end(queue))
      ),
    { bufferSize: waitingEvents, strategy: "suspend" }
  )

/** How long deleting may take, because a scope that closes waits for it. */
const deleteWithin = "30 seconds"

/**
 * Uploads a file and deletes it when the scope closes.
 *
 * A file that no longer exists by then is ignored. If deleting fails, or takes longer than 30 seconds, a warning is logged
 * and the scope closes normally. Use `expiresIn` as well, because a process that crashes leaves the file behind.
 *
 * @category operations
 * @since 0.1.0
 */
export const uploadScoped = <E, R>(
  source: FileSource<E, R>,
  options: UploadOptions = {}
): Effect.Effect<FileMetadata, UploadError | E, HttpClient.HttpClient | R | Scope.Scope> =>
  Effect.acquireRelease(
    upload(source, options),
    (file) => {
      const warn = (why: string) => Effect.logWarning(`file ${file.id} could not be deleted${why}`)
      return Effect.catch(delete_(file), (error) =>
        error._tag === "NotFoundError" ? Effect.void : warn(`: ${error.message}`)
      ).pipe(
        Effect.interruptible,
        Effect.timeoutOrElse({ duration: deleteWithin, orElse: () => warn(` within ${deleteWithin}`) })
      )
    },
    { interruptible: true }
  )
