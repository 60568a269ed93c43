/**
 * What can be uploaded: bytes that can be opened again, so that a retry sends the whole file again.
 *
 * @since 0.1.0
 */
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as PlatformError from "effect/PlatformError"
import * as Stream from "effect/Stream"

/**
 * A file that is open for one reading. `size` is in bytes, when it is known.
 *
 * @since 0.1.0
 */
export interface OpenFile<out E = never> {
  readonly size: number | undefined
  readonly bytes: Stream.Stream<Uint8Array, E>
}

/**
 * Something to upload, with the name and the media type that it says it has.
 *
 * @since 0.1.0
 */
export interface FileSource<out E = never, out R = never> {
  /** The name; only its last path component is sent. */
  readonly name: string | undefined
  /** The media type, for example `application/pdf`. */
  readonly type: string | undefined
  /** Whether it can be opened more than once. An upload of one that cannot is never repeated. */
  readonly isRepeatable: boolean
  readonly open: Effect.Effect<OpenFile<E>, E, R>
}

/**
 * The name and media type to upload under; what is left out is found from the source.
 *
 * @since 0.1.0
 */
export interface Options {
  readonly name?: string | undefined
  readonly type?: string | undefined
}

const notAFile = (path: string, type: string): PlatformError.PlatformError =>
  PlatformError.badArgument({ module: "FileSource", method: "fromPath", description: `${path} is a ${type}` })

/**
 * A file on disk, read in pieces through `FileSystem`. Fails with `PlatformError` when it is missing, a directory, or
 * cannot be read.
 *
 * @since 0.1.0
 */
export const fromPath = (
  path: string,
  options: Options = {}
): FileSource<PlatformError.PlatformError, FileSystem.FileSystem> => ({
  name: options.name ?? path,
  type: options.type,
  isRepeatable: true,
  open: Effect.gen(function* () {
    const fileSystem = yield* FileSystem.FileSystem
    const info = yield* fileSystem.stat(path)
    if (info.type !== "File") return yield* Effect.fail(notAFile(path, info.type))
    yield* fileSystem.access(path, { readable: true })
    return { size: ByteSize.toNumberUnsafe(info.size), bytes: fileSystem.stream(path, { chunkSize: 262_144 }) }
  })
})

/**
 * Bytes in memory.
 *
 * @since 0.1.0
 */
export const fromBytes = (bytes: Uint8Array, options: Options = {}): FileSource => ({
  name: options.name,
  type: options.type,
  isRepeatable: true,
  open: Effect.succeed({ size: bytes.byteLength, bytes: Stream.succeed(bytes) })
})

/**
 * Text, sent as UTF-8 and, unless a type is given or the name tells one, as `text/plain`.
 *
 * @since 0.1.0
 */
export const fromText = (text: string, options: Options = {}): FileSource =>
  fromBytes(new TextEncoder().encode(text), {
    name: options.name,
    type: options.type ?? (options.name === undefined ? "text/plain" : undefined)
  })

/**
 * A `Blob`, or a `File` with its name. Fails with what reading it throws, as an `Error`.
 *
 * @since 0.1.0
 */
export const fromBlob = (blob: Blob, options: Options = {}): FileSource<Error> => ({
  name: options.name ?? ("name" in blob && typeof blob.name === "string" ? blob.name : undefined),
  type: options.type ?? (blob.type === "" ? undefined : blob.type),
  isRepeatable: true,
  open: Effect.succeed({
    size: blob.size,
    bytes: Stream.fromReadableStream({
      evaluate: () => blob.stream(),
      onError: (cause) => (cause instanceof Error ? cause : new Error("the blob could not be read", { cause }))
    })
  })
})

/**
 * A stream that can be made anew for every attempt, and once more to look at its first bytes when neither `type` nor `name`
 * tells the media type. `size`, in bytes, is checked against what comes; without it the upload has no known total and no
 * `content-length`.
 *
 * @since 0.1.0
 */
export const fromStream = <E, R>(
  make: () => Stream.Stream<Uint8Array, E, R>,
  options: Options & { readonly size?: number | undefined } = {}
): FileSource<E, R> => ({
  name: options.name,
  type: options.type,
  isRepeatable: true,
  open: Effect.contextWith((context) =>
    Effect.succeed({ size: options.size, bytes: Stream.provideContext(Stream.suspend(make), context) })
  )
})

/**
 * A stream that can be read only once: its upload is never repeated, whatever the failure.
 *
 * @since 0.1.0
 */
export const fromStreamOnce = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  options: Options & { readonly size?: number | undefined } = {}
): FileSource<E, R> => ({ ...fromStream(() => bytes, options), isRepeatable: false })
