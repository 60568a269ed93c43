// Answers as parts: sources of citations, server tools, usage; and the rarer parts of prompts.
import { assert, describe, it } from "@effect/vitest"
import * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { wireMessage } from "../support/batches.ts"
import { json } from "../support/fakeClient.ts"
import { faked } from "./support.ts"

const citations = [
  {
    type: "web_search_result_location",
    cited_text: "x",
    url: "https://example.com/",
    title: null,
    encrypted_index: "e"
  },
  {
    type: "web_search_result_location",
    cited_text: "x",
    url: "https://example.com/",
    title: "Page",
    encrypted_index: "e"
  },
  {
    type: "search_result_location",
    cited_text: "x",
    search_result_index: 0,
    source: "notes",
    title: null,
    start_block_index: 0,
    end_block_index: 1
  },
  {
    type: "page_location",
    cited_text: "x",
    document_index: 3,
    document_title: null,
    file_id: null,
    start_page_number: 1,
    end_page_number: 2
  },
  {
    type: "content_block_location",
    cited_text: "x",
    document_index: 0,
    document_title: null,
    file_id: null,
    start_block_index: 0,
    end_block_index: 1
  },
  {
    type: "char_location",
    cited_text: "x",
    document_index: 0,
    document_title: "Told",
    file_id: null,
    start_char_index: 0,
    end_char_index: 1
  }
]

const document: Prompt.UserMessageEncoded = {
  role: "user",
  content: [
    {
      type: "file",
      mediaType: "text/plain; charset=utf-8",
      data: "data:text/plain;base64,THlvbg==",
      fileName: "a.txt"
    },
    {
      type: "file",
      mediaType: "application/pdf",
      data: "https://example.com/a.pdf",
      options: { anthropic: { context: "a context" } }
    },
    { type: "file", mediaType: "application/zip", data: "", options: { anthropic: { fileId: "file_1" } } }
  ],
  options: { anthropic: { cacheControl: { type: "ephemeral", ttl: "1h" } } }
}

describe("the parts of an answer", () => {
  it.effect("have a source for each citation, with the title of the document", () =>
    Effect.gen(function* () {
      const { body, layer } = faked(() => json(wireMessage("", { content: [{ type: "text", text: "Hi", citations }] })))
      const response = yield* LanguageModel.generateText({ prompt: [document] }).pipe(Effect.provide(layer))
      const sources = response.content.flatMap((part) =>
        part.type === "source" ? [`${part.sourceType} ${part.title}`] : []
      )
      assert.deepStrictEqual(sources, [
        "url https://example.com/",
        "url Page",
        "document notes",
        "document document 3",
        "document a.txt",
        "document Told"
      ])
      assert.deepStrictEqual((yield* body(0)).messages, [
        {
          role: "user",
          content: [
            {
              type: "document",
              source: { type: "text", media_type: "text/plain", data: "Lyon" },
              title: "a.txt"
            },
            { type: "document", source: { type: "url", url: "https://example.com/a.pdf" }, context: "a context" },
            { cache_control: { type: "ephemeral", ttl: "1h" }, type: "container_upload", file_id: "file_1" }
          ]
        }
      ])
    })
  )

  it.effect("include failed results of server tools, with their name in the toolkit", () =>
    Effect.gen(function* () {
      const search = Tool.providerDefined({
        id: "anthropic.web_search_20250305",
        customName: "Search",
        providerName: "web_search",
        parameters: Schema.Unknown,
        success: Schema.Unknown,
        failure: Schema.Unknown
      })
      const content = [
        { type: "server_tool_use", id: "s1", name: "web_search", input: { query: "x" } },
        {
          type: "web_search_tool_result",
          tool_use_id: "s1",
          content: { type: "web_search_tool_result_error", error_code: "unavailable" }
        },
        { type: "web_search_tool_result", tool_use_id: "earlier", content: [] }
      ]
      const { layer } = faked(() => json(wireMessage("", { content, usage: { input_tokens: 1.5, output_tokens: 2 } })))
      const response = yield* LanguageModel.generateText({
        prompt: "Hello",
        toolkit: Toolkit.make(search(undefined))
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        response.toolResults.map(({ id, isFailure, name }) => [id, name, isFailure]),
        [
          ["s1", "Search", true],
          ["earlier", "Search", false]
        ]
      )
      assert.strictEqual(response.usage.inputTokens.total, 0)
    })
  )
})

const refusalOf = (prompt: Prompt.RawInput) =>
  LanguageModel.generateText({ prompt }).pipe(
    Effect.flip,
    Effect.provide(faked(() => json(wireMessage("Hi"))).layer),
    Effect.map(({ reason }) => ("description" in reason ? reason.description : undefined))
  )

describe("a turn of the model that the API does not take", () => {
  it.effect("is refused when it has a file, or a result of an unknown server tool", () =>
    Effect.gen(function* () {
      const user: Prompt.UserMessageEncoded = { role: "user", content: "Hello" }
      assert.strictEqual(
        yield* refusalOf([user, { role: "assistant", content: [{ type: "file", mediaType: "image/png", data: "" }] }]),
        "the API does not take files in a turn of the assistant"
      )
      const result = { type: "tool-result", id: "x", name: "strange", isFailure: false, result: 1 } as const
      assert.strictEqual(
        yield* refusalOf([user, { role: "assistant", content: [{ ...result, providerExecuted: true }] }]),
        "the result of strange has no block to be sent as"
      )
      assert.strictEqual(
        yield* refusalOf([
          user,
          {
            role: "tool",
            content: [
              {
                ...result,
                modelOutput: [
                  { type: "file", mediaType: "application/zip", data: "", options: { anthropic: { fileId: "file_1" } } }
                ]
              }
            ]
          }
        ]),
        "a tool result cannot contain a block of type container_upload"
      )
    })
  )
})
