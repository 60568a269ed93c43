// The fast path of prices gives the amounts of the slow path, to the last digit.
import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Messages from "effect-anthropic/Messages"
import * as Pricing from "effect-anthropic/Pricing"

const at = DateTime.makeUnsafe("2026-11-22")

/** Both paths as text: the exact amount, or the message of the error. */
const show = (result: Result.Result<BigDecimal.BigDecimal, { readonly message: string }>): string =>
  Result.match(result, { onFailure: ({ message }) => message, onSuccess: (amount) => Pricing.formatUsd(amount) })
const slow = (cost: Result.Result<Pricing.Cost, { readonly message: string }>) =>
  show(Result.map(cost, ({ total }) => total))
const fast = (amount: Result.Result<bigint, { readonly message: string }>) => show(Result.map(amount, Pricing.toUsd))

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 300_000 }))
const Counts = Schema.Struct({ input: Count, w5m: Count, w1h: Count, read: Count, output: Count })
const Model = Schema.Literals([
  "claude-fable-5-2",
  "claude-opus-5-5",
  "claude-haiku-5-5",
  "claude-sonnet-4-5",
  "claude-next"
])
const Speed = Schema.Literals(["standard", "fast"])
const Geo = Schema.Literals(["global", "us", "not_available", "eu"])
const Searches = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 }))

const countsOf = ({ input, output, read, w1h, w5m }: typeof Counts.Type) => ({
  input_tokens: input,
  output_tokens: output,
  cache_creation_input_tokens: w5m + w1h,
  cache_read_input_tokens: read,
  cache_creation: { ephemeral_5m_input_tokens: w5m, ephemeral_1h_input_tokens: w1h }
})

/** A book with decimals as long as they may be. */
const oddBook = Pricing.extend(Pricing.defaultBook, {
  rows: [
    {
      model: "claude-opus-5-5",
      from: "2026-01-01",
      input: "3.000000000000001",
      output: "15.123456789012345",
      cacheWrite5m: "0.000000000000007",
      cacheWrite1h: "6",
      cacheRead: "123456789012345.999999999999999",
      regions: { us: "1.000000000000009" },
      source: "a contract",
      read: "2026-01-01"
    }
  ],
  tools: [
    { counter: "web_search_requests", from: "2026-01-01", price: "0.010000000000003", source: "", read: "2026-01-01" }
  ]
})

