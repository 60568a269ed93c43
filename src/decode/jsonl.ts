// Decodes JSON Lines. A block of valid lines is decoded at once. If one of its lines is wrong, the block is decoded line by
// line to find which line is wrong and why.
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { accept, receive } from "../schema/checked.ts"
import { parseJson } from "./json.ts"
import { type Block, BlockCutter, type Line, linesOf } from "./lines.ts"
import { decodeUtf8 } from "./utf8.ts"

/** A line that cannot be decoded. */
export interface BadLine {
  /** Counts from 1. */
  readonly number: number
  /** The byte where the line starts. */
  readonly offset: number
  readonly description: string
  readonly path: ReadonlyArray<string | number>
  /** The line, with replacement characters for bytes that are not UTF-8. Empty if the line is longer than the limit. */
  readonly text: string
  readonly byteLength: number
  /** The value of the line, if it is JSON. */
  readonly value: unknown
  /** Whether the end of the input may have cut the line. */
  readonly isLast: boolean
}

const lenient = new TextDecoder("utf-8", { ignoreBOM: true })

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)

const withoutByteOrderMark = (line: Line): Uint8Array | undefined =>
  line.offset === 0 && line.bytes?.[0] === 0xef && line.bytes[1] === 0xbb && line.bytes[2] === 0xbf
    ? line.bytes.subarray(3)
    : line.bytes

/** Selects the values of a stream. Undefined leaves a line out. Called with the lines in their order. */
export interface Select<V, A> {
  readonly value: (value: V) => A | undefined
  readonly bad: (line: BadLine) => A | undefined
}

/** Makes a function that decodes one line, or returns what is wrong with it. It returns undefined for a blank line. */
const makeDecodeLine = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, maxLineBytes: number) => {
  const decodeValue = receive(schema)
  return (line: Line): Result.Result<S["Type"], BadLine> | undefined => {
    const bytes = withoutByteOrderMark(line)
    const bad = (description: string, path: ReadonlyArray<string | number> = [], value?: unknown) =>
      Result.fail<BadLine>({
        number: line.number,
        offset: line.offset,
        description,
        path,
        text: bytes === undefined ? "" : lenient.decode(bytes),
        byteLength: line.byteLength,
        value,
        isLast: !line.isTerminated
      })
    if (bytes === undefined) return bad(`it is longer than ${maxLineBytes} bytes`)
    if (isBlank(bytes)) return undefined
    const text = decodeUtf8(bytes)
    if (Result.isFailure(text)) return bad(text.failure)
    const json = parseJson(text.success)
    if (Result.isFailure(json)) return bad(json.failure)
    const decoded = decodeValue(json.success)
    if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
    return bad(decoded.failure.description, decoded.failure.path, json.success)
  }
}

/**
 * Parses the lines of a block. Returns undefined if one is not JSON. Parsing and checking are separate, because that is
 * faster. Only the last line of all may have no line feed. It is parsed here too: a second look would decode it again.
 */
const parseLines = (text: string): ReadonlyArray<unknown> | undefined => {
  const values: Array<unknown> = []
  let start = 0
  try {
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      values.push(JSON.parse(text.slice(start, end)))
      start = end + 1
    }
    if (start < text.length) values.push(JSON.parse(text.slice(start)))
  } catch {
    return undefined
  }
  return values
}

interface Decoder<V> {
  readonly maxLineBytes: number
  /** Returns the value, or undefined if it does not fit. */
  readonly accept: (value: unknown) => V | undefined
  readonly decodeLine: (line: Line) => Result.Result<V, BadLine> | undefined
}

/** Reads the blocks of one input in their order, and counts its lines and bytes. */
class BlockReader<V, A> {
  readonly #decoder: Decoder<V>
  readonly #select: Select<V, A>
  #number = 1
  #offset = 0

  constructor(decoder: Decoder<V>, select: Select<V, A>) {
    this.#decoder = decoder
    this.#select = select
  }

  read(blocks: ReadonlyArray<Block>): Array<A> {
    const selected: Array<A> = []
    for (const block of blocks) {
      const values = this.#valuesOf(block)
      if (values === undefined) this.#readLines(block, selected)
      else {
        for (const value of values) add(selected, this.#select.value(value))
        this.#number += values.length
      }
      this.#offset += block.byteLength
    }
    return selected
  }

  /** The values of a block, or undefined if a line of it needs a closer look. */
  #valuesOf({ byteLength, bytes }: Block): ReadonlyArray<V> | undefined {
    if (bytes === undefined || byteLength > this.#decoder.maxLineBytes) return undefined
    const text = Result.getOrUndefined(decodeUtf8(bytes))
    const parsed = text === undefined ? undefined : parseLines(text)
    if (parsed === undefined) return undefined
    const values: Array<V> = []
    for (const json of parsed) {
      const value = this.#decoder.accept(json)
      if (value === undefined) return undefined
      values.push(value)
    }
    return values
  }

  #readLines(block: Block, selected: Array<A>): void {
    const first = { number: this.#number, offset: this.#offset }
    for (const line of linesOf(block, first, this.#decoder.maxLineBytes)) {
      this.#number += 1
      const decoded = this.#decoder.decodeLine(line)
      if (decoded === undefined) continue
      const { bad, value } = this.#select
      add(selected, Result.isSuccess(decoded) ? value(decoded.success) : bad(decoded.failure))
    }
  }
}

const add = <A>(selected: Array<A>, item: A | undefined): void => {
  if (item !== undefined) selected.push(item)
}

/**
 * Decodes JSON Lines by a `checked` schema. Each line becomes a value or an error, and an error does not affect other lines.
 * Blank lines are skipped. CRLF, a byte order mark and a missing last line end are accepted. The time is linear in the
 * length of the input for any chunks, and memory holds the chunks of a pull and one line. The lines that a chunk completes stay
 * together.
 */
export const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, maxLineBytes: number) => {
  const decoder: Decoder<S["Type"]> = {
    maxLineBytes,
    accept: accept(schema),
    decodeLine: makeDecodeLine(schema, maxLineBytes)
  }
  return <A, E, R>(bytes: Stream.Stream<Uint8Array, E, R>, select: Select<S["Type"], A>): Stream.Stream<A, E, R> =>
    Stream.transformPull(bytes, (pull) =>
      Effect.sync(() => {
        const cutter = new BlockCutter(maxLineBytes)
        const reader = new BlockReader(decoder, select)
        let isAtEnd = false
        const give = (selected: ReadonlyArray<A>): Pull.Pull<Arr.NonEmptyReadonlyArray<A>, E, void, R> =>
          Arr.isReadonlyArrayNonEmpty(selected) ? Effect.succeed(selected) : next
        const read = Pull.matchEffect(pull, {
          onSuccess: (chunks) => give(chunks.flatMap((chunk) => reader.read(cutter.push(chunk)))),
          onFailure: Effect.failCause,
          onDone: () => {
            isAtEnd = true
            return give(reader.read(cutter.end()))
          }
        })
        const next = Effect.suspend(() => (isAtEnd ? Cause.done() : read))
        return next
      })
    )
}
