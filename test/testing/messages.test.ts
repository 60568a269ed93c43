// The messages of the emulator: what it answers by itself.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Message, MessageTokensCount } from "../../src/schema/Message.ts"
import { AnthropicEmulator } from "../../src/testing/index.ts"
import { sampleOf } from "../../src/testing/messages/answers.ts"
import { call, headers, refusalOf } from "./client.ts"

const params = {
  model: "claude-haiku-5-5",
  max_tokens: 100,
  messages: [{ role: "user", content: "Hello" }]
}

const schema = { type: "object", properties: { q: { type: "string" } }, required: ["q"] }
const tools = [
  { name: "search", input_schema: schema },
  { name: "now", input_schema: { type: "object" } },
  { type: "bash_20250124", name: "bash" }
]

const ask = (fields: Record<string, unknown> = {}) =>
  call("POST", "/v1/messages", { body: { ...params, ...fields } }).pipe(
    Effect.flatMap((response) => response.json),
    Effect.flatMap(Schema.decodeUnknownEffect(Message)),
    Effect.orDie
  )

const user = (content: unknown) => ({ messages: [{ role: "user", content }] })

const kinds = (message: Message) => message.content.map(({ type }) => type)

const onEmulator = (options: AnthropicEmulator.Options = {}) => Effect.provide(AnthropicEmulator.layer(options))

