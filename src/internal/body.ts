import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as Stream from "effect/Stream"

/** A request body in pieces that can be sent again, of known length in bytes. */
export interface RequestBody {
  readonly contentType: string
  readonly length: number
  readonly stream: Stream.Stream<Uint8Array>
}

export const fromPieces = (contentType: string, pieces: ReadonlyArray<Uint8Array>): RequestBody => ({
  contentType,
  length: pieces.reduce((sum, piece) => sum + piece.byteLength, 0),
  stream: Stream.suspend(() => Stream.flattenArray(Stream.fromIterable(pieces.map((piece) => [piece] as const))))
})

/** The body as a client takes it; `onPiece` hears when a piece is handed over, in milliseconds since the epoch. */
export const toHttpBody = (body: RequestBody, onPiece: (now: number) => void): HttpBody.HttpBody =>
  HttpBody.stream(
    Stream.tap(body.stream, () => Effect.map(Clock.currentTimeMillis, onPiece)),
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

/**
 * Fetch as the transport needs it: redirects come back as responses, and a streamed body of known length keeps that
 * length. Runtimes other than Node get a real blob, which holds the body in memory.
 */
export const wrapFetch =
  (body: RequestBody | undefined) =>
  (fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  async (input, init) => {
    const options: RequestInit = { ...init, redirect: "manual" }
    if (body !== undefined && options.body instanceof ReadableStream) {
      options.body = isNode() ? new StreamBlob(options.body, body.length) : await new Response(options.body).blob()
    }
    return fetch(input, options)
  }
