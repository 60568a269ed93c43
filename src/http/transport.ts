import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Anthropic from "../Anthropic.ts"
import {
  ConnectionError,
  CredentialsError,
  type DecodeError,
  IdleTimeoutError,
  IndeterminateError,
  RedirectError,
  type RequestError,
  ResponseTimeoutError
} from "../AnthropicError.ts"
import { explain, parseJson } from "../decode/json.ts"
import { type RequestBody, toHttpBody } from "./body.ts"
import { CurrentCall, type Demand } from "./call.ts"
import { decodeError, type Misfit } from "./decodeError.ts"
import { type CodeClasses, fromResponse, snippet } from "./errors.ts"
import { wrapFetch } from "./fetch.ts"
import { type ResponseHeaders, rateLimit, retryAfter } from "./headers.ts"
import { timeoutIdle } from "./idle.ts"
import { segment } from "./path.ts"
import { refuse } from "./refuse.ts"
import { delayBeforeRetry, type Failure, type OperationKind, type SourceFailure } from "./retry.ts"
import { version } from "./version.ts"

/** One call of the API, ready to be sent any number of times. */
export interface Operation<Coded = never, BodyError = never> {
  /** Names the operation in errors and spans, for example `Batches.create`. */
  readonly name: string
  /** The model that is asked, of calls that draw from its rate limits. */
  readonly model?: string | undefined
  /** What it draws from those limits, for a limiter. */
  readonly demand?: (() => Demand) | undefined
  readonly kind: OperationKind
  readonly method: "GET" | "POST" | "DELETE"
  /** Path segments after `/v1`, not yet encoded. */
  readonly path: ReadonlyArray<string>
  readonly query?: ReadonlyArray<readonly [string, string]> | undefined
  readonly body?: RequestBody<BodyError> | undefined
  readonly accept?: string | undefined
  /** The `accept-encoding` header, also after a redirect; without it the client asks for what it can decode. */
  readonly acceptEncoding?: string | undefined
  readonly codes?: CodeClasses<Coded> | undefined
}

export interface ApiResponse extends Anthropic.ResponseInfo {
  /** Guarded by the idle timeout; closing it early closes the connection. */
  readonly body: Stream.Stream<Uint8Array, ConnectionError | IdleTimeoutError>
  /** Takes the credential out of a text that goes into an error. */
  readonly scrub: (text: string) => string
}

const final = <E>(error: E): Failure<E> => ({ error, fate: "final" })

/** Everything of a call that is settled before it is sent. */
interface Prepared {
  readonly url: URL
  readonly headers: Record<string, string>
  readonly credential: string
}

const hasControl = (text: string): boolean => /[^\t\x20-\x7e\x80-\xff]/.test(text)

const readCredential = Effect.fnUntraced(function* (settings: Anthropic.Settings) {
  const credential = Redacted.value(yield* settings.credentials).trim()
  if (credential === "") {
    return yield* new CredentialsError({ reason: "missing", description: "the credential is empty" })
  }
  if (!/^[\x21-\x7e]+$/.test(credential)) {
    return yield* new CredentialsError({
      reason: "malformed",
      description: "the credential has a character that cannot stand in a header"
    })
  }
  return credential
})

