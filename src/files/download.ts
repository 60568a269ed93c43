import * as Bytes from "effect/Bytes"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as PlatformError from "effect/PlatformError"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Settings } from "../Anthropic.ts"
import { FileSizeMismatchError, StreamInterruptedError } from "../AnthropicError.ts"
import { delayBeforeRetry } from "../http/retry.ts"
import type { ApiResponse } from "../http/transport.ts"
import { counted, exactly, type OnProgress } from "./progress.ts"

/** The number of bytes in the body, when the response says it and nothing has decoded the body since. */
const lengthOf = ({ headers }: ApiResponse): number | undefined => {
  const length = headers["content-length"]
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
}

/** Whether the body is, or was, in another form than the stored bytes: some clients decode it, others do not. */
const isEncoded = ({ headers }: ApiResponse): boolean => !/^\s*(identity\s*)?$/i.test(headers["content-encoding"] ?? "")

/**
 * The content of a file, which ends with an error unless it has the expected size: `size` when it is known, else the
 * length of the response. An encoded response has no usable length, so that `lookup` is asked for the size.
 */
export const checked = <E, R, E2, R2>(options: {
  readonly fileId: string
  readonly open: Effect.Effect<ApiResponse, E, R>
  readonly size: number | undefined
  readonly lookup: Effect.Effect<number, E2, R2>
}): Stream.Stream<Uint8Array, E | E2 | StreamInterruptedError | FileSizeMismatchError, R | R2> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { fileId } = options
      const response = yield* options.open
      let delivered = 0
      const count = (chunk: Uint8Array) => {
        delivered += chunk.byteLength
        return chunk
      }
      const bytes = Stream.mapError(
        Stream.map(response.body, count),
        (cause) => new StreamInterruptedError({ operation: "Files.download", unit: "bytes", delivered, cause })
      )
      const expected = options.size ?? (isEncoded(response) ? yield* options.lookup : lengthOf(response))
      return expected === undefined
        ? bytes
        : exactly(bytes, expected, (received) => new FileSizeMismatchError({ fileId, expected, received }))
    })
  )

const occupied = (path: string, _tag: "AlreadyExists" | "BadResource", description: string) =>
  Effect.fail(
    PlatformError.systemError({ _tag, module: "Files", method: "downloadTo", pathOrDescriptor: path, description })
  )

/** Fails before anything is downloaded if the path cannot be written to in the end. */
const checkTarget = Effect.fnUntraced(function* (path: string, ifExists: "replace" | "fail") {
  const fileSystem = yield* FileSystem.FileSystem
  if (!(yield* fileSystem.exists(path))) return
  if ((yield* fileSystem.stat(path)).type === "Directory") return yield* occupied(path, "BadResource", "a directory")
  if (ifExists === "fail") return yield* occupied(path, "AlreadyExists", "there is a file already")
})

/** Writes to a temporary file beside the path and renames it at the end; starts again when `bytes` was cut off. */
export const toPath = Effect.fnUntraced(function* <
  E extends { readonly _tag: string; readonly isRetryable: boolean },
  R
>(options: {
  readonly path: string
  readonly bytes: Stream.Stream<Uint8Array, E | StreamInterruptedError | FileSizeMismatchError, R>
  readonly size: number
  readonly ifExists: "replace" | "fail"
  readonly onProgress: OnProgress | undefined
}) {
  const { ifExists, path } = options
  const fileSystem = yield* FileSystem.FileSystem
  const settings = yield* Settings
  const suffix = yield* Random.nextIntBetween(0, 2 ** 48)
  // Not the name with something added to it, which could be too long for a name.
  const temporary = `${path.replace(/[^/\\]*$/, "")}.${suffix.toString(36)}.part`
  const remove = Effect.ignore(fileSystem.remove(temporary, { force: true }))

  const attempt = Effect.gen(function* () {
    const file = yield* fileSystem.open(temporary, { flag: "w" })
    // Up to 32 chunks come in while others are written, and are written as one.
    const joined = Stream.mapArray(Stream.buffer(options.bytes, { capacity: 32 }), (chunks) => [Bytes.concat(chunks)])
    const written = Stream.tap(joined, (bytes) => file.writeAll(bytes))
    yield* Stream.runDrain(counted(written, options.size, options.onProgress))
    yield* file.sync
  }).pipe(Effect.scoped)

  const write = Effect.gen(function* () {
    for (let retries = 0; ; retries++) {
      const result = yield* Effect.result(attempt)
      if (Result.isSuccess(result)) return
      const error = result.failure
      if (error._tag !== "StreamInterruptedError" && error._tag !== "FileSizeMismatchError") {
        return yield* Effect.fail(error)
      }
      const delay = yield* delayBeforeRetry("idempotent", { fate: "final", error }, retries, settings.retry)
      if (Option.isNone(delay)) return yield* Effect.fail(error)
      yield* Effect.sleep(delay.value)
    }
  })

  // A link, unlike a rename, does not replace what came to be there in the meantime.
  const publish =
    ifExists === "replace"
      ? fileSystem.rename(temporary, path)
      : Effect.andThen(fileSystem.link(temporary, path), remove)

  yield* checkTarget(path, ifExists)
  yield* write.pipe(
    Effect.andThen(publish),
    Effect.onError(() => remove)
  )
})
