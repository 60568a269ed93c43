// The two transports of the emulator: as the `HttpClient` of a program, and on the server of the context. Here a broken
// connection becomes an error of a client or the end of a socket.
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { withCors } from "./cors.ts"
import type { Serve } from "./server.ts"

/** The emulator as the `HttpClient`. It answers in the calling fiber. */
export const inProcess = (serve: Serve): HttpClient.HttpClient =>
  HttpClient.make((request) =>
    Effect.mapBoth(serve(HttpServerRequest.fromClientRequest(request), false), {
      onFailure: (cause) =>
        new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) }),
      onSuccess: (response) => HttpServerResponse.toClientResponse(response, { request })
    })
  )

interface Socket {
  readonly destroy: () => unknown
}

const isSocket = (value: unknown): value is Socket =>
  Predicate.hasProperty(value, "destroy") && typeof value.destroy === "function"

/** The connection of a request, on servers with access to it (such as Node's). */
const socketOf = (request: HttpServerRequest.HttpServerRequest): Socket | undefined => {
  const socket = Predicate.hasProperty(request.source, "socket") ? request.source.socket : undefined
  return isSocket(socket) ? socket : undefined
}

/** A wait for written bytes to leave the process, in real time and not on the `Clock`. */
const flushed = Effect.callback<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), 10)
  return Effect.sync(() => clearTimeout(timer))
})

/** Destroys the connection. If that is not possible, it fails, because a failed body makes the server break the connection. */
const breakConnection = (request: HttpServerRequest.HttpServerRequest, cause: unknown) => {
  const socket = socketOf(request)
  return socket === undefined
    ? Effect.fail(cause)
    : flushed.pipe(Effect.andThen(Effect.sync(() => socket.destroy())), Effect.andThen(Effect.never))
}

/** The emulator on the server of the context. */
export const onSocket = (serve: Serve): Layer.Layer<never, never, HttpServer.HttpServer> =>
  HttpServer.serve(
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const response = yield* serve(request, true).pipe(
        // A server runs its application uninterruptibly up to the routes, which a fault may never reach.
        Effect.interruptible,
        Effect.catch((cause) =>
          Effect.succeed(HttpServerResponse.stream(Stream.fromEffectDrain(breakConnection(request, cause))))
        )
      )
      const { body } = response
      if (body._tag !== "Stream") return response
      const broken = Stream.catch(body.stream, (cause) => Stream.fromEffectDrain(breakConnection(request, cause)))
      return HttpServerResponse.setBody(response, HttpBody.stream(broken, body.contentType, body.contentLength))
    }).pipe(withCors)
  )
