import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import { errorBody, errorType } from "./server/wire.ts"

/**
 * A connection that broke, as the emulator breaks it; in process it is the `cause` of the `HttpClientError`.
 *
 * @since 0.1.0
 */
export class Disconnected extends Data.TaggedError("Disconnected")<{ readonly cause?: unknown }> {
  readonly code = "ECONNRESET"
  override get message() {
    return "read ECONNRESET"
  }
}

/**
 * Which requests a fault is for: all of what is given must hold; with nothing given, every request.
 *
 * `path` is a prefix of the path, an expression, or a function of it; the path is without the query.
 *
 * @since 0.1.0
 */
export interface Match {
  readonly method?: "GET" | "POST" | "DELETE" | (string & {}) | undefined
  readonly path?: string | RegExp | ((path: string) => boolean) | undefined
}

/**
 * One request as a fault sees it.
 *
 * @since 0.1.0
 */
export interface Delivery {
  /** Carries the request out and gives the API's answer. */
  readonly normal: Effect.Effect<HttpServerResponse.HttpServerResponse, Disconnected>
  readonly requestId: string
  /** The headers that the API puts on every answer. */
  readonly headers: { readonly [name: string]: string }
  /** Whether bytes reach the client over a socket, so that the client decodes them itself. */
  readonly isSocket: boolean
  /** Says that the fault could not happen to this answer, which fails the test like a fault nobody consumed. */
  readonly missed: (why: string) => void
}

/**
 * What a fault does to an answer; the constructors of this module make them, and a test may write its own.
 *
 * @since 0.1.0
 */
export interface Action {
  readonly name: string
  /** How much of the request's body is read before, in bytes and at least; all of it when absent. */
  readonly readAtMost?: number | undefined
  readonly run: (delivery: Delivery) => Effect.Effect<HttpServerResponse.HttpServerResponse, Disconnected>
}

/**
 * An action with the requests it is for: `{ when: { path: "/v1/models" }, times: 2, ...Fault.status(529) }`.
 *
 * `times` is how often it happens (once by default). `skip` lets that many matching requests pass first; every matching
 * request counts from the moment of scripting, also one that another fault took.
 *
 * @since 0.1.0
 */
export interface Fault extends Action {
  readonly when?: Match | undefined
  readonly times?: number | undefined
  readonly skip?: number | undefined
}

type Headers = { readonly [name: string]: string }

type Body = Stream.Stream<Uint8Array, Disconnected>

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const disconnected = (cause: unknown): Disconnected =>
  cause instanceof Disconnected ? cause : new Disconnected({ cause })

const bodyOf = (response: HttpServerResponse.HttpServerResponse): Body => {
  const { body } = response
  if (body._tag === "Uint8Array") return Stream.succeed(body.body)
  return body._tag === "Stream" ? Stream.mapError(body.stream, disconnected) : Stream.empty
}

/** The same answer with another body, of which nobody tells the length. */
const withBody = (
  response: HttpServerResponse.HttpServerResponse,
  body: Body
): HttpServerResponse.HttpServerResponse => {
  const { "content-length": _, ...headers } = response.headers
  return HttpServerResponse.stream(body, { status: response.status, headers })
}

const bodyAction = (name: string, change: (body: Body, delivery: Delivery) => Body): Action => ({
  name,
  run: (delivery) => Effect.map(delivery.normal, (response) => withBody(response, change(bodyOf(response), delivery)))
})

/** The first `bytes` bytes; `onShort` hears when there were fewer. */
const prefix = (body: Body, bytes: number, onShort: (length: number) => void): Body =>
  bytes <= 0
    ? Stream.empty
    : Stream.suspend(() => {
        let left = bytes
        return body.pipe(
          Stream.map((chunk) => {
            const kept = chunk.subarray(0, left)
            left -= kept.length
            return { kept, isLast: left === 0 }
          }),
          Stream.takeUntil(({ isLast }) => isLast),
          Stream.map(({ kept }) => kept),
          Stream.onEnd(
            Effect.sync(() => {
              if (left > 0) onShort(bytes - left)
            })
          )
        )
      })

const shorter = (delivery: Delivery, bytes: number) => (length: number) =>
  delivery.missed(`the body has ${length} bytes, fewer than ${bytes}`)

const breakConnection: Body = Stream.suspend(() => Stream.fail(new Disconnected({})))

/**
 * What to put into an error answer instead of what the API says with that status.
 *
 * @since 0.1.0
 */
