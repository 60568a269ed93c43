// Prompts and tools of `effect/ai` in the form of the wire.
import { assert, describe, it } from "@effect/vitest"
import * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import * as Tools from "effect-anthropic/Tools"
import { wireMessage } from "../support/batches.ts"
import { json } from "../support/fakeClient.ts"
import { faked } from "./support.ts"

const bytes = new TextEncoder().encode("Lyon")

/** The body that a prompt is sent as. */
const bodyOf = Effect.fnUntraced(function* (
  prompt: Prompt.RawInput,
  more: Partial<AnthropicLanguageModel.Options> = {}
) {
  const { body, layer } = faked(() => json(wireMessage("Hi")), more)
  yield* LanguageModel.generateText({ prompt }).pipe(Effect.provide(layer))
  return yield* body(0)
})

const refusalOf = (prompt: Prompt.RawInput) =>
  LanguageModel.generateText({ prompt }).pipe(
    Effect.flip,
    Effect.provide(faked(() => json(wireMessage("Hi"))).layer),
    Effect.map(({ reason }) => [reason._tag, "description" in reason ? reason.description : undefined])
  )

const user = (...content: ReadonlyArray<Prompt.UserMessagePartEncoded>) => ({ role: "user" as const, content })

const file = (mediaType: string, data: Uint8Array | URL | string, options: Prompt.FilePartOptions = {}) => ({
  type: "file" as const,
  mediaType,
  data,
  options
})

