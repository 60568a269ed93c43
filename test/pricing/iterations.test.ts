// Usages with more than one model call: every call is priced, each at the price of its own model.
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Messages from "effect-anthropic/Messages"
import * as Pricing from "effect-anthropic/Pricing"

const at = DateTime.makeUnsafe("2026-11-22")

const costOf = (usage: object, more: Partial<Pricing.CostOptions & { readonly model: string }> = {}) =>
  Result.match(
    Pricing.cost({ input_tokens: 0, output_tokens: 0, ...usage }, { model: "claude-opus-5-5", at, ...more }),
    {
      onFailure: (error) =>
        error._tag === "InvalidUsageError" ? error.message : `${error.reason}: ${error.description}`,
      onSuccess: ({ total }) => Pricing.formatUsd(total)
    }
  )

const tokens = (input_tokens: number, output_tokens: number) => ({ input_tokens, output_tokens })

describe("cost of a usage with iterations", () => {
  const compaction = { type: "compaction", ...tokens(180_000, 3_500) }
  const message = { type: "message", ...tokens(23_000, 1_000) }

  it("cost adds a compaction, which the totals of the usage leave out", () => {
    const usage = { ...tokens(23_000, 1_000), iterations: [compaction, message] }
    // 180 000 × 4 + 3 500 × 20, and 23 000 × 4 + 1 000 × 20, per million
    assert.strictEqual(costOf(usage), "0.902")
    assert.strictEqual(costOf({ ...usage, service_tier: "batch" }), "0.451")
    assert.strictEqual(costOf({ ...usage, inference_geo: "us" }), "0.9922")
    assert.strictEqual(costOf({ iterations: [compaction] }), "0.79")
    const cost = Result.getOrThrow(
      Pricing.cost({ ...tokens(23_000, 1_000), iterations: [compaction, message] }, { model: "claude-opus-5-5", at })
    )
    assert.deepStrictEqual(
      cost.items.map(({ kind, quantity }) => [kind, quantity]),
      [
        ["input", 203_000],
        ["output", 4_500]
      ]
    )
  })

  it("cost prices an advisor at the price of its own model", () => {
    const usage = {
      ...tokens(412, 531),
      iterations: [
        { type: "message", ...tokens(412, 89) },
        { type: "advisor_message", model: "claude-fable-5", ...tokens(823, 1_612) },
        { type: "message", ...tokens(1_348, 442), cache_read_input_tokens: 412 }
      ]
    }
    // Opus 5.5: 1 760 × 4 + 412 × 0.2 + 531 × 20; Fable 5: 823 × 10 + 1 612 × 50
    assert.strictEqual(costOf(usage), "0.1065724")
    assert.match(costOf({ iterations: [{ type: "advisor_message", ...tokens(1, 1) }] }), /^model: .*iterations\[0\]/)
    assert.match(
      costOf({ iterations: [{ type: "advisor_message", model: "claude-next", ...tokens(1, 1) }] }),
      /^model: the price book/
    )
  })

  it("cost prices a declined call and its fallback at the price of each model", () => {
    const declined = { type: "message", model: "claude-opus-5-5", ...tokens(1_000, 3_000) }
    const served = { type: "fallback_message", model: "claude-opus-4-8", ...tokens(1_000, 100) }
    const usage = { ...tokens(1_000, 100), iterations: [declined, served] }
    // 1 000 × 4 + 3 000 × 20, and 1 000 × 5 + 100 × 25
    assert.strictEqual(costOf(usage, { model: "claude-opus-4-8" }), "0.0715")
    const unnamed = { ...declined, model: null }
    assert.match(
      costOf({ ...usage, iterations: [unnamed, served] }, { model: "claude-opus-4-8" }),
      /^model: usage\.iterations\[0\]\.model is missing/
    )
  })

  it("cost judges the length of the prompt for each iteration", () => {
    const usage = {
      ...tokens(90_000, 1_000),
      iterations: [
        { type: "compaction", ...tokens(150_000, 1_000) },
        { type: "message", ...tokens(90_000, 1_000) }
      ]
    }
    // Haiku 5.5 over 100 000: 0.50 / 2.50; up to it: 0.10 / 0.50
    assert.strictEqual(costOf(usage, { model: "claude-haiku-5-5" }), "0.087")
  })

  it("cost prices cache writes of an iteration by their time to live", () => {
    const iteration = { type: "message", ...tokens(0, 0), cache_creation_input_tokens: 1_000 }
    const split = { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 600 }
    const usage = (changes: object) => ({
      cache_creation_input_tokens: 1_000,
      iterations: [{ ...iteration, ...changes }]
    })
    assert.strictEqual(costOf(usage({ cache_creation: split })), "0.0068")
    assert.match(costOf(usage({})), /^cacheWrite: 1000 cache writes/)
    assert.strictEqual(costOf(usage({}), { cacheWrites: "1h" }), "0.008")
  })

  it("cost fails where the iterations leave out tokens of the totals", () => {
    assert.strictEqual(
      costOf({ ...tokens(23_000, 1_000), iterations: [compaction] }),
      "usage.input_tokens: 23000 is more than the 0 of the iterations"
    )
    for (const field of ["output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]) {
      const usage = { cache_creation: null, [field]: 1, iterations: [{ type: "message", ...tokens(0, 0) }] }
      assert.strictEqual(costOf(usage), `usage.${field}: 1 is more than the 0 of the iterations`)
    }
  })

  it("cost ignores an empty list of iterations and refuses a malformed one", () => {
    assert.strictEqual(costOf({ ...tokens(1_000, 0), iterations: [] }), "0.004")
    assert.strictEqual(costOf({ ...tokens(1_000, 0), iterations: null }), "0.004")
    assert.strictEqual(costOf({ iterations: { 0: compaction } }), "usage.iterations: it is not an array")
    assert.strictEqual(costOf({ iterations: ["message"] }), "usage.iterations[0]: it is not an object")
    assert.strictEqual(costOf({ iterations: [null] }), "usage.iterations[0]: it is not an object")
    assert.strictEqual(
      costOf({ iterations: [{ type: "message", ...tokens(0.5, 0) }] }),
      "usage.iterations[0].input_tokens: 0.5 is not a count"
    )
  })

  it("cost fails where an iteration is of an unknown kind and counts something", () => {
    assert.match(costOf({ iterations: [{ type: "dream", ...tokens(5, 0) }] }), /^usage: .*type is "dream"/)
    assert.match(costOf({ iterations: [{ ...tokens(5, 0) }] }), /^usage: /)
    assert.strictEqual(costOf({ iterations: [{ type: "dream", ...tokens(0, 0) }, message] }), "0.112")
    assert.match(
      costOf({ iterations: [{ ...message, image_tokens: 7 }] }),
      /^usage: usage\.iterations\[0\]\.image_tokens counts/
    )
  })
})

describe("cost of a usage with fields that this version does not know", () => {
  it("cost fails where an unknown field of the usage counts something, however deep", () => {
    assert.match(costOf({ video_seconds: 3 }), /^usage: usage\.video_seconds counts/)
    assert.match(costOf({ audio: { input: { tokens: 12 } } }), /^usage: usage\.audio\.input\.tokens counts/)
    assert.match(costOf({ extras: [{ pages: 0 }, { pages: 2 }] }), /^usage: usage\.extras\.1\.pages counts/)
    assert.match(costOf({ refund: -5 }), /^usage: usage\.refund counts/)
  })

  it("cost ignores an unknown field of the usage that counts nothing", () => {
    const empty = {
      video_seconds: 0,
      audio: { tokens: 0, kind: "none" },
      region: "eu",
      note: null,
      flag: true,
      list: []
    }
    assert.strictEqual(costOf({ ...tokens(1_000, 0), ...empty }), "0.004")
  })

  it("cost does not bill the breakdown of the output in addition to the output", () => {
    const usage = { ...tokens(0, 1_000), output_tokens_details: { thinking_tokens: 900, other_tokens: 100, note: "x" } }
    assert.strictEqual(costOf(usage), "0.02")
    assert.strictEqual(
      costOf({ ...usage, output_tokens_details: { thinking_tokens: 1_001 } }),
      "usage.output_tokens_details.thinking_tokens: 1001 is more than output_tokens, which is 1000"
    )
    assert.match(costOf({ output_tokens_details: { thinking_tokens: -1 } }), /thinking_tokens: -1 is not a count/)
  })

  it("cost fails where a fallback credit makes the bill smaller than the counts", () => {
    assert.match(costOf({ fallback_credit: { status: { type: "redeemed" } } }), /^credit: /)
    assert.strictEqual(costOf({ fallback_credit: { status: { type: "not_applied", reason: "expired" } } }), "0")
    assert.strictEqual(costOf({ fallback_credit: null }), "0")
  })
})

describe("messageCost of an answer of several calls", () => {
  const raw = Messages.raw
  const answer = (content: Pricing.Message["content"], usage: object, more: object = {}): Pricing.Message => ({
    model: "claude-opus-4-8",
    stop_reason: "end_turn",
    stop_details: null,
    content,
    usage: { input_tokens: 1_000, output_tokens: 100, ...usage },
    ...more
  })
  const of = (message: Pricing.Message, options: Partial<Pricing.CostOptions> = {}) =>
    Result.match(Pricing.messageCost(message, { at, ...options }), {
      onFailure: (error) =>
        error._tag === "InvalidUsageError" ? error.message : `${error.reason}: ${error.description}`,
      onSuccess: ({ total }) => Pricing.formatUsd(total)
    })
  const text = { type: "text" as const, text: "Hello" }
  const fallback = (category: string | null, model = "claude-fable-5") =>
    raw({ type: "fallback", from: { model }, to: { model: "claude-opus-4-8" }, trigger: { type: "refusal", category } })
  const iterations = [
    { type: "message", model: "claude-fable-5", ...tokens(1_000, 0) },
    { type: "fallback_message", model: "claude-opus-4-8", ...tokens(1_000, 100) }
  ]

  it("messageCost does not bill a call that was declined before any output, except for some categories", () => {
    assert.strictEqual(of(answer([fallback("cyber"), text], { iterations })), "0.0075")
    assert.strictEqual(of(answer([fallback(null), text], { iterations })), "0.0075")
    assert.strictEqual(of(answer([fallback("bio"), text], { iterations })), "0.0175")
    // It had written something before it was declined.
    assert.strictEqual(of(answer([text, fallback("cyber"), text], { iterations })), "0.0175")
    // A block that fits no call changes nothing.
    assert.strictEqual(of(answer([fallback("cyber", "claude-opus-5"), text], { iterations })), "0.0175")
  })

  it("messageCost does not bill a fallback that is declined before any output", () => {
    const refused = { stop_reason: "refusal", stop_details: { type: "refusal", category: "cyber", explanation: null } }
    assert.strictEqual(of(answer([fallback("cyber")], { iterations }, refused)), "0")
    assert.strictEqual(of(answer([fallback("bio")], { iterations }, refused)), "0.01")
  })

  it("messageCost bills a compaction before a refusal", () => {
    const refused = { stop_reason: "refusal", stop_details: null }
    const usage = {
      ...tokens(1_000, 0),
      iterations: [
        { type: "compaction", ...tokens(2_000, 10) },
        { type: "message", ...tokens(1_000, 0) }
      ]
    }
    assert.strictEqual(of(answer([], { ...usage, output_tokens: 0 }, refused)), "0.01025")
  })

  it("messageCost fails when the content shows calls that the usage does not count", () => {
    for (const block of [fallback("cyber"), raw({ type: "compaction" }), raw({ type: "advisor_tool_result" })]) {
      assert.match(of(answer([block, text], {})), /^usage: the content has a \w+ block/)
    }
  })

  it("messageCost fails when code was executed and its hours are not given", () => {
    const call = raw({ type: "server_tool_use", id: "1", name: "bash_code_execution", input: {} })
    const result = raw({ type: "code_execution_tool_result", tool_use_id: "1", content: {} })
    for (const message of [answer([call], {}), answer([result], {}), answer([text], {}, { container: { id: "c" } })]) {
      assert.match(of(message), /^tool: .*pass the option codeExecutionHours$/)
      assert.strictEqual(of(message, { codeExecutionHours: 0 }), "0.0075")
      assert.strictEqual(of(message, { codeExecutionHours: 2 }), "0.1075")
    }
    assert.strictEqual(of(answer([text], {}, { container: null })), "0.0075")
  })
})
