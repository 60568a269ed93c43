import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"

/** One request as a fake client was asked to send it. */
export interface Sent {
  readonly method: string
  readonly url: URL
  readonly headers: { readonly [name: string]: string }
  /** In milliseconds of the `Clock`. */
  readonly at: number
  /** The body in the pieces that are handed over, as far as it is read. */
  readonly pieces: Stream.Stream<Uint8Array>
  /** The whole body. */
  readonly upload: Effect.Effect<ReadonlyArray<Uint8Array>>
}

/** A response on the caller's `Clock`, or one of the web's with what that does of its own. */
type Reply = HttpServerResponse.HttpServerResponse | Response

/** What a fake client answers with; a failure is the cause of a broken connection. */
export type Answer = Reply | Effect.Effect<Reply, unknown>

/** An `HttpClient` that answers with a function of the request and its number from 0, and keeps a log. */
export const fakeClient = (answer: (sent: Sent, index: number) => Answer) => {
  const requests: Array<Sent> = []
  const client = HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const { body } = request
      const pieces =
        body._tag === "Stream"
          ? Stream.orDie(body.stream)
          : body._tag === "Uint8Array"
            ? Stream.succeed(body.body)
            : Stream.empty
      const at = yield* Clock.currentTimeMillis
      const sent = {
        method: request.method,
        url,
        headers: { ...request.headers },
        at,
        pieces,
        upload: Stream.runCollect(pieces)
      }
      requests.push(sent)
      const answered = answer(sent, requests.length - 1)
      const reply = yield* Effect.mapError(
        Effect.isEffect(answered) && !HttpServerResponse.isHttpServerResponse(answered)
          ? answered
          : Effect.succeed(answered),
        (cause) =>
          new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) })
      )
      return reply instanceof Response
        ? HttpClientResponse.fromWeb(request, reply)
        : HttpServerResponse.toClientResponse(reply, { request })
    })
  )
  return { requests, layer: Layer.succeed(HttpClient.HttpClient, client) }
}

/** A fake client that answers with these in turn, with the last one from then on. */
export const answering = (...answers: readonly [Answer, ...ReadonlyArray<Answer>]) =>
  fakeClient((_, index) => answers[Math.min(index, answers.length - 1)] ?? answers[0])

/** Provides a fake client and a credential; nothing else of the settings is changed unless told. */
export const using = (fake: { readonly layer: Layer.Layer<HttpClient.HttpClient> }, options: Anthropic.Options = {}) =>
  Effect.provide(Layer.merge(fake.layer, Anthropic.layer({ apiKey: "sk-ant-test-1234", ...options })))

/** Runs an effect while virtual time goes on, without the random part of delays unless told. */
export const onVirtualTime = <A, E, R>(effect: Effect.Effect<A, E, R>, random = 0) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.result(effect))
    // A body is encoded in turns, which take no time on the clock.
    yield* Effect.repeat(Effect.yieldNow, { times: 100 })
    yield* TestClock.adjust("2 hours")
    return yield* Fiber.join(fiber)
  }).pipe(Effect.provideService(Random.Random, { nextIntUnsafe: () => 0, nextDoubleUnsafe: () => random }))

type Headers = { readonly [name: string]: string }

export const json = (value: unknown, options: { readonly status?: number; readonly headers?: Headers } = {}) =>
  HttpServerResponse.jsonUnsafe(value, options)

export const text = (
  body: string,
  options: { readonly status?: number; readonly contentType?: string; readonly headers?: Headers } = {}
) => HttpServerResponse.text(body, { contentType: "text/html", ...options })

export const empty = (status: number, headers: Headers = {}) => HttpServerResponse.empty({ status, headers })

export const apiError = (
  status: number,
  type: string,
  options: {
    readonly headers?: Headers
    readonly details?: unknown
    readonly message?: string
    readonly request_id?: string | null
  } = {}
) => {
  const { details, headers = {}, message = "scripted", request_id } = options
  const error = { type, message, ...(details === undefined ? {} : { details }) }
  return json({ type: "error", error, ...(request_id === undefined ? {} : { request_id }) }, { status, headers })
}

/** A body in pieces that ends as `end` does: with its error, never, or after it. */
export const body = (pieces: ReadonlyArray<string>, end: Stream.Stream<never, unknown>) =>
  HttpServerResponse.stream(Stream.concat(Stream.encodeText(Stream.fromIterable(pieces, { chunkSize: 1 })), end), {
    contentType: "application/json"
  })

/** An error of a system or of an HTTP client, as fetch rejects with it. */
export const failure = (code: string, message = code) =>
  new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) })

export const broken = (code: string) => Effect.fail(failure(code))

/** Asserts fields of an object of any type. */
export const assertFields = (actual: object, expected: { readonly [field: string]: unknown }): void =>
  assert.deepEqual(
    Object.fromEntries(Object.keys(expected).map((field) => [field, Reflect.get(actual, field)])),
    expected
  )
