// Amounts as text: exact, rounded, and with decimals that make no sense.
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import { pipe } from "effect/Function"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Pricing from "effect-anthropic/Pricing"

const amount = BigDecimal.fromStringUnsafe

describe("formatUsd", () => {
  it("rounds to tens and hundreds with negative decimals", () => {
    assert.strictEqual(Pricing.formatUsd(amount("5"), -1), "10")
    assert.strictEqual(Pricing.formatUsd(amount("4.99"), -1), "0")
    assert.strictEqual(Pricing.formatUsd(amount("-5"), -1), "-10")
    assert.strictEqual(Pricing.formatUsd(amount("-4"), -1), "0")
    assert.strictEqual(Pricing.formatUsd(amount("1250"), -2), "1300")
    assert.strictEqual(Pricing.formatUsd(amount("1249.999"), -2), "1200")
    assert.strictEqual(Pricing.formatUsd(amount("5"), -1e9), "0")
  })

  it("truncates a fractional number of decimals, and reads NaN as absent", () => {
    assert.strictEqual(Pricing.formatUsd(amount("1.239"), 2.9), "1.24")
    assert.strictEqual(Pricing.formatUsd(amount("1.239"), -0.5), "1")
    assert.strictEqual(Pricing.formatUsd(amount("1.239"), Number.NaN), "1.239")
    assert.strictEqual(Pricing.formatUsd(amount("1.239"), undefined), "1.239")
  })

  it("writes at most 100 decimals", () => {
    assert.strictEqual(Pricing.formatUsd(amount("1.5"), Number.POSITIVE_INFINITY), `1.5${"0".repeat(99)}`)
    assert.strictEqual(Pricing.formatUsd(amount("1.5"), 1e9), `1.5${"0".repeat(99)}`)
    assert.strictEqual(Pricing.formatUsd(BigDecimal.make(15n, -3)), "15000")
    assert.strictEqual(Pricing.formatUsd(BigDecimal.make(15n, -3), 1), "15000.0")
  })

  it("can also be called with the amount last", () => {
    assert.strictEqual(pipe(amount("1.005"), Pricing.formatUsd(2)), "1.01")
    assert.strictEqual(pipe(amount("1.005"), Pricing.formatUsd()), "1.005")
    assert.deepStrictEqual(
      [amount("1.5")].map((one) => Pricing.formatUsd(one)),
      ["1.5"]
    )
  })

  it.prop(
    "writes the exact amount, or an amount at most half a unit away from it",
    [
      Schema.Int.check(Schema.isBetween({ minimum: -1_000_000_000, maximum: 1_000_000_000 })),
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 })),
      Schema.Int.check(Schema.isBetween({ minimum: -4, maximum: 14 }))
    ],
    ([value, scale, decimals]) => {
      const exact = BigDecimal.make(BigInt(value), scale)
      assert.isTrue(BigDecimal.equals(amount(Pricing.formatUsd(exact)), exact))
      const text = Pricing.formatUsd(exact, decimals)
      assert.match(text, decimals > 0 ? new RegExp(`^-?\\d+\\.\\d{${decimals}}$`) : /^-?\d+$/)
      const off = BigDecimal.abs(BigDecimal.subtract(amount(text), exact))
      assert.isTrue(BigDecimal.isLessThanOrEqualTo(off, BigDecimal.make(5n, decimals + 1)))
    }
  )
})

describe("functions of a usage", () => {
  it("can also be called with the usage last", () => {
    const at = DateTime.makeUnsafe("2026-11-22")
    const usage = { input_tokens: 1_000, output_tokens: 0 }
    const options = { model: "claude-opus-5-5", at }
    const message: Pricing.Message = {
      model: "claude-opus-5-5",
      stop_reason: "end_turn",
      stop_details: null,
      content: [],
      usage
    }
    assert.deepStrictEqual(pipe(usage, Pricing.cost(options)), Pricing.cost(usage, options))
    assert.deepStrictEqual(pipe(message, Pricing.messageCost({ at })), Pricing.cost(usage, options))
    assert.deepStrictEqual(pipe(usage, Pricing.savings(options)), Pricing.savings(usage, options))
    assert.deepStrictEqual(pipe("claude-opus-5-5", Pricing.lookup({ at })), Pricing.lookup("claude-opus-5-5", { at }))
    const tools = [{ counter: "dreams", from: "2026-01-01", price: "1", source: "", read: "2026-01-01" }]
    const book = pipe(Pricing.defaultBook, Pricing.extend({ tools }))
    const dreamt = Pricing.cost({ ...usage, server_tool_use: { dreams: 2 } }, { ...options, book })
    assert.strictEqual(Pricing.formatUsd(Result.getOrThrow(dreamt).total), "2.004")
  })
})
