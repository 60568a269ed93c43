import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * How far a transfer is.
 *
 * @since 0.1.0
 */
export interface Progress {
  /** Bytes of the file that passed, in this attempt. */
  readonly loaded: number
  /** Bytes of the whole file, when that is known. */
  readonly total: number | undefined
  /** Bytes a second on average, once that can be told. */
  readonly rate: number | undefined
  /** The time left at that rate, once that can be told. */
  readonly remaining: Duration.Duration | undefined
}

export type OnProgress = (progress: Progress) => Effect.Effect<unknown>

/** Counts the bytes that pass, and tells of every chunk if somebody listens. */
export const counted = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  total: number | undefined,
  onProgress: OnProgress | undefined
): Stream.Stream<Uint8Array, E, R> => {
  if (onProgress === undefined) return bytes
  return Stream.unwrap(
    Effect.map(Clock.currentTimeMillis, (startedAt) => {
      let loaded = 0
      return Stream.tap(bytes, (chunk) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          loaded += chunk.byteLength
          const rate = now > startedAt && loaded > 0 ? (loaded * 1000) / (now - startedAt) : undefined
          const seconds = rate === undefined || total === undefined ? undefined : (total - loaded) / rate
          return onProgress({
            loaded,
            total,
            rate,
            remaining: seconds === undefined ? undefined : Duration.millis(seconds * 1000)
          })
        })
      )
    })
  )
}

/**
 * The bytes, of which there must be as many as expected: the stream fails at the first chunk that is too many, which it
 * keeps back, or at an early end.
 */
export const exactly = <E, R, E2>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  expected: number,
  onMismatch: (received: number) => E2
): Stream.Stream<Uint8Array, E | E2, R> =>
  Stream.suspend(() => {
    let received = 0
    const check = (isMet: boolean) => (isMet ? Effect.void : Effect.fail(onMismatch(received)))
    return Stream.tap(bytes, (chunk) => {
      received += chunk.byteLength
      return check(received <= expected)
    }).pipe(Stream.concat(Stream.fromEffectDrain(Effect.suspend(() => check(received >= expected)))))
  })
