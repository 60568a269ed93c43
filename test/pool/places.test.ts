import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Pool from "effect-anthropic/Pool"
import { endOf, onServer, sent, startAll } from "./support.ts"

describe("the places of waiting calls", () => {
  it.live("are given in the order of arrival, also to calls that come after all others have left", () =>
    Effect.gen(function* () {
      const pool = yield* Pool.make({ maxWaiting: 1, window: "1 second" })
      for (const round of [1, 2, 3]) {
        const calls = yield* startAll(pool, [`${round} a`, `${round} b`, `${round} c`, `${round} d`])
        yield* Effect.sleep(100)
        yield* Fiber.interrupt(calls[2] ?? (yield* Effect.die("no call")))
        assert.deepStrictEqual(yield* endOf(calls), [
          `Hello from ${round} a`,
          `Hello from ${round} b`,
          "interrupted",
          `Hello from ${round} d`
        ])
      }
      assert.deepStrictEqual(
        yield* sent,
        [1, 2, 3].flatMap((round) => [[`${round} a`], [`${round} b`], [`${round} d`]])
      )
    }).pipe(Effect.scoped, onServer())
  )
})
