// Every error survives storage, and tells in its message no content of an answer.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as AnthropicError from "effect-anthropic/AnthropicError"
import type * as Messages from "effect-anthropic/Messages"
import { answer, samples, secret } from "../support/errors.ts"

describe("an error", () => {
  it("has a sample in the tests for each exported class", () => {
    const tags = new Set<string>(samples.map(({ _tag }) => _tag))
    const exported = Object.keys(AnthropicError).filter((name) => !["ApiError", "RequestError"].includes(name))
    assert.deepStrictEqual([...tags].sort(), exported.sort())
  })

  for (const [index, sample] of samples.entries()) {
    it(`is restored from JSON unchanged: ${sample._tag} (${index})`, () => {
      const schema: Schema.Codec<typeof sample, unknown> = Schema.Union(
        samples.map(({ constructor }) => constructor as never)
      )
      assert.strictEqual(sample.constructor.name.replace(/^_/, ""), sample._tag)
      const codec = Schema.fromJsonString(Schema.toCodecJson(schema))
      const text = Schema.encodeSync(codec)(sample)
      const restored = Schema.decodeSync(codec)(text)
      assert.strictEqual(restored.constructor, sample.constructor)
      assert.strictEqual(restored.message, sample.message)
      assert.strictEqual(restored.isRetryable, sample.isRetryable)
      assert.deepStrictEqual({ ...restored }, { ...sample })
      assert.strictEqual(Schema.encodeSync(codec)(restored), text)
    })

    it(`has a message without content of an answer and without empty parts: ${sample._tag} (${index})`, () => {
      assert.notInclude(sample.message, secret)
      assert.notMatch(sample.message, /(^|\s)(at|:)?\s*$/)
      assert.notInclude(sample.message, ": :")
      assert.notInclude(sample.message, "..")
    })
  }
})

describe("an error that holds an answer", () => {
  it("can be made with any answer, and keeps it unchanged", () => {
    const frozen = Object.freeze({ ...answer, content: Object.freeze([Object.freeze({ type: "hologram" })]) })
    const stored: Messages.Message = JSON.parse(JSON.stringify(answer))
    for (const odd of [frozen as never, stored]) {
      assert.strictEqual(new AnthropicError.AnswerRefusedError({ answer: odd }).answer, odd)
    }
  })
})
