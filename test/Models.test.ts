import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Models from "effect-anthropic/Models"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { Emulator, Fault, onEmulator, script, written } from "./support/batches.ts"

const idsOf = (lifecycle: ReadonlyArray<string>) =>
  AnthropicEmulator.models.filter((model) => lifecycle.includes(model.lifecycle ?? "")).map(({ id }) => id)

const list = (options?: Models.ListOptions) =>
  Effect.map(Stream.runCollect(Models.list(options)), (models) => models.map(({ id }) => id))

describe("Models.list", () => {
  it.effect("list streams the models that are not retired, newest first", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* list(), idsOf(["active", "deprecated"]))
      assert.deepStrictEqual(yield* list({ pageSize: 1 }), idsOf(["active", "deprecated"]))
      assert.deepStrictEqual(yield* list({ lifecycle: [] }), idsOf(["active", "deprecated"]))
    }).pipe(onEmulator())
  )

  it.effect("list filters by lifecycle on every page", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* list({ lifecycle: ["retired"] }), idsOf(["retired"]))
      assert.deepStrictEqual(
        yield* list({ lifecycle: ["deprecated", "retired"], pageSize: 1 }),
        idsOf(["deprecated", "retired"])
      )
      const asked = (yield* (yield* Emulator).requests).map(({ query }) =>
        query.filter(([name]) => name === "lifecycle[]").map(([, value]) => value)
      )
      const perItem = idsOf(["deprecated", "retired"]).map(() => ["deprecated", "retired"])
      assert.deepStrictEqual(asked, [["retired"], ...perItem])
      const error = yield* Effect.flip(list({ lifecycle: ["asleep"] }))
      assert.strictEqual(error._tag, "InvalidRequestError")
    }).pipe(onEmulator())
  )

  it.effect("listPages streams pages in both directions", () =>
    Effect.gen(function* () {
      const all = yield* list()
      const first = yield* Models.listPage({ pageSize: 3 })
      assert.deepStrictEqual(
        [first.data.map(({ id }) => id), first.cursor, first.next],
        [all.slice(0, 3), undefined, all[2]]
      )
      assert.deepStrictEqual(yield* list({ cursor: first.next }), all.slice(3))
      assert.deepStrictEqual(yield* list({ cursor: first.next, direction: "newer", pageSize: 1 }), [all[1], all[0]])
      const pages = yield* Stream.runCollect(Models.listPages({ pageSize: 3 }))
      assert.deepStrictEqual(
        pages.flatMap(({ data }) => data.map(({ id }) => id)),
        all
      )
      assert.deepStrictEqual((yield* Models.listPage()).data.length, all.length)
    }).pipe(onEmulator())
  )
})

describe("Models.retrieve", () => {
  it.effect("retrieve takes an id, a model or an alias", () =>
    Effect.gen(function* () {
      const model = yield* Models.retrieve("claude-opus-4-5")
      assert.strictEqual(model.id, "claude-opus-4-5-20251101")
      assert.deepStrictEqual(yield* Models.retrieve(model), model)
      assert.strictEqual(DateTime.formatIso(model.created_at), "2025-11-24T00:00:00.000Z")
      assert.strictEqual(model.capabilities?.thinking?.types?.enabled?.supported, true)
      assert.isNull(model.capabilities?.effort?.xhigh)
      const error = yield* Effect.flip(Models.retrieve("claude-none"))
      assert.strictEqual(error._tag, "NotFoundError")
    }).pipe(onEmulator())
  )

  const bare = { id: "m", type: "model", display_name: "M", created_at: "1970-01-01T00:00:00Z" }

  for (const [name, fields] of [
    ["the oldest fields only", {}],
    ["an unknown stage and line", { lifecycle: "embalmed", line: "limerick" }],
    ["no capabilities", { capabilities: null, line: null, max_tokens: null, max_input_tokens: null }],
    [
      "capabilities without their leaves",
      { capabilities: { effort: null, thinking: { supported: true, types: null } } }
    ],
    [
      "unknown capabilities",
      {
        capabilities: { telepathy: { supported: true, range: 5 }, batch: { supported: true, note: "x" } },
        mood: "good"
      }
    ]
  ] as const) {
    it.effect(`keeps every field of a model with ${name}`, () =>
      Effect.gen(function* () {
        yield* script(Fault.body(JSON.stringify({ ...bare, ...fields })))
        const model = yield* Models.retrieve("m")
        assert.deepStrictEqual(written(model), written({ ...bare, created_at: "1970-01-01T00:00:00.000Z", ...fields }))
      }).pipe(onEmulator())
    )
  }

  it.effect("retrieve fails with DecodeError where a known capability is malformed", () =>
    Effect.gen(function* () {
      yield* script(Fault.body(JSON.stringify({ ...bare, capabilities: { batch: { supported: "yes" } } })))
      const error = yield* Effect.flip(Models.retrieve("m"))
      assert(error._tag === "DecodeError")
      assert.deepStrictEqual(error.path, ["capabilities", "batch", "supported"])
    }).pipe(onEmulator())
  )
})
