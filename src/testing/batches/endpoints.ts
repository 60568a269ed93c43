// The endpoints of message batches, and what is refused when a batch is created.
// Errors in the parameters of a request are in its result, as with the API.
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { type Endpoint, Exchange } from "../server/exchange.ts"
import { idPage } from "../server/pages.ts"
import { ApiError, invalidRequest, notFound, rateLimited } from "../server/wire.ts"
import type { BatchRequest } from "./plan.ts"
import { type Seed, seedBatch } from "./seeds.ts"
import type { Batches } from "./state.ts"
import { isArchived, isListed, type StoredBatch, viewBatch } from "./stored.ts"

const customId = /^[a-zA-Z0-9_-]{1,64}$/

/** Refuses a request when its batch is created. Other errors in `params` are in the results. */
const checkRequest = (request: unknown, at: string): BatchRequest | ApiError => {
  if (!Predicate.isReadonlyObject(request)) return invalidRequest(`${at}: Input should be an object`)
  const { custom_id, params } = request
  if (typeof custom_id !== "string") return invalidRequest(`${at}.custom_id: Field required`)
  if (!customId.test(custom_id)) {
    return invalidRequest(`${at}.custom_id: String should match pattern '${customId.source}'`)
  }
  if (!Predicate.isReadonlyObject(params)) return invalidRequest(`${at}.params: Field required`)
  return { custom_id, params }
}

const checkRequests = Effect.fnUntraced(function* (body: unknown, maxRequests: number) {
  if (!Predicate.isReadonlyObject(body) || !Array.isArray(body.requests))
    return yield* invalidRequest("requests: Field required")
  if (body.requests.length === 0) return yield* invalidRequest("requests: at least one request is required")
  if (body.requests.length > maxRequests) {
    return yield* invalidRequest(`requests: at most ${maxRequests} requests, got ${body.requests.length}`)
  }
  const seen = new Set<string>()
  const requests: Array<BatchRequest> = []
  for (const [index, request] of body.requests.entries()) {
    const checked = checkRequest(request, `requests.${index}`)
    if (checked instanceof ApiError) return yield* checked
    if (seen.has(checked.custom_id)) {
      return yield* invalidRequest(`requests.${index}.custom_id: ${checked.custom_id} is not unique`)
    }
    seen.add(checked.custom_id)
    requests.push(checked)
  }
  return requests
})

const pieceBytes = 16_384

/** Lines as bytes, in pieces of 16 KiB that begin and end anywhere in a line. */
function* pieces(lines: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder()
  let text = ""
  let rest = new Uint8Array(0)
  const flush = function* (isLast: boolean) {
    const encoded = encoder.encode(text)
    const bytes = new Uint8Array(rest.length + encoded.length)
    bytes.set(rest)
    bytes.set(encoded, rest.length)
    text = ""
    let from = 0
    for (; bytes.length - from >= pieceBytes; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes)
    rest = bytes.slice(from)
    if (isLast && rest.length > 0) yield rest
  }
  for (const line of lines) {
    text += line
    if (text.length >= pieceBytes) yield* flush(false)
  }
  yield* flush(true)
}

export const batchEndpoints = (
  batches: Batches,
  options: {
    readonly pageSizeDefault: number
    readonly maxRequests: number
    readonly maxQueued: number
    readonly baseUrl: string | undefined
    readonly strangers: (requests: ReadonlyArray<BatchRequest>, index: number) => ReadonlyArray<Seed>
  }
): ReadonlyArray<Endpoint> => {
  const view = Effect.fnUntraced(function* (batch: StoredBatch) {
    const { now, origin } = yield* Exchange
    return viewBatch(batch, now, options.baseUrl ?? origin)
  })

  const answer = Effect.fnUntraced(function* (batch: StoredBatch) {
    return HttpServerResponse.jsonUnsafe(yield* view(batch))
  })

  const find = Effect.gen(function* () {
    const { now, workspaceId } = yield* Exchange
    const { id = "" } = yield* HttpRouter.params
    const batch = batches.find(id, now)
    return batch?.origin.workspaceId === workspaceId ? batch : yield* notFound(`message_batch: ${id}`)
  })

  let created = 0

  return [
    {
      method: "POST",
      path: "/v1/messages/batches",
      handler: Effect.gen(function* () {
        const { betas, body, now, userProfileId, version, workspaceId } = yield* Exchange
        const requests = yield* checkRequests(yield* body, options.maxRequests)
        if (batches.queued(now) + requests.length > options.maxQueued) {
          return yield* rateLimited(`More than ${options.maxQueued} requests would wait in batches`)
        }
        for (const seed of options.strangers(requests, created++)) seedBatch(batches, { workspaceId, ...seed }, now)
        return yield* answer(batches.create(requests, now, { betas, userProfileId, version, workspaceId }))
      })
    },
    {
      method: "GET",
      path: "/v1/messages/batches",
      handler: Effect.gen(function* () {
        const { now, origin, query, workspaceId } = yield* Exchange
        const page = yield* idPage({
          items: batches.all(now).filter((batch) => batch.origin.workspaceId === workspaceId),
          isListed: (batch) => isListed(batch, now),
          toWire: (batch) => viewBatch(batch, now, options.baseUrl ?? origin),
          query,
          pageSizeDefault: options.pageSizeDefault
        })
        return HttpServerResponse.jsonUnsafe(page)
      })
    },
    { method: "GET", path: "/v1/messages/batches/:id", handler: Effect.flatMap(find, answer) },
    {
      method: "DELETE",
      path: "/v1/messages/batches/:id",
      handler: Effect.gen(function* () {
        const { now } = yield* Exchange
        const batch = yield* find
        if (batch.ended === undefined) {
          return yield* invalidRequest(`${batch.id} cannot be deleted before it has ended: cancel it first`)
        }
        batches.delete(batch, now)
        return HttpServerResponse.jsonUnsafe({ id: batch.id, type: "message_batch_deleted" })
      })
    },
    {
      method: "POST",
      path: "/v1/messages/batches/:id/cancel",
      handler: Effect.gen(function* () {
        const { now } = yield* Exchange
        const batch = yield* find
        if (batch.ended !== undefined) return yield* invalidRequest(`${batch.id} has ended and cannot be canceled`)
        batch.canceledAt ??= now
        return yield* answer(batch)
      })
    },
    {
      method: "GET",
      path: "/v1/messages/batches/:id/results",
      handler: Effect.gen(function* () {
        const { now } = yield* Exchange
        const batch = yield* find
        if (batch.ended === undefined) return yield* invalidRequest(`${batch.id} has no results before it has ended`)
        if (isArchived(batch, now)) return yield* notFound(`${batch.id}: results are no longer available`)
        const lines = batches.lines(batch, batch.ended.settled)
        const body = Stream.suspend(() => Stream.fromIterable(pieces(lines), { chunkSize: 1 }))
        return HttpServerResponse.stream(body, { contentType: "application/x-jsonl" })
      })
    }
  ]
}
