import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import { bytes, downloads, line } from "../support/batches.ts"

const Int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** What stands in one line: a result with a text, or something else. */
const Content = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("result"), text: Schema.String }),
  Schema.Struct({ kind: Schema.Literal("bad"), text: Schema.String }),
  Schema.Struct({ kind: Schema.Literal("blank"), text: Schema.Literals(["", " ", "\t", "\r"]) })
])

const Input = {
  lines: Schema.Array(Schema.Tuple([Content, Schema.Literals(["\n", "\r\n"])])).check(Schema.isMaxLength(12)),
  slices: Schema.Array(Int(1, 40)).check(Schema.isMaxLength(30)),
  byteOrderMark: Schema.Boolean,
  lastLineEnd: Schema.Boolean
}

/** Cuts bytes into pieces of these sizes, again and again. */
const slice = (whole: Uint8Array, sizes: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const pieces: Array<Uint8Array> = []
  for (let start = 0, index = 0; start < whole.length; index++) {
    const size = sizes[index % sizes.length] ?? whole.length
    pieces.push(whole.subarray(start, start + size))
    start += size
  }
  return pieces
}

describe("the lines of a download", () => {
  it.effect.prop(
    "are the same in pieces of any size",
    Input,
    ({ byteOrderMark, lastLineEnd, lines, slices }) => {
      const results = lines.filter(([{ kind }]) => kind === "result")
      const bad = lines.filter(([{ kind }]) => kind === "bad")
      const written = lines.map(([{ kind, text }], index) =>
        // A text is not JSON behind a brace, and has no line end that was not meant.
        kind === "result" ? line(`r-${index}`, text) : kind === "bad" ? `}${text.replaceAll("\n", " ")}` : text
      )
      // Only a good line can be believed without its end.
      const isOpen = !lastLineEnd && lines.at(-1)?.[0].kind !== "bad"
      const text = lines.map(([, end], index) => `${written[index]}${isOpen && index === lines.length - 1 ? "" : end}`)
      const whole = bytes(`${byteOrderMark ? "\ufeff" : ""}${text.join("")}`)
      const expected = lines.flatMap(([{ kind, text }], index) =>
        kind === "blank" ? [] : [kind === "result" ? `${index} ${JSON.stringify(text)}` : `${index} bad`]
      )
      const server = downloads(results.length + bad.length, { pieces: slice(whole, slices) })
      return Effect.gen(function* () {
        const read = yield* Stream.runCollect(Batches.resultLines("msgbatch_test"))
        const found = read.map(
          Result.match({
            onFailure: (error) => `${(error.line ?? 0) - 1} bad`,
            onSuccess: ({ custom_id, result }) => {
              assert(result.type === "succeeded")
              const [block] = result.message.content
              return `${custom_id.slice(2)} ${block?.type === "text" ? JSON.stringify(block.text) : ""}`
            }
          })
        )
        assert.deepStrictEqual(found, expected)
        for (const failed of read.filter(Result.isFailure)) {
          const { line: number = 0, offset = 0 } = failed.failure
          const skipped = byteOrderMark && number === 1 ? 3 : 0
          const at = new TextDecoder().decode(whole.subarray(offset + skipped, offset + skipped + 1))
          assert.strictEqual(at, "}")
        }
        assert.strictEqual(server.count(), 1)
      }).pipe(server.provide())
    },
    { timeout: 60_000, arbitrary: { runs: 300 } }
  )
})
