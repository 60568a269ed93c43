import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import { bytes, type Download, downloads, line, reset, sliced } from "../support/batches.ts"

const Int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Input = {
  count: Int(0, 15),
  cuts: Schema.Array(
    Schema.Struct({ rotate: Int(0, 15), part: Int(0, 1000), isClean: Schema.Boolean, size: Int(1, 200) })
  ).check(Schema.isMaxLength(6))
}

describe("downloads that break off anywhere, each in its own order", () => {
  it.effect.prop(
    "deliver every result once, or fail with the number delivered",
    Input,
    ({ count, cuts }) => {
      const lines = Array.from({ length: count }, (_, index) => `${line(`r-${index}`, `ä😀${index}`)}\n`)
      const rotated = (by: number) =>
        bytes([...lines.slice(by % (count || 1)), ...lines.slice(0, by % (count || 1))].join(""))
      const all = cuts.map(({ isClean, part, rotate, size }): Download => {
        const whole = rotated(rotate)
        const pieces = sliced(whole.subarray(0, Math.floor((whole.length * part) / 1000)), size)
        return { pieces, cut: isClean ? undefined : reset }
      })
      const isWholeAtLast = cuts.length % 2 === 0
      const server = downloads(count, ...all, ...(isWholeAtLast ? [{ pieces: [rotated(7)] }] : []))
      return Effect.gen(function* () {
        const ids: Array<string> = []
        const error = yield* Batches.results("msgbatch_test").pipe(
          Stream.runForEach(({ custom_id }) => Effect.sync(() => ids.push(custom_id))),
          Effect.as(undefined),
          Effect.catch((error) => Effect.succeed(error))
        )
        assert.strictEqual(new Set(ids).size, ids.length)
        if (error === undefined) assert.lengthOf(ids, count)
        else if (error._tag === "ResultsIncompleteError")
          assert.deepInclude(error, { expected: count, received: ids.length })
        else if (error._tag === "StreamInterruptedError") assert.strictEqual(error.delivered, ids.length)
        // The same cut in the last line twice is taken for what the server has there.
        else assert.deepStrictEqual([error._tag, ids.length], ["DecodeError", count - 1])
        if (isWholeAtLast && cuts.length <= 2) assert.isUndefined(error)
      }).pipe(server.provide())
    },
    { timeout: 60_000, arbitrary: { runs: 300 } }
  )
})
