// How an application tests a service over the API: on the emulator, with its faults, on virtual time.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { layer, Reviewer } from "../../examples/support/Reviewer.ts"

const { Emulator, Fault } = AnthropicEmulator

/** The service, with a client that is made as the application makes its own. */
const onEmulator = (answer: string) => {
  const emulator = AnthropicEmulator.layer({ answer: () => answer })
  const client = Anthropic.layerClient({ apiKey: "test", retry: { maxRetries: 0 } }).pipe(Layer.provide(emulator))
  return Layer.merge(layer.pipe(Layer.provide(client)), emulator)
}

const judge = Effect.flatMap(Reviewer, ({ judge }) => judge("Leaks."))

describe("a service of an application", () => {
  it.effect("returns the verdict", () =>
    Effect.gen(function* () {
      const verdict = yield* judge
      assert.deepStrictEqual(verdict, { sentiment: "negative", reason: "it leaks" })
    }).pipe(Effect.provide(onEmulator('{"sentiment":"negative","reason":"it leaks"}')))
  )

  it.effect("keeps its own settings on top of those of the client: four retries", () =>
    Effect.gen(function* () {
      const { fault } = yield* Emulator
      yield* fault({ times: 4, ...Fault.status(529) })
      const judging = yield* Effect.forkChild(judge)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(judging)).sentiment, "mixed")
    }).pipe(Effect.provide(onEmulator('{"sentiment":"mixed","reason":"it depends"}')))
  )

  it.effect("reports whether its error may pass", () =>
    Effect.gen(function* () {
      const lasting = yield* Effect.flip(judge)
      assert.deepInclude(lasting, { _tag: "NoVerdict", reason: "AnswerMismatchError", mayPass: false })
      const { fault } = yield* Emulator
      yield* fault({ times: 5, ...Fault.status(529) })
      const judging = yield* Effect.forkChild(Effect.flip(judge))
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* Fiber.join(judging), { reason: "OverloadedError", mayPass: true })
    }).pipe(Effect.provide(onEmulator('{"sentiment":"none"}')))
  )
})
