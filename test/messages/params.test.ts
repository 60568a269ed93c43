import { assert, describe, it } from "@effect/vitest"
import * as Messages from "effect-anthropic/Messages"
import { blockParams, wholeParams } from "../support/params.ts"
import { params } from "./support.ts"

const accepts = (value: Messages.MessageParams): void => assert.isObject(value)

describe("the types of parameters", () => {
  it("accept every field, block and tool of the API", () => {
    accepts(wholeParams)
    assert.lengthOf(new Set(blockParams.map(({ type }) => type)), 16)
  })

  it("reject fields, blocks and values that are misspelled or not of the API", () => {
    // @ts-expect-error a field that does not exist
    accepts({ ...params, stop_sequence: "x" })
    // @ts-expect-error a model is missing
    accepts({ max_tokens: 1, messages: [] })
    // @ts-expect-error sampling parameters are no longer taken
    accepts({ ...params, temperature: 1 })
    accepts({
      ...params,
      messages: [
        // @ts-expect-error a block with a misspelled field
        { role: "user", content: [{ type: "text", txt: "x" }] },
        // @ts-expect-error a block of no kind
        { role: "user", content: [{ type: "txt", text: "x" }] }
      ]
    })
    // @ts-expect-error a system message holds text only
    accepts({ ...params, messages: [{ role: "system", content: [{ type: "redacted_thinking", data: "x" }] }] })
    // @ts-expect-error a tool of another version
    accepts({ ...params, tools: [{ type: "web_search_20250305", name: "web_search", response_inclusion: "full" }] })
    accepts(Messages.withExtra(params, { temperature: 1 }))
  })

  it("narrow by type in answers", () => {
    const name = (block: Messages.ContentBlock): string => {
      switch (block.type) {
        case "text":
          return block.text
        case "tool_use":
          return block.name
        case "unknown":
          return String(block.raw.type)
        default:
          return block.type
      }
    }
    const piece = (event: Messages.MessageEvent): string =>
      event.type === "content_block_delta" && event.delta.type === "text_delta" ? event.delta.text : ""
    assert.strictEqual(name(Messages.raw({ type: "strange" })), "strange")
    assert.strictEqual(piece({ type: "message_stop" }), "")
  })
})
