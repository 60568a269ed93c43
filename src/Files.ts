/**
 * Files: https://platform.claude.com/docs/en/build-with-claude/files. Upload with progress, list, use in messages,
 * download, clean up. Every key of a workspace can use every file of it.
 *
 * The API has no purpose or folder of a file: filter a listing by `filename` or `mime_type` instead.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as PlatformError from "effect/PlatformError"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Settings } from "./Anthropic.ts"
import {
  ContentBlockError,
  FileExpiredError,
  FileNotDownloadableError,
  type FileSizeMismatchError,
  type IndeterminateError,
  type RequestError,
  type SourceChangedError,
  StorageQuotaExceededError,
  type StreamInterruptedError
} from "./AnthropicError.ts"
import type { FileSource } from "./FileSource.ts"
import * as internalDownload from "./files/download.ts"
import type { Progress } from "./files/progress.ts"
import { prepare } from "./files/upload.ts"
import type { CodeClasses } from "./http/errors.ts"
import { type IdOf, idOf } from "./http/path.ts"
import { refuse } from "./http/refuse.ts"
import * as transport from "./http/transport.ts"
import * as Pagination from "./Pagination.ts"
import { DeletedFile, FileMetadata } from "./schema/File.ts"
import type { ContainerUploadBlockParam, DocumentBlockParam, ImageBlockParam } from "./schema/MessageParams.ts"

export type { Progress } from "./files/progress.ts"
export {
  /**
   * @since 0.1.0
   */
  DeletedFile,
  /**
   * A file: its name, media type, size in bytes and life. Timestamps are `DateTime.Utc`; fields that this version does not
   * know are kept.
   *
   * @since 0.1.0
   */
  FileMetadata
} from "./schema/File.ts"

const root = ["files"] as const

/** With this beta the API answers in the shapes of 2025, which this module does not read. */
const oldBeta = "files-api-2025-04-14"

const betasOf = (settings: Settings): ReadonlyArray<string> => [
  ...settings.betas,
  ...Object.entries(settings.headers).flatMap(([name, value]) =>
    name.toLowerCase() === "anthropic-beta" ? value.split(",").map((beta) => beta.trim()) : []
  )
]

const refuseOldBeta = (operation: string) =>
  Effect.flatMap(Settings, (settings) =>
    betasOf(settings).includes(oldBeta)
      ? Effect.fail(refuse(operation, "betas", `${oldBeta} switches back to the shapes of 2025: leave it out`))
      : Effect.void
  )

/**
 * @since 0.1.0
 */
export interface UploadOptions {
  /** The file deletes itself after this time: whole seconds from 1 hour to 90 days. For ever when left out. */
  readonly expiresIn?: Duration.Input | undefined
  /** Hears of every chunk that is handed to the transport; a repeated upload starts again at 0. */
  readonly onProgress?: ((progress: Progress) => Effect.Effect<unknown>) | undefined
}

/**
 * What `upload` can fail with, beside what its source fails with.
 *
 * @since 0.1.0
 */
export type UploadError = RequestError | StorageQuotaExceededError | IndeterminateError | SourceChangedError

/**
 * Uploads a file (`POST /v1/files`) and gives its metadata.
 *
 * The file is streamed: memory does not grow with its size. Its media type is the caller's, else that of its name, else
 * that of its first bytes; when none tells, the API decides. Refused before anything is sent: a lifetime out of range,
 * more than 500 MB, a name of more than 255 characters or with one of `< > : " | ? *` or a control character.
 *
 * A file is never uploaded twice behind your back: the call is repeated only where it is sure that nothing was created,
 * and fails with `IndeterminateError` where that is not known.
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
 * @since 0.1.0
 */
export const upload = <E, R>(
  source: FileSource<E, R>,
  options: UploadOptions = {}
): Effect.Effect<FileMetadata, UploadError | E, HttpClient.HttpClient | R> => {
  const name = "Files.upload"
  const sent = Effect.gen(function* () {
    yield* refuseOldBeta(name)
    const body = yield* prepare(name, source, {
      expiresIn: options.expiresIn,
      onProgress: options.onProgress
    })
    const codes = { storage_quota_exceeded: StorageQuotaExceededError }
    return yield* transport.create({ name, kind: "creating", method: "POST", path: root, body, codes }, FileMetadata)
  }).pipe(Effect.scoped, Effect.withSpan(name))
  return source.isRepeatable
    ? sent
    : Effect.updateService(sent, Settings, (settings) => ({
        ...settings,
        retry: { ...settings.retry, maxRetries: 0 }
      }))
}

