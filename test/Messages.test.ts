import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Messages from "effect-anthropic/Messages"
import { wireMessage, written } from "./support/batches.ts"

const decode = Schema.decodeUnknownSync(Messages.Message)

const block = { type: "hologram", voxels: [1] }
const text = (value: string) => ({ type: "text" as const, text: value })

describe("Messages", () => {
  it("user, assistant and system build turns", () => {
    assert.deepStrictEqual(Messages.user("Hi"), { role: "user", content: "Hi" })
    assert.deepStrictEqual(Messages.user([text("Hi")]), { role: "user", content: [text("Hi")] })
    assert.deepStrictEqual(Messages.assistant("Hi"), { role: "assistant", content: "Hi" })
    assert.deepStrictEqual(Messages.assistant([text("Hi")]), { role: "assistant", content: [text("Hi")] })
    assert.deepStrictEqual(Messages.system("Hi"), { role: "system", content: "Hi" })
  })

  it("assistant makes a turn with the unchanged content of a received message", () => {
    const content = [block, { type: "thinking", thinking: "…", signature: "sig", extra: 1 }, text("Hi")]
    const message = decode(wireMessage("", { content: structuredClone(content) }))
    const turn = Messages.assistant(message)
    assert.strictEqual(turn.content, message.content)
    assert.strictEqual(JSON.stringify(turn.content), JSON.stringify(content))
  })

  it("assistant writes numbers of a received message as JavaScript rounds them", () => {
    const received = '[{"type":"tool_use","id":"t","name":"n","input":{"a":12345678901234567890,"b":1.0}}]'
    const message = decode(wireMessage("", { content: JSON.parse(received) }))
    assert.strictEqual(
      JSON.stringify(Messages.assistant(message).content),
      '[{"type":"tool_use","id":"t","name":"n","input":{"a":12345678901234567000,"b":1}}]'
    )
  })

  it("withExtra adds fields to parameters, with the parameters first or last", () => {
    const params = { model: "claude-haiku-5-5", max_tokens: 1, messages: [Messages.user("Hi")] }
    const extra = { context_management: { edits: [] } }
    assert.deepEqual(Messages.withExtra(params, extra), { ...params, ...extra })
    assert.deepEqual(Messages.withExtra(extra)(params), { ...params, ...extra })
  })

  it("textDelta returns the text that an event adds", () => {
    const event = Schema.decodeUnknownSync(Messages.MessageEvent)
    const delta = (piece: object) => event({ type: "content_block_delta", index: 0, delta: piece })
    const start = (content_block: object) => event({ type: "content_block_start", index: 0, content_block })
    assert.strictEqual(Messages.textDelta(delta({ type: "text_delta", text: "Hi" })), "Hi")
    assert.strictEqual(Messages.textDelta(delta({ type: "thinking_delta", thinking: "Hm" })), "")
    assert.strictEqual(Messages.textDelta(start({ type: "text", text: "Oh, ", citations: null })), "Oh, ")
    assert.strictEqual(Messages.textDelta(start({ type: "thinking", thinking: "Hm", signature: "" })), "")
    assert.strictEqual(Messages.textDelta(event({ type: "message_stop" })), "")
    assert.strictEqual(Messages.textDelta(event({ type: "weather" })), "")
  })

  it("text returns the text of an answer", () => {
    const content = [text("One, "), block, { type: "tool_use", id: "t", name: "n", input: {} }, text("two.")]
    assert.strictEqual(Messages.text(decode(wireMessage("", { content }))), "One, two.")
    assert.strictEqual(Messages.text(decode(wireMessage("", { content: [] }))), "")
  })

  it("keep unknown fields and blocks of a message in their order", () => {
    const wire = { zz: 1, ...wireMessage("Hi", { content: [block, text("Hi")], aa: { b: [null] } }) }
    const message = decode(structuredClone(wire))
    assert.strictEqual(JSON.stringify(message), JSON.stringify(wire))
    assert.deepStrictEqual(written(message), wire)
  })
})
