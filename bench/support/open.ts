// Keeps streams of each side open while something is measured, as a program that is at work does.
// Where no stream is left when garbage is collected, the engine discards what it compiled for streams.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import { type Endpoint, official, ours } from "./clients.ts"
import { answer, events, openOfficial, openOurs } from "./events.ts"
import { fetchOf } from "./memoryFetch.ts"
import { batch, shortResultLine } from "./wire.ts"

const baseUrl = "http://bench.invalid"
const batchId = "msgbatch_01bench"

const endpointOf = (answer: (url: URL) => Response): Endpoint => ({ baseUrl, fetch: fetchOf(answer) })

/** A body that gives one piece and then stands still. */
const stalled = (piece: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({ start: (controller) => controller.enqueue(piece) })

/** A stream that has given something and stays open until it is closed. */
interface OpenStream {
  readonly close: () => Promise<unknown>
}

const openOur = async <A, E>(stream: Stream.Stream<A, E, HttpClient.HttpClient>, at: Endpoint): Promise<OpenStream> => {
  let setOpen = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    setOpen = resolve
  })
  const waiting = Effect.runFork(
    stream.pipe(
      Stream.runForEach(() => Effect.andThen(Effect.sync(setOpen), Effect.never)),
      Effect.provide(ours(at))
    )
  )
  await opened
  return { close: () => Effect.runPromise(Fiber.interrupt(waiting)) }
}

const openTheirs = async (stream: AsyncIterable<unknown>): Promise<OpenStream> => {
  const iterator = stream[Symbol.asyncIterator]()
  await iterator.next()
  return { close: async () => iterator.return?.() }
}

/** A streamed answer and a download of results, of either side, are open until the task is done. */
export const withOpenStreams = async <A>(task: () => Promise<A>): Promise<A> => {
  const encode = (text: string) => new TextEncoder().encode(text)
  const lines = encode(`${shortResultLine(0)}\n${shortResultLine(1)}\n`)
  const answers = endpointOf(() => events(stalled(encode(answer(1)))))
  const downloads = endpointOf(({ pathname }) =>
    pathname.endsWith("/results") ? new Response(stalled(lines)) : Response.json(batch(baseUrl, 0, 3))
  )
  const streams = await Promise.all([
    openOur(openOurs(), answers),
    openOur(Batches.results(batchId), downloads),
    openTheirs(await openOfficial(answers)),
    openTheirs(await official(downloads).messages.batches.results(batchId))
  ])
  try {
    return await task()
  } finally {
    await Promise.all(streams.map(({ close }) => close()))
  }
}
