import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Messages from "effect-anthropic/Messages"
import { wireMessage, written } from "./support/batches.ts"

const decode = Schema.decodeUnknownSync(Messages.Message)

const block = { type: "hologram", voxels: [1] }
const text = (value: string) => ({ type: "text" as const, text: value })

describe("Messages", () => {
  it("builds turns", () => {
    assert.deepStrictEqual(Messages.user("Hi"), { role: "user", content: "Hi" })
    assert.deepStrictEqual(Messages.user([text("Hi")]), { role: "user", content: [text("Hi")] })
    assert.deepStrictEqual(Messages.assistant("Hi"), { role: "assistant", content: "Hi" })
    assert.deepStrictEqual(Messages.assistant([text("Hi")]), { role: "assistant", content: [text("Hi")] })
    assert.deepStrictEqual(Messages.system("Hi"), { role: "system", content: "Hi" })
  })

  it("sends a received message back as it came", () => {
    const content = [block, { type: "thinking", thinking: "…", signature: "sig", extra: 1 }, text("Hi")]
    const message = decode(wireMessage("", { content: structuredClone(content) }))
    const turn = Messages.assistant(message)
    assert.strictEqual(turn.content, message.content)
    assert.strictEqual(JSON.stringify(turn.content), JSON.stringify(content))
  })

  it("reads the text of an answer", () => {
    const content = [text("One, "), block, { type: "tool_use", id: "t", name: "n", input: {} }, text("two.")]
    assert.strictEqual(Messages.text(decode(wireMessage("", { content }))), "One, two.")
    assert.strictEqual(Messages.text(decode(wireMessage("", { content: [] }))), "")
  })

  it("keeps what it does not know, in its place", () => {
    const wire = { zz: 1, ...wireMessage("Hi", { content: [block, text("Hi")], aa: { b: [null] } }) }
    const message = decode(structuredClone(wire))
    assert.strictEqual(JSON.stringify(message), JSON.stringify(wire))
    assert.deepStrictEqual(written(message), wire)
  })
})
