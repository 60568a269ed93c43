// Unknown members that went through a copy are sent back as the server sent them, or refused, in direct calls and batches.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { restoreUnknown } from "../../src/schema/restore.ts"
import { wireMessage } from "../support/batches.ts"
import { answering, json, using } from "../support/fakeClient.ts"

/** An answer that has unknown members at every place where there can be one. */
const wire = wireMessage("", {
  content: [
    { type: "hologram", points: [1, { type: "unknown", raw: "the server's own" }] },
    { type: "text", text: "t", citations: [{ type: "dream_location", depth: 3 }, { of: "no type" }] },
    { type: "text", text: "malformed", citations: 5 },
    {
      type: "tool_use",
      id: "toolu_1",
      name: "n",
      input: { type: "unknown", raw: { type: "x" } },
      caller: { type: "daemon" }
    },
    { type: "web_search_tool_result", tool_use_id: "i", content: [{ type: "web_search_video", url: "u" }] },
    { type: "web_search_tool_result", tool_use_id: "i", content: { type: "web_search_summary" } },
    {
      type: "web_fetch_tool_result",
      tool_use_id: "i",
      content: { type: "web_fetch_result", url: "u", content: { type: "x" } }
    },
    {
      type: "web_fetch_tool_result",
      tool_use_id: "i",
      content: { type: "web_fetch_result", url: "u", content: { type: "document", source: { type: "tape" } } }
    },
    {
      type: "tool_search_tool_result",
      tool_use_id: "i",
      content: { type: "tool_search_tool_search_result", tool_references: [{ type: "y" }] }
    },
    { type: "unknown", odd: true }
  ]
})

const message = Schema.decodeUnknownSync(Messages.Message)(wire)

const copies: ReadonlyArray<readonly [string, (message: Messages.Message) => Messages.Message]> = [
  ["as it was decoded", (message) => message],
  ["from structuredClone", (message) => structuredClone(message)],
  ["from object spread", (message) => ({ ...message, content: message.content.map((block) => ({ ...block })) })],
  ["from JSON text", (message) => JSON.parse(JSON.stringify(message))],
  ["from the JSON of a clone", (message) => JSON.parse(JSON.stringify(structuredClone(message)))],
  [
    "from the JSON codec",
    (message) => {
      const codec = Schema.fromJsonString(Schema.toCodecJson(Messages.Message))
      return Schema.decodeSync(codec)(Schema.encodeSync(codec)(message))
    }
  ],
  [
    "decoded from the JSON of a clone",
    (message) => Schema.decodeUnknownSync(Messages.Message)(JSON.parse(JSON.stringify(structuredClone(message))))
  ]
]

const paramsWith = (copy: Messages.Message): Messages.MessageParams => ({
  model: "claude-haiku-5-5",
  max_tokens: 10,
  messages: [Messages.user("Hello"), Messages.assistant(copy), Messages.user("Go on")]
})

