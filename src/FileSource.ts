/**
 * Sources of an upload: bytes that can be opened again, so that a repeated upload sends the whole file.
 *
 * @since 0.1.0
 */
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as PlatformError from "effect/PlatformError"
import * as Stream from "effect/Stream"

/**
 * A file that is open for one reading.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenFile<out E = never> {
  /** In bytes; undefined when it is unknown. */
  readonly size: number | undefined
  readonly bytes: Stream.Stream<Uint8Array, E>
}

/**
 * What an upload does when a source has more bytes than its `size`:
 *
 * - `fail`: fails with `SourceChangedError`, and nothing is uploaded.
 * - `follow`: starts again without a `content-length`, and sends every byte up to the end of the file.
 * - `ignore`: sends the first `size` bytes.
 *
 * A source with fewer bytes than its `size` always fails with `SourceChangedError`.
 *
 * @category options
 * @since 0.1.0
 */
export type Growth = "fail" | "follow" | "ignore"

/**
 * Something to upload, with its name and media type.
 *
 * @category models
 * @since 0.1.0
 */
export interface FileSource<out E = never, out R = never> {
  /** The name. Only its last path component is sent. */
  readonly name: string | undefined
  /** The media type, for example `application/pdf`. */
  readonly type: string | undefined
  /**
   * Whether `type` is only a hint, such as the type of a `Blob`. A hint is used only if the first bytes and the name do not
   * give a more specific type. Default: false, `type` is sent unchanged.
   */
  readonly isTypeHint?: boolean | undefined
  /** Whether it can be opened more than once. If not, its upload is never repeated. */
  readonly isRepeatable: boolean
  /** Default: `fail`. */
  readonly growth?: Growth | undefined
  readonly open: Effect.Effect<OpenFile<E>, E, R>
}

/**
 * The name and media type of an upload.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options {
  /** Default: the name of the source, else `unnamed` with the usual extension of the type. */
  readonly name?: string | undefined
  /**
   * The media type, which decides what the API can use the file for. It is sent under its usual name (`image/jpg` as
   * `image/jpeg`). Default: found from the first bytes, then from the name. See `Files.upload`.
   */
  readonly type?: string | undefined
}

/**
 * Options of a file on disk.
 *
 * @category options
 * @since 0.1.0
 */
export interface PathOptions extends Options {
  /**
   * What to do with a file that grows during the upload, such as a log. `follow` sends it up to its end, `ignore` sends the
   * bytes that it had at the start, `fail` fails. Default: `follow`.
   */
  readonly growth?: Growth | undefined
}

/**
 * Options of a stream.
 *
 * @category options
 * @since 0.1.0
 */
export interface StreamOptions extends Options {
  /** In bytes. Default: unknown. The upload then has no total and no `content-length`. */
  readonly size?: number | undefined
}

/** The length of a piece in bytes: how much is read at a time, and how often progress is reported. */
const pieceLength = 262_144

const notAFile = (path: string, type: string): PlatformError.PlatformError => {
  const isReadOnce = type === "FIFO" || type === "Socket" || type === "CharacterDevice"
  return PlatformError.badArgument({
    module: "FileSource",
    method: "fromPath",
    description: `${path} is a ${type}, not a regular file${isReadOnce ? ": read it as a stream, with fromStreamOnce" : ""}`
  })
}

/**
 * The size that the system reports, if it can be trusted. Files that the system generates when they are read report 0 bytes
 * or a whole page. Such a file occupies no blocks, like one that is empty or has only holes.
 */
const sizeOf = Effect.fnUntraced(function* (
  fileSystem: FileSystem.FileSystem,
  path: string,
  info: FileSystem.File.Info
) {
  const size = ByteSize.toNumberUnsafe(info.size)
  if (size > 0 && Option.getOrElse(info.blocks, () => 1n) > 0n) return size
  const file = yield* fileSystem.open(path, { flag: "r" })
  const hasByte = (position: number) => Effect.map(file.readAlloc(1, { position: BigInt(position) }), Option.isSome)
  if (size > 0 && !(yield* hasByte(size - 1))) return undefined
  return (yield* hasByte(size)) ? undefined : size
}, Effect.scoped)

