import { assert, describe, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Messages from "effect-anthropic/Messages"
import * as Pricing from "effect-anthropic/Pricing"

const day = (text: string) => DateTime.makeUnsafe(text)
const today = "2026-11-22"

type Tokens = Partial<Record<"input" | "w5m" | "w1h" | "read" | "output", number>> & {
  readonly speed?: string
  readonly geo?: string
  readonly searches?: number
}

const usageOf = ({
  geo,
  input = 0,
  output = 0,
  read = 0,
  searches,
  speed,
  w1h = 0,
  w5m = 0
}: Tokens): Pricing.Usage => ({
  input_tokens: input,
  output_tokens: output,
  cache_creation_input_tokens: w5m + w1h,
  cache_read_input_tokens: read,
  cache_creation: { ephemeral_5m_input_tokens: w5m, ephemeral_1h_input_tokens: w1h },
  server_tool_use: searches === undefined ? null : { web_search_requests: searches, web_fetch_requests: 0 },
  service_tier: "standard",
  inference_geo: geo ?? null,
  speed: speed ?? null
})

const total = (cost: Result.Result<Pricing.Cost, { readonly message: string }>): string =>
  Result.match(cost, { onFailure: (error) => error.message, onSuccess: (cost) => Pricing.formatUsd(cost.total) })

const million = 1_000_000
const everything = { input: million, w5m: million, w1h: million, read: million, output: million }

// Every figure below was worked out by hand from the published tables.
describe("cost, by hand", () => {
  const rows: ReadonlyArray<readonly [model: string, at: string, tokens: Tokens, batch: boolean, usd: string]> = [
    ["claude-fable-5-2", today, { input: million, output: 100_000 }, false, "12"],
    ["claude-fable-5-2", today, { ...everything, speed: "fast" }, false, "148.4"],
    ["claude-fable-5-2", today, { input: 1_000, speed: "fast", geo: "us" }, false, "0.0176"],
    ["claude-mythos-5-2", today, { input: 500_000, w5m: 100_000, output: 50_000 }, true, "3.5"],
    ["claude-fable-5-1", today, { read: 2 * million, w1h: 10_000, output: 1_000 }, false, "0.75"],
    ["claude-mythos-5-1", today, { input: 1_000, w5m: 4_000 }, false, "0.06"],
    ["claude-fable-5", today, { read: 300_000, output: 2_000 }, false, "0.4"],
    ["claude-mythos-5", today, { input: 20_000, output: 4_000 }, true, "0.2"],
    ["claude-opus-5-5", today, { input: 1_234, output: 567, read: 8_910, w5m: 11, w1h: 7 }, false, "0.018169"],
    ["claude-opus-5-5", today, { input: 1_000, output: 1_000, read: 1_000, speed: "fast" }, false, "0.0484"],
    ["claude-opus-5", today, { input: 10_000, output: 1_000, geo: "us" }, false, "0.0825"],
    ["claude-opus-5", today, { input: 10_000, output: 1_000, geo: "global" }, false, "0.075"],
    ["claude-opus-5", today, { input: 10_000, output: 1_000, speed: "fast" }, false, "0.15"],
    ["claude-opus-4-8", today, { input: 10_000, output: 2_000, geo: "us" }, true, "0.055"],
    ["claude-opus-4-8", today, { w1h: 1_000, output: 100, speed: "fast" }, false, "0.025"],
    ["claude-opus-4-7", today, { w5m: 8 }, false, "0.00005"],
    [
      "claude-opus-4-7",
      "2026-06-01",
      { input: 100, w5m: 100, w1h: 100, read: 100, output: 100, speed: "fast" },
      false,
      "0.02805"
    ],
    ["claude-opus-4-6", "2026-03-12", { input: 200_000, output: 10_000 }, false, "1.25"],
    ["claude-opus-4-6", "2026-03-12", { input: 200_001, output: 10_000 }, false, "2.37501"],
    ["claude-opus-4-6", "2026-03-13", { input: 200_001, output: 10_000 }, false, "1.250005"],
    ["claude-opus-4-6", "2026-02-10", { input: 300_000, output: 1_000, speed: "fast" }, false, "18.225"],
    ["claude-opus-4-6", "2026-04-01", { input: 300_000, output: 1_000, speed: "fast" }, false, "9.15"],
    ["claude-opus-4-5", today, { input: million, read: million }, false, "5.5"],
    ["claude-opus-4-5-20251101", today, { input: million, read: million }, false, "5.5"],
    ["claude-opus-4-1-20250805", "2026-07-01", { input: 1_000, w1h: 1_000, output: 1_000 }, false, "0.12"],
    ["claude-opus-4-20250514", "2025-12-01", { input: 1_000, output: 1_000 }, true, "0.045"],
    ["claude-sonnet-5-5", "2026-10-06", { read: million }, false, "0.2"],
    ["claude-sonnet-5-5", "2026-10-07", { read: million }, false, "0.1"],
    ["claude-sonnet-5", today, { input: million, w1h: 500_000, w5m: 400_000, output: 100_000 }, false, "6"],
    ["claude-sonnet-4-6", "2026-03-01", { input: 250_000, read: 50_000, output: 1_000 }, false, "1.5525"],
    ["claude-sonnet-4-6", today, { input: 250_000, read: 50_000, output: 1_000 }, false, "0.78"],
    ["claude-sonnet-4-5", "2025-12-01", { input: 300_000, output: 10_000 }, true, "1.0125"],
    ["claude-sonnet-4-5-20250929", today, { input: 200_000 }, false, "0.6"],
    ["claude-sonnet-4", "2025-09-01", { w1h: 1_000, output: 1_000 }, false, "0.021"],
    ["claude-sonnet-4-20250514", "2025-09-01", { read: 200_001 }, false, "0.1200006"],
    ["claude-3-7-sonnet-20250219", "2025-12-01", everything, false, "28.05"],
    ["claude-3-5-sonnet-20241022", "2025-09-01", { input: 100, output: 10 }, false, "0.00045"],
    ["claude-3-5-sonnet-20240620", "2025-09-01", { input: 100, output: 10 }, true, "0.000225"],
    ["claude-haiku-5-5", today, { input: 90_000, read: 10_000, output: 1_000 }, false, "0.0096"],
    ["claude-haiku-5-5", today, { input: 90_001, read: 10_000, output: 1_000 }, false, "0.0480005"],
    ["claude-haiku-5-5", today, { w5m: 80_000, w1h: 10_000 }, true, "0.006"],
    ["claude-haiku-5-5", today, { input: 100_000, w5m: 8_000, w1h: 2_000, output: 400 }, true, "0.029"],
    ["claude-haiku-5-5", today, { input: 1_000, searches: 10 }, false, "0.1001"],
    ["claude-haiku-5-5", today, { input: 1_000, searches: 10 }, true, "0.10005"],
    [
      "claude-haiku-4-5-20251001",
      today,
      { input: 1_000, w5m: 1_000, w1h: 1_000, read: 1_000, output: 1_000 },
      false,
      "0.00935"
    ],
    ["claude-3-5-haiku-20241022", "2026-01-01", everything, false, "7.48"],
    ["claude-3-haiku-20240307", "2026-01-01", everything, false, "2.33"],
    ["claude-3-opus-20240229", "2025-12-01", everything, false, "140.25"]
  ]

  it.each(rows)("cost of %s on %s for %o (batch: %s) is %s", (model, at, tokens, batch, usd) => {
    assert.strictEqual(total(Pricing.cost(usageOf(tokens), { model, at: day(at), batch })), usd)
  })

  it("every model of the price book has an example", () => {
    const tried = new Set(rows.map(([model]) => model))
    const untried = Pricing.defaultBook.rows.filter(
      (row) => !tried.has(row.model) && row.aliases?.some((alias) => tried.has(alias)) !== true
    )
    assert.deepStrictEqual(untried, [])
  })
})

describe("lookup", () => {
  const reasonOf = (model: string, options: Partial<Pricing.LookupOptions> = {}) =>
    Result.match(Pricing.lookup(model, { at: day(today), ...options }), {
      onFailure: (error) => error.reason,
      onSuccess: (price) => BigDecimal.format(price.input)
    })

  it("lookup returns prices per million tokens with their source", () => {
    const price = Result.getOrThrow(Pricing.lookup("claude-haiku-5-5", { at: day(today), promptTokens: 100_001 }))
    assert.deepStrictEqual(
      [price.input, price.cacheWrite5m, price.cacheWrite1h, price.cacheRead, price.output].map(BigDecimal.format),
      ["0.5", "0.625", "1", "0.05", "2.5"]
    )
    assert.deepStrictEqual(price.promptLength, { over: 100_000, upTo: undefined })
    assert.match(price.source, /^https:\/\/platform\.claude\.com\//)
    assert.strictEqual(price.read, "2026-10-07")
  })

  it("a price holds from 00:00 UTC of its day", () => {
    assert.strictEqual(reasonOf("claude-opus-5-5", { at: day("2026-09-21T23:59:59.999Z") }), "date")
    assert.strictEqual(reasonOf("claude-opus-5-5", { at: day("2026-09-22T00:00:00Z") }), "4")
    assert.strictEqual(reasonOf("claude-opus-4-8", { at: day("2026-11-30"), speed: "fast" }), "date")
    assert.strictEqual(reasonOf("claude-3-opus-20240229", { at: day("2024-05-01") }), "date")
  })

  it("lookup fails for an unknown model or option, and never returns a similar price", () => {
    for (const model of [
      "claude-opus-5-6",
      "claude-opus",
      "claude-opus-5-5-20260922",
      "gpt-5",
      "",
      "claude-mythos-preview"
    ]) {
      assert.strictEqual(reasonOf(model), "model")
    }
    assert.strictEqual(reasonOf("claude-sonnet-5-5", { speed: "fast" }), "speed")
    assert.strictEqual(reasonOf("claude-opus-5-5", { speed: "fast", batch: true }), "speed")
    assert.strictEqual(reasonOf("claude-opus-5-5", { inferenceGeo: "eu" }), "inferenceGeo")
    assert.strictEqual(reasonOf("claude-opus-5-5", { inferenceGeo: "constructor" }), "inferenceGeo")
    assert.strictEqual(reasonOf("claude-haiku-4-5", { inferenceGeo: "us" }), "inferenceGeo")
    assert.strictEqual(reasonOf("claude-haiku-4-5", { inferenceGeo: "not_available" }), "1")
    assert.strictEqual(reasonOf("claude-sonnet-4-5", { promptTokens: 200_001 }), "promptLength")
    assert.strictEqual(reasonOf("claude-sonnet-4-5", { promptTokens: Number.NaN }), "promptLength")
  })

  it("UnknownPriceError names what has no price", () => {
    const error = Result.getOrThrow(Result.flip(Pricing.lookup("claude-opus-5-5", { at: day("2026-01-01") })))
    assert.strictEqual(error.message, "no price for claude-opus-5-5: the price book has none for 2026-01-01")
    assert.isFalse(error.isRetryable)
  })

  it("a batch pays exactly half of every price", () => {
    for (const row of Pricing.defaultBook.rows.filter(({ speed }) => speed === undefined)) {
      const options = { at: day(row.from), promptTokens: (row.promptOver ?? -1) + 1 }
      const direct = Result.getOrThrow(Pricing.lookup(row.model, options))
      const batch = Result.getOrThrow(Pricing.lookup(row.model, { ...options, batch: true }))
      for (const kind of ["input", "output", "cacheWrite5m", "cacheWrite1h", "cacheRead"] as const) {
        assert.isTrue(BigDecimal.equals(BigDecimal.sum(batch[kind], batch[kind]), direct[kind]))
      }
    }
  })
})

describe("the price book", () => {
  const row = (changes: Partial<Pricing.PriceRow>): Pricing.PriceRow => ({
    model: "mine",
    from: "2026-01-01",
    input: "3",
    output: "15",
    cacheWrite5m: "3.75",
    cacheWrite1h: "6",
    cacheRead: "0.3",
    source: "a contract",
    read: "2026-01-01",
    ...changes
  })
  const withRow = (changes: Partial<Pricing.PriceRow>) => Pricing.extend(Pricing.defaultBook, { rows: [row(changes)] })
  const usage = { input_tokens: million, output_tokens: 0 }

  it("later rows of a book replace earlier ones", () => {
    const at = day(today)
    assert.strictEqual(total(Pricing.cost(usage, { model: "mine", at, book: withRow({}) })), "3")
    const cheaper = withRow({ model: "claude-opus-5-5", from: "2026-11-01", input: "3.2" })
    assert.strictEqual(total(Pricing.cost(usage, { model: "claude-opus-5-5", at, book: cheaper })), "3.2")
    const before = { model: "claude-opus-5-5", at: day("2026-10-31"), book: cheaper }
    assert.strictEqual(total(Pricing.cost(usage, before)), "4")
    const searched = { ...usage, server_tool_use: { web_search_requests: 2 } }
    const tools = [{ counter: "web_search_requests", from: "2026-01-01", price: "0.5", source: "", read: "2026-01-01" }]
    const book = Pricing.extend(Pricing.defaultBook, { tools })
    assert.strictEqual(total(Pricing.cost(searched, { model: "claude-opus-5-5", at, book })), "5")
  })

  it("a malformed row of a book is an error", () => {
    const reasonOf = (changes: Partial<Pricing.PriceRow>, batch = false) =>
      Result.match(
        Pricing.lookup("mine", {
          at: day(today),
          batch,
          inferenceGeo: "us",
          book: withRow({ regions: { us: "1.1" }, ...changes })
        }),
        {
          onFailure: ({ reason }) => reason,
          onSuccess: ({ input }) => BigDecimal.format(input)
        }
      )
    assert.strictEqual(reasonOf({}), "3.3")
    for (const input of ["-1", "", "1e3", "NaN", "three", "1.", ".5"])
      assert.strictEqual(reasonOf({ input }), "priceBook")
    assert.strictEqual(reasonOf({ cacheRead: "-1" }), "priceBook")
    assert.strictEqual(reasonOf({ regions: { us: "x" } }), "priceBook")
    assert.strictEqual(reasonOf({ from: "yesterday" }), "date")
    assert.strictEqual(reasonOf({ until: "yesterday" }), "date")
    const book = { ...withRow({}), batch: { ...Pricing.defaultBook.batch, share: "half" } }
    assert.isTrue(Result.isFailure(Pricing.lookup("mine", { at: day(today), batch: true, book })))
    const tools = [{ counter: "web_search_requests", from: "2026-01-01", price: "?", source: "", read: "2026-01-01" }]
    const searched = { ...usage, server_tool_use: { web_search_requests: 2 } }
    const bad = Pricing.extend(Pricing.defaultBook, { tools })
    const error = Result.getOrThrow(
      Result.flip(Pricing.cost(searched, { model: "claude-opus-5", at: day(today), book: bad }))
    )
    assert(error._tag === "UnknownPriceError")
    assert.strictEqual(error.reason, "priceBook")
  })

  it.effect("a layer changes the price book in force", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Pricing.PriceBook, Pricing.defaultBook)
      const book = yield* Effect.provide(
        Pricing.PriceBook,
        Pricing.layer((book) => Pricing.extend(book, { rows: [row({})] }))
      )
      assert.strictEqual(book.rows.length, Pricing.defaultBook.rows.length + 1)
      assert.strictEqual(book.tools.length, Pricing.defaultBook.tools.length)
    })
  )

  it("every row of the published book has a source and a day of reading", () => {
    const { batch, freeRefusals, rows, tools } = Pricing.defaultBook
    for (const { read, source } of [batch, ...freeRefusals, ...rows, ...tools]) {
      assert.match(source, /^https:\/\/(platform|code)\.claude\.com\/docs\/en\//)
      assert.match(read, /^202\d-\d\d-\d\d$/)
      assert.isFalse(Number.isNaN(Date.parse(read)))
    }
  })
})

