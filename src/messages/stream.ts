import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import * as Predicate from "effect/Predicate"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import {
  ConnectionError,
  type DecodeError,
  type IdleTimeoutError,
  MessageInterruptedError,
  type RequestError,
  type SpendLimitError
} from "../AnthropicError.ts"
import { explain } from "../decode/json.ts"
import { type ServerSentEvent, SseDecoder } from "../decode/sse.ts"
import { decodeError } from "../http/decodeError.ts"
import { fromEvent, type ReportedFailure } from "../http/errors.ts"
import type { Failure } from "../http/retry.ts"
import { type ApiResponse, type Operation, openWith } from "../http/transport.ts"
import { accept, UnknownMember } from "../schema/checked.ts"
import { MessageEvent } from "../schema/MessageEvent.ts"
import { MessageBuilder } from "./accumulate.ts"

export type StreamError = RequestError | SpendLimitError | MessageInterruptedError

export type StreamOperation = Operation<SpendLimitError> & { readonly kind: "generating" }

type Reason = MessageInterruptedError["reason"]

/** Why a stream of events ended before its message did; `failure` is missing when nothing but the end is wrong. */
interface Broken {
  readonly reason: Reason
  readonly failure:
    | ReportedFailure<SpendLimitError | DecodeError>
    | { readonly fate: "answered"; readonly error: ConnectionError | IdleTimeoutError }
    | undefined
}

const knownEvents = new Set([
  "message_start",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop"
])

const decodeEvent = Schema.decodeUnknownResult(MessageEvent)
const acceptEvent = accept(MessageEvent)

/** Parses one of very many small pieces of JSON; none of them is `undefined`. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads the events of one answer out of the bytes of its body, and follows its message. */
class EventReader {
  readonly #operation: StreamOperation
  readonly #response: ApiResponse
  readonly #decoder: SseDecoder
  readonly #message = new MessageBuilder()
  /** The start of a body that has no event yet: it may be something else. */
  #start: Uint8Array | undefined = new Uint8Array(0)
  #hasBegun = false
  /** What comes after the last event. */
  broken: Broken | undefined

  constructor(operation: StreamOperation, response: ApiResponse, maxEventLength: number) {
    this.#operation = operation
    this.#response = response
    this.#decoder = new SseDecoder(maxEventLength)
  }

  get isComplete(): boolean {
    return this.#message.isComplete
  }

  /** The events that end in these chunks, up to the end of the message or to what is wrong. */
  read(chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<MessageEvent> {
    const events: Array<MessageEvent> = []
    for (const chunk of chunks) {
      const received = this.#decoder.push(chunk)
      if (received.length > 0) this.#start = undefined
      else if (this.#start !== undefined) this.#start = startOf(this.#start, chunk)
      for (const event of received) {
        if (this.broken !== undefined || this.isComplete) break
        this.#take(event, events)
      }
    }
    const failure = this.#decoder.failure
    if (failure !== undefined && !this.isComplete) this.broken ??= this.#malformed("", `an event: ${failure}`)
    if (events.length > 0) this.#hasBegun = true
    return events
  }

  #take(received: ServerSentEvent, events: Array<MessageEvent>): void {
    if (received.event === "ping" || (received.data === "" && received.event !== "error")) return
    const event = this.#decode(received)
    if (event === undefined) return
    const problem = this.#message.push(event)
    if (problem === undefined) events.push(event)
    else this.broken = this.#malformed(received.data, problem)
  }

  /** The body has ended; the message has not. */
  end(): Broken {
    if (this.#start === undefined) return { reason: "ended", failure: undefined }
    const text = new TextDecoder().decode(this.#start)
    return this.#malformed(text, text.trim() === "" ? "the body is empty" : "it is not a stream of events")
  }

  /** What the reader of the events is told: the plain error as long as there was no event, then one with the message. */
  report({ reason, failure }: Broken): Failure<StreamError> {
    if (!this.#hasBegun) return failure ?? { fate: "answered", error: this.#endedEarly() }
    return {
      fate: "final",
      error: new MessageInterruptedError({
        operation: this.#operation.name,
        reason,
        partial: this.#message.build(),
        cause: failure?.error,
        requestId: this.#response.requestId
      })
    }
  }

  #endedEarly(): ConnectionError {
    return new ConnectionError({
      operation: this.#operation.name,
      phase: "body",
      description: "the stream ended before its first event",
      requestId: this.#response.requestId
    })
  }

  /** The event, or nothing for what is none: a ping, and what is `broken`. */
  #decode({ event, data }: ServerSentEvent): MessageEvent | undefined {
    if (event === "error") return this.#stop(this.#told(data))
    const value = parse(data)
    const decoded = value === undefined ? undefined : acceptEvent(value)
    if (decoded === undefined) return this.#decodeStrange(event, data, value)
    if (decoded.type !== "unknown") return decoded
    if (decoded.raw.type === "error") return this.#stop(this.#told(data))
    return decoded.raw.type === "ping" ? undefined : decoded
  }

  /** An unknown event need not have a type; everything else says what is wrong with it. */
  #decodeStrange(event: string, data: string, value: unknown): MessageEvent | undefined {
    if (Predicate.isReadonlyObject(value) && value.type === undefined && event !== "" && !knownEvents.has(event)) {
      return new UnknownMember(value)
    }
    if (value === undefined) return this.#stop(this.#malformed(data, "it is not JSON"))
    const decoded = decodeEvent(value)
    if (Result.isSuccess(decoded)) return decoded.success
    const { description, path } = explain(decoded.failure)
    return this.#stop(this.#malformed(data, description, path))
  }

  #stop(broken: Broken): undefined {
    this.broken = broken
  }