/**
 * Makes a source of a regular file on disk, which is read in pieces through `FileSystem`. A symbolic link is followed.
 *
 * Fails with `PlatformError` when there is no file, when it cannot be read, or when it is not a regular file. A file whose
 * size the system does not report, such as `/proc/cpuinfo`, is sent without a `content-length`. A file that shrinks during
 * the upload fails with `SourceChangedError`.
 *
 * @example
 * import * as FileSource from "effect-anthropic/FileSource"
 *
 * const report = FileSource.fromPath("report.pdf")
 * const logAsItIsNow = FileSource.fromPath("/var/log/app.log", { growth: "ignore" })
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromPath = (
  path: string,
  options: PathOptions = {}
): FileSource<PlatformError.PlatformError, FileSystem.FileSystem> => ({
  name: options.name ?? path,
  type: options.type,
  isRepeatable: true,
  growth: options.growth ?? "follow",
  open: Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const info = yield* fileSystem.stat(path)
    if (info.type !== "File") return yield* Effect.fail(notAFile(path, info.type))
    yield* fileSystem.access(path, { readable: true })
    const size = yield* sizeOf(fileSystem, path, info)
    return { size, bytes: fileSystem.stream(path, { chunkSize: pieceLength }) }
  })
})

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceLength) yield bytes.subarray(at, at + pieceLength)
}

/**
 * Makes a source of bytes in memory.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromBytes = (bytes: Uint8Array, options: Options = {}): FileSource => ({
  name: options.name,
  type: options.type,
  isRepeatable: true,
  open: Effect.succeed({
    size: bytes.byteLength,
    bytes: Stream.suspend(() => Stream.fromIterable(piecesOf(bytes), { chunkSize: 1 }))
  })
})

/**
 * Makes a source of a text, which is sent as UTF-8. Its type is `text/plain` unless a type is given or the name has another
 * one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromText = (text: string, options: Options = {}): FileSource =>
  fromBytes(new TextEncoder().encode(text), {
    name: options.name,
    type: options.type ?? (options.name === undefined ? "text/plain" : undefined)
  })

/** The size of a blob. It is unknown if it is not a whole number: a blob of a pipe reports `Infinity`. */
const sizeOfBlob = ({ size }: Blob): number | undefined => (Number.isSafeInteger(size) && size >= 0 ? size : undefined)

/**
 * Makes a source of a `Blob`, or of a `File` with its name. The type of the blob is used if the first bytes and the name do
 * not give a more specific one. Fails with the error that reading the blob throws.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromBlob = (blob: Blob, options: Options = {}): FileSource<Error> => ({
  name: options.name ?? ("name" in blob && typeof blob.name === "string" ? blob.name : undefined),
  type: options.type ?? (blob.type === "" ? undefined : blob.type),
  isTypeHint: options.type === undefined,
  isRepeatable: true,
  open: Effect.sync(() => ({
    size: sizeOfBlob(blob),
    bytes: Stream.fromReadableStream({
      evaluate: () => blob.stream(),
      onError: (cause) => (cause instanceof Error ? cause : new Error("the blob could not be read", { cause }))
    })
  }))
})

/**
 * Makes a source of a stream that can be made again for every attempt.
 *
 * The first bytes are read before the upload starts, unless `type` is given. Fails with the errors of the stream, and with
 * `SourceChangedError` when it does not have `size` bytes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromStream = <E, R>(
  make: () => Stream.Stream<Uint8Array, E, R>,
  options: StreamOptions = {}
): FileSource<E, R> => ({
  name: options.name,
  type: options.type,
  isRepeatable: true,
  open: Effect.contextWith((context) =>
    Effect.succeed({ size: options.size, bytes: Stream.provideContext(Stream.suspend(make), context) })
  )
})

/**
 * Makes a source of a stream that can be read only once. Its upload is never repeated after a failure.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromStreamOnce = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  options: StreamOptions = {}
): FileSource<E, R> => ({ ...fromStream(() => bytes, options), isRepeatable: false })
