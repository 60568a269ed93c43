// What the API sent goes back as it came: in a chat, in an exported chat, and after a stream.
import { assert, describe, it } from "@effect/vitest"
import * as Chat from "effect/ai/Chat"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { begin, delta, end, finish, rich, start, stop, streaming, type Wire } from "../messages/support.ts"
import { wireMessage } from "../support/batches.ts"
import { json } from "../support/fakeClient.ts"
import { faked } from "./support.ts"

const open = <const Name extends string>(name: Name) =>
  Tool.dynamic(name, { parameters: { type: "object" }, success: Schema.Unknown })

const toolkit = Toolkit.make(open("look"), open("now"))

const content: ReadonlyArray<unknown> = rich.content

/** The content of the assistant's turn that was sent. */
const sentBack = (body: Record<string, unknown>): unknown =>
  Array.isArray(body.messages)
    ? body.messages.find((turn: unknown) => Predicate.isReadonlyObject(turn) && turn.role === "assistant")?.content
    : undefined

const options = { toolkit, disableToolCallResolution: true, toolCallValidation: "deferred" } as const

/** The events of an answer with these blocks, each in as many pieces as its kind has. */
const eventsOf = (blocks: ReadonlyArray<Wire>): ReadonlyArray<Wire> => [
  start(),
  ...blocks.flatMap((block, index) => {
    switch (block.type) {
      case "text": {
        const citations = Array.isArray(block.citations) ? block.citations : []
        return [
          begin(index, { ...block, text: "", citations: block.citations === null ? null : [] }),
          ...(block.text === "" ? [] : [delta(index, { type: "text_delta", text: block.text })]),
          ...citations.map((citation: unknown) => delta(index, { type: "citations_delta", citation })),
          stop(index)
        ]
      }
      case "thinking":
        return [
          begin(index, { ...block, thinking: "", signature: "" }),
          delta(index, { type: "thinking_delta", thinking: block.thinking }),
          delta(index, { type: "signature_delta", signature: block.signature }),
          stop(index)
        ]
      case "tool_use":
      case "server_tool_use":
        return [
          begin(index, { ...block, input: {} }),
          delta(index, { type: "input_json_delta", partial_json: JSON.stringify(block.input) }),
          stop(index)
        ]
      default:
        return [begin(index, block), stop(index)]
    }
  }),
  finish({ stop_reason: "tool_use" }),
  end
]

describe("a conversation", () => {
  it.effect("sends every block of an answer back as it came", () =>
    Effect.gen(function* () {
      const { body, layer } = faked(() => json(rich))
      yield* Effect.gen(function* () {
        const chat = yield* Chat.empty
        yield* chat.generateText({ prompt: "Hello", ...options })
        yield* chat.generateText({ prompt: "Go on", ...options })
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(sentBack(yield* body(1)), content)
    })
  )

  it.effect("sends every block back as it came after the chat was stored as JSON", () =>
    Effect.gen(function* () {
      const { body, layer } = faked(() => json(rich))
      yield* Effect.gen(function* () {
        const chat = yield* Chat.empty
        yield* chat.generateText({ prompt: "Hello", ...options })
        const restored = yield* Chat.fromJson(yield* chat.exportJson)
        yield* restored.generateText({ prompt: "Go on", ...options })
      }).pipe(Effect.provide(layer))
      assert.strictEqual(JSON.stringify(sentBack(yield* body(1))), JSON.stringify(content))
    })
  )

  it.effect("sends every block of a streamed answer back as one piece", () =>
    Effect.gen(function* () {
      const { body, layer } = faked((_, index) => (index === 0 ? streaming(eventsOf(rich.content)) : json(rich)))
      yield* Effect.gen(function* () {
        const chat = yield* Chat.empty
        yield* Stream.runDrain(chat.streamText({ prompt: "Hello", ...options }))
        yield* chat.generateText({ prompt: "Go on", ...options })
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(sentBack(yield* body(1)), content)
    })
  )
})

describe("an answer that was cut off in the input of a call", () => {
  it.effect("goes back with an object as its input, which the API takes", () =>
    Effect.gen(function* () {
      const events = [
        start(),
        begin(0, { type: "tool_use", id: "toolu_9", name: "look", input: {} }),
        delta(0, { type: "input_json_delta", partial_json: '{"q": "Ly' }),
        stop(0),
        finish({ stop_reason: "max_tokens" }),
        end
      ]
      const { body, layer } = faked((_, index) => (index === 0 ? streaming(events) : json(wireMessage("Done"))))
      yield* Effect.gen(function* () {
        const chat = yield* Chat.empty
        yield* Stream.runDrain(chat.streamText({ prompt: "Hello", ...options }))
        yield* chat.generateText({ prompt: "Go on", ...options })
      }).pipe(Effect.provide(layer))
      const sent = sentBack(yield* body(1))
      assert.deepInclude(Array.isArray(sent) ? sent[0] : sent, { id: "toolu_9", input: { INVALID_JSON: '{"q": "Ly' } })
    })
  )
})
