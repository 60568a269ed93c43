// The room of facts: every fact names its source, every model that a rule names is known, and the names are those of the SDK.
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type Official from "@anthropic-ai/sdk"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
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
  it("name their source and the day of reading, all of them", () => {
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

  it("have a price for every model that is served, but for one without a published price", () => {
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
    assert.strictEqual(models.endOf("claude-opus-4-5"), "2027-01-22")
    assert.strictEqual(models.endOf("claude-opus-4"), "2026-06-15")
    assert.isUndefined(models.endOf("claude-opus-5-5"))
    assert.isUndefined(models.endOf("claude-opus-6"))
  })

  it("give the type ModelId the names that the official SDK has", () => {
    expectTypeOf<Messages.ModelId>().toEqualTypeOf<Official.Model>()
  })
})