/**
 * What happens during an upload: progress, and at the end the file.
 *
 * @since 0.1.0
 */
export type UploadEvent =
  | ({ readonly _tag: "Progress" } & Progress)
  | { readonly _tag: "Uploaded"; readonly file: FileMetadata }

/**
 * Uploads a file as `upload` does, as a stream for user interfaces. It ends with `Uploaded`; stopping it stops the upload.
 *
 * @since 0.1.0
 */
export const uploadEvents = <E, R>(
  source: FileSource<E, R>,
  options: Omit<UploadOptions, "onProgress"> = {}
): Stream.Stream<UploadEvent, UploadError | E, HttpClient.HttpClient | R> =>
  Stream.callback<UploadEvent, UploadError | E, HttpClient.HttpClient | R>((queue) =>
    upload(source, {
      ...options,
      onProgress: (progress) => Queue.offer(queue, { _tag: "Progress", ...progress })
    }).pipe(
      Effect.flatMap((file) => Queue.offer(queue, { _tag: "Uploaded", file })),
      Effect.andThen(Queue.end(queue)),
      Effect.catch((error) => Queue.fail(queue, error))
    )
  )

/**
 * Uploads a file that is deleted when the scope closes.
 *
 * A failure to delete is logged as a warning; it does not fail the scope. Give `expiresIn` as well for the file that a
 * crash leaves behind.
 *
 * @since 0.1.0
 */
export const uploadScoped = <E, R>(
  source: FileSource<E, R>,
  options: UploadOptions = {}
): Effect.Effect<FileMetadata, UploadError | E, HttpClient.HttpClient | R | Scope.Scope> =>
  Effect.acquireRelease(
    upload(source, options),
    (file) =>
      Effect.catch(delete_(file), (error) =>
        error._tag === "NotFoundError"
          ? Effect.void
          : Effect.logWarning(`file ${file.id} could not be deleted: ${error.message}`)
      ),
    { interruptible: true }
  )

/**
 * Which files to list, and how: the newest first, or the files of up to 100 `ids`, of which unknown ones are silently left
 * out by the API. `ids` goes without `cursor` and `pageSize`.
 *
 * @since 0.1.0
 */
export interface ListOptions {
  readonly pageSize?: number | undefined
  readonly cursor?: string | undefined
  readonly ids?: ReadonlyArray<string> | undefined
}

/**
 * @since 0.1.0
 */
export type ListError = Pagination.ListError

/**
 * One page of the workspace's files, newest first.
 *
 * @since 0.1.0
 */
export const listPage = Effect.fn("Files.listPage")(function* (
  options: ListOptions = {}
): Effect.fn.Return<Pagination.Page<FileMetadata>, ListError, HttpClient.HttpClient> {
  const name = "Files.list"
  yield* refuseOldBeta(name)
  const refuseIds = (description: string) => refuse(name, "ids", description)
  const ids = options.ids === undefined ? undefined : [...new Set(options.ids)]
  if (ids !== undefined) {
    if (options.cursor !== undefined || options.pageSize !== undefined) {
      return yield* refuseIds("they go without cursor and pageSize")
    }
    if (ids.length > 100) return yield* refuseIds(`${ids.length} are more than 100`)
    if (ids.length === 0) return { data: [], cursor: undefined, next: undefined }
  }
  const query = (ids ?? []).map((id) => ["ids[]", id] as const)
  return yield* Pagination.cursorPage({ name, path: root, item: FileMetadata, query }, options)
})

/**
 * The pages of the listing, fetched as they are pulled.
 *
 * @since 0.1.0
 */
export const listPages = (
  options: ListOptions = {}
): Stream.Stream<Pagination.Page<FileMetadata>, ListError, HttpClient.HttpClient> =>
  Pagination.paginate((cursor) => listPage({ ...options, cursor }), options)

/**
 * The workspace's files, newest first. Expired files stay listed for up to 30 days.
 *
 * @example
 * import * as Files from "effect-anthropic/Files"
 * import * as Stream from "effect/Stream"
 *
 * const reports = Files.list().pipe(Stream.filter((file) => file.filename.startsWith("report-")))
 *
 * @since 0.1.0
 */
export const list = (options: ListOptions = {}): Stream.Stream<FileMetadata, ListError, HttpClient.HttpClient> =>
  Pagination.items(listPages(options))

/**
 * @since 0.1.0
 */
export type RetrieveError = RequestError

