// One attempt of a call: prepares the request, sends it, follows redirects, and converts every answer except a 2xx to a
// typed failure. The body of a 2xx is left to the reader.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import * as Anthropic from "../Anthropic.ts"
import { type ConnectionError, IdleTimeoutError, RedirectError, type RequestError } from "../AnthropicError.ts"
import { breakOf, connectionError } from "./connection.ts"
import type { Deadline } from "./deadline.ts"
import { fromResponse } from "./errors.ts"
import { type ResponseHeaders, rateLimit, retryAfter } from "./headers.ts"
import type { CallSettings, Operation } from "./operation.ts"
import { isRedirect, redirectTarget } from "./redirect.ts"
import { foreignHeaders, prepare } from "./request.ts"
import { type BodySource, discard, readStart } from "./responseBody.ts"
import type { Failure, SourceFailure } from "./retry.ts"
import type { Scrub } from "./scrub.ts"
import { send, type Target } from "./send.ts"

/** A successful response whose body was not read yet. */
export interface Exchanged {
  readonly info: Anthropic.ResponseInfo
  readonly body: BodySource<ConnectionError | IdleTimeoutError>
  readonly idle: () => IdleTimeoutError
  readonly response: Answered
}

/** What errors of an answer need of its response. */
export interface Answered extends Pick<Anthropic.ResponseInfo, "operation" | "requestId" | "status"> {
  readonly scrub: Scrub
}

const final = <E>(error: E): Failure<E> => ({ error, fate: "final" })

const unsent = <E>(error: E): Failure<E> => ({ error, fate: "unsent" })

/** The headers of a response. A server may send the credential back in any of them. */
const scrubbedHeaders = (headers: ResponseHeaders, scrub: Scrub): ResponseHeaders => {
  const scrubbed: Record<string, string> = {}
  for (const name in headers) scrubbed[name] = scrub(headers[name] ?? "")
  return scrubbed
}

/** How much of an error body is read, up to the end of a chunk, in bytes. */
const errorBodyLimit = 64 * 1024

/** How long the body of an error is read. Its status is an error also without it. */
const errorBodyTime = Duration.seconds(10)

/** How long the body of a redirect is read, so that its connection can be used again. Nothing needs its content. */
const redirectBodyTime = Duration.seconds(1)

/** The beginning of a body that is not the answer, as text. A character that is cut off at its end is left out. */
const startOf = (
  operation: Operation<unknown, unknown>,
  settings: Anthropic.Settings,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<string> =>
  Effect.map(
    readStart(
      { response, isUploading: isUploading(operation) },
      errorBodyLimit,
      Duration.min(isRedirect(response.status) ? redirectBodyTime : errorBodyTime, settings.idleTimeout)
    ),
    (bytes) => new TextDecoder().decode(bytes, { stream: true })
  )

const isUploading = ({ body }: Operation<unknown, unknown>): boolean => body !== undefined && body.bytes === undefined

const succeeded = (
  operation: Operation<unknown, unknown>,
  settings: Anthropic.Settings,
  response: HttpClientResponse.HttpClientResponse,
  info: Anthropic.ResponseInfo,
  scrub: Scrub
): Exchanged => {
  const { operation: name, requestId, status } = info
  const idle = () => new IdleTimeoutError({ operation: name, timeout: settings.idleTimeout, requestId })
  const onError = (cause: unknown): ConnectionError | IdleTimeoutError => {
    const broken = breakOf(cause)
    return broken.kind === "body" ? idle() : connectionError(name, broken, { phase: "body", requestId, scrub })
  }
  return {
    info,
    body: { response, isUploading: isUploading(operation), onError },
    idle,
    response: { operation: name, requestId, status, scrub }
  }
}

export const exchange = Effect.fnUntraced(function* <Coded, BodyError>(
  operation: Operation<Coded, BodyError>,
  settings: CallSettings,
  deadline: Deadline<Failure<never>>
): Effect.fn.Return<Exchanged, Failure<RequestError | Coded> | SourceFailure<BodyError>, HttpClient.HttpClient> {
  const { headers, scrub, secret, url } = yield* Effect.mapError(prepare(operation, settings), unsent)
  const onResponse = yield* Anthropic.OnResponse
  let target: Target = { url, headers, isHome: true }
  for (let followed = 0; ; followed++) {
    const response = yield* send(operation, settings, target, { scrub, secret }, deadline)
    const received = scrubbedHeaders(response.headers, scrub)
    const info: Anthropic.ResponseInfo = {
      operation: operation.name,
      model: operation.model,
      status: response.status,
      requestId: received["request-id"],
      rateLimit: rateLimit(received),
      headers: received
    }
    // An observer may take long or die, and then nobody else reads the body.
    yield* Effect.onError(onResponse(info), () => discard({ response, isUploading: isUploading(operation) }))
    if (info.status >= 200 && info.status < 300) return succeeded(operation, settings, response, info, scrub)
    const text = yield* startOf(operation, settings, response)
    if (!isRedirect(info.status)) {
      return yield* Effect.fail(
        fromResponse({
          operation: operation.name,
          status: info.status,
          shouldRetry: received["x-should-retry"],
          retryAfter: retryAfter(received, yield* Clock.currentTimeMillis),
          rateLimit: info.rateLimit,
          requestId: info.requestId,
          text,
          scrub,
          codes: operation.codes
        })
      )
    }
    const to = redirectTarget(operation.method, target.url, response.headers, followed)
    if (Result.isFailure(to)) {
      const error = new RedirectError({ operation: operation.name, status: info.status, description: to.failure })
      return yield* Effect.fail(final(error))
    }
    // After a redirect to another origin the caller's headers are not sent again, even if a later redirect leads back.
    const isHome = target.isHome && to.success.origin === url.origin
    target = { url: to.success, headers: isHome ? headers : foreignHeaders(operation), isHome }
  }
})
