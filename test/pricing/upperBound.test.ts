// What a request costs at most: everything that may be billed is in the bound, or the bound fails typed.
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Messages from "effect-anthropic/Messages"
import * as Pricing from "effect-anthropic/Pricing"

const at = DateTime.makeUnsafe("2026-11-22")
const params: Messages.MessageParams = {
  model: "claude-opus-5-5",
  max_tokens: 1_000,
  messages: [Messages.user("Hello")]
}

const bound = (changes: object, options: Partial<Pricing.UpperBoundOptions> = {}) =>
  Result.match(Pricing.upperBound({ ...params, ...changes }, { at, ...options }), {
    onFailure: (error) =>
      error._tag === "UnboundedCostError" ? `${error.path} ${error.option ?? "never"}` : error.message,
    onSuccess: ({ total }) => Pricing.formatUsd(total)
  })

const inputTokens = 10_000

describe("upperBound of requests with server tools", () => {
  const search = { type: "web_search_20260318", name: "web_search" }
  const old = { type: "web_search_20250305", name: "web_search" }
  const fetch = { type: "web_fetch_20260309", name: "web_fetch" }
  const code = { type: "code_execution_20260521", name: "code_execution" }

  it("upperBound includes web searches by max_uses or by the option toolUses", () => {
    assert.strictEqual(bound({ tools: [{ ...search, max_uses: 5 }] }, { inputTokens }), "0.11")
    assert.strictEqual(bound({ tools: [search] }, { inputTokens, toolUses: { web_search_requests: 2 } }), "0.08")
    assert.strictEqual(
      bound({ tools: [{ ...search, max_uses: 5 }] }, { inputTokens, toolUses: { web_search_requests: 0 } }),
      "0.06"
    )
    assert.strictEqual(bound({ tools: [search] }, { inputTokens }), "tools[0] toolUses")
    assert.strictEqual(bound({ tools: [{ ...search, max_uses: null }] }, { inputTokens }), "tools[0] toolUses")
    assert.match(bound({ tools: [{ ...search, max_uses: 0.5 }] }, { inputTokens }), /tools\[0\]\.max_uses: 0\.5/)
    assert.match(bound({}, { toolUses: { web_search_requests: -1 } }), /toolUses\.web_search_requests: -1/)
  })

  it("upperBound needs no count of web fetches while they are free", () => {
    assert.strictEqual(bound({ tools: [fetch] }, { inputTokens }), "0.06")
    const tools = [{ counter: "web_fetch_requests", from: "2026-01-01", price: "1", source: "", read: "2026-01-01" }]
    const book = Pricing.extend(Pricing.defaultBook, { tools })
    assert.strictEqual(bound({ tools: [fetch] }, { inputTokens, book }), "tools[0] toolUses")
  })

  it("upperBound needs the hours of code execution unless a newer web tool makes it free", () => {
    assert.strictEqual(bound({ tools: [code] }, { inputTokens }), "tools[0] codeExecutionHours")
    assert.strictEqual(bound({ tools: [code] }, { inputTokens, codeExecutionHours: 1 }), "0.11")
    assert.strictEqual(bound({ tools: [code, fetch] }, { inputTokens }), "0.06")
    assert.strictEqual(
      bound({ tools: [code, { ...old, max_uses: 1 }] }, { inputTokens }),
      "tools[0] codeExecutionHours"
    )
    assert.strictEqual(bound({ container: "container_1" }, { inputTokens }), "container codeExecutionHours")
    assert.match(bound({ tools: [code] }, { inputTokens, codeExecutionHours: Number.NaN }), /not a number of hours/)
  })

  it("upperBound fails for calls of other models and for compactions", () => {
    const advisor = { type: "advisor_20260301", name: "advisor", model: "claude-fable-5-2" }
    const options = { inputTokens, toolUses: {}, codeExecutionHours: 0 }
    assert.strictEqual(bound({ tools: [advisor] }, options), "tools[0] never")
    assert.strictEqual(bound({ tools: [Messages.raw(advisor)] }, options), "tools[0] never")
    assert.strictEqual(bound({ fallbacks: "default" }, options), "fallbacks never")
    assert.strictEqual(bound({ compaction: { type: "summarize" } }, options), "compaction never")
    const error = Result.getOrThrow(
      Result.flip(Pricing.upperBound({ ...params, tools: [Messages.raw(advisor)] }, { at, ...options }))
    )
    assert.strictEqual(
      error.message,
      "the cost has no upper bound because of tools[0]: calls of the advisor are billed at the price of another model"
    )
    assert.isFalse(error.isRetryable)
    const edits = [{ type: "clear_tool_uses_20250919" }, { type: "compact_20260112" }]
    assert.strictEqual(bound({ context_management: { edits } }, options), "context_management.edits[1] never")
    const harmless = { fallbacks: null, compaction: null, context_management: { edits: edits.slice(0, 1) } }
    assert.strictEqual(bound(harmless, options), "0.06")
  })
})

