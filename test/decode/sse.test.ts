import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { type ServerSentEvent, SseDecoder } from "../../src/decode/sse.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Decoded {
  readonly events: ReadonlyArray<ServerSentEvent>
  readonly failure: string | undefined
}

const decode = (chunks: Iterable<Uint8Array>, maxBytes = 1_000): Decoded => {
  const decoder = new SseDecoder(maxBytes)
  const events: Array<ServerSentEvent> = []
  for (const chunk of chunks) events.push(...decoder.push(chunk))
  return { events, failure: decoder.failure }
}

const events = (text: string) => decode([bytes(text)]).events

function* slices(input: Uint8Array, sizes: ReadonlyArray<number>): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < input.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    yield input.subarray(at, at + size)
    at += size
  }
}

const ofOneByte = (input: Uint8Array) => slices(input, [1])

describe("SseDecoder", () => {
  it("takes LF, CRLF and CR, also mixed", () => {
    const expected = [
      { event: "a", data: "1" },
      { event: "b", data: "2" }
    ]
    for (const end of ["\n", "\r\n", "\r"]) {
      assert.deepStrictEqual(events(["event: a", "data: 1", "", "event: b", "data: 2", "", ""].join(end)), expected)
    }
    assert.deepStrictEqual(events("event: a\r\ndata: 1\n\revent: b\rdata: 2\r\n\n"), expected)
  })

  it("does not take a CRLF that was cut in two for two line ends", () => {
    const text = "data: 1\r\ndata: 2\r\n\r\ndata: 3\r\n\r\n"
    const expected = [
      { event: "", data: "1\n2" },
      { event: "", data: "3" }
    ]
    assert.deepStrictEqual(decode(ofOneByte(bytes(text))).events, expected)
    assert.deepStrictEqual(decode([bytes("data: 1\r"), bytes("data: 2\r\r")]).events, [{ event: "", data: "1\n2" }])
  })

  it("joins the lines of data with LF, and removes one leading space only", () => {
    assert.deepStrictEqual(events("data:a\ndata:  b\ndata\ndata:\n\n"), [{ event: "", data: "a\n b\n\n" }])
  })

  it("skips comments, ids, retries, unknown fields and a byte order mark", () => {
    assert.deepStrictEqual(events("\ufeff: hello\nid: 7\nretry: 10\nfoo\ndatabase: x\nevent: a\ndata: {}\n\n:\n\n"), [
      { event: "a", data: "{}" }
    ])
    assert.deepStrictEqual(decode(ofOneByte(bytes("\ufeffdata: 1\n\n\ufeffdata: 2\n\n"))).events, [
      { event: "", data: "1" }
    ])
  })

  it("drops events without data and their names", () => {
    assert.deepStrictEqual(events("event: a\n\ndata: 1\n\nevent: b\nevent\ndata: 2\n\n"), [
      { event: "", data: "1" },
      { event: "", data: "2" }
    ])
  })

  it("drops an event without the empty line at its end", () => {
    assert.deepStrictEqual(events("data: 1\n\ndata: 2\n"), [{ event: "", data: "1" }])
    assert.deepStrictEqual(events("data: 1\n\ndata: 2"), [{ event: "", data: "1" }])
    assert.deepStrictEqual(events(""), [])
  })

  it("joins characters that were cut between chunks", () => {
    assert.deepStrictEqual(decode(ofOneByte(bytes("event: ä\ndata: 😀€ü\u2028\n\n"))).events, [
      { event: "ä", data: "😀€ü\u2028" }
    ])
  })

  it("fails on bytes that are not UTF-8, after the events before them", () => {
    const input = Uint8Array.of(...bytes("data: 1\r\n\rdata: "), 0xff, ...bytes("\n\ndata: 3\n\n"))
    const expected = { events: [{ event: "", data: "1" }], failure: "it is not UTF-8" }
    assert.deepStrictEqual(decode([input]), expected)
    assert.deepStrictEqual(decode(ofOneByte(input)), expected)
  })

  it("fails on an event that is too long, in chunks of any size", () => {
    const failure = "it is longer than 20 bytes"
    for (const text of [
      `data: ${"x".repeat(15)}\n\n`,
      "data: 1234567890\ndata: 1234567890\n\n",
      `: ${"x".repeat(19)}\n\n`,
      `data: ${"€".repeat(100)}`
    ]) {
      const input = bytes(`data: 1\n\n${text}`)
      for (const chunks of [[input], ofOneByte(input), slices(input, [7])]) {
        assert.deepStrictEqual(decode(chunks, 20), { events: [{ event: "", data: "1" }], failure }, text)
      }
    }
  })

  it("counts the bytes of a line and of the data of an event, and takes exactly the maximum", () => {
    for (const [data, length] of [
      ["x".repeat(14), 20],
      ["€€€€xx", 20],
      ["ääääääxx", 20],
      ["😀😀😀xx", 20]
    ] as const) {
      const text = `data: ${data}\n\n`
      assert.strictEqual(bytes(text).length, length + 2)
      for (const chunks of [[bytes(text)], ofOneByte(bytes(text)), slices(bytes(text), [5])]) {
        assert.deepStrictEqual(decode(chunks, 20), { events: [{ event: "", data }], failure: undefined })
      }
      const longer = bytes(`data: ${data}x\n\n`)
      for (const chunks of [[longer], ofOneByte(longer), slices(longer, [5])]) {
        assert.deepStrictEqual(decode(chunks, 20), { events: [], failure: "it is longer than 20 bytes" })
      }
    }
    const lines = bytes("data: €€€\ndata: €€€€\n\n")
    assert.strictEqual(decode([lines], 22).events[0]?.data, "€€€\n€€€€")
    assert.deepStrictEqual(decode([lines], 21), { events: [], failure: "it is longer than 21 bytes" })
  })

  it("reports a line that is too long and not UTF-8 as too long, in chunks of any size", () => {
    const input = Uint8Array.from([...bytes(`data: ${"a".repeat(60)}`), 0xff, ...bytes("\n\n")])
    for (const chunks of [[input], ofOneByte(input), slices(input, [7])]) {
      assert.deepStrictEqual(decode(chunks, 20), { events: [], failure: "it is longer than 20 bytes" })
    }
    const marked = bytes(`\ufeff${"€".repeat(6)}xx\ndata: 1\n\n`)
    for (const chunks of [[marked], ofOneByte(marked)]) {
      assert.deepStrictEqual(decode(chunks, 20), { events: [{ event: "", data: "1" }], failure: undefined })
    }
    const longer = bytes(`\ufeff${"€".repeat(7)}\ndata: 1\n\n`)
    for (const chunks of [[longer], ofOneByte(longer)]) {
      assert.deepStrictEqual(decode(chunks, 20), { events: [], failure: "it is longer than 20 bytes" })
    }
  })

  it("is fast for an event of 16 MB, whole and in pieces", () => {
    const data = "0123456789abcdef".repeat(1024 * 1024)
    const input = bytes(`data: ${data}\n\n`)
    for (const chunks of [[input], slices(input, [16 * 1024]), slices(input, [100])]) {
      const started = performance.now()
      const { events, failure } = decode(chunks, 64 * 1024 * 1024)
      assert.isUndefined(failure)
      assert.strictEqual(events[0]?.data.length, data.length)
      assert.isTrue(events[0]?.data === data)
      assert.isBelow(performance.now() - started, 5_000)
    }
  })

  const piece = Schema.Literals([
    ..."data: |data:|data|event: |event|:|id: 1| ||\ufeff|ä€😀|{}|abcdef|\n|\r\n|\r|\n\n|\r\n\r\n|data: 1\n\n".split(
      "|"
    ),
    "spoiled"
  ])
  const pieces = Schema.Array(piece).check(Schema.isMaxLength(40))
  const sizes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))).check(
    Schema.isMaxLength(8)
  )

  it.prop(
    "emits the same events for any lines and chunks of any size",
    [pieces, sizes],
    ([pieces, sizes]) => {
      const input = Uint8Array.from(pieces.flatMap((piece) => (piece === "spoiled" ? [0xff] : [...bytes(piece)])))
      assert.deepStrictEqual(decode(slices(input, sizes), 12), decode([input], 12))
      assert.deepStrictEqual(decode(ofOneByte(input), 1_000), decode([input], 1_000))
    },
    { arbitrary: { runs: 2_000 } }
  )
})
