// Streams a long answer, in the chunks of a fast network and an event at a time, and awaits first events.
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Endpoint } from "./support/clients.ts"
import { ours } from "./support/clients.ts"
import { answer, events, openOfficial, openOurs } from "./support/events.ts"
import { chunked, fetchOf } from "./support/memoryFetch.ts"
import { withOpenStreams } from "./support/open.ts"
import { type Budget, type Report, ratioColumns } from "./support/report.ts"
import { alternate, median, ratioOf } from "./support/rounds.ts"

const deltas = 40_000
// Many, for the same reason as in the row of calls. A stream has more to compile: with 2000 the row still measured that.
const firsts = 5000
const rounds = 11

const endpoint = (bytes: Uint8Array, chunkSize: number): Endpoint => ({
  baseUrl: "http://bench.invalid",
  fetch: fetchOf(() => events(chunked(bytes, chunkSize)))
})

const expect = (expected: number, seen: number): void => {
  if (seen !== expected) throw new Error(`${seen} events instead of ${expected}`)
}

const readOurs = async (source: Endpoint, expected: number): Promise<void> => {
  let seen = 0
  const count = Effect.sync(() => {
    seen += 1
  })
  await openOurs().pipe(
    Stream.runForEach(() => count),
    Effect.provide(ours(source)),
    Effect.runPromise
  )
  expect(expected, seen)
}

const readOfficial = async (source: Endpoint, expected: number): Promise<void> => {
  let seen = 0
  for await (const _ of await openOfficial(source)) seen += 1
  expect(expected, seen)
}

const stream = (what: string, chunkSizeOf: (eventLength: number) => number, budget: Budget): Promise<Report> =>
  withOpenStreams(async () => {
    const bytes = new TextEncoder().encode(answer(deltas))
    const expected = deltas + 5
    const eventLength = Math.round(bytes.length / deltas)
    const source = endpoint(bytes, chunkSizeOf(eventLength))
    const times = await alternate(rounds, {
      ours: () => readOurs(source, expected),
      official: () => readOfficial(source, expected)
    })
    const rate = (side: "ours" | "official") => `${(expected / median(times(side))).toFixed(0)} events/ms`
    return {
      rows: [
        {
          what,
          ours: rate("ours"),
          official: rate("official"),
          ...ratioColumns(ratioOf(times("official"), times("ours")), budget)
        }
      ],
      notes: [
        `SSE: ${expected} events of ${eventLength} bytes, ${rounds} rounds in turn, from memory. Ours checks every event and its`,
        "  place in the message; the official SDK checks none."
      ]
    }
  })

export const large = () => stream("SSE events, 16 KiB chunks", () => 16 * 1024, { atLeast: 1.3, aim: 1.5 })

export const single = () =>
  stream("SSE events, about one a chunk", (eventLength) => eventLength, { atLeast: 0.85, aim: 1 })

const firstOfOurs = async (source: Endpoint): Promise<void> => {
  for (let call = 0; call < firsts; call++) {
    await openOurs().pipe(Stream.take(1), Stream.runDrain, Effect.provide(ours(source)), Effect.runPromise)
  }
}

const firstOfOfficial = async (source: Endpoint): Promise<void> => {
  for (let call = 0; call < firsts; call++) {
    for await (const _ of await openOfficial(source)) break
  }
}

export const first = () =>
  withOpenStreams(async (): Promise<Report> => {
    const source = endpoint(new TextEncoder().encode(answer(3)), 16 * 1024)
    const times = await alternate(rounds, {
      ours: () => firstOfOurs(source),
      official: () => firstOfOfficial(source)
    })
    const time = (side: "ours" | "official") => `${((median(times(side)) * 1000) / firsts).toFixed(0)} us`
    return {
      rows: [
        {
          what: "SSE, call to first event",
          ours: time("ours"),
          official: time("official"),
          ...ratioColumns(ratioOf(times("official"), times("ours")), { atLeast: 0.65, aim: 1 })
        }
      ],
      notes: [`first events: ${firsts} calls a round, each with its client made; the stream is closed after the event.`]
    }
  })