describe("cost, of usages as they come", () => {
  const at = day(today)
  const options = { model: "claude-opus-5-5", at }
  const none = { input_tokens: 0, output_tokens: 0 }
  const errorOf = (usage: Pricing.Usage, more: Partial<Pricing.CostOptions> = {}) =>
    Result.match(Pricing.cost(usage, { ...options, ...more }), {
      onFailure: (error) => (error._tag === "InvalidUsageError" ? error.field : error.reason),
      onSuccess: ({ total }) => Pricing.formatUsd(total)
    })

  it("cost reads null and absent counts as 0", () => {
    const usage = {
      input_tokens: 1_000,
      output_tokens: 0,
      cache_creation_input_tokens: null,
      cache_read_input_tokens: null,
      cache_creation: null,
      server_tool_use: null,
      service_tier: null,
      inference_geo: null,
      speed: null
    }
    assert.strictEqual(errorOf(usage), "0.004")
    assert.strictEqual(errorOf({ input_tokens: 1_000, output_tokens: 0 }), "0.004")
    assert.strictEqual(errorOf(none), "0")
    assert.deepStrictEqual(Result.getOrThrow(Pricing.cost(none, options)).items, [])
  })

  it("cost reads the tier of the usage unless the option batch is given", () => {
    const usage = { input_tokens: 1_000, output_tokens: 0, service_tier: "batch" }
    assert.strictEqual(errorOf(usage), "0.002")
    assert.strictEqual(errorOf(usage, { batch: false }), "0.004")
    assert.strictEqual(errorOf({ ...usage, service_tier: "priority" }), "serviceTier")
    assert.strictEqual(errorOf({ ...usage, service_tier: "flex" }), "serviceTier")
  })

  it("cost needs the time to live of cache writes", () => {
    const usage = { ...none, cache_creation_input_tokens: 1_000 }
    assert.strictEqual(errorOf(usage), "cacheWrite")
    assert.strictEqual(errorOf(usage, { cacheWrites: "5m" }), "0.005")
    assert.strictEqual(errorOf(usage, { cacheWrites: "1h" }), "0.008")
    const split = { ephemeral_5m_input_tokens: 600, ephemeral_1h_input_tokens: 400 }
    assert.strictEqual(errorOf({ ...usage, cache_creation: split }), "0.0062")
    assert.strictEqual(errorOf({ ...none, cache_creation: split }), "0.0062")
    assert.strictEqual(
      errorOf({ ...usage, cache_creation: { ...split, ephemeral_5m_input_tokens: 0 } }),
      "cache_creation_input_tokens"
    )
    assert.strictEqual(errorOf({ ...usage, cache_creation: { ...split, ephemeral_1d_input_tokens: 1 } }), "cacheWrite")
    assert.strictEqual(errorOf({ ...usage, cache_creation: { ...split, ephemeral_1d_input_tokens: 0 } }), "0.0062")
  })

  it("cost refuses malformed counts", () => {
    for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -0.1]) {
      assert.strictEqual(errorOf({ ...none, input_tokens: count }), "input_tokens")
      assert.strictEqual(errorOf({ ...none, output_tokens: count }), "output_tokens")
      assert.strictEqual(errorOf({ ...none, cache_read_input_tokens: count }), "cache_read_input_tokens")
      assert.strictEqual(errorOf({ ...none, cache_creation_input_tokens: count }), "cache_creation_input_tokens")
      assert.strictEqual(
        errorOf({ ...none, cache_creation: { ephemeral_5m_input_tokens: count } }),
        "cache_creation.ephemeral_5m_input_tokens"
      )
      assert.strictEqual(
        errorOf({ ...none, server_tool_use: { web_search_requests: count } }),
        "server_tool_use.web_search_requests"
      )
    }
    assert.strictEqual(
      errorOf({ ...none, server_tool_use: { web_search_requests: "3" } }),
      "server_tool_use.web_search_requests"
    )
    assert.strictEqual(errorOf(none, { codeExecutionHours: -1 }), "codeExecutionHours")
    assert.strictEqual(errorOf(none, { codeExecutionHours: Number.NaN }), "codeExecutionHours")
    const error = Result.getOrThrow(Result.flip(Pricing.cost({ ...none, input_tokens: -1 }, options)))
    assert.strictEqual(error.message, "usage.input_tokens: -1 is not a count")
    assert.isFalse(error.isRetryable)
  })

  it("cost includes server tools, and fails for those without a price", () => {
    const searches = { ...none, server_tool_use: { web_search_requests: 3, web_fetch_requests: 7 } }
    assert.strictEqual(errorOf(searches), "0.03")
    assert.deepStrictEqual(
      Result.getOrThrow(Pricing.cost(searches, options)).items.map(({ amount, kind, per, quantity }) => [
        kind,
        per,
        quantity,
        Pricing.formatUsd(amount)
      ]),
      [
        ["web_search_requests", "use", 3, "0.03"],
        ["web_fetch_requests", "use", 7, "0"]
      ]
    )
    const code = { ...none, server_tool_use: { code_execution_requests: 2 } }
    assert.strictEqual(errorOf(code), "tool")
    assert.strictEqual(errorOf(code, { codeExecutionHours: 0 }), "0")
    assert.strictEqual(errorOf(code, { codeExecutionHours: 0.5 }), "0.025")
    assert.strictEqual(errorOf(none, { codeExecutionHours: 2 }), "0.1")
    assert.strictEqual(errorOf({ ...none, server_tool_use: { teleport_requests: 1 } }), "tool")
    assert.strictEqual(errorOf({ ...none, server_tool_use: { teleport_requests: 0 } }), "0")
    assert.strictEqual(errorOf(searches, { at: day("2025-01-01") }), "date")
  })

  it("cost returns a line for each kind of token", () => {
    const cost = Result.getOrThrow(Pricing.cost(usageOf({ input: 1_000, w1h: 10, output: 20 }), options))
    assert.deepStrictEqual(
      cost.items.map(({ amount, kind, model, per, quantity, unitPrice }) => [
        model,
        kind,
        per,
        quantity,
        Pricing.formatUsd(unitPrice),
        Pricing.formatUsd(amount)
      ]),
      [
        ["claude-opus-5-5", "input", "million tokens", 1_000, "4", "0.004"],
        ["claude-opus-5-5", "cacheWrite1h", "million tokens", 10, "8", "0.00008"],
        ["claude-opus-5-5", "output", "million tokens", 20, "20", "0.0004"]
      ]
    )
  })
})

