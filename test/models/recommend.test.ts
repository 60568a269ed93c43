import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Order from "effect/Order"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Models from "effect-anthropic/Models"
import * as Pricing from "effect-anthropic/Pricing"
import { catalogue, modelWith } from "./support.ts"

const at = DateTime.makeUnsafe("2026-11-22")
const newest: Models.Preference = { by: "newest" }
const usage = { input_tokens: 10_000, output_tokens: 1_000 }

const idsOf = (options: Omit<Models.RecommendOptions, "at">, models: Iterable<Models.ModelInfo> = catalogue) =>
  Result.match(Models.recommend(models, { at, ...options }), {
    onFailure: (error) => [error.message],
    onSuccess: ({ choices }) => choices.map(({ model }) => model.id)
  })

describe("recommend", () => {
  it("recommend returns the active models, newest first, when nothing is needed", () => {
    const active = catalogue.filter(({ lifecycle }) => lifecycle === "active").map(({ id }) => id)
    assert.deepStrictEqual(idsOf({ prefer: newest }), active)
    assert.deepStrictEqual(idsOf({ prefer: newest, needs: { lifecycle: ["retired"] } }), [
      "claude-opus-4-1-20250805",
      "claude-sonnet-4-20250514"
    ])
  })

  it("recommend returns models that meet every need, with reasons", () => {
    const { choices, excluded } = Result.getOrThrow(
      Models.recommend(catalogue, {
        at,
        needs: {
          capabilities: ["thinking.types.enabled", "structured_outputs", { unlisted: "batch" }],
          inputTokens: 500_000,
          outputTokens: 100_000,
          lines: ["opus", "sonnet"],
          notRetiringBefore: DateTime.makeUnsafe("2027-06-01")
        },
        prefer: newest
      })
    )
    assert.deepStrictEqual(
      choices.map(({ model }) => model.id),
      ["claude-sonnet-4-6", "claude-opus-4-6"]
    )
    assert.deepStrictEqual(choices[0].reasons, [
      { need: "lifecycle", verdict: "met", description: "it is active" },
      { need: "thinking.types.enabled", verdict: "met", description: "it has thinking.types.enabled" },
      { need: "structured_outputs", verdict: "met", description: "it has structured_outputs" },
      { need: "batch", verdict: "met", description: "it has batch" },
      { need: "inputTokens", verdict: "met", description: "its context window is 1000000" },
      { need: "outputTokens", verdict: "met", description: "its largest output is 128000" },
      { need: "lines", verdict: "met", description: "it is of the line sonnet" },
      { need: "notRetiringBefore", verdict: "met", description: "no retirement before 2027-06-01 is announced" }
    ])
    const reasonsOf = (id: string) => excluded.find(({ model }) => model.id === id)?.reasons
    assert.deepStrictEqual(reasonsOf("claude-sonnet-4-5-20250929"), [
      { need: "lifecycle", verdict: "unmet", description: "it is deprecated, not active" },
      { need: "inputTokens", verdict: "unmet", description: "its context window is 200000, below 500000" },
      { need: "outputTokens", verdict: "unmet", description: "its largest output is 64000, below 100000" },
      { need: "notRetiringBefore", verdict: "unmet", description: "it retires before 2027-06-01" }
    ])
    assert.deepStrictEqual(reasonsOf("claude-haiku-5-5"), [
      { need: "thinking.types.enabled", verdict: "unmet", description: "it has no thinking.types.enabled" },
      { need: "lines", verdict: "unmet", description: "it is of the line haiku, not opus or sonnet" }
    ])
    assert.strictEqual(choices.length + excluded.length, catalogue.length)
  })

  it("recommend excludes models of which a need is unknown", () => {
    const dark = modelWith("claude-mythos-preview", { line: null, lifecycle: undefined, max_input_tokens: null })
    const result = Models.recommend([dark, modelWith("claude-opus-5-5")], {
      at,
      needs: {
        capabilities: ["batch"],
        inputTokens: 1,
        outputTokens: 1,
        lines: ["opus"],
        notRetiringBefore: at
      },
      prefer: { by: "price", usage }
    })
    const [exclusion] = Result.getOrThrow(result).excluded
    assert.deepStrictEqual(
      exclusion?.reasons.map(({ need, verdict }) => [need, verdict]),
      ["lifecycle", "batch", "inputTokens", "outputTokens", "lines", "notRetiringBefore", "price"].map((need) => [
        need,
        "unknown"
      ])
    )
    assert.match(exclusion?.reasons.at(-1)?.description ?? "", /^no price for claude-mythos-preview/)
  })

  it("recommend orders by price and returns what the usage costs", () => {
    const { choices } = Result.getOrThrow(
      Models.recommend(catalogue, { at, prefer: { by: "price", usage, batch: true } })
    )
    // 10 000 in and 1 000 out at half of 0.10 and 0.50 per million
    assert.deepStrictEqual(
      [choices[0].model.id, choices[0].cost && Pricing.formatUsd(choices[0].cost.total)],
      ["claude-haiku-5-5", "0.00075"]
    )
    assert.deepStrictEqual(choices[0].reasons.at(-1), {
      need: "price",
      verdict: "met",
      description: "it costs 0.00075 USD"
    })
    const costs = choices.flatMap(({ cost }) => (cost === undefined ? [] : [cost.total]))
    assert.strictEqual(costs.length, choices.length)
    assert.isTrue(
      costs.every((cost, index) => index === 0 || BigDecimal.isGreaterThanOrEqualTo(cost, costs[index - 1] ?? cost))
    )
    // Long prompts are what makes Haiku 5.5 dearer than it looks, not what makes it dear.
    const long = { input_tokens: 150_000, output_tokens: 1_000 }
    assert.deepStrictEqual(idsOf({ prefer: { by: "price", usage: long } }).slice(0, 2), [
      "claude-haiku-5-5",
      "claude-haiku-4-5-20251001"
    ])
    assert.deepStrictEqual(idsOf({ prefer: { by: "price", usage } }).slice(2, 4), [
      "claude-sonnet-5-5",
      "claude-sonnet-5"
    ])
  })

  it("recommend looks up prices in the book of its options", () => {
    const book = {
      ...Pricing.defaultBook,
      rows: Pricing.defaultBook.rows.filter(({ model }) => model === "claude-opus-5")
    }
    assert.deepStrictEqual(idsOf({ prefer: { by: "price", usage }, book }), ["claude-opus-5"])
  })

  it("recommend orders by context window and by an order of the user", () => {
    const unknown = modelWith("claude-opus-5-5", { id: "unknown", max_input_tokens: null })
    const models = [
      unknown,
      modelWith("claude-haiku-4-5-20251001"),
      modelWith("claude-opus-4-6"),
      modelWith("claude-opus-5")
    ]
    assert.deepStrictEqual(idsOf({ prefer: { by: "context" } }, models), [
      "claude-opus-5",
      "claude-opus-4-6",
      "claude-haiku-4-5-20251001",
      "unknown"
    ])
    const order = Order.mapInput(Order.String, (model: Models.ModelInfo) => model.id)
    assert.deepStrictEqual(idsOf({ prefer: { by: "order", order } }, models), [
      "claude-haiku-4-5-20251001",
      "claude-opus-4-6",
      "claude-opus-5",
      "unknown"
    ])
  })

  it("recommend fails with the nearest misses where no model is left", () => {
    const oneMythos = catalogue.filter(({ id }) => id !== "claude-mythos-5" && id !== "claude-mythos-5-1")
    const error = Result.getOrThrow(
      Result.flip(
        Models.recommend(oneMythos, { at, needs: { inputTokens: 5_000_000, lines: ["mythos"] }, prefer: newest })
      )
    )
    assert.strictEqual(error._tag, "NoModelError")
    assert.strictEqual(error.considered, oneMythos.length)
    assert.deepStrictEqual(error.nearest, [
      {
        model: "claude-mythos-5-2",
        reasons: [
          { need: "inputTokens", verdict: "unmet", description: "its context window is 1000000, below 5000000" }
        ]
      }
    ])
    assert.strictEqual(
      error.message,
      `none of ${oneMythos.length} models meets every need; nearest: claude-mythos-5-2 (its context window is 1000000, below 5000000)`
    )
    assert.isFalse(error.isRetryable)
    assert.deepStrictEqual(idsOf({ prefer: newest }, []), ["none of 0 models meets every need"])
    const many = Result.getOrThrow(
      Result.flip(Models.recommend(catalogue, { at, needs: { inputTokens: 5_000_000 }, prefer: newest }))
    )
    assert.strictEqual(many.nearest.length, 5)
    const dark = Result.getOrThrow(
      Result.flip(
        Models.recommend([modelWith("claude-opus-5", { max_tokens: null })], {
          at,
          needs: { outputTokens: 1 },
          prefer: newest
        })
      )
    )
    assert.deepStrictEqual(dark.nearest[0]?.reasons, [
      { need: "outputTokens", verdict: "unknown", description: "its largest output is not known" }
    ])
  })

  const Needs = Schema.Struct({
    capabilities: Schema.Array(
      Schema.Literals([
        "batch",
        "effort.xhigh",
        "thinking.types.adaptive",
        "thinking.types.enabled",
        "structured_outputs"
      ])
    ),
    inputTokens: Schema.Literals([1, 200_000, 200_001, 1_000_000, 1_000_001]),
    outputTokens: Schema.Literals([1, 64_000, 128_000, 128_001]),
    lifecycle: Schema.Array(Schema.Literals(["active", "deprecated", "retired"])),
    lines: Schema.Array(Schema.Literals(["haiku", "sonnet", "opus", "fable", "mythos"]))
  })
  const By = Schema.Literals(["price", "newest", "context"])

  it.prop("recommend returns only models that meet every need and loses none", [Needs, By], ([needs, by]) => {
    const result = Models.recommend(catalogue, { at, needs, prefer: by === "price" ? { by, usage } : { by } })
    if (Result.isFailure(result)) {
      assert.isTrue(result.failure.nearest.every(({ reasons }) => reasons.length > 0))
      return
    }
    const { choices, excluded } = result.success
    assert.strictEqual(choices.length + excluded.length, catalogue.length)
    for (const { model, reasons } of choices) {
      assert.isTrue(needs.capabilities.every((path) => Models.supports(model, path)))
      assert.isTrue((model.max_input_tokens ?? 0) >= needs.inputTokens && (model.max_tokens ?? 0) >= needs.outputTokens)
      assert.isTrue(needs.lifecycle.some((stage) => stage === model.lifecycle))
      assert.isTrue(needs.lines.some((line) => line === model.line))
      assert.isTrue(reasons.every(({ verdict }) => verdict === "met"))
    }
    for (const { reasons } of excluded) assert.isTrue(reasons.some(({ verdict }) => verdict !== "met"))
  })

  describe("by price", () => {
    const choose = (usage: object, more: object = {}, options: object = {}) =>
      idsOf({
        prefer: { by: "price", usage: { input_tokens: 1_000, output_tokens: 1_000, ...usage }, ...more },
        ...options
      })
    const reasonsOf = (id: string, usage: object, more: object = {}, options: object = {}) => {
      const prefer = { by: "price" as const, usage: { input_tokens: 1_000, output_tokens: 1_000, ...usage }, ...more }
      const result = Models.recommend(catalogue, { at, prefer, ...options })
      const all = Result.match(result, { onFailure: () => [], onSuccess: ({ excluded }) => excluded })
      return all.find(({ model }) => model.id === id)?.reasons.map(({ need, verdict }) => `${verdict} ${need}`)
    }

    it("a preference by price excludes models whose context window is too small for the usage", () => {
      const long = { input_tokens: 900_000 }
      assert.isTrue(choose(long).every((id) => modelWith(id).max_input_tokens === 1_000_000))
      assert.include(choose(long), "claude-haiku-5-5")
      assert.deepStrictEqual(reasonsOf("claude-haiku-4-5-20251001", long), ["unmet inputTokens"])
      // Cached tokens and the output stand in the window, too.
      const cached = { cache_read_input_tokens: 150_000, cache_creation_input_tokens: 49_000 }
      assert.deepStrictEqual(reasonsOf("claude-haiku-4-5-20251001", cached, { cacheWrites: "5m" }), [
        "unmet inputTokens"
      ])
      assert.include(choose({ ...cached, output_tokens: 0 }, { cacheWrites: "5m" }), "claude-haiku-4-5-20251001")
      assert.deepStrictEqual(choose({ input_tokens: 2_000_000 }).length, 1)
      const iterations = [{ type: "compaction", input_tokens: 400_000, output_tokens: 10 }]
      const compacted = { input_tokens: 0, output_tokens: 0, iterations }
      assert.deepStrictEqual(reasonsOf("claude-haiku-4-5-20251001", compacted), ["unmet inputTokens"])
    })

    it("a preference by price excludes models that write less than the usage", () => {
      const long = { output_tokens: 100_000 }
      assert.isTrue(choose(long).every((id) => modelWith(id).max_tokens === 128_000))
      assert.deepStrictEqual(reasonsOf("claude-haiku-4-5-20251001", long), ["unmet outputTokens"])
      const longer = { output_tokens: 200_000 }
      assert.match(choose(longer)[0] ?? "", /^none of \d+ models meets every need/)
      assert.match(choose(longer, { batch: true })[0] ?? "", /^none of/)
    })

    it("a preference by price counts the beta that raises the output in batches", () => {
      const longer = { output_tokens: 200_000 }
      const betas = ["output-300k-2026-03-24"]
      const chosen = choose(longer, { batch: true }, { betas })
      assert.strictEqual(chosen[0], "claude-haiku-5-5")
      assert.notInclude(chosen, "claude-fable-5-2")
      assert.match(choose(longer, {}, { betas })[0] ?? "", /^none of/)
      assert.include(choose({ ...longer, service_tier: "batch" }, {}, { betas }), "claude-opus-5-5")
      const next = modelWith("claude-opus-5-5", { id: "claude-opus-6" })
      const book = {
        ...Pricing.defaultBook,
        rows: Pricing.defaultBook.rows.map((row) => ({ ...row, model: "claude-opus-6" }))
      }
      const prefer = { by: "price" as const, usage: { input_tokens: 1, output_tokens: 200_000 }, batch: true }
      assert.match(idsOf({ prefer, betas, book }, [next])[0] ?? "", /its largest output is 128000, below 200000/)
    })

    it("a preference by price needs batches where the usage is that of a batch", () => {
      const unable = modelWith("claude-haiku-5-5", { capabilities: { batch: { supported: false } } })
      const models = [unable, modelWith("claude-opus-5-5")]
      const of = (prefer: Models.Preference) => idsOf({ prefer }, models)
      assert.deepStrictEqual(of({ by: "price", usage, batch: true }), ["claude-opus-5-5"])
      assert.deepStrictEqual(of({ by: "price", usage: { ...usage, service_tier: "batch" } }), ["claude-opus-5-5"])
      assert.deepStrictEqual(of({ by: "price", usage, batch: false }), ["claude-haiku-5-5", "claude-opus-5-5"])
      assert.deepStrictEqual(of({ by: "newest" }), ["claude-haiku-5-5", "claude-opus-5-5"])
    })

    it("a preference by price needs the server tools that the usage counts", () => {
      const blind = modelWith("claude-haiku-5-5", { capabilities: { server_tools: { supported: false } } })
      const models = [blind, modelWith("claude-opus-5-5")]
      const of = (counters: object, more: object = {}) =>
        idsOf({ prefer: { by: "price", usage: { ...usage, server_tool_use: counters }, ...more } }, models)
      assert.deepStrictEqual(of({ web_search_requests: 2 }), ["claude-opus-5-5"])
      assert.deepStrictEqual(of({ code_execution_requests: 1 }, { codeExecutionHours: 1 }), ["claude-opus-5-5"])
      assert.deepStrictEqual(of({ web_search_requests: 0 }), ["claude-haiku-5-5", "claude-opus-5-5"])
    })

    it("a preference by price prices cache writes by the time to live that it names", () => {
      const writes = { cache_creation_input_tokens: 1_000 }
      assert.match(choose(writes)[0] ?? "", /^none of .* cache writes have no time to live/)
      assert.strictEqual(choose(writes, { cacheWrites: "1h" })[0], "claude-haiku-5-5")
    })

    it("a preference by price adds to the needs of the options", () => {
      const needs = { inputTokens: 500_000, outputTokens: 1, capabilities: ["batch" as const] }
      const chosen = Result.getOrThrow(
        Models.recommend(catalogue, { at, needs, prefer: { by: "price", usage, batch: true } })
      )
      assert.deepStrictEqual(
        chosen.choices[0].reasons.map(({ need }) => need),
        ["lifecycle", "batch", "inputTokens", "outputTokens", "price"]
      )
      assert.isFalse(chosen.choices.some(({ model }) => model.id === "claude-haiku-4-5-20251001"))
    })
  })
})
