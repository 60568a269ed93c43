// Images and documents from bytes, as blocks with their data in the request.
// Types and sizes that the API surely refuses are refused before anything is sent.
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { RequestRefusedError, SourceChangedError } from "../AnthropicError.ts"
import type { FileSource } from "../FileSource.ts"
import { inlineLimits } from "../facts/limits.ts"
import * as mediaType from "../media/mediaType.ts"
import type { DocumentBlockParam, ImageBlockParam, ImageMediaType } from "../schema/MessageParams.ts"

/**
 * The errors of `image` and `document`, in addition to the errors of the source.
 *
 * @category errors
 * @since 0.1.0
 */
export type InlineError = RequestRefusedError | SourceChangedError

/**
 * The schema of `InlineError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const InlineError: Schema.Codec<InlineError, unknown> = Schema.Union([RequestRefusedError, SourceChangedError])

const imageTypes: ReadonlyArray<ImageMediaType> = ["image/jpeg", "image/png", "image/gif", "image/webp"]

const refuse = (operation: string, description: string): RequestRefusedError =>
  new RequestRefusedError({ operation, reasons: [{ path: "source", description }], omitted: 0 })

/** Reads the bytes of a source, up to a limit. Bytes beyond it are not read. */
const read = Effect.fnUntraced(function* <E, R>(operation: string, source: FileSource<E, R>, limit: number) {
  const { bytes, size } = yield* source.open
  const tooLarge = (length: number) => refuse(operation, `${length} bytes are over ${limit}`)
  if (size !== undefined && !(Number.isSafeInteger(size) && size >= 0)) {
    return yield* refuse(operation, `${size} is not a number of bytes`)
  }
  if (size !== undefined && size > limit) return yield* tooLarge(size)
  const isCut = source.growth === "ignore" && size !== undefined
  const most = isCut ? size : limit
  const pieces: Array<Uint8Array> = []
  let length = 0
  yield* Stream.runDrain(
    Stream.takeUntil(
      Stream.map(bytes, (piece) => {
        pieces.push(piece)
        length += piece.byteLength
      }),
      () => length > most || (isCut && length === most)
    )
  )
  if (!isCut && length > limit) return yield* tooLarge(length)
  const isGrown = size !== undefined && length > size && source.growth !== "follow" && !isCut
  if (size !== undefined && (length < size || isGrown)) {
    return yield* new SourceChangedError({ expected: size, received: length })
  }
  const whole = new Uint8Array(Math.min(length, most))
  let at = 0
  for (const piece of pieces) {
    const kept = piece.subarray(0, whole.length - at)
    whole.set(kept, at)
    at += kept.byteLength
  }
  return whole.byteLength === 0 ? yield* refuse(operation, "it is empty") : whole
})

/** The media type of a source, found as for uploads. */
const typeOf = (source: FileSource<unknown, unknown>, bytes: Uint8Array): string | undefined => {
  const stated = source.isTypeHint === true ? undefined : source.type
  return stated === undefined
    ? mediaType.choose({
        name: source.name ?? "",
        reported: source.type,
        start: bytes.subarray(0, mediaType.startLength)
      })
    : mediaType.normalize(stated)
}

/** The most bytes whose Base64 has at most so many characters. */
const bytesOf = (base64Length: number): number => Math.floor(base64Length / 4) * 3

/**
 * Makes a block of an image from its bytes, which are sent in the request as Base64.
 *
 * The media type is found as by `Files.upload`: JPEG, PNG, GIF and WebP are accepted. Fails with `RequestRefusedError` for
 * another type, for an empty source, and for more than 10 MB of Base64, which are about 7.8 million bytes. Fails with
 * `SourceChangedError` if a source does not have its `size`, and with the errors of the source.
 *
 * If a file is sent more than once, upload it with `Files.upload`, and use `Files.contentBlock`.
 *
 * @example
 * import * as FileSource from "effect-anthropic/FileSource"
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Effect from "effect/Effect"
 *
 * const turn = Effect.map(Messages.image(FileSource.fromPath("photo.jpg")), (image) =>
 *   Messages.user([image, { type: "text", text: "What is this?" }])
 * )
 *
 * @category constructors
 * @since 0.1.0
 */
export const image = Effect.fn("Messages.image")(function* <E = never, R = never>(
  source: FileSource<E, R>,
  fields: Omit<ImageBlockParam, "type" | "source"> = {}
): Effect.fn.Return<ImageBlockParam, InlineError | E, R> {
  const operation = "Messages.image"
  const bytes = yield* read(operation, source, bytesOf(inlineLimits.imageBase64))
  const type = typeOf(source, bytes)
  const media_type = imageTypes.find((known) => known === type)
  if (media_type === undefined) {
    return yield* refuse(operation, `the type ${type ?? "(unknown)"} is not one of ${imageTypes.join(", ")}`)
  }
  return { type: "image", source: { type: "base64", media_type, data: Base64.encode(bytes) }, ...fields }
})

/**
 * Makes a block of a document from its bytes, which are sent in the request: a PDF as Base64, a text as text.
 *
 * The media type is found as by `Files.upload`. Source code, CSV and JSON without another type are texts.
 *
 * Fails with `RequestRefusedError` for another type, for a text that is not UTF-8, and for an empty source. It fails
 * likewise for more than 32 MB, the limit of a request. Fails with `SourceChangedError` if a source does not have its `size`,
 * and with the errors of the source.
 *
 * @example
 * import * as FileSource from "effect-anthropic/FileSource"
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Effect from "effect/Effect"
 *
 * const turn = Effect.map(
 *   Messages.document(FileSource.fromPath("report.pdf"), { title: "Report", citations: { enabled: true } }),
 *   (report) => Messages.user([report, { type: "text", text: "Summarise this report." }])
 * )
 *
 * @category constructors
 * @since 0.1.0
 */
export const document = Effect.fn("Messages.document")(function* <E = never, R = never>(
  source: FileSource<E, R>,
  fields: Omit<DocumentBlockParam, "type" | "source"> = {}
): Effect.fn.Return<DocumentBlockParam, InlineError | E, R> {
  const operation = "Messages.document"
  const bytes = yield* read(operation, source, inlineLimits.request)
  const type = typeOf(source, bytes)
  const bare = type === undefined ? undefined : mediaType.essence(type)
  if (bare === "application/pdf") {
    if (bytes.byteLength > bytesOf(inlineLimits.request)) {
      return yield* refuse(operation, `${bytes.byteLength} bytes are over ${bytesOf(inlineLimits.request)} as Base64`)
    }
    const data = Base64.encode(bytes)
    return { type: "document", source: { type: "base64", media_type: "application/pdf", data }, ...fields }
  }
  if (bare !== "text/plain")
    return yield* refuse(operation, `the type ${type ?? "(unknown)"} is neither a PDF nor a text`)
  const text = Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  if (Result.isFailure(text)) return yield* refuse(operation, "the text is not UTF-8")
  if (text.success.trim() === "") return yield* refuse(operation, "the text is blank")
  return { type: "document", source: { type: "text", media_type: "text/plain", data: text.success }, ...fields }
})
