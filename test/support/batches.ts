import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { Emulator } from "./emulator.ts"
import { fakeClient, json } from "./fakeClient.ts"
import * as fixtures from "./fixtures.ts"
import { inProcess } from "./served.ts"

export { Emulator, Fault, script, written } from "./emulator.ts"

/** Runs a program on the emulator in process; calls are repeated without waiting. */
export const onEmulator = (emulator: AnthropicEmulator.Options = {}, options: Anthropic.Options = {}) =>
  Effect.provide(inProcess(emulator, { ...options, retry: { initialDelay: 0, ...options.retry } }))

/** The calls that the emulator has had, such as `GET /v1/models`. */
export const calls = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.map(({ method, path }) => `${method} ${path}`)
})

export const atResults = { path: /\/results$/ } as const

/** Puts an ended batch into the emulator. */
export const seedEnded = Effect.fnUntraced(function* (requests: AnthropicEmulator.Seed["requests"] = 3) {
  const [batch] = yield* (yield* Emulator).seedBatches([{ requests }])
  return batch ?? (yield* Effect.die("nothing was seeded"))
})

/** Puts a batch into the emulator that runs on. */
export const seedRunning = Effect.fnUntraced(function* (plan: AnthropicEmulator.Plan = { endsAfter: "1 hour" }) {
  const [batch] = yield* (yield* Emulator).seedBatches([{ requests: 3, ...plan }])
  return batch ?? (yield* Effect.die("nothing was seeded"))
})

export const request = (customId: string, params: Record<string, unknown> = {}) =>
  BatchRequest.make(customId, {
    model: "claude-haiku-5-5",
    max_tokens: 100,
    messages: [Messages.user(`Hello from ${customId}`)],
    ...params
  })

/** A message as the API writes it. */
export const wireMessage = (text: string, fields: Record<string, unknown> = {}) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-haiku-5-5",
  content: [{ type: "text", text, citations: null }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
  ...fields
})

/** A line of results as the API writes it, without its line end. */
export const line = (customId: string, text = "Hello", fields: Record<string, unknown> = {}) =>
  JSON.stringify({ custom_id: customId, result: { type: "succeeded", message: wireMessage(text, fields) } })

/** One download: the pieces that arrive, and what breaks the connection after them, if anything. */
export interface Download {
  readonly pieces: Iterable<string | Uint8Array>
  readonly cut?: unknown
}

const bodyOf = ({ cut, pieces }: Download): ReadableStream<Uint8Array<ArrayBuffer>> => {
  const left = pieces[Symbol.iterator]()
  return new ReadableStream({
    pull: (controller) => {
      const { done, value } = left.next()
      if (done !== true) controller.enqueue(typeof value === "string" ? new TextEncoder().encode(value) : value.slice())
      else if (cut === undefined) controller.close()
      else controller.error(cut)
    }
  })
}

export const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })

/**
 * A server with one ended batch of `expected` requests, `msgbatch_test`, whose results are downloaded as told, the last
 * download again and again.
 */
export const downloads = (expected: number, ...all: ReadonlyArray<Download | Response>) => {
  let next = 0
  const fake = fakeClient(({ url }) => {
    if (!url.pathname.endsWith("/results")) {
      return json({
        ...fixtures.batch,
        processing_status: "ended",
        ended_at: "2026-01-01T01:00:00Z",
        request_counts: { ...fixtures.batch.request_counts, processing: 0, succeeded: expected }
      })
    }
    const download = all[Math.min(next++, all.length - 1)] ?? { pieces: [] }
    return download instanceof Response ? download.clone() : new Response(bodyOf(download))
  })
  return {
    provide: (options: Anthropic.Options["retry"] = {}) =>
      Effect.provide([
        fake.layer,
        Anthropic.layer({ apiKey: "sk-ant-test-1234", retry: { initialDelay: 0, ...options } })
      ]),
    /** How often the results were downloaded. */
    count: () => next
  }
}

/** An `HttpClient` that creates `msgbatch_test` and keeps the body. */
export const capturing = () => {
  let body: Stream.Stream<Uint8Array, unknown> | undefined
  const client = HttpClient.make((request) =>
    Effect.sync(() => {
      if (request.body._tag === "Stream") body = request.body.stream
      return HttpClientResponse.fromWeb(request, new Response(JSON.stringify(fixtures.batch)))
    })
  )
  return {
    body: Stream.suspend(() => body ?? Stream.die("nothing was sent")),
    provide: Effect.provide([
      Layer.succeed(HttpClient.HttpClient, client),
      Anthropic.layer({ apiKey: "sk-ant-test-1234" })
    ])
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Pieces of `size` bytes. */
export const sliced = (text: string | Uint8Array, size: number): ReadonlyArray<Uint8Array> => {
  const whole = typeof text === "string" ? bytes(text) : text
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
    whole.subarray(index * size, (index + 1) * size)
  )
}
