import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Batches from "effect-anthropic/Batches"
import { wireMessage } from "../support/batches.ts"

const Kind = Schema.Literals(["succeeded", "errored", "canceled", "expired", "postponed", "constructor"])

const results: { readonly [kind: string]: object } = {
  succeeded: { message: wireMessage("Hi") },
  errored: { error: { type: "error", error: { type: "api_error", message: "m" } } }
}

const decode = Schema.decodeUnknownEffect(Schema.Array(Batches.MessageBatchIndividualResponse))

describe("Batches.partition", () => {
  it.effect.prop("keeps every id exactly once", { kinds: Schema.Array(Kind) }, ({ kinds }) =>
    Effect.gen(function* () {
      const lines = kinds.map((type, index) => ({ custom_id: `r-${index}`, result: { type, ...results[type] } }))
      const parts = Batches.partition(yield* decode(structuredClone(lines)))
      const idsOf = (...types: ReadonlyArray<string>) =>
        lines.filter(({ result }) => types.includes(result.type)).map(({ custom_id }) => custom_id)
      assert.deepStrictEqual([...parts.succeeded.keys()], idsOf("succeeded"))
      assert.deepStrictEqual([...parts.errored.keys()], idsOf("errored"))
      assert.deepStrictEqual([...parts.canceled], idsOf("canceled"))
      assert.deepStrictEqual([...parts.expired], idsOf("expired"))
      assert.deepStrictEqual([...parts.unknown.keys()], idsOf("postponed", "constructor"))
      const sizes = [parts.succeeded, parts.errored, parts.canceled, parts.expired, parts.unknown]
      assert.strictEqual(
        sizes.reduce((sum, { size }) => sum + size, 0),
        kinds.length
      )
    })
  )
})
