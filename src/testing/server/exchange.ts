// What a route knows about its request, and the type of an endpoint.
// Endpoints fail with an `ApiError`, which the server answers.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { ApiError } from "./wire.ts"

/** What a route knows about its request. */
export class Exchange extends Context.Service<
  Exchange,
  {
    readonly requestId: string
    /** When the request is carried out, in milliseconds of the request's `Clock`. */
    readonly now: number
    /** Where the request was sent, such as `https://api.anthropic.com`. */
    readonly origin: string
    readonly query: URLSearchParams
    /** The value of `anthropic-version`. */
    readonly version: string
    /** The values of `anthropic-beta`. */
    readonly betas: ReadonlyArray<string>
    readonly workspaceId: string
    /** Whether the credential is an admin one. */
    readonly isAdmin: boolean
    /** The value of `anthropic-user-profile-id`. */
    readonly userProfileId: string | undefined
    /** The parsed body: JSON, or a `Form`. */
    readonly body: Effect.Effect<unknown, ApiError>
  }
>()("effect-anthropic/testing/Exchange") {}

/** One operation of the API. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly path: `/${string}`
  readonly handler: Effect.Effect<HttpServerResponse.HttpServerResponse, ApiError, Exchange | HttpRouter.RouteContext>
}
