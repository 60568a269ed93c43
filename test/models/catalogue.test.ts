import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Models from "effect-anthropic/Models"
import { calls, Fault, onEmulator, script } from "../support/batches.ts"
import { catalogue as everyModel, modelWith } from "./support.ts"

const listing = Effect.flatMap(Models.Catalogue, ({ listing }) => listing)
const find = (name: Parameters<Models.Catalogue["find"]>[0]) =>
  Effect.flatMap(Models.Catalogue, ({ find }) => find(name))
const listed = Effect.map(calls, (all) => all.filter((call) => call === "GET /v1/models").length)
const once = { retry: { maxRetries: 0 } }

describe("the default catalogue", () => {
  it.effect("the default catalogue requests models of every stage from the API each time", () =>
    Effect.gen(function* () {
      const first = yield* listing
      assert.deepStrictEqual(
        first.models.map(({ id }) => id),
        everyModel.map(({ id }) => id)
      )
      assert.deepStrictEqual([first.origin, first.at], ["api", DateTime.makeUnsafe(0)])
      assert.strictEqual((yield* find("claude-opus-4-1")).id, "claude-opus-4-1-20250805")
      assert.strictEqual(yield* listed, 2)
    }).pipe(onEmulator())
  )
})

describe("layerCatalogue", () => {
  it.effect("a cached catalogue fetches once for many callers, and again after its time to live", () =>
    Effect.gen(function* () {
      const many = yield* Effect.all(
        Array.from({ length: 20 }, () => find("claude-haiku-4-5")),
        { concurrency: "unbounded" }
      )
      assert.isTrue(many.every(({ id }) => id === "claude-haiku-4-5-20251001"))
      yield* TestClock.adjust("9 minutes")
      yield* listing
      assert.strictEqual(yield* listed, 1)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual((yield* listing).at, DateTime.makeUnsafe(600_000))
      assert.strictEqual(yield* listed, 2)
    }).pipe(Effect.provide(Models.layerCatalogue({ timeToLive: "10 minutes" })), onEmulator())
  )

  it.effect("a cached catalogue keeps the listing of each workspace for an hour by default", () =>
    Effect.gen(function* () {
      yield* listing
      yield* TestClock.adjust("59 minutes")
      yield* listing
      assert.strictEqual(yield* listed, 1)
      yield* listing.pipe(Anthropic.withSettings({ workspaceId: "wrkspc_1" }))
      yield* listing.pipe(Anthropic.withSettings({ workspaceId: "wrkspc_1" }))
      assert.strictEqual(yield* listed, 2)
    }).pipe(Effect.provide(Models.layerCatalogue()), onEmulator())
  )

  it.effect("a catalogue fetches a model that is not in the listing by its name", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* find({ id: "claude-opus-5-5" })).id, "claude-opus-5-5")
      const error = yield* Effect.flip(find("claude-opus-6"))
      assert.strictEqual(error._tag, "NotFoundError")
      assert.deepStrictEqual(yield* calls, ["GET /v1/models", "GET /v1/models/claude-opus-6"])
    }).pipe(Effect.provide(Models.layerCatalogue()), onEmulator())
  )

  it.effect("a cached catalogue passes failures on and does not keep them", () =>
    Effect.gen(function* () {
      yield* script(Fault.resetBeforeHeaders())
      assert.strictEqual((yield* Effect.flip(listing))._tag, "ConnectionError")
      assert.strictEqual((yield* listing).origin, "api")
    }).pipe(Effect.provide(Models.layerCatalogue()), onEmulator({}, once))
  )

  it.effect("a catalogue with a fallback returns it, or the last listing, while the API cannot be reached", () =>
    Effect.gen(function* () {
      yield* script(Fault.resetBeforeHeaders())
      const offline = yield* listing
      assert.deepStrictEqual([offline.origin, offline.models.map(({ id }) => id)], ["fallback", ["claude-opus-5"]])
      assert.strictEqual((yield* listing).origin, "api")
      yield* TestClock.adjust("1 hour")
      yield* script(Fault.resetBeforeHeaders())
      const stale = yield* listing
      assert.deepStrictEqual(
        [stale.origin, stale.at, stale.models.length],
        ["lastKnown", DateTime.makeUnsafe(0), everyModel.length]
      )
      assert.deepStrictEqual((yield* listing).at, DateTime.makeUnsafe(3_600_000))
      yield* TestClock.adjust("1 hour")
      yield* script(Fault.status(401))
      assert.strictEqual((yield* Effect.flip(listing))._tag, "AuthenticationError")
    }).pipe(Effect.provide(Models.layerCatalogue({ fallback: [modelWith("claude-opus-5")] })), onEmulator({}, once))
  )
})
