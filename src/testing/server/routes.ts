// Endpoints that a test adds to the emulator, or that replace its own. They are handled like those: credentials, faults, the
// log, and a 405 for other methods.
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { Form } from "../files/form.ts"
import { type Endpoint, Exchange } from "./exchange.ts"
import { cursorPage, idPage } from "./pages.ts"
import { ApiError, errorType } from "./wire.ts"

/**
 * The request of a route of a test.
 *
 * @category models
 * @since 0.1.0
 */
export interface RouteRequest {
  /** The parts of the path that the route names with a colon, decoded. */
  readonly params: { readonly [name: string]: string | undefined }
  readonly query: URLSearchParams
  /** The parsed JSON. For a form: its fields, and name, type, size and hash of its files. */
  readonly body: unknown
  readonly workspaceId: string
  /** The values of `anthropic-beta`. */
  readonly betas: ReadonlyArray<string>
  /** In milliseconds of the emulator's clock. */
  readonly now: number
  /** Returns the page of these items, newest first, that the query asks for. */
  readonly page: (
    envelope: "id" | "cursor",
    items: ReadonlyArray<{ readonly id: string }>
  ) => Effect.Effect<object, ApiError>
}

/**
 * An endpoint of a test. `path` includes `/v1`. A segment such as `:id` matches any value.
 *
 * `answer` returns the JSON of the answer, or an `HttpServerResponse` for any other answer. It fails with the value of
 * `refusal`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly path: `/${string}`
  readonly answer: (request: RouteRequest) => Effect.Effect<unknown, ApiError>
}

/**
 * Makes the failure of a route: the API's error body with this status. Default of `type`: that of the API for the status.
 *
 * @category constructors
 * @since 0.1.0
 */
export const refusal = (
  status: number,
  message: string,
  options: { readonly type?: string | undefined; readonly details?: { readonly [name: string]: unknown } } = {}
): ApiError =>
  new ApiError({
    status,
    message,
    type: options.type ?? errorType(status),
    ...(options.details === undefined ? {} : { details: options.details })
  })

const toEndpoint = ({ answer, method, path }: Route): Endpoint => ({
  method,
  path,
  handler: Effect.gen(function* () {
    const { betas, body, now, query, workspaceId } = yield* Exchange
    const received = method === "GET" || method === "DELETE" ? undefined : yield* body
    const answered = yield* answer({
      ...{ betas, now, query, workspaceId },
      params: yield* HttpRouter.params,
      body: received instanceof Form ? received.toJSON() : received,
      page: (envelope, items) => {
        const listing = {
          ...{ items, query, pageSizeDefault: 20 },
          isListed: () => true,
          toWire: (item: { readonly id: string }) => item
        }
        return envelope === "id" ? idPage(listing) : cursorPage(listing)
      }
    })
    return HttpServerResponse.isHttpServerResponse(answered) ? answered : HttpServerResponse.jsonUnsafe(answered)
  })
})

/** The endpoints of an emulator with the routes of a test, which take precedence. */
export const withRoutes = (
  endpoints: ReadonlyArray<Endpoint>,
  routes: ReadonlyArray<Route> = []
): ReadonlyArray<Endpoint> => [
  ...endpoints.filter((endpoint) =>
    routes.every(({ method, path }) => method !== endpoint.method || path !== endpoint.path)
  ),
  ...routes.map(toEndpoint)
]
