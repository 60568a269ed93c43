// The models of the emulator, and who may call it.
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { AnthropicEmulator } from "../../src/testing/index.ts"
import { call, modelOf, modelsOf, refusalOf } from "./client.ts"

const withEmulator = (options?: AnthropicEmulator.Options) => Effect.provide(AnthropicEmulator.layer(options))

const inStage = (...stages: ReadonlyArray<string>) =>
  AnthropicEmulator.models.filter((model) => stages.includes(model.lifecycle ?? "")).map((model) => model.id)
const listed = inStage("active", "deprecated")

describe("models", () => {
  it.effect("listings of models show retired ones only when asked for, newest first", () =>
    Effect.gen(function* () {
      const all = yield* modelsOf("GET", "/v1/models")
      assert.deepStrictEqual(
        all.data.map((model) => model.id),
        listed
      )
      assert.isFalse(all.has_more)
      assert.deepStrictEqual([all.first_id, all.last_id], [listed[0], listed.at(-1)])

      const retired = yield* modelsOf("GET", "/v1/models?lifecycle%5B%5D=retired")
      assert.deepStrictEqual(
        retired.data.map((model) => model.id),
        inStage("retired")
      )
      const old = yield* modelsOf("GET", "/v1/models?lifecycle%5B%5D=retired&lifecycle%5B%5D=deprecated")
      assert.deepStrictEqual(
        old.data.map((model) => model.id),
        inStage("deprecated", "retired")
      )
    }).pipe(withEmulator())
  )

  it.effect("listings of models page with after_id to the oldest and with before_id to the newest", () =>
    Effect.gen(function* () {
      const forward: Array<ReadonlyArray<string>> = []
      let page = yield* modelsOf("GET", "/v1/models?limit=3")
      forward.push(page.data.map((model) => model.id))
      while (page.has_more) {
        page = yield* modelsOf("GET", `/v1/models?limit=3&after_id=${page.last_id}`)
        forward.push(page.data.map((model) => model.id))
      }
      const threes = Array.from({ length: Math.ceil(listed.length / 3) }, (_, page) =>
        listed.slice(page * 3, page * 3 + 3)
      )
      assert.deepStrictEqual(forward, threes)

      const back = yield* modelsOf("GET", `/v1/models?limit=3&before_id=${listed[7]}`)
      assert.deepStrictEqual(
        back.data.map((model) => model.id),
        listed.slice(4, 7)
      )
      assert.isTrue(back.has_more)
      const start = yield* modelsOf("GET", `/v1/models?limit=3&before_id=${listed[2]}`)
      assert.deepStrictEqual(
        start.data.map((model) => model.id),
        listed.slice(0, 2)
      )
      assert.isFalse(start.has_more)
      const none = yield* modelsOf("GET", `/v1/models?before_id=${listed[0]}`)
      assert.deepStrictEqual([none.data.length, none.has_more, none.first_id, none.last_id], [0, false, null, null])
    }).pipe(withEmulator())
  )

  it.effect("listings of models with wrong limits or cursors are refused", () =>
    Effect.gen(function* () {
      for (const query of ["limit=0", "limit=1001", "limit=x", "limit=", "after_id=nope", "lifecycle%5B%5D=old"]) {
        const { status, type } = yield* refusalOf("GET", `/v1/models?${query}`)
        assert.deepStrictEqual([query, status, type], [query, 400, "invalid_request_error"])
      }
      const both = yield* refusalOf("GET", `/v1/models?after_id=${listed[1]}&before_id=${listed[2]}`)
      assert.strictEqual(both.status, 400)
    }).pipe(withEmulator())
  )

  it.effect("a model is retrieved by id and by alias, also when it is retired", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* modelOf("GET", "/v1/models/claude-opus-5-5")).id, "claude-opus-5-5")
      assert.strictEqual((yield* modelOf("GET", "/v1/models/claude-opus-4-5")).id, "claude-opus-4-5-20251101")
      assert.strictEqual((yield* modelOf("GET", "/v1/models/claude%2Dopus-4-5")).id, "claude-opus-4-5-20251101")
      const deprecated = yield* modelOf("GET", "/v1/models/claude-sonnet-4-5")
      assert.strictEqual(deprecated.lifecycle, "deprecated")
      assert.deepStrictEqual(deprecated.retires_at, DateTime.makeUnsafe("2026-11-30T00:00:00Z"))
      assert.strictEqual((yield* modelOf("GET", "/v1/models/claude-opus-4-1-20250805")).lifecycle, "retired")
      const unknown = yield* refusalOf("GET", "/v1/models/gpt%2F5")
      assert.deepStrictEqual([unknown.status, unknown.type, unknown.message], [404, "not_found_error", "model: gpt/5"])
      for (const id of ["a".repeat(1000), "a;b", "a;b?c=d"]) {
        assert.strictEqual((yield* refusalOf("GET", `/v1/models/${id}`)).message, `model: ${id.split("?")[0]}`)
      }
    }).pipe(withEmulator())
  )

  it.effect("the models of the options are sorted by release, and a shared alias means the newest", () => {
    const template = AnthropicEmulator.models[0]
    assert(template !== undefined)
    const older = { ...template, id: "mine-20250101", created_at: "2025-01-01T00:00:00Z" }
    const newer = { ...template, id: "mine-20260101", created_at: "2026-01-01T00:00:00Z" }
    return Effect.gen(function* () {
      const page = yield* modelsOf("GET", "/v1/models")
      assert.deepStrictEqual(
        page.data.map((model) => model.id),
        ["mine-20260101", "mine-20250101"]
      )
      assert.strictEqual((yield* modelOf("GET", "/v1/models/mine")).id, "mine-20260101")
      assert.strictEqual((yield* modelOf("GET", "/v1/models/mine-20250101")).id, "mine-20250101")
    }).pipe(withEmulator({ models: [older, newer] }))
  })

  it.effect("listings have the page size of the options", () =>
    Effect.gen(function* () {
      const page = yield* modelsOf("GET", "/v1/models")
      assert.deepStrictEqual([page.data.length, page.has_more], [2, true])
    }).pipe(withEmulator({ pageSizeDefault: 2 }))
  )
})