describe("upperBound of the input", () => {
  const bytesOf = (changes: object) => new TextEncoder().encode(JSON.stringify({ ...params, ...changes })).byteLength
  const quantity = (changes: object) =>
    Result.getOrThrow(Pricing.upperBound({ ...params, ...changes }, { at })).items.find(({ kind }) => kind === "input")
      ?.quantity

  it("upperBound includes the prompt and the definitions that tools add", () => {
    const mine = { name: "look", input_schema: { type: "object" } }
    const bash = { type: "bash_20250124", name: "bash" }
    const editor = { type: "text_editor_20250728", name: "str_replace_based_edit_tool" }
    const tools = [mine, bash, editor]
    // For a model without a published figure, the largest published one counts.
    assert.strictEqual(quantity({ tools }), bytesOf({ tools }) + 1_000 + 804 + 325 + 700)
    const model = "claude-opus-5"
    assert.strictEqual(quantity({ model, tools: [mine] }), bytesOf({ model, tools: [mine] }) + 1_000 + 406)
    assert.strictEqual(quantity({ tools: [] }), bytesOf({ tools: [] }) + 1_000)
    assert.strictEqual(bound({ tools: [{ type: "memory_20250818", name: "memory" }] }), "tools[0] inputTokens")
    assert.strictEqual(bound({ tools: ["?"] }), "tools[0] inputTokens")
  })

  it("upperBound takes the highest price that a prompt of up to this length can have", () => {
    // 70 000 bytes may be 100 001 tokens or fewer; with 120 000 bytes the dearer band is possible.
    const text = (length: number) => ({
      model: "claude-haiku-5-5",
      max_tokens: 0,
      messages: [Messages.user("x".repeat(length))]
    })
    const unit = (length: number) =>
      Result.getOrThrow(Pricing.upperBound(text(length), { at })).items.map(({ unitPrice }) =>
        Pricing.formatUsd(unitPrice)
      )
    assert.deepStrictEqual(unit(70_000), ["0.1"])
    assert.deepStrictEqual(unit(120_000), ["0.5"])
    // Sonnet 4.5 has no price over 200 000 tokens, because the API refuses such prompts.
    const long = { model: "claude-sonnet-4-5", max_tokens: 0, messages: [Messages.user("x".repeat(300_000))] }
    assert.match(bound(long), /^0\.9/)
    const book = {
      ...Pricing.defaultBook,
      rows: Pricing.defaultBook.rows.filter(({ promptOver }) => promptOver === 100_000)
    }
    assert.match(bound(text(10), { book }), /none for a prompt of \d+ tokens or fewer/)
  })

  it("upperBound takes the default region of the workspace", () => {
    assert.strictEqual(bound({}, { inputTokens, inferenceGeo: "us" }), "0.066")
    assert.strictEqual(bound({ inference_geo: "global" }, { inputTokens, inferenceGeo: "us" }), "0.06")
  })

  it("upperBound can also be called with the parameters last", () => {
    const { total } = Result.getOrThrow(Pricing.upperBound({ at, inputTokens })(params))
    assert.strictEqual(Pricing.formatUsd(total), "0.06")
  })
})
