// What the emulator refuses as the API does: each with its status, its type and a message that names the place.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as TestClock from "effect/testing/TestClock"
import { AnthropicEmulator } from "../../src/testing/index.ts"
import { batchOf, call, headers, origin, refusalOf, request, resultsOf } from "./client.ts"

const withEmulator = (options?: AnthropicEmulator.Options) => Effect.provide(AnthropicEmulator.layer(options))

type Fields = { readonly [name: string]: unknown }

const base = {
  model: "claude-haiku-5-5",
  max_tokens: 100,
  messages: [{ role: "user", content: "Hello" }]
}

const of = (...messages: ReadonlyArray<unknown>): Fields => ({ messages })

const user = (content: unknown) => ({ role: "user", content })

const assistant = (content: unknown) => ({ role: "assistant", content })

const text = (value: unknown) => ({ type: "text", text: value })

const use = (id: string, fields: Fields = {}) => ({ type: "tool_use", id, name: "weather", input: {}, ...fields })

const result = (id: string, fields: Fields = {}) => ({
  type: "tool_result",
  tool_use_id: id,
  content: "Rain",
  ...fields
})

const tool = (fields: Fields = {}) => ({ name: "weather", input_schema: { type: "object" }, ...fields })

const closed = (properties: Fields, fields: Fields = {}) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...fields
})

const shaped = (schema: unknown): Fields => ({ output_config: { format: { type: "json_schema", schema } } })

const many = (count: number, value: unknown): Fields =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, value]))

const png = { type: "base64", media_type: "image/png", data: "AAAA" }

const plain = { type: "text", media_type: "text/plain", data: "x" }

const cached = { cache_control: { type: "ephemeral" } }

const orphan = (at: string, id: string) =>
  `${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each`

const unanswered = (at: string, id: string) =>
  `${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${id}. Each`

type Case = readonly [name: string, fields: Fields, message: string]

const settings: ReadonlyArray<Case> = [
  ["no max_tokens", { max_tokens: undefined }, "max_tokens: Field required"],
  [
    "max_tokens NaN, which is written as null",
    { max_tokens: Number.NaN },
    "max_tokens: Input should be a valid integer"
  ],
  ["max_tokens a text", { max_tokens: "5" }, "max_tokens: Input should be a valid integer"],
  [
    "max_tokens 10.5",
    { max_tokens: 10.5 },
    "max_tokens: Input should be a valid integer, got a number with a fraction"
  ],
  ["max_tokens negative", { max_tokens: -1 }, "max_tokens: Input should be greater than or equal to "],
  ["max_tokens over the model's", { max_tokens: 128_001 }, "max_tokens: 128001 > 128000, the maximum of claude-haiku"],
  ["temperature", { temperature: 1 }, "temperature: Extra inputs are not permitted"],
  ["top_p", { top_p: 0.5 }, "top_p: Extra inputs are not permitted"],
  ["top_k", { top_k: 1 }, "top_k: Extra inputs are not permitted"],
  ["thinking a text", { thinking: "yes" }, "thinking: Input should be an object"],
  ["thinking of an unknown type", { thinking: { type: "deep" } }, "thinking: Input tag 'deep' found using 'type'"],
  ["thinking without a type", { thinking: {} }, "thinking: Input tag 'undefined' found using 'type'"],
  [
    "thinking of a type that the model refuses",
    { thinking: { type: "enabled", budget_tokens: 2000 } },
    "thinking.type: 'enabled' is not supported by claude-haiku-5-5"
  ],
  [
    "thinking off at high effort",
    { thinking: { type: "disabled" }, output_config: { effort: "max" } },
    "thinking.type: 'disabled' is not supported by claude-haiku-5-5 at effort 'max'"
  ],
  [
    "a budget under 1024",
    { model: "claude-haiku-4-5", max_tokens: 5000, thinking: { type: "enabled", budget_tokens: 1023 } },
    "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
  ],
  [
    "a budget of max_tokens",
    { model: "claude-haiku-4-5", max_tokens: 2000, thinking: { type: "enabled", budget_tokens: 2000 } },
    "`max_tokens` must be greater than `thinking.budget_tokens`"
  ],
  [
    "no budget",
    { model: "claude-haiku-4-5", thinking: { type: "enabled" } },
    "thinking.enabled.budget_tokens: Input should be a valid integer"
  ],
  ["stop sequences that are no list", { stop_sequences: "x" }, "stop_sequences: Input should be a valid list"],
  [
    "a stop sequence that is a number",
    { stop_sequences: ["x", 5] },
    "stop_sequences.1: Input should be a valid string"
  ],
  [
    "a blank stop sequence",
    { stop_sequences: [" "] },
    "stop_sequences: each stop sequence must contain non-whitespace"
  ],
  [
    "a region at an old model",
    { model: "claude-opus-4-5", inference_geo: "us" },
    "inference_geo: not supported by claude-opus-4-5-20251101"
  ],
  ["an unknown effort", { output_config: { effort: "huge" } }, "output_config.effort: Input should be one of 'low'"],
  [
    "an effort at a model without",
    { model: "claude-haiku-4-5", output_config: { effort: "low" } },
    "output_config.effort: 'low' is not supported by claude-haiku-4-5-20251001"
  ],
  ["an output_config that is no object", { output_config: "x" }, "output_config: Input should be an object"]
]

