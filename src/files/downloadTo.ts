// Downloads a file to disk: completely, or not at all.
import * as Bytes from "effect/Bytes"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as PlatformError from "effect/PlatformError"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { currentSettings } from "../Anthropic.ts"
import type { FileSizeMismatchError, StreamInterruptedError } from "../AnthropicError.ts"
import type { IdOf } from "../http/path.ts"
import { type SourceFailure, schedule } from "../http/retry.ts"
import type { FileMetadata } from "../schema/File.ts"
import { type DownloadError, download } from "./content.ts"
import { isMetadata, retrieve } from "./metadata.ts"
import { counted, type OnProgress } from "./progress.ts"
import { find, type IfExists, modeOf, publish, type Target } from "./target.ts"

/**
 * Options of `downloadTo`.
 *
 * @category options
 * @since 0.1.0
 */
export interface DownloadToOptions {
  /** Called with the progress after every chunk that is written. When a download starts again, it begins again at 0. */
  readonly onProgress?: OnProgress | undefined
  /**
   * What happens to a file that exists already. `fail` needs a file system with hard links. Default: `replace`.
   */
  readonly ifExists?: IfExists | undefined
}

/** Opens a new file beside the target. It is removed with `scope`, and its handle is closed with the current one. */
const openBeside = Effect.fnUntraced(function* (target: Target, scope: Scope.Scope) {
  const fileSystem = yield* FileSystem.FileSystem
  // Not the name of the target with a suffix, which could be too long.
  const directory = target.path.replace(/[^/\\]*$/, "")
  const mode = target.existing === undefined ? undefined : modeOf(target.existing)
  const open = (attempt: number): ReturnType<typeof openAt> =>
    Effect.flatMap(Random.nextIntBetween(0, 2 ** 48), (suffix) =>
      Effect.catchIf(
        openAt(`${directory}.${suffix.toString(36)}${attempt === 0 ? "" : `-${attempt}`}.part`),
        (error) => error.reason._tag === "AlreadyExists" && attempt < 9,
        () => open(attempt + 1)
      )
    )
  const openAt = (path: string) =>
    Effect.uninterruptible(
      // Exclusively, so that nothing that exists is written to and no link is followed.
      Effect.flatMap(fileSystem.open(path, { flag: "wx", mode }), (file) =>
        Effect.as(Scope.addFinalizer(scope, Effect.ignore(fileSystem.remove(path, { force: true }))), { path, file })
      )
    )
  return yield* open(0)
})

/** Writes the bytes to a file beside the target and returns its path. */
const write = Effect.fnUntraced(function* <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  target: Target,
  scope: Scope.Scope,
  options: { readonly size: number; readonly onProgress: OnProgress | undefined }
) {
  const { file, path } = yield* openBeside(target, scope)
  // Up to 8 chunks that arrive while others are written are then written together.
  const joined = Stream.mapArray(Stream.buffer(bytes, { capacity: 8 }), (chunks) => [Bytes.concat(chunks)])
  // A write cannot be canceled. If the file was closed before it ended, it could write to another file with the same handle.
  const written = Stream.tap(joined, (bytes) => Effect.uninterruptible(file.writeAll(bytes)))
  yield* Stream.runDrain(counted(written, options.size, options.onProgress))
  // Otherwise a crash after the rename could leave an empty file.
  yield* Effect.uninterruptible(file.sync)
  return path
}, Effect.scoped)

type Late = StreamInterruptedError | FileSizeMismatchError
type AttemptError = DownloadError | PlatformError.PlatformError

/** Only failures after the headers are repeated here. A call that could not be opened was repeated by the transport. */
const toFailure = (
  error: AttemptError
): { readonly fate: "final"; readonly error: Late } | SourceFailure<AttemptError> =>
  error._tag === "StreamInterruptedError" || error._tag === "FileSizeMismatchError"
    ? { fate: "final", error }
    : { fate: "source", error }

/**
 * Downloads a file to a path, completely or not at all, and returns its metadata.
 *
 * The content is written beside the target under a temporary name, checked against `size_bytes`, flushed and renamed. On
 * failure or interruption the temporary file is removed, and the path is unchanged. A download that is cut off or has the
 * wrong size starts again, as often as the settings allow retries.
 *
 * A symbolic link stays, and the file that it leads to is replaced. A file that is replaced keeps its mode, except
 * `setuid` and `setgid`, and its owner where the system allows it. Its other hard links keep the old content.
 *
 * Fails with `PlatformError` before anything is downloaded when the path leads to a directory, a FIFO, a socket or a device.
 * It fails likewise for a file that cannot be written to, and for a symbolic link to nothing. Use `download` there.
 *
 * @example
 * import * as Files from "effect-anthropic/Files"
 *
 * const program = Files.downloadTo("file_011CNha8iCJcU1wXNR6q4V8w", "chart.png", { ifExists: "fail" })
 *
 * @category operations
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
  const { ifExists = "replace", onProgress } = options
  const settings = yield* currentSettings
  yield* find(path, ifExists)
  const metadata = isMetadata(file) ? file : yield* retrieve(file)
  const attempt = Effect.gen(function* () {
    const target = yield* find(path, ifExists)
    const scope = yield* Effect.scope
    const temporary = yield* write(download(metadata), target, scope, { size: metadata.size_bytes, onProgress })
    yield* Effect.uninterruptible(publish(temporary, path, target, ifExists))
  }).pipe(Effect.scoped, Effect.mapError(toFailure))
  yield* Effect.mapError(Effect.retry(attempt, schedule("idempotent", settings.retry)), ({ error }) => error)
  return metadata
})
