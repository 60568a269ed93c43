// What is sent survives storage: parameters and requests that were decoded, written as JSON and read back are the same.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import { encodeRequest } from "../../src/params/check.ts"
import { Emulator, onEmulator } from "../support/batches.ts"
import { blocks } from "../support/blocks.ts"
import { blockParams, toolParams, wholeParams } from "../support/params.ts"
import { Extras, extend, Int, Mutation, mutated, parsed, survives } from "../support/survives.ts"

const Input = {
  mutations: Schema.Array(Mutation).check(Schema.isMaxLength(6)),
  sent: Schema.Array(Int(0, blockParams.length - 1)).check(Schema.isMaxLength(6)),
  tools: Schema.Array(Int(0, toolParams.length - 1)).check(Schema.isMaxLength(4)),
  extras: Extras,
  text: Schema.String
}

type Input = { readonly [K in keyof typeof Input]: (typeof Input)[K]["Type"] }

/** Parameters with fields that nobody knows at every level, and blocks of the model that nobody can read. */
const wireOf = ({ extras, mutations, sent, text, tools }: Input) =>
  parsed({
    ...extend({ ...wholeParams, max_tokens: 1 }, extras),
    model: text,
    messages: [
      extend({ role: "user", content: sent.map((index) => extend({ ...blockParams[index] }, extras)) }, extras),
      { role: "user", content: [{ ...extras, type: `new ${text}` }] },
      { role: "assistant", content: mutations.map(mutated) },
      { role: "system", content: text }
    ],
    tools: [...tools.map((index) => extend({ ...toolParams[index] }, extras)), { ...extras, type: `new ${text}` }]
  })

const refusal = (schema: Schema.Codec<unknown, unknown>, wire: unknown): string => {
  const decoded = Schema.decodeUnknownResult(schema)(wire)
  assert(decoded._tag === "Failure")
  return String(decoded.failure)
}

const withUser = (block: unknown) => ({ model: "m", max_tokens: 1, messages: [{ role: "user", content: [block] }] })

const definitions = (schema: Schema.Codec<unknown, unknown>) =>
  Object.keys(Schema.toJsonSchemaDocument(schema).definitions)

describe("parameters with unknown fields, tools and blocks", () => {
  it.prop("are restored from JSON, and are written byte for byte as before", Input, (input) => {
    const wire = wireOf(input)
    const params = survives(Messages.MessageParams, wire)
    survives(Messages.CountTokensParams, wire)
    for (const message of wire.messages) survives(Messages.MessageParam, message)
    survives(BatchRequest.BatchRequest, { ...input.extras, custom_id: input.text, params: wire })
    const written = { ...wire, model: "m", speed: null }
    const json = encodeRequest({ custom_id: "a", params: { ...params, model: "m", speed: null } })
    // Half of a surrogate pair, which JSON.stringify writes as an escape, is refused.
    if (JSON.stringify(wire).includes("\\ud")) return
    assert.deepStrictEqual(json, Result.succeed(JSON.stringify(written)))
  })
})

