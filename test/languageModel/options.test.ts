// The options and metadata of this provider are typed, so that an editor completes them, and a client is all that is required.
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import type * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Model from "effect/ai/Model"
import * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Layer from "effect/Layer"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"

const options = { model: "claude-haiku-5-5", max_tokens: 100 } as const

describe("the provider", () => {
  it("requires a client and nothing else", () => {
    expectTypeOf(AnthropicLanguageModel.layer(options)).toEqualTypeOf<
      Layer.Layer<LanguageModel.LanguageModel, never, HttpClient.HttpClient>
    >()
    expectTypeOf(AnthropicLanguageModel.make(options)).toEqualTypeOf<
      Effect.Effect<LanguageModel.LanguageModel, never, HttpClient.HttpClient>
    >()
    expectTypeOf(AnthropicLanguageModel.model("claude-haiku-5-5", { max_tokens: 100 })).toEqualTypeOf<
      Model.Model<"anthropic", LanguageModel.LanguageModel, HttpClient.HttpClient>
    >()
    // @ts-expect-error `max_tokens` is required
    AnthropicLanguageModel.layer({ model: "claude-haiku-5-5" })
    // @ts-expect-error the prompt is given with each call
    AnthropicLanguageModel.layer({ ...options, messages: [] })
  })

  it("has typed options of messages and parts", () => {
    type OptionsOf<T extends { readonly anthropic?: unknown }> = NonNullable<T["anthropic"]>
    expectTypeOf<OptionsOf<Prompt.SystemMessageOptions>>().toEqualTypeOf<AnthropicLanguageModel.CacheableOptions>()
    expectTypeOf<OptionsOf<Prompt.UserMessageOptions>>().toEqualTypeOf<AnthropicLanguageModel.CacheableOptions>()
    expectTypeOf<OptionsOf<Prompt.FilePartOptions>>().toEqualTypeOf<AnthropicLanguageModel.FileOptions>()
    expectTypeOf<OptionsOf<Prompt.ReasoningPartOptions>>().toEqualTypeOf<AnthropicLanguageModel.ReasoningOptions>()
    expectTypeOf<OptionsOf<Prompt.ToolCallPartOptions>>().toEqualTypeOf<AnthropicLanguageModel.PartOptions>()
    expectTypeOf<OptionsOf<Response.FinishPartMetadata>>().toEqualTypeOf<AnthropicLanguageModel.FinishMetadata>()
    expectTypeOf<OptionsOf<Response.UrlSourcePartMetadata>>().toEqualTypeOf<AnthropicLanguageModel.SourceMetadata>()
    expectTypeOf<OptionsOf<AiError.RateLimitErrorMetadata>>().toEqualTypeOf<AnthropicLanguageModel.ErrorMetadata>()
    const part = Prompt.filePart({
      data: "QUJD",
      mediaType: "application/pdf",
      options: {
        anthropic: { title: "Report", citations: { enabled: true }, cacheControl: { type: "ephemeral", ttl: "1h" } }
      }
    })
    assert.strictEqual(part.options.anthropic?.title, "Report")
    // @ts-expect-error a time to live that is none
    const wrongTime: Prompt.TextPartOptions = { anthropic: { cacheControl: { type: "ephemeral", ttl: "2h" } } }
    // @ts-expect-error a misspelled option
    const misspelled: Prompt.FilePartOptions = { anthropic: { fileID: "file_1" } }
    assert.isDefined([wrongTime, misspelled])
  })
})
