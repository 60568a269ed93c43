// Tools whose parameters have no fields, are a class, or are those of a toolset, and strict input that does not fit.
import { assert, describe, it } from "@effect/vitest"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { wireMessage } from "../support/batches.ts"
import { json } from "../support/fakeClient.ts"
import { faked } from "./support.ts"

class Place extends Schema.Class<Place>("Place")({ city: Schema.String }) {}

const Now = Tool.make("now", { success: Schema.String })
const At = Tool.make("at", { parameters: Place, success: Schema.String, failureMode: "return" }).annotate(
  Tool.Strict,
  true
)
const Browser = Tool.providerDefined({
  id: "anthropic.browser_toolset_20260801",
  customName: "Browser",
  providerName: "browser_toolset",
  success: Schema.Unknown
})

const toolkit = Toolkit.make(Now, At, Browser(undefined))
const handlers = Toolkit.make(Now, At).toLayer({
  now: () => Effect.succeed("noon"),
  at: ({ city }) => Effect.succeed(city)
})

describe("a tool", () => {
  it.effect("has an object as its schema, and no name if it is a toolset", () =>
    Effect.gen(function* () {
      const { body, layer } = faked(() => json(wireMessage("Hi")))
      yield* LanguageModel.generateText({ prompt: "Hello", toolkit }).pipe(Effect.provide([layer, handlers]))
      const { tools } = yield* body(0)
      const [now, at, browser] = Array.isArray(tools) ? tools : []
      assert.strictEqual(now.input_schema.type, "object")
      assert.isUndefined(now.strict)
      assert.deepStrictEqual([at.input_schema.type, at.strict], ["object", true])
      assert.deepStrictEqual(browser, { type: "browser_toolset_20260801" })
    })
  )

  it.effect("returns a failed result for strict input that does not fit", () =>
    Effect.gen(function* () {
      const content = [{ type: "tool_use", id: "t1", name: "at", input: { town: 1 } }]
      const { layer } = faked(() => json(wireMessage("", { content, stop_reason: "tool_use" })))
      const response = yield* LanguageModel.generateText({ prompt: "Hello", toolkit }).pipe(
        Effect.provide([layer, handlers])
      )
      assert.deepStrictEqual(
        response.toolResults.map(({ isFailure }) => isFailure),
        [true]
      )
    })
  )
})
