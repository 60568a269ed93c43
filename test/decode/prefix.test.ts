import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { isCutOff } from "../../src/decode/prefix.ts"

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const cutOf = (text: string) => Array.from({ length: text.length }, (_, length) => text.slice(0, length))

describe("isCutOff", () => {
  it("is true for every beginning of JSON that is not JSON itself", () => {
    const value = {
      text: 'ä😀 "\\/\b\f\n\r\t\u0001\u2028',
      numbers: [0, -0.5, 12.25, 1e21, -1.5e-7],
      nested: [[], {}, [{ "": [true, false, null] }]],
      empty: ""
    }
    const written = [JSON.stringify(value), JSON.stringify(value, null, "\t"), ' \r\n[ 1E+2 , "\\u00fF" , 0.0e-0 ] ']
    for (const text of written) {
      assert.isTrue(isJson(text))
      for (const cut of cutOf(text)) if (!isJson(cut)) assert.isTrue(isCutOff(cut), cut)
    }
  })

  it("is false for text that no continuation makes JSON", () => {
    for (const text of [
      "<html>",
      "upstream error",
      '{"id":"x",}',
      "[1,]",
      "[,",
      "{,",
      "{1",
      '{"a" 1',
      '{"a":,',
      '{"a":1 "b"',
      "[1 2",
      "{]",
      "[}",
      '{"a":1]',
      "tru3",
      "nulla",
      "01",
      "-x",
      "1.e",
      "+1",
      ".5",
      '"\n',
      '"\\x',
      '"\\u12g',
      "[1]]",
      "{} {",
      "}",
      "\u00a0"
    ]) {
      assert.isFalse(isJson(text), text)
      assert.isFalse(isCutOff(text), text)
    }
  })

  const Json: Schema.Codec<unknown> = Schema.Union([
    Schema.Null,
    Schema.Boolean,
    Schema.Finite,
    Schema.String,
    Schema.Array(Schema.Union([Schema.Finite, Schema.String, Schema.Array(Schema.String)])),
    Schema.Record(
      Schema.String,
      Schema.Union([Schema.Null, Schema.Finite, Schema.String, Schema.Array(Schema.Boolean)])
    )
  ])

  it.prop(
    "is true wherever JSON is cut",
    [Json, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))],
    ([value, part]) => {
      const text = JSON.stringify([value])
      const cut = text.slice(0, Math.floor(((text.length - 1) * part) / 1000))
      assert.isTrue(isCutOff(cut))
    },
    { arbitrary: { runs: 500 } }
  )

  const pieces = Schema.Array(
    Schema.Literals(["{", "}", "[", "]", ",", ":", '"a"', '"', "1", "-", "e", "true", "nul", " ", "\\", "x"])
  ).check(Schema.isMaxLength(8))

  it.prop(
    "is true for every beginning of a text that can itself be continued to JSON",
    [pieces],
    ([pieces]) => {
      // If a longer text can be continued, every beginning of it can, or is JSON.
      const text = pieces.join("")
      if (isJson(text) || isCutOff(text)) {
        for (const cut of cutOf(text)) assert.isTrue(isJson(cut) || isCutOff(cut), `${cut} of ${text}`)
      }
    },
    { arbitrary: { runs: 2_000 } }
  )

  it("is fast for 16 MB of text and for a million brackets", () => {
    assert.isTrue(isCutOff(`{"a":"${"0123456789abcdef".repeat(1024 * 1024)}`))
    assert.isTrue(isCutOff("[".repeat(1_000_000)))
  })
})
