// Runs a million items through a run on a server in the same process, and tells its parent what that took: `run`, `server` or `speed`.
import { monitorEventLoopDelay } from "node:perf_hooks"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Messages from "effect-anthropic/Messages"
import { lineOf, makeFakeBatches } from "./fakeBatches.ts"
import { peakResident, resetPeak, settledResident } from "./memory.ts"
import { text } from "./wire.ts"

/** What a run takes of memory and time. */
export interface Run {
  readonly items: number
  /** The peak of the resident memory over base, garbage included. */
  readonly peakBytes: number
  /** What is still needed, at most: memory after collecting garbage, again and again. */
  readonly liveBytes: number
  readonly windowBytes: number
  readonly milliseconds: number
  readonly p99: number
  readonly max: number
}

/** What the server of the run takes, with nobody behind it who reads its answers. */
export interface Server {
  readonly peakBytes: number
}

/** Both halves of the work beside a plain loop over the same data, in MB a second. */
export interface Speed {
  readonly encode: { readonly ours: number; readonly plain: number }
  readonly read: { readonly ours: number; readonly plain: number }
}

const count = 1_000_000
const windowRequests = 100_000
const prompt = text(500)

interface Item {
  readonly id: string
  readonly stars: number
}

const itemOf = (index: number): Item => ({ id: `review-${index}`, stars: index % 5 })

const paramsOf = ({ stars }: Item) => ({
  model: "claude-haiku-5-5",
  max_tokens: 1024,
  messages: [Messages.user(`${stars}: ${prompt}`)]
})

const items = (length: number) =>
  Stream.fromIterable(
    (function* () {
      for (let index = 0; index < length; index++) yield itemOf(index)
    })()
  )

const run = (length: number, client: HttpClient.HttpClient, options: Partial<BatchRun.UntypedOptions<Item>> = {}) => {
  let done = 0
  return BatchRun.run(items(length), {
    request: (item) => BatchRequest.make(item.id, paramsOf(item)),
    window: { requests: windowRequests },
    pollEvery: "1 second",
    ...options
  }).pipe(
    Stream.runForEachArray((outcomes) =>
      Effect.sync(() => {
        for (const outcome of outcomes) if (outcome._tag === "Succeeded") done += 1
      })
    ),
    Effect.andThen(
      Effect.suspend(() => (done === length ? Effect.void : Effect.die(new Error(`${done} of ${length} outcomes`))))
    ),
    Effect.provide([Layer.succeed(HttpClient.HttpClient, client), Anthropic.layer({ apiKey: "sk-ant-test-1234" })])
  )
}

/** What the items of a full window take, as a run keeps them. */
const windowBytes = async (): Promise<number> => {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const kept: { readonly items: Array<Item>; readonly ids: Array<string>; readonly positions: Array<number> } = {
    items: [],
    ids: [],
    positions: []
  }
  for (let position = 0; position < windowRequests; position++) {
    const item = itemOf(position)
    kept.items.push(item)
    kept.ids.push(item.id)
    kept.positions.push(position)
  }
  globalThis.gc?.()
  const after = process.memoryUsage().heapUsed
  return kept.items.length === windowRequests ? after - before : 0
}

const usedBytes = (): number => {
  globalThis.gc?.()
  const { external, heapUsed } = process.memoryUsage()
  return heapUsed + external
}

/** The most that is needed while a quarter of the items goes through. */
const liveBytes = async (): Promise<number> => {
  const before = usedBytes()
  let most = 0
  const timer = setInterval(() => {
    most = Math.max(most, usedBytes() - before)
  }, 250)
  await Effect.runPromise(run(count / 4, makeFakeBatches().client))
  clearInterval(timer)
  return most
}

