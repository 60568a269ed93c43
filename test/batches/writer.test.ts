import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as BatchRequest from "effect-anthropic/BatchRequest"
import { Blocks } from "effect-anthropic/batches/blocks"
import { type Addition, BatchWriter, type WriterOptions } from "effect-anthropic/batches/body"
import { request } from "../support/batches.ts"

const pieces = (writer: BatchWriter) => Stream.runCollect(writer.finish().stream)

const textOf = (writer: BatchWriter) => Effect.map(pieces(writer), (all) => Buffer.concat(all).toString("utf8"))

/** Adds the requests and tells what became of each. */
const addAll = (writer: BatchWriter, requests: ReadonlyArray<BatchRequest.BatchRequest>): ReadonlyArray<Addition> =>
  requests.map((each) => writer.add(each))

/** Divides requests into bodies as a splitter does: a request that does not fit begins the next body. */
const split = (requests: ReadonlyArray<BatchRequest.BatchRequest>, options: WriterOptions) => {
  const writers = [new BatchWriter(options)]
  const refused: Array<BatchRequest.BatchRequest> = []
  for (const each of requests) {
    let addition = writers.at(-1)?.add(each)
    if (addition?._tag === "Full") {
      const next = new BatchWriter(options)
      writers.push(next)
      addition = next.add(each)
    }
    assert.notStrictEqual(addition?._tag, "Full")
    if (addition?._tag === "Refused") refused.push(each)
  }
  return { writers, refused }
}

const sizeOf = (requests: ReadonlyArray<BatchRequest.BatchRequest>): number =>
  Buffer.byteLength(JSON.stringify({ requests }))

