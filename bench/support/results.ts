// The results of one ended batch, read by either side.
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import { type Endpoint, official, ours } from "./clients.ts"
import { chunked, fetchOf } from "./memoryFetch.ts"
import { batch } from "./wire.ts"

const baseUrl = "http://bench.invalid"

/** A fetch that knows one ended batch, whose results are these bytes in chunks; the download fails after the deadline. */
export const endpoint = (options: {
  readonly bytes: Uint8Array
  readonly lines: number
  readonly chunkSize: number
  readonly deadline?: number
}): Endpoint => ({
  baseUrl,
  fetch: fetchOf(({ pathname }) =>
    pathname.endsWith("/results")
      ? new Response(chunked(options.bytes, options.chunkSize, options.deadline))
      : Response.json(batch(baseUrl, 0, options.lines))
  )
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
