import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Envelope } from "../../src/schema/envelope.ts"
import { written } from "../support/batches.ts"

const Thing = Envelope({
  id: Schema.String,
  at: Schema.DateTimeUtcFromString,
  end: Schema.optionalKey(Schema.NullOr(Schema.DateTimeUtcFromString))
})

const decode = Schema.decodeUnknownSync(Thing)

describe("Envelope", () => {
  it("decodes the fields that it knows and keeps the others", () => {
    const input = { zz: { a: 1 }, id: "x", at: "2026-01-01T00:00:00.5Z", end: null }
    const thing = decode(input)
    assert.isTrue(DateTime.isUtc(thing.at))
    assert.deepStrictEqual(written(thing), { ...input, at: "2026-01-01T00:00:00.500Z" })
    assert.strictEqual(input.at, "2026-01-01T00:00:00.5Z")
  })

  it("is its own type: a decoded one is one, what it was made of is not", () => {
    const input = { id: "x", at: "2026-01-01T00:00:00Z" }
    assert.isTrue(Schema.is(Thing)(decode(input)))
    assert.isFalse(Schema.is(Thing)(input))
  })

  it("can be written and read again, the unknown fields too", () => {
    const thing = decode({ id: "x", at: "2026-01-01T00:00:00Z", more: [1] })
    const encoded = Schema.encodeSync(Thing)(thing)
    assert.deepStrictEqual(written(encoded), { id: "x", at: "2026-01-01T00:00:00.000Z", more: [1] })
    assert.deepStrictEqual(decode(encoded), thing)
  })

  it("fails where a field is wrong", () => {
    for (const input of [null, [], "x", {}, { id: 1, at: "2026-01-01T00:00:00Z" }, { id: "x", at: "never" }]) {
      assert.isTrue(Result.isFailure(Schema.decodeUnknownResult(Thing)(input)), JSON.stringify(input))
    }
  })
})
