import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import { calls, capturing, Emulator, Fault, onEmulator, request, script } from "../support/batches.ts"

/** What a caller without types could pass. */
const untyped = (requests: unknown): ReadonlyArray<BatchRequest.BatchRequest> => JSON.parse("[]", () => requests)

/** The error of a create that must be refused without a request being sent. */
const refusal = Effect.fnUntraced(function* (requests: Iterable<BatchRequest.BatchRequest>) {
  const error = yield* Effect.flip(Batches.create(requests))
  assert(error._tag === "RequestRefusedError", error.message)
  assert.deepStrictEqual(yield* calls, [])
  assert.isFalse(error.isRetryable)
  assert.strictEqual(error.operation, "Batches.create")
  return error
})

const reasons = (requests: Iterable<BatchRequest.BatchRequest>) =>
  Effect.map(refusal(requests), (error) => error.reasons.map(({ path, description }) => `${path}: ${description}`))

const ids = (count: number) => Array.from({ length: count }, (_, index) => request(`r-${index}`))

describe("Batches.create", () => {
  it.effect("sends the requests and returns the batch", () =>
    Effect.gen(function* () {
      const batch = yield* Batches.create(ids(3))
      assert.strictEqual(batch.processing_status, "in_progress")
      assert.strictEqual(batch.request_counts.processing, 3)
      const emulator = yield* Emulator
      assert.deepStrictEqual(
        yield* emulator.batchRequests(batch.id),
        ids(3).map(({ custom_id, params }) => ({ custom_id, params: { ...params } }))
      )
      assert.deepStrictEqual(yield* calls, ["POST /v1/messages/batches"])
    }).pipe(onEmulator())
  )

  it.effect("sends the bytes that JSON.stringify writes, with their length", () => {
    const requests = [
      request("a", {
        system: 'ä€😀\u2028\u0000 "quoted" \\ud800 null',
        metadata: undefined,
        nested: { at: new Date(0) }
      }),
      request("b", { nothing: null, numbers: [1e21, -0, 0.1], left: () => 0, out: Symbol("s") }),
      ...Array.from({ length: 200 }, (_, index) => request(`r-${index}`, { system: "😀".repeat(1000 + index) }))
    ]
    const server = capturing()
    return Effect.gen(function* () {
      yield* Batches.create(requests)
      const pieces = yield* Stream.runCollect(server.body)
      const expected = new TextEncoder().encode(JSON.stringify({ requests }))
      assert.isAtLeast(pieces.length, 2)
      assert.deepStrictEqual(Buffer.concat(pieces), Buffer.from(expected))
      assert.deepStrictEqual(yield* Stream.runCollect(server.body), pieces)
    }).pipe(server.provide)
  })

  it.effect("sends only the id and the parameters of a request", () =>
    Effect.gen(function* () {
      const batch = yield* Batches.create([Object.assign(request("a"), { row: 17 })])
      assert.deepStrictEqual(yield* (yield* Emulator).batchRequests(batch.id), [
        { custom_id: "a", params: { ...request("a").params } }
      ])
    }).pipe(onEmulator())
  )

  it.effect("reads any iterable once", () =>
    Effect.gen(function* () {
      let made = 0
      function* generator() {
        for (; made < 3; made++) yield request(`g-${made}`)
      }
      const fromGenerator = yield* Batches.create(generator())
      assert.strictEqual(fromGenerator.request_counts.processing, 3)
      const fromSet = yield* Batches.create(new Set(ids(2)))
      assert.strictEqual(fromSet.request_counts.processing, 2)
    }).pipe(onEmulator())
  )

  it.effect("creates a new batch each time it runs", () =>
    Effect.gen(function* () {
      const create = Batches.create(ids(2))
      const [one, other] = [yield* create, yield* create]
      assert.notStrictEqual(one.id, other.id)
    }).pipe(onEmulator())
  )

  it.effect("fails with SpendLimitError without a second attempt", () =>
    Effect.gen(function* () {
      yield* script(Fault.status(429, { errorCode: "enforced_spend_limit_reached" }))
      const error = yield* Effect.flip(Batches.create(ids(1)))
      assert.strictEqual(error._tag, "SpendLimitError")
      assert.lengthOf(yield* calls, 1)
    }).pipe(onEmulator())
  )

  it.effect("does not create a second batch when the answer is lost", () =>
    Effect.gen(function* () {
      yield* script(Fault.processedThenReset())
      const error = yield* Effect.flip(Batches.create(ids(1)))
      assert(error._tag === "IndeterminateError")
      assert.strictEqual(error.cause._tag, "ConnectionError")
      assert.lengthOf(yield* (yield* Emulator).batches, 1)
    }).pipe(onEmulator())
  )
})

