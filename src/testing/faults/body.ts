// Answers with another body, and the parts of which the faults of this folder are made.
// Nothing here is public: the constructors of faults use it.
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import { type Action, type Delivery, Disconnected } from "./model.ts"

export type Body = Stream.Stream<Uint8Array, Disconnected>

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

export const disconnected = (cause: unknown): Disconnected =>
  cause instanceof Disconnected ? cause : new Disconnected({ cause })

export const bodyOf = (response: HttpServerResponse.HttpServerResponse): Body => {
  const { body } = response
  if (body._tag === "Uint8Array") return Stream.succeed(body.body)
  return body._tag === "Stream" ? Stream.mapError(body.stream, disconnected) : Stream.empty
}

/** The same answer with another body, without a header of its length. */
export const withBody = (
  response: HttpServerResponse.HttpServerResponse,
  body: Body
): HttpServerResponse.HttpServerResponse => {
  const { "content-length": _, ...headers } = response.headers
  return HttpServerResponse.stream(body, { status: response.status, headers })
}

/** An action that changes the body of the API's answer. */
export const bodyAction = (
  name: string,
  change: (body: Body, delivery: Delivery, response: HttpServerResponse.HttpServerResponse) => Body
): Action => ({
  name,
  run: (delivery) =>
    Effect.map(delivery.normal, (response) => withBody(response, change(bodyOf(response), delivery, response)))
})

/** The first `bytes` bytes. `onShort` is called with the length of a body that has fewer. */
export const prefix = (body: Body, bytes: number, onShort: (length: number) => void): Body =>
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

export const shorter = (delivery: Delivery, bytes: number) => (length: number) =>
  delivery.missed(`the body has ${length} bytes, fewer than ${bytes}`)

/** A body that breaks the connection. */
export const breakConnection: Body = Stream.suspend(() => Stream.fail(new Disconnected({})))

/** A body of one piece that `change` makes of the whole body. */
export const whole = (body: Body, change: (bytes: Uint8Array) => Uint8Array): Body =>
  Stream.unwrap(Effect.map(Stream.mkUint8Array(body), (bytes) => Stream.succeed(change(bytes))))
