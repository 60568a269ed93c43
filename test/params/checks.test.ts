import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import { calls, Emulator, onEmulator } from "../support/batches.ts"

const good = { model: "claude-haiku-5-5", max_tokens: 100, messages: [Messages.user("Hi")] }

/** What a caller without types could pass. */
const untyped = (fields: Record<string, unknown>): Messages.MessageParams =>
  JSON.parse(JSON.stringify(good), (key, value) => (key === "" ? { ...value, ...fields } : value))

const half = "\ud800"
const low = "\udc00"

/** Parameters that are refused wherever they are sent, and the reasons. */
const refused: ReadonlyArray<readonly [name: string, fields: Record<string, unknown>, reasons: ReadonlyArray<string>]> =
  [
    [
      "half of a surrogate pair in a text",
      { messages: [Messages.user(`ab${half}c`)] },
      ["messages[0].content: the text is not well-formed Unicode: half of a pair at index 2"]
    ],
    [
      "the second half of a surrogate pair in a block",
      { messages: [Messages.user("Hi"), { role: "assistant", content: [{ type: "text", text: `😀${low}` }] }] },
      ["messages[1].content[0].text: the text is not well-formed Unicode: half of a pair at index 2"]
    ],
    [
      "halves of a surrogate pair in the wrong order",
      { system: `${low}${half}` },
      ["system: the text is not well-formed Unicode: half of a pair at index 0"]
    ],
    [
      "halves of surrogate pairs in several places, also in keys",
      { about: { user: half }, [`key ${half}`]: 1, nested: { [low]: [half] } },
      [
        "about.user: the text is not well-formed Unicode: half of a pair at index 0",
        `["key \\ud800"]: the key is not well-formed Unicode`,
        `nested["\\udc00"]: the key is not well-formed Unicode`,
        `nested["\\udc00"][0]: the text is not well-formed Unicode: half of a pair at index 0`
      ]
    ],
    [
      "half of a surrogate pair in the result of toJSON",
      { extra: { toJSON: () => ({ text: half }) } },
      ["extra.text: the text is not well-formed Unicode: half of a pair at index 0"]
    ],
    ["NaN", { top_k: Number.NaN }, ["top_k: NaN is not a finite number"]],
    [
      "infinite numbers, deep inside",
      { tools: [{ input_schema: { minimum: Number.NEGATIVE_INFINITY, list: [1, Infinity] } }] },
      [
        "tools[0].input_schema.minimum: -Infinity is not a finite number",
        "tools[0].input_schema.list[1]: Infinity is not a finite number"
      ]
    ],
    ["a boxed NaN", { seed: Object(Number.NaN) }, ["seed: NaN is not a finite number"]],
    ["an invalid date", { at: [new Date(Number.NaN)] }, ["at[0]: the date is invalid"]],
    [
      "a BigInt",
      { seed: 5n, other: Object(5n) },
      ["seed: a BigInt cannot be written as JSON", "other: a BigInt cannot be written as JSON"]
    ],
    [
      "items of an array that are not JSON",
      { list: [1, undefined, () => 0, Symbol("s"), Object.assign([], { 1: 2 }), null] },
      [
        "list[1]: undefined in an array would be written as null",
        "list[2]: function in an array would be written as null",
        "list[3]: symbol in an array would be written as null",
        "list[4][0]: undefined in an array would be written as null"
      ]
    ],
    [
      "a toJSON that throws",
      {
        inner: {
          when: {
            toJSON() {
              throw new Error("not ready")
            }
          }
        }
      },
      ["inner.when: its toJSON failed: not ready"]
    ],
    ["no model", { model: undefined }, ["model: undefined is not the id of a model"]],
    ["an empty model", { model: " " }, [`model: " " is not the id of a model`]],
    ["a model that is not a text", { model: 5 }, ["model: 5 is not the id of a model"]],
    ["no messages", { messages: undefined }, ["messages: undefined is not an array"]],
    ["messages that are one text", { messages: "Hi" }, [`messages: "Hi" is not an array`]],
    ["messages that are one message", { messages: Messages.user("Hi") }, ["messages: object is not an array"]],
    ["an empty list of messages", { messages: [] }, ["messages: `messages` is empty"]]
  ]

const withMaxTokens = (maxTokens: unknown): Messages.MessageParams => untyped({ max_tokens: maxTokens })

const reasonsOf = (error: { readonly _tag: string }): ReadonlyArray<string> => {
  assert(error._tag === "RequestRefusedError" && "reasons" in error && Array.isArray(error.reasons))
  return error.reasons.map(({ path, description }) => `${path}: ${description}`)
}

