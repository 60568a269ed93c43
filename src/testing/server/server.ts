import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Disconnected } from "../Fault.ts"
import { Form, isForm, readForm } from "../files/form.ts"
import { betasOf, refuseAccess } from "./access.ts"
import { type Endpoint, Exchange } from "./exchange.ts"
import type { Ledger } from "./ledger.ts"
import { type OpenRecord, redact } from "./requestLog.ts"
import { ApiError, errorBody, invalidRequest, notFound, serial } from "./wire.ts"

/** Answers one request, or breaks the connection. */
export type Serve = (
  request: HttpServerRequest.HttpServerRequest,
  isSocket: boolean
) => Effect.Effect<HttpServerResponse.HttpServerResponse, Disconnected>

const organizationId = "b1a0c5de-0000-4000-8000-000000000001"
const workspaceId = "wrkspc_000000000000000000000001"
const loggedBodyBytes = 65_536

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const

const methodNotAllowed = (method: string) =>
  new ApiError({ status: 405, type: "invalid_request_error", message: `Method ${method} is not allowed here` })

/** The endpoints, and on every path of theirs an answer to the other methods. */
const routes = (endpoints: ReadonlyArray<Endpoint>) => {
  const paths = new Set(endpoints.map((endpoint) => endpoint.path))
  const others = [...paths].flatMap((path) =>
    methods
      .filter((method) => !endpoints.some((endpoint) => endpoint.path === path && endpoint.method === method))
      .map((method): Endpoint => ({ method, path, handler: Effect.fail(methodNotAllowed(method)) }))
  )
  return HttpRouter.addAll(
    [...endpoints, ...others].map((endpoint) => HttpRouter.route(endpoint.method, endpoint.path, endpoint.handler))
  )
}

const hasBody = (method: string): boolean => method === "POST" || method === "PUT" || method === "PATCH"

type Body = HttpServerRequest.HttpServerRequest["stream"]

/** The beginning of a body: whole chunks of together at least `bytes` bytes. */
const startOf = (body: Body, bytes: number): Body =>
  Stream.suspend(() => {
    let left = bytes
    return Stream.takeUntil(body, (chunk) => {
      left -= chunk.length
      return left <= 0
    })
  })

/** The text of a body, of which no more than `limit` bytes are kept. */
const readText = Effect.fnUntraced(function* (stream: Body, limit: number) {
  const decoder = new TextDecoder()
  const parts: Array<string> = []
  let bytes = 0
  yield* Stream.runForEach(stream, (chunk) =>
    Effect.sync(() => {
      bytes += chunk.length
      if (bytes <= limit) parts.push(decoder.decode(chunk, { stream: true }))
    })
  )
  parts.push(decoder.decode())
  return { bytes, body: parse(bytes > limit ? undefined : parts.join("")) }
})

const parse = (text: string | undefined): Effect.Effect<unknown, ApiError> =>
  text === undefined
    ? Effect.fail(
        new ApiError({ status: 413, type: "request_too_large", message: "Request exceeds the maximum allowed size" })
      )
    : Effect.try({
        try: (): unknown => JSON.parse(text),
        catch: () => invalidRequest("The request body is not valid JSON")
      })

const rateLimits = (now: number): { readonly [name: string]: string } => {
  const reset = `${new Date(now + 1_000).toISOString().slice(0, 19)}Z`
  return {
    "anthropic-ratelimit-requests-limit": "4000",
    "anthropic-ratelimit-requests-remaining": "3999",
    "anthropic-ratelimit-requests-reset": reset,
    "anthropic-ratelimit-input-tokens-limit": "2000000",
    "anthropic-ratelimit-input-tokens-remaining": "1998000",
    "anthropic-ratelimit-input-tokens-reset": reset,
    "anthropic-ratelimit-output-tokens-limit": "400000",
    "anthropic-ratelimit-output-tokens-remaining": "399000",
    "anthropic-ratelimit-output-tokens-reset": reset,
    "anthropic-ratelimit-tokens-limit": "2400000",
    "anthropic-ratelimit-tokens-remaining": "2397000",
    "anthropic-ratelimit-tokens-reset": reset
  }
}

