import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import { bytes, type Download, downloads, line, sliced } from "../support/batches.ts"

const batch = "msgbatch_test"

const whole = (...lines: ReadonlyArray<string>): Download => ({ pieces: [lines.join("")] })

/** What `results` gives before it fails, and its failure. */
const read = Effect.fnUntraced(function* (options?: Batches.ResultsOptions) {
  const ids: Array<string> = []
  const error = yield* Batches.results(batch, options).pipe(
    Stream.runForEach(({ custom_id }) => Effect.sync(() => ids.push(custom_id))),
    Effect.flip,
    Effect.option
  )
  return { ids, error: error._tag === "Some" ? error.value : undefined }
})

/** The ids that `resultLines` gives, or what is wrong with the line in its place. */
const readLines = (options?: Batches.ResultsOptions) =>
  Batches.resultLines(batch, options).pipe(
    Stream.map(Result.match({ onSuccess: ({ custom_id }) => custom_id, onFailure: (error) => error })),
    Stream.runCollect
  )

const texts = Effect.map(Stream.runCollect(Batches.results(batch)), (results) =>
  results.map(({ result }) => {
    assert(result.type === "succeeded")
    const [block] = result.message.content
    return block?.type === "text" ? block.text : undefined
  })
)

describe("lines are read", () => {
  const awkward = 'ä€😀 \u2028 \u2029 \u0085 \u0000 \\ " \n \r\n'

  for (const size of [1, 2, 3, 7, 1000]) {
    it.effect(`in pieces of ${size} bytes, with any characters in them`, () => {
      const text = `${line("a", awkward)}\n${line("b", awkward)}\n`
      return Effect.gen(function* () {
        assert.deepStrictEqual(yield* texts, [awkward, awkward])
      }).pipe(downloads(2, { pieces: sliced(text, size) }).provide())
    })
  }

  for (const [name, text] of [
    ["with line feeds", `${line("a")}\n${line("b")}\n`],
    ["without the last line end", `${line("a")}\n${line("b")}`],
    ["with CRLF", `${line("a")}\r\n${line("b")}\r\n`],
    ["with CRLF and without the last line end", `${line("a")}\r\n${line("b")}\r`],
    ["with a byte order mark", `\ufeff${line("a")}\n${line("b")}\n`],
    ["with blank lines", `\n\r\n  \t\n${line("a")}\n\n\n${line("b")}\n\n  `],
    ["with spaces around them", `  ${line("a")}  \n\t${line("b")}\t\n`]
  ] as const) {
    it.effect(name, () => {
      const server = downloads(2, { pieces: sliced(text, 5) })
      return Effect.gen(function* () {
        assert.deepStrictEqual(yield* read(), { ids: ["a", "b"], error: undefined })
        assert.strictEqual(server.count(), 1)
      }).pipe(server.provide())
    })
  }

  it.effect("as none when the batch has no requests", () => {
    const server = downloads(0, { pieces: [] })
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* read(), { ids: [], error: undefined })
    }).pipe(server.provide())
  })
})