const tools: ReadonlyArray<Case> = [
  ["tools that are no list", { tools: {} }, "tools: Input should be a valid list"],
  ["a tool that is no object", { tools: ["x"] }, "tools.0: Input should be an object"],
  ["a tool without a name", { tools: [{ input_schema: { type: "object" } }] }, "tools.0.custom.name: Field required"],
  [
    "a tool whose name is a number",
    { tools: [tool({ name: 5 })] },
    "tools.0.custom.name: Input should be a valid string"
  ],
  ...["", "a b", "a.b", "ä", "a".repeat(129)].map(
    (name): Case => [
      `the tool name "${name.slice(0, 9)}"`,
      { tools: [tool(), tool({ name })] },
      "tools.1.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"
    ]
  ),
  ["two tools of one name", { tools: [tool(), tool()] }, "tools: Tool names must be unique."],
  [
    "a tool with the name of one of the API's",
    { tools: [tool({ name: "bash" }), { type: "bash_20250124", name: "bash" }] },
    "tools: Tool names must be unique."
  ],
  ["a tool of a type that is a number", { tools: [{ type: 5 }] }, "tools.0.type: Input should be a valid string"],
  ["a tool without a schema", { tools: [{ name: "a" }] }, "tools.0.custom.input_schema: Field required"],
  [
    "a tool whose schema is a text",
    { tools: [tool({ input_schema: "x" })] },
    "tools.0.custom.input_schema: Input should be an object"
  ],
  [
    "a tool whose schema is no object's",
    { tools: [tool({ input_schema: { type: "string" } })] },
    "tools.0.custom.input_schema.type: Input should be 'object'"
  ],
  [
    "a tool whose schema is a union",
    { tools: [tool({ input_schema: { type: "object", anyOf: [] } })] },
    "tools.0.custom.input_schema: input_schema does not support oneOf"
  ],
  [
    "a strict tool whose schema is open",
    { tools: [tool({ strict: true })] },
    "tools.0.custom.input_schema: For 'object' type, 'additionalProperties' must be"
  ],
  [
    "21 strict tools",
    {
      tools: Array.from({ length: 21 }, (_, index) =>
        tool({ name: `t${index}`, strict: true, input_schema: closed({}) })
      )
    },
    "tools: at most 20 tools may be strict"
  ],
  [
    "25 optional parameters in two strict tools",
    {
      tools: ["a", "b"].map((name) =>
        tool({
          name,
          strict: true,
          input_schema: closed(many(name === "a" ? 12 : 13, { type: "string" }), { required: [] })
        })
      )
    },
    "Schemas contain too many optional parameters (25), more than 24"
  ],
  ["a choice without tools", { tool_choice: { type: "auto" } }, "tool_choice.type: tool_choice may only be specified"],
  ["a choice that is a text", { tools: [tool()], tool_choice: "auto" }, "tool_choice: Input should be an object"],
  [
    "an unknown choice",
    { tools: [tool()], tool_choice: { type: "some" } },
    "tool_choice: Input tag 'some' found using 'type'"
  ],
  [
    "a choice without a name",
    { tools: [tool()], tool_choice: { type: "tool" } },
    "tool_choice.tool.name: Field required"
  ],
  [
    "a choice of no tool",
    { tools: [tool()], tool_choice: { type: "tool", name: "time" } },
    "tool_choice.name: Tool 'time' not found in provided tools"
  ],
  [
    "forced tools at a model that refuses it",
    { model: "claude-opus-5-5", tools: [tool()], tool_choice: { type: "any" } },
    "tool_choice.type: 'any' is not supported by claude-opus-5-5"
  ],
  [
    "forced tools with thinking",
    {
      model: "claude-haiku-4-5",
      max_tokens: 5000,
      tools: [tool()],
      tool_choice: { type: "any" },
      thinking: { type: "enabled", budget_tokens: 2000 }
    },
    "Thinking may not be enabled when tool_choice forces tool use."
  ]
]

