import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import { pipe } from "effect/Function"
import * as Option from "effect/Option"
import * as Models from "effect-anthropic/Models"
import * as Pricing from "effect-anthropic/Pricing"
import { catalogue, modelWith } from "./support.ts"

const at = DateTime.makeUnsafe("2026-11-22")

describe("capability", () => {
  const opus = modelWith("claude-opus-5-5")

  it("capability returns true and false for groups and for their members", () => {
    assert.deepStrictEqual(Models.capability(opus, "batch"), Option.some(true))
    assert.deepStrictEqual(Models.capability(opus, "thinking"), Option.some(true))
    assert.deepStrictEqual(Models.capability(opus, "thinking.types.adaptive"), Option.some(true))
    assert.deepStrictEqual(Models.capability(opus, "thinking.types.enabled"), Option.some(false))
    assert.deepStrictEqual(
      Models.capability(modelWith("claude-opus-4-1-20250805"), "structured_outputs"),
      Option.some(false)
    )
  })

  it("CapabilityPath has every path of the tree and no other", () => {
    const paths: ReadonlyArray<Models.CapabilityPath> = [
      "batch",
      "citations",
      "code_execution",
      "context_management",
      "context_management.compact_20260112",
      "effort",
      "effort.xhigh",
      "image_input",
      "pdf_input",
      "server_tools",
      "server_tools.web_search",
      "structured_outputs",
      "thinking",
      "thinking.types.between_tools"
    ]
    assert.isTrue(paths.every((path) => Option.isSome(Models.capability(opus, path))))
    // @ts-expect-error a group without a yes or no of its own
    Models.capability(opus, "thinking.types")
    // @ts-expect-error not a path
    Models.capability(opus, "effort.extreme")
  })

  it("capability returns none when the model does not report it", () => {
    const unknown = modelWith("claude-mythos-preview")
    assert.isNull(unknown.capabilities)
    assert.deepStrictEqual(Models.capability(unknown, "batch"), Option.none())
    assert.isFalse(Models.supports(unknown, "batch"))
    assert.deepStrictEqual(Models.features(unknown), [])
    const partial = modelWith("claude-opus-5-5", {
      capabilities: {
        batch: null,
        effort: { supported: true, xhigh: null },
        thinking: { supported: true, types: null }
      }
    })
    assert.deepStrictEqual(Models.capability(partial, "batch"), Option.none())
    assert.deepStrictEqual(Models.capability(partial, "citations"), Option.none())
    assert.deepStrictEqual(Models.capability(partial, "effort.xhigh"), Option.none())
    assert.deepStrictEqual(Models.capability(partial, "thinking.types.adaptive"), Option.none())
  })

  it("capability returns false for an unreported member of an unsupported group", () => {
    const without = modelWith("claude-opus-5-5", {
      capabilities: { effort: { supported: false, high: { supported: true } } }
    })
    assert.deepStrictEqual(Models.capability(without, "effort.xhigh"), Option.some(false))
    assert.deepStrictEqual(Models.capability(without, "effort.high"), Option.some(true))
  })

  it("capability takes an unlisted path only as { unlisted }", () => {
    const later = modelWith("claude-opus-5-5", {
      capabilities: { compaction: { supported: true, summarize: { supported: true } }, video: { supported: "yes" } }
    })
    assert.deepStrictEqual(Models.capability(later, { unlisted: "compaction.summarize" }), Option.some(true))
    assert.isTrue(Models.supports(later, { unlisted: "compaction" }))
    for (const unlisted of ["video", "compaction.nothing", "", "__proto__", "toString", "compaction.supported"]) {
      assert.deepStrictEqual(Models.capability(later, { unlisted }), Option.none())
    }
    assert.deepStrictEqual(Models.features(later), ["compaction", "compaction.summarize"])
  })

  it("features returns the capabilities that are known to be supported", () => {
    const features = Models.features(modelWith("claude-haiku-4-5-20251001"))
    assert.include(features, "thinking.types.enabled")
    assert.notInclude(features, "thinking.types.adaptive")
    assert.notInclude(features, "effort")
    assert.isTrue(features.every((path) => Models.supports(modelWith("claude-haiku-4-5-20251001"), { unlisted: path })))
  })
})