/**
 * The metadata of a file.
 *
 * @since 0.1.0
 */
export const retrieve = Effect.fn("Files.retrieve")(function* (
  file: IdOf
): Effect.fn.Return<FileMetadata, RetrieveError, HttpClient.HttpClient> {
  const name = "Files.retrieve"
  yield* refuseOldBeta(name)
  return yield* transport.request(
    { name, kind: "idempotent", method: "GET", path: [...root, idOf(file)] },
    FileMetadata
  )
})

/**
 * @since 0.1.0
 */
export type DeleteError = RequestError

const delete_ = Effect.fn("Files.delete")(function* (
  file: IdOf
): Effect.fn.Return<DeletedFile, DeleteError, HttpClient.HttpClient> {
  return yield* transport.request(
    { name: "Files.delete", kind: "idempotent", method: "DELETE", path: [...root, idOf(file)] },
    DeletedFile
  )
})

export {
  /**
   * Deletes a file for good. Messages that are being answered may still use it for a while.
   *
   * After a lost answer the call is repeated, and then may fail with `NotFoundError` though the deletion was carried out.
   *
   * @since 0.1.0
   */
  delete_ as delete
}

/**
 * Deletes every file that a predicate picks, and tells of each whether it was deleted.
 *
 * The files are picked before the first is deleted, so that deletions do not shift the pages of the listing; a file that is
 * gone by then counts as deleted.
 *
 * @since 0.1.0
 */
export const deleteWhere = (
  predicate: (file: FileMetadata) => boolean,
  options: { readonly concurrency?: number | undefined } = {}
): Stream.Stream<
  { readonly file: FileMetadata; readonly result: Result.Result<void, DeleteError> },
  ListError,
  HttpClient.HttpClient
> =>
  Stream.unwrap(
    Effect.map(Stream.runCollect(Stream.filter(list({ pageSize: 1000 }), predicate)), (files) =>
      Stream.mapEffect(
        Stream.fromIterable(files),
        (file) =>
          Effect.map(Effect.result(delete_(file)), (result) => ({
            file,
            result:
              Result.isFailure(result) && result.failure._tag !== "NotFoundError"
                ? Result.fail(result.failure)
                : Result.succeed(undefined)
          })),
        { concurrency: options.concurrency ?? 4 }
      )
    )
  )

/**
 * Files that count together.
 *
 * @since 0.1.0
 */
export interface UsageTotal {
  readonly count: number
  readonly bytes: number
}

/**
 * What is stored in the workspace. Expired files, which no longer count against the quota, are told apart.
 *
 * @since 0.1.0
 */
export interface Usage extends UsageTotal {
  readonly byMediaType: ReadonlyMap<string, UsageTotal>
  readonly expired: UsageTotal
  /** The file that expires next, if any does. */
  readonly nextToExpire: FileMetadata | undefined
}

/**
 * Counts the workspace's files over the whole listing, in memory that does not grow with their number.
 *
 * The quota itself (1 TB for each organization, all its workspaces together) cannot be asked for.
 *
 * @since 0.1.0
 */
export const usage: Effect.Effect<Usage, ListError, HttpClient.HttpClient> = Effect.gen(function* () {
  const now = yield* DateTime.now
  const add = (total: UsageTotal, file: FileMetadata): UsageTotal => ({
    count: total.count + 1,
    bytes: total.bytes + file.size_bytes
  })
  const none: UsageTotal = { count: 0, bytes: 0 }
  let total = none
  let expired = none
  let nextToExpire: FileMetadata | undefined
  const byMediaType = new Map<string, UsageTotal>()
  yield* Stream.runForEach(list({ pageSize: 1000 }), (file) =>
    Effect.sync(() => {
      const expiresAt = file.expires_at ?? undefined
      if (expiresAt !== undefined && DateTime.isLessThanOrEqualTo(expiresAt, now)) {
        expired = add(expired, file)
        return
      }
      total = add(total, file)
      byMediaType.set(file.mime_type, add(byMediaType.get(file.mime_type) ?? none, file))
      const next = nextToExpire?.expires_at ?? undefined
      if (expiresAt !== undefined && (next === undefined || DateTime.isLessThan(expiresAt, next))) nextToExpire = file
    })
  )
  return { ...total, byMediaType, expired, nextToExpire }
}).pipe(Effect.withSpan("Files.usage"))

/**
 * What `download` can fail with.
 *
 * @since 0.1.0
 */
export type DownloadError =
  | RequestError
  | FileNotDownloadableError
  | FileExpiredError
  | FileSizeMismatchError
  | StreamInterruptedError