const schemas: ReadonlyArray<Case> = [
  [
    "an unknown format",
    { output_config: { format: { type: "xml" } } },
    "output_config.format.type: Input should be 'json_schema'"
  ],
  ["a format that is a text", { output_config: { format: "json" } }, "output_config.format: Input should be an object"],
  ["no schema", shaped(undefined), "output_config.format.schema: Input should be an object"],
  [
    "an open object inside",
    shaped(closed({ a: { type: "object" } })),
    "output_config.format.schema.properties.a: For 'object' type, 'additionalProperties' must be explicitly set to false"
  ],
  [
    "limits of a number",
    shaped(closed({ a: { type: "integer", minimum: 1, maximum: 2 } })),
    "output_config.format.schema.properties.a: For 'integer' type, properties maximum, minimum are not supported"
  ],
  [
    "minItems 2",
    shaped(closed({ a: { type: "array", items: { type: "string" }, minItems: 2 } })),
    "output_config.format.schema.properties.a: For 'array' type, 'minItems' values other than 0 or 1 are not supported"
  ],
  [
    "an unknown format of a text",
    shaped(closed({ a: { type: "string", format: "phone" } })),
    "output_config.format.schema.properties.a: format 'phone' is not supported"
  ],
  [
    "an enum of objects",
    shaped(closed({ a: { enum: [{}] } })),
    "output_config.format.schema.properties.a: 'enum' supports"
  ],
  [
    "a schema that is no object",
    shaped(closed({ a: true })),
    "output_config.format.schema.properties.a: Input should be an object"
  ],
  [
    "a recursive schema",
    shaped(closed({ a: { $ref: "#/$defs/A" } }, { $defs: { A: closed({ a: { $ref: "#/$defs/A" } }) } })),
    "recursive schemas are not supported"
  ],
  [
    "an unknown definition",
    shaped(closed({ a: { $ref: "#/$defs/B" } }, { $defs: {} })),
    "'#/$defs/B' is not a definition of this schema"
  ],
  [
    "25 optional parameters",
    shaped(closed(many(25, { type: "string" }), { required: [] })),
    "Schemas contain too many optional parameters (25), more than 24"
  ],
  [
    "17 unions",
    shaped(closed(many(17, { anyOf: [{ type: "string" }, { type: "null" }] }))),
    "Schemas contain too many parameters with union types (17), more than 16"
  ],
  [
    "a union that holds an open object",
    shaped(closed({ a: { anyOf: [{ type: ["object", "null"] }] } })),
    "output_config.format.schema.properties.a.anyOf.0: For 'object' type"
  ],
  [
    "a schema in the beta's older field",
    { output_format: { type: "json_schema", schema: { type: "object" } } },
    "output_format.schema: For 'object' type"
  ]
]

const conversations: ReadonlyArray<Case> = [
  ["no messages", { messages: undefined }, "messages: Field required"],
  ["messages that are no list", { messages: {} }, "messages: Input should be a valid list"],
  ["an empty list of messages", of(), "messages: at least one message is required"],
  ["a message that is no object", of(null), "messages.0: Input should be an object"],
  [
    "an unknown role",
    of({ role: "robot", content: "x" }),
    "messages.0.role: Input should be 'user', 'assistant' or 'system'"
  ],
  ["a message without content", of({ role: "user" }), "messages.0.content: Input should be a string or a list"],
  ["an empty text", of(user("")), "messages.0: all messages must have non-empty content except"],
  ["no blocks", of(user("x"), assistant([]), user("x")), "messages.1: all messages must have non-empty content except"],
  ["a blank text", of(user(" \n")), "messages: text content blocks must contain non-whitespace text"],
  ["an empty text block", of(user([text("x"), text("")])), "messages: text content blocks must be non-empty"],
  ["a blank text block", of(user([text("\t")])), "messages: text content blocks must contain non-whitespace text"],
  ["a text block without text", of(user([{ type: "text" }])), "messages.0.content.0.text.text: Field required"],
  [
    "a text block whose text is a number",
    of(user([text(5)])),
    "messages.0.content.0.text.text: Input should be a valid string"
  ],
  ["a block that is a text", of(user(["x"])), "messages.0.content.0: Input should be an object"],
  [
    "a block of an unknown kind",
    of(user([{ type: "video" }])),
    "messages.0.content.0: Input tag 'video' found using 'type'"
  ],
  [
    "thinking without its signature",
    of(user("x"), assistant([{ type: "thinking", thinking: "x" }]), user("x")),
    "messages.1.content.0.thinking.signature: Field required"
  ],
  [
    "redacted thinking without data",
    of(user("x"), assistant([{ type: "redacted_thinking" }]), user("x")),
    "messages.1.content.0.redacted_thinking.data: Field required"
  ],
  [
    "an upload without a file",
    of(user([{ type: "container_upload" }])),
    "messages.0.content.0.container_upload.file_id: Field required"
  ],
  [
    "a document in a turn of the assistant",
    of(user("x"), assistant([{ type: "document", source: plain }]), user("x")),
    "messages.1.content.0: document blocks are not allowed in assistant messages"
  ],
  [
    "citations in a turn of the user",
    of(user([{ ...text("x"), citations: [{}] }])),
    "messages.0.content.0: citations are not allowed in user messages"
  ],
  [
    "citations in a search result",
    of(user([{ type: "search_result", content: [{ ...text("x"), citations: [{}] }] }])),
    "messages.0.content.0: citations are not allowed in user messages"
  ],
  ["a system prompt that is a number", { system: 5 }, "system: Input should be a string or a list of text blocks"],
  ["a system prompt with an image", { system: [{ type: "image" }] }, "system.0: Input should be a text block"],
  [
    "an empty block of the system prompt",
    { system: [text("")] },
    "system: text content blocks must contain non-whitespace text"
  ],
  [
    "prefill at a model that refuses it",
    of(user("x"), assistant("I")),
    "This model does not support assistant message prefill."
  ],
  [
    "prefill that ends in a space",
    { model: "claude-haiku-4-5", ...of(user("x"), assistant("I ")) },
    "messages: final assistant content cannot end with trailing whitespace"
  ],
  [
    "five breakpoints of the cache",
    {
      system: [{ ...text("x"), ...cached }],
      tools: [{ ...tool(), ...cached }],
      ...of(user([1, 2, 3].map(() => ({ ...text("x"), ...cached }))))
    },
    "A maximum of 4 blocks with cache_control may be provided. Found 5."
  ]
]