describe("the emulator's messages", () => {
  it.effect("answers echo the text, cut to max_tokens, or are what the function answer returns", () =>
    Effect.gen(function* () {
      const echo = yield* ask()
      assert.deepInclude(echo, { stop_reason: "end_turn", model: "claude-haiku-5-5" })
      assert.deepStrictEqual((yield* ask({ max_tokens: 1, ...user("Hello you") })).stop_reason, "max_tokens")
      assert.deepStrictEqual((yield* ask({ max_tokens: 0 })).id, "msg_emulated_00000003")
      const scripted = yield* ask()
      assert.deepInclude(scripted.content[0], { type: "text" })
      assert.strictEqual(scripted.stop_reason, "refusal")
    }).pipe(onEmulator({ answer: (_, index) => (index === 3 ? { stop_reason: "refusal" } : undefined) }))
  )

  it.effect("answers call a tool that is chosen or named, once", () =>
    Effect.gen(function* () {
      const named = yield* ask({ tools, ...user("Please search") })
      const [first] = named.content
      assert(first?.type === "tool_use")
      assert.deepStrictEqual([first.name, first.input], ["search", { q: "Please search" }])
      assert.strictEqual(named.stop_reason, "tool_use")
      assert.deepStrictEqual(kinds(yield* ask({ tools })), ["text"])
      assert.deepStrictEqual(kinds(yield* ask({ tools, tool_choice: { type: "none" }, ...user("search") })), ["text"])
      assert.deepStrictEqual(kinds(yield* ask({ tools, tool_choice: { type: "any" } })), ["tool_use"])
      const chosen = yield* ask({ tools, tool_choice: { type: "tool", name: "now" } })
      assert.deepInclude(chosen.content[0], { type: "tool_use", name: "now" })
      const answered = yield* ask({
        tools,
        tool_choice: { type: "any" },
        messages: [
          { role: "user", content: "search" },
          { role: "assistant", content: [{ type: "tool_use", id: "t", name: "search", input: {} }] },
          {
            role: "user",
            content: [{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "42" }] }]
          }
        ]
      })
      assert.deepInclude(answered.content[0], { type: "text", text: "42" })
    }).pipe(onEmulator())
  )

  it.effect("answers have thinking when the request asks for it", () =>
    Effect.gen(function* () {
      const shown = yield* ask({
        model: "claude-haiku-4-5",
        max_tokens: 2000,
        thinking: { type: "enabled", budget_tokens: 1024 }
      })
      assert.deepInclude(shown.content[0], { type: "thinking", thinking: "The user wrote 5 characters." })
      const omitted = yield* ask({ thinking: { type: "adaptive", display: "omitted" } })
      assert.deepInclude(omitted.content[0], { type: "thinking", thinking: "" })
      assert.deepStrictEqual(kinds(yield* ask({ thinking: { type: "disabled" } })), ["text"])
    }).pipe(onEmulator())
  )

  it.effect("messages and counts with wrong parameters are refused", () =>
    Effect.gen(function* () {
      const post = (body: unknown, path = "/v1/messages") => refusalOf("POST", path, { body })
      assert.deepInclude(yield* post([]), { status: 400, message: "Input should be an object" })
      assert.deepInclude(yield* post({ ...params, model: "nobody" }), { status: 404, type: "not_found_error" })
      assert.deepInclude(yield* post({ ...params, temperature: 1 }), { status: 400 })
      assert.deepInclude(yield* post({ model: params.model }, "/v1/messages/count_tokens"), { status: 400 })
      const response = yield* call("POST", "/v1/messages/count_tokens", { body: { ...params, tools } })
      const { input_tokens } = yield* Effect.flatMap(response.json, Schema.decodeUnknownEffect(MessageTokensCount))
      assert.isAbove(input_tokens, 2)
    }).pipe(onEmulator())
  )

  it.effect("a call whose input was cut is streamed as the cut text", () =>
    Effect.gen(function* () {
      const response = yield* call("POST", "/v1/messages", { body: { ...params, stream: true } })
      const pieces = [...(yield* response.text).matchAll(/"partial_json":"((?:[^"\\]|\\.)*)"/g)].map(([, json]) => json)
      assert.strictEqual(JSON.parse(`"${pieces.join("")}"`), '{"city":"Ly')
    }).pipe(
      onEmulator({
        answer: () => ({
          stop_reason: "max_tokens",
          content: [{ type: "tool_use", id: "t", name: "weather", input: '{"city":"Ly', caller: { type: "direct" } }]
        })
      })
    )
  )

  it.effect("a thread of the server is continued once for each answer", () =>
    Effect.gen(function* () {
      const beta = { ...headers, "anthropic-beta": "message-threads-2026-08-12" }
      const post = (fields: Record<string, unknown>, path = "/v1/messages") =>
        call("POST", path, { headers: beta, body: { ...params, ...fields } })
      const codeOf = (response: { readonly text: Effect.Effect<string, unknown> }) =>
        Effect.map(response.text, (text) => /"error_code":"([^"]*)"/.exec(text)?.[1])
      const answer = (fields: Record<string, unknown>) =>
        post(fields).pipe(
          Effect.flatMap((response) => response.json),
          Effect.flatMap(Schema.decodeUnknownEffect(Message)),
          Effect.orDie
        )
      const goOn = (previous_message_id: unknown) => ({ thread: { type: "continue", previous_message_id } })
      const first = yield* answer({ thread: { type: "create" }, tools, system: "Be brief", ...user("search") })
      const [block] = first.content
      assert(block?.type === "tool_use")
      const results = user([{ type: "tool_result", tool_use_id: block.id, content: "Found" }])
      const changed = yield* post({ ...goOn(first.id), ...results, model: "claude-opus-5-5" })
      assert.strictEqual(yield* codeOf(changed), "thread_fingerprint_mismatch")
      const second = yield* answer({ ...goOn(first.id), ...results })
      assert.deepInclude(second.content[0], { type: "text", text: "Found" })
      assert.isAbove(second.usage.input_tokens, first.usage.input_tokens)
      const again = yield* post({ ...goOn(first.id), ...results })
      assert.deepStrictEqual([again.status, yield* codeOf(again)], [400, "thread_already_continued"])
      for (const id of ["msg_nobody", undefined]) {
        const lost = yield* post(goOn(id))
        assert.deepStrictEqual([lost.status, yield* codeOf(lost)], [404, "thread_not_found"])
      }
      for (const thread of ["create", { type: "end" }]) {
        assert.strictEqual((yield* post({ thread })).status, 400)
        assert.strictEqual((yield* post({ thread }, "/v1/messages/count_tokens")).status, 400)
      }
      assert.strictEqual((yield* post({ thread: null })).status, 200)
      const bare = yield* answer({ thread: { type: "create" } })
      assert.strictEqual((yield* post(goOn(bare.id))).status, 200)
      const refused = yield* refusalOf("POST", "/v1/messages", { body: { ...params, thread: { type: "create" } } })
      assert.deepInclude(refused, { status: 400, message: "thread: Extra inputs are not permitted" })
    }).pipe(onEmulator())
  )

  it("answers are valid values of any schema", () => {
    const tree = { type: "object", properties: { kids: { type: "array", items: { $ref: "#/$defs/Tree" } } } }
    const chain = { properties: { next: { anyOf: [{ $ref: "#/$defs/Chain" }, { type: "integer" }] } } }
    const root = {
      $defs: {
        City: { const: "Lyon" },
        Tree: { ...tree, required: ["kids"] },
        Chain: { type: "object", ...chain, required: ["next"] },
        Endless: { type: "object", properties: { again: { $ref: "#/$defs/Endless" } }, required: ["again"] }
      }
    }
    const cases: ReadonlyArray<readonly [Record<string, unknown>, unknown]> = [
      [{ $ref: "#/$defs/City" }, "Lyon"],
      [{ $ref: "#/$defs/Nowhere" }, null],
      [{ enum: ["a", "b"] }, "a"],
      [{ anyOf: [{ type: "string" }, { type: "null" }] }, null],
      [{ allOf: [{ type: "integer", minimum: 7 }] }, 7],
      [{ type: "array", items: { type: "boolean" } }, [true]],
      [{ type: "array" }, []],
      [{ type: "array", items: { type: "integer", minimum: -9, maximum: 0 }, minItems: 2 }, [0, 0]],
      [{ type: "array", prefixItems: [{ type: "string" }], items: { type: "boolean" } }, ["hi", true]],
      [{ type: "array", prefixItems: [{ type: "string" }, { type: "null" }], items: false }, ["hi", null]],
      [{ $ref: "#/$defs/Tree" }, { kids: [] }],
      [{ $ref: "#/$defs/Chain" }, { next: 1 }],
      [{ $ref: "#/$defs/Endless" }, { again: null }],
      [{ type: "string", format: "uuid" }, "00000000-0000-4000-8000-000000000000"],
      [{ type: "string", format: "odd" }, "hi"],
      [{ type: "number" }, 1],
      [{ type: "object" }, {}],
      [{ type: "object", properties: { a: true, b: { type: "null" } }, required: ["a"] }, { a: null }],
      [{}, null]
    ]
    for (const [schema, value] of cases)
      assert.deepStrictEqual(sampleOf(schema, "hi", root), value, JSON.stringify(schema))
  })
})
