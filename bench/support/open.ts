// Keeps a stream of each side open while something is measured, as a program that is at work does.
// Where no stream is left when garbage is collected, the engine discards what it compiled for streams.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { type Endpoint, ours } from "./clients.ts"
import { answer, events, openOfficial, openOurs } from "./events.ts"
import { fetchOf } from "./memoryFetch.ts"

/** A body that gives one piece and then stands still. */
const stalled = (piece: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({ start: (controller) => controller.enqueue(piece) })

/** Streams both are read up to their first event and stay open until the task is done. */
export const withOpenStreams = async <A>(task: () => Promise<A>): Promise<A> => {
  const bytes = new TextEncoder().encode(answer(1))
  const source: Endpoint = { baseUrl: "http://bench.invalid", fetch: fetchOf(() => events(stalled(bytes))) }
  let setOpen = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    setOpen = resolve
  })
  const waiting = Effect.runFork(
    openOurs().pipe(
      Stream.runForEach(() => Effect.andThen(Effect.sync(setOpen), Effect.never)),
      Effect.provide(ours(source))
    )
  )
  const iterator = (await openOfficial(source))[Symbol.asyncIterator]()
  await Promise.all([opened, iterator.next()])
  try {
    return await task()
  } finally {
    await Effect.runPromise(Fiber.interrupt(waiting))
    await iterator.return?.()
  }
}
