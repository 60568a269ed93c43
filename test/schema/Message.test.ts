import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Messages from "effect-anthropic/Messages"
import { wireMessage } from "../support/batches.ts"
import { blocks, fields } from "../support/blocks.ts"

const decode = Schema.decodeUnknownSync(Messages.Message)

describe("Message", () => {
  for (const [index, block] of blocks.entries()) {
    it(`decodes ${block.type} (${index}), and encodes it unchanged`, () => {
      const wire = wireMessage("", { content: [block], ...fields })
      const message = decode(structuredClone(wire))
      assert.strictEqual(message.content[0]?.type, block.type)
      assert.strictEqual(JSON.stringify(message), JSON.stringify(wire))
    })
  }

  it("keeps unknown members inside known blocks", () => {
    for (const block of [
      { type: "web_search_tool_result", tool_use_id: "i", content: { type: "web_search_summary" } },
      { type: "web_search_tool_result", tool_use_id: "i", content: [{ type: "web_search_video" }] },
      { type: "web_fetch_tool_result", tool_use_id: "i", content: { type: "web_fetch_stream" } },
      { type: "code_execution_tool_result", tool_use_id: "i", content: { type: "code_execution_plot" } },
      { type: "tool_use", id: "i", name: "n", input: {}, caller: { type: "daemon" } }
    ]) {
      const wire = wireMessage("", {
        content: [block],
        stop_details: { type: "tired" },
        diagnostics: { cache_miss_reason: { type: "moon" } }
      })
      assert.strictEqual(JSON.stringify(decode(structuredClone(wire))), JSON.stringify(wire))
    }
  })

  it("decodes a malformed block as unknown, and keeps the other blocks", () => {
    for (const block of [
      { type: "text", text: 5 },
      { type: "thinking", thinking: "t" },
      { type: "tool_use", id: "i", name: "n" },
      { type: "web_search_tool_result", tool_use_id: "i", content: "none" },
      { type: "code_execution_tool_result", content: [] },
      { kind: "without a type" }
    ]) {
      const wire = wireMessage("", { content: [{ type: "text", text: "paid for" }, block] })
      const message = decode(wire)
      assert.strictEqual(Messages.text(message), "paid for")
      assert.deepStrictEqual(message.content[1], Messages.raw(block as never))
      assert.strictEqual(JSON.stringify(message), JSON.stringify(wire))
    }
  })

  it("decodes a malformed part of a block as unknown, and keeps the block", () => {
    const text = { type: "text", text: "t", citations: [{ type: "char_location" }, { of: "no type" }] }
    const search = {
      type: "web_search_tool_result",
      tool_use_id: "i",
      content: [{ type: "web_search_result", url: 5 }]
    }
    const fetched = { type: "web_fetch_tool_result", tool_use_id: "i", content: { type: "web_fetch_result", url: "u" } }
    const call = { type: "tool_use", id: "i", name: "n", input: {}, caller: { type: "code_execution_20250825" } }
    for (const block of [text, search, fetched, call]) {
      const wire = wireMessage("", { content: [block] })
      const message = decode(wire)
      assert.strictEqual(message.content[0]?.type, block.type)
      assert.strictEqual(JSON.stringify(message), JSON.stringify(wire))
      assert.notDeepEqual<unknown>(message, wire)
    }
  })

  it("keeps the text of a text block whose other fields are malformed", () => {
    const message = decode(wireMessage("", { content: [{ type: "text", text: "paid for", citations: 5 }] }))
    assert.strictEqual(message.content[0]?.type, "unknown")
    assert.strictEqual(Messages.text(message), "paid for")
  })

  it("does not require the less important fields of blocks and messages", () => {
    const content = [
      {
        type: "text",
        text: "t",
        citations: [{ type: "web_search_result_location", cited_text: "c", url: "u", encrypted_index: "e" }]
      },
      {
        type: "web_search_tool_result",
        tool_use_id: "i",
        caller: null,
        content: [{ type: "web_search_result", url: "u", title: null, encrypted_content: "e" }]
      },
      {
        type: "code_execution_tool_result",
        tool_use_id: "i",
        content: { type: "code_execution_result", stdout: "", stderr: "", return_code: 0, content: null }
      }
    ]
    const wire = wireMessage("", {
      content,
      container: { id: "c" },
      diagnostics: {},
      stop_details: { type: "refusal" },
      usage: {
        input_tokens: 1,
        output_tokens: 2,
        cache_creation: { ephemeral_5m_input_tokens: null },
        output_tokens_details: {},
        server_tool_use: { web_search_requests: null }
      }
    })
    const message = decode(wire)
    assert.strictEqual<unknown>(message, wire)
    assert.strictEqual(message.content[1]?.type, "web_search_tool_result")
  })

  it("decodes a stop reason that is left out as null", () => {
    const { stop_reason: _, ...wire } = wireMessage("")
    assert.isNull(decode(wire).stop_reason)
  })

  it("fails when the message itself is malformed", () => {
    assert.throws(() => decode(wireMessage("", { role: "user" })), /"assistant"/)
    assert.throws(() => decode(wireMessage("", { usage: undefined })), /Expected a value/)
    assert.throws(
      () => decode(wireMessage("", { usage: { input_tokens: "1", output_tokens: 1 } })),
      /Expected a number/
    )
    assert.throws(() => decode(wireMessage("", { content: null })), /Expected an array/)
    assert.throws(() => decode(wireMessage("", { content: [null] })), /Expected an object/)
  })
})