describe("BatchWriter", () => {
  it.effect("counts the requests, and the bytes of the body with its envelope and commas", () =>
    Effect.gen(function* () {
      const requests = [request("a", { system: "ä€😀\u2028" }), request("b"), request("c", { metadata: undefined })]
      const writer = new BatchWriter()
      for (let count = 0; count <= requests.length; count++) {
        const some = requests.slice(0, count)
        assert.deepStrictEqual([writer.count, writer.bytes], [count, sizeOf(some)])
        assert.strictEqual(yield* textOf(writer), JSON.stringify({ requests: some }))
        assert.strictEqual(writer.finish().length, sizeOf(some))
        const next = requests[count]
        if (next !== undefined) assert.deepStrictEqual(writer.add(next), { _tag: "Added" })
      }
    })
  )

  it.effect("writes into blocks that an earlier writer gave back, and changes no piece that a client has", () =>
    Effect.gen(function* () {
      const blocks = new Blocks()
      const write = (id: string, length: number) => {
        const writer = new BatchWriter({ blocks })
        addAll(writer, [request(id, { system: id.repeat(length) })])
        return writer
      }
      const first = write("a", 1_500_000)
      const given = yield* pieces(first)
      const before = Buffer.concat(given).toString("utf8")
      const memory = new Set(first.pieces.map(({ buffer }) => buffer))
      first.release()
      const second = write("b", 1_000_000)
      assert.isAtLeast(second.pieces.filter(({ buffer }) => memory.has(buffer)).length, 3)
      assert.strictEqual(yield* textOf(second), yield* textOf(write("b", 1_000_000)))
      assert.strictEqual(Buffer.concat(given).toString("utf8"), before)
    })
  )

  it.effect("lets other fibers run between the copies that a client receives", () =>
    Effect.gen(function* () {
      const writer = new BatchWriter({ blocks: new Blocks() })
      addAll(writer, [request("a", { system: "a".repeat(1_500_000) })])
      let turns = 0
      const other = Effect.forever(
        Effect.andThen(
          Effect.sync(() => (turns += 1)),
          Effect.yieldNow
        )
      )
      const fiber = yield* Effect.forkChild(other)
      const sizes = (yield* pieces(writer)).map(({ length }) => length)
      yield* Fiber.interrupt(fiber)
      assert.isAtMost(Math.max(...sizes), 64 * 1024)
      assert.isAtLeast(turns, sizes.length / 4)
    })
  )

  it.effect("makes blocks of at most 256 KiB, also for one long request", () =>
    Effect.gen(function* () {
      const requests = [request("a"), request("b", { system: "a€😀".repeat(300_000) }), request("c")]
      const writer = new BatchWriter()
      addAll(writer, requests)
      const sizes = (yield* pieces(writer)).map(({ length }) => length)
      assert.isAtLeast(sizes.length, 10)
      assert.isAtMost(Math.max(...sizes), 256 * 1024)
      assert.strictEqual(yield* textOf(writer), JSON.stringify({ requests }))
    })
  )

  it.effect("stays full after maxRequests requests", () =>
    Effect.gen(function* () {
      const writer = new BatchWriter({ maxRequests: 2 })
      const additions = addAll(writer, [request("a"), request("b"), request("c"), request("not an id")])
      assert.deepStrictEqual(
        additions.map(({ _tag }) => _tag),
        ["Added", "Added", "Full", "Full"]
      )
      assert.strictEqual(writer.count, 2)
      assert.strictEqual(yield* textOf(writer), JSON.stringify({ requests: [request("a"), request("b")] }))
    })
  )

  it.effect("is full for a request that is one byte too long, and takes a shorter one after it", () =>
    Effect.gen(function* () {
      // The long text is cut off in the middle of a block, and at the end of one.
      for (const length of [10, 20_000, 300_000]) {
        const requests = [request("a"), request("b", { system: "€".repeat(length) })]
        const exact = sizeOf(requests)
        const fitting = new BatchWriter({ maxBytes: exact })
        assert.deepStrictEqual(
          addAll(fitting, requests).map(({ _tag }) => _tag),
          ["Added", "Added"]
        )
        assert.strictEqual(fitting.bytes, exact)
        const writer = new BatchWriter({ maxBytes: exact - 1 })
        const [a, b] = addAll(writer, requests)
        assert.deepStrictEqual([a?._tag, b?._tag], ["Added", "Full"])
        assert.strictEqual(writer.bytes, sizeOf([request("a")]))
        assert.strictEqual(yield* textOf(writer), JSON.stringify({ requests: [request("a")] }))
        assert.strictEqual(writer.add(request("b", { system: "" }))._tag, "Added")
        assert.strictEqual(
          yield* textOf(writer),
          JSON.stringify({ requests: [request("a"), request("b", { system: "" })] })
        )
      }
    })
  )

  it("does not check for repeated ids with the option hasUniqueIds", () => {
    const writer = new BatchWriter({ hasUniqueIds: true })
    assert.deepStrictEqual(
      addAll(writer, [request("a"), request("a")]).map(({ _tag }) => _tag),
      ["Added", "Added"]
    )
  })

  it("refuses a request that is over the limit alone, and takes later requests", () => {
    for (const text of ["x".repeat(1000), "é".repeat(450), "€".repeat(310), "😀".repeat(230)]) {
      const writer = new BatchWriter({ maxBytes: 1000 })
      for (const before of [[], [request("b")]]) {
        addAll(writer, before)
        const addition = writer.add(request("a", { system: text }))
        assert.deepStrictEqual(addition, {
          _tag: "Refused",
          issues: [{ path: "", description: "the body would be over 1000 bytes with this request alone" }]
        })
        assert.deepStrictEqual([writer.count, writer.bytes], [before.length, sizeOf(before)])
      }
      assert.strictEqual(writer.add(request("c"))._tag, "Added")
    }
  })

  it("is full at the size `fullAt`, and takes one larger request alone", () => {
    const large = request("b", { system: "x".repeat(500) })
    const writer = new BatchWriter({ fullAt: 400 })
    assert.deepStrictEqual(
      addAll(writer, [request("a"), large]).map(({ _tag }) => _tag),
      ["Added", "Full"]
    )
    const next = new BatchWriter({ fullAt: 400 })
    assert.deepStrictEqual(
      addAll(next, [large, request("a")]).map(({ _tag }) => _tag),
      ["Added", "Full"]
    )
    assert.strictEqual(new BatchWriter({ fullAt: 400, maxBytes: 300 }).add(large)._tag, "Refused")
  })

  it("is full, and does not refuse, for a request that fits the next body exactly", () => {
    const large = request("b", { system: "aé€😀".repeat(100) })
    const writer = new BatchWriter({ maxBytes: sizeOf([large]) })
    assert.deepStrictEqual(
      addAll(writer, [request("a"), large]).map(({ _tag }) => _tag),
      ["Added", "Full"]
    )
    assert.strictEqual(new BatchWriter({ maxBytes: sizeOf([large]) }).add(large)._tag, "Added")
    assert.strictEqual(new BatchWriter({ maxBytes: sizeOf([large]) - 1 }).add(large)._tag, "Refused")
  })

  it("lowers its limits to those of the API, and takes at least one request", () => {
    const large = new BatchWriter({ maxRequests: 1_000_000 })
    for (let index = 0; index < 100_000; index++) large.add(request(`r-${index}`))
    assert.strictEqual(large.add(request("one-more"))._tag, "Full")
    const none = new BatchWriter({ maxRequests: 0 })
    assert.deepStrictEqual(
      addAll(none, [request("a"), request("b")]).map(({ _tag }) => _tag),
      ["Added", "Full"]
    )
  })

  it("refuses with the paths of the request itself, and adds nothing", () => {
    const writer = new BatchWriter()
    const additions = addAll(writer, [
      request("a b", { stream: true }),
      request("a", { max_tokens: 0 }),
      request("b", { seed: 5n })
    ])
    assert.deepStrictEqual(
      additions.map((addition) => (addition._tag === "Refused" ? addition.issues.map(({ path }) => path) : [])),
      [["custom_id", "params.stream"], ["params.max_tokens"], ["params.seed"]]
    )
    assert.deepStrictEqual([writer.count, writer.bytes], [0, sizeOf([])])
  })

  it("refuses an id that an earlier request of the same body has, refused requests included", () => {
    const writer = new BatchWriter()
    const additions = addAll(writer, [
      request("a"),
      request("b", { max_tokens: 0 }),
      request("a"),
      request("b"),
      request("a", { max_tokens: 0 })
    ])
    assert.deepStrictEqual(
      additions.map((addition) =>
        addition._tag === "Refused" ? addition.issues.map(({ path, description }) => `${path}: ${description}`) : []
      ),
      [
        [],
        ["params.max_tokens: 0 is not a whole number of at least 1"],
        [`custom_id: "a" is already the id of requests[0]`],
        [`custom_id: "b" is already the id of requests[1]`],
        ["params.max_tokens: 0 is not a whole number of at least 1", `custom_id: "a" is already the id of requests[0]`]
      ]
    )
    assert.strictEqual(new BatchWriter().add(request("a"))._tag, "Added")
  })

  it("does not claim the id of a request that did not fit", () => {
    const writer = new BatchWriter({ maxBytes: 2000 })
    assert.strictEqual(writer.add(request("a"))._tag, "Added")
    assert.strictEqual(writer.add(request("b", { system: "x".repeat(1800) }))._tag, "Full")
    assert.strictEqual(writer.add(request("b"))._tag, "Added")
  })

  it.effect("returns bodies that do not change when later requests are added", () =>
    Effect.gen(function* () {
      const writer = new BatchWriter()
      writer.add(request("a"))
      const first = writer.finish()
      writer.add(request("b"))
      const text = Buffer.concat(yield* Stream.runCollect(first.stream)).toString()
      assert.strictEqual(text, JSON.stringify({ requests: [request("a")] }))
    })
  )

  it.effect("lets other fibers run after about 256 KiB, and after about a thousand requests", () =>
    Effect.gen(function* () {
      let ticks = 0
      const ticking = Effect.gen(function* () {
        for (;;) {
          ticks += 1
          yield* Effect.yieldNow
        }
      })
      yield* Effect.forkChild(ticking)
      for (const [requests, atLeast, atMost] of [
        [Array.from({ length: 20 }, (_, index) => request(`r-${index}`, { system: "x".repeat(130_000) })), 5, 20],
        [Array.from({ length: 10_000 }, () => request("not an id")), 5, 20]
      ] as const) {
        ticks = 0
        const writer = new BatchWriter()
        for (const each of requests) {
          writer.add(each)
          yield* writer.pause
        }
        assert.isAtLeast(ticks, atLeast)
        assert.isAtMost(ticks, atMost)
      }
    })
  )
})