const readUrl = Effect.fnUntraced(function* (operation: Operation<unknown, unknown>, settings: Anthropic.Settings) {
  const base = yield* Effect.mapError(settings.baseUrl, () =>
    refuse(operation.name, "baseUrl", "the configuration could not be read")
  )
  const segments: Array<string> = []
  for (const id of operation.path) {
    const encoded = segment(id)
    if (Result.isFailure(encoded)) return yield* refuse(operation.name, "id", encoded.failure)
    segments.push(encoded.success)
  }
  const url = URL.canParse(base) ? new URL(base) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    return yield* refuse(operation.name, "baseUrl", "not an http(s) URL without user and password")
  }
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/${segments.join("/")}`
  url.hash = ""
  for (const [name, value] of operation.query ?? []) url.searchParams.append(name, value)
  return url
})

const prepare = Effect.fnUntraced(function* (operation: Operation<unknown, unknown>, settings: Anthropic.Settings) {
  const url = yield* readUrl(operation, settings)
  const credential = yield* readCredential(settings)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(settings.headers)) headers[name.toLowerCase()] = value
  headers.accept = operation.accept ?? "application/json"
  headers["anthropic-version"] = settings.version
  headers["user-agent"] = `effect-anthropic/${version}`
  if (operation.acceptEncoding !== undefined) headers["accept-encoding"] = operation.acceptEncoding
  const betas = [...(headers["anthropic-beta"] ?? "").split(","), ...settings.betas].map((beta) => beta.trim())
  const named = [...new Set(betas)].filter((beta) => beta !== "")
  if (named.length > 0) headers["anthropic-beta"] = named.join(",")
  if (settings.workspaceId !== undefined) headers["anthropic-workspace-id"] = settings.workspaceId
  if (settings.userProfileId !== undefined && operation.kind !== "idempotent") {
    headers["anthropic-user-profile-id"] = settings.userProfileId
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || hasControl(value)) {
      return yield* refuse(operation.name, `headers.${name}`, "not a valid header")
    }
  }
  headers.authorization = `Bearer ${credential}`
  const prepared: Prepared = { url, headers, credential }
  return prepared
})

/** The first code in a chain of causes: fetch and the HTTP clients of Node hide it at different depths. */
const codeOf = (cause: unknown, depth = 0): string | undefined => {
  if (typeof cause !== "object" || cause === null || depth > 5) return undefined
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return "cause" in cause ? codeOf(cause.cause, depth + 1) : undefined
}

/** The innermost message, which says more than `fetch failed`. */
const messageOf = (cause: unknown, depth = 0): string => {
  if (!(cause instanceof Error) || depth > 5) return ""
  const inner = messageOf(cause.cause, depth + 1)
  return inner === "" ? cause.message : inner
}

/** Codes that mean no connection was made, so that nothing was sent. */
const connectCodes = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "ConnectionRefused"])

const causeOf = (error: HttpClientError.HttpClientError): unknown =>
  "cause" in error.reason ? error.reason.cause : undefined

const connectionError = (
  operation: Operation<unknown, unknown>,
  error: HttpClientError.HttpClientError,
  context: {
    readonly phase: "request" | "body"
    readonly requestId?: string | undefined
    readonly scrub: (text: string) => string
  }
): ConnectionError => {
  const cause = causeOf(error)
  const code = codeOf(cause)
  return new ConnectionError({
    operation: operation.name,
    phase: context.phase === "request" && code !== undefined && connectCodes.has(code) ? "connect" : context.phase,
    code,
    description: snippet(context.scrub(messageOf(cause) || error.reason._tag)),
    requestId: context.requestId
  })
}

const send = Effect.fnUntraced(function* <BodyError>(
  operation: Operation<unknown, BodyError>,
  settings: Anthropic.Settings,
  target: { readonly url: URL; readonly headers: Record<string, string>; readonly isHome: boolean },
  scrub: (text: string) => string
): Effect.fn.Return<
  HttpClientResponse.HttpClientResponse,
  Failure<ConnectionError> | SourceFailure<BodyError>,
  HttpClient.HttpClient
> {
  const client = yield* HttpClient.HttpClient
  let lastPiece = yield* Clock.currentTimeMillis
  let isWaiting = false
  const request = HttpClientRequest.make(operation.method)(target.url.href, { headers: target.headers })
  const body = operation.body
  const timedOut = (after: Duration.Duration) => new ResponseTimeoutError({ operation: operation.name, timeout: after })
  const timeout = Effect.gen(function* () {
    while (true) {
      if (isWaiting) lastPiece = yield* Clock.currentTimeMillis
      const left = lastPiece + Duration.toMillis(settings.responseTimeout) - (yield* Clock.currentTimeMillis)
      if (left <= 0) return yield* timedOut(settings.responseTimeout)
      yield* Effect.sleep(left)
    }
  })
  const setLastPiece = (now: number): void => {
    lastPiece = now
  }
  let sourceCause: Cause.Cause<BodyError> | undefined
  const describe = (cause: unknown): Error => Object.assign(new Error(scrub(messageOf(cause))), { code: codeOf(cause) })
  return yield* client
    .execute(
      body === undefined
        ? request
        : HttpClientRequest.setBody(
            request,
            toHttpBody(body, {
              onPiece: setLastPiece,
              onFailure: (cause) => {
                sourceCause = cause
              }
            })
          )
    )
    .pipe(
      Effect.updateService(FetchHttpClient.Fetch, wrapFetch(body?.length, describe)),
      Effect.provideService(FetchHttpClient.StreamBodyFallback, "buffer"),
      Effect.provideService(CurrentCall, {
        operation: operation.name,
        model: operation.model,
        demand: operation.demand,
        onWait: (waits, now) => {
          isWaiting = waits
          setLastPiece(now)
        }
      }),
      Effect.provideService(HttpClient.TracerPropagationEnabled, settings.propagateTraces && target.isHome),
      Effect.provideService(HttpClient.SpanNameGenerator, () => `${operation.method} ${operation.name}`),
      Effect.updateService(Headers.CurrentRedactedNames, (names) => [
        "authorization",
        ...names,
        ...Object.keys(settings.headers)
      ]),
      Effect.catch((error) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.fail(
            codeOf(causeOf(error)) === "UND_ERR_HEADERS_TIMEOUT"
              ? timedOut(Duration.millis(now - lastPiece))
              : connectionError(operation, error, { phase: "request", scrub })
          )
        )
      ),
      Effect.raceFirst(timeout),
      Effect.catch((error): Effect.Effect<never, Failure<ConnectionError> | SourceFailure<BodyError>> => {
        if (sourceCause !== undefined) {
          return Effect.failCause(Cause.map(sourceCause, (failed) => ({ fate: "source" as const, error: failed })))
        }
        const isSent = !(error._tag === "ConnectionError" && error.phase === "connect")
        return Effect.fail(isSent ? { fate: "unknown", error } : { fate: "refused", error })
      })
    )
})

/** The longest part of an error body that is read, in bytes. */
const errorBodyLimit = 64 * 1024

/** Reads the start of a body that is not the answer, whatever becomes of it, and closes the rest. */
const readStart = (response: HttpClientResponse.HttpClientResponse, settings: Anthropic.Settings) => {
  const decoder = new TextDecoder()
  let text = ""
  let size = 0
  return Stream.runForEachWhile(response.stream, (chunk) =>
    Effect.sync(() => {
      size += chunk.byteLength
      text += decoder.decode(chunk, { stream: true })
      return size < errorBodyLimit
    })
  ).pipe(
    Effect.timeout(settings.idleTimeout),
    Effect.ignore,
    Effect.map(() => text)
  )
}

const maxRedirects = 5

/** Where a redirect leads, or why it is not followed. */
const redirectTarget = (
  operation: Operation<unknown, unknown>,
  from: URL,
  response: { readonly status: number; readonly headers: ResponseHeaders },
  followed: number
): Result.Result<URL, string> => {
  if (operation.method !== "GET") return Result.fail(`a ${operation.method} is not sent elsewhere`)
  const location = response.headers.location
  if (location === undefined || !URL.canParse(location, from)) return Result.fail("it names no usable location")
  if (followed >= maxRedirects) return Result.fail(`more than ${maxRedirects} redirects`)
  const to = new URL(location, from)
  if (!/^https?:$/.test(to.protocol)) return Result.fail("it names no usable location")
  if (to.username !== "" || to.password !== "") return Result.fail("it names a user")
  if (to.origin !== from.origin && to.protocol !== "https:")
    return Result.fail("it leads to another origin without https")
  return Result.succeed(to)
}

const isRedirect = (status: number): boolean => status === 0 || (status >= 301 && status <= 308 && status !== 304)

const guardedBody = (
  operation: Operation<unknown, unknown>,
  settings: Anthropic.Settings,
  response: HttpClientResponse.HttpClientResponse,
  scrub: (text: string) => string,
  requestId: string | undefined
): ApiResponse["body"] => {
  const idle = new IdleTimeoutError({ operation: operation.name, timeout: settings.idleTimeout, requestId })
  const body = Stream.catch(response.stream, (error) => {
    if (error.reason._tag === "EmptyBodyError") return Stream.empty
    const isIdle = codeOf(causeOf(error)) === "UND_ERR_BODY_TIMEOUT"
    return Stream.fail(isIdle ? idle : connectionError(operation, error, { phase: "body", requestId, scrub }))
  })
  return timeoutIdle(body, settings.idleTimeout, () => idle)
}

/** One attempt: sends the request, follows redirects, and turns every answer but a 2xx into a typed failure. */
const exchange = Effect.fnUntraced(function* <Coded, BodyError>(
  operation: Operation<Coded, BodyError>,
  settings: Anthropic.Settings
): Effect.fn.Return<ApiResponse, Failure<RequestError | Coded> | SourceFailure<BodyError>, HttpClient.HttpClient> {
  const { url: origin, headers: allHeaders, credential } = yield* Effect.mapError(prepare(operation, settings), final)
  const onResponse = yield* Anthropic.OnResponse
  const scrub = (text: string): string => text.replaceAll(credential, "<redacted>")
  let url = origin
  let headers = allHeaders
  for (let followed = 0; ; followed++) {
    const isHome = url.origin === origin.origin
    const response = yield* send(operation, settings, { url, headers, isHome }, scrub)
    const info: Anthropic.ResponseInfo = {
      operation: operation.name,
      model: operation.model,
      status: response.status,
      requestId: response.headers["request-id"],
      rateLimit: rateLimit(response.headers),
      headers: { ...response.headers }
    }
    yield* onResponse(info)
    if (info.status >= 200 && info.status < 300) {
      const body = guardedBody(operation, settings, response, scrub, info.requestId)
      return { ...info, body, scrub }
    }
    const text = yield* readStart(response, settings)
    if (!isRedirect(info.status)) {
      return yield* Effect.fail(
        fromResponse({
          operation: operation.name,
          status: info.status,
          shouldRetry: info.headers["x-should-retry"],
          retryAfter: retryAfter(info.headers, yield* Clock.currentTimeMillis),
          rateLimit: info.rateLimit,
          requestId: info.requestId,
          text,
          scrub,
          codes: operation.codes
        })
      )
    }
    const target = redirectTarget(operation, url, info, followed)
    if (Result.isFailure(target)) {
      const error = new RedirectError({ operation: operation.name, status: info.status, description: target.failure })
      return yield* Effect.fail(final(error))
    }
    url = target.success
    if (url.origin !== origin.origin) {
      const encoding = operation.acceptEncoding === undefined ? {} : { "accept-encoding": operation.acceptEncoding }
      headers = { accept: "*/*", "user-agent": `effect-anthropic/${version}`, ...encoding }
    }
  }
})

const readText = (response: ApiResponse) =>
  Effect.mapError(
    Stream.mkString(Stream.decodeText(response.body)),
    (error): Failure<never> => ({ fate: "answered", error })
  )

/** A body that ends early can end cleanly, a compressed one above all; then its JSON does not. */
const cutOff = (operation: Operation<unknown, unknown>, response: ApiResponse, text: string): Failure<never> => ({
  fate: "answered",
  error: new ConnectionError({
    operation: operation.name,
    phase: "body",
    description: `the JSON of the response breaks off after ${text.length} characters`,
    requestId: response.requestId
  })
})

const decodeJson = Effect.fnUntraced(function* <S extends Schema.ConstraintDecoder<unknown>>(
  operation: Operation<unknown, unknown>,
  schema: S,
  response: ApiResponse
): Effect.fn.Return<S["Type"], Failure<DecodeError>> {
  const text = yield* readText(response)
  const misfit = (found: Misfit): Failure<DecodeError> => ({
    fate: "answered",
    error: decodeError(operation.name, response, found)
  })
  const json = parseJson(text)
  if (Result.isFailure(json)) {
    if (text.trimStart().startsWith("{")) return yield* Effect.fail(cutOff(operation, response, text))
    return yield* Effect.fail(misfit({ text, description: json.failure }))
  }
  const decoded = Schema.decodeUnknownResult(schema)(json.success)
  if (Result.isFailure(decoded)) {
    return yield* Effect.fail(misfit({ text, ...explain(decoded.failure) }))
  }
  return decoded.success
})

interface CodedError {
  readonly isRetryable: boolean
}

interface Reported<E, BodyError> {
  readonly failure: Failure<E> | SourceFailure<BodyError>
  readonly startedAt: DateTime.Utc
}

/** Repeats an attempt as the settings and the kind of the operation allow. */
const repeated = Effect.fnUntraced(function* <A, E extends CodedError, BodyError, R>(
  operation: Operation<unknown, BodyError>,
  attempt: (settings: Anthropic.Settings) => Effect.Effect<A, Failure<E> | SourceFailure<BodyError>, R>
): Effect.fn.Return<A, Reported<E, BodyError>, R> {
  const settings = yield* Anthropic.Settings
  for (let retries = 0; ; retries++) {
    const startedAt = yield* DateTime.now
    const result = yield* Effect.result(attempt(settings))
    if (Result.isSuccess(result)) return result.success
    const failure = result.failure
    if (failure.fate === "source" || operation.body?.isRepeatable === false)
      return yield* Effect.fail({ failure, startedAt })
    const delay = yield* delayBeforeRetry(operation.kind, failure, retries, settings.retry)
    if (Option.isNone(delay)) return yield* Effect.fail({ failure, startedAt })
    yield* Effect.sleep(delay.value)
  }
})

const exchangeJson = <S extends Schema.ConstraintDecoder<unknown>, Coded extends CodedError, BodyError>(
  operation: Operation<Coded, BodyError>,
  schema: S
): Effect.Effect<S["Type"], Reported<RequestError | Coded, BodyError>, HttpClient.HttpClient> =>
  repeated(operation, (settings) =>
    Effect.flatMap(
      exchange(operation, settings),
      (response): Effect.Effect<S["Type"], Failure<RequestError | Coded> | SourceFailure<BodyError>> =>
        decodeJson(operation, schema, response)
    )
  )

type Repeatable<Coded> = Operation<Coded> & { readonly kind: "idempotent" | "generating" }

/** Sends an operation that repeating does not harm beyond its cost, and decodes its JSON answer. */
export const request = <S extends Schema.ConstraintDecoder<unknown>, Coded extends CodedError = never>(
  operation: Repeatable<Coded>,
  schema: S
): Effect.Effect<S["Type"], RequestError | Coded, HttpClient.HttpClient> =>
  Effect.mapError(exchangeJson(operation, schema), ({ failure }) => failure.error)

/** Sends an operation that makes something, and decodes its JSON answer. Fails with what its body failed with. */
export const create = <
  S extends Schema.ConstraintDecoder<unknown>,
  Coded extends CodedError = never,
  BodyError = never
>(
  operation: Operation<Coded, BodyError> & { readonly kind: "creating" },
  schema: S
): Effect.Effect<S["Type"], RequestError | IndeterminateError | Coded | BodyError, HttpClient.HttpClient> =>
  Effect.mapError(exchangeJson(operation, schema), ({ failure, startedAt }) => {
    if (failure.fate === "unknown" || failure.fate === "answered") {
      return new IndeterminateError({ operation: operation.name, startedAt, cause: failure.error })
    }
    return failure.error
  })

/** Opens a response to be read as it comes; what breaks off later is the reader's to handle. */
export const open = <Coded extends CodedError = never>(
  operation: Repeatable<Coded>
): Effect.Effect<ApiResponse, RequestError | Coded, HttpClient.HttpClient> => openWith(operation, Effect.succeed)

/** Opens a response and reads its beginning with `begin`, which is part of the attempt: its failures are repeated, too. */
export const openWith = <A, E extends CodedError, R, Coded extends CodedError = never>(
  operation: Repeatable<Coded>,
  begin: (response: ApiResponse) => Effect.Effect<A, Failure<E>, R>
): Effect.Effect<A, RequestError | Coded | E, HttpClient.HttpClient | R> =>
  Effect.mapError(
    repeated(
      operation,
      (
        settings
      ): Effect.Effect<A, Failure<RequestError | Coded | E> | SourceFailure<never>, HttpClient.HttpClient | R> =>
        Effect.flatMap(exchange(operation, settings), begin)
    ),
    ({ failure }) => failure.error
  )
