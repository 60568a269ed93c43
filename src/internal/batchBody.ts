import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { RequestRefusedError } from "../AnthropicError.ts"
import { type BatchRequest, check, maxBytes, maxRequests, type Objection } from "../BatchRequest.ts"
import { fromPieces, type RequestBody } from "./body.ts"

/** About how many characters are encoded at once, before other fibers get their turn. */
const pieceLength = 256 * 1024

const maxReasons = 100

const stringify = (request: BatchRequest): Result.Result<string, string> =>
  Result.try({
    try: (): string | undefined => JSON.stringify({ custom_id: request.custom_id, params: request.params }),
    catch: (cause) => (cause instanceof Error ? cause.message : "it cannot be written as JSON")
  }).pipe(Result.map((json) => json ?? "null"))

/**
 * Checks the requests of a batch and writes its body, piece by piece, so that it never exists as one string and no other
 * fiber waits for long. Every request that the API would refuse is named.
 */
export const encode = Effect.fnUntraced(function* (
  operation: string,
  requests: Iterable<BatchRequest>
): Effect.fn.Return<RequestBody, RequestRefusedError> {
  const encoder = new TextEncoder()
  const pieces: Array<Uint8Array> = []
  const reasons: Array<Objection> = []
  const firstWithId = new Map<string, number>()
  let omitted = 0
  let bytes = 0
  let index = 0
  let text = '{"requests":['
  const refuse = (path: string, description: string): void => {
    if (reasons.length < maxReasons) reasons.push({ path, description })
    else omitted += 1
  }
  const flush = (): void => {
    const piece = encoder.encode(text)
    bytes += piece.byteLength
    pieces.push(piece)
    text = ""
  }
  for (const request of requests) {
    if (index === maxRequests) {
      refuse("requests", `there are more than ${maxRequests}`)
      break
    }
    const at = `requests[${index}]`
    for (const objection of check(request)) refuse(`${at}.${objection.path}`, objection.description)
    const first = firstWithId.get(request.custom_id)
    if (first === undefined) firstWithId.set(request.custom_id, index)
    else refuse(`${at}.custom_id`, `${JSON.stringify(request.custom_id)} is that of requests[${first}], too`)
    if (reasons.length === 0) {
      const json = stringify(request)
      if (Result.isFailure(json)) refuse(at, json.failure)
      else text += index === 0 ? json.success : `,${json.success}`
    }
    index += 1
    if (text.length >= pieceLength) {
      flush()
      if (bytes > maxBytes) break
      yield* Effect.yieldNow
    } else if (index % 1000 === 0) yield* Effect.yieldNow
  }
  text += "]}"
  flush()
  if (index === 0) refuse("requests", "there are none")
  if (bytes > maxBytes) refuse("requests", `the body is over ${maxBytes} bytes with requests[${index - 1}]`)
  if (reasons.length > 0) return yield* new RequestRefusedError({ operation, reasons, omitted })
  return fromPieces("application/json", pieces)
})
