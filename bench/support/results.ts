import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import { type Endpoint, official, ours } from "./clients.ts"
import { batch } from "./wire.ts"

const baseUrl = "http://bench.invalid"

const cut = (bytes: Uint8Array, chunkSize: number, deadline: number): ReadableStream<Uint8Array> => {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (performance.now() > deadline) return controller.error(new Error("deadline"))
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + chunkSize))
      at += chunkSize
    }
  })
}

/** A fetch that knows one ended batch, whose results are these bytes in chunks; the download fails after the deadline. */
export const endpoint = (options: {
  readonly bytes: Uint8Array
  readonly lines: number
  readonly chunkSize: number
  readonly deadline?: number
}): Endpoint => ({
  baseUrl,
  fetch: async (input) =>
    new URL(input instanceof Request ? input.url : input).pathname.endsWith("/results")
      ? new Response(cut(options.bytes, options.chunkSize, options.deadline ?? Number.POSITIVE_INFINITY))
      : Response.json(batch(baseUrl, 0, options.lines))
})

const expectLines = (expected: number, seen: number): void => {
  if (seen !== expected) throw new Error(`${seen} results instead of ${expected}`)
}

export const readOurs = async (endpoint: Endpoint, lines: number): Promise<void> => {
  let seen = 0
  const count = Effect.sync(() => {
    seen += 1
  })
  await Batches.results("msgbatch_01bench").pipe(
    Stream.runForEach(() => count),
    Effect.provide(ours(endpoint)),
    Effect.runPromise
  )
  expectLines(lines, seen)
}

export const readOfficial = async (endpoint: Endpoint, lines: number): Promise<void> => {
  let seen = 0
  for await (const _ of await official(endpoint).messages.batches.results("msgbatch_01bench")) seen += 1
  expectLines(lines, seen)
}
