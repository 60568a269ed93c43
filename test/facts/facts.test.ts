// The room of facts: every fact names its source, every model that a rule names is known, and the names are those of the SDK.
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import Official from "@anthropic-ai/sdk"
import { afterEach, assert, describe, expectTypeOf, it, vi } from "@effect/vitest"
import type * as Messages from "effect-anthropic/Messages"
import * as limits from "../../src/facts/limits.ts"
import * as models from "../../src/facts/models.ts"
import * as prices from "../../src/facts/prices.ts"
import * as refusals from "../../src/facts/refusals.ts"
import * as tokens from "../../src/facts/tokens.ts"

const modules = { limits, models, prices, refusals, tokens }

const isObject = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === "object" && value !== null

/** Every place of a value that holds data under no source. */
const unsourced = (value: unknown, place: string): ReadonlyArray<string> => {
  if (typeof value === "function") return []
  if (!isObject(value)) return [place]
  if ("source" in value && "read" in value) return []
  return Object.entries(value).flatMap(([name, field]) => unsourced(field, `${place}.${name}`))
}

/** Every model that a value names. */
const named = (value: unknown): ReadonlyArray<string> => {
  if (typeof value === "string") return /^claude-[a-z0-9-]+$/.test(value) ? [value] : []
  return isObject(value) ? Object.values(value).flatMap(named) : []
}

describe("facts", () => {
  it("all name their source and the day of reading", () => {
    const files = readdirSync(fileURLToPath(new URL("../../src/facts", import.meta.url)))
    const rooms = files.filter((file) => !["Sourced.ts", "PriceRow.ts"].includes(file))
    assert.deepStrictEqual(
      rooms.sort(),
      Object.keys(modules)
        .map((name) => `${name}.ts`)
        .sort()
    )
    assert.deepStrictEqual(unsourced(modules, "facts"), [])
    const read = (value: unknown): ReadonlyArray<unknown> =>
      isObject(value) ? [...("read" in value ? [value.read] : []), ...Object.values(value).flatMap(read)] : []
    const days = read(modules)
    assert.isAbove(days.length, 100)
    for (const day of days) {
      assert.match(String(day), /^202[56]-\d\d-\d\d$/)
      assert.isFalse(Number.isNaN(Date.parse(String(day))))
    }
  })

  it("name models by their ids only", () => {
    const ids = new Set<string>([...models.models, ...models.retiredModels].map(({ id }) => id))
    const classes = new Set(limits.limitClasses.map(({ name }) => name))
    const { models: list, retiredModels, ...functions } = models
    assert.isAbove(list.length + retiredModels.length + Object.keys(functions).length, 20)
    const rules = { limits, refusals, tokens, rows: prices.priceRows.map(({ model }) => model) }
    assert.deepStrictEqual(
      named(rules).filter((model) => !ids.has(model) && !classes.has(model)),
      []
    )
  })

  it("have a price for every model that is served, except one without a published price", () => {
    const priced = new Set(prices.priceRows.map(({ model }) => model))
    assert.deepStrictEqual(
      models.models.map(({ id }) => id).filter((id) => !priced.has(id)),
      ["claude-mythos-preview"]
    )
  })

  it("know a model by all its names", () => {
    assert.deepStrictEqual(models.namesOf("claude-opus-4-5"), ["claude-opus-4-5-20251101", "claude-opus-4-5"])
    assert.deepStrictEqual(models.namesOf("claude-opus-4-5-20251101"), models.namesOf("claude-opus-4-5"))
    assert.deepStrictEqual(models.namesOf("claude-opus-6"), ["claude-opus-6"])
  })

  it("give the type ModelId the names that the official SDK has", () => {
    expectTypeOf<Messages.ModelId>().toEqualTypeOf<Official.Model>()
  })
})

describe("facts compared with those of the official SDK", () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  const client = new Official({ apiKey: "test", fetch: async () => Response.json({ content: [] }) })
  const ask = (model: string, max_tokens = 1) =>
    client.messages.create({ model, max_tokens, messages: [{ role: "user", content: "Hello" }] })

  it("have the same retirement dates of models", async () => {
    for (const model of models.models) {
      for (const name of models.namesOf(model.id)) {
        const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined)
        await ask(name)
        const day = /end-of-life on (.+)\n/
          .exec(String(warn.mock.calls[0]?.[0]))?.[1]
          ?.replace(/(\d)(st|nd|rd|th)/, "$1")
        const end = day === undefined ? undefined : new Date(`${day} UTC`).toISOString().slice(0, 10)
        assert.deepStrictEqual([name, "retires" in model ? model.retires : undefined], [name, end])
        warn.mockRestore()
      }
    }
  })

  it("limit the same answers without streaming", async () => {
    const refused = async (model: string, max_tokens: number) => {
      try {
        await ask(model, max_tokens)
        return false
      } catch {
        return true
      }
    }
    vi.spyOn(console, "warn").mockImplementation(() => undefined)
    const { maxTokens, models: capped } = limits.shortAnswers
    for (const model of capped) {
      assert.deepStrictEqual([await refused(model, maxTokens), await refused(model, maxTokens + 1)], [false, true])
    }
    const { minutes, tokensPerHour } = limits.longRequest
    const most = Math.floor((tokensPerHour * minutes) / 60)
    assert.deepStrictEqual(
      [await refused("claude-opus-5-5", most), await refused("claude-opus-5-5", most + 1)],
      [false, true]
    )
  })
})
