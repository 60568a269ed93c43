// The body of a response: read completely, or chunk by chunk as a stream with an idle timeout. A read that was begun is
// never abandoned: its result is kept for the next pull, so that no byte is lost.
import { isReadonlyArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
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
import { join } from "../decode/bytes.ts"
import { type Deadline, makeDeadline } from "./deadline.ts"

/** The source of a body, and how its failures become errors. */
export interface BodySource<E> {
  readonly response: HttpClientResponse.HttpClientResponse
  /** Whether the request has a streamed body. Its upload ends only with the stream of the response. */
  readonly isUploading: boolean
  readonly onError: (cause: unknown) => E
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

const isEmpty = (error: HttpClientError.HttpClientError): boolean => error.reason._tag === "EmptyBodyError"

/** The bytes of a body that was read before, for example by a client that logs answers. The response has kept them. */
const openAgain = <E>({ onError, response }: BodySource<E>): Effect.Effect<Reader | undefined, E> =>
  Effect.mapBoth(response.arrayBuffer, {
    onFailure: onError,
    onSuccess: (bytes) => new Response(bytes).body?.getReader()
  })

/**
 * Opens the body of fetch directly, which is fastest, or the stream of another client. Returns undefined if the response has
 * no body.
 */
const open = <E>(source: BodySource<E>): Effect.Effect<Reader | undefined, E> =>
  Effect.contextWith((context: Context.Context<never>) => {
    const { isUploading, onError, response } = source
    const web = HttpClientResponse.toWeb(response)
    if (Option.isSome(web) && web.value.bodyUsed) return openAgain(source)
    return Effect.try({
      try: () => {
        if (Option.isSome(web) && !isUploading) return web.value.body?.getReader()
        const stream = Stream.catchIf(response.stream, isEmpty, () => Stream.empty)
        return Stream.toReadableStreamWith(stream, context, { strategy: { highWaterMark: 0 } }).getReader()
      },
      catch: onError
    })
  })

/** Closes the connection, unless the body has ended. Errors are ignored, because the reader has already received them. */
const close = (reader: Reader): Effect.Effect<void> => Effect.promise(() => reader.cancel().catch(() => {}))

/** Reads the body until `onChunk` returns that it is enough, then closes it. */
const readChunks = <E>(source: BodySource<E>, onChunk: (chunk: Uint8Array) => boolean): Effect.Effect<void, E> =>
  Effect.flatMap(open(source), (reader) => {
    if (reader === undefined) return Effect.void
    return Effect.callback<void, E>((resume) => {
      const read = (): void => {
        reader.read().then(
          ({ done, value }) => {
            if (done) resume(Effect.void)
            else if (onChunk(value)) read()
            else resume(close(reader))
          },
          (cause) => resume(Effect.fail(source.onError(cause)))
        )
      }
      read()
      return close(reader)
    })
  })

/**
 * Reads all bytes of the body, or returns undefined if it has more than `most`. The time of the deadline starts again with
 * every chunk.
 */
export const readWhole = <E>(
  source: BodySource<E>,
  most: number,
  deadline: Deadline<unknown>
): Effect.Effect<Uint8Array | undefined, E> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    const read = readChunks(source, (chunk) => {
      chunks.push(chunk)
      size += chunk.byteLength
      deadline.touch()
      return size <= most
    })
    return Effect.map(read, () => (size > most ? undefined : join(chunks)))
  })

/** Reads the start of a body: at least `enough` bytes if they come within the time. Failures after that are ignored. */
export const readStart = (
  source: Omit<BodySource<never>, "onError">,
  enough: number,
  time: Duration.Duration
): Effect.Effect<Uint8Array> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    const read = readChunks({ ...source, onError: () => undefined }, (chunk) => {
      chunks.push(chunk)
      size += chunk.byteLength
      return size < enough
    })
    // Not with `Effect.ignore`, which would add the logger of Effect to every program.
    const settled = Effect.catch(read, () => Effect.void)
    return Effect.map(Effect.raceFirst(settled, Effect.sleep(time)), () => join(chunks))
  })

/** Closes a body that nobody will read. */
export const discard = (source: Omit<BodySource<never>, "onError">): Effect.Effect<void> =>
  Effect.catch(
    Effect.flatMap(open({ ...source, onError: () => undefined }), (reader) =>
      reader === undefined ? Effect.void : close(reader)
    ),
    () => Effect.void
  )

type Answer<E> = Pull.Pull<NonEmptyReadonlyArray<Uint8Array>, E>

