// The official SDK's calls of messages on the emulator, beside ours.
import OfficialAnthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Messages from "effect-anthropic/Messages"
import { decodeMessage, rich } from "../messages/support.ts"
import { Fault, script } from "../support/batches.ts"
import { official, onServer } from "../support/official.ts"

const params = {
  model: "claude-haiku-5-5",
  max_tokens: 200,
  messages: [{ role: "user" as const, content: "Tell me about Lyon in a few words" }]
}

const answer = () => decodeMessage(structuredClone(rich))

/** A message as JSON, without its id and without what the official helper adds. */
const comparable = (message: object): Record<string, unknown> => {
  const { id: _, parsed_output: __, ...rest } = JSON.parse(JSON.stringify(message))
  return rest
}

describe("the official SDK's calls of messages", () => {
  it.live("the official SDK's messages.create returns the answer that ours returns", () =>
    Effect.gen(function* () {
      const message = yield* official((client) => client.messages.create(params))
      const [block] = message.content
      assert(block?.type === "text")
      assert.strictEqual(block.text, params.messages[0]?.content)
      assert.strictEqual(message.stop_reason, "end_turn")
      assert.match(String(message._request_id), /^req_/)
      assert.deepStrictEqual(comparable(message), comparable(yield* Messages.create(params)))
    }).pipe(onServer())
  )

  it.live("the official SDK's stream has the events that make the answer", () =>
    Effect.gen(function* () {
      const types = yield* official(async (client) => {
        const types: Array<string> = []
        for await (const event of await client.messages.create({ ...params, stream: true })) types.push(event.type)
        return types
      })
      assert.strictEqual(types[0], "message_start")
      assert.strictEqual(types.at(-1), "message_stop")
      const streamed = yield* official((client) => client.messages.stream(params).finalMessage())
      const created = yield* Messages.create(params)
      assert.deepStrictEqual(comparable(streamed), comparable(created))
      assert.deepStrictEqual(comparable(yield* Messages.accumulate(Messages.stream(params))), comparable(created))
    }).pipe(onServer({ pace: "1 millis" }))
  )

  it.live("the official SDK's stream helper puts every kind of block together as ours does", () =>
    Effect.gen(function* () {
      const seen = new Map<string, number>()
      const count = (name: string) => () => void seen.set(name, (seen.get(name) ?? 0) + 1)
      const message = yield* official((client) =>
        client.messages
          .stream(params)
          .on("text", count("text"))
          .on("thinking", count("thinking"))
          .on("signature", count("signature"))
          .on("citation", count("citation"))
          .on("inputJson", count("inputJson"))
          .on("contentBlock", count("contentBlock"))
          .finalMessage()
      )
      assert.deepStrictEqual(comparable(message), comparable(yield* Messages.accumulate(Messages.stream(params))))
      assert.deepStrictEqual(comparable(message).content, comparable(rich).content)
      for (const name of ["text", "thinking", "signature", "citation", "inputJson"])
        assert.isAbove(seen.get(name) ?? 0, 0)
      assert.strictEqual(seen.get("contentBlock"), rich.content.length)
    }).pipe(onServer({ answer }))
  )

  it.live("the official SDK gets tool calls, thinking and JSON when it asks for them", () =>
    Effect.gen(function* () {
      const input_schema = {
        type: "object" as const,
        properties: { city: { type: "string" } },
        required: ["city"],
        additionalProperties: false
      }
      const called = yield* official((client) =>
        client.messages.create({
          ...params,
          thinking: { type: "adaptive" },
          tools: [{ name: "weather", input_schema }],
          tool_choice: { type: "any" }
        })
      )
      assert.deepStrictEqual(
        called.content.map(({ type }) => type),
        ["thinking", "tool_use"]
      )
      assert.strictEqual(called.stop_reason, "tool_use")
      const shaped = yield* official((client) =>
        client.messages.create({ ...params, output_config: { format: { type: "json_schema", schema: input_schema } } })
      )
      const [block] = shaped.content
      assert.deepStrictEqual(block?.type === "text" && JSON.parse(block.text), { city: params.messages[0]?.content })
    }).pipe(onServer())
  )

  it.live("the official SDK's countTokens counts as ours does", () =>
    Effect.gen(function* () {
      const { model, messages } = params
      const counted = yield* official((client) => client.messages.countTokens({ model, messages }))
      assert.isAbove(counted.input_tokens, 0)
      assert.strictEqual(counted.input_tokens, (yield* Messages.countTokens(params)).input_tokens)
    }).pipe(onServer())
  )

  it.live("the official SDK throws on refusals and on errors inside a stream", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(
        official((client) => client.messages.create({ ...params, model: "claude-of-nowhere" }))
      )
      assert.instanceOf(refused.cause, OfficialAnthropic.NotFoundError)
      yield* script(Fault.errorAfterEvents(3))
      const broken = yield* Effect.flip(official((client) => client.messages.stream(params).finalMessage()))
      assert.instanceOf(broken.cause, OfficialAnthropic.APIError)
      assert.include(String(broken.cause), "overloaded_error")
    }).pipe(onServer())
  )
})
