// Counts the bytes of a transfer, reports them, and compares them with the expected number.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * The progress of a transfer.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  /** Bytes of the file so far, in this attempt. */
  readonly loaded: number
  /** Bytes of the whole file, if known. */
  readonly total: number | undefined
  /** Average bytes per second. Undefined until time has passed. */
  readonly rate: number | undefined
  /** Time left at that rate. Undefined when the rate or the total is unknown. */
  readonly remaining: Duration.Duration | undefined
}

/**
 * Called with the progress after every chunk of a transfer. The transfer waits for it. It cannot fail. If it dies, the
 * transfer dies.
 *
 * @category options
 * @since 0.1.0
 */
export type OnProgress = (progress: Progress) => Effect.Effect<unknown>

/** Returns the bytes, and calls `onProgress` for every chunk. `headStart` is how long they were read before, in milliseconds. */
export const counted = <E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  total: number | undefined,
  onProgress: OnProgress | undefined,
  headStart: () => number = () => 0
): Stream.Stream<Uint8Array, E, R> => {
  if (onProgress === undefined) return bytes
  return Stream.unwrap(
    Effect.map(Clock.currentTimeMillis, (now) => {
      const startedAt = now - headStart()
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
 * Returns the bytes, and fails if there are not as many as expected. It fails at the first chunk beyond the number, which is
 * not emitted, or at an early end.
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

/** Returns the first `limit` bytes. The rest is not read. */
export const atMost = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>, limit: number): Stream.Stream<Uint8Array, E, R> =>
  limit === 0
    ? Stream.empty
    : Stream.suspend(() => {
        let left = limit
        const cut = (chunk: Uint8Array): Uint8Array => {
          const kept = chunk.subarray(0, left)
          left -= kept.byteLength
          return kept
        }
        return Stream.takeUntil(Stream.map(bytes, cut), () => left === 0)
      })
