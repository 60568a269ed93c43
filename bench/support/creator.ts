// Creates one large batch with one of the two SDKs and tells its parent what that took of memory and of the event loop.
import { monitorEventLoopDelay } from "node:perf_hooks"
import * as Effect from "effect/Effect"
import * as Batches from "effect-anthropic/Batches"
import { official, ours } from "./clients.ts"
import { peakResident, resetPeak, settledResident } from "./memory.ts"
import { text } from "./wire.ts"

export interface Cost {
  readonly bodyBytes: number
  /** Peak of the resident memory over what it was with the requests in place. */
  readonly extraBytes: number
  readonly milliseconds: number
  /** Pauses of the event loop in milliseconds. */
  readonly p99: number
  readonly max: number
}

const count = 100_000

const makeRequests = () =>
  Array.from({ length: count }, (_, index) => ({
    custom_id: `review-${index}`,
    params: {
      model: "claude-haiku-5-5",
      max_tokens: 1024,
      messages: [{ role: "user" as const, content: Buffer.from(`${index}: ${text(2240)}`).toString("latin1") }]
    }
  }))

const [side, baseUrl = ""] = process.argv.slice(2)
const requests = makeRequests()
const bodyBytes =
  Buffer.byteLength(JSON.stringify({ requests: [] })) +
  requests.reduce((sum, request) => sum + JSON.stringify(request).length + 1, -1)

const create = {
  ours: () => Effect.runPromise(Effect.provide(Batches.create(requests), ours({ baseUrl }))),
  official: () => official({ baseUrl }).messages.batches.create({ requests })
}[side === "ours" ? "ours" : "official"]

const base = await settledResident()
resetPeak()
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const start = performance.now()
await create()
const milliseconds = performance.now() - start
delay.disable()
const cost: Cost = {
  bodyBytes,
  extraBytes: peakResident() - base,
  milliseconds,
  p99: delay.percentile(99) / 1e6,
  max: delay.max / 1e6
}
process.send?.(cost)
process.disconnect?.()