describe("a prompt", () => {
  it.effect("has its first system messages in `system`, later ones as turns", () =>
    Effect.gen(function* () {
      const { messages, system } = yield* bodyOf([
        { role: "system", content: "Be brief." },
        { role: "system", content: "Speak French.", options: { anthropic: { cacheControl: { type: "ephemeral" } } } },
        user({ type: "text", text: "Hello" }),
        { role: "system", content: "Now speak German." },
        user({ type: "text", text: "Again" })
      ])
      assert.deepStrictEqual(system, [
        { type: "text", text: "Be brief." },
        { type: "text", text: "Speak French.", cache_control: { type: "ephemeral" } }
      ])
      assert.deepStrictEqual(messages, [
        { role: "user", content: [{ type: "text", text: "Hello" }] },
        { role: "system", content: [{ type: "text", text: "Now speak German." }] },
        { role: "user", content: [{ type: "text", text: "Again" }] }
      ])
    })
  )

  it.effect("has images, documents and uploaded files as blocks", () =>
    Effect.gen(function* () {
      const { messages } = yield* bodyOf([
        user(
          file("image/jpg", bytes),
          file("image/png", new URL("https://example.com/a.png")),
          file("application/pdf", bytes, { anthropic: { title: "Report", citations: { enabled: true } } }),
          file("application/pdf", new URL("https://example.com/a.pdf")),
          file("text/markdown", bytes),
          file("image/png", "", { anthropic: { fileId: "file_1" } }),
          file("application/pdf", "", { anthropic: { fileId: "file_2" } }),
          file("text/csv", "", { anthropic: { fileId: "file_3", containerUpload: true } })
        )
      ])
      const base64 = "THlvbg=="
      assert.deepStrictEqual(messages, [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/jpeg", data: base64 } },
            { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: base64 },
              title: "Report",
              citations: { enabled: true }
            },
            { type: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "Lyon" } },
            { type: "image", source: { type: "file", file_id: "file_1" } },
            { type: "document", source: { type: "file", file_id: "file_2" } },
            { type: "container_upload", file_id: "file_3" }
          ]
        }
      ])
    })
  )

  it.effect("is refused with a file that the API does not take", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refusalOf([user(file("audio/mpeg", bytes))]), [
        "InvalidUserInputError",
        "the API does not take files of type audio/mpeg in a message"
      ])
      assert.deepStrictEqual(yield* refusalOf([user(file("image/tiff", bytes))]), [
        "InvalidUserInputError",
        "image/tiff is not an image type that the API takes"
      ])
      assert.deepStrictEqual(yield* refusalOf([user(file("text/plain", new URL("https://example.com/a.txt")))]), [
        "InvalidUserInputError",
        "the API does not take text/plain by URL: pass its text"
      ])
      assert.deepStrictEqual(yield* refusalOf([user(file("text/plain", "not Base64!"))]), [
        "InvalidUserInputError",
        "the data of text/plain is not Base64 of UTF-8 text"
      ])
    })
  )

  it.effect("leaves blank texts and unsigned thinking out of a turn of another provider's model", () =>
    Effect.gen(function* () {
      const { messages } = yield* bodyOf([
        user({ type: "text", text: "Hello" }),
        {
          role: "assistant",
          content: [
            { type: "text", text: " " },
            { type: "reasoning", text: "unsigned" },
            {
              type: "reasoning",
              text: "signed",
              options: { anthropic: { info: { type: "thinking", signature: "s" } } }
            },
            {
              type: "reasoning",
              text: "",
              options: { anthropic: { info: { type: "redacted_thinking", redactedData: "d" } } }
            },
            { type: "tool-call", id: "t1", name: "look", params: { q: 1 } },
            { type: "tool-call", id: "s1", name: "web_search", params: { query: "x" }, providerExecuted: true },
            {
              type: "tool-result",
              id: "s1",
              name: "web_search",
              isFailure: false,
              result: [],
              providerExecuted: true
            }
          ]
        },
        {
          role: "tool",
          content: [
            { type: "tool-result", id: "t1", name: "look", isFailure: false, result: { seen: true } },
            { type: "tool-result", id: "t2", name: "look", isFailure: true, result: "no" },
            {
              type: "tool-result",
              id: "t3",
              name: "look",
              isFailure: false,
              result: {},
              modelOutput: [{ type: "text", text: "shown" }, file("image/png", bytes)]
            }
          ]
        }
      ])
      assert.deepStrictEqual(messages, [
        { role: "user", content: [{ type: "text", text: "Hello" }] },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "signed", signature: "s" },
            { type: "redacted_thinking", data: "d" },
            { type: "tool_use", id: "t1", name: "look", input: { q: 1 } },
            { type: "server_tool_use", id: "s1", name: "web_search", input: { query: "x" } },
            { type: "web_search_tool_result", tool_use_id: "s1", content: [] }
          ]
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "t1", content: '{"seen":true}' },
            { type: "tool_result", tool_use_id: "t2", content: "no", is_error: true },
            {
              type: "tool_result",
              tool_use_id: "t3",
              content: [
                { type: "text", text: "shown" },
                { type: "image", source: { type: "base64", media_type: "image/png", data: "THlvbg==" } }
              ]
            }
          ]
        }
      ])
    })
  )

  it.effect("sends a part that was edited as its new text, not as the received block", () =>
    Effect.gen(function* () {
      const block = { type: "text", text: "as it came", citations: null }
      const { messages } = yield* bodyOf([
        user({ type: "text", text: "Hello" }),
        { role: "assistant", content: [{ type: "text", text: "edited", options: { anthropic: { block } } }] },
        user({ type: "text", text: "Go on" })
      ])
      assert.deepStrictEqual(Array.isArray(messages) ? messages[1] : undefined, {
        role: "assistant",
        content: [{ type: "text", text: "edited" }]
      })
    })
  )

  it.effect("is sent with the parameters of the layer, and with the betas as a header", () =>
    Effect.gen(function* () {
      const { layer, requests } = faked(() => json(wireMessage("Hi")), { betas: ["context-1m-2025-08-07"] })
      yield* LanguageModel.generateText({ prompt: "Hello" }).pipe(Effect.provide(layer))
      assert.strictEqual(requests[0]?.headers["anthropic-beta"], "context-1m-2025-08-07")
      const body = yield* bodyOf("Hello", { stop_sequences: ["END"] })
      assert.deepStrictEqual([body.model, body.max_tokens, body.stop_sequences], ["claude-haiku-5-5", 1024, ["END"]])
    })
  )
})

const Look = Tool.make("look", {
  description: "Looks",
  parameters: Schema.Struct({ at: Schema.DateTimeUtcFromString, deep: Schema.optional(Schema.Boolean) }),
  success: Schema.String
}).annotate(Tools.ToolFields, { cache_control: { type: "ephemeral" } })

const WebSearch = Tool.providerDefined({
  id: "anthropic.web_search_20250305",
  customName: "AnthropicWebSearch",
  providerName: "web_search",
  args: Schema.Struct({ max_uses: Schema.optional(Schema.Number) }),
  success: Schema.Unknown
})

const handlers = Toolkit.make(Look).toLayer({ look: () => Effect.succeed("seen") })

