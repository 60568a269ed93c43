import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Messages from "effect-anthropic/Messages"
import {
  atCreate,
  collect,
  creates,
  Emulator,
  Fault,
  itemsOf,
  onServer,
  recorder,
  requestOf,
  script,
  sent,
  tags
} from "./support/world.ts"

const run = BatchRun.run

/** When create calls came, in seconds since the first one. */
const createTimes = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  const times = requests.filter(({ method, path }) => method === "POST" && path.endsWith("/batches"))
  return times.map(({ receivedAt }) => Math.round((receivedAt - (times[0]?.receivedAt ?? 0)) / 1000))
})

describe("the size of batches", () => {
  it.live("varies, and their items are those of the source, in order", () =>
    Effect.gen(function* () {
      const items = itemsOf(1_000)
      yield* Stream.runDrain(run(items, { request: requestOf, chunk: { items: 100 }, window: { batches: 50 } }))
      const batches = yield* sent
      assert.deepStrictEqual(
        batches.flat(),
        items.map(({ id }) => id)
      )
      const sizes = batches.slice(0, -1).map((batch) => batch.length)
      for (const size of sizes) assert(size >= 90 && size <= 100, `${size}`)
      assert.isAbove(new Set(sizes).size, 3)
    }).pipe(onServer())
  )

  it.live("is bounded by the bytes that are sent, and a larger item is sent alone", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 40 }, (_, index) => ({ id: `${index}`.padEnd(index * 37, "é") }))
      const request = ({ id }: { readonly id: string }) => {
        const short = requestOf({ id: id.slice(0, 3) })
        return { ...short, params: { ...short.params, messages: [Messages.user(id.repeat(2))] } }
      }
      const sizeOf = (item: { readonly id: string }) => {
        const body = { requests: [{ custom_id: "0".repeat(25), params: request(item).params }] }
        return new TextEncoder().encode(JSON.stringify(body)).length
      }
      const all = yield* collect(run(items, { request, chunk: { bytes: 3_000 }, inOrder: true }))
      assert.deepStrictEqual(
        all.map(({ _tag }) => _tag !== "Unsent"),
        items.map((item) => sizeOf(item) <= 5_000)
      )
      assert.isAbove(tags(all).Unsent ?? 0, 0)
      const batches = yield* sent
      const requests = yield* (yield* Emulator).requests
      const bodies = requests.filter(({ method, status }) => method === "POST" && status === 200)
      assert.strictEqual(bodies.length, batches.length)
      const sizes = bodies.map(({ bodyBytes }, index) => ({ bodyBytes, count: batches[index]?.length ?? 0 }))
      for (const { bodyBytes, count } of sizes) assert(bodyBytes <= 3_000 || count === 1, `${count} in ${bodyBytes}`)
      assert.isTrue(sizes.some(({ bodyBytes, count }) => count > 1 && bodyBytes > 2_000))
      assert.isTrue(sizes.some(({ bodyBytes }) => bodyBytes > 3_000))
    }).pipe(onServer({ maxBodyBytes: 5_000 }))
  )

  for (const count of [100_000, 100_001])
    it.live(`is never over the limit of the API for ${count} items`, () =>
      Effect.gen(function* () {
        const request = ({ id }: { readonly id: string }) => requestOf({ id })
        const large = {
          request,
          chunk: { items: 100_000 },
          window: { requests: 200_000 },
          pollEvery: "1 hour"
        } as const
        yield* Stream.runDrain(run(itemsOf(count), large))
        const batches = yield* sent
        assert.strictEqual(batches.flat().length, count)
        assert.isAtMost(Math.max(...batches.map((batch) => batch.length)), 100_000)
      }).pipe(onServer())
    )

  it.live("is the limit of the API at most: an item over 256 MB alone is not sent, and the others are", () =>
    Effect.gen(function* () {
      const content = "x".repeat(256_000_000)
      const request = ({ id }: { readonly id: string }) => {
        const { custom_id, params } = requestOf({ id })
        return BatchRequest.make(
          custom_id,
          id === "item 1" ? { ...params, messages: [Messages.user(content)] } : params
        )
      }
      const all = yield* collect(run(itemsOf(3), { request, inOrder: true }))
      assert.deepStrictEqual(
        all.map(({ _tag }) => _tag),
        ["Succeeded", "Unsent", "Succeeded"]
      )
      const [, huge] = all
      assert(huge?._tag === "Unsent" && huge.reason === "refused")
      assert.match(huge.issues[0]?.description ?? "", /over 256000000 bytes with this request alone/)
      assert.deepStrictEqual(yield* sent, [["item 0", "item 2"]])
    }).pipe(onServer())
  )

  it.live("is halved when the API says that a body is too large, down to one item", () =>
    Effect.gen(function* () {
      const items = itemsOf(8).map(({ id }, index) => ({ id: index === 5 ? id.padEnd(3_000, "x") : id }))
      const request = ({ id }: { readonly id: string }) => ({ ...requestOf({ id }), custom_id: id.slice(0, 6) })
      const all = yield* collect(run(items, { request, inOrder: true }))
      assert.deepStrictEqual(tags(all), { Succeeded: 7, Unsent: 1 })
      assert.deepInclude(all[5], { _tag: "Unsent", reason: "refused", attempts: 0 })
      assert.strictEqual((yield* sent).flat().length, 7)
    }).pipe(onServer({ maxBodyBytes: 2_000 }))
  )
})