/** Chunks that are there at once are given together, up to about this many bytes: what fetch reads from a socket at once. */
const enoughBytes = 64 * 1024

const nextTurn = Promise.resolve()

/**
 * Reads a body, pull by pull. Everything that the chunks can share is made once.
 *
 * A pull waits for a chunk, and also takes those that are there behind it, because waking its fiber costs more than decoding
 * a small event. For this, one more read begins, which may still be under way when the pull has returned.
 */
class Chunks<E> {
  readonly #reader: Reader
  readonly #deadline: Deadline<E>
  readonly #idleTimeout: Duration.Duration
  #isReading = false
  /** Resumes the pull that waits. */
  #resume: ((answer: Answer<E>) => void) | undefined
  /** The chunks that no pull has taken. Those of a read whose pull was interrupted are kept here, too. */
  #chunks: Array<Uint8Array> = []
  #byteLength = 0
  /** Whether it waits for chunks behind those that it has, and how many it had when it last looked. */
  #isGathering = false
  #gathered = 0
  #end: Answer<E> | undefined
  readonly #onRead: (result: ReadableStreamReadResult<Uint8Array>) => void
  readonly #onBroken: (cause: unknown) => void
  readonly #onTurn: () => void
  readonly #leave: Effect.Effect<void>
  readonly pull: Answer<E>

  constructor(reader: Reader, deadline: Deadline<E>, idleTimeout: Duration.Duration, onError: (cause: unknown) => E) {
    this.#reader = reader
    this.#deadline = deadline
    this.#idleTimeout = idleTimeout
    this.#onRead = ({ done, value }) => {
      this.#isReading = false
      if (done) this.finish(Cause.done())
      else if (this.#end === undefined) this.#take(value)
    }
    this.#onBroken = (cause) => this.finish(Effect.fail(onError(cause)))
    this.#onTurn = () => {
      this.#isGathering = false
      if (this.#chunks.length > this.#gathered) this.#gather()
      else this.#give()
    }
    this.#leave = Effect.sync(() => {
      this.#resume = undefined
      deadline.stop()
    })
    this.pull = Effect.callback((resume) => this.#ask(resume))
  }

  #ask(resume: (answer: Answer<E>) => void): Effect.Effect<void> | undefined {
    this.#resume = resume
    this.#give()
    if (this.#resume === undefined) return undefined
    this.#deadline.start(this.#idleTimeout)
    this.#read()
    return this.#leave
  }

  #read(): void {
    if (this.#isReading) return
    this.#isReading = true
    this.#reader.read().then(this.#onRead, this.#onBroken)
  }

  #take(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#byteLength += chunk.byteLength
    if (this.#resume === undefined) return
    if (this.#byteLength >= enoughBytes) this.#give()
    else {
      this.#read()
      this.#gather()
    }
  }

  /** Looks again in the next turn of the microtasks, in which a chunk that is there has come. */
  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    this.#gathered = this.#chunks.length
    void nextTurn.then(this.#onTurn)
  }

  /** Gives the chunks to the pull that waits, or the end if there are none. */
  #give(): void {
    const resume = this.#resume
    const chunks = this.#chunks
    const answer = isReadonlyArrayNonEmpty(chunks) ? Effect.succeed(chunks) : this.#end
    if (resume === undefined || answer === undefined) return
    this.#resume = undefined
    this.#chunks = []
    this.#byteLength = 0
    this.#deadline.stop()
    resume(answer)
  }

  finish(answer: Answer<E>): void {
    if (this.#end !== undefined) return
    this.#end = answer
    this.#give()
  }
}

/**
 * Streams the chunks of the body. Fails when a pull waits too long. The time that a reader takes between pulls does not
 * count.
 */
export const streamBody = <E>(
  source: BodySource<E>,
  idleTimeout: Duration.Duration,
  onIdle: () => E
): Stream.Stream<Uint8Array, E> =>
  Stream.fromChannel(
    Channel.fromTransform((_: unknown, scope: Scope.Scope) =>
      Effect.flatMap(open(source), (reader) => {
        if (reader === undefined) return Effect.succeed(Cause.done())
        return Effect.flatMap(makeDeadline([idleTimeout], onIdle), (deadline) => {
          const chunks = new Chunks(reader, deadline, idleTimeout, source.onError)
          const watch = Effect.catch(deadline.expired, (error) => Effect.sync(() => chunks.finish(Effect.fail(error))))
          return Scope.addFinalizer(scope, close(reader)).pipe(
            Effect.andThen(Effect.forkIn(watch, scope, { startImmediately: true })),
            Effect.as(chunks.pull)
          )
        })
      })
    )
  )