describe("access", () => {
  it.effect("a call needs a credential, a version and known betas, checked in that order", () =>
    Effect.gen(function* () {
      const version = { "anthropic-version": "2026-10-21" }
      const bearer = { authorization: "Bearer good" }
      const ask = (headers: Record<string, string>) =>
        Effect.map(refusalOf("GET", "/v1/models", { headers }), ({ status, type }) => [status, type])
      assert.deepStrictEqual(yield* ask({}), [401, "authentication_error"])
      assert.deepStrictEqual(yield* ask({ ...version, authorization: "Bearer " }), [401, "authentication_error"])
      assert.deepStrictEqual(yield* ask({ ...version, authorization: "Bearer bad" }), [401, "authentication_error"])
      assert.deepStrictEqual(yield* ask({ ...version, "x-api-key": "bad" }), [401, "authentication_error"])
      assert.deepStrictEqual(yield* ask(bearer), [400, "invalid_request_error"])
      assert.deepStrictEqual(yield* ask({ ...bearer, "anthropic-version": "2024-01-01" }), [
        400,
        "invalid_request_error"
      ])
      assert.deepStrictEqual(yield* ask({ ...bearer, ...version, "anthropic-beta": "oauth-2025-04-20,nope" }), [
        400,
        "invalid_request_error"
      ])
      for (const headers of [
        { ...bearer, ...version },
        { ...version, "x-api-key": "good" },
        { ...bearer, "anthropic-version": "2023-06-01" },
        { ...bearer, ...version, "anthropic-beta": "oauth-2025-04-20, my-beta" }
      ]) {
        assert.strictEqual((yield* call("GET", "/v1/models", { headers })).status, 200)
      }
    }).pipe(withEmulator({ apiKeys: ["good"], betas: ["my-beta"] }))
  )

  it.effect("unknown paths are 404, other methods 405, and answers have numbered request ids", () =>
    Effect.gen(function* () {
      const unknown = yield* refusalOf("GET", "/v1/nope")
      assert.deepStrictEqual([unknown.status, unknown.type, unknown.requestId], [404, "not_found_error", "req_000001"])
      const method = yield* refusalOf("PUT", "/v1/models")
      assert.deepStrictEqual([method.status, method.type], [405, "invalid_request_error"])
      assert.strictEqual((yield* refusalOf("GET", "/v1/models/")).status, 404)
      const response = yield* call("GET", "/v1/models")
      assert.strictEqual(response.headers["request-id"], "req_000004")
      assert.isString(response.headers["anthropic-organization-id"])
      assert.strictEqual(response.headers["anthropic-ratelimit-requests-limit"], "4000")
      assert.strictEqual(response.headers["anthropic-ratelimit-tokens-reset"], "1970-01-01T00:00:01Z")
    }).pipe(withEmulator())
  )
})