describe("the schema of parameters", () => {
  it("accepts every field, block and tool that can be sent, and every block of an answer", () => {
    const params: Messages.MessageParams = { ...wholeParams, messages: [...wholeParams.messages] }
    assert.deepStrictEqual(survives(Messages.MessageParams, parsed(params)), parsed(params))
    survives(Messages.MessageParam, { role: "assistant", content: blocks })
    assert.isTrue(Schema.is(Messages.MessageParams)(params))
    for (const request of [BatchRequest.make("a", params), { custom_id: "", params }]) {
      assert.isTrue(Schema.is(BatchRequest.BatchRequest)(request))
    }
  })

  it("refuses a malformed block of a known kind in a turn of the user, with its path", () => {
    const text = refusal(Messages.MessageParams, withUser({ type: "text", text: 3 }))
    assert.include(text, "Expected a string")
    assert.include(text, '["messages"][0]["content"][0]["text"]')
    const image = refusal(Messages.MessageParams, withUser({ type: "image", source: { type: "url" } }))
    assert.include(image, '["source"]["url"]')
    assert.include(refusal(Messages.MessageParams, withUser({ text: "a" })), '["content"][0]["type"]')
    const nested = { type: "tool_result", tool_use_id: "i", content: [{ type: "text" }] }
    assert.include(refusal(Messages.MessageParams, withUser(nested)), '["content"][0]["content"][0]["text"]')
  })

  it("refuses a malformed tool of a known kind, and values that a field does not have", () => {
    const params = { model: "m", max_tokens: 1, messages: [] }
    for (const [fields, place] of [
      [{ tools: [{ type: "bash_20250124", name: "sh" }] }, '["tools"][0]["name"]'],
      [{ tools: [{ name: "a", input_schema: { type: "array" } }] }, '["tools"][0]["input_schema"]["type"]'],
      [{ thinking: { type: "enabled" } }, '["thinking"]["budget_tokens"]'],
      [{ tool_choice: { type: "tool" } }, '["tool_choice"]["name"]'],
      [{ output_config: { effort: "huge" } }, '["output_config"]["effort"]'],
      [{ cache_control: { type: "ephemeral", ttl: "2h" } }, '["cache_control"]["ttl"]'],
      [{ messages: [{ role: "assistant", content: 3 }] }, '["messages"][0]["content"]'],
      [{ container: 3 }, '["container"]'],
      [{ max_tokens: "1" }, '["max_tokens"]']
    ] as const) {
      assert.include(refusal(Messages.MessageParams, { ...params, ...fields }), place)
    }
    assert.include(refusal(BatchRequest.BatchRequest, { params }), '["custom_id"]')
  })

  it("names all roles in the error for an unknown role", () => {
    const wrong = refusal(Messages.MessageParam, { role: "robot", content: "a" })
    assert.include(wrong, 'Expected "user" or "assistant" or "system"')
    assert.include(wrong, '["role"]')
  })

  it("keeps a malformed block in a turn of the model", () => {
    const turn = { role: "assistant", content: [{ type: "text", text: 3 }, { odd: true }] }
    const message = survives(Messages.MessageParam, turn)
    assert.deepStrictEqual(Array.isArray(message.content) ? message.content.map(({ type }) => type) : [], [
      "unknown",
      "unknown"
    ])
  })

  it("leaves undefined fields out of the JSON, at every level", () => {
    const params: Messages.MessageParams = {
      model: "m",
      max_tokens: 1,
      messages: [
        Messages.user([
          { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: undefined }, citations: undefined }
        ])
      ],
      system: undefined,
      tools: [{ type: "browser_toolset_20260801", configs: { zoom: { enabled: undefined } } }]
    }
    const json = Schema.encodeSync(Schema.toCodecJson(BatchRequest.BatchRequest))(BatchRequest.make("a", params))
    assert.deepStrictEqual<unknown>(json, parsed(BatchRequest.make("a", params)))
  })

  it("has a JSON Schema with named definitions of its parts", () => {
    assert.includeMembers(definitions(BatchRequest.BatchRequest), [
      "BatchRequest",
      "MessageParams",
      "UserMessageParam",
      "TextBlockParam",
      "ToolParam",
      "CacheControl"
    ])
    const { definitions: all } = Schema.toJsonSchemaDocument(Messages.CountTokensParams)
    assert.deepInclude(all.CountTokensParams, { type: "object", required: ["model", "messages"] })
    assert.include(definitions(Messages.MessageParam), "AssistantMessageParam")
  })

  it.effect("decodes stored parameters that are then sent unchanged", () =>
    Effect.gen(function* () {
      const wire = { model: "claude-haiku-5-5", max_tokens: 9, messages: [{ role: "user", content: "Hello" }] }
      yield* Messages.create(yield* Schema.decodeUnknownEffect(Messages.MessageParams)(wire))
      const requests = yield* (yield* Emulator).requests
      assert.deepEqual(requests.at(-1)?.body, wire)
    }).pipe(onEmulator())
  )
})
