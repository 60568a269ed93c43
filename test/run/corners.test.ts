// Rare turns of a run: unclear batches, budgets that leave no room for a second create, direct calls that go wrong.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import * as Messages from "effect-anthropic/Messages"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import {
  atCreate,
  collect,
  creates,
  Emulator,
  Fault,
  idOf,
  itemsOf,
  onServer,
  recorder,
  requestOf,
  script,
  tags
} from "./support/world.ts"

const run = BatchRun.run

const options = { id: "run", request: requestOf, chunk: { items: 2 } } as const

const kept = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.provide(self, Layer.fresh(Journal.layerMemory))

/** The most that two items can cost, in USD. */
const worstOfTwo = Effect.map(
  BatchRun.plan(itemsOf(2), options),
  ({ cost }) => Number(cost.atMost.value) / 10 ** cost.atMost.scale
)

describe("a batch whose results do not show which chunk it belongs to", () => {
  it.live("is adopted after a create without an answer, and its items are not paid twice", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const { of, onEvent } = recorder()
      const all = yield* collect(run(itemsOf(2), { ...options, retry: { times: 0 }, onEvent }))
      assert.deepStrictEqual(tags(all), { Missing: 2 })
      assert.deepInclude(of("Adopted")[0], { isCertain: false })
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer({ plan: { lines: () => [] } }))
  )

  it.live("is adopted when its results were archived", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const all = yield* collect(run(itemsOf(2), { ...options, retry: { times: 0 } }))
      assert.deepStrictEqual(tags(all), { Missing: 2 })
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer({ plan: { archivedAfter: "80 seconds", endsAfter: "60 seconds" } }))
  )

  it.live("is not adopted before two minutes have passed, because the right batch may be listed late", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const { of, onEvent } = recorder()
      const all = yield* collect(run(itemsOf(2), { ...options, retry: { times: 0 }, onEvent }))
      assert.deepStrictEqual(tags(all), { Succeeded: 2 })
      assert.deepInclude(of("Adopted")[0], { isCertain: true })
      assert.strictEqual(yield* creates, 1)
    }).pipe(
      onServer({
        plan: { listedAfter: "90 seconds" },
        strangers: () => [{ requests: 2, endsAfter: 0, archivedAfter: 0 }]
      })
    )
  )

  it.live("is adopted when half of its lines are ours, so that these are read", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.processedThenReset() })
      const all = yield* collect(run(itemsOf(2), { ...options, retry: { times: 0 } }))
      assert.deepStrictEqual(tags(all), { Missing: 1, Succeeded: 1 })
      assert.strictEqual(yield* creates, 1)
    }).pipe(
      onServer({
        // One of two lines is replaced by one of a stranger.
        plan: {
          lines: (lines) =>
            lines.map((line) => (line.custom_id.endsWith("-0") ? line : { ...line, custom_id: "stranger-1" }))
        },
        strangers: () => [{ requests: 2, createdAfter: "1 second", endsAfter: 0, archivedAfter: 0 }]
      })
    )
  )

  it.live("prevents that any chunk of its size is created again", () =>
    Effect.gen(function* () {
      // Two chunks of one size are unknown at once, and only the second was carried out.
      yield* script(
        { when: atCreate, ...Fault.delay("100 seconds", Fault.resetBeforeHeaders()) },
        { when: atCreate, ...Fault.processedThenReset() }
      )
      const { of, onEvent } = recorder()
      const all = yield* collect(
        run(itemsOf(2), { ...options, chunk: { items: 1 }, retry: { times: 1 }, inOrder: true, onEvent })
      )
      assert.deepStrictEqual(
        of("Unknown").map(({ chunk }) => chunk),
        [0, 1]
      )
      const adopted = of("Adopted")
      assert.deepStrictEqual(adopted.map(({ chunk, isCertain }) => [chunk, isCertain]).toSorted(), [
        [0, false],
        [1, false]
      ])
      assert.strictEqual(new Set(adopted.map(({ batchId }) => batchId)).size, 1)
      assert.isEmpty(of("Renewed"))
      assert.deepStrictEqual(tags(all), { Succeeded: 2 })
      assert.deepStrictEqual(
        all.map(({ attempts }) => attempts),
        [2, 2]
      )
    }).pipe(onServer({ plan: (_, index) => (index === 0 ? { lines: () => [], endsAfter: "10 minutes" } : {}) }))
  )

  it.live("stays a candidate for other chunks when the run is resumed", () =>
    Effect.gen(function* () {
      yield* script(
        { when: atCreate, ...Fault.resetBeforeHeaders() },
        { when: atCreate, ...Fault.processedThenReset() }
      )
      const one = { ...options, chunk: { items: 1 }, retry: { times: 1 }, onInterrupt: "detach" } as const
      let isAdopted = false
      const fiber = yield* Effect.forkChild(
        Stream.runDrain(
          run(itemsOf(2), {
            ...one,
            onEvent: (event) => {
              if (event._tag === "Adopted") isAdopted = true
              return isAdopted ? Effect.never : Effect.void
            }
          })
        )
      )
      while (!isAdopted) yield* Effect.sleep("1 second")
      yield* Fiber.interrupt(fiber)
      const { of, onEvent } = recorder()
      const all = yield* collect(run(itemsOf(2), { ...one, onEvent }))
      assert.deepStrictEqual(tags(all), { Succeeded: 2 })
      assert.isEmpty(of("Renewed"))
    }).pipe(kept, onServer({ plan: (_, index) => (index === 0 ? { lines: () => [], endsAfter: "10 minutes" } : {}) }))
  )
})