/** The body of a call with both tools. */
const bodyWith = Effect.fnUntraced(function* (toolChoice: LanguageModel.ToolChoice<"look" | "AnthropicWebSearch">) {
  const { body, layer } = faked(() => json(wireMessage("Hi")))
  yield* LanguageModel.generateText({
    prompt: "Hello",
    toolkit: Toolkit.make(Look, WebSearch({ max_uses: 3 })),
    toolChoice
  }).pipe(Effect.provide([layer, handlers]))
  return yield* body(0)
})

describe("the tools of a call", () => {
  it.effect("are sent with their schemas, fields and arguments", () =>
    Effect.gen(function* () {
      const { tools } = yield* bodyWith("auto")
      assert.deepStrictEqual(tools, [
        {
          cache_control: { type: "ephemeral" },
          name: "look",
          description: "Looks",
          input_schema: {
            type: "object",
            properties: { at: { type: "string" }, deep: { anyOf: [{ type: "boolean" }, { type: "null" }] } },
            required: ["at"],
            additionalProperties: false
          }
        },
        { type: "web_search_20250305", name: "web_search", max_uses: 3 }
      ])
    })
  )

  it.effect("are chosen by the names of the API", () =>
    Effect.gen(function* () {
      const choiceOf = (choice: Parameters<typeof bodyWith>[0]) =>
        Effect.map(bodyWith(choice), ({ tool_choice }) => tool_choice)
      assert.deepStrictEqual(yield* choiceOf("auto"), { type: "auto" })
      assert.deepStrictEqual(yield* choiceOf("none"), { type: "none" })
      assert.deepStrictEqual(yield* choiceOf("required"), { type: "any" })
      assert.deepStrictEqual(yield* choiceOf({ tool: "AnthropicWebSearch" }), { type: "tool", name: "web_search" })
      assert.deepStrictEqual(yield* choiceOf({ oneOf: ["look"] }), { type: "auto" })
      assert.deepStrictEqual(yield* choiceOf({ oneOf: ["look"], mode: "required" }), { type: "any" })
    })
  )

  it.effect("are refused when they are of another provider, or have an invalid name or schema", () =>
    Effect.gen(function* () {
      interface Tree {
        readonly kids: ReadonlyArray<Tree>
      }
      const Tree = Schema.Struct({ kids: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree)) })
      const other = Tool.providerDefined({ id: "openai.web_search", customName: "Other", providerName: "web_search" })
      const kit = Toolkit.make(
        other(undefined),
        Tool.make("no spaces"),
        Tool.make("tree", { parameters: Tree }).annotate(Tool.Strict, true)
      )
      const { layer, requests } = faked(() => json(wireMessage("Hi")))
      const { reason } = yield* LanguageModel.generateText({
        prompt: "Hello",
        toolkit: kit,
        disableToolCallResolution: true
      }).pipe(
        Effect.flip,
        Effect.provide(layer),
        Effect.provide(kit.toLayer({ "no spaces": () => Effect.void, tree: () => Effect.void }))
      )
      assert(reason._tag === "InvalidUserInputError")
      for (const part of ["tools[0]: tool Other", "tools[1].name", "tools[2].input_schema: tool tree"]) {
        assert.include(reason.description, part)
      }
      assert.lengthOf(requests, 0)
    })
  )

  it.effect("are sent with one field when their parameters are no object, and called with its value", () =>
    Effect.gen(function* () {
      const list = Tool.dynamic("list", { parameters: { type: "array" }, success: Schema.Unknown })
      const content = [{ type: "tool_use", id: "t1", name: "list", input: { value: [1] } }]
      const { body, layer } = faked(() => json(wireMessage("", { content, stop_reason: "tool_use" })))
      const { toolResults } = yield* LanguageModel.generateText({ prompt: "Hello", toolkit: Toolkit.make(list) }).pipe(
        Effect.provide(layer),
        Effect.provide(Toolkit.make(list).toLayer({ list: (input) => Effect.succeed(input) }))
      )
      assert.deepStrictEqual(
        toolResults.map(({ result }) => result),
        [[1]]
      )
      const { tools } = yield* body(0)
      const [tool] = Array.isArray(tools) ? tools : []
      assert.deepStrictEqual(tool.input_schema.properties, { value: { type: "array" } })
    })
  )
})