/** The time of both halves of the work, with one batch at a time, so that they do not overlap. */
const halves = async () => {
  const { client, sizes } = makeFakeBatches()
  const times = { encode: 0, read: 0 }
  let since = performance.now()
  const onEvent = (event: BatchRun.RunEvent) =>
    Effect.sync(() => {
      const now = performance.now()
      if (event._tag === "Intended") times.encode += now - since
      if (event._tag === "Settled") times.read += now - since
      if (event._tag === "Intended" || event._tag === "Ended" || event._tag === "Settled") since = now
    })
  await Effect.runPromise(run(100_000, client, { window: { batches: 1 }, onEvent }))
  return { encode: sizes.requests / times.encode / 1e3, read: sizes.results / times.read / 1e3 }
}

const plain = () => {
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  const bytes = { requests: 0, results: 0 }
  const start = performance.now()
  for (let index = 0; index < 100_000; index++) {
    const item = itemOf(index)
    bytes.requests += encoder.encode(JSON.stringify({ custom_id: item.id, params: paramsOf(item) })).byteLength
  }
  const encoded = performance.now()
  const lines = Array.from({ length: 1_000 }, (_, index) => encoder.encode(lineOf(`review-${index}`)))
  const begin = performance.now()
  for (let round = 0; round < 100; round++) {
    for (const line of lines) {
      JSON.parse(decoder.decode(line))
      bytes.results += line.byteLength
    }
  }
  const read = performance.now()
  return { encode: bytes.requests / (encoded - start) / 1e3, read: bytes.results / (read - begin) / 1e3 }
}

/** The resident memory at its peak over base, while an effect runs. */
const peakOver = async (effect: Effect.Effect<void, unknown>): Promise<number> => {
  const base = await settledResident()
  resetPeak()
  await Effect.runPromise(effect)
  return peakResident() - base
}

/** The calls of a run of so many items, without a run. */
const calls = ({ client }: ReturnType<typeof makeFakeBatches>, length: number) => {
  const perBatch = 10_000
  const json = JSON.stringify({ custom_id: "run-0-0", params: paramsOf(itemOf(0)) })
  const piece = new TextEncoder().encode(`${json},`.repeat(64))
  const body = (last: string) =>
    HttpBody.stream(
      Stream.fromIterable([
        new TextEncoder().encode('{"requests":[{"custom_id":"run-0-0"},'),
        ...Array.from({ length: perBatch / 64 }, () => piece),
        new TextEncoder().encode(`{"custom_id":"run-0-${last}"}]}`)
      ])
    )
  const drain = (response: HttpClientResponse.HttpClientResponse) => Stream.runDrain(response.stream)
  const one = (batch: number) =>
    client
      .post("https://fake/v1/messages/batches", { body: body((perBatch - 1).toString(36)) })
      .pipe(
        Effect.flatMap(drain),
        Effect.andThen(client.get(`https://fake/v1/messages/batches/msgbatch_${batch}/results`)),
        Effect.flatMap(drain),
        Effect.orDie
      )
  return Effect.forEach(
    Array.from({ length: length / perBatch }, (_, batch) => batch),
    one,
    { discard: true }
  )
}

const runMemory = async (): Promise<Run> => {
  await Effect.runPromise(run(20_000, makeFakeBatches().client))
  const window = await windowBytes()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const start = performance.now()
  const peakBytes = await peakOver(run(count, makeFakeBatches().client))
  const milliseconds = performance.now() - start
  delay.disable()
  const [p99, max] = [delay.percentile(99) / 1e6, delay.max / 1e6]
  return { items: count, peakBytes, liveBytes: await liveBytes(), windowBytes: window, milliseconds, p99, max }
}

const serverMemory = async (): Promise<Server> => {
  await Effect.runPromise(calls(makeFakeBatches(), 20_000))
  return { peakBytes: await peakOver(calls(makeFakeBatches(), count)) }
}

const speed = async (): Promise<Speed> => {
  await Effect.runPromise(run(20_000, makeFakeBatches().client))
  const ours = await halves()
  const loop = plain()
  return { encode: { ours: ours.encode, plain: loop.encode }, read: { ours: ours.read, plain: loop.read } }
}

// What was compiled before is not counted: each runs once for that.
const [what] = process.argv.slice(2)
const taken = await (what === "server" ? serverMemory() : what === "speed" ? speed() : runMemory())
process.send?.(taken, () => process.disconnect())
