// A chunk that is created again has the same requests as before, so that its batch is found by their number.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as BatchRun from "effect-anthropic/BatchRun"
import {
  atCreate,
  collect,
  creates,
  Emulator,
  Fault,
  itemsOf,
  onServer,
  requestOf,
  script,
  sent,
  tags
} from "./support/world.ts"

describe("a chunk that is created again", () => {
  for (const [what, fault] of [
    ["is lost", [{ when: atCreate, skip: 1, ...Fault.processedThenReset() }]],
    ["arrives", []]
  ] as const) {
    it.live(`after the check became stricter, is paid once when the answer of the second create ${what}`, () =>
      Effect.gen(function* () {
        yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() }, ...fault)
        let checks = 0
        const outcomes = yield* collect(
          BatchRun.run(itemsOf(4), {
            request: requestOf,
            // Each request is checked once before the first create.
            check: ({ params }) =>
              ++checks > 4 && params.metadata?.user_id === "item 1"
                ? [{ path: "model", description: "is retired" }]
                : []
          })
        )
        assert.deepStrictEqual(tags(outcomes), { Succeeded: 4 })
        assert.deepStrictEqual(yield* sent, [itemsOf(4).map(({ id }) => id)])
        assert.strictEqual(yield* creates, 2)
        assert.lengthOf(yield* (yield* Emulator).bill, 4)
      }).pipe(onServer())
    )
  }

  it.live("is not sent without a request that can no longer be made, and fails the run", () =>
    Effect.gen(function* () {
      yield* script({ when: atCreate, ...Fault.resetBeforeHeaders() })
      let calls = 0
      const request = (item: { readonly id: string }) => {
        calls += 1
        if (calls > 4 && item.id === "item 2") throw new Error("the row is gone")
        return requestOf(item)
      }
      const error = yield* Effect.flip(collect(BatchRun.run(itemsOf(4), { request })))
      assert.deepInclude(error, { _tag: "ItemsChangedError", reason: "different", from: 2, to: 2 })
      assert.strictEqual(yield* creates, 1)
    }).pipe(onServer())
  )
})
