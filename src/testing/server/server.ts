// The server of the emulator: reads a request, applies a fault if one is due, routes it, and keeps the log.
// It is the same in process and on a socket.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Action, Disconnected } from "../faults/model.ts"
import { Form, isForm, readForm } from "../files/form.ts"
import type { Organization } from "../organization/state.ts"
import { tokenPath } from "../tokens/endpoints.ts"
import type { Tokens } from "../tokens/state.ts"
import { betasOf, credentialOf, refuseAccess, type Workspaces, workspaceOf } from "./access.ts"
import { allowanceHeaders, answerHeaders } from "./answerHeaders.ts"
import { type Endpoint, Exchange } from "./exchange.ts"
import { type Ledger, makeLedger } from "./ledger.ts"
import type { CallLimits } from "./limits.ts"
import { readJson, startOf } from "./read.ts"
import { type OpenRecord, redact } from "./requestLog.ts"
import { ApiError, errorBody, notFound, rateLimited, serial } from "./wire.ts"

/** Answers one request, or breaks the connection. */
export type Serve = (
  request: HttpServerRequest.HttpServerRequest,
  isSocket: boolean
) => Effect.Effect<HttpServerResponse.HttpServerResponse, Disconnected>

const loggedBodyBytes = 65_536

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const

const methodNotAllowed = (method: string) =>
  new ApiError({ status: 405, type: "invalid_request_error", message: `Method ${method} is not allowed here` })

/** The endpoints, and a 405 for other methods on their paths. */
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

/** A fault that is due, and its ledger. */
interface Due {
  readonly action: Action
  readonly account: Ledger
}

const hasBody = (method: string): boolean => method === "POST" || method === "PUT" || method === "PATCH"

