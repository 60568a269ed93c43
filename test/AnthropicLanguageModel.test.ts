// The language model over the emulator: what a program that uses `effect/ai` gets.
import { assert, describe, it } from "@effect/vitest"
import * as Chat from "effect/ai/Chat"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Model from "effect/ai/Model"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { emulated, faked } from "./languageModel/support.ts"
import { wireMessage } from "./support/batches.ts"
import { fakeClient, json } from "./support/fakeClient.ts"

const City = Schema.Struct({ name: Schema.String, population: Schema.optional(Schema.Int) })

const GetWeather = Tool.make("get_weather", {
  description: "The weather in a city",
  parameters: Schema.Struct({ city: Schema.String, day: Schema.optional(Schema.String) }),
  success: Schema.Struct({ degrees: Schema.Number })
})

const toolkit = Toolkit.make(GetWeather)

const weather = toolkit.toLayer({ get_weather: ({ city }) => Effect.succeed({ degrees: city.length }) })

describe("AnthropicLanguageModel", () => {
  it.effect("generates a text with its finish reason and usage", () =>
    Effect.gen(function* () {
      const response = yield* LanguageModel.generateText({ prompt: "Hello" })
      assert.strictEqual(response.text, "Hello")
      assert.strictEqual(response.finishReason, "stop")
      assert.strictEqual(response.usage.inputTokens.total, 2)
      assert.strictEqual(response.usage.outputTokens.total, 2)
    }).pipe(Effect.provide(emulated()))
  )

  it.effect("streams the same text in pieces", () =>
    Effect.gen(function* () {
      const parts = yield* Stream.runCollect(LanguageModel.streamText({ prompt: "Hello to everybody in Lyon" }))
      const text = parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("")
      assert.strictEqual(text, "Hello to everybody in Lyon")
      assert.deepStrictEqual(
        parts.map(({ type }) => type).filter((type) => type !== "text-delta"),
        ["response-metadata", "text-start", "text-end", "finish"]
      )
    }).pipe(Effect.provide(emulated()))
  )

  it.effect("generates an object of a schema with optional fields", () =>
    Effect.gen(function* () {
      const response = yield* LanguageModel.generateObject({ prompt: "Lyon", schema: City })
      assert.deepStrictEqual(response.value, { name: "Lyon" })
    }).pipe(Effect.provide(emulated()))
  )

  it.effect("runs the tool that the model calls, and sends its result with the next turn", () =>
    Effect.gen(function* () {
      const chat = yield* Chat.empty
      const first = yield* chat.generateText({ prompt: "call get_weather", toolkit })
      assert.strictEqual(first.finishReason, "tool-calls")
      assert.deepStrictEqual(
        first.toolResults.map(({ isFailure, result }) => ({ isFailure, result })),
        [{ isFailure: false, result: { degrees: "call get_weather".length } }]
      )
      const second = yield* chat.generateText({ prompt: "thanks", toolkit })
      assert.strictEqual(second.finishReason, "stop")
    }).pipe(Effect.provide(Layer.merge(emulated(), weather)))
  )

  it.effect("runs a tool with `strict`, whose optional fields are nullable on the wire", () =>
    Effect.gen(function* () {
      const strict = Toolkit.make(GetWeather.annotate(Tool.Strict, true))
      const response = yield* LanguageModel.generateText({ prompt: "call get_weather", toolkit: strict }).pipe(
        Effect.provide(
          strict.toLayer({ get_weather: ({ day }) => Effect.succeed({ degrees: day === undefined ? 1 : 2 }) })
        )
      )
      assert.deepStrictEqual(
        response.toolResults.map(({ result }) => result),
        [{ degrees: 1 }]
      )
    }).pipe(Effect.provide(emulated()))
  )

  it.effect("streams a call of a tool with its parameters and result", () =>
    Effect.gen(function* () {
      const parts = yield* Stream.runCollect(LanguageModel.streamText({ prompt: "call get_weather", toolkit }))
      const types = parts.map(({ type }) => type)
      assert.include(types, "tool-params-start")
      assert.include(types, "tool-params-end")
      assert.include(types, "tool-call")
      assert.include(types, "tool-result")
    }).pipe(Effect.provide(Layer.merge(emulated(), weather)))
  )

  it.effect("keeps its client and settings, with the settings of one call on top", () =>
    Effect.gen(function* () {
      const { layer, requests } = faked(
        () => json(wireMessage("Hi")),
        { betas: ["mcp-client-2025-11-20"] },
        { betas: ["context-1m-2025-08-07"], workspaceId: "wrkspc_of_the_layer" }
      )
      const elsewhere = fakeClient(() => json({}, { status: 500 }))
      yield* LanguageModel.generateText({ prompt: "Hello" }).pipe(
        Anthropic.withSettings({ workspaceId: "wrkspc_of_the_call" }),
        Effect.andThen(Stream.runDrain(LanguageModel.streamText({ prompt: "Hello" })).pipe(Effect.ignore)),
        Effect.provide(layer),
        Effect.provide(elsewhere.layer)
      )
      assert.deepStrictEqual(
        requests
          .map(({ headers }) => [headers.authorization, headers["anthropic-workspace-id"], headers["anthropic-beta"]])
          .slice(0, 2),
        [
          ["Bearer sk-ant-test-1234", "wrkspc_of_the_call", "context-1m-2025-08-07,mcp-client-2025-11-20"],
          ["Bearer sk-ant-test-1234", "wrkspc_of_the_layer", "context-1m-2025-08-07,mcp-client-2025-11-20"]
        ]
      )
      assert.lengthOf(elsewhere.requests, 0)
    })
  )

  it.effect("sends the betas of the settings when its options have none", () =>
    Effect.gen(function* () {
      const { layer, requests } = faked(() => json(wireMessage("Hi")), {}, { betas: ["context-1m-2025-08-07"] })
      yield* LanguageModel.generateText({ prompt: "Hello" }).pipe(Effect.provide(layer))
      assert.strictEqual(requests[0]?.headers["anthropic-beta"], "context-1m-2025-08-07")
    })
  )

  it.effect("applies the Overrides of one call", () =>
    Effect.gen(function* () {
      const response = yield* LanguageModel.generateText({ prompt: "one two three four five six seven" }).pipe(
        Effect.provideService(AnthropicLanguageModel.Overrides, { max_tokens: 2 })
      )
      assert.strictEqual(response.finishReason, "length")
    }).pipe(Effect.provide(emulated()))
  )

  it.effect("provides the name of its provider and of its model", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Model.ProviderName, "anthropic")
      assert.strictEqual(yield* Model.ModelName, "claude-opus-5-5")
      assert.strictEqual((yield* LanguageModel.generateText({ prompt: "Hello" })).text, "Hello")
    }).pipe(
      Effect.provide(AnthropicLanguageModel.model("claude-opus-5-5", { max_tokens: 100 })),
      Effect.provide(AnthropicEmulator.layer()),
      Effect.provide(Anthropic.layer({ apiKey: "sk-ant-test-1234" }))
    )
  )

  it.effect("annotates its span with the model, the tokens and the stop reason, without content", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      yield* LanguageModel.generateText({ prompt: "a secret prompt" }).pipe(Effect.withTracer(tracer))
      const span = spans.find(({ name }) => name === "LanguageModel.generateText")
      assert.strictEqual(span?.attributes.get("gen_ai.provider.name"), "anthropic")
      assert.strictEqual(span?.attributes.get("gen_ai.request.model"), "claude-haiku-5-5")
      assert.strictEqual(span?.attributes.get("gen_ai.usage.output_tokens"), 4)
      assert.deepStrictEqual(span?.attributes.get("gen_ai.response.finish_reasons"), ["end_turn"])
      assert.notInclude(JSON.stringify(spans.map(({ attributes }) => [...attributes])), "secret")
    }).pipe(Effect.provide(emulated()))
  )
})
