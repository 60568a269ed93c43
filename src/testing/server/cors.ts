// What pages of another origin may read, if the emulator is served. The API allows it only for requests with a header that
// asks for it.
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"

const permission = "anthropic-dangerous-direct-browser-access"

const allowed = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "*"
}

const isPreflight = ({ headers, method }: HttpServerRequest.HttpServerRequest): boolean =>
  method === "OPTIONS" && headers["access-control-request-method"] !== undefined

/** Answers preflights, and adds to other answers what lets a page read them. */
export const withCors = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    if (!isPreflight(request)) {
      return request.headers[permission] === "true" ? Effect.map(app, HttpServerResponse.setHeaders(allowed)) : app
    }
    const asked = request.headers["access-control-request-headers"] ?? ""
    const isAllowed = asked
      .toLowerCase()
      .split(",")
      .some((name) => name.trim() === permission)
    return Effect.succeed(
      HttpServerResponse.empty({
        status: isAllowed ? 204 : 403,
        headers: isAllowed
          ? { ...allowed, "access-control-allow-headers": asked, "access-control-allow-methods": "GET, POST, DELETE" }
          : {}
      })
    )
  })
