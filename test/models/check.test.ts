import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import { calls, onEmulator } from "../support/batches.ts"
import { catalogue, modelWith } from "./support.ts"

const opus = modelWith("claude-opus-5-5")
const haiku45 = modelWith("claude-haiku-4-5-20251001")
const plain = { model: "claude-opus-5-5", max_tokens: 1_000, messages: [Messages.user("Hello")] }

/** A model that can do nothing, and says so. */
const unable = modelWith("claude-opus-5-5", {
  capabilities: Object.fromEntries(
    ["batch", "citations", "code_execution", "context_management", "effort", "image_input", "pdf_input", "server_tools"]
      .concat("structured_outputs", "thinking")
      .map((name) => [name, { supported: false }])
  )
})

const pathsOf = (model: Models.ModelInfo, changes: object, options?: Models.CheckOptions) =>
  Models.check(model, { ...plain, ...changes }, options).map(({ path, severity }) => `${severity} ${path}`)

const block = (
  ...content: Parameters<typeof Messages.user>[0] extends infer C
    ? C extends ReadonlyArray<infer B>
      ? ReadonlyArray<B>
      : never
    : never
) => ({
  messages: [Messages.user("Hello"), Messages.user(content)]
})

const image = { type: "image", source: { type: "file", file_id: "file_1" } } as const
const pdf = { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" } } as const

describe("check", () => {
  it("finds no issue in a plain request, or for a model about which nothing is known", () => {
    assert.deepStrictEqual(Models.check(opus, plain), [])
    const everything = {
      ...block(image, pdf),
      max_tokens: 1e9,
      thinking: { type: "adaptive" },
      output_config: { effort: "max", format: { type: "json_schema", schema: {} } },
      tools: [{ type: "web_search_20260318", name: "web_search" }]
    }
    const unknown = modelWith("claude-mythos-preview", { lifecycle: "active", max_input_tokens: null })
    assert.deepStrictEqual(pathsOf(unknown, everything, { batch: true, inputTokens: 1e9 }), [])
    assert.deepStrictEqual(
      pathsOf(modelWith("claude-opus-5-5", { id: "claude-opus-6", capabilities: null }), {
        thinking: { type: "enabled", budget_tokens: 1_024 },
        max_tokens: 2_000
      }),
      []
    )
  })

  it("refuses a max_tokens that is malformed or over the limit of the model", () => {
    assert.deepStrictEqual(pathsOf(opus, { max_tokens: 128_000 }), [])
    assert.deepStrictEqual(pathsOf(opus, { max_tokens: 0 }), [])
    assert.deepStrictEqual(Models.check(opus, { ...plain, max_tokens: 128_001 }), [
      {
        path: "max_tokens",
        description: "128001 is over the 128000 that claude-opus-5-5 writes at most",
        severity: "error"
      }
    ])
    for (const max_tokens of [-1, 1.5, Number.NaN])
      assert.deepStrictEqual(pathsOf(opus, { max_tokens }), ["error max_tokens"])
    const betas = ["output-300k-2026-03-24"]
    assert.deepStrictEqual(pathsOf(opus, { max_tokens: 300_000 }, { batch: true, betas }), [])
    assert.deepStrictEqual(pathsOf(opus, { max_tokens: 300_001 }, { batch: true, betas }), ["error max_tokens"])
    assert.deepStrictEqual(pathsOf(opus, { max_tokens: 300_000 }, { betas }), ["error max_tokens"])
    assert.deepStrictEqual(pathsOf(opus, { max_tokens: 300_000 }, { batch: true }), ["error max_tokens"])
    assert.deepStrictEqual(
      pathsOf(modelWith("claude-opus-5-5", { max_tokens: null }), { max_tokens: 300_001 }, { batch: true, betas }),
      ["error max_tokens"]
    )
    assert.deepStrictEqual(pathsOf(opus, { max_tokens: 0 }, { batch: true }), ["error max_tokens"])
  })

  it("raises the limit of output only for models that the beta is for", () => {
    const sending = { batch: true, betas: ["output-300k-2026-03-24"] }
    const long = { max_tokens: 200_000 }
    for (const id of ["claude-fable-5-2", "claude-mythos-5-1", "claude-haiku-4-5-20251001"]) {
      assert.deepStrictEqual(pathsOf(modelWith(id), long, sending), ["error max_tokens"])
    }
    for (const id of ["claude-opus-4-6", "claude-sonnet-5-5", "claude-haiku-5-5"]) {
      assert.deepStrictEqual(pathsOf(modelWith(id), long, sending), [])
    }
    const next = modelWith("claude-opus-5-5", { id: "claude-opus-6" })
    assert.deepStrictEqual(pathsOf(next, long, sending), ["warning max_tokens"])
    assert.deepStrictEqual(pathsOf(next, { max_tokens: 300_001 }, sending), ["error max_tokens"])
    assert.deepStrictEqual(pathsOf(next, { max_tokens: 128_000 }, sending), [])
  })

  it("refuses thinking and effort that the model does not support", () => {
    assert.deepStrictEqual(pathsOf(opus, { thinking: { type: "adaptive" } }), [])
    assert.deepStrictEqual(pathsOf(opus, { thinking: { type: "disabled" } }), ["error thinking.type"])
    assert.deepStrictEqual(pathsOf(haiku45, { thinking: { type: "adaptive" } }), ["error thinking.type"])
    assert.deepStrictEqual(
      pathsOf(haiku45, { thinking: { type: "enabled", budget_tokens: 1_024 }, max_tokens: 2_000 }),
      []
    )
    for (const budget_tokens of [1_023, 2_000, Number.NaN]) {
      assert.deepStrictEqual(pathsOf(haiku45, { thinking: { type: "enabled", budget_tokens }, max_tokens: 2_000 }), [
        "error thinking.budget_tokens"
      ])
    }
    assert.deepStrictEqual(pathsOf(opus, { thinking: null }), [])
    assert.deepStrictEqual(pathsOf(opus, { output_config: { effort: "xhigh" } }), [])
    assert.deepStrictEqual(pathsOf(haiku45, { output_config: { effort: "xhigh" } }), ["error output_config.effort"])
    assert.deepStrictEqual(pathsOf(haiku45, { output_config: { effort: null, format: null } }), [])
    assert.deepStrictEqual(
      Models.check(haiku45, { ...plain, output_config: { effort: "low" } })[0]?.description,
      "claude-haiku-4-5-20251001 does not support effort.low"
    )
  })

  it("refuses content that the model does not support, at any depth", () => {
    assert.deepStrictEqual(pathsOf(opus, block(image, pdf)), [])
    assert.deepStrictEqual(pathsOf(unable, block(image)), ["error messages[1].content[0]"])
    assert.deepStrictEqual(pathsOf(unable, block(pdf)), ["error messages[1].content[0]"])
    assert.deepStrictEqual(
      pathsOf(unable, block({ type: "document", source: { type: "url", url: "https://a.example/b.pdf" } })),
      ["error messages[1].content[0]"]
    )
    assert.deepStrictEqual(
      pathsOf(unable, block({ type: "document", source: { type: "file", file_id: "file_1" } })),
      []
    )
    const text = { type: "text", media_type: "text/plain", data: "x" } as const
    assert.deepStrictEqual(pathsOf(unable, block({ type: "document", source: text })), [])
    assert.deepStrictEqual(pathsOf(unable, block({ type: "document", source: text, citations: { enabled: true } })), [
      "error messages[1].content[0]"
    ])
    assert.deepStrictEqual(
      pathsOf(unable, block({ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "x" }, image] })),
      // The second issue is that its call is missing.
      ["error messages[1].content[0].content[1]", "error messages[1].content[0]"]
    )
    assert.deepStrictEqual(
      pathsOf(unable, block({ type: "document", source: { type: "content", content: [image] } })),
      ["error messages[1].content[0].content[0]"]
    )
    assert.deepStrictEqual(pathsOf(unable, block(Messages.raw({ type: "hologram", image }))), [])
  })

  it("refuses tools and formats that the model does not support", () => {
    const tools = (...tools: ReadonlyArray<object>) => ({ tools })
    const search = { type: "web_search_20260318", name: "web_search" }
    const run = { type: "code_execution_20260521", name: "code_execution" }
    const mine = { name: "look", input_schema: { type: "object" } }
    assert.deepStrictEqual(pathsOf(opus, tools(search, run, mine)), [])
    assert.deepStrictEqual(pathsOf(unable, tools(mine, search, run)), ["error tools[1]", "error tools[2]"])
    assert.deepStrictEqual(pathsOf(unable, tools({ ...mine, allowed_callers: ["direct"] })), [])
    assert.deepStrictEqual(pathsOf(unable, tools({ ...mine, allowed_callers: ["code_execution_20260521"] })), [
      "error tools[0]"
    ])
    assert.deepStrictEqual(pathsOf(unable, tools({ ...mine, strict: true })), ["error tools[0]"])
    assert.deepStrictEqual(pathsOf(unable, { output_config: { format: { type: "json_schema", schema: {} } } }), [
      "error output_config.format"
    ])
    assert.deepStrictEqual(pathsOf(unable, { context_management: { edits: [{ type: "compact_20260112" }, "?"] } }), [
      "error context_management.edits[0]"
    ])
    assert.deepStrictEqual(pathsOf(opus, { context_management: { edits: [{ type: "compact_20260112" }] } }), [])
    assert.deepStrictEqual(pathsOf(opus, { context_management: { edits: 7 } }), [])
    assert.deepStrictEqual(pathsOf(unable, {}, { batch: true }), ["error model"])
    assert.deepStrictEqual(pathsOf(unable, {}, { batch: false }), [])
  })

  it("refuses retired models and warns of deprecated ones", () => {
    const day = DateTime.makeUnsafe
    const going = modelWith("claude-sonnet-4-5-20250929")
    assert.deepStrictEqual(pathsOf(modelWith("claude-opus-4-1-20250805"), {}), ["error model"])
    assert.deepStrictEqual(Models.check(going, plain), [
      {
        path: "model",
        description: "claude-sonnet-4-5-20250929 is deprecated, to be retired on 2026-11-30",
        severity: "warning"
      }
    ])
    assert.deepStrictEqual(Models.check(going, plain, { notRetiringBefore: day("2026-12-24") }), [
      {
        path: "model",
        description: "claude-sonnet-4-5-20250929 retires before 2026-12-24, to be retired on 2026-11-30",
        severity: "error"
      }
    ])
    assert.deepStrictEqual(pathsOf(going, {}, { notRetiringBefore: day("2026-11-01") }), ["warning model"])
    assert.deepStrictEqual(pathsOf(opus, {}, { notRetiringBefore: day("2030-01-01") }), [])
    assert.deepStrictEqual(
      Models.check(modelWith("claude-mythos-preview"), plain, { notRetiringBefore: day("2030-01-01") }),
      [{ path: "model", description: "claude-mythos-preview is deprecated", severity: "warning" }]
    )
  })

  it("refuses a counted input over the context window, and warns of an estimated one", () => {
    assert.deepStrictEqual(pathsOf(haiku45, {}, { inputTokens: 200_000 }), [])
    assert.deepStrictEqual(pathsOf(haiku45, {}, { inputTokens: 200_001 }), ["error messages"])
    const long = "word ".repeat(100_000)
    const turns = [Messages.user(long), Messages.assistant([{ type: "text", text: long }]), Messages.user("Go on.")]
    assert.deepStrictEqual(pathsOf(haiku45, { messages: turns, system: "x" }), ["warning messages"])
    assert.deepStrictEqual(pathsOf(haiku45, { messages: turns }, { inputTokens: 150_000 }), [])
    assert.deepStrictEqual(pathsOf(opus, { messages: turns }), [])
    assert.deepStrictEqual(pathsOf(haiku45, { system: [{ type: "text", text: long + long }] }), ["warning messages"])
  })

  it("can also be called with the model last", () => {
    assert.deepStrictEqual(Models.check({ ...plain, max_tokens: -1 }, { batch: true })(opus), [
      { path: "max_tokens", description: "-1 is not a number of tokens", severity: "error" }
    ])
    assert.deepStrictEqual(Models.check(plain)(opus), [])
  })

  it("leaves malformed turns and tools to the API", () => {
    assert.deepStrictEqual(pathsOf(opus, { messages: "Hello", tools: ["x"] }), [])
    assert.deepStrictEqual(pathsOf(opus, { messages: [null, { role: "user", content: 7 }] }), [])
  })
})