describe("messageCost", () => {
  const refusal = (
    category: string | null,
    content: ReadonlyArray<{ readonly type: "text"; readonly text: string; readonly citations: null }> = []
  ) => ({
    model: "claude-fable-5",
    content,
    stop_reason: "refusal",
    stop_details: { type: "refusal" as const, category, explanation: null },
    usage: { input_tokens: million, output_tokens: 0 }
  })
  const on = (at: string, message: Parameters<typeof Pricing.messageCost>[0]) =>
    total(Pricing.messageCost(message, { at: day(at) }))

  it("messageCost is 0 for a refusal without output, except for some categories", () => {
    assert.strictEqual(on(today, refusal("cyber")), "0")
    assert.strictEqual(on(today, refusal(null)), "0")
    for (const category of ["bio", "frontier_llm", "reasoning_extraction"]) {
      assert.strictEqual(on(today, refusal(category)), "10")
      assert.strictEqual(on("2026-09-24", refusal(category)), "10")
      assert.strictEqual(on("2026-09-23", refusal(category)), "0")
    }
    assert.strictEqual(on(today, { ...refusal(null), stop_details: null }), "0")
  })

  it("messageCost charges a refusal after output, and every refusal before 2026-06-02", () => {
    assert.strictEqual(on(today, refusal("cyber", [{ type: "text", text: "I", citations: null }])), "10")
    assert.strictEqual(on("2026-06-01", { ...refusal("cyber"), model: "claude-opus-4-8" }), "5")
    assert.strictEqual(on("2026-06-02", { ...refusal("cyber"), model: "claude-opus-4-8" }), "0")
    assert.strictEqual(on(today, { ...refusal("cyber"), stop_reason: "end_turn" }), "10")
    assert.match(on(today, { ...refusal("cyber"), model: "unknown" }), /^no price/)
    const book = { ...Pricing.defaultBook, freeRefusals: [] }
    assert.strictEqual(total(Pricing.messageCost(refusal("cyber"), { at: day(today), book })), "10")
  })
})

