// The bytes of a stored file, as a stream that never ends early without an error.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  FileExpiredError,
  FileNotDownloadableError,
  FileSizeMismatchError,
  RequestError,
  StreamInterruptedError
} from "../AnthropicError.ts"
import * as Endpoint from "../Endpoint.ts"
import { type IdOf, idOf } from "../http/path.ts"
import { withSpan } from "../http/span.ts"
import type { FileMetadata } from "../schema/File.ts"
import { isMetadata, retrieve } from "./metadata.ts"
import { exactly } from "./progress.ts"

/**
 * What `download` can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type DownloadError =
  | RequestError
  | FileNotDownloadableError
  | FileExpiredError
  | FileSizeMismatchError
  | StreamInterruptedError

/**
 * The schema of what `download` can fail with.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DownloadError: Schema.Codec<DownloadError, unknown> = Schema.Union([
  RequestError,
  FileNotDownloadableError,
  FileExpiredError,
  FileSizeMismatchError,
  StreamInterruptedError
])

const name = "Files.download"

const codes = { file_not_downloadable: FileNotDownloadableError, file_expired: FileExpiredError }

const open = (fileId: string) =>
  Endpoint.open({
    name,
    path: ["files", fileId, "content"],
    accept: "application/binary",
    acceptEncoding: "identity",
    codes
  })

/** The length of the body as the response announces it. */
const announced = ({ headers }: Endpoint.ApiResponse): number | undefined => {
  const length = headers["content-length"]
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined
}

/** Whether the server encoded the body. Some clients then decode it, and others do not. */
const isEncoded = ({ headers }: Endpoint.ApiResponse): boolean =>
  !/^\s*(identity\s*)?$/i.test(headers["content-encoding"] ?? "")

/**
 * Returns the bytes of a file (`GET /v1/files/{file_id}/content`). The API allows downloads only of files that tools
 * generated (`downloadable: true`).
 *
 * A download that is cut off fails with `StreamInterruptedError` after the received bytes. Use `downloadTo` to start again
 * instead. A download of the wrong size fails with `FileSizeMismatchError`: the expected size is `size_bytes` when the
 * metadata is given, otherwise the length that the server announces.
 *
 * The stored bytes are requested without content encoding. If the server encodes them nevertheless, their number is compared
 * with `size_bytes`, which is retrieved if needed.
 *
 * @category operations
 * @since 0.1.0
 */
export const download = (file: IdOf | FileMetadata): Stream.Stream<Uint8Array, DownloadError, HttpClient.HttpClient> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const fileId = idOf(file)
      const response = yield* open(fileId)
      // Opened in the scope of the download, so that it is closed also if the size cannot be retrieved.
      const body = Stream.fromPull(Effect.succeed(yield* Stream.toPull(response.body)))
      let delivered = 0
      const count = (chunk: Uint8Array) => {
        delivered += chunk.byteLength
        return chunk
      }
      const bytes = Stream.mapError(
        Stream.map(body, count),
        (cause) => new StreamInterruptedError({ operation: name, unit: "bytes", delivered, cause })
      )
      const expected = isMetadata(file)
        ? file.size_bytes
        : isEncoded(response)
          ? (yield* retrieve(file)).size_bytes
          : announced(response)
      return expected === undefined
        ? bytes
        : exactly(bytes, expected, (received) => new FileSizeMismatchError({ fileId, expected, received }))
    })
  ).pipe(withSpan(name, "first"))