export interface StatusOptions {
  readonly headers?: Headers | undefined
  /** The whole body, instead of the API's error. */
  readonly body?: string | undefined
  readonly errorType?: string | undefined
  readonly message?: string | undefined
  /** Becomes `error.details.error_code`. */
  readonly errorCode?: string | undefined
  /** More fields of `error.details`. */
  readonly details?: { readonly [key: string]: unknown } | undefined
}

const statusResponse = (
  status: number,
  options: StatusOptions,
  delivery: Delivery
): HttpServerResponse.HttpServerResponse => {
  const { errorCode, details } = options
  const error = {
    type: options.errorType ?? errorType(status),
    message: options.message ?? `scripted answer with status ${status}`,
    ...(errorCode === undefined && details === undefined
      ? {}
      : { details: { ...(errorCode === undefined ? {} : { error_code: errorCode }), ...details } })
  }
  return HttpServerResponse.uint8Array(encode(options.body ?? JSON.stringify(errorBody(error, delivery.requestId))), {
    status,
    headers: { "content-type": "application/json", ...delivery.headers, ...options.headers }
  })
}

/**
 * Answers with an error of the API without carrying the request out: the error JSON of that status by default.
 *
 * @since 0.1.0
 */
export const status = (status: number, options: StatusOptions = {}): Action => ({
  name: `status(${status})`,
  run: (delivery) => Effect.sync(() => statusResponse(status, options, delivery))
})

/**
 * Answers as a proxy does: a page of HTML, with none of the API's headers.
 *
 * @since 0.1.0
 */
export const html = (status: number): Action => ({
  name: `html(${status})`,
  run: () =>
    Effect.succeed(
      HttpServerResponse.text(`<html><head><title>${status}</title></head><body>${status}</body></html>`, {
        status,
        contentType: "text/html"
      })
    )
})

/**
 * Answers with a status and nothing else: no body, none of the API's headers.
 *
 * @since 0.1.0
 */
export const empty = (status: number): Action => ({
  name: `empty(${status})`,
  run: () => Effect.succeed(HttpServerResponse.empty({ status }))
})

/**
 * Answers with anything at all, as `application/json` and with the API's headers unless `headers` say otherwise.
 *
 * @since 0.1.0
 */
export const body = (
  content: string | Uint8Array,
  options: { readonly status?: number | undefined; readonly headers?: Headers | undefined } = {}
): Action => ({
  name: "body",
  run: (delivery) =>
    Effect.sync(() =>
      HttpServerResponse.uint8Array(typeof content === "string" ? encode(content) : content, {
        status: options.status ?? 200,
        headers: { "content-type": "application/json", ...delivery.headers, ...options.headers }
      })
    )
})

/**
 * Sends the client elsewhere without carrying the request out.
 *
 * @since 0.1.0
 */
export const redirect = (location: string, status = 307): Action => ({
  name: `redirect(${location})`,
  run: (delivery) => Effect.sync(() => HttpServerResponse.redirect(location, { status, headers: delivery.headers }))
})

/**
 * Waits on the `Clock` after the request has arrived, then answers as usual, or as `action` says.
 *
 * @since 0.1.0
 */
export const delay = (duration: Duration.Input, action?: Action): Action => ({
  name: action === undefined ? "delay" : `delay(${action.name})`,
  run: (delivery) => Effect.delay(action === undefined ? delivery.normal : action.run(delivery), duration)
})

/**
 * Breaks the connection before the headers of an answer; the request is not carried out.
 *
 * @since 0.1.0
 */
export const resetBeforeHeaders = (): Action => ({
  name: "resetBeforeHeaders",
  run: () => Effect.fail(new Disconnected({}))
})

/**
 * Breaks the connection when `bytes` bytes of the request's body have come, which it must have.
 *
 * @since 0.1.0
 */
export const resetDuringUpload = (bytes: number): Action => ({
  name: `resetDuringUpload(${bytes})`,
  readAtMost: bytes,
  run: () => Effect.fail(new Disconnected({}))
})

/**
 * Does what `action` does before the request's body is read, of which nothing is read then: the request cannot be carried
 * out.
 *
 * @since 0.1.0
 */
export const beforeBody = (action: Action): Action => ({
  ...action,
  name: `beforeBody(${action.name})`,
  readAtMost: 0
})

/**
 * Takes the request and never answers; the request is not carried out.
 *
 * @since 0.1.0
 */
export const stallBeforeHeaders = (): Action => ({ name: "stallBeforeHeaders", run: () => Effect.never })

/**
 * Carries the request out, then breaks the connection before the headers of the answer.
 *
 * @since 0.1.0
 */