describe("sum", () => {
  it("sum adds costs up and merges lines of one price", () => {
    const at = day(today)
    const a = Result.getOrThrow(Pricing.cost({ input_tokens: 10, output_tokens: 5 }, { model: "claude-opus-5-5", at }))
    const b = Result.getOrThrow(Pricing.cost({ input_tokens: 20, output_tokens: 0 }, { model: "claude-opus-5-5", at }))
    const c = Result.getOrThrow(
      Pricing.cost({ input_tokens: 20, output_tokens: 0 }, { model: "claude-opus-5-5", at, batch: true })
    )
    const all = Pricing.sum([a, b, c])
    assert.strictEqual(Pricing.formatUsd(all.total), "0.00026")
    assert.deepStrictEqual(
      all.items.map(({ kind, quantity, unitPrice }) => [kind, quantity, Pricing.formatUsd(unitPrice)]),
      [
        ["input", 30, "4"],
        ["output", 5, "20"],
        ["input", 20, "2"]
      ]
    )
    assert.strictEqual(Pricing.formatUsd(Pricing.sum([]).total), "0")
  })
})

describe("upperBound", () => {
  const at = day(today)
  const params = { model: "claude-opus-5-5", max_tokens: 1_000, messages: [Messages.user("Hello")] }
  const errorOf = (more: Parameters<typeof Pricing.upperBound>[0], options: Partial<Pricing.UpperBoundOptions> = {}) =>
    Result.match(Pricing.upperBound(more, { at, ...options }), {
      onFailure: (error) => (error._tag === "UnboundedCostError" ? error.path : error.message),
      onSuccess: ({ total }) => Pricing.formatUsd(total)
    })

  it("upperBound is what counted tokens and max_tokens cost at most", () => {
    assert.strictEqual(errorOf(params, { inputTokens: 10_000 }), "0.06")
    assert.strictEqual(errorOf(params, { inputTokens: 10_000, outputTokens: 100 }), "0.042")
    assert.strictEqual(errorOf(params, { inputTokens: 10_000, batch: true }), "0.03")
    assert.strictEqual(errorOf({ ...params, inference_geo: "us" }, { inputTokens: 10_000 }), "0.066")
    assert.strictEqual(errorOf({ ...params, speed: "fast" }, { inputTokens: 10_000 }), "0.12")
    const system = [{ type: "text" as const, text: "x", cache_control: { type: "ephemeral" as const } }]
    assert.strictEqual(errorOf({ ...params, system }, { inputTokens: 10_000 }), "0.07")
    const messages = [Messages.user([{ type: "text", text: "x", cache_control: { type: "ephemeral", ttl: "1h" } }])]
    assert.strictEqual(errorOf({ ...params, system, messages }, { inputTokens: 10_000 }), "0.1")
    assert.strictEqual(
      errorOf({ ...params, messages, cache_control: { type: "ephemeral" } }, { inputTokens: 10_000 }),
      "0.1"
    )
  })

  it("upperBound bounds text by its bytes", () => {
    const bytes = new TextEncoder().encode(JSON.stringify(params)).length
    const bounded = Result.getOrThrow(Pricing.upperBound(params, { at }))
    assert.strictEqual(bounded.items.find(({ kind }) => kind === "input")?.quantity, bytes + 1_000)
    const tool = {
      name: "look",
      input_schema: { type: "object" as const, properties: { type: { type: "string", source: {} } } }
    }
    assert.match(errorOf({ ...params, tools: [tool] }), /^0\./)
    const text = {
      type: "document" as const,
      source: { type: "text" as const, media_type: "text/plain" as const, data: "x" }
    }
    assert.match(errorOf({ ...params, messages: [Messages.user([text])] }), /^0\./)
  })

  it("upperBound fails with UnboundedCostError where the input was not counted and its bytes do not bound it", () => {
    const image = { type: "image" as const, source: { type: "url" as const, url: "https://example.com/a.png" } }
    const messages = [Messages.user("x"), Messages.user([{ type: "text", text: "y" }, image])]
    assert.strictEqual(errorOf({ ...params, messages }), "messages[1].content[1].source")
    assert.strictEqual(errorOf({ ...params, messages }, { inputTokens: 10_000 }), "0.06")
    const tools = [{ type: "web_search_20260318" as const, name: "web_search" as const }]
    assert.strictEqual(errorOf({ ...params, tools }), "tools[0]")
    assert.strictEqual(errorOf({ ...params, container: "container_1" }), "container")
    const other = Messages.user([Messages.raw({ type: "hologram", bytes: "x" })])
    assert.strictEqual(errorOf({ ...params, messages: [other] }), "messages[0].content[0]")
    assert.match(errorOf({ ...params, container: null }), /^0\./)
    const error = Result.getOrThrow(Result.flip(Pricing.upperBound({ ...params, tools }, { at })))
    assert.match(error.message, /because of tools\[0\]: .*; pass the option inputTokens$/)
    assert.isFalse(error.isRetryable)
  })

  it("upperBound fails where a price is unknown or a count is malformed", () => {
    assert.match(errorOf({ ...params, model: "unknown" }), /^no price for unknown/)
    assert.match(errorOf(params, { inputTokens: -1 }), /inputTokens: -1/)
    assert.match(errorOf({ ...params, max_tokens: 0.5 }), /outputTokens: 0.5/)
    assert.match(errorOf({ ...params, speed: "fast" }, { batch: true }), /a batch does not take the speed "fast"/)
  })
})