const answerError = (error: ApiError, requestId: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(errorBody(error, requestId), { status: error.status })

/** Notes on `record` when the client stops reading before the end. */
const watchDelivery = (
  response: HttpServerResponse.HttpServerResponse,
  record: OpenRecord
): HttpServerResponse.HttpServerResponse => {
  const { body } = response
  if (body._tag !== "Stream") return response
  const watched = Stream.suspend(() => {
    let isDelivered = false
    return body.stream.pipe(
      Stream.onEnd(
        Effect.sync(() => {
          isDelivered = true
        })
      ),
      Stream.onExit((exit) =>
        Effect.sync(() => {
          const isBroken = Exit.isFailure(exit) && !Exit.hasInterrupts(exit)
          if (!isDelivered && !isBroken) record.closedEarly = true
        })
      )
    )
  })
  return HttpServerResponse.stream(watched, { status: response.status, headers: response.headers })
}

/** The API's front: takes in a request, applies a fault if one is due, and keeps the log. */
export const makeServe = Effect.fnUntraced(function* (options: {
  readonly endpoints: ReadonlyArray<Endpoint>
  readonly ledger: Ledger
  readonly log: Array<OpenRecord>
  readonly apiKeys: ReadonlyArray<string> | undefined
  readonly betas: ReadonlyArray<string>
  readonly maxBodyBytes: number
  readonly keepFileBytes: number
}): Effect.fn.Return<Serve, never, Scope.Scope> {
  const router = yield* Effect.provideService(
    HttpRouter.toHttpEffect(routes(options.endpoints)),
    HttpRouter.RouterConfig,
    { caseSensitive: true, ignoreDuplicateSlashes: false, ignoreTrailingSlash: false, maxParamLength: 4096 }
  )

  const route = (request: HttpServerRequest.HttpServerRequest, exchange: Exchange["Service"]) =>
    Effect.suspend(() => refuseAccess(request.headers, options) ?? router).pipe(
      Effect.catch((error) =>
        Effect.succeed(
          answerError(error instanceof ApiError ? error : notFound(`No such path: ${request.url}`), exchange.requestId)
        )
      ),
      Effect.provideService(Exchange, exchange),
      Effect.provideService(
        HttpServerRequest.HttpServerRequest,
        // The router takes a semicolon for the beginning of a query.
        request.modify({ url: request.url.replace(/^[^?]*/, (path) => path.replaceAll(";", "%3B")) })
      ),
      Effect.scoped
    )

  return (request, isSocket) =>
    Effect.gen(function* () {
      const receivedAt = yield* Clock.currentTimeMillis
      const url = new URL(request.originalUrl, "https://api.anthropic.com")
      const path = request.url.replace(/[?#].*$/, "")
      const action = options.ledger.take(request.method, path)
      const requestId = serial("req_", options.log.length + 1, 6)
      const record: OpenRecord = {
        requestId,
        method: request.method,
        origin: url.origin,
        path,
        query: [...url.searchParams],
        headers: redact(request.headers),
        body: undefined,
        bodyBytes: 0,
        status: undefined,
        fault: action?.name,
        closedEarly: false,
        receivedAt,
        answeredAt: undefined
      }
      options.log.push(record)
      const headers = {
        "request-id": requestId,
        "anthropic-organization-id": organizationId,
        "anthropic-workspace-id": request.headers["anthropic-workspace-id"] ?? workspaceId,
        ...rateLimits(receivedAt)
      }

      const answer = Effect.gen(function* () {
        const readAtMost = action?.readAtMost
        const read = Effect.suspend(() => {
          if (!hasBody(request.method) || readAtMost === 0) return readText(Stream.empty, 0)
          const stream = readAtMost === undefined ? request.stream : startOf(request.stream, readAtMost)
          return isForm(request.headers)
            ? readForm(stream, request.headers, options.keepFileBytes)
            : readText(stream, options.maxBodyBytes)
        })
        const received = yield* Effect.mapError(read, (cause) => {
          record.closedEarly = true
          return new Disconnected({ cause })
        })
        const { bytes } = received
        record.bodyBytes = bytes
        const body = yield* Effect.cached(received.body)
        if (bytes > 0 && (bytes <= loggedBodyBytes || isForm(request.headers))) {
          const parsed = yield* Effect.orElseSucceed(body, () => undefined)
          record.body = parsed instanceof Form ? parsed.toJSON() : parsed
        }
        if (action !== undefined && readAtMost !== undefined && bytes < readAtMost) {
          options.ledger.missed(action, `the request has ${bytes} bytes, fewer than ${readAtMost}`)
        }
        const normal = Clock.currentTimeMillis.pipe(
          Effect.flatMap((now) =>
            route(request, {
              requestId,
              now,
              origin: url.origin,
              query: url.searchParams,
              betas: betasOf(request.headers),
              body
            })
          ),
          Effect.map(HttpServerResponse.setHeaders(headers))
        )
        if (action === undefined) return yield* normal
        return yield* action.run({
          normal,
          requestId,
          headers,
          isSocket,
          missed: (why) => options.ledger.missed(action, why)
        })
      })

      const response = yield* Effect.onInterrupt(answer, () =>
        Effect.sync(() => {
          record.closedEarly = true
        })
      )
      record.status = response.status
      record.answeredAt = yield* Clock.currentTimeMillis
      return watchDelivery(response, record)
    })
})