describe("life cycle", () => {
  const active = modelWith("claude-opus-5-5")
  const deprecated = modelWith("claude-sonnet-4-5-20250929")
  const day = DateTime.makeUnsafe

  it("releasedAt returns none instead of the epoch", () => {
    assert.deepStrictEqual(Models.releasedAt(modelWith("claude-mythos-preview")), Option.none())
    assert.deepStrictEqual(Models.releasedAt(active), Option.some(day("2026-09-22")))
  })

  it("retiresBefore and retiresWithin return announced retirements", () => {
    assert.deepStrictEqual(Models.retiresBefore(deprecated, day("2026-11-30")), Option.some(false))
    assert.deepStrictEqual(Models.retiresBefore(deprecated, day("2026-12-01")), Option.some(true))
    assert.deepStrictEqual(Models.retiresBefore(active, day("2036-01-01")), Option.some(false))
    assert.deepStrictEqual(Models.retiresBefore(modelWith("claude-mythos-preview"), day("2036-01-01")), Option.none())
    assert.deepStrictEqual(
      Models.retiresBefore(modelWith("claude-opus-4-1-20250805"), day("2020-01-01")),
      Option.some(true)
    )
    const overdue = modelWith("claude-sonnet-4-5-20250929", { retires_at: "2026-01-01T00:00:00Z" })
    assert.deepStrictEqual(Models.retiresBefore(overdue, at), Option.some(true))
    const silent = modelWith("claude-opus-5-5", { lifecycle: undefined, retires_at: undefined })
    assert.deepStrictEqual(Models.retiresBefore(silent, at), Option.none())
    assert.deepStrictEqual(Models.retiresWithin(deprecated, "7 days", at), Option.some(false))
    assert.deepStrictEqual(Models.retiresWithin(deprecated, "9 days", at), Option.some(true))
  })

  it("successor returns the newest active model of the same line", () => {
    const successorOf = (id: string) => Option.map(Models.successor(modelWith(id), catalogue), ({ id }) => id)
    assert.deepStrictEqual(successorOf("claude-sonnet-4-5-20250929"), Option.some("claude-sonnet-5-5"))
    assert.deepStrictEqual(successorOf("claude-opus-4-1-20250805"), Option.some("claude-opus-5-5"))
    assert.deepStrictEqual(successorOf("claude-opus-5-5"), Option.none())
    assert.deepStrictEqual(Models.successor(modelWith("claude-opus-4-6", { line: null }), catalogue), Option.none())
  })

  it("find takes an id or an alias", () => {
    const idOf = (name: string) => Option.map(Models.find(catalogue, name), ({ id }) => id)
    assert.deepStrictEqual(idOf("claude-opus-5-5"), Option.some("claude-opus-5-5"))
    assert.deepStrictEqual(idOf("claude-sonnet-4-5"), Option.some("claude-sonnet-4-5-20250929"))
    assert.deepStrictEqual(idOf("claude-opus-4-1"), Option.some("claude-opus-4-1-20250805"))
    assert.deepStrictEqual(idOf("claude-opus"), Option.none())
    const twice = [
      modelWith("claude-opus-4-1-20250805", { id: "mine-20250101", created_at: "2025-01-01T00:00:00Z" }),
      modelWith("claude-opus-4-1-20250805", { id: "mine-20260101", created_at: "2026-01-01T00:00:00Z" })
    ]
    assert.deepStrictEqual(
      Option.map(Models.find(twice, "mine"), ({ id }) => id),
      Option.some("mine-20260101")
    )
  })
})

describe("compare", () => {
  it("compare returns rows that differ, also of prices, with undefined for unknown values", () => {
    const models = [modelWith("claude-opus-5-5"), modelWith("claude-haiku-5-5"), modelWith("claude-mythos-preview")]
    const rows = new Map(Models.compare(models, { at }).map(({ subject, values }) => [subject, values]))
    assert.deepStrictEqual(rows.get("line"), ["opus", "haiku", "mythos"])
    assert.deepStrictEqual(rows.get("released"), ["2026-09-22", "2026-10-07", undefined])
    assert.deepStrictEqual(rows.get("max_tokens"), [128_000, 128_000, undefined])
    assert.deepStrictEqual(rows.get("thinking.types.disabled"), [false, true, undefined])
    assert.deepStrictEqual(rows.get("price.input"), ["4", "0.1", undefined])
    assert.deepStrictEqual(rows.get("price.cacheRead"), ["0.2", "0.01", undefined])
    assert.isFalse(rows.has("max_input_tokens"))
    assert.deepStrictEqual(rows.get("batch"), [true, true, undefined])
  })

  it("compare looks up prices by its options", () => {
    const pair = [modelWith("claude-haiku-5-5"), modelWith("claude-sonnet-4-5-20250929")]
    const book = { ...Pricing.defaultBook, rows: [] }
    const priceOf = (options: Omit<Models.CompareOptions, "at">) =>
      Models.compare(pair, { at, all: true, ...options }).find(({ subject }) => subject === "price.output")?.values
    assert.deepStrictEqual(priceOf({}), ["0.5", "15"])
    assert.deepStrictEqual(priceOf({ batch: true }), ["0.25", "7.5"])
    assert.deepStrictEqual(priceOf({ promptTokens: 150_000 }), ["2.5", "15"])
    assert.deepStrictEqual(priceOf({ book }), [undefined, undefined])
  })

  it("compare returns rows without a difference only with the option all", () => {
    const same = [modelWith("claude-opus-5-5"), modelWith("claude-opus-5-5")]
    assert.deepStrictEqual(Models.compare(same, { at }), [])
    const rows = Models.compare(same, { at, all: true })
    assert.isTrue(rows.some(({ subject }) => subject === "retires_at"))
    assert.deepStrictEqual(rows.find(({ subject }) => subject === "effort.max")?.values, [true, true])
    const [bare] = Models.compare([modelWith("claude-opus-5-5", { line: null, max_input_tokens: null })], {
      at,
      all: true
    })
    assert.deepStrictEqual(bare?.values, [undefined])
  })
})

describe("questions about models", () => {
  it("can also be called with their data last", () => {
    const opus = modelWith("claude-opus-5-5")
    const options = { at, prefer: { by: "newest" as const } }
    assert.deepStrictEqual(pipe(opus, Models.capability("batch")), Models.capability(opus, "batch"))
    assert.strictEqual(pipe(opus, Models.supports("batch")), Models.supports(opus, "batch"))
    assert.deepStrictEqual(pipe(opus, Models.retiresBefore(at)), Models.retiresBefore(opus, at))
    assert.deepStrictEqual(pipe(opus, Models.retiresWithin("1 day", at)), Models.retiresWithin(opus, "1 day", at))
    assert.deepStrictEqual(pipe(opus, Models.successor(catalogue)), Models.successor(opus, catalogue))
    assert.deepStrictEqual(pipe(catalogue, Models.find("claude-haiku-4-5")), Models.find(catalogue, "claude-haiku-4-5"))
    assert.deepStrictEqual(pipe(catalogue, Models.compare({ at })), Models.compare(catalogue, { at }))
    assert.deepStrictEqual(pipe(catalogue, Models.recommend(options)), Models.recommend(catalogue, options))
  })
})