describe("a bad line", () => {
  const good = [line("a"), line("b")] as const
  const wrong = JSON.stringify({ custom_id: "c", result: { type: "succeeded", message: { id: "m" } } })

  const content = line("c", "x", { content: [{ type: "new" }, "text"] })

  for (const [name, bad, description, path] of [
    ["that is not JSON", "{oops", "it is not JSON", []],
    ["with a raw NUL in a string", line("c", "x").replace('"x"', '"\u0000"'), "it is not JSON", []],
    ["without an id", `{"result":{"type":"expired"}}`, "Expected a value", ["custom_id"]],
    ["with an id that is a number", `{"custom_id":1,"result":{"type":"expired"}}`, "Expected a string", ["custom_id"]],
    ["with a malformed message", wrong, "Expected a value", ["result", "message", "type"]],
    ["with content that is no block", content, "Expected an object", ["result", "message", "content", 1]],
    ["with a result that has no type", `{"custom_id":"c","result":{}}`, "Expected a string", ["result", "type"]],
    ["that is not an object", "[]", "Expected an object", []]
  ] as const) {
    for (const position of [0, 1, 2]) {
      const lines = [...good.slice(0, position), bad, ...good.slice(position)]
      const offset = bytes([...good.slice(0, position), ""].join("\n")).length
      for (const size of [1, 4096]) {
        it.effect(
          `${name} fails with a DecodeError that shows it, at index ${position}, in pieces of ${size} bytes`,
          () => {
            const server = downloads(3, { pieces: sliced(`${lines.join("\n")}\n`, size) })
            return Effect.gen(function* () {
              const { error, ids } = yield* read()
              assert.deepStrictEqual(ids, ["a", "b"].slice(0, position))
              assert(error?._tag === "DecodeError")
              assert.deepInclude(error, { operation: "Batches.results", line: position + 1, offset, status: 200 })
              assert.strictEqual(error.description, description)
              assert.deepStrictEqual(error.path, path)
              assert.strictEqual(error.snippet, bad)

              const all = yield* readLines()
              assert.deepStrictEqual(
                all.filter((one) => typeof one === "string"),
                ["a", "b"]
              )
              const failed = all[position]
              assert(typeof failed === "object")
              assert.deepStrictEqual(failed, error)
              assert.strictEqual(server.count(), 2)
            }).pipe(server.provide())
          }
        )
      }
    }
  }

  it.effect("that is not UTF-8 fails with DecodeError", () => {
    const invalid = new Uint8Array([0x22, 0xff, 0x22, 0x0a])
    return Effect.gen(function* () {
      const { error, ids } = yield* read()
      assert.deepStrictEqual(ids, ["a"])
      assert(error?._tag === "DecodeError")
      assert.deepInclude(error, { description: "it is not UTF-8", line: 2, snippet: '"\ufffd"' })
    }).pipe(downloads(3, { pieces: [`${line("a")}\n`, invalid, line("b")] }).provide())
  })

  it.effect("has only a short piece of itself in the snippet and the message of its error", () =>
    Effect.gen(function* () {
      const { error } = yield* read()
      assert(error?._tag === "DecodeError")
      assert.isAtMost(error.snippet.length, 501)
      assert.isAtMost(error.message.length, 700)
    }).pipe(downloads(1, whole(`${"x".repeat(1_000_000)}\n`)).provide())
  )

  it.effect("is whole in the body of its error, so that a paid answer is not lost", () => {
    const long = line("c", "x".repeat(100_000), { usage: 7 })
    const server = downloads(2, whole(`${line("a")}\n`, `${long}\n`))
    return Effect.gen(function* () {
      const { error } = yield* read()
      assert(error?._tag === "DecodeError")
      assert.strictEqual(error.body, long)
      assert.strictEqual(error.customId, "c")
      assert.notInclude(error.message, "xxx")
      const [, failed] = yield* readLines()
      assert(typeof failed === "object")
      assert.strictEqual(failed.body, long)
    }).pipe(server.provide())
  })

  it.effect("is kept in the error up to the bound of the options, in whole characters", () => {
    const server = downloads(2, whole(`${line("a")}\n`, "€€€€€€€€\n"))
    return Effect.gen(function* () {
      for (const [maxErrorBytes, kept] of [
        [24, "€€€€€€€€"],
        [23, "€€€€€€€"],
        [3, "€"],
        [2, undefined],
        [0, undefined],
        [-1, undefined],
        [Number.NaN, undefined]
      ] as const) {
        const [, failed] = yield* readLines({ maxErrorBytes })
        assert(typeof failed === "object")
        assert.strictEqual(failed.body, kept)
        assert.strictEqual(failed.snippet, "€€€€€€€€")
      }
    }).pipe(server.provide())
  })

  it.effect("has no credential in its error, also where the server sends it in the line", () =>
    Effect.gen(function* () {
      const [failed] = yield* readLines()
      assert(typeof failed === "object")
      assert.strictEqual(failed.body, "you sent <redacted>")
      assert.notInclude(JSON.stringify(failed), "sk-ant-test-1234")
    }).pipe(downloads(1, whole("you sent sk-ant-test-1234\n")).provide())
  )

  it.effect("over the length limit fails alone, and the other lines are read", () => {
    const long = line("c", "x".repeat(2000))
    const server = downloads(3, { pieces: sliced(`${line("a")}\n${long}\n${line("b")}\n`, 100) })
    return Effect.gen(function* () {
      const [a, failed, b] = yield* readLines({ maxLineBytes: 1000 })
      assert.deepStrictEqual([a, b], ["a", "b"])
      assert(typeof failed === "object")
      assert.deepInclude(failed, { description: "it is longer than 1000 bytes", line: 2, snippet: "" })
      const { ids } = yield* read({ maxLineBytes: bytes(long).length })
      assert.deepStrictEqual(ids, ["a", "c", "b"])
      const { error } = yield* read({ maxLineBytes: bytes(long).length - 1 })
      assert.strictEqual(error?._tag, "DecodeError")
    }).pipe(server.provide())
  })

  it.effect("that comes twice is reported twice", () =>
    Effect.gen(function* () {
      const lines = yield* readLines()
      assert.lengthOf(lines, 3)
      assert.lengthOf(
        lines.filter((one) => typeof one === "object"),
        2
      )
    }).pipe(downloads(3, whole("oops\n", `${line("a")}\n`, "oops\n")).provide())
  )

  it.effect("at the end and without a line end is read again before it is reported", () => {
    const server = downloads(2, whole(`${line("a")}\n`, "{oops"))
    return Effect.gen(function* () {
      const lines = yield* readLines()
      assert.strictEqual(lines[0], "a")
      assert.deepInclude(lines[1], { _tag: "DecodeError", line: 2 })
      assert.lengthOf(lines, 2)
      assert.strictEqual(server.count(), 2)
    }).pipe(server.provide())
  })

  it.effect("at the end and without a line end is reported at once when maxRetries is 0", () => {
    const server = downloads(2, whole(`${line("a")}\n`, "{oops"))
    return Effect.gen(function* () {
      const { error, ids } = yield* read()
      assert.deepStrictEqual(ids, ["a"])
      assert.strictEqual(error?._tag, "DecodeError")
      assert.strictEqual(server.count(), 1)
    }).pipe(server.provide({ maxRetries: 0 }))
  })

  it.effect("that has an id is the outcome of its request, though a later download has it whole", () => {
    const server = downloads(
      3,
      { pieces: [`${wrong}\n${line("a")}\n`], cut: "x" },
      whole(`${line("c")}\n${line("b")}\n`)
    )
    return Effect.gen(function* () {
      const [c, ...others] = yield* readLines()
      assert.deepInclude(c, { _tag: "DecodeError", line: 1, customId: "c" })
      assert.deepStrictEqual(others, ["a", "b"])
      assert.strictEqual(server.count(), 2)
    }).pipe(server.provide())
  })

  it.effect("that was damaged on its way is not counted as the result of a request", () => {
    const server = downloads(
      3,
      { pieces: [`${line("a")}\nrubbish\n`], cut: "x" },
      { pieces: [`${line("b")}\n${line("a")}\n`], cut: "x" },
      whole(`${line("a")}\n${line("b")}\n${line("c")}\n`)
    )
    return Effect.gen(function* () {
      const lines = yield* readLines()
      assert.deepStrictEqual(
        lines.filter((one) => typeof one === "string"),
        ["a", "b", "c"]
      )
      assert.lengthOf(lines, 4)
      assert.strictEqual(server.count(), 3)
    }).pipe(server.provide())
  })

  it.effect("that stays bad is reported once, also when the download is cut and read again", () => {
    const server = downloads(
      3,
      { pieces: [`rubbish\n${line("a")}\n`], cut: "x" },
      { pieces: [`${line("a")}\nrubbish\n${line("b")}\n`], cut: "x" }
    )
    return Effect.gen(function* () {
      const lines = yield* readLines()
      assert.deepStrictEqual(
        lines.map((one) => (typeof one === "string" ? one : one._tag)),
        ["DecodeError", "a", "b"]
      )
      assert.strictEqual(server.count(), 2)
    }).pipe(server.provide())
  })
})
