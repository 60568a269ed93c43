// Reads the body of a request: all of it, or its start, as JSON.
// A body over the limit is read to its end and not kept.
import * as Effect from "effect/Effect"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Stream from "effect/Stream"
import { ApiError, invalidRequest } from "./wire.ts"

type Body = HttpServerRequest.HttpServerRequest["stream"]

/** The beginning of a body: whole chunks of together at least `bytes` bytes. */
export const startOf = (body: Body, bytes: number): Body =>
  Stream.suspend(() => {
    let left = bytes
    return Stream.takeUntil(body, (chunk) => {
      left -= chunk.length
      return left <= 0
    })
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

/** The number of bytes of a body and its JSON, of which no more than `limit` bytes are kept. */
export const readJson = Effect.fnUntraced(function* (stream: Body, limit: number) {
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