describe("a chunk of which no batch was found", () => {
  it.live("is created again only when the budget has room for both", () =>
    Effect.gen(function* () {
      const limit = yield* worstOfTwo
      yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() })
      const all = yield* collect(run(itemsOf(2), { ...options, budget: { limit: limit * 1.5 } }))
      assert.deepStrictEqual(tags(all), { Unsent: 2 })
      assert.strictEqual(yield* creates, 1)
      let asked = 0
      const onLimit = () => {
        asked += 1
        return Effect.succeed(limit * 3)
      }
      const more = yield* collect(run(itemsOf(2), { ...options, budget: { limit: limit * 1.5, onLimit } }))
      assert.deepStrictEqual(tags(more), { Succeeded: 2 })
      assert.strictEqual(asked, 1)
    }).pipe(kept, onServer())
  )

  it.live("has items with no attempt when the run is canceled before it is created again", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() })
      const { of, onEvent } = recorder()
      const fiber = yield* Effect.forkChild(collect(run(itemsOf(2), { ...options, onEvent })))
      while (of("Unknown").length === 0) yield* Effect.sleep("1 second")
      yield* BatchRun.cancel("run")
      const all = yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        all.map(({ _tag, attempts }) => [_tag, attempts]),
        [
          ["Unsent", 0],
          ["Unsent", 0]
        ]
      )
    }).pipe(kept, onServer())
  )

  it.live("is not created again after the run was canceled, and its items are not sent", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() })
      const { of, onEvent } = recorder()
      const fiber = yield* Effect.forkChild(collect(run(itemsOf(2), { ...options, onEvent })))
      while (of("Unknown").length === 0) yield* Effect.sleep("1 second")
      assert.strictEqual((yield* BatchRun.cancel("run")).unknown, 1)
      assert.deepStrictEqual(tags(yield* Fiber.join(fiber)), { Unsent: 2 })
      assert.strictEqual(yield* creates, 1)
    }).pipe(kept, onServer())
  )

  it.live("fails the run when its second create is too large, because it is never divided", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() }, { when: atCreate, ...Fault.status(413) })
      const error = yield* Effect.flip(collect(run(itemsOf(2), options)))
      assert.strictEqual(error._tag, "RequestTooLargeError")
    }).pipe(onServer())
  )

  it.live("ends its items when their requests cannot be made again", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() })
      let calls = 0
      const all = yield* collect(
        run(itemsOf(2), {
          ...options,
          request: (item) => {
            calls += 1
            if (calls > 2) throw new Error("the row is gone")
            return requestOf(item)
          }
        })
      )
      assert.deepStrictEqual(tags(all), { Unsent: 2 })
    }).pipe(onServer())
  )
})

describe("a create", () => {
  it.live("is repeated when no connection was made", () =>
    Effect.gen(function* () {
      const server = yield* HttpClient.HttpClient
      let left = 3
      const client = HttpClient.make((request) => {
        if (request.method !== "POST" || left === 0) return server.execute(request)
        left -= 1
        const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })
        const reason = new HttpClientError.TransportError({ request, cause })
        return Effect.fail(new HttpClientError.HttpClientError({ reason }))
      })
      const { of, onEvent } = recorder()
      const all = yield* collect(run(itemsOf(2), { ...options, onEvent })).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      assert.deepStrictEqual(tags(all), { Succeeded: 2 })
      assert.lengthOf(of("Unknown"), 0)
      assert.lengthOf(of("Waiting"), 3)
    }).pipe(onServer())
  )

  it.live("fails the run at once when a spend limit refuses it", () =>
    Effect.gen(function* () {
      const details = { error_code: "enforced_spend_limit_reached" }
      yield* script({ when: atCreate, ...Fault.status(429, { details }) })
      const error = yield* Effect.flip(collect(run(itemsOf(2), options)))
      assert.strictEqual(error._tag, "SpendLimitError")
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer())
  )

  it.live("is not repeated after the run was canceled", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, times: 1_000, ...Fault.status(529) })
      const { of, onEvent } = recorder()
      const fiber = yield* Effect.forkChild(collect(run(itemsOf(2), { ...options, onEvent })))
      while (of("Waiting").length < 3) yield* Effect.sleep("1 second")
      yield* BatchRun.cancel("run")
      assert.deepStrictEqual(tags(yield* Fiber.join(fiber)), { Unsent: 2 })
      yield* (yield* Emulator).clearFaults
    }).pipe(kept, onServer())
  )
})