describe("savings", () => {
  const at = day(today)
  const of = (usage: Pricing.Usage, options: Partial<Pricing.CostOptions> = {}) =>
    Result.match(Pricing.savings(usage, { model: "claude-opus-5-5", at, ...options }), {
      onFailure: (error) => error.message,
      onSuccess: ({ byBatch, byCache, paid }) => [paid, byBatch, byCache].map((amount) => Pricing.formatUsd(amount))
    })

  it("savings compares with the call outside of a batch and without the cache", () => {
    // 1 000 read at 0.10, 100 written at 2.50, in a batch; uncached: 1 100 at 2.
    const usage = { ...usageOf({ read: 1_000, w5m: 100 }), service_tier: "batch" }
    assert.deepStrictEqual(of(usage), ["0.00035", "0.00035", "0.00185"])
    assert.deepStrictEqual(of(usage, { batch: false }), ["0.0007", "0", "0.0037"])
    assert.deepStrictEqual(of(usageOf({ w1h: 100 })), ["0.0008", "0", "-0.0004"])
    assert.match(String(of({ input_tokens: -1, output_tokens: 0 })), /not a count/)
  })
})

describe("formatUsd", () => {
  it("formatUsd writes plain decimals, exact or rounded", () => {
    const amount = BigDecimal.fromStringUnsafe
    assert.strictEqual(Pricing.formatUsd(amount("0.000001")), "0.000001")
    assert.strictEqual(Pricing.formatUsd(amount("0.00000000000000000125")), "0.00000000000000000125")
    assert.strictEqual(Pricing.formatUsd(amount("1200")), "1200")
    assert.strictEqual(Pricing.formatUsd(amount("1.005"), 2), "1.01")
    assert.strictEqual(Pricing.formatUsd(amount("-1.005"), 2), "-1.01")
    assert.strictEqual(Pricing.formatUsd(amount("12"), 2), "12.00")
    assert.strictEqual(Pricing.formatUsd(amount("0.5"), 0), "1")
  })
})