describe("a create that is refused", () => {
  it.live("is repeated only by the run, with a growing wait, when the refusal may pass", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, times: 4, ...Fault.status(529) })
      const { of, onEvent } = recorder()
      assert.deepStrictEqual(tags(yield* collect(run(itemsOf(2), { request: requestOf, onEvent }))), { Succeeded: 2 })
      assert.deepStrictEqual(yield* createTimes, [0, 1, 3, 7, 15])
      assert.deepInclude(of("Waiting")[0], { reason: "refused", chunk: 0 })
      assert.lengthOf(of("Intended"), 1)
    }).pipe(onServer())
  )

  it.live("fails the run after an hour of refusals", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, times: 10_000, ...Fault.status(529) })
      const error = yield* Effect.flip(collect(run(itemsOf(2), { request: requestOf })))
      assert.strictEqual(error._tag, "OverloadedError")
      assert.isAtMost((yield* createTimes).at(-1) ?? 0, 3_700)
      assert.isAbove((yield* createTimes).at(-1) ?? 0, 3_500)
      yield* (yield* Emulator).clearFaults
    }).pipe(onServer())
  )

  for (const status of [400, 401, 403, 404]) {
    it.live(`fails the run at once after ${status}`, () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, ...Fault.status(status) })
        yield* Effect.flip(collect(run(itemsOf(2), { request: requestOf })))
        assert.strictEqual(yield* creates, 1)
      }).pipe(onServer())
    )
  }

  it.live("waits for a batch to end when the queue is full, with few creates", () =>
    Effect.gen(function* () {
      const { of, onEvent } = recorder()
      const all = yield* collect(
        run(itemsOf(40), { request: requestOf, chunk: { items: 5 }, window: { batches: 4 }, onEvent })
      )
      assert.deepStrictEqual(tags(all), { Succeeded: 40 })
      assert.isNotEmpty(of("Waiting").filter(({ reason }) => reason === "queue"))
      // Two minutes between two calls, unless a batch has ended.
      const times = yield* createTimes
      const perMinute = times.map((time) => times.filter((other) => other > time - 60 && other <= time).length)
      assert.isAtMost(Math.max(...perMinute), 8)
    }).pipe(onServer({ limits: { queuedBatchRequests: 12 }, plan: { endsAfter: "10 minutes" } }))
  )

  it.live("is halved when it is too large for an empty queue", () =>
    Effect.gen(function* () {
      const all = yield* collect(run(itemsOf(20), { request: requestOf, chunk: { items: 20 } }))
      assert.deepStrictEqual(tags(all), { Succeeded: 20 })
      assert.isAtMost(Math.max(...(yield* sent).map((batch) => batch.length)), 7)
    }).pipe(onServer({ limits: { queuedBatchRequests: 7 } }))
  )
})