const answerError = (error: ApiError, requestId: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(errorBody(error, requestId), { status: error.status, headers: error.headers })

/** Records in `record` if the client stops reading before the end. The body waits on `clock`, if there is one. */
const watchDelivery = (
  response: HttpServerResponse.HttpServerResponse,
  record: OpenRecord,
  clock: Clock.Clock | undefined
): HttpServerResponse.HttpServerResponse => {
  const { body } = response
  if (body._tag !== "Stream") return response
  const stream = clock === undefined ? body.stream : Stream.provideService(body.stream, Clock.Clock, clock)
  const watched = Stream.suspend(() => {
    let isDelivered = false
    return stream.pipe(
      Stream.onEnd(
        Effect.sync(() => {
          isDelivered = true
        })
      ),
      Stream.onExit((exit) =>
        Effect.sync(() => {
          // A fault broke the connection. If the reader was interrupted or died, the client has left.
          const isBroken = Exit.isFailure(exit) && Cause.hasFails(exit.cause)
          if (!isDelivered && !isBroken) record.closedEarly = true
        })
      )
    )
  })
  return HttpServerResponse.stream(watched, { status: response.status, headers: response.headers })
}

export const makeServe = Effect.fnUntraced(function* (options: {
  readonly endpoints: ReadonlyArray<Endpoint>
  readonly ledger: Ledger
  /** Chooses the fault of a request without a scripted one. */
  readonly chaos: (request: { readonly method: string; readonly path: string }) => Action | undefined
  readonly log: Array<OpenRecord>
  readonly limits: CallLimits
  /** The emulator's time, in milliseconds. */
  readonly time: Effect.Effect<number>
  /** The clock that the emulator waits on. Default: that of the calling fiber. */
  readonly clock: Clock.Clock | undefined
  readonly apiKeys: ReadonlyArray<string> | undefined
  readonly betas: ReadonlyArray<string>
  readonly workspaces: Workspaces
  readonly tokens: Tokens
  readonly organization: Organization
  /** The most bytes of a request's body, by its path. */
  readonly maxBodyBytes: (path: string) => number
  readonly keepFileBytes: number
}): Effect.fn.Return<Serve, never, Scope.Scope> {
  const { clock, ledger, limits, log, time } = options
  // The ledger of chosen faults is never checked, because they need not happen.
  const unsettled = makeLedger()
  const scope = yield* Effect.scope
  const router = yield* Effect.provideService(
    HttpRouter.toHttpEffect(routes(options.endpoints)),
    HttpRouter.RouterConfig,
    { caseSensitive: true, ignoreDuplicateSlashes: false, ignoreTrailingSlash: false, maxParamLength: 4096 }
  )

  const onOwnClock: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =
    clock === undefined ? identity : Effect.provideService(Clock.Clock, clock)

  /** Why a request is refused before it is routed, and what is left of its limit. */
  const admit = (request: HttpServerRequest.HttpServerRequest, path: string, now: number) => {
    if (path === tokenPath) return { refused: undefined, headers: {} }
    const isValidToken = (credential: string) => options.tokens.isValid(credential, now)
    const refused = refuseAccess(request.headers, {
      ...options,
      isValidToken,
      isAdmin: options.organization.isAdmin,
      isOrganization: /^\/v1\/organizations(\/|$)/.test(path)
    })
    if (refused !== undefined) return { refused, headers: {} }
    const allowance = limits.take(path, now)
    if (allowance === undefined) return { refused: undefined, headers: {} }
    const { limit, retryAfter } = allowance
    return {
      refused: retryAfter === undefined ? undefined : rateLimited(`More than ${limit} calls a minute`, retryAfter),
      headers: allowanceHeaders(allowance)
    }
  }

  const route = Effect.fnUntraced(function* (
    request: HttpServerRequest.HttpServerRequest,
    path: string,
    exchange: Exchange["Service"]
  ) {
    const { headers, refused } = admit(request, path, exchange.now)
    const response = yield* Effect.suspend(() => refused ?? router).pipe(
      Effect.catch((error) =>
        Effect.succeed(
          answerError(error instanceof ApiError ? error : notFound(`No such path: ${request.url}`), exchange.requestId)
        )
      ),
      Effect.provideService(Exchange, exchange),
      Effect.provideService(
        HttpServerRequest.HttpServerRequest,
        // The router treats a semicolon as the beginning of a query.
        request.modify({ url: request.url.replace(/^[^?]*/, (path) => path.replaceAll(";", "%3B")) })
      ),
      Effect.scoped
    )
    return HttpServerResponse.setHeaders(response, headers)
  })

  /** The fault of a request. A scripted one takes precedence over a chosen one. */
  const dueFor = (method: string, path: string): Due | undefined => {
    const scripted = ledger.take(method, path)
    if (scripted !== undefined) return { action: scripted, account: ledger }
    const chosen = options.chaos({ method, path })
    return chosen === undefined ? undefined : { action: chosen, account: unsettled }
  }

  /** Carries a request out later, in the scope of the emulator and not in that of the request. */
  const later =
    ({ account, action }: Due, normal: Effect.Effect<unknown, Disconnected>) =>
    (after: Parameters<typeof Effect.sleep>[0]) =>
      Effect.suspend(() => {
        const isDue = account.owe(action)
        return onOwnClock(Effect.sleep(after)).pipe(
          Effect.andThen(Effect.suspend(() => (isDue() ? normal : Effect.void))),
          Effect.forkIn(scope, { startImmediately: true }),
          Effect.asVoid
        )
      })

  const answerTo = Effect.fnUntraced(function* (
    request: HttpServerRequest.HttpServerRequest,
    record: OpenRecord,
    { due, isSocket, url }: { readonly due: Due | undefined; readonly isSocket: boolean; readonly url: URL }
  ) {
    const { requestId } = record
    const readAtMost = due?.action.readAtMost
    const read = Effect.suspend(() => {
      if (!hasBody(request.method) || readAtMost === 0) return readJson(Stream.empty, 0)
      const stream = readAtMost === undefined ? request.stream : startOf(request.stream, readAtMost)
      return isForm(request.headers)
        ? readForm(stream, request.headers, options.keepFileBytes)
        : readJson(stream, options.maxBodyBytes(record.path))
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
    if (due !== undefined && readAtMost !== undefined && bytes < readAtMost) {
      due.account.missed(due.action, `the request has ${bytes} bytes, fewer than ${readAtMost}`)
    }
    const workspaceId = workspaceOf(request.headers, options.workspaces)
    const headers = answerHeaders(requestId, workspaceId, record.receivedAt)
    const normal = Effect.gen(function* () {
      const response = yield* route(request, record.path, {
        requestId,
        now: yield* time,
        origin: url.origin,
        query: url.searchParams,
        version: request.headers["anthropic-version"] ?? "",
        betas: betasOf(request.headers),
        workspaceId,
        isAdmin: options.organization.isAdmin(credentialOf(request.headers) ?? ""),
        userProfileId: request.headers["anthropic-user-profile-id"],
        body
      })
      // A credential that is not accepted has no workspace.
      const { "anthropic-workspace-id": _, ...anonymous } = headers
      return HttpServerResponse.setHeaders(response, {
        ...(response.status === 401 ? anonymous : headers),
        ...response.headers
      })
    })
    if (due === undefined) return yield* normal
    const acted = due.action.run({
      normal,
      later: later(due, normal),
      requestId,
      headers,
      isSocket,
      missed: (why) => due.account.missed(due.action, why)
    })
    return yield* onOwnClock(acted)
  })

  return Effect.fnUntraced(function* (request, isSocket) {
    const url = new URL(request.originalUrl, "https://api.anthropic.com")
    const path = request.url.replace(/[?#].*$/, "")
    const due = dueFor(request.method, path)
    const record: OpenRecord = {
      requestId: serial("req_", log.length + 1, 6),
      method: request.method,
      origin: url.origin,
      path,
      query: [...url.searchParams],
      headers: redact(request.headers),
      body: undefined,
      bodyBytes: 0,
      status: undefined,
      fault: due?.action.name,
      closedEarly: false,
      receivedAt: yield* time,
      answeredAt: undefined
    }
    log.push(record)
    const response = yield* Effect.onInterrupt(answerTo(request, record, { due, isSocket, url }), () =>
      Effect.sync(() => {
        record.closedEarly = true
      })
    )
    record.status = response.status
    record.answeredAt = yield* time
    return watchDelivery(response, record, clock)
  })
})
