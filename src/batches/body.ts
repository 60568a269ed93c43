import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { RequestRefusedError } from "../AnthropicError.ts"
import { type BatchRequest, check, type Issue, maxBytes, maxRequests } from "../BatchRequest.ts"
import { writeJson } from "../decode/json.ts"
import { fromPieces, type RequestBody } from "../http/body.ts"

/** About how many characters are encoded at once, before other fibers get their turn. */
const pieceLength = 256 * 1024

const maxReasons = 100

/**
 * Checks the requests of a batch and writes its body, piece by piece, so that it never exists as one string and no other
 * fiber waits for long. Every request that the API would refuse is named.
 */
export const encode = Effect.fnUntraced(function* (
  operation: string,
  requests: Iterable<BatchRequest>,
  checkMore: (request: BatchRequest) => ReadonlyArray<Pick<Issue, "path" | "description">> = () => []
): Effect.fn.Return<RequestBody, RequestRefusedError> {
  const encoder = new TextEncoder()
  const pieces: Array<Uint8Array> = []
  const reasons: Array<Pick<Issue, "path" | "description">> = []
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
  /** Checks one request and gives its JSON, unless something is wrong with it. */
  const write = (request: BatchRequest): string | undefined => {
    const at = `requests[${index}]`
    const known = check(request)
    const issues = known.length === 0 ? checkMore(request) : known
    for (const { path, description } of issues) refuse(path === "" ? at : `${at}.${path}`, description)
    if (!issues.some(({ path }) => path === "" || path === "custom_id")) {
      const first = firstWithId.get(request.custom_id)
      if (first === undefined) firstWithId.set(request.custom_id, index)
      else refuse(`${at}.custom_id`, `${JSON.stringify(request.custom_id)} is that of requests[${first}], too`)
    }
    if (issues.length > 0) return undefined
    const json = writeJson({ custom_id: request.custom_id, params: request.params })
    if (Result.isSuccess(json)) return json.success
    refuse(at, json.failure)
    return undefined
  }
  for (const request of requests) {
    if (index === maxRequests) {
      refuse("requests", `there are more than ${maxRequests}`)
      break
    }
    const json = write(request)
    // Once something is refused, nothing is going to be sent.
    if (json !== undefined && reasons.length === 0) text += index === 0 ? json : `,${json}`
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
