// The body of a request: bytes that are sent at once, or a stream of pieces.
// A body says whether it can be sent again, and the retry policy uses that.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as Stream from "effect/Stream"

/**
 * A request body. Its stream starts from the beginning each time it is run.
 *
 * @category models
 * @since 0.1.0
 */
export interface RequestBody<out E = never> {
  readonly contentType: string
  /** In bytes. A body of unknown length is sent with chunked encoding. */
  readonly length: number | undefined
  readonly stream: Stream.Stream<Uint8Array, E>
  /** Whether `stream` gives the same bytes each time it is run. */
  readonly isRepeatable: boolean
  /** All bytes of a small body, which is sent without its stream. */
  readonly bytes?: Uint8Array | undefined
  /** Makes the body for an `HttpClient`. It is part of the body, so that programs without bodies do not contain it. */
  readonly toHttpBody: (observer: BodyObserver<E>) => HttpBody.HttpBody
}

/** Watches a body while a client sends it. */
export interface BodyObserver<in E> {
  /** Called with true when the client asks for the next piece, and with false when it has it or there is none. */
  readonly onAsk: (isAsking: boolean) => void
  /** Called when the source fails or dies, because a client reports only that the request failed. */
  readonly onFailure: (cause: Cause.Cause<E>) => void
}

/** In bytes: the longest body that is sent at once, and the longest piece of a longer one. */
const pieceLength = 256 * 1024

/** In bytes: the length of a copy of memory that is used again. */
const copyLength = 64 * 1024

const join = (pieces: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const [first] = pieces
  if (first !== undefined && pieces.length === 1) return first
  const joined = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.byteLength
  }
  return joined
}

function* cut(pieces: ReadonlyArray<Uint8Array>, length: number): Generator<readonly [Uint8Array]> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += length) yield [piece.subarray(at, at + length)]
  }
}

const streamOf = (pieces: ReadonlyArray<Uint8Array>, length: number): Stream.Stream<Uint8Array> =>
  Stream.suspend(() => Stream.flattenArray(Stream.fromIterable(cut(pieces, length))))

/**
 * Copies of pieces, since a client may keep them. Other fibers run between copies: the engine counts many at once as growth,
 * and then lets its heap grow up to fourfold.
 */
const copiesOf = (pieces: ReadonlyArray<Uint8Array>): Stream.Stream<Uint8Array> =>
  Stream.mapEffect(streamOf(pieces, copyLength), (piece) => Effect.as(Effect.yieldNow, piece.slice()))

/** Makes a body from pieces in memory. Lent pieces are used again later, so a client receives copies of them. */
export const fromPieces = (
  contentType: string,
  pieces: ReadonlyArray<Uint8Array>,
  { areLent = false }: { readonly areLent?: boolean } = {}
): RequestBody => {
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0)
  const body = { contentType, length, isRepeatable: true }
  if (length <= pieceLength) {
    const bytes = join(pieces, length)
    return { ...body, bytes, stream: Stream.succeed(bytes), toHttpBody: () => HttpBody.uint8Array(bytes, contentType) }
  }
  return fromStream({ ...body, stream: areLent ? copiesOf(pieces) : streamOf(pieces, pieceLength) })
}

/** Makes a body that is sent piece by piece. */
export const fromStream = <E>(body: Omit<RequestBody<E>, "bytes" | "toHttpBody">): RequestBody<E> => ({
  ...body,
  toHttpBody: ({ onAsk, onFailure }) => {
    const pieces = body.stream.pipe(
      Stream.tapCause((cause) =>
        Effect.sync(() => {
          if (!Cause.hasInterruptsOnly(cause)) onFailure(cause)
        })
      ),
      // So that every piece is asked for.
      Stream.rechunk(1)
    )
    const stream = Stream.transformPull(pieces, (pull) => {
      const given = Effect.onExit(pull, () => Effect.sync(() => onAsk(false)))
      return Effect.succeed(
        Effect.andThen(
          Effect.sync(() => onAsk(true)),
          given
        )
      )
    })
    return HttpBody.stream(stream, body.contentType, body.length)
  }
})
