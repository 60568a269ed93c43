// Reads the events of one answer from the bytes of its body, and checks each event against those before it. A `Broken` says
// why the events ended before their message was complete.
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import {
  ConnectionError,
  type DecodeError,
  type IdleTimeoutError,
  MessageInterruptedError,
  type SpendLimitError
} from "../AnthropicError.ts"
import { isBlank } from "../decode/json.ts"
import { type ServerSentEvent, SseDecoder } from "../decode/sse.ts"
import { decodeError } from "../http/decodeError.ts"
import { type CodeClasses, fromEvent, type ReportedFailure } from "../http/errors.ts"
import type { Failure } from "../http/retry.ts"
import type { ApiResponse } from "../http/transport.ts"
import { accept, receive, UnknownMember } from "../schema/checked.ts"
import { MessageEvent } from "../schema/MessageEvent.ts"
import { MessageBuilder } from "./accumulate.ts"
import type { StreamError } from "./errors.ts"

/** What the reader of a stream knows about its call. */
export interface StreamOperation {
  readonly name: string
  readonly codes: CodeClasses<SpendLimitError>
}

/** Why a stream of events ended before its message. Without `failure`, only the end is wrong. */
export interface Broken {
  readonly reason: MessageInterruptedError["reason"]
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

const receiveEvent = receive(MessageEvent)
const acceptEvent = accept(MessageEvent)

/** Parses one of very many small pieces of JSON. Returns undefined if it is not JSON. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How much of a body without events is kept, in bytes. */
const startLength = 64 * 1024

/** The beginning of a body, kept until it is clear that it is a stream of events. This is usually clear at once. */
class BodyStart {
  #decoder: TextDecoder | undefined
  #left = startLength
  text = ""

  push(chunk: Uint8Array): void {
    if (this.#left <= 0) return
    this.#decoder ??= new TextDecoder()
    this.text += this.#decoder.decode(chunk.subarray(0, this.#left), { stream: true })
    this.#left -= chunk.byteLength
  }
}

const fields = ["event", "data", "id", "retry"]

/** Whether a text begins like events: with a field or a comment, or with the beginning of one. */
const beginsAsEvents = (text: string): boolean => {
  const [line = ""] = text.trimStart().split(/[\r\n:]/, 1)
  return line === "" || fields.some((field) => (text.trimStart() === line ? field.startsWith(line) : field === line))
}

export class EventReader {
  readonly #operation: StreamOperation
  readonly #response: ApiResponse
  readonly #decoder: SseDecoder
  readonly #message = new MessageBuilder()
  #start: BodyStart | undefined = new BodyStart()
  #hasBegun = false
  /** Events that were received and not decoded yet. */
  #left: Array<ServerSentEvent> = []
  /** Why the events ended, after the last event. */
  broken: Broken | undefined

  constructor(operation: StreamOperation, response: ApiResponse, maxEventBytes: number) {
    this.#operation = operation
    this.#response = response
    this.#decoder = new SseDecoder(maxEventBytes)
  }

  get isComplete(): boolean {
    return this.#message.isComplete
  }

  /** Whether events of the last chunks are left for the next `read`. */
  get hasMore(): boolean {
    return this.#left.length > 0 && this.broken === undefined && !this.isComplete
  }

  /**
   * Returns the events that end in these chunks, up to the end of the message or to an error. The first event is returned
   * alone as soon as it is decoded, because a caller waits for it.
   */
  read(chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<MessageEvent> {
    const events: Array<MessageEvent> = []
    const received = this.#left
    this.#left = []
    for (const chunk of chunks) {
      const decoded = this.#decoder.push(chunk)
      if (decoded.length > 0) this.#start = undefined
      else this.#start?.push(chunk)
      for (const event of decoded) received.push(event)
    }
    if (this.#hasBegun) this.#takeAll(received, events)
    else this.#takeFirst(received, events)
    const failure = this.#decoder.failure
    if (failure !== undefined && this.#left.length === 0 && !this.isComplete) {
      this.broken ??= this.#malformed(this.#start?.text ?? "", `an event: ${failure}`)
    }
    return events
  }

  /** Takes events up to the first one that is returned, and keeps the others. */
  #takeFirst(received: ReadonlyArray<ServerSentEvent>, events: Array<MessageEvent>): void {
    for (const event of received) {
      if (this.#hasBegun) this.#left.push(event)
      else if (this.broken === undefined) this.#take(event, parse(event.data), events)
      if (events.length > 0) this.#hasBegun = true
    }
  }

  #takeAll(received: ReadonlyArray<ServerSentEvent>, events: Array<MessageEvent>): void {
    // First parses all JSON, then checks all events: a loop with one task is faster than one with both.
    const values = received.map(({ data }) => parse(data))
    for (let index = 0; index < received.length && this.broken === undefined && !this.isComplete; index++) {
      const event = received[index]
      if (event !== undefined) this.#take(event, values[index], events)
    }
  }

  #take(received: ServerSentEvent, value: unknown, events: Array<MessageEvent>): void {
    if (received.event === "ping" || (received.data === "" && received.event !== "error")) return
    const event = this.#decode(received, value)
    if (event === undefined) return
    const problem = this.#message.push(event)
    if (problem === undefined) events.push(event)
    else this.broken = this.#malformed(received.data, problem)
  }

  /** Says why the message is incomplete at the end of the body. */
  end(): Broken {
    const text = this.#start?.text
    if (text === undefined) return { reason: "ended", failure: undefined }
    if (isBlank(text)) return this.#malformed(text, "the body is empty")
    if (!beginsAsEvents(text)) return this.#malformed(text, "it is not a stream of events")
    return { reason: "ended", failure: undefined }
  }

  /** The failure for the reader of the events: the error itself before the first event, then one with the message so far. */
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

  /** Decodes an event. Returns undefined for a ping, and after setting `broken`. */
  #decode({ event, data }: ServerSentEvent, value: unknown): MessageEvent | undefined {
    if (event === "error") return this.#stop(this.#told(data))
    const decoded = value === undefined ? undefined : acceptEvent(value)
    if (decoded === undefined) return this.#decodeStrange(event, data)
    if (decoded.type !== "unknown") return decoded
    if (decoded.raw.type === "error") return this.#stop(this.#told(data))
    return decoded.raw.type === "ping" ? undefined : decoded
  }

  /** Decodes an event that does not fit. An unknown event need not have a type. Everything else is an error. */
  #decodeStrange(event: string, data: string): MessageEvent | undefined {
    const value = parse(data)
    if (Predicate.isReadonlyObject(value) && value.type === undefined && event !== "" && !knownEvents.has(event)) {
      return new UnknownMember(value)
    }
    if (value === undefined) return this.#stop(this.#malformed(data, "it is not JSON"))
    const decoded = receiveEvent(value)
    if (Result.isSuccess(decoded)) return decoded.success
    return this.#stop(this.#malformed(data, decoded.failure.description, decoded.failure.path))
  }

  #stop(broken: Broken): undefined {
    this.broken = broken
  }

  /** Reads an `error` event. */
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
