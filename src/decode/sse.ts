import * as Result from "effect/Result"
import { decodeUtf8 } from "./utf8.ts"

/** One event of a `text/event-stream`; `event` is empty when the stream did not name it. */
export interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

const lineFeed = 10
const carriageReturn = 13
const space = 32
const byteOrderMark = 0xfeff

/** A character (UTF-16 code unit) takes at most so many bytes of UTF-8. */
const maxBytesPerCharacter = 3

/** A buffer up to this length, in bytes, is kept for the next line. */
const keptLength = 64 * 1024

/** Bytes of a line that has not ended; grows by doubling, so that any number of pieces is linear. */
class PendingBytes {
  #bytes = new Uint8Array(256)
  length = 0

  push(piece: Uint8Array): void {
    const length = this.length + piece.byteLength
    if (length > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.byteLength))
      grown.set(this.#bytes.subarray(0, this.length))
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.length)
    this.length = length
  }

  /** The bytes, valid until the next push. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.length)
    if (this.#bytes.byteLength > keptLength) this.#bytes = new Uint8Array(0)
    this.length = 0
    return taken
  }
}

const valueOf = (text: string, start: number, end: number): string =>
  text.slice(text.charCodeAt(start) === space ? start + 1 : start, end)

/**
 * Decodes server-sent events in time linear in their length, whatever the chunks. `id`, `retry` and comments are skipped;
 * an event that no empty line ends is dropped.
 *
 * The first thing that is wrong (a line or the data of an event longer than `maxLength` characters, or not UTF-8) is in
 * `failure`, and nothing is decoded after it.
 */
export class SseDecoder {
  readonly #maxLength: number
  readonly #pending = new PendingBytes()
  #isStart = true
  #skipsLineFeed = false
  #event = ""
  #name = ""
  #data: string | undefined
  #decoded: Array<ServerSentEvent> = []
  failure: string | undefined

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  /** The events that end in this chunk. */
  push(chunk: Uint8Array): ReadonlyArray<ServerSentEvent> {
    if (this.failure !== undefined) return []
    const end = Math.max(chunk.lastIndexOf(lineFeed), chunk.lastIndexOf(carriageReturn)) + 1
    if (end > 0) {
      this.#decode(this.#withPending(chunk.subarray(0, end)))
    }
    if (end < chunk.byteLength) {
      this.#pending.push(chunk.subarray(end))
      if (this.#isTooLong(this.#pending.length)) this.#fail()
    }
    const decoded = this.#decoded
    this.#decoded = []
    return decoded
  }

  #withPending(lines: Uint8Array): Uint8Array {
    if (this.#pending.length === 0) return lines
    this.#pending.push(lines)
    return this.#pending.take()
  }

  #fail(description = `it is longer than ${this.#maxLength} characters`): void {
    this.failure ??= description
  }

  /** Whether so many bytes are too long a line, whatever they say; a byte order mark does not count. */
  #isTooLong(bytes: number): boolean {
    const characters = this.#maxLength + (this.#isStart ? 1 : 0)
    return bytes > maxBytesPerCharacter * characters
  }

  /** Takes bytes that end at the end of a line. */
  #decode(bytes: Uint8Array): void {
    const text = decodeUtf8(bytes)
    if (Result.isSuccess(text)) this.#readLines(text.success)
    else this.#decodeEach(bytes)
  }

  /** What comes before the bytes that are not UTF-8 is not lost. */
  #decodeEach(bytes: Uint8Array): void {
    let start = 0
    for (let at = 0; at < bytes.byteLength && this.failure === undefined; at++) {
      if (bytes[at] !== lineFeed && bytes[at] !== carriageReturn) continue
      const line = decodeUtf8(bytes.subarray(start, at + 1))
      if (this.#isTooLong(at - start)) this.#fail()
      else if (Result.isSuccess(line)) this.#readLines(line.success)
      else this.#fail(line.failure)
      start = at + 1
    }
  }

  #readLines(text: string): void {
    let start = this.#skipPrefix(text)
    let feed = text.indexOf("\n", start)
    let carriage = text.indexOf("\r", start)
    while (start < text.length && this.failure === undefined) {
      const isFeed = carriage === -1 || (feed !== -1 && feed < carriage)
      const end = isFeed ? feed : carriage
      this.#readLine(text, start, end)
      start = end + 1
      if (!isFeed) {
        if (start === text.length) this.#skipsLineFeed = true
        else if (start === feed) start += 1
        carriage = text.indexOf("\r", start)
      }
      if (feed !== -1 && feed < start) feed = text.indexOf("\n", start)
    }
  }

  /** The line feed of a CRLF that was cut in two, and a byte order mark. */
  #skipPrefix(text: string): number {
    const first = text.charCodeAt(0)
    const skips = this.#skipsLineFeed ? first === lineFeed : this.#isStart && first === byteOrderMark
    this.#isStart = false
    this.#skipsLineFeed = false
    return skips ? 1 : 0
  }

  #readLine(text: string, start: number, end: number): void {
    if (start === end) this.#dispatch()
    else if (end - start > this.#maxLength) this.#fail()
    else if (text.startsWith("data:", start)) this.#addData(valueOf(text, start + 5, end))
    else if (text.startsWith("event:", start)) this.#event = this.#nameOf(text, start + 6, end)
    else if (end - start === 4 && text.startsWith("data", start)) this.#addData("")
    else if (end - start === 5 && text.startsWith("event", start)) this.#event = ""
  }

  /** Most events have the name of the one before. */
  #nameOf(text: string, start: number, end: number): string {
    const last = this.#name
    if (end - start === last.length + 1 && text.startsWith(last, start + 1) && text.charCodeAt(start) === space)
      return last
    this.#name = valueOf(text, start, end)
    return this.#name
  }

  #addData(value: string): void {
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`
    if (this.#data.length > this.#maxLength) this.#fail()
  }

  #dispatch(): void {
    if (this.#data !== undefined) this.#decoded.push({ event: this.#event, data: this.#data })
    this.#event = ""
    this.#data = undefined
  }
}
