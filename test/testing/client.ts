// Calls of the emulator without the library: the wire as it is.
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Schema from "effect/Schema"
import { MessageBatch, MessageBatchIndividualResponse } from "../../src/schema/Batch.ts"
import { ErrorBody } from "../../src/schema/ErrorBody.ts"
import { ModelInfo } from "../../src/schema/Model.ts"
import { IdPage } from "../../src/schema/Page.ts"

export const origin = "https://api.anthropic.com"

export const headers = { authorization: "Bearer sk-ant-test-1234", "anthropic-version": "2026-10-21" }

/** One call with a credential; the status does not matter to it. */
export const call = (
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  options: { readonly body?: unknown; readonly base?: string; readonly headers?: Record<string, string> } = {}
) => {
  const request = HttpClientRequest.make(method)(`${options.base ?? origin}${path}`, {
    headers: options.headers ?? headers
  })
  return HttpClient.execute(
    options.body === undefined ? request : HttpClientRequest.bodyJsonUnsafe(request, options.body)
  )
}

/** The value that a call answers, by a schema; dies with the answer when that does not fit. */
const decoded =
  <A>(schema: Schema.Codec<A, unknown, never, never>) =>
  (method: "GET" | "POST" | "DELETE", path: string, body?: unknown) =>
    call(method, path, { body }).pipe(
      Effect.flatMap((response) => response.json),
      Effect.flatMap(Schema.decodeUnknownEffect(schema)),
      Effect.orDie
    )

export const batchOf = decoded(MessageBatch)
export const batchesOf = decoded(IdPage("MessageBatchPage", MessageBatch))
export const modelOf = decoded(ModelInfo)
export const modelsOf = decoded(IdPage("ModelInfoPage", ModelInfo))

/** A call that is refused: its status and error. */
export const refusalOf = Effect.fnUntraced(function* (
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  options: { readonly body?: unknown; readonly headers?: Record<string, string> } = {}
) {
  const response = yield* call(method, path, options)
  const { error, request_id } = yield* Effect.flatMap(response.json, Schema.decodeUnknownEffect(ErrorBody))
  return { status: response.status, type: error.type, message: error.message, requestId: request_id, response }
}, Effect.orDie)

export const request = (custom_id: string, params: Record<string, unknown> = {}) => ({
  custom_id,
  params: {
    model: "claude-haiku-5-5",
    max_tokens: 100,
    messages: [{ role: "user", content: `Hello from ${custom_id}` }],
    ...params
  }
})

export const requests = (count: number) => Array.from({ length: count }, (_, index) => request(`r-${index}`))

export const create = (count: number) => batchOf("POST", "/v1/messages/batches", { requests: requests(count) })

const decodeLine = Schema.decodeUnknownEffect(Schema.fromJsonString(MessageBatchIndividualResponse))

/** The results of a batch in the order of the download. */
export const resultsOf = Effect.fnUntraced(function* (id: string, base = origin) {
  const response = yield* call("GET", `/v1/messages/batches/${id}/results`, { base })
  const text = yield* response.text
  return yield* Effect.forEach(text.trimEnd().split("\n"), (line) => decodeLine(line))
}, Effect.orDie)