const image = (source: unknown) => of(user([{ type: "image", source }]))

const document = (source: unknown) => of(user([{ type: "document", source }]))

const sources: ReadonlyArray<Case> = [
  ["an image without a source", image(undefined), "messages.0.content.0.image.source: Field required"],
  [
    "an image of an unknown source",
    image({ type: "text" }),
    "messages.0.content.0.image.source: Input tag 'text' found"
  ],
  [
    "an image of an unknown type",
    image({ ...png, media_type: "image/jpg" }),
    "messages.0.content.0.image.source.base64.media_type: Input should be one of 'image/jpeg'"
  ],
  ["an image without data", image({ ...png, data: undefined }), "messages.0.content.0.image.source.base64.data: Field"],
  ["an image without an address", image({ type: "url" }), "messages.0.content.0.image.source.url.url: Field required"],
  [
    "a document of another type",
    document({ ...png }),
    "messages.0.content.0.document.source.base64.media_type: Input should be one of 'application/pdf'"
  ],
  [
    "a text document of another type",
    document({ ...plain, media_type: "text/csv" }),
    "messages.0.content.0.document.source.text.media_type: Input should be 'text/plain'"
  ],
  [
    "a blank text in a document",
    document({ type: "content", content: [text(" ")] }),
    "messages: text content blocks must contain non-whitespace text"
  ],
  [
    "a blank text in a search result",
    of(user([{ type: "search_result", source: "s", title: "t", content: [text("")] }])),
    "messages: text content blocks must be non-empty"
  ],
  [
    "an image in a result of a tool",
    of(user("x"), assistant([use("t1")]), user([result("t1", { content: [{ type: "image" }] })])),
    "messages.2.content.0.tool_result.content.0.image.source: Field required"
  ],
  [
    "a server's call whose input is a text",
    of(user("x"), assistant([{ type: "server_tool_use", id: "s1", name: "web_search", input: "{}" }]), user("y")),
    "messages.1.content.0.server_tool_use.input: Input should be a valid dictionary"
  ]
]

