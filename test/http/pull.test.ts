// Reading a body at the reader's own pace: pauses, pulls that are given up, and a server that then stands still.
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import { StreamInterruptedError } from "effect-anthropic/AnthropicError"
import * as Files from "effect-anthropic/Files"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { answering, assertFields } from "../support/fakeClient.ts"
import { noise, seed, sha256 } from "../support/files.ts"
import { served } from "../support/served.ts"

const byte = (value: number): Uint8Array => new Uint8Array([value % 256])

/** A body whose bytes come when the test says so: as the stream of a client, or as the web stream that fetch gives. */
const bodies = {
  "the stream of a client": Effect.gen(function* () {
    const queue = yield* Queue.make<Uint8Array, Cause.Done>()
    return {
      answer: HttpServerResponse.stream(Stream.fromQueue(queue)),
      push: (value: number) => Queue.offer(queue, byte(value)),
      end: Queue.end(queue)
    }
  }),
  "the web stream of fetch": Effect.sync(() => {
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const stream = new ReadableStream<Uint8Array>({
      start: (own) => {
        controller = own
      }
    })
    return {
      answer: new Response(stream),
      push: (value: number) => Effect.sync(() => controller?.enqueue(byte(value))),
      end: Effect.sync(() => controller?.close())
    }
  })
}

/** Lets promises and fibers go on without time passing. */
const settle = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

const settings = Anthropic.layer({ apiKey: "sk-ant-test-1234", idleTimeout: "10 seconds" })

const opened = Effect.fnUntraced(function* (make: (typeof bodies)[keyof typeof bodies]) {
  const { answer, end, push } = yield* make
  const layer = Layer.merge(answering(answer).layer, settings)
  const pull = yield* Stream.toPull(Stream.provide(Files.download("file_1"), layer))
  /** What a pull brings: its bytes, or how the body ended. */
  const next = Pull.matchEffect(pull, {
    onSuccess: (chunks) => Effect.succeed(chunks.flatMap((chunk) => [...chunk])),
    onFailure: (cause) => Effect.succeed(Cause.squash(cause)),
    onDone: () => Effect.succeed("end" as const)
  })
  return { next, push, end }
})

/** Begins to pull and gives it up. */
const givenUp = <A, E, R>(pull: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(pull, { startImmediately: true })
    yield* settle
    yield* Fiber.interrupt(fiber)
  })