describe("an unknown member in a request", () => {
  for (const [name, copy] of copies) {
    it.effect(`is sent as the server sent it, ${name}, in every kind of call`, () =>
      Effect.gen(function* () {
        const fake = answering(json(wire), json({ input_tokens: 1 }))
        const params = paramsWith(copy(message))
        const before = JSON.stringify(params)
        yield* Messages.create(params).pipe(using(fake))
        yield* Messages.countTokens(params).pipe(using(fake))
        assert.lengthOf(fake.requests, 2)
        for (const { pieces } of fake.requests) {
          const body = JSON.parse(yield* Stream.mkString(Stream.decodeText(pieces)))
          assert.deepStrictEqual(body.messages[1].content, wire.content)
        }
        assert.strictEqual(JSON.stringify(params), before)
      })
    )
  }

  it.effect("is sent as the server sent it when it is part of an answer, also in a batch", () =>
    Effect.gen(function* () {
      const emulator = yield* AnthropicEmulator.Emulator
      const answer = yield* Messages.create({
        model: "claude-haiku-5-5",
        max_tokens: 10,
        messages: [Messages.user("Hello")]
      })
      assert.strictEqual(answer.content[0]?.type, "unknown")
      const params = paramsWith(structuredClone(answer))
      yield* Effect.ignore(Messages.create(params))
      yield* Batches.create([BatchRequest.make("a", params)])
      const [direct, batch] = (yield* emulator.requests).slice(-2).map(({ body }) => JSON.parse(JSON.stringify(body)))
      const sent = [
        { type: "hologram", points: [1] },
        { type: "text", text: "t", citations: [{ type: "dream_location" }] }
      ]
      assert.deepStrictEqual(direct.messages[1].content, sent)
      assert.deepStrictEqual(batch.requests[0].params.messages[1].content, sent)
    }).pipe(
      Effect.provide([
        AnthropicEmulator.layer({
          answer: () => ({
            content: [
              Messages.raw({ type: "hologram", points: [1] }),
              { type: "text", text: "t", citations: [Messages.raw({ type: "dream_location" })] }
            ]
          })
        }),
        Anthropic.layer({ apiKey: "test-key" })
      ])
    )
  )

  it.effect("is refused when its original cannot be restored", () =>
    Effect.gen(function* () {
      const fake = answering(json(wire))
      const [hologram] = message.content
      const content: ReadonlyArray<Messages.ContentBlockParam> = JSON.parse(
        JSON.stringify([
          { ...structuredClone(hologram), cache_control: { type: "ephemeral" } },
          { type: "text", text: "t", citations: [{ type: "unknown" }] }
        ])
      )
      const params = { ...paramsWith(message), messages: [Messages.user(content)] }
      const reasons = [
        {
          path: "messages[0].content[0]",
          description: "an unknown member has further fields: put them into its `raw`, with Messages.raw"
        },
        { path: "messages[0].content[1].citations[0]", description: 'a member of type "unknown" has no `raw`' }
      ]
      const refused = yield* Effect.flip(Messages.create(params).pipe(using(fake)))
      assert(refused._tag === "RequestRefusedError")
      assert.deepStrictEqual(refused.reasons, reasons)
      const batch = yield* Effect.flip(Batches.create([BatchRequest.make("a", params)]).pipe(using(fake)))
      assert(batch._tag === "RequestRefusedError")
      assert.deepStrictEqual(
        batch.reasons,
        reasons.map(({ path, description }) => ({ path: `requests[0].params.${path}`, description }))
      )
      assert.lengthOf(fake.requests, 0)
    })
  )

  it("is restored in tools, system and results, but not in metadata, schemas and input examples", () => {
    const clone = structuredClone(Messages.raw({ type: "advisor", name: "a" }))
    const schema = { type: "object", properties: { a: { type: "unknown", raw: { type: "x" } } } }
    const params = {
      system: [{ type: "text", text: "s", citations: [clone] }],
      tools: [clone, { name: "t", input_schema: schema, input_examples: [clone] }],
      metadata: clone,
      messages: [
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "i",
              content: [clone, { type: "document", source: { type: "content", content: [clone] } }]
            }
          ]
        }
      ]
    }
    const raw = { type: "advisor", name: "a" }
    const restored = restoreUnknown(params)
    assert.deepStrictEqual(restored.wrong, [])
    assert.deepStrictEqual<unknown>(restored.params, {
      ...params,
      system: [{ type: "text", text: "s", citations: [raw] }],
      tools: [raw, params.tools[1]],
      messages: [
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "i",
              content: [raw, { type: "document", source: { type: "content", content: [raw] } }]
            }
          ]
        }
      ]
    })
    const plain = { messages: [{ role: "user", content: "Hello" }], tools: params.tools.slice(1) }
    assert.strictEqual(restoreUnknown(plain).params, plain)
  })
})