describe("meter", () => {
  it.prop(
    "a meter returns the same amounts as cost, to the last digit",
    [Counts, Counts, Model, Speed, Geo, Searches, Schema.Boolean],
    ([first, second, model, speed, inference_geo, searches, batch]) => {
      for (const book of [Pricing.defaultBook, oddBook]) {
        const options = { at, batch, book }
        const meter = Pricing.meter(options)
        const usage = {
          ...countsOf(first),
          speed,
          inference_geo,
          server_tool_use: { web_search_requests: searches }
        }
        assert.strictEqual(fast(meter.cost(usage, model)), slow(Pricing.cost(usage, { ...options, model })))
        const iterations = [
          { type: "message", ...countsOf(first) },
          { type: "advisor_message", model: "claude-fable-5-2", ...countsOf(second) }
        ]
        const several = { ...usage, iterations }
        assert.strictEqual(fast(meter.cost(several, model)), slow(Pricing.cost(several, { ...options, model })))
      }
    }
  )

  it.prop(
    "a meter returns the same amounts as upperBound, to the last digit",
    [Schema.String, Count, Model, Speed, Geo, Schema.Literals(["none", "5m", "1h"]), Schema.Boolean],
    ([text, max_tokens, model, speed, inference_geo, ttl, batch]) => {
      const params: Messages.MessageParams = {
        model,
        max_tokens,
        messages: [Messages.user(text)],
        speed,
        inference_geo,
        ...(ttl === "none" ? {} : { cache_control: { type: "ephemeral", ttl } })
      }
      for (const book of [Pricing.defaultBook, oddBook]) {
        const options = { at, batch, book }
        const meter = Pricing.meter(options)
        const expected = slow(Pricing.upperBound(params, options))
        assert.strictEqual(fast(meter.upperBound(params)), expected)
        const bytes = new TextEncoder().encode(JSON.stringify(params)).byteLength
        assert.strictEqual(fast(meter.upperBound(params, { bytes })), expected)
        const counted = { inputTokens: 150_000, outputTokens: 9 }
        assert.strictEqual(
          fast(meter.upperBound(params, counted)),
          slow(Pricing.upperBound(params, { ...options, ...counted }))
        )
      }
    }
  )

  it("a meter returns the same amounts as messageCost, also for free refusals and code execution", () => {
    const message: Pricing.Message = {
      model: "claude-opus-5-5",
      stop_reason: "end_turn",
      stop_details: null,
      content: [{ type: "text", text: "Hello" }],
      usage: { input_tokens: 1_000, output_tokens: 100, service_tier: "batch" }
    }
    const refused: Pricing.Message = { ...message, content: [], stop_reason: "refusal" }
    const ran = { ...message, container: { id: "container_1" } }
    const meter = Pricing.meter({ at })
    assert.strictEqual(fast(meter.messageCost(message)), "0.003")
    assert.strictEqual(fast(Pricing.meter({ at, batch: false }).messageCost(message)), "0.006")
    assert.strictEqual(fast(meter.messageCost(refused)), "0")
    assert.strictEqual(fast(meter.messageCost(ran)), slow(Pricing.messageCost(ran, { at })))
    assert.match(fast(meter.messageCost(ran)), /codeExecutionHours/)
    const hours = { at, codeExecutionHours: 0.1 }
    assert.strictEqual(fast(Pricing.meter(hours).messageCost(ran)), slow(Pricing.messageCost(ran, hours)))
    const malformed = { at, codeExecutionHours: -1 }
    assert.match(fast(Pricing.meter(malformed).messageCost(ran)), /not a number of hours/)
    const unknown = { ...message, usage: { ...message.usage, server_tool_use: { dreams: 1 } } }
    assert.strictEqual(fast(meter.messageCost(unknown)), slow(Pricing.messageCost(unknown, { at })))
  })

  it("a meter fails with the errors of upperBound", () => {
    const params = { model: "claude-opus-5-5", max_tokens: 10, messages: [Messages.user("Hello")] }
    const meter = Pricing.meter({ at, batch: true })
    const search = { type: "web_search_20260318" as const, name: "web_search" as const }
    for (const changed of [
      { ...params, model: "claude-next" },
      { ...params, speed: "fast" as const },
      { ...params, max_tokens: -1 },
      { ...params, tools: [search] }
    ]) {
      assert.strictEqual(fast(meter.upperBound(changed)), slow(Pricing.upperBound(changed, { at, batch: true })))
    }
    const book = { ...Pricing.defaultBook, rows: [], tools: [] }
    const empty = Pricing.meter({ at, book })
    const size = { inputTokens: 1, toolUses: { web_search_requests: 1 } }
    assert.match(fast(empty.upperBound({ ...params, tools: [search] }, size)), /^no price for claude-opus-5-5/)
  })

  it("a meter takes options for the default region and for hours of code execution", () => {
    const params = { model: "claude-opus-5-5", max_tokens: 1_000, messages: [Messages.user("Hello")] }
    const tools = [{ type: "code_execution_20260521" as const, name: "code_execution" as const }]
    const meter = Pricing.meter({ at, inferenceGeo: "us", codeExecutionHours: 0 })
    assert.strictEqual(fast(meter.upperBound({ ...params, tools }, { inputTokens: 10_000 })), "0.066")
  })
})

describe("toUsd and fromUsd", () => {
  it("toUsd and fromUsd convert amounts without loss", () => {
    const usd = BigDecimal.fromStringUnsafe("12.340000000000000000000000000000000000000000000000001")
    assert.isTrue(BigDecimal.equals(Pricing.toUsd(Pricing.fromUsd(usd)), usd))
    assert.strictEqual(Pricing.fromUsd(BigDecimal.fromStringUnsafe("0")), 0n)
    assert.strictEqual(Pricing.formatUsd(Pricing.toUsd(-Pricing.fromUsd(usd)), 2), "-12.34")
  })
})
