// Faults of the lines of a batch's results: missing, repeated, foreign, or cut off at the end of a line.
// For the same fault in every download of a batch, use its `Plan`.
import type { ResultLine } from "../batches/plan.ts"
import { bodyAction, encode, whole } from "./body.ts"
import type { Action } from "./model.ts"

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const newline = 0x0a

const parse = (text: string): ReadonlyArray<ResultLine> =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): ResultLine => JSON.parse(line))

/**
 * Answers a download of results with the lines that `change` returns for the lines of the batch. They must differ.
 *
 * The request counts of the batch stay as they are.
 *
 * @example
 * import { AnthropicEmulator } from "effect-anthropic/testing"
 *
 * const { Fault } = AnthropicEmulator
 *
 * const results = { when: { path: /\/results$/ } }
 * const missing = { ...results, ...Fault.lines((lines) => lines.slice(1)) }
 * const repeated = { ...results, ...Fault.lines((lines) => [...lines, ...lines.slice(0, 1)]) }
 * const foreign = { ...results, ...Fault.lines((lines) => lines.map((line) => ({ ...line, custom_id: "other-1" }))) }
 *
 * @category constructors
 * @since 0.1.0
 */
export const lines = (change: (lines: ReadonlyArray<ResultLine>) => ReadonlyArray<ResultLine>): Action =>
  bodyAction("lines", (body, delivery) =>
    whole(body, (bytes) => {
      const before = decode(bytes)
      const after = change(parse(before))
        .map((line) => `${JSON.stringify(line)}\n`)
        .join("")
      if (after === before) delivery.missed("the lines did not change")
      return encode(after)
    })
  )

/**
 * Ends a body of lines cleanly after `count` whole lines. The body must have more.
 *
 * @category constructors
 * @since 0.1.0
 */
export const endAfterLines = (count: number): Action =>
  bodyAction(`endAfterLines(${count})`, (body, delivery) =>
    whole(body, (bytes) => {
      let end = 0
      for (let passed = 0; passed < count && end < bytes.length; passed++) {
        const found = bytes.indexOf(newline, end)
        end = found === -1 ? bytes.length : found + 1
      }
      if (end === bytes.length) delivery.missed(`the body has no more than ${count} lines`)
      return bytes.subarray(0, end)
    })
  )
