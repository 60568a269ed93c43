// Writes a `multipart/form-data` body whose file is streamed.
// Its pieces are made again each time the stream is run.
import * as Stream from "effect/Stream"

const field = (boundary: string, name: string, value: string): string =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`

export interface FilePart<E> {
  /** Needs no escaping, because the API forbids quotes and control characters in names. */
  readonly filename: string
  /** Default: the server finds the type itself. */
  readonly type: string | undefined
  /** In bytes, if known. */
  readonly size: number | undefined
  readonly bytes: Stream.Stream<Uint8Array, E>
}

/** Encodes text fields and one part named `file`. */
export const encode = <E>(
  boundary: string,
  fields: ReadonlyArray<readonly [name: string, value: string]>,
  file: FilePart<E>
) => {
  const encoder = new TextEncoder()
  const type = file.type === undefined ? "" : `Content-Type: ${file.type}\r\n`
  const head = encoder.encode(
    `${fields.map(([name, value]) => field(boundary, name, value)).join("")}` +
      `--${boundary}\r\n` +
      `Content-Disposition: form-data; name="file"; filename="${file.filename}"\r\n${type}\r\n`
  )
  const tail = encoder.encode(`\r\n--${boundary}--\r\n`)
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: file.size === undefined ? undefined : head.byteLength + file.size + tail.byteLength,
    stream: Stream.concat(Stream.succeed(head), Stream.concat(file.bytes, Stream.succeed(tail)))
  }
}
