// What the API sent goes back as it came: in a chat, in an exported chat, and after a stream.
import { assert, describe, it } from "@effect/vitest"
import * as Chat from "effect/ai/Chat"
import * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ProviderTools from "effect-anthropic/ProviderTools"
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
  it.effect("sends every block of an answer back unchanged", () =>
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

  it.effect("sends every block back unchanged after the chat was stored as JSON", () =>
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

  it.effect("sends every block of a streamed answer back in one piece", () =>
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

const server = Toolkit.make(
  ProviderTools.codeExecution_20260521({}),
  ProviderTools.computerToolset_20260801({}),
  Tool.make("when", { parameters: Schema.Struct({ on: Schema.optionalKey(Schema.String) }) }).annotate(
    Tool.Strict,
    true
  ),
  Tool.make("count", { parameters: Schema.Struct({ n: Schema.BigInt }) })
)

/** Blocks whose parts have another name or other parameters than they have. */
const renamed: ReadonlyArray<Wire> = [
  { type: "server_tool_use", id: "srvtoolu_1", name: "bash_code_execution", input: { command: "ls" } },
  {
    type: "bash_code_execution_tool_result",
    tool_use_id: "srvtoolu_1",
    content: { type: "bash_code_execution_result", stdout: "a", stderr: "", return_code: 0, content: [] }
  },
  { type: "tool_use", id: "toolu_1", name: "click", toolset_name: "computer_toolset_20260801", input: { x: 1 } },
  { type: "tool_use", id: "toolu_2", name: "when", input: { on: null }, caller: { type: "direct" } },
  { type: "tool_use", id: "toolu_3", name: "count", input: { n: "12" } }
]

describe("a block whose part has another form", () => {
  const asked = { toolkit: server, disableToolCallResolution: true, toolCallValidation: "deferred" } as const

  for (const kind of ["whole", "streamed", "stored"] as const) {
    it.effect(`is sent back unchanged when the answer was ${kind}`, () =>
      Effect.gen(function* () {
        const { body, layer } = faked((_, index) =>
          index > 0
            ? json(wireMessage("Done"))
            : kind === "streamed"
              ? streaming(eventsOf(renamed))
              : json(wireMessage("", { content: renamed, stop_reason: "tool_use" }))
        )
        yield* Effect.gen(function* () {
          const chat = yield* Chat.empty
          if (kind === "streamed") yield* Stream.runDrain(chat.streamText({ prompt: "Hello", ...asked }))
          else yield* chat.generateText({ prompt: "Hello", ...asked })
          const next =
            kind === "stored" ? yield* Chat.fromPrompt(structuredClone((yield* Ref.get(chat.history)).content)) : chat
          yield* next.generateText({ prompt: "Go on", ...asked })
        }).pipe(Effect.provide(layer))
        assert.deepStrictEqual(sentBack(yield* body(1)), renamed)
      })
    )
  }

  it.effect("is not sent back when its part was edited", () =>
    Effect.gen(function* () {
      const { body, layer } = faked(() => json(wireMessage("Done")))
      const block = { type: "tool_use", id: "toolu_2", name: "when", input: { on: "secret" } }
      const part = (name: string, params: unknown) =>
        ({ type: "tool-call", id: "toolu_2", name, params, options: { anthropic: { block } } }) as const
      const prompt = (name: string, params: unknown): ReadonlyArray<Prompt.MessageEncoded> => [
        { role: "user", content: [{ type: "text", text: "Hello" }] },
        { role: "assistant", content: [part(name, params)] }
      ]
      yield* Effect.gen(function* () {
        yield* LanguageModel.generateText({ prompt: prompt("when", { on: "secret" }), ...asked })
        yield* LanguageModel.generateText({ prompt: prompt("when", { on: "redacted" }), ...asked })
        yield* LanguageModel.generateText({ prompt: prompt("count", { on: "secret" }), ...asked })
        // The name of a tool that is not given any more cannot be compared.
        yield* LanguageModel.generateText({ prompt: prompt("gone", { on: "secret" }), ...options })
      }).pipe(Effect.provide(layer))
      const sent = yield* Effect.forEach([0, 1, 2, 3], (index) => Effect.map(body(index), sentBack))
      const call = { type: "tool_use", id: "toolu_2", name: "when" }
      assert.deepStrictEqual(sent, [
        [block],
        [{ ...call, input: { on: "redacted" } }],
        [{ ...call, name: "count", input: { on: "secret" } }],
        [block]
      ])
    })
  )
})

describe("an answer that was cut off in the input of a call", () => {
  it.effect("is sent back with an object as that input", () =>
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
