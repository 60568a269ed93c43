// The source of the items of a durable run. Every step opens them again, possibly on another machine.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type Line, LineSplitter } from "../decode/lines.ts"
import { decodeUtf8 } from "../decode/utf8.ts"

/**
 * A function that opens the items of a run by a reference, as often as a step needs them.
 *
 * The same reference must return the same items in the same order each time, on every machine of the run. Items that have
 * changed are found by their ids, and fail the step.
 *
 * @category services
 * @since 0.1.0
 */
export interface RequestSource<out A, out E = never, out R = never> {
  /** Returns the items from the position `from` on, counted from 0. */
  readonly items: (reference: string, from: number) => Stream.Stream<A, E, R>
}

/**
 * A line of a source is not JSON, or does not fit the schema.
 *
 * @category errors
 * @since 0.1.0
 */
export class SourceLineError extends Schema.TaggedError<SourceLineError>()("SourceLineError", {
  path: Schema.String,
  /** The number of the line, from 1. */
  line: Schema.Int
}) {
  readonly isRetryable = false

  override get message(): string {
    return `${this.path}: line ${this.line} does not fit the schema of the source`
  }
}

const lineFeed = new Uint8Array([10])

const maxLineBytes = 256 * 1024 * 1024

/**
 * Reads items from files of JSON lines. The reference is the path of the file, which must not change during the run. Blank
 * lines are skipped.
 *
 * @category constructors
 * @since 0.1.0
 */
export const jsonlSource = <A>(
  schema: Schema.ConstraintCodec<A, unknown>
): RequestSource<A, PlatformError | SourceLineError, FileSystem.FileSystem> => {
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.toCodecJson(schema)))
  const items = (path: string, from: number) =>
    Stream.unwrap(
      Effect.map(FileSystem.FileSystem, (fs) => {
        const splitter = new LineSplitter(maxLineBytes)
        let position = 0
        /** The lines that are items, without those before `from`. */
        const select = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> =>
          lines.filter((line) => {
            if (line.bytes !== undefined && isBlank(line.bytes)) return false
            position += 1
            return position > from
          })
        const decodeLine = (line: Line) => {
          const error = new SourceLineError({ path, line: line.number })
          const text = line.bytes === undefined ? undefined : decodeUtf8(line.bytes)
          return text === undefined || text._tag === "Failure"
            ? Effect.fail(error)
            : Effect.mapError(decode(text.success), () => error)
        }
        return fs.stream(path).pipe(
          Stream.map((bytes) => splitter.push(bytes)),
          // Ends the last line, if it has no line feed.
          Stream.concat(Stream.suspend(() => Stream.succeed(splitter.push(lineFeed)))),
          Stream.mapEffect((lines) => Effect.forEach(select(lines), decodeLine)),
          Stream.flattenIterable
        )
      })
    )
  return { items }
}

const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 32 || byte === 9 || byte === 13)