describe("a split of any requests", () => {
  const Request = Schema.Struct({
    id: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50 })),
    text: Schema.String,
    times: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 600 }))
  })

  it.effect.prop(
    "keeps every request once and in order, in bodies that are under their limits and could not take the next",
    {
      specs: Schema.Array(Request).check(Schema.isMaxLength(40)),
      maxRequests: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 })),
      maxBytes: Schema.Int.check(Schema.isBetween({ minimum: 300, maximum: 60_000 }))
    },
    ({ maxBytes, maxRequests, specs }) =>
      Effect.gen(function* () {
        const options = { maxRequests, maxBytes }
        const requests = specs.map(({ id, text, times }, index) =>
          request(`r-${id}-${index}`, { system: `${text.replaceAll(/[\ud800-\udfff]/gu, "?")}😀é`.repeat(times) })
        )
        const { refused, writers } = split(requests, options)
        const bodies: Array<ReadonlyArray<BatchRequest.BatchRequest>> = []
        for (const writer of writers) {
          const body = writer.finish()
          const all = Buffer.concat(yield* Stream.runCollect(body.stream))
          assert.deepStrictEqual([writer.bytes, body.length], [all.length, all.length])
          assert.isAtMost(writer.count, maxRequests)
          const parsed: { readonly requests: ReadonlyArray<BatchRequest.BatchRequest> } = JSON.parse(all.toString())
          assert.lengthOf(parsed.requests, writer.count)
          if (writer.count > 0) assert.isAtMost(all.length, maxBytes)
          bodies.push(parsed.requests)
        }
        assert.deepStrictEqual(
          bodies.flat(),
          requests.filter((each) => !refused.includes(each)).map((each) => JSON.parse(JSON.stringify(each)))
        )
        for (const each of refused) assert.isAbove(sizeOf([each]), maxBytes)
        for (const [index, body] of bodies.entries()) {
          const next = bodies[index + 1]?.[0]
          if (next === undefined) continue
          assert.isTrue(body.length === maxRequests || sizeOf([...body, next]) > maxBytes)
        }
      }),
    { arbitrary: { runs: 150 }, timeout: 60_000 }
  )
})