describe("a request is refused before sending", () => {
  for (const [name, fields, reasons] of refused) {
    it.effect(`with ${name}, by messages, streams, counts and batches`, () =>
      Effect.gen(function* () {
        const params = untyped(fields)
        for (const call of [
          Messages.create(params),
          Stream.runDrain(Messages.stream(params)),
          Messages.countTokens(params)
        ]) {
          assert.deepStrictEqual(reasonsOf(yield* Effect.flip(call)), reasons)
        }
        const requests = [BatchRequest.make("a", good), BatchRequest.make("b", params)]
        const error = yield* Effect.flip(Batches.create(requests))
        const inBatch = reasons.map((reason) => `params${reason.startsWith("[") ? "" : "."}${reason}`)
        assert.deepStrictEqual(
          reasonsOf(error),
          inBatch.map((reason) => `requests[1].${reason}`)
        )
        assert.deepStrictEqual(
          BatchRequest.check(BatchRequest.make("b", params)).map(({ path, description }) => `${path}: ${description}`),
          inBatch
        )
        assert.deepStrictEqual(yield* calls, [])
      }).pipe(onEmulator())
    )
  }

  it.effect("with a cycle, and reports the path where it closes", () =>
    Effect.gen(function* () {
      const list: Array<unknown> = []
      list.push({ back: list })
      assert.deepStrictEqual(reasonsOf(yield* Effect.flip(Messages.create(untyped({ list })))), [
        "list[0].back: it contains itself"
      ])
    }).pipe(onEmulator())
  )

  it.effect("when it is nested too deeply", () =>
    Effect.gen(function* () {
      let nested: unknown = 0
      for (let depth = 0; depth < 100_000; depth++) nested = [nested]
      const [reason] = reasonsOf(yield* Effect.flip(Messages.create(untyped({ nested }))))
      assert.match(reason ?? "", /^params: it cannot be written as JSON: /)
    }).pipe(onEmulator())
  )

  it.effect("with at most 100 reasons", () =>
    Effect.gen(function* () {
      const numbers = Array.from({ length: 1000 }, () => Number.NaN)
      assert.lengthOf(reasonsOf(yield* Effect.flip(Messages.create(untyped({ numbers })))), 100)
    }).pipe(onEmulator())
  )

  it.effect("with max_tokens that are not a whole number", () =>
    Effect.gen(function* () {
      for (const [bad, shown] of [
        [10.5, "10.5"],
        [-1, "-1"],
        [Number.NaN, "NaN"],
        [1e300, "1e+300"],
        ["100", `"100"`],
        [undefined, "undefined"],
        [null, "null"]
      ] as const) {
        const call = Messages.create(withMaxTokens(bad))
        assert.deepStrictEqual(reasonsOf(yield* Effect.flip(call)), [
          `max_tokens: ${shown} is not a whole number of at least 0`
        ])
        yield* Messages.countTokens(withMaxTokens(bad))
      }
    }).pipe(onEmulator())
  )

  it.effect("with max_tokens of 0 in a batch, but not in a call", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Batches.create([BatchRequest.make("a", withMaxTokens(0))]))
      assert.deepStrictEqual(reasonsOf(error), ["requests[0].params.max_tokens: 0 is not a whole number of at least 1"])
      yield* Messages.create(withMaxTokens(0))
      assert.deepStrictEqual(yield* calls, ["POST /v1/messages"])
    }).pipe(onEmulator())
  )
})

describe("a request is accepted unchanged", () => {
  it.effect("with surrogate pairs, backslashes like escapes, null, dates, and properties that JSON leaves out", () =>
    Effect.gen(function* () {
      const at = new Date(0)
      const shared = { text: "twice" }
      const params = untyped({
        system: "😀 \\ud800 \\\\udc00 null \u2028",
        metadata: { user_id: null },
        shared: [shared, shared],
        at,
        left: undefined,
        out: () => 0,
        boxed: Object("text"),
        [Symbol("key")]: 1
      })
      const batch = yield* Batches.create([BatchRequest.make("a", params)])
      assert.deepStrictEqual(yield* (yield* Emulator).batchRequests(batch.id), [
        { custom_id: "a", params: JSON.parse(JSON.stringify(params)) }
      ])
    }).pipe(onEmulator())
  )

  it.effect.prop(
    "exactly when writing it as JSON changes no value",
    { value: Schema.Unknown },
    ({ value }) =>
      Effect.gen(function* () {
        const issues = BatchRequest.check(BatchRequest.make("a", untyped({ extra: { value } })))
        assert.strictEqual(issues.length === 0, isExact(value, false), JSON.stringify(issues))
      }),
    { arbitrary: { runs: 500 } }
  )

  it.effect.prop(
    "exactly when every text is well-formed",
    { texts: Schema.Array(Schema.Literals(["a", "\\ud800", "null", "😀", half, low])) },
    ({ texts }) =>
      Effect.gen(function* () {
        const text = texts.join("")
        const issues = BatchRequest.check(BatchRequest.make("a", untyped({ system: text, [text]: 1 })))
        assert.strictEqual(issues.length === 0, text === new TextDecoder().decode(new TextEncoder().encode(text)))
      }),
    { arbitrary: { runs: 500 } }
  )
})

/** Whether JSON holds a value: by another way than the library's. */
const isExact = (value: unknown, isItem: boolean): boolean => {
  if (typeof value === "number") return Number.isFinite(value)
  if (typeof value === "string") return value === new TextDecoder().decode(new TextEncoder().encode(value))
  if (typeof value === "bigint") return false
  if (value === undefined || typeof value === "symbol" || typeof value === "function") return !isItem
  if (Array.isArray(value)) return value.every((item) => isExact(item, true))
  if (typeof value !== "object" || value === null || value instanceof Date) return true
  return Object.entries(value).every(([key, member]) => isExact(key, false) && isExact(member, false))
}