describe("Batches.create refuses before anything is sent", () => {
  it.effect("an empty list", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* reasons([]), ["requests: `requests` is empty"])
    }).pipe(onEmulator())
  )

  it.effect(
    "more than 100 000 requests, and stops reading an infinite iterable there",
    () =>
      Effect.gen(function* () {
        let made = 0
        let isClosed = false
        function* endless() {
          try {
            for (;;) yield request(`r-${made++}`)
          } finally {
            isClosed = true
          }
        }
        assert.deepStrictEqual(yield* reasons(endless()), ["requests: there are more than 100000 requests"])
        assert.strictEqual(made, BatchRequest.maxRequests + 1)
        assert.isTrue(isClosed)
      }).pipe(onEmulator()),
    30_000
  )

  it.effect("every malformed id", () =>
    Effect.gen(function* () {
      const bad = ["", "a".repeat(65), "a b", "a.b", "ä", "a\n", "😀"]
      assert.deepStrictEqual(
        yield* reasons([request("fine"), ...bad.map((id) => request(id))]),
        bad.map(
          (id, index) =>
            `requests[${index + 1}].custom_id: ${JSON.stringify(id)} is not 1 to 64 letters, digits, "_" or "-"`
        )
      )
      const long = yield* refusal([request("x".repeat(1_000_000))])
      assert.isBelow(long.message.length, 300)
    }).pipe(onEmulator())
  )

  it.effect("ids that are not strings, and requests that are not objects", () =>
    Effect.gen(function* () {
      const { params } = request("a")
      const rule = `is not 1 to 64 letters, digits, "_" or "-"`
      assert.deepStrictEqual(
        yield* reasons(
          untyped([
            { custom_id: 5, params },
            { custom_id: 5n, params },
            { custom_id: 5n, params },
            { params },
            null,
            "a"
          ])
        ),
        [
          `requests[0].custom_id: 5 ${rule}`,
          `requests[1].custom_id: bigint ${rule}`,
          `requests[2].custom_id: bigint ${rule}`,
          `requests[3].custom_id: undefined ${rule}`,
          "requests[4]: it is not an object",
          "requests[5]: it is not an object"
        ]
      )
    }).pipe(onEmulator())
  )

  it.effect("ids that come twice, with both places", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* reasons([request("a"), request("b"), request("a"), request("b"), request("a")]), [
        `requests[2].custom_id: "a" is already the id of requests[0]`,
        `requests[3].custom_id: "b" is already the id of requests[1]`,
        `requests[4].custom_id: "a" is already the id of requests[0]`
      ])
    }).pipe(onEmulator())
  )

  it.effect("a stream, a speed, and max_tokens of 0", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* reasons([
          request("a", { stream: true }),
          request("b", { stream: false }),
          request("c", { speed: "fast" }),
          request("d", { speed: "standard" }),
          request("e", { stream: true, speed: "fast", max_tokens: 0 })
        ]),
        [
          "requests[0].params.stream: a batch does not stream",
          "requests[2].params.speed: a batch takes no speed",
          "requests[3].params.speed: a batch takes no speed",
          "requests[4].params.stream: a batch does not stream",
          "requests[4].params.speed: a batch takes no speed",
          "requests[4].params.max_tokens: 0 is not a whole number of at least 1"
        ]
      )
    }).pipe(onEmulator())
  )

  it.effect("max_tokens that are not a whole number of at least 1", () =>
    Effect.gen(function* () {
      const bad = [0, -1, 0.5, 10.5, 1e21, Number.NaN, Infinity, undefined, null, "100", 5n, Object.create(null)]
      const shown = [
        "0",
        "-1",
        "0.5",
        "10.5",
        "1e+21",
        "NaN",
        "Infinity",
        "undefined",
        "null",
        '"100"',
        "bigint",
        "object"
      ]
      assert.deepStrictEqual(
        yield* reasons(bad.map((max_tokens, index) => request(`r-${index}`, { max_tokens }))),
        shown.map((text, index) => `requests[${index}].params.max_tokens: ${text} is not a whole number of at least 1`)
      )
    }).pipe(onEmulator())
  )

  it.effect("parameters that are not an object", () =>
    Effect.gen(function* () {
      const bad = [undefined, null, "text", 5, []]
      assert.deepStrictEqual(
        yield* reasons(untyped(bad.map((params, index) => ({ custom_id: `r-${index}`, params })))),
        bad.map((_, index) => `requests[${index}].params: it is not an object`)
      )
    }).pipe(onEmulator())
  )

  it.effect("parameters that cannot be written as JSON", () =>
    Effect.gen(function* () {
      const cyclic: Record<string, unknown> = {}
      cyclic.self = cyclic
      const throwing = {
        toJSON() {
          throw "no"
        }
      }
      const found = yield* reasons([
        request("a", { seed: 5n }),
        request("b", { cyclic }),
        request("c"),
        request("d", { throwing })
      ])
      assert.deepStrictEqual(found, [
        "requests[0].params.seed: a BigInt cannot be written as JSON",
        "requests[1].params.cyclic.self: it contains itself",
        "requests[3].params.throwing: its toJSON failed: no"
      ])
    }).pipe(onEmulator())
  )

  it.effect("issues of the caller's check, which runs only on requests that pass the built-in checks", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const check = ({ custom_id }: BatchRequest.BatchRequest) => {
        asked.push(custom_id)
        return custom_id === "b" ? [{ path: "params.model", description: "not that one" }] : []
      }
      const requests = [request("a"), request("b"), request("c d"), request("e")]
      for (const create of [Batches.create(requests, { check }), Batches.createScoped(requests, { check })]) {
        const error = yield* Effect.flip(create)
        assert(error._tag === "RequestRefusedError")
        assert.deepStrictEqual(
          error.reasons.map(({ path }) => path),
          ["requests[1].params.model", "requests[2].custom_id"]
        )
      }
      assert.deepStrictEqual(asked, ["a", "b", "e", "a", "b", "e"])
      assert.deepStrictEqual(yield* calls, [])
      yield* Batches.create([request("a")], { check })
      assert.lengthOf(yield* calls, 1)
    }).pipe(onEmulator())
  )

  it.effect("with at most 100 reasons, and counts the omitted ones", () =>
    Effect.gen(function* () {
      const error = yield* refusal(Array.from({ length: 250 }, () => request("a.b")))
      assert.lengthOf(error.reasons, 100)
      assert.strictEqual(error.omitted, 150)
      assert.strictEqual(error.reasons[99]?.path, "requests[99].custom_id")
      assert.include(error.message, "and 245 more")
    }).pipe(onEmulator())
  )
})

