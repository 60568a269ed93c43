import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { explain, parseJson } from "./json.ts"
import { type Line, LineSplitter } from "./lines.ts"
import { decodeUtf8 } from "./utf8.ts"

/** A line that is not what it should be. */
export interface BadLine {
  readonly number: number
  readonly offset: number
  readonly description: string
  readonly path: ReadonlyArray<string | number>
  /** The line, with a replacement character for what is not UTF-8; empty if it is over the cap. */
  readonly text: string
  readonly byteLength: number
  /** What it says, when it is JSON. */
  readonly value: unknown
  /** Whether the end of the input may have cut the line off. */
  readonly isLast: boolean
}

const lenient = new TextDecoder("utf-8", { ignoreBOM: true })

const isBlank = (bytes: Uint8Array): boolean =>
  bytes.byteLength === 0 || bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)

const withoutByteOrderMark = (line: Line): Uint8Array | undefined =>
  line.offset === 0 && line.bytes?.[0] === 0xef && line.bytes[1] === 0xbb && line.bytes[2] === 0xbf
    ? line.bytes.subarray(3)
    : line.bytes

/**
 * Decodes JSON Lines: each line becomes a value or says what is wrong with it, and a bad line costs no other line. Blank
 * lines are skipped, CRLF, a byte order mark and a missing last line end are taken. Linear in the length of the input,
 * whatever the chunks; holds one chunk and one line. Gives the lines that each chunk ended.
 */
export const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, maxLineBytes: number) => {
  const decodeValue = Schema.decodeUnknownResult(schema)
  const decodeLine = (line: Line): Result.Result<S["Type"], BadLine> | undefined => {
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
    const { description, path } = explain(decoded.failure)
    return bad(description, path, json.success)
  }
  const decodeLines = (lines: ReadonlyArray<Line>): Array<Result.Result<S["Type"], BadLine>> => {
    const decoded: Array<Result.Result<S["Type"], BadLine>> = []
    for (const line of lines) {
      const result = decodeLine(line)
      if (result !== undefined) decoded.push(result)
    }
    return decoded
  }
  return <E, R>(
    bytes: Stream.Stream<Uint8Array, E, R>
  ): Stream.Stream<Array<Result.Result<S["Type"], BadLine>>, E, R> =>
    Stream.suspend(() => {
      const splitter = new LineSplitter(maxLineBytes)
      return Stream.concat(
        Stream.map(bytes, (chunk) => decodeLines(splitter.push(chunk))),
        Stream.fromEffect(Effect.sync(() => decodeLines(splitter.end())))
      )
    })
}