describe("properties", () => {
  const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50_000 }))
  const Counts = Schema.Struct({ input: Count, w5m: Count, w1h: Count, read: Count, output: Count })
  const Model = Schema.Literals([
    "claude-fable-5-2",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-haiku-4-5"
  ])
  const at = day(today)
  const costOf = (tokens: Tokens, model: string, batch = false) =>
    Result.getOrThrow(Pricing.cost(usageOf(tokens), { model, at, batch })).total

  it.prop("a direct cost is never negative, and is twice the cost in a batch", [Counts, Model], ([tokens, model]) => {
    const direct = costOf(tokens, model)
    const batch = costOf(tokens, model, true)
    assert.isFalse(BigDecimal.isNegative(direct))
    assert.isTrue(BigDecimal.equals(direct, BigDecimal.sum(batch, batch)))
  })

  it.prop(
    "a cost grows with each count",
    [Counts, Model, Schema.Literals(["input", "w5m", "w1h", "read", "output"])],
    ([tokens, model, kind]) => {
      const more = { ...tokens, [kind]: tokens[kind] + 1 }
      assert.isTrue(BigDecimal.isGreaterThan(costOf(more, model), costOf(tokens, model)))
    }
  )

  it.prop(
    "sum returns the same total for any order and grouping of costs",
    [Schema.Array(Counts), Schema.Array(Counts), Model],
    ([some, others, model]) => {
      const costs = (list: ReadonlyArray<Tokens>) =>
        list.map((tokens) => Result.getOrThrow(Pricing.cost(usageOf(tokens), { model, at })))
      const whole = Pricing.sum(costs([...some, ...others]))
      const parts = Pricing.sum([Pricing.sum(costs(others)), Pricing.sum(costs(some))])
      assert.isTrue(BigDecimal.equals(whole.total, parts.total))
      assert.isTrue(BigDecimal.equals(whole.total, BigDecimal.sumAll(whole.items.map(({ amount }) => amount))))
    }
  )

  it.prop("within a price band, the cost of added counts is the sum of their costs", [Counts, Counts], ([a, b]) => {
    const model = "claude-opus-5-5"
    const both = {
      input: a.input + b.input,
      w5m: a.w5m + b.w5m,
      w1h: a.w1h + b.w1h,
      read: a.read + b.read,
      output: a.output + b.output
    }
    assert.isTrue(BigDecimal.equals(costOf(both, model), BigDecimal.sum(costOf(a, model), costOf(b, model))))
  })
})
