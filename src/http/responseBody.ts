// The body of a response: read as a whole, or chunk by chunk as a stream with an idle timeout.
// A read that was begun is never given up: what it brings is kept for the next pull, so that no byte is lost.
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Bytes from "effect/Bytes"
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import type * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Deadline, makeDeadline } from "./deadline.ts"

/** Where a body comes from, and how what goes wrong with it is told. */
export interface BodySource<E> {
  readonly response: HttpClientResponse.HttpClientResponse
  /** Whether the request has a streamed body, whose upload ends with the stream of the response and with nothing else. */
  readonly isUploading: boolean
  readonly onError: (cause: unknown) => E
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

const isEmpty = (error: HttpClientError.HttpClientError): boolean => error.reason._tag === "EmptyBodyError"

/**
 * Opens the body that fetch gave, which costs least, or the stream of another client as one. There is no reader if the
 * response has no body.
 */
const open = <E>({ isUploading, onError, response }: BodySource<E>): Effect.Effect<Reader | undefined, E> =>
  Effect.contextWith((context: Context.Context<never>) =>
    Effect.try({
      try: () => {
        const web = isUploading ? Option.none() : HttpClientResponse.toWeb(response)
        if (Option.isSome(web)) return web.value.body?.getReader()
        const stream = Stream.catchIf(response.stream, isEmpty, () => Stream.empty)
        return Stream.toReadableStreamWith(stream, context, { strategy: { highWaterMark: 0 } }).getReader()
      },
      catch: onError
    })
  )

/** Closes the connection, unless the body has ended. What was wrong with the body was told to its reader. */
const close = (reader: Reader): Effect.Effect<void> => Effect.promise(() => reader.cancel().catch(() => {}))

/** A small answer comes in one chunk, which need not be copied. */
const join = (chunks: ReadonlyArray<Uint8Array>): Uint8Array =>
  (chunks.length === 1 ? chunks[0] : undefined) ?? Bytes.concat(chunks)

/** All bytes of the body. The time of the deadline, which waits for them, starts anew with every chunk. */
export const readWhole = <E>(source: BodySource<E>, deadline: Deadline<unknown>): Effect.Effect<Uint8Array, E> =>
  Effect.flatMap(open(source), (reader) => {
    if (reader === undefined) return Effect.succeed(new Uint8Array(0))
    return Effect.callback<Uint8Array, E>((resume) => {
      const chunks: Array<Uint8Array> = []
      const read = (): void => {
        reader.read().then(
          ({ done, value }) => {
            if (done) return resume(Effect.succeed(join(chunks)))
            chunks.push(value)
            deadline.touch()
            read()
          },
          (cause) => resume(Effect.fail(source.onError(cause)))
        )
      }
      read()
      return close(reader)
    })
  })

type Answer<E> = Pull.Pull<NonEmptyReadonlyArray<Uint8Array>, E>

/** The body chunk by chunk. Fails when a pull waits too long; the time that a reader takes between pulls does not count. */
export const streamBody = <E>(
  source: BodySource<E>,
  idleTimeout: Duration.Duration,
  onIdle: () => E
): Stream.Stream<Uint8Array, E> =>
  Stream.fromChannel(
    Channel.fromTransform((_: unknown, scope: Scope.Scope) =>
      Effect.gen(function* () {
        const reader = yield* open(source)
        if (reader === undefined) return Cause.done()
        const deadline = yield* makeDeadline([idleTimeout], onIdle)
        let isReading = false
        /** The pull that waits. */
        let resume: ((answer: Answer<E>) => void) | undefined
        /** What came after its pull had been interrupted. */
        let kept: Answer<E> | undefined
        let end: Answer<E> | undefined

        const give = (answer: Answer<E>): void => {
          deadline.stop()
          const waiting = resume
          resume = undefined
          if (waiting === undefined) kept = answer
          else waiting(answer)
        }
        const finish = (answer: Answer<E>): void => {
          if (end !== undefined) return
          end = answer
          give(answer)
        }
        const read = (): void => {
          isReading = true
          reader.read().then(
            ({ done, value }) => {
              isReading = false
              if (done) finish(Cause.done())
              else if (end === undefined) give(Effect.succeed([value]))
            },
            (cause) => finish(Effect.fail(source.onError(cause)))
          )
        }
        yield* Scope.addFinalizer(scope, close(reader))
        yield* Effect.forkIn(
          Effect.catch(deadline.expired, (error) => Effect.sync(() => finish(Effect.fail(error)))),
          scope,
          { startImmediately: true }
        )
        return Effect.callback<NonEmptyReadonlyArray<Uint8Array>, E | Cause.Done>((onAnswer) => {
          const answer = kept ?? end
          kept = undefined
          if (answer !== undefined) return onAnswer(answer)
          resume = onAnswer
          deadline.start(idleTimeout)
          if (!isReading) read()
          return Effect.sync(() => {
            resume = undefined
            deadline.stop()
          })
        })
      })
    )
  )