export const processedThenReset = (): Action => ({
  name: "processedThenReset",
  run: (delivery) => Effect.andThen(delivery.normal, Effect.fail(new Disconnected({})))
})

/**
 * Carries the request out, then never answers.
 *
 * @since 0.1.0
 */
export const processedThenStall = (): Action => ({
  name: "processedThenStall",
  run: (delivery) => Effect.andThen(delivery.normal, Effect.never)
})

/**
 * Carries the request out, then answers with an error of the API.
 *
 * @since 0.1.0
 */
export const processedThenStatus = (status: number, options: StatusOptions = {}): Action => ({
  name: `processedThenStatus(${status})`,
  run: (delivery) => Effect.map(delivery.normal, () => statusResponse(status, options, delivery))
})

/**
 * Breaks the connection after `bytes` bytes of the body.
 *
 * @since 0.1.0
 */
export const resetAfter = (bytes: number): Action =>
  bodyAction(`resetAfter(${bytes})`, (body, delivery) =>
    Stream.concat(prefix(body, bytes, shorter(delivery, bytes)), breakConnection)
  )

/**
 * Breaks the connection after the last byte of the body, before its end is told.
 *
 * @since 0.1.0
 */
export const resetAtEnd = (): Action => bodyAction("resetAtEnd", (body) => Stream.concat(body, breakConnection))

/**
 * Ends the body cleanly after `bytes` bytes; no header tells how long it should have been.
 *
 * @since 0.1.0
 */
export const truncate = (bytes: number): Action =>
  bodyAction(`truncate(${bytes})`, (body, delivery) => prefix(body, bytes, shorter(delivery, bytes)))

/**
 * Sends `bytes` bytes of the body, then nothing, and leaves the connection open.
 *
 * @since 0.1.0
 */
export const stall = (bytes: number): Action =>
  bodyAction(`stall(${bytes})`, (body, delivery) =>
    Stream.concat(prefix(body, bytes, shorter(delivery, bytes)), Stream.never)
  )

/**
 * Sends the body in pieces of `bytes` bytes, each after waiting `every` on the `Clock` when that is given.
 *
 * A socket may join pieces that follow each other at once.
 *
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
 * Answers with what `change` makes of the bytes of the body.
 *
 * @since 0.1.0
 */
export const rewrite = (change: (bytes: Uint8Array) => Uint8Array): Action =>
  bodyAction("rewrite", (body, delivery) =>
    Stream.unwrap(
      Effect.map(Stream.mkUint8Array(body), (bytes) => {
        const changed = change(bytes)
        if (isSame(bytes, changed)) delivery.missed("the bytes were given back unchanged")
        return Stream.succeed(changed)
      })
    )
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
 * Compresses the body with gzip; with `truncate` only that many compressed bytes are sent, and end cleanly.
 *
 * In process nothing is left to decode for the client: the body is the decoded bytes, of a truncated one as many as can
 * be decoded, while the header still says `content-encoding: gzip`, as under fetch.
 *
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

const after = (delivery: Delivery, body: Body, count: number): Body =>
  Stream.suspend(() => {
    let passed = 0
    return body.pipe(
      Stream.take(count),
      Stream.tap(() =>
        Effect.sync(() => {
          passed += 1
        })
      ),
      Stream.onEnd(
        Effect.sync(() => {
          if (passed < count) delivery.missed(`the stream has ${passed} events, fewer than ${count}`)
        })
      )
    )
  })

/**
 * Sends the first `count` events of a streamed message, the `ping` among them, then an `error` event, and ends.
 *
 * `data` is sent instead of the API's error when it is given.
 *
 * @since 0.1.0
 */
export const errorAfterEvents = (
  count: number,
  options: { readonly errorType?: string | undefined; readonly data?: string | undefined } = {}
): Action =>
  bodyAction(`errorAfterEvents(${count})`, (body, delivery) => {
    const error = { type: options.errorType ?? "overloaded_error", message: "scripted error" }
    const data = options.data ?? JSON.stringify(errorBody(error, delivery.requestId))
    return Stream.concat(after(delivery, body, count), Stream.succeed(encode(`event: error\ndata: ${data}\n\n`)))
  })

/**
 * Sends the first `count` events of a streamed message, then ends cleanly, breaks the connection, or stands still.
 *
 * @since 0.1.0
 */
export const cutAfterEvents = (count: number, how: "end" | "reset" | "stall"): Action =>
  bodyAction(`cutAfterEvents(${count}, ${how})`, (body, delivery) =>
    Stream.concat(
      after(delivery, body, count),
      how === "end" ? Stream.empty : how === "reset" ? breakConnection : Stream.never
    )
  )