const calls: ReadonlyArray<Case> = [
  ["a result at the beginning", of(user([result("t1")])), orphan("messages.0.content.0", "t1")],
  [
    "a result after a text of the assistant",
    of(user("x"), assistant("y"), user([result("t1")])),
    orphan("messages.2.content.0", "t1")
  ],
  [
    "a result of an older call",
    of(user("x"), assistant([use("t1")]), user([result("t1")]), assistant("y"), user([result("t1")])),
    orphan("messages.4.content.0", "t1")
  ],
  [
    "a result of a server's call",
    of(
      user("x"),
      assistant([{ type: "server_tool_use", id: "s1", name: "web_search", input: {} }]),
      user([result("s1")])
    ),
    orphan("messages.2.content.0", "s1")
  ],
  ["a call without a result", of(user("x"), assistant([use("t1")]), user("y")), unanswered("messages.1", "t1")],
  [
    "two calls, one result",
    of(user("x"), assistant([use("t1"), use("t2")]), user([result("t1")])),
    unanswered("messages.1", "t2")
  ],
  [
    "a result after a text",
    of(user("x"), assistant([use("t1")]), user([text("y"), result("t1")])),
    unanswered("messages.1", "t1")
  ],
  [
    "a call at the end",
    { model: "claude-haiku-4-5", ...of(user("x"), assistant([use("t1")])) },
    unanswered("messages.1", "t1")
  ],
  [
    "a call in the first of two turns of the assistant",
    of(user("x"), assistant([use("t1")]), assistant("y"), user("z")),
    unanswered("messages.1", "t1")
  ],
  [
    "two results of one call",
    of(user("x"), assistant([use("t1")]), user([result("t1"), result("t1")])),
    "messages.2.content.1: each tool_use must have a single result."
  ],
  [
    "two calls of one id",
    of(user("x"), assistant([use("t1")]), user([result("t1")]), assistant([use("t1")]), user([result("t1")])),
    "messages.3: `tool_use` ids must be unique"
  ],
  [
    "a call whose input is a text",
    of(user("x"), assistant([use("t1", { input: "{}" })]), user([result("t1")])),
    "messages.1.content.0.tool_use.input: Input should be a valid dictionary"
  ],
  [
    "a call whose input is a list",
    of(user("x"), assistant([use("t1", { input: [] })]), user([result("t1")])),
    "messages.1.content.0.tool_use.input: Input should be a valid dictionary"
  ],
  [
    "a call whose input is null",
    of(user("x"), assistant([use("t1", { input: null })]), user([result("t1")])),
    "messages.1.content.0.tool_use.input: Input should be a valid dictionary"
  ],
  [
    "a call without input",
    of(user("x"), assistant([use("t1", { input: undefined })]), user([result("t1")])),
    "messages.1.content.0.tool_use.input: Field required"
  ],
  [
    "a call without a name",
    of(user("x"), assistant([use("t1", { name: undefined })]), user([result("t1")])),
    "messages.1.content.0.tool_use.name: Field required"
  ],
  [
    "a call of a bad name",
    of(user("x"), assistant([use("t1", { name: "a b" })]), user([result("t1")])),
    "messages.1.content.0.tool_use.name: String should match pattern"
  ],
  [
    "a call of a bad id",
    of(user("x"), assistant([use("t 1")]), user([result("t 1")])),
    "messages.1.content.0.tool_use.id: String should match pattern"
  ],
  [
    "a result without an id",
    of(user("x"), assistant([use("t1")]), user([{ type: "tool_result" }])),
    "messages.2.content.0.tool_result.tool_use_id: Field required"
  ],
  [
    "an error without content",
    of(user("x"), assistant([use("t1")]), user([result("t1", { content: "", is_error: true })])),
    "messages.2.content.0.tool_result: content cannot be empty if `is_error` is true"
  ],
  [
    "an empty text in a result",
    of(user("x"), assistant([use("t1")]), user([result("t1", { content: [text("")] })])),
    "messages: text content blocks must be non-empty"
  ],
  [
    "a result whose content is a number",
    of(user("x"), assistant([use("t1")]), user([result("t1", { content: 5 })])),
    "messages.2.content.0.tool_result.content: Input should be a string or a list"
  ],
  [
    "a result that holds a text",
    of(user("x"), assistant([use("t1")]), user([result("t1", { content: ["x"] })])),
    "messages.2.content.0.tool_result.content.0: Input should be an object"
  ],
  [
    "a result that holds a call",
    of(user("x"), assistant([use("t1")]), user([result("t1", { content: [use("t2")] })])),
    "messages.2.content.0.tool_result.content.0: Input tag 'tool_use' found using 'type' is not allowed here"
  ],
  [
    "a server's result without its call",
    of(user("x"), assistant([{ type: "web_search_tool_result", tool_use_id: "s1", content: [] }]), user("y")),
    "messages.1.content.0: unexpected `tool_use_id` found in `web_search_tool_result` blocks: s1. Each"
  ]
]

const all: ReadonlyArray<Case> = [...settings, ...tools, ...schemas, ...conversations, ...sources, ...calls]

