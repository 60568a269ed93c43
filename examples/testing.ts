// How to test a program of your own: its code does not change, the layer is replaced, and the clock is virtual.
//
//   npm run example -- examples/testing.ts
//
// With @effect/vitest, which brings the TestClock, the first of these tests is
//
//   import { assert, it } from "@effect/vitest"
//
//   it.effect("waits for a batch that takes most of a day", () =>
//     Effect.gen(function* () {
//       const running = yield* Effect.forkChild(summarize(cities))
//       yield* TestClock.adjust("23 hours")
//       assert.deepStrictEqual(yield* Fiber.join(running), { answered: 3, failed: 0 })
//     }).pipe(Effect.provide(emulator({ plan: { endsAfter: "22 hours" } }))))
import { deepStrictEqual } from "node:assert"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import { AnthropicEmulator } from "effect-anthropic/testing"

// The program under test. It requires an HttpClient, like every operation of the package, and contains nothing for tests.

const summarize = Effect.fn("summarize")(function* (cities: ReadonlyArray<string>) {
  const batch = yield* Batches.create(
    cities.map((city) =>
      BatchRequest.make(city, {
        model: "claude-haiku-5-5",
        max_tokens: 1024,
        messages: [Messages.user(`One sentence about ${city}.`)]
      })
    )
  )
  const ended = yield* Batches.waitUntilEnded(batch, { schedule: Schedule.spaced("5 minutes") })
  const { succeeded } = yield* Batches.results(ended).pipe(Stream.runCollect, Effect.map(Batches.partition))
  return { answered: succeeded.size, failed: cities.length - succeeded.size }
})

// Its tests.

const { Emulator, Fault } = AnthropicEmulator

const cities = ["Lyon", "Turin", "Graz"]

const emulator = (options?: AnthropicEmulator.Options) =>
  Layer.merge(AnthropicEmulator.layer(options), Anthropic.layer({ apiKey: "any-key-will-do" }))

const tests: { readonly [name: string]: Effect.Effect<void, unknown> } = {
  "waits for a batch that takes most of a day": Effect.gen(function* () {
    const running = yield* Effect.forkChild(summarize(cities))
    yield* TestClock.adjust("23 hours")
    deepStrictEqual(yield* Fiber.join(running), { answered: 3, failed: 0 })
  }).pipe(Effect.provide(emulator({ plan: { endsAfter: "22 hours" } }))),

  "counts requests that expire after 24 hours as failed": Effect.gen(function* () {
    const running = yield* Effect.forkChild(summarize(cities))
    yield* TestClock.adjust("25 hours")
    deepStrictEqual(yield* Fiber.join(running), { answered: 0, failed: 3 })
  }).pipe(Effect.provide(emulator({ plan: { endsAfter: "never" } }))),

  "counts a request that comes back errored": Effect.gen(function* () {
    const running = yield* Effect.forkChild(summarize(cities))
    yield* TestClock.adjust("10 minutes")
    deepStrictEqual(yield* Fiber.join(running), { answered: 2, failed: 1 })
  }).pipe(
    Effect.provide(emulator({ outcome: ({ custom_id }) => (custom_id === "Turin" ? { type: "errored" } : undefined) }))
  ),

  // A fault that does not happen fails the test when the layer closes.
  "is not disturbed by an overloaded server and a download that breaks": Effect.gen(function* () {
    const { fault } = yield* Emulator
    yield* fault(
      { when: { method: "POST" }, times: 2, ...Fault.status(529) },
      { when: { path: /results$/ }, ...Fault.resetAfter(500) }
    )
    const running = yield* Effect.forkChild(summarize(cities))
    yield* TestClock.adjust("10 minutes")
    deepStrictEqual(yield* Fiber.join(running), { answered: 3, failed: 0 })
  }).pipe(Effect.provide(emulator())),

  "does not create a second batch when the answer to the first is lost": Effect.gen(function* () {
    const { batches, fault } = yield* Emulator
    yield* fault({ when: { method: "POST" }, ...Fault.processedThenReset() })
    const error = yield* Effect.flip(summarize(cities))
    deepStrictEqual(error._tag, "IndeterminateError")
    deepStrictEqual((yield* batches).length, 1)
  }).pipe(Effect.provide(emulator()))
}

const program = Effect.gen(function* () {
  for (const [name, test] of Object.entries(tests)) {
    const startedAt = performance.now()
    const now = yield* test.pipe(Effect.andThen(Clock.currentTimeMillis), Effect.provide(TestClock.layer()))
    const virtual = now === 0 ? "no time" : Duration.format(Duration.millis(now))
    yield* Console.log(`ok  ${name} (${virtual}, in ${Math.round(performance.now() - startedAt)} ms)`)
  }
})

NodeRuntime.runMain(program)