describe("the size of a body", () => {
  const text = "€".repeat(10_000_000)

  /** Eight requests of 30 MB that share their text, and a last one that fills the body up to `total` bytes. */
  const filled = (total: number) => {
    const big = Array.from({ length: 8 }, (_, index) => request(`r-${index}`, { system: text }))
    const last = request("last", { system: "" })
    const short = JSON.stringify({
      requests: [...big.map(({ custom_id, params }) => request(custom_id, { ...params, system: "" })), last]
    })
    const rest = total - short.length - 8 * 30_000_000
    return [...big, request("last", { system: "x".repeat(rest) })]
  }

  it.effect(
    "is accepted at 256 MB",
    () => {
      const server = capturing()
      return Effect.gen(function* () {
        yield* Batches.create(filled(BatchRequest.maxBytes))
        assert.strictEqual(
          yield* Stream.runFold(
            server.body,
            () => 0,
            (sum, piece) => sum + piece.length
          ),
          256_000_000
        )
      }).pipe(server.provide)
    },
    60_000
  )

  it.effect(
    "is refused at 256 MB and one byte",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* reasons(filled(BatchRequest.maxBytes + 1)), [
          "requests: the body would be over 256000000 bytes with requests[8]"
        ])
      }).pipe(onEmulator()),
    60_000
  )

  it.effect(
    "ends the reading of an infinite iterable when it is over the limit",
    () =>
      Effect.gen(function* () {
        let made = 0
        function* endless() {
          for (;;) yield request(`r-${made++}`, { system: text })
        }
        const [reason] = yield* reasons(endless())
        assert.match(reason ?? "", /^requests: the body would be over 256000000 bytes/)
        assert.strictEqual(made, 9)
      }).pipe(onEmulator()),
    60_000
  )
})

describe("Batches.create with many requests", () => {
  it.effect(
    "lets other fibers run while it writes and while it checks",
    () =>
      Effect.gen(function* () {
        let ticks = 0
        const ticking = yield* Effect.forkChild(
          Effect.forever(
            Effect.andThen(
              Effect.sync(() => ticks++),
              Effect.yieldNow
            )
          )
        )
        function* many(id: (index: number) => string) {
          for (let index = 0; index < 100_000; index++) yield request(id(index))
        }
        const batch = yield* Batches.create(many((index) => `r-${index}`))
        assert.strictEqual(batch.request_counts.processing, 100_000)
        assert.isAtLeast(ticks, 60)
        const before = ticks
        yield* Effect.flip(Batches.create(many(() => "a.b")))
        assert.isAtLeast(ticks - before, 45)
        yield* Fiber.interrupt(ticking)
      }).pipe(onEmulator()),
    60_000
  )

  it.effect("can be interrupted while it writes", () =>
    Effect.gen(function* () {
      let made = 0
      function* many() {
        for (; made < 100_000; made++) yield request(`r-${made}`)
      }
      const fiber = yield* Effect.forkChild(Batches.create(many()))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      assert.isBelow(made, 100_000)
      assert.deepStrictEqual(yield* calls, [])
    }).pipe(onEmulator())
  )
})