const downloadCodes: CodeClasses<FileNotDownloadableError | FileExpiredError> = {
  file_not_downloadable: FileNotDownloadableError,
  file_expired: FileExpiredError
}

const isMetadata = (file: IdOf | FileMetadata): file is FileMetadata => typeof file === "object" && "size_bytes" in file

const content = (file: IdOf) =>
  transport.open({
    name: "Files.download",
    kind: "idempotent",
    method: "GET",
    path: [...root, idOf(file), "content"],
    accept: "application/binary",
    acceptEncoding: "identity",
    codes: downloadCodes
  })

/**
 * The bytes of a file. Only files that tools generated (`downloadable: true`) can be downloaded.
 *
 * What was delivered cannot be taken back, so a cut fails with `StreamInterruptedError`; `downloadTo` starts again instead.
 * Given the metadata, the number of bytes is checked against its size; given the id, against the length that the server
 * announces. The stored bytes are asked for as they are, without `content-encoding`; a server that encodes them all the same
 * makes the size be looked up, and a body of another size fails with `FileSizeMismatchError`.
 *
 * @since 0.1.0
 */
export const download = (file: IdOf | FileMetadata): Stream.Stream<Uint8Array, DownloadError, HttpClient.HttpClient> =>
  internalDownload.checked({
    fileId: idOf(file),
    open: content(file),
    size: isMetadata(file) ? file.size_bytes : undefined,
    lookup: Effect.map(retrieve(file), (metadata) => metadata.size_bytes)
  })

/**
 * @since 0.1.0
 */
export interface DownloadToOptions {
  /** Hears of every piece that was written; a download that starts again starts again at 0. */
  readonly onProgress?: ((progress: Progress) => Effect.Effect<unknown>) | undefined
  /**
   * Whether a file that is already there is replaced (when left out) or makes the download fail with `PlatformError`, which
   * takes a file system with hard links.
   */
  readonly ifExists?: "replace" | "fail" | undefined
}

/**
 * Downloads a file to a path, whole or not at all, and gives its metadata.
 *
 * It is written beside the target under a temporary name, checked against its size, and renamed at the end; on failure or
 * interruption nothing stays behind and what was at the path is untouched. A download that is cut off starts again.
 *
 * @since 0.1.0
 */
export const downloadTo = Effect.fn("Files.downloadTo")(function* (
  file: IdOf | FileMetadata,
  path: string,
  options: DownloadToOptions = {}
): Effect.fn.Return<
  FileMetadata,
  DownloadError | PlatformError.PlatformError,
  HttpClient.HttpClient | FileSystem.FileSystem
> {
  const metadata = isMetadata(file) ? file : yield* retrieve(file)
  yield* internalDownload.toPath({
    path,
    bytes: download(metadata),
    size: metadata.size_bytes,
    ifExists: options.ifExists ?? "replace",
    onProgress: options.onProgress
  })
  return metadata
})

/**
 * The kinds of block that a file can be in a message.
 *
 * @since 0.1.0
 */
export type FileBlock = DocumentBlockParam | ImageBlockParam | ContainerUploadBlockParam

const imageTypes = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"])

/** Which block the API takes a stored type as: https://platform.claude.com/docs/en/build-with-claude/files. */
const blockOf = (mimeType: string): FileBlock["type"] => {
  const type = mimeType.replace(/;.*/s, "").trim().toLowerCase()
  if (type === "application/pdf" || type === "text/plain") return "document"
  return imageTypes.has(type) ? "image" : "container_upload"
}

/**
 * The block that brings a file into a message: `document` for PDF and plain text, `image` for JPEG, PNG, GIF and WebP, and
 * `container_upload` (for the code execution tool) for everything else, which any file can be when asked for.
 *
 * Fails with `ContentBlockError` when the file cannot be the block that is asked for. A CSV or Markdown file can be read as
 * a document when it is uploaded as `text/plain`.
 *
 * @since 0.1.0
 */
export const contentBlock = (
  file: FileMetadata,
  as: FileBlock["type"] = blockOf(file.mime_type)
): Result.Result<FileBlock, ContentBlockError> => {
  if (as === "container_upload") return Result.succeed({ type: as, file_id: file.id })
  if (as !== blockOf(file.mime_type)) {
    return Result.fail(new ContentBlockError({ fileId: file.id, mimeType: file.mime_type, block: as }))
  }
  return Result.succeed({ type: as, source: { type: "file", file_id: file.id } })
}
