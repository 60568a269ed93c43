// Tools that need an approval: the model's call waits for it, and what came of it is sent with the next turn.
import { assert, describe, it } from "@effect/vitest"
import * as Chat from "effect/ai/Chat"
import * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { wireMessage } from "../support/batches.ts"
import { json } from "../support/fakeClient.ts"
import { faked } from "./support.ts"

const toolkit = Toolkit.make(
  Tool.make("delete_file", {
    parameters: Schema.Struct({ path: Schema.String }),
    success: Schema.String,
    needsApproval: true
  })
)

const call = { type: "tool_use", id: "toolu_1", name: "delete_file", input: { path: "/a" } }

/** Asks, answers the request for an approval, also after the chat was stored, and tells what was run and sent. */
const ask = Effect.fnUntraced(function* (approved: boolean) {
  const ran: Array<string> = []
  const handlers = toolkit.toLayer({
    delete_file: ({ path }) =>
      Effect.sync(() => {
        ran.push(path)
        return `deleted ${path}`
      })
  })
  const { body, layer, requests } = faked((_, index) =>
    json(index === 0 ? wireMessage("", { content: [call], stop_reason: "tool_use" }) : wireMessage("Done"))
  )
  const told = yield* Effect.gen(function* () {
    const chat = yield* Chat.empty
    const first = yield* chat.generateText({ prompt: "Delete /a", toolkit })
    const request = first.content.find((part) => part.type === "tool-approval-request")
    assert(request !== undefined)
    assert.deepStrictEqual([ran.length, first.toolResults.length, request.toolCallId], [0, 0, "toolu_1"])
    const restored = yield* Chat.fromJson(yield* chat.exportJson)
    const { text } = yield* restored.generateText({
      prompt: [
        Prompt.toolMessage({
          content: [Prompt.toolApprovalResponsePart({ approvalId: request.approvalId, approved })]
        })
      ],
      toolkit
    })
    return text
  }).pipe(Effect.provide([layer, handlers]))
  assert.strictEqual(told, "Done")
  assert.lengthOf(requests, 2)
  const { messages } = yield* body(1)
  return { ran, turns: Array.isArray(messages) ? messages : [] }
})

describe("a tool that needs an approval", () => {
  it.effect("runs after it was approved, and its result is sent", () =>
    Effect.gen(function* () {
      const { ran, turns } = yield* ask(true)
      assert.deepStrictEqual(ran, ["/a"])
      assert.deepStrictEqual(turns.slice(1), [
        { role: "assistant", content: [call] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "deleted /a" }] }
      ])
    })
  )

  it.effect("does not run after it was denied, and the model gets a result with an error", () =>
    Effect.gen(function* () {
      const { ran, turns } = yield* ask(false)
      assert.deepStrictEqual(ran, [])
      assert.deepStrictEqual(turns[1], { role: "assistant", content: [call] })
      const [result] = turns[2].content
      assert.deepInclude(result, { type: "tool_result", tool_use_id: "toolu_1", is_error: true })
      assert.include(result.content, "execution-denied")
    })
  )
})
