// Ten thousand calls at once, some of which are interrupted, while the answer of a create is lost: everybody hears exactly once.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Messages from "effect-anthropic/Messages"
import * as Pool from "effect-anthropic/Pool"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { atCreate, charges, creates, Fault, namesOf, onServer, paramsOf, script, sent } from "./support.ts"

const names = namesOf(10_000)

const isInterrupted = (index: number): boolean => index % 100 === 50

/** Runs all calls, interrupts one in a hundred within the window, and counts how often each caller heard. */
const play = (...faults: ReadonlyArray<AnthropicEmulator.Fault.Fault>) =>
  Effect.gen(function* () {
    yield* script(...faults)
    const pool = yield* Pool.make({ maxRequests: 2_500 })
    const heard = new Map<string, Array<string>>()
    const calls = yield* Effect.forEach(names, (name) =>
      pool.create(paramsOf(name)).pipe(
        Effect.onExit((exit) =>
          Effect.sync(() => {
            const what = Exit.isSuccess(exit) ? Messages.text(exit.value) : Exit.hasInterrupts(exit) ? "gone" : "failed"
            heard.set(name, [...(heard.get(name) ?? []), what])
          })
        ),
        Effect.forkChild
      )
    )
    // Some of them were in a batch that was full, and is sent.
    yield* Effect.sleep("1 second")
    yield* Effect.forEach(
      calls.filter((_, index) => isInterrupted(index)),
      Fiber.interrupt
    )
    yield* Effect.forEach(calls, (fiber) => Fiber.await(fiber))
    for (const [index, name] of names.entries()) {
      assert.deepStrictEqual(heard.get(name), [isInterrupted(index) ? "gone" : `Hello from ${name}`])
    }
    const times = yield* charges
    // Those of strangers have no name.
    const batches = (yield* sent).filter(([first]) => first !== "")
    const all = batches.flat()
    assert.strictEqual(new Set(all).size, all.length, "no call is in two batches")
    for (const [index, name] of names.entries()) {
      const charged = times.get(name) ?? 0
      assert.isTrue(isInterrupted(index) ? charged <= 1 : charged === 1, `${name} was charged ${charged} times`)
    }
    // A batch has up to a tenth less than 2 500 requests, so that four have nearly never place for all calls.
    assert.lengthOf(batches, 5)
    return yield* creates
  }).pipe(Effect.scoped, onServer({ strangers: () => [{ requests: 2_345 }] }))

describe("10 000 calls at once, of which one in a hundred is interrupted", () => {
  it.live("need one create for each batch when the answer of a create that was carried out is lost", () =>
    Effect.gen(function* () {
      const creates = yield* play({ when: atCreate, skip: 1, ...Fault.processedThenReset() })
      assert.strictEqual(creates, 5)
    })
  )

  it.live("need one create for each batch when a create is carried out after its connection was lost", () =>
    Effect.gen(function* () {
      const late = Fault.processedLater("90 seconds", Fault.resetBeforeHeaders())
      const creates = yield* play({ when: atCreate, skip: 1, ...late })
      assert.strictEqual(creates, 5)
    })
  )

  it.live("need one create more than batches when a create is lost that was not carried out", () =>
    Effect.gen(function* () {
      const creates = yield* play({ when: atCreate, skip: 1, ...Fault.resetBeforeHeaders() })
      assert.strictEqual(creates, 6)
    })
  )
})
