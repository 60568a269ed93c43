import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Anthropic from "effect-anthropic/Anthropic"
import * as AnthropicLanguageModel from "effect-anthropic/AnthropicLanguageModel"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { type Answer, fakeClient, type Sent } from "../support/fakeClient.ts"

const options: AnthropicLanguageModel.Options = { model: "claude-haiku-5-5", max_tokens: 1024 }

const settings = Anthropic.layer({ apiKey: "sk-ant-test-1234" })

/** The language model over the emulator, which is provided as well. */
export const emulated = (more: Partial<AnthropicLanguageModel.Options> = {}) =>
  AnthropicLanguageModel.layer({ ...options, ...more }).pipe(
    Layer.provideMerge(AnthropicEmulator.layer()),
    Layer.provide(settings)
  )

/** The language model over a fake client, and what it was asked to send. */
export const faked = (
  answer: (sent: Sent, index: number) => Answer,
  more: Partial<AnthropicLanguageModel.Options> = {},
  changes: Anthropic.Options = {}
) => {
  const fake = fakeClient(answer)
  const layer = AnthropicLanguageModel.layer({ ...options, ...more }).pipe(
    Layer.provide(Layer.merge(fake.layer, Anthropic.layer({ apiKey: "sk-ant-test-1234", ...changes })))
  )
  /** The JSON body of a request. */
  const body = (index: number): Effect.Effect<Record<string, unknown>> =>
    Effect.flatMap(Effect.fromNullishOr(fake.requests[index]).pipe(Effect.orDie), ({ upload }) =>
      Effect.map(upload, (pieces) => JSON.parse(pieces.map((piece) => new TextDecoder().decode(piece)).join("")))
    )
  return { layer, client: fake.layer, requests: fake.requests, body }
}