describe("direct calls at the end of a run", () => {
  const direct = { ...options, retry: { times: 2, finishWith: { below: 10, concurrency: 1 } } } as const
  const expired: AnthropicEmulator.Options = { outcome: () => ({ type: "expired" }) }
  const atMessages = { path: /messages$/ } as const

  it.live("are repeated within the retries when they may pass", () =>
    Effect.gen(function* () {
      yield* script({ when: atMessages, times: 3, ...Fault.status(529) })
      const all = yield* collect(run(itemsOf(1), direct))
      assert.deepInclude(all[0], { _tag: "Succeeded", attempts: 3 })
    }).pipe(onServer(expired))
  )

  it.live("are not made when they do not fit the budget, and items keep their last outcome", () =>
    Effect.gen(function* () {
      const limit = yield* worstOfTwo
      const all = yield* collect(run(itemsOf(1), { ...direct, budget: { limit: limit * 0.6 } }))
      assert.deepStrictEqual(tags(all), { Expired: 1 })
      assert.isEmpty((yield* (yield* Emulator).requests).filter(({ path }) => path === "/v1/messages"))
    }).pipe(onServer(expired))
  )

  it.live("are not made when requests cannot be made again, and items keep their last outcome", () =>
    Effect.gen(function* () {
      let calls = 0
      const all = yield* collect(
        run(itemsOf(1), {
          ...direct,
          request: (item) => {
            calls += 1
            if (calls > 1) throw new Error("the row is gone")
            return requestOf(item)
          }
        })
      )
      assert.deepStrictEqual(tags(all), { Expired: 1 })
    }).pipe(onServer(expired))
  )

  it.live("count as attempts when a crash interrupts them, and are repeated within the retries", () =>
    Effect.gen(function* () {
      yield* script({ when: atMessages, ...Fault.processedThenStall() })
      const { of, onEvent } = recorder()
      const budget = { limit: 1 }
      const fiber = yield* Effect.forkChild(
        Stream.runDrain(run(itemsOf(1), { ...direct, onInterrupt: "detach", onEvent, budget }))
      )
      while (of("Intended").length < 2) yield* Effect.sleep("1 second")
      yield* Effect.sleep("5 seconds")
      yield* Fiber.interrupt(fiber)
      const all = yield* collect(run(itemsOf(1), { ...direct, budget }))
      assert.deepInclude(all[0], { _tag: "Succeeded", attempts: 3 })
      const status = yield* BatchRun.status("run")
      assert(status._tag === "Some")
      assert.isTrue(status.value.spent.value > 0n)
    }).pipe(kept, onServer(expired))
  )
})

describe("BatchRun.summary", () => {
  it.live("summarizes a stream of outcomes, with a hint for every cause", () =>
    Effect.gen(function* () {
      const items = [...itemsOf(6), { id: "item 0" }]
      const summary = yield* run(items, { ...options, retry: { times: 0 } }).pipe(Stream.run(BatchRun.summary))
      assert.strictEqual(summary.items, 7)
      assert.deepStrictEqual(
        new Set(summary.failures.map(({ cause }) => cause)),
        new Set(["canceled", "expired", "duplicate", "teapot_error"])
      )
      for (const { hint } of summary.failures) assert.match(hint, /\.$/)
      assert.strictEqual(summary.unpriced, 1)
    }).pipe(
      onServer({
        outcome: ({ params }) => {
          const id = idOf(params)
          if (id === "item 1") return { type: "canceled" }
          if (id === "item 2") return { type: "expired" }
          if (id === "item 3") return { type: "errored", error: { type: "teapot_error" } }
          if (id === "item 4") return { type: "succeeded", message: { model: "claude-of-tomorrow" } }
          return undefined
        }
      })
    )
  )
})

describe("BatchRun.plan", () => {
  it.live("counts requests that cannot be bounded or priced, and splits by bytes", () =>
    Effect.gen(function* () {
      const image = Messages.user([{ type: "image", source: { type: "url", url: "https://example.com/a.png" } }])
      const plan = yield* BatchRun.plan(["text", "image", "tomorrow", "broken"], {
        request: (id) => {
          if (id === "broken") throw new Error("no such row")
          const { params } = requestOf({ id })
          const messages = id === "image" ? [image] : params.messages
          const model = id === "tomorrow" ? "claude-of-tomorrow" : params.model
          return { custom_id: id, params: { ...params, messages, model } }
        },
        chunk: { bytes: 300 }
      })
      assert.deepInclude(plan, { items: 4, requests: 3, refused: 1 })
      assert.deepInclude(plan.cost, { unbounded: 1, unpriced: 1 })
      assert.lengthOf(plan.chunks, 3)
      assert.deepStrictEqual(plan.models, { "claude-haiku-5-5": 2, "claude-of-tomorrow": 1 })
    }).pipe(onServer())
  )
})