describe("the emulator refuses what the API refuses", () => {
  it.effect("a direct message with wrong parameters is a 400 that names the place", () =>
    Effect.gen(function* () {
      for (const [name, fields, message] of all) {
        const refused = yield* refusalOf("POST", "/v1/messages", { body: { ...base, ...fields } })
        assert.deepStrictEqual([refused.status, refused.type], [400, "invalid_request_error"], name)
        assert.include(refused.message, message, name)
      }
      assert.deepStrictEqual(yield* (yield* AnthropicEmulator.Emulator).bill, [])
    }).pipe(withEmulator())
  )

  it.effect("a request of a batch with wrong parameters is errored, alone, and not charged", () =>
    Effect.gen(function* () {
      const { id } = yield* batchOf("POST", "/v1/messages/batches", {
        requests: [
          request("good"),
          ...all.map(([, fields], index) => ({ custom_id: `c-${index}`, params: { ...base, ...fields } }))
        ]
      })
      yield* TestClock.adjust("90 seconds")
      const results = new Map((yield* resultsOf(id)).map((line) => [line.custom_id, line.result]))
      assert.strictEqual(results.get("good")?.type, "succeeded")
      for (const [index, [name, , message]] of all.entries()) {
        const result = results.get(`c-${index}`)
        assert(result?.type === "errored", name)
        assert.strictEqual(result.error.error.type, "invalid_request_error")
        assert.include(result.error.error.message, message, name)
      }
      assert.lengthOf(yield* (yield* AnthropicEmulator.Emulator).bill, 1)
    }).pipe(withEmulator())
  )

  it.effect("messages of unknown and retired models are 404", () =>
    Effect.gen(function* () {
      for (const model of ["gpt-5", "claude-opus-4-1", "claude-opus-4-1-20250805", ""]) {
        const refused = yield* refusalOf("POST", "/v1/messages", { body: { ...base, model } })
        assert.deepStrictEqual(
          [refused.status, refused.type, refused.message],
          [404, "not_found_error", `model: ${model}`]
        )
      }
      for (const [model, message] of [
        [undefined, "model: Field required"],
        [5, "model: Input should be a valid string"]
      ] as const) {
        assert.deepInclude(yield* refusalOf("POST", "/v1/messages", { body: { ...base, model } }), {
          status: 400,
          message
        })
      }
    }).pipe(withEmulator())
  )

  it.effect("a request of a batch with parameters that batches forbid is errored", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<Case> = [
        ["stream", { stream: true }, "stream: not supported in a batch"],
        ["speed", { speed: "standard" }, "speed: not supported in a batch"],
        ["max_tokens", { max_tokens: 0 }, "max_tokens: Input should be greater than or equal to 1"],
        ["fallbacks", { fallbacks: "default" }, "fallbacks: not supported in a batch"],
        ["thread", { thread: { type: "create" } }, "thread: not supported in a batch"],
        [
          "billing",
          { billing_policy: { bill_to: "user_profile" } },
          "billing_policy.bill_to: a user profile cannot be billed"
        ]
      ]
      const { id } = yield* batchOf("POST", "/v1/messages/batches", {
        requests: [
          ...cases.map(([name, fields]) => request(name, fields)),
          request("good", { stream: false, fallbacks: null })
        ]
      })
      yield* TestClock.adjust("90 seconds")
      const results = new Map((yield* resultsOf(id)).map((line) => [line.custom_id, line.result]))
      assert.strictEqual(results.get("good")?.type, "succeeded")
      for (const [name, , message] of cases) {
        const result = results.get(name)
        assert(result?.type === "errored", name)
        assert.include(result.error.error.message, message)
      }
    }).pipe(withEmulator())
  )

  it.effect("a prompt, a body and a number of messages over the limits are refused", () =>
    Effect.gen(function* () {
      const long = yield* refusalOf("POST", "/v1/messages", { body: { ...base, ...of(user("x".repeat(4_000_001))) } })
      assert.deepInclude(long, { status: 400, message: "prompt is too long: 1000001 tokens > 1000000 maximum" })
      const large = yield* refusalOf("POST", "/v1/messages", { body: { ...base, ...of(user("x".repeat(32_000_001))) } })
      assert.deepInclude(large, { status: 413, type: "request_too_large" })
      const turns = Array.from({ length: 100_001 }, () => user("x"))
      const many = yield* refusalOf("POST", "/v1/messages", { body: { ...base, messages: turns } })
      assert.deepInclude(many, { status: 400, message: "messages: List should have at most 100000 items, not 100001" })
    }).pipe(withEmulator())
  )

  it.effect("under the version of 2023 sampling is refused by new models only, and citations are accepted", () =>
    Effect.gen(function* () {
      const old = { ...headers, "anthropic-version": "2023-06-01" }
      const status = (fields: Fields) =>
        Effect.map(
          call("POST", "/v1/messages", { headers: old, body: { ...base, ...fields } }),
          (response) => response.status
        )
      assert.strictEqual(yield* status({ temperature: 1 }), 200)
      assert.strictEqual(yield* status({ temperature: 0.5 }), 400)
      assert.strictEqual(yield* status({ top_k: 1 }), 400)
      assert.strictEqual(yield* status({ model: "claude-opus-4-6", temperature: 0.5, top_k: 1 }), 200)
      assert.strictEqual(yield* status(of(user([{ ...text("x"), citations: [{}] }]))), 200)
    }).pipe(withEmulator())
  )

  it.effect("thinking, prefill and speed are refused depending on the model", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [fields: Fields, status: number]> = [
        [{ model: "claude-sonnet-5-5", thinking: { type: "between_tools" } }, 200],
        [{ model: "claude-sonnet-5-5", thinking: { type: "between_tools" }, output_config: { effort: "xhigh" } }, 400],
        [{ model: "claude-sonnet-5-5", thinking: { type: "disabled" } }, 400],
        [{ model: "claude-opus-5-5", thinking: { type: "disabled" } }, 400],
        [{ model: "claude-opus-5", thinking: { type: "disabled" }, output_config: { effort: "high" } }, 200],
        [{ model: "claude-opus-5", thinking: { type: "disabled" }, output_config: { effort: "xhigh" } }, 400],
        [{ model: "claude-opus-4-8", thinking: { type: "disabled" }, output_config: { effort: "xhigh" } }, 200],
        [{ model: "claude-mythos-preview", max_tokens: 3000, thinking: { type: "enabled", budget_tokens: 1024 } }, 200],
        [{ model: "claude-haiku-4-5", ...of(user("x"), assistant("I")) }, 200],
        [{ model: "claude-haiku-4-5", ...of(user("x"), assistant("")) }, 200],
        [{ model: "claude-sonnet-4-6", ...of(user("x"), assistant("I")) }, 400],
        [{ model: "claude-opus-5-5", speed: "fast" }, 200],
        [{ model: "claude-opus-4-6", speed: "fast" }, 200],
        [{ model: "claude-opus-4-7", speed: "fast" }, 400],
        [{ model: "claude-haiku-5-5", speed: "standard" }, 200]
      ]
      for (const [fields, status] of cases) {
        const response = yield* call("POST", "/v1/messages", { body: { ...base, ...fields } })
        assert.strictEqual(response.status, status, JSON.stringify(fields))
      }
      const speeds = (yield* (yield* AnthropicEmulator.Emulator).bill).map(({ model, usage }) => [model, usage.speed])
      assert.deepStrictEqual(speeds.slice(-3), [
        ["claude-opus-5-5", "fast"],
        ["claude-opus-4-6", null],
        ["claude-haiku-5-5", null]
      ])
    }).pipe(withEmulator())
  )

  it.effect("max_tokens up to 300 000 is accepted in batches only, with the beta, by some models", () =>
    Effect.gen(function* () {
      const long = { ...headers, "anthropic-beta": "output-300k-2026-03-24" }
      const requests = [
        request("can", { max_tokens: 300_000 }),
        request("more", { max_tokens: 300_001 }),
        request("cannot", { model: "claude-fable-5-2", max_tokens: 300_000 })
      ]
      const created = yield* call("POST", "/v1/messages/batches", { headers: long, body: { requests } })
      assert.strictEqual(created.status, 200)
      yield* TestClock.adjust("90 seconds")
      const results = yield* resultsOf("msgbatch_000000000000000000000001")
      assert.deepStrictEqual(results.map(({ custom_id, result }) => [custom_id, result.type]).sort(), [
        ["can", "succeeded"],
        ["cannot", "errored"],
        ["more", "errored"]
      ])
      const direct = yield* call("POST", "/v1/messages", { headers: long, body: { ...base, max_tokens: 300_000 } })
      assert.strictEqual(direct.status, 400)
    }).pipe(withEmulator())
  )
})

