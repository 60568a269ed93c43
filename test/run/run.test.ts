import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as BatchRun from "effect-anthropic/BatchRun"
import { onEmulator, request } from "../support/batches.ts"
import { passing } from "./support/time.ts"

describe("BatchRun.run", () => {
  it.effect("gives one outcome for each item", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 25 }, (_, index) => ({ id: `item ${index}` }))
      const outcomes = yield* passing(
        Stream.runCollect(
          BatchRun.run(items, {
            request: (item) => request(item.id),
            chunk: { items: 10 }
          })
        )
      )
      assert.lengthOf(outcomes, 25)
      assert.deepStrictEqual(
        outcomes.map((o) => o._tag),
        outcomes.map(() => "Succeeded")
      )
      assert.deepStrictEqual(outcomes.map((o) => o.id).sort(), items.map((o) => o.id).sort())
    }).pipe(onEmulator())
  )
})