describe("checker", () => {
  const request = (params: object) => BatchRequest.make("one", { ...plain, ...params })

  it("checks requests against a listing, by id or alias", () => {
    const check = Models.checker(catalogue)
    assert.deepStrictEqual(check(request({})), [])
    assert.deepStrictEqual(check(request({ model: "claude-haiku-4-5", max_tokens: 64_001 })), [
      {
        path: "params.max_tokens",
        description: "64001 is over the 64000 that claude-haiku-4-5-20251001 writes at most",
        severity: "error"
      }
    ])
    assert.deepStrictEqual(
      check(request({ model: "claude-opus-4-1" }))[0]?.description,
      "claude-opus-4-1-20250805 is retired"
    )
    assert.deepStrictEqual(check(request({ model: "claude-opus-6" })), [
      { path: "params.model", description: "claude-opus-6 is not in the listing of models", severity: "error" }
    ])
  })

  it("returns warnings only with the option warnings", () => {
    const deprecated = request({ model: "claude-sonnet-4-5" })
    assert.deepStrictEqual(Models.checker(catalogue)(deprecated), [])
    assert.deepStrictEqual(
      Models.checker(catalogue, { warnings: true })(deprecated).map(({ severity }) => severity),
      ["warning"]
    )
  })

  it.effect("stops a batch before it is sent", () =>
    Effect.gen(function* () {
      const check = Models.checker(catalogue)
      const error = yield* Effect.flip(
        Batches.create([request({}), BatchRequest.make("two", { ...plain, max_tokens: 200_000 })], { check })
      )
      assert(error._tag === "RequestRefusedError")
      assert.deepStrictEqual(error.reasons, [
        {
          path: "requests[1].params.max_tokens",
          description: "200000 is over the 128000 that claude-opus-5-5 writes at most"
        }
      ])
      assert.deepStrictEqual(yield* calls, [])
      const batch = yield* Effect.scoped(Batches.createScoped([request({})], { check }))
      assert.strictEqual(batch.processing_status, "in_progress")
      const malformed = yield* Effect.flip(
        Batches.create([BatchRequest.make("#", plain)], { check: () => [{ path: "never", description: "asked" }] })
      )
      assert(malformed._tag === "RequestRefusedError")
      assert.deepStrictEqual(
        malformed.reasons.map(({ path }) => path),
        ["requests[0].custom_id"]
      )
    }).pipe(onEmulator())
  )
})