for (const [name, make] of Object.entries(bodies)) {
  describe(`a reader of ${name}`, () => {
    it.effect("that interrupts its pulls gets every byte once", () =>
      Effect.gen(function* () {
        const { end, next, push } = yield* opened(make)
        const received: Array<number> = []
        const take = Effect.map(next, (bytes) => {
          assert(Array.isArray(bytes))
          received.push(...bytes)
        })
        for (let value = 0; value < 60; value++) {
          // Before the byte comes, while it comes, and after it has come.
          if (value % 3 === 0) yield* givenUp(take)
          if (value % 4 === 0) yield* Effect.all([givenUp(take), push(value)], { concurrency: 2, discard: true })
          else yield* push(value)
          if (value % 5 === 0) yield* settle
          if (value % 7 !== 0 && received.length <= value) yield* take
        }
        yield* end
        while (received.length < 60) yield* take
        assert.deepStrictEqual(
          received,
          Array.from({ length: 60 }, (_, index) => index)
        )
        assert.deepStrictEqual([yield* next, yield* next], ["end", "end"])
      })
    )

    it.effect("that is slower than the idle timeout does not fail, but a stalled body does", () =>
      Effect.gen(function* () {
        const { next, push } = yield* opened(make)
        yield* push(1)
        assert.deepStrictEqual(yield* next, [1])
        yield* TestClock.adjust("1 minute")
        yield* push(2)
        assert.deepStrictEqual(yield* next, [2])
        yield* TestClock.adjust("1 hour")
        const stalled = yield* Effect.forkChild(next, { startImmediately: true })
        yield* settle
        yield* TestClock.adjust("9999 millis")
        assert.isUndefined(stalled.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        const error = yield* Fiber.join(stalled)
        assert(error instanceof StreamInterruptedError)
        assertFields(error.cause, { _tag: "IdleTimeoutError", timeout: Duration.seconds(10) })
        assertFields(error, { delivered: 2 })
      })
    )

    it.effect("that interrupted a pull does not time out until it pulls again", () =>
      Effect.gen(function* () {
        const { end, next, push } = yield* opened(make)
        yield* push(1)
        assert.deepStrictEqual(yield* next, [1])
        yield* givenUp(next)
        yield* TestClock.adjust("1 hour")
        yield* push(2)
        yield* settle
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(yield* next, [2])
        const stalled = yield* Effect.forkChild(next, { startImmediately: true })
        yield* settle
        yield* TestClock.adjust("10 seconds")
        assert.instanceOf(yield* Fiber.join(stalled), StreamInterruptedError)
        // What was told stays so, whatever comes now.
        yield* end
        yield* settle
        assert.instanceOf(yield* next, StreamInterruptedError)
      })
    )
  })
}

/** The chunks of each pull of a download, and how it ended. The reader rests after each pull. */
const pulls = (body: ReadableStream<Uint8Array>) =>
  Effect.gen(function* () {
    const layer = Layer.merge(answering(new Response(body)).layer, settings)
    const pull = yield* Stream.toPull(Stream.provide(Files.download("file_1"), layer))
    const taken: Array<ReadonlyArray<Uint8Array>> = []
    let end: unknown
    while (end === undefined) {
      end = yield* Pull.matchEffect(pull, {
        onSuccess: (chunks) => Effect.sync(() => void taken.push(chunks)),
        onFailure: (cause) => Effect.succeed(Cause.squash(cause)),
        onDone: () => Effect.succeed("end" as const)
      })
      yield* settle
    }
    return { taken, end }
  })

describe("chunks of a body that are there at once", () => {
  it.effect("come with one pull, in their order, and before the error behind them", () =>
    Effect.gen(function* () {
      let next = 0
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => (next < 40 ? controller.enqueue(byte(next++)) : controller.error(new Error("reset")))
      })
      const { end, taken } = yield* pulls(body)
      assert.deepStrictEqual(
        taken.flat().map(([value]) => value),
        Array.from({ length: 40 }, (_, index) => index)
      )
      assert.isBelow(taken.length, 5)
      assert(end instanceof StreamInterruptedError)
      assertFields(end, { delivered: 40 })
    })
  )

  it.effect("come in pieces of 64 KiB, with one more read begun while the reader rests", () =>
    Effect.gen(function* () {
      const sizes = [16, 16, 16, 16, 40, 40, 64, 100, 1].map((kibibytes) => kibibytes * 1024)
      const left = [...sizes]
      const body = new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            const size = left.shift()
            return size === undefined ? controller.close() : controller.enqueue(new Uint8Array(size))
          }
        },
        { highWaterMark: 0 }
      )
      const { end, taken } = yield* pulls(body)
      assert.strictEqual(end, "end")
      assert.deepStrictEqual(
        taken.flat().map((chunk) => chunk.byteLength),
        sizes
      )
      for (const chunks of taken) {
        const all = chunks.map((chunk) => chunk.byteLength)
        // Without its last chunk it was not enough.
        assert.isBelow(
          all.slice(0, -1).reduce((sum, size) => sum + size, 0),
          64 * 1024
        )
      }
      assert.isBelow(taken.length, sizes.length)
    })
  )

  it.effect("do not keep those from the reader that have come", () =>
    Effect.gen(function* () {
      // The body says nothing more after its first chunk.
      const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(byte(7)) })
      const layer = Layer.merge(answering(new Response(body)).layer, settings)
      const first = yield* Stream.runHead(Stream.provide(Files.download("file_1"), layer))
      assert.deepStrictEqual(first, Option.some(byte(7)))
    })
  )
})

it.live("a reader that interrupts pulls after a millisecond gets every byte of a socket once", () =>
  Effect.gen(function* () {
    const bytes = noise(3000)
    const file = yield* seed({ content: bytes, downloadable: true })
    const emulator = yield* AnthropicEmulator.Emulator
    yield* emulator.fault(AnthropicEmulator.Fault.dribble(50, "2 millis"))
    const pull = yield* Stream.toPull(Files.download(file))
    const received: Array<Uint8Array> = []
    let isDone = false
    let givenUps = 0
    const take = Pull.matchEffect(pull, {
      onSuccess: (chunks) => Effect.sync(() => received.push(...chunks)),
      onFailure: Effect.failCause,
      onDone: () =>
        Effect.sync(() => {
          isDone = true
        })
    })
    yield* take
    while (!isDone) {
      const result = yield* Effect.timeoutOption(take, "1 millis")
      if (Option.isNone(result)) givenUps += 1
    }
    assert.isAbove(givenUps, 10)
    assert.strictEqual(sha256(...received), sha256(bytes))
  }).pipe(Effect.provide(served()))
)