describe("files in messages", () => {
  const block = (type: string, file_id: unknown) =>
    of(user([type === "container_upload" ? { type, file_id } : { type, source: { type: "file", file_id } }]))

  it.effect("a file fits one kind of block, and is found in its workspace until it expires", () =>
    Effect.gen(function* () {
      const emulator = yield* AnthropicEmulator.Emulator
      const types = ["application/pdf", "text/plain", "image/png", "text/csv", "application/zip"]
      const files = yield* emulator.seedFiles(types.map((mimeType) => ({ mimeType })))
      const fits = ["document", "document", "image", "container_upload", "container_upload"]
      for (const [index, { id }] of files.entries()) {
        for (const type of ["document", "image", "container_upload"]) {
          const response = yield* call("POST", "/v1/messages", { body: { ...base, ...block(type, id) } })
          assert.strictEqual(response.status, type === fits[index] ? 200 : 400, `${type} ${types[index]}`)
        }
      }
      const [old, elsewhere] = yield* emulator.seedFiles([{ expiresIn: "1 hour" }, { workspaceId: "wrkspc_b" }])
      for (const id of ["file_nobody", elsewhere?.id]) {
        const lost = yield* refusalOf("POST", "/v1/messages", { body: { ...base, ...block("document", id) } })
        assert.deepInclude(lost, { status: 404, type: "not_found_error" })
        assert.include(lost.message, `messages.0.content.0.document.source.file: File not found: ${id}`)
      }
      const inTime = { ...base, ...block("document", old?.id) }
      const { id } = yield* batchOf("POST", "/v1/messages/batches", { requests: [{ custom_id: "a", params: inTime }] })
      assert.strictEqual((yield* call("POST", "/v1/messages", { body: inTime })).status, 200)
      yield* TestClock.adjust("1 hour")
      const late = yield* refusalOf("POST", "/v1/messages", { body: inTime })
      assert.deepInclude(late, { status: 400 })
      assert.include(late.message, "has expired")
      const [line] = yield* resultsOf(id)
      assert.strictEqual(line?.result.type, "succeeded")
    }).pipe(withEmulator())
  )
})

