// Faults of the bytes of an answer's body: broken off, cut short, slow, changed, or compressed.
// Faults of lines, of JSON and of events are in separate files.
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import {
  type Body,
  bodyAction,
  bodyOf,
  breakConnection,
  disconnected,
  prefix,
  shorter,
  whole,
  withBody
} from "./body.ts"
import type { Action } from "./model.ts"

/**
 * Breaks the connection after `bytes` bytes of the body.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resetAfter = (bytes: number): Action =>
  bodyAction(`resetAfter(${bytes})`, (body, delivery) =>
    Stream.concat(prefix(body, bytes, shorter(delivery, bytes)), breakConnection)
  )

/**
 * Breaks the connection after the last byte of the body, before its end is sent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const resetAtEnd = (): Action => bodyAction("resetAtEnd", (body) => Stream.concat(body, breakConnection))

/**
 * Ends the body cleanly after `bytes` bytes. No header has its full length.
 *
 * @category constructors
 * @since 0.1.0
 */
export const truncate = (bytes: number): Action =>
  bodyAction(`truncate(${bytes})`, (body, delivery) => prefix(body, bytes, shorter(delivery, bytes)))

/**
 * Sends `bytes` bytes of the body, then nothing, and leaves the connection open.
 *
 * @category constructors
 * @since 0.1.0
 */
export const stall = (bytes: number): Action =>
  bodyAction(`stall(${bytes})`, (body, delivery) =>
    Stream.concat(prefix(body, bytes, shorter(delivery, bytes)), Stream.never)
  )

/**
 * Sends the body in pieces of `bytes` bytes, with a wait of `every` on the `Clock` before each. Default: no wait.
 *
 * A socket may join pieces that follow each other at once.
 *
 * @category constructors
 * @since 0.1.0
 */
export const dribble = (bytes: number, every?: Duration.Input): Action =>
  bodyAction(`dribble(${bytes})`, (body) => {
    const pieces = Stream.flatMap(body, (chunk) =>
      Stream.fromIterable(
        Array.from({ length: Math.ceil(chunk.length / bytes) }, (_, index) =>
          chunk.subarray(index * bytes, (index + 1) * bytes)
        ),
        { chunkSize: 1 }
      )
    )
    return every === undefined
      ? pieces
      : Stream.mapEffect(pieces, (piece) => Effect.delay(Effect.succeed(piece), every))
  })

const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

/**
 * Answers with the bytes that `change` returns for the bytes of the body. They must differ.
 *
 * @category constructors
 * @since 0.1.0
 */
export const rewrite = (change: (bytes: Uint8Array) => Uint8Array): Action =>
  bodyAction("rewrite", (body, delivery) =>
    whole(body, (bytes) => {
      const changed = change(bytes)
      if (isSame(bytes, changed)) delivery.missed("the bytes did not change")
      return changed
    })
  )

const through = (
  bytes: Uint8Array<ArrayBuffer>,
  transform: { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<BufferSource> }
): Body =>
  Stream.fromReadableStream({
    evaluate: () => new Blob([bytes]).stream().pipeThrough(transform),
    onError: disconnected
  })

/**
 * Compresses the body with gzip. With `truncate` only that many compressed bytes are sent, with a clean end.
 *
 * In process the body is delivered decoded, as with fetch. The header is still `content-encoding: gzip`. A truncated
 * body is decoded as far as possible.
 *
 * @category constructors
 * @since 0.1.0
 */
export const gzip = (options: { readonly truncate?: number | undefined } = {}): Action => ({
  name: options.truncate === undefined ? "gzip" : `gzip(truncate ${options.truncate})`,
  run: (delivery) =>
    Effect.map(delivery.normal, (response) => {
      const compressed = Stream.unwrap(
        Effect.map(Stream.mkUint8Array(bodyOf(response)), (bytes) => through(bytes, new CompressionStream("gzip")))
      )
      const { truncate } = options
      const sent = truncate === undefined ? compressed : prefix(compressed, truncate, shorter(delivery, truncate))
      const decoded = Stream.unwrap(
        Effect.map(Stream.mkUint8Array(sent), (bytes) =>
          Stream.catch(through(bytes, new DecompressionStream("gzip")), () => Stream.empty)
        )
      )
      return HttpServerResponse.setHeader(
        withBody(response, delivery.isSocket ? sent : decoded),
        "content-encoding",
        "gzip"
      )
    })
})