  /** What an `error` event tells. */
  #told(text: string): Broken {
    const { requestId, scrub } = this.#response
    const { name: operation, codes } = this.#operation
    return { reason: "error", failure: fromEvent({ operation, requestId, text, scrub, codes }) }
  }

  #malformed(text: string, description: string, path: ReadonlyArray<string | number> = []): Broken {
    const error = decodeError(this.#operation.name, this.#response, { text, description, path })
    return { reason: "malformed", failure: { fate: "final", error } }
  }
}

/** As much of a body as an error shows, in bytes. */
const startLength = 2_000

const startOf = (start: Uint8Array, chunk: Uint8Array): Uint8Array => {
  const room = startLength - start.byteLength
  if (room <= 0) return start
  const joined = new Uint8Array(start.byteLength + Math.min(room, chunk.byteLength))
  joined.set(start)
  joined.set(chunk.subarray(0, room), start.byteLength)
  return joined
}

const cutOff = (error: ConnectionError | IdleTimeoutError): Broken => ({
  reason: error._tag === "IdleTimeoutError" ? "idle" : "connection",
  failure: { fate: "answered", error }
})

type Bytes = Pull.Pull<NonEmptyReadonlyArray<Uint8Array>, ConnectionError | IdleTimeoutError>

type Events = NonEmptyReadonlyArray<MessageEvent>

const isNonEmpty = (events: ReadonlyArray<MessageEvent>): events is Events => events.length > 0

/** How long the end of a body is awaited after the message is complete, so that its connection can be used again. */
const linger = "1 second"

const drain = (pull: Bytes): Effect.Effect<void> => Effect.ignore(Effect.timeout(Effect.forever(pull), linger))

/** The next events, at least one, or what broke the stream before them. */
const readEvents = (reader: EventReader, pull: Bytes): Effect.Effect<Events, Broken> =>
  Effect.suspend(() => {
    if (reader.broken !== undefined) return Effect.fail(reader.broken)
    return Pull.matchEffect(pull, {
      onSuccess: (chunks) => {
        const events = reader.read(chunks)
        return isNonEmpty(events) ? Effect.succeed(events) : readEvents(reader, pull)
      },
      onFailure: (cause) => Effect.failCause(Cause.map(cause, cutOff)),
      onDone: () => Effect.fail(reader.end())
    })
  })

/** Reads up to the first events of a response; what goes wrong before them is a failure of the attempt. */
const begin = Effect.fnUntraced(function* (reader: EventReader, body: ApiResponse["body"]) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const pull = yield* Scope.provide(Stream.toPull(body), scope)
  const first = yield* readEvents(reader, pull).pipe(
    Effect.mapError((broken) => reader.report(broken)),
    Effect.onError(() => Scope.close(scope, Exit.void))
  )
  const rest = Effect.suspend(
    (): Pull.Pull<Events, StreamError> =>
      reader.isComplete
        ? Effect.andThen(drain(pull), Cause.done())
        : Effect.mapError(readEvents(reader, pull), (broken) => reader.report(broken).error)
  )
  return Stream.concat(Stream.fromArray(first), Stream.fromPull(Effect.succeed(rest)))
})

/**
 * The events of one answer, to `message_stop`. The attempt is repeated as the settings say as long as there was no event,
 * and never after it; its connection is closed with the stream.
 */
export const open = (
  operation: StreamOperation,
  maxEventLength: number
): Stream.Stream<MessageEvent, StreamError, HttpClient.HttpClient> =>
  Stream.unwrap(
    openWith(operation, (response) => begin(new EventReader(operation, response, maxEventLength), response.body))
  )
