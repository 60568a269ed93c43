import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as Stream from "effect/Stream"

/** A request body in pieces, made anew each time the stream is run. */
export interface RequestBody<out E = never> {
  readonly contentType: string
  /** In bytes; a body of unknown length is sent in chunks. */
  readonly length: number | undefined
  readonly stream: Stream.Stream<Uint8Array, E>
}

export const fromPieces = (contentType: string, pieces: ReadonlyArray<Uint8Array>): RequestBody => ({
  contentType,
  length: pieces.reduce((sum, piece) => sum + piece.byteLength, 0),
  stream: Stream.suspend(() => Stream.flattenArray(Stream.fromIterable(pieces.map((piece) => [piece] as const))))
})

/**
 * The body as a client takes it. `onPiece` hears when a piece is handed over, in milliseconds since the epoch, and
 * `onFailure` what the source fails with, of which a client tells no more than that the request broke.
 */
export const toHttpBody = <E>(
  body: RequestBody<E>,
  onPiece: (now: number) => void,
  onFailure: (error: E) => void
): HttpBody.HttpBody =>
  HttpBody.stream(
    body.stream.pipe(
      Stream.tap(() => Effect.map(Clock.currentTimeMillis, onPiece)),
      Stream.tapError((error) => Effect.sync(() => onFailure(error)))
    ),
    body.contentType,
    body.length
  )

/** A blob whose bytes come from a stream, so that Node's fetch sends a `content-length` without holding them. */
class StreamBlob extends Blob {
  readonly #stream: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly #size: number

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>, size: number) {
    super([])
    this.#stream = stream
    this.#size = size
  }

  override get size(): number {
    return this.#size
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#stream
  }
}

declare const process: { readonly versions?: { readonly [runtime: string]: string | undefined } }

/** Only Node's fetch reads `size` and `stream()` of a blob; others take its native content, which would be empty. */
const isNode = (): boolean => {
  const versions = "process" in globalThis ? process.versions : undefined
  return versions?.node !== undefined && versions.bun === undefined && versions.deno === undefined
}

/** A body of up to so many bytes may be copied: it does no harm, and a fetch that is replaced may read the copy. */
const copiedBytes = 8 * 1024 * 1024

/**
 * The stream, of which a copy costs nothing: of the two that `tee` gives, the first to be read has the bytes, the other fails.
 *
 * Node's fetch sends a copy of every body, in case a redirect needs it again, and so holds the whole of it in memory.
 */
const withoutCopy = (stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const read = stream.getReader.bind(stream)
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined
  const branch = () => {
    let own: typeof reader
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: async (controller) => {
          if (reader === undefined) {
            own = read()
            reader = own
          }
          if (own === undefined) return controller.error(new Error("the body was read already"))
          const { done, value } = await own.read()
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: (reason) => own?.cancel(reason)
      },
      { highWaterMark: 0 }
    )
  }
  return Object.assign(stream, { tee: () => [branch(), branch()] })
}

/**
 * Fetch as the transport needs it: redirects come back as responses, a streamed body of known length keeps that length, and
 * `describe` makes the error of a rejection, which ends up in the client's span. Runtimes other than Node get a real blob of
 * a body of known length, which holds it in memory.
 */
export const wrapFetch =
  (length: number | undefined, describe: (cause: unknown) => Error) =>
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  async (input, init) => {
    const options: RequestInit = { ...init, redirect: "manual" }
    try {
      if (options.body instanceof ReadableStream) {
        const { body } = options
        const isLarge = length === undefined || length > copiedBytes
        const stream = isNode() && isLarge ? withoutCopy(body) : body
        if (length === undefined) options.body = stream
        else options.body = isNode() ? new StreamBlob(stream, length) : await new Response(stream).blob()
      }
      return await fetch(input, options)
    } catch (cause) {
      throw describe(cause)
    }
  }
