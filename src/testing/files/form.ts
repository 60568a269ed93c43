// Reads a `multipart/form-data` body: its fields, and its files with their sizes and hashes.
// The bytes of a file are kept up to a limit.
import * as Effect from "effect/Effect"
import * as MultipartParser from "effect/http/MultipartParser"
import * as Stream from "effect/Stream"
import { type ApiError, invalidRequest } from "../server/wire.ts"
import { Sha256 } from "./sha256.ts"

/** A file as it came in a form. */
export interface ReceivedFile {
  /** The name as it was sent. Empty if there was none. */
  readonly filename: string
  /** The type as it was sent, if there was one. */
  readonly type: string | undefined
  readonly size: number
  readonly sha256: string
  /** The first bytes. */
  readonly start: Uint8Array
  /** All bytes, unless there were too many to keep. */
  readonly pieces: ReadonlyArray<Uint8Array> | undefined
}

/** A `multipart/form-data` body. */
export class Form {
  readonly fields: ReadonlyMap<string, string>
  /** The part `file`, the last one if there are several. */
  readonly file: ReceivedFile | undefined
  /** The parts `files[]`. */
  readonly files: ReadonlyArray<ReceivedFile>

  constructor(fields: ReadonlyMap<string, string>, file: ReceivedFile | undefined, files: ReadonlyArray<ReceivedFile>) {
    this.fields = fields
    this.file = file
    this.files = files
  }

  /** The fields for a log. */
  toJSON() {
    const shown = ({ filename, sha256, size, type }: ReceivedFile) => ({ filename, type, size, sha256 })
    return {
      ...Object.fromEntries(this.fields),
      ...(this.file === undefined ? {} : { file: shown(this.file) }),
      ...(this.files.length === 0 ? {} : { files: this.files.map(shown) })
    }
  }
}

export const isForm = (headers: { readonly [name: string]: string }): boolean =>
  /^multipart\/form-data\b/i.test(headers["content-type"] ?? "")

const startLength = 1024

/** Decodes a name of a form, as the HTML standard encodes it. */
const decodeName = (name: string): string =>
  name.replace(/%22|%0D|%0A/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))

const receiveFile = (info: MultipartParser.PartInfo, keepBytes: number, done: (file: ReceivedFile) => void) => {
  const hash = new Sha256()
  const start = new Uint8Array(startLength)
  let pieces: Array<Uint8Array> | undefined = []
  let size = 0
  const type = info.headers["content-type"]
  return (chunk: Uint8Array | null): void => {
    if (chunk === null) {
      done({
        filename: decodeName(info.filename ?? ""),
        type: typeof type === "string" ? type.trim() : undefined,
        size,
        sha256: hash.digest(),
        start: start.subarray(0, Math.min(size, startLength)),
        pieces
      })
      return
    }
    if (size < startLength) start.set(chunk.subarray(0, startLength - size), size)
    size += chunk.length
    hash.update(chunk)
    if (size > keepBytes) pieces = undefined
    pieces?.push(chunk.slice())
  }
}

/** Reads a form piece by piece. A file of more than `keepBytes` bytes is hashed and not kept. */
export const readForm = <E>(
  body: Stream.Stream<Uint8Array, E>,
  headers: { readonly [name: string]: string },
  keepBytes: number
): Effect.Effect<{ readonly bytes: number; readonly body: Effect.Effect<Form, ApiError> }, E> =>
  Effect.suspend(() => {
    const fields = new Map<string, string>()
    let file: ReceivedFile | undefined
    const files: Array<ReceivedFile> = []
    let problem: string | undefined
    let bytes = 0
    const parser = MultipartParser.make({
      headers,
      isFile: (info) => info.name === "file" || info.name === "files[]",
      onField: (info, value) => {
        fields.set(info.name, MultipartParser.decodeField(info, value))
      },
      onFile: (info) =>
        receiveFile(info, keepBytes, (received) => {
          if (info.name === "file") file = received
          else files.push(received)
        }),
      onError: (error) => {
        problem ??= error._tag
      },
      onDone: () => {}
    })
    const write = (chunk: Uint8Array) =>
      Effect.sync(() => {
        bytes += chunk.length
        parser.write(chunk)
      })
    return Effect.map(Stream.runForEach(body, write), () => {
      parser.end()
      return {
        bytes,
        body: Effect.suspend(() =>
          problem === undefined
            ? Effect.succeed(new Form(fields, file, files))
            : Effect.fail(invalidRequest(`The request body is not a valid form: ${problem}`))
        )
      }
    })
  })