describe("the emulator accepts what the API accepts", () => {
  it.effect("valid conversations, tools and schemas are answered", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<Fields> = [
        of(assistant("I begin"), user("x")),
        of(user("x"), user("y"), assistant("z"), assistant("a"), user("b")),
        of(user("x"), { role: "system", content: "Be brief" }, user("y")),
        of(user("x"), assistant([use("t1"), use("t2")]), user([result("t2"), result("t1"), text("and")])),
        of(user("x"), assistant([use("t1")]), assistant([use("t2")]), user([result("t1")]), user([result("t2")])),
        of(user("x"), assistant([use("t1")]), user([{ type: "tool_result", tool_use_id: "t1" }])),
        of(
          user("x"),
          assistant([use("t1")]),
          user([result("t1", { content: [text("x"), { type: "document", source: plain }] })])
        ),
        of(
          user("x"),
          assistant([
            { type: "server_tool_use", id: "s1", name: "web_search", input: {} },
            { type: "web_search_tool_result", tool_use_id: "s1", content: [] },
            { ...text("y"), citations: [{}] }
          ]),
          user("z")
        ),
        { system: "", metadata: {}, stop_sequences: ["\n\nHuman:"], thinking: null, tools: [], tool_choice: null },
        { tools: [tool(), tool({ name: "a".repeat(128), type: "custom" }), { type: "bash_20250124", name: "bash" }] },
        {
          tools: [tool({ strict: true, input_schema: closed({ a: { type: "string" } }) })],
          tool_choice: { type: "any" }
        },
        { tools: [tool({ input_schema: { type: "object", properties: { a: { type: "integer", minimum: 1 } } } })] },
        shaped(closed(many(24, { type: "string" }), { required: [] })),
        shaped(closed(many(16, { type: ["string", "null"] }))),
        shaped({
          $schema: "https://json-schema.org/draft/2020-12/schema",
          ...closed({
            a: { $ref: "#/$defs/A" },
            b: { type: "array", items: { $ref: "#/$defs/A" }, minItems: 1 },
            c: {
              allOf: [{ type: "string", format: "date", pattern: "^2" }],
              title: "c",
              description: "d",
              default: "e"
            }
          }),
          $defs: { A: { enum: ["x", 1, null] } }
        }),
        { output_config: { effort: "xhigh", format: null } },
        { max_tokens: 0 }
      ]
      for (const fields of cases) {
        const response = yield* call("POST", "/v1/messages", { body: { ...base, ...fields } })
        assert.strictEqual(response.status, 200, `${JSON.stringify(fields)}: ${yield* response.text}`)
      }
    }).pipe(withEmulator())
  )
})

describe("a body that is not JSON text", () => {
  const post = (path: string, body: string | Uint8Array) =>
    HttpClient.execute(
      HttpClientRequest.post(`${origin}${path}`, {
        headers,
        body: HttpBody.uint8Array(typeof body === "string" ? new TextEncoder().encode(body) : body, "application/json")
      })
    )

  const withText = (escaped: string) => JSON.stringify({ ...base, messages: [user("@")] }).replace("@", escaped)

  it.effect("a lone surrogate anywhere is a 400 of the whole body, with a position and no parameter name", () =>
    Effect.gen(function* () {
      for (const escaped of ["\\ud83d", "\\uD83D x", "\\udc00", "\\ud83d\\ud83d", "\\ud83d\\n\\ude00", "\\\\\\ud83d"]) {
        const response = yield* post("/v1/messages", withText(escaped))
        const text = yield* response.text
        assert.strictEqual(response.status, 400, escaped)
        assert.include(text, "The request body is not valid JSON: no low surrogate in string: line 1 column ")
        assert.notInclude(text, "messages.0")
      }
      const batch = JSON.stringify({ requests: [request("a"), request("b@")] }).replace("b@", "b\\udc00")
      assert.strictEqual((yield* post("/v1/messages/batches", batch)).status, 400)
      assert.lengthOf(yield* (yield* AnthropicEmulator.Emulator).batches, 0)
    }).pipe(withEmulator())
  )

  it.effect("surrogate pairs, and texts that only look like escapes, are accepted", () =>
    Effect.gen(function* () {
      for (const escaped of [
        "\\ud83d\\ude00",
        "\\uD83D\\uDE00\\u0041",
        "\\\\ud83d",
        "\\\\\\\\ud83d",
        "\\ud7ff\\ue000",
        "😀"
      ]) {
        assert.strictEqual((yield* post("/v1/messages", withText(escaped))).status, 200, escaped)
      }
    }).pipe(withEmulator())
  )

  it.effect("a body that is not UTF-8, cut, or empty is a 400", () =>
    Effect.gen(function* () {
      const valid = new TextEncoder().encode(withText("x"))
      const bad = valid.map((byte) => (byte === 0x78 ? 0xff : byte))
      for (const body of [bad, new Uint8Array([...valid, 0xc3]), withText("x").slice(0, -1), ""]) {
        const response = yield* post("/v1/messages", body)
        assert.strictEqual(response.status, 400)
        assert.include(yield* response.text, "The request body is not valid JSON")
      }
    }).pipe(withEmulator())
  )
})
