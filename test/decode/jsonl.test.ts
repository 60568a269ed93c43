import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type BadLine, decode } from "../../src/decode/jsonl.ts"
import { checked } from "../../src/schema/checked.ts"

const Line = checked("Line", Schema.Struct({ n: Schema.Number, text: Schema.optionalKey(Schema.String) }))

const encoder = new TextEncoder()

interface Told {
  readonly value?: unknown
  readonly bad?: Pick<BadLine, "number" | "offset" | "description" | "byteLength" | "text" | "isLast">
}

/** What the decoder makes of chunks. */
const decodeChunks = (chunks: ReadonlyArray<Uint8Array>, maxLineBytes: number) =>
  Stream.runCollect(
    decode(Line, maxLineBytes)(Stream.fromIterable(chunks, { chunkSize: 1 }), {
      value: (value): Told => ({ value }),
      bad: ({ byteLength, description, isLast, number, offset, text }): Told => ({
        bad: { byteLength, description, isLast, number, offset, text }
      })
    })
  )

const lenient = new TextDecoder("utf-8", { ignoreBOM: true })
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const tryOr = <A, B>(run: () => A, otherwise: B): A | B => {
  try {
    return run()
  } catch {
    return otherwise
  }
}

/** The same, told line by line from the whole input, in the plainest way. */
const expected = (whole: Uint8Array, maxLineBytes: number): ReadonlyArray<Told> => {
  const told: Array<Told> = []
  const decodeValue = Schema.decodeUnknownExit(Line)
  let offset = 0
  for (let number = 1; offset < whole.length; number++) {
    const feed = whole.indexOf(10, offset)
    const end = feed === -1 ? whole.length : feed
    const line = whole.subarray(offset, end)
    const isTooLong = line.length > maxLineBytes
    const hasMark = offset === 0 && line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf
    const content = hasMark ? line.subarray(3) : line
    const text = tryOr(() => strict.decode(content), undefined)
    const bad = (description: string) =>
      told.push({
        bad: {
          byteLength: line.length,
          description,
          isLast: feed === -1,
          number,
          offset,
          text: isTooLong ? "" : lenient.decode(content)
        }
      })
    const value: unknown = text === undefined ? undefined : tryOr(() => JSON.parse(text), undefined)
    if (isTooLong) bad(`it is longer than ${maxLineBytes} bytes`)
    else if (text === undefined) bad("it is not UTF-8")
    else if (/^[ \t\r]*$/.test(text)) undefined
    else if (value === undefined) bad("it is not JSON")
    else {
      const exit = decodeValue(value)
      if (exit._tag === "Success") told.push({ value: exit.value })
      else bad(Predicate.isObject(value) ? "Expected a value" : "Expected an object")
    }
    offset = end + 1
  }
  return told
}

const slices = (whole: Uint8Array, sizes: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const size = sizes.length === 0 ? whole.length : (sizes[turn % sizes.length] ?? 0)
    chunks.push(whole.subarray(at, at + size))
    at += size
  }
  return chunks
}

const Int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const piece = Schema.Literals([
  '{"n":1}',
  '{"n":2,"text":"ä😀\\u2028\\n"}',
  '{"n":3,"more":[null]}',
  '{"n":1}\n{"n":2}\n{"n":3}\n',
  '{"text":"x"}',
  '{"n":',
  "[]",
  "7",
  "rubbish",
  `{"n":4,"text":"${"long".repeat(20)}"}`,
  "\ufeff",
  "€",
  "spoiled",
  "cut €",
  " ",
  "\t",
  "\r",
  "\r\n",
  "\n",
  "\n",
  "\n\n"
])

/** Bytes of a piece; two of them are not UTF-8. */
const bytesOf = (text: string): ReadonlyArray<number> =>
  text === "spoiled" ? [0x22, 0xff, 0x22] : text === "cut €" ? [0xe2, 0x82] : [...encoder.encode(text)]

describe("JSON Lines", () => {
  it.effect.prop(
    "are decoded as one by one, in chunks of any size",
    [
      Schema.Array(piece).check(Schema.isMaxLength(25)),
      Schema.Array(Int(0, 30)).check(Schema.isMaxLength(6)),
      Schema.Literals([5, 20, 90, 1_000])
    ],
    ([pieces, sizes, maxLineBytes]) =>
      Effect.gen(function* () {
        const whole = Uint8Array.from(pieces.flatMap(bytesOf))
        const usable = sizes.some((size) => size > 0) ? sizes : []
        const told = expected(whole, maxLineBytes)
        assert.deepEqual(yield* decodeChunks(slices(whole, usable), maxLineBytes), [...told])
        assert.deepEqual(yield* decodeChunks(slices(whole, [1]), maxLineBytes), [...told])
        assert.deepEqual(yield* decodeChunks([whole], maxLineBytes), [...told])
      }),
    { timeout: 60_000, arbitrary: { runs: 1_000 } }
  )

  it.effect("emit the lines before a failure of the input, and not the line that it cut", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const input = Stream.concat(Stream.make(encoder.encode('{"n":1}\n{"n":2}')), Stream.fail("cut"))
      const error = yield* decode(Line, 100)(input, { value: ({ n }) => `${n}`, bad: () => "bad" }).pipe(
        Stream.runForEach((n) => Effect.sync(() => seen.push(n))),
        Effect.flip
      )
      assert.strictEqual(error, "cut")
      assert.deepStrictEqual(seen, ["1"])
    })
  )

  it.effect("leave out values that are not selected, also when run twice", () =>
    Effect.gen(function* () {
      const odd = decode(Line, 100)(Stream.make(encoder.encode('{"n":1}\n{"n":2}\nx\n{"n":3}')), {
        value: ({ n }) => (n % 2 === 1 ? n : undefined),
        bad: () => undefined
      })
      assert.deepStrictEqual(yield* Stream.runCollect(odd), [1, 3])
      assert.deepStrictEqual(yield* Stream.runCollect(odd), [1, 3])
    })
  )
})
