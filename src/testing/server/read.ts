// Reads the body of a request: all of it, or its start, as JSON.
// A body over the limit is read to its end and not kept.
import * as Effect from "effect/Effect"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { ApiError, invalidRequest } from "./wire.ts"

type Body = HttpServerRequest.HttpServerRequest["stream"]

/** The beginning of a body: complete chunks with at least `bytes` bytes together. */
export const startOf = (body: Body, bytes: number): Body =>
  Stream.suspend(() => {
    let left = bytes
    return Stream.takeUntil(body, (chunk) => {
      left -= chunk.length
      return left <= 0
    })
  })

const invalidJson = (why: string): ApiError => invalidRequest(`The request body is not valid JSON${why}`)

/** Where the text has half of a surrogate pair as an escape, if anywhere. Such JSON is not Unicode text. */
const loneSurrogate = (text: string): number | undefined => {
  if (!/\\u[dD][89a-fA-F]/.test(text)) return undefined
  let high: { readonly at: number; readonly end: number } | undefined
  // Every escape is matched, so that the second backslash of an escaped one does not begin another.
  for (const { 0: escape, 1: hex, index } of text.matchAll(/\\(?:u([0-9a-fA-F]{4})|[\s\S])/g)) {
    const unit = hex === undefined ? 0 : Number.parseInt(hex, 16)
    const isLow = unit >= 0xdc00 && unit <= 0xdfff
    if (high !== undefined && !(isLow && index === high.end)) return high.at
    if (high === undefined && isLow) return index
    high = unit >= 0xd800 && unit <= 0xdbff ? { at: index, end: index + escape.length } : undefined
  }
  return high?.at
}

const parse = (text: string): Effect.Effect<unknown, ApiError> =>
  Effect.suspend(() => {
    const at = loneSurrogate(text)
    if (at === undefined) return Effect.try({ try: (): unknown => JSON.parse(text), catch: () => invalidJson("") })
    return Effect.fail(invalidJson(`: no low surrogate in string: line 1 column ${at + 1} (char ${at})`))
  })

const tooLarge = new ApiError({
  status: 413,
  type: "request_too_large",
  message: "Request exceeds the maximum allowed size"
})

/** Reads the JSON of a body and counts its bytes. At most `limit` bytes are kept. */
export const readJson = Effect.fnUntraced(function* (stream: Body, limit: number) {
  const decoder = new TextDecoder("utf-8", { fatal: true })
  const parts: Array<string> = []
  let bytes = 0
  let isText = true
  const decode = (chunk?: Uint8Array) => {
    const decoded = Result.try(() => decoder.decode(chunk, { stream: chunk !== undefined }))
    if (Result.isSuccess(decoded)) parts.push(decoded.success)
    else isText = false
  }
  yield* Stream.runForEach(stream, (chunk) =>
    Effect.sync(() => {
      bytes += chunk.length
      if (bytes <= limit && isText) decode(chunk)
    })
  )
  if (bytes > limit) return { bytes, body: Effect.fail(tooLarge) }
  if (isText) decode()
  return { bytes, body: isText ? parse(parts.join("")) : Effect.fail(invalidJson(": not UTF-8")) }
})
