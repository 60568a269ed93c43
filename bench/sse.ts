import type OfficialAnthropic from "@anthropic-ai/sdk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Messages from "effect-anthropic/Messages"
import { type Endpoint, official, ours } from "./support/clients.ts"
import { noLess, type Report } from "./support/report.ts"
import { alternate, median, ratioOf } from "./support/rounds.ts"

const deltas = 40_000
const firsts = 200
const rounds = 11

const params = {
  model: "claude-haiku-5-5",
  max_tokens: 64_000,
  messages: [{ role: "user" as const, content: "Go on." }]
}

const toSse = (event: { readonly type: string }): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

const usage = {
  input_tokens: 12,
  output_tokens: 1,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  service_tier: "standard"
}

const start = {
  type: "message_start",
  message: {
    id: "msg_01bench",
    type: "message",
    role: "assistant",
    model: "claude-haiku-5-5",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage
  }
}

/** An answer of one long text, as the API streams it. */
const answer = (count: number): string =>
  [
    start,
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "", citations: null } },
    ...Array.from({ length: count }, (_, index) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: ` word${index} and "so" on\n` }
    })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null, stop_details: null, container: null },
      usage: { ...usage, output_tokens: count, server_tool_use: null, output_tokens_details: null }
    },
    { type: "message_stop" }
  ]
    .map(toSse)
    .join("")

/** A fetch that answers with these bytes, in chunks. */
const endpoint = (bytes: Uint8Array, chunkSize: number): Endpoint => ({
  baseUrl: "http://bench.invalid",
  fetch: async () => {
    let at = 0
    const body = new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) return controller.close()
        controller.enqueue(bytes.subarray(at, at + chunkSize))
        at += chunkSize
      }
    })
    return new Response(body, { headers: { "content-type": "text/event-stream" } })
  }
})

const expect = (expected: number, seen: number): void => {
  if (seen !== expected) throw new Error(`${seen} events instead of ${expected}`)
}

const readOurs = async (source: Endpoint, expected: number): Promise<void> => {
  let seen = 0
  const count = Effect.sync(() => {
    seen += 1
  })
  await Messages.stream(params).pipe(
    Stream.runForEach(() => count),
    Effect.provide(ours(source)),
    Effect.runPromise
  )
  expect(expected, seen)
}

const openOfficial = (source: Endpoint): Promise<AsyncIterable<OfficialAnthropic.RawMessageStreamEvent>> =>
  official(source).messages.create({ ...params, stream: true })

const readOfficial = async (source: Endpoint, expected: number): Promise<void> => {
  let seen = 0
  for await (const _ of await openOfficial(source)) seen += 1
  expect(expected, seen)
}

const firstOfOurs = async (source: Endpoint): Promise<void> => {
  for (let call = 0; call < firsts; call++) {
    await Messages.stream(params).pipe(Stream.take(1), Stream.runDrain, Effect.provide(ours(source)), Effect.runPromise)
  }
}

const firstOfOfficial = async (source: Endpoint): Promise<void> => {
  for (let call = 0; call < firsts; call++) {
    for await (const _ of await openOfficial(source)) break
  }
}

/**
 * Keeps a stream of each side open at its first event, as a program that is at work does: where no stream is left when
 * garbage is collected, the engine discards what it compiled for streams.
 */
const keepOpen = async (source: Endpoint): Promise<() => Promise<void>> => {
  let setOpen = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    setOpen = resolve
  })
  const waiting = Effect.runFork(
    Messages.stream(params).pipe(
      Stream.runForEach(() => Effect.andThen(Effect.sync(setOpen), Effect.never)),
      Effect.provide(ours(source))
    )
  )
  const iterator = (await openOfficial(source))[Symbol.asyncIterator]()
  await Promise.all([opened, iterator.next()])
  return async () => {
    await Effect.runPromise(Fiber.interrupt(waiting))
    await iterator.return?.()
  }
}

/** Streams a long answer, in the chunks of a fast network and an event at a time, and awaits first events. */
export const run = async (): Promise<Report> => {
  const bytes = new TextEncoder().encode(answer(deltas))
  const expected = deltas + 5
  const eventLength = Math.round(bytes.length / deltas)
  const [large, small] = [endpoint(bytes, 16 * 1024), endpoint(bytes, eventLength)]
  const short = endpoint(new TextEncoder().encode(answer(3)), 16 * 1024)
  const close = await keepOpen(large)
  const rates = await alternate(rounds, {
    ours: () => readOurs(large, expected),
    official: () => readOfficial(large, expected)
  })
  const others = await alternate(rounds, {
    oursSmall: () => readOurs(small, expected),
    officialSmall: () => readOfficial(small, expected),
    oursFirst: () => firstOfOurs(short),
    officialFirst: () => firstOfOfficial(short)
  })
  await close()
  const rate = (times: ReadonlyArray<number>) => `${(expected / median(times)).toFixed(0)} events/ms`
  const first = (times: ReadonlyArray<number>) => `${((median(times) * 1000) / firsts).toFixed(0)} us`
  const ratio = {
    large: ratioOf(rates("official"), rates("ours")),
    small: ratioOf(others("officialSmall"), others("oursSmall")),
    first: ratioOf(others("officialFirst"), others("oursFirst"))
  }
  return {
    rows: [
      {
        what: "SSE events, 16 KiB chunks",
        ours: rate(rates("ours")),
        official: rate(rates("official")),
        ratio: `${ratio.large.toFixed(2)} x`,
        atLeast: "1.0 x",
        aim: "1.25 x",
        met: noLess(ratio.large, 1, 1.25)
      },
      {
        what: "  about one event a chunk",
        ours: rate(others("oursSmall")),
        official: rate(others("officialSmall")),
        ratio: `${ratio.small.toFixed(2)} x`,
        atLeast: "",
        aim: "",
        met: "-"
      },
      {
        what: "  call to first event",
        ours: first(others("oursFirst")),
        official: first(others("officialFirst")),
        ratio: `${ratio.first.toFixed(2)} x`,
        atLeast: "",
        aim: "",
        met: "-"
      }
    ],
    notes: [
      `SSE: ${expected} events of ${eventLength} bytes, ${rounds} rounds in turn, from memory. Ours checks every event and its`,
      "  place in the message; the official SDK checks none. A chunk costs ours some microseconds more, for the idle",
      `  timeout. First events: ${firsts} calls a round, each with its client made.`
    ]
  }
}
