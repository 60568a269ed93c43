// Decodes server-sent events from bytes, for any chunks. Complete lines are decoded as one text, because one call of the
// text decoder for each line would cost more than everything else.
import * as Result from "effect/Result"
import { decodeUtf8 } from "./utf8.ts"

/** One event of a `text/event-stream`. `event` is empty if the stream did not name it. */
export interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

const lineFeed = 10
const carriageReturn = 13
const space = 32
const byteOrderMark = 0xfeff

/** The bytes of a byte order mark. */
const markLength = 3

/** The most UTF-8 bytes of one character (UTF-16 code unit). */
const maxBytesPerCharacter = 3

/** A buffer up to this length, in bytes, is kept for the next line. */
const keptLength = 64 * 1024

/** Bytes of a line whose end has not come. The buffer grows by doubling, so that any number of pieces takes linear time. */
class PendingBytes {
  #bytes = new Uint8Array(256)
  length = 0

  push(piece: Uint8Array): void {
    const length = this.length + piece.byteLength
    if (length > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.byteLength))
      grown.set(this.first(this.length))
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.length)
    this.length = length
  }

  /** The first bytes, valid until the next push or drop. */
  first(length: number): Uint8Array {
    return this.#bytes.subarray(0, length)
  }

  /** Drops the first bytes. */
  drop(length: number): void {
    const isLarge = this.#bytes.byteLength > keptLength && this.length - length <= keptLength
    if (isLarge) this.#bytes = this.#bytes.slice(length, this.length)
    else this.#bytes.copyWithin(0, length, this.length)
    this.length -= length
  }
}

/** Where the last line that a chunk completes ends: after its last line feed or carriage return. 0 if it completes none. */
const endOfLines = (chunk: Uint8Array): number => {
  let end = chunk.byteLength
  while (end > 0 && chunk[end - 1] !== lineFeed && chunk[end - 1] !== carriageReturn) end--
  return end
}

const hasMark = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

/** The length in UTF-8 of a part of a text without lone surrogates. */
const byteLengthOf = (text: string, start: number, end: number): number => {
  let length = end - start
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    // Each half of a surrogate pair counts as two of the four bytes.
    if (code > 0x7f) length += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1
  }
  return length
}

const startOfValue = (text: string, start: number): number => (text.charCodeAt(start) === space ? start + 1 : start)

/**
 * Decodes events in linear time. Ignores `id`, `retry`, comments, and an event without an empty line after it.
 *
 * `failure` has the first error, and nothing is decoded after it. Errors are bytes that are not UTF-8, and a line or the
 * data of an event that is longer than `maxBytes`. The result does not depend on the chunks.
 */
export class SseDecoder {
  readonly #maxBytes: number
  readonly #pending = new PendingBytes()
  #isStart = true
  #skipsLineFeed = false
  /** Whether the current text has one byte for each character. */
  #isAscii = true
  #event = ""
  #name = ""
  #data: string | undefined
  #dataBytes = 0
  #decoded: Array<ServerSentEvent> = []
  failure: string | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The events that end in this chunk. */
  push(chunk: Uint8Array): ReadonlyArray<ServerSentEvent> {
    if (this.failure !== undefined) return []
    const end = endOfLines(chunk)
    if (this.#pending.length === 0 && end === chunk.byteLength) this.#decode(chunk)
    else {
      const lines = end === 0 ? 0 : this.#pending.length + end
      this.#pending.push(chunk)
      if (lines > 0) {
        this.#decode(this.#pending.first(lines))
        this.#pending.drop(lines)
      }
      this.#checkPending()
    }
    const decoded = this.#decoded
    this.#decoded = []
    return decoded
  }

  #checkPending(): void {
    if (this.#pending.length <= this.#maxBytes) return
    const mark = this.#isStart && hasMark(this.#pending.first(markLength)) ? markLength : 0
    if (this.#pending.length - mark > this.#maxBytes) this.#failTooLong()
  }

  #failTooLong(): void {
    this.failure ??= `it is longer than ${this.#maxBytes} bytes`
  }

  /** Decodes bytes that end at the end of a line. */
  #decode(bytes: Uint8Array): void {
    const text = decodeUtf8(bytes)
    if (Result.isFailure(text)) this.#decodeEach(bytes)
    else {
      this.#isAscii = text.success.length === bytes.byteLength
      this.#readLines(text.success)
    }
  }

  /** Decodes line by line, so that the lines before bytes that are not UTF-8 are not lost. */
  #decodeEach(bytes: Uint8Array): void {
    this.#isAscii = false
    let start = 0
    for (let at = 0; at < bytes.byteLength && this.failure === undefined; at++) {
      if (bytes[at] !== lineFeed && bytes[at] !== carriageReturn) continue
      const line = bytes.subarray(start, at + 1)
      const mark = this.#isStart && hasMark(line) ? markLength : 0
      const text = decodeUtf8(line)
      if (at - start - mark > this.#maxBytes) this.#failTooLong()
      else if (Result.isSuccess(text)) this.#readLines(text.success)
      else this.failure = text.failure
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

  /** Skips the line feed of a CRLF that was cut in two, and a byte order mark. */
  #skipPrefix(text: string): number {
    const first = text.charCodeAt(0)
    const skips = this.#skipsLineFeed ? first === lineFeed : this.#isStart && first === byteOrderMark
    this.#isStart = false
    this.#skipsLineFeed = false
    return skips ? 1 : 0
  }

  #readLine(text: string, start: number, end: number): void {
    if (start === end) this.#dispatch()
    else if (this.#isTooLong(text, start, end)) this.#failTooLong()
    else if (text.startsWith("data:", start)) this.#addData(text, startOfValue(text, start + 5), end)
    else if (text.startsWith("event:", start)) this.#event = this.#nameOf(text, start + 6, end)
    else if (end - start === 4 && text.startsWith("data", start)) this.#addData(text, end, end)
    else if (end - start === 5 && text.startsWith("event", start)) this.#event = ""
  }

  #bytesOf(text: string, start: number, end: number): number {
    return this.#isAscii ? end - start : byteLengthOf(text, start, end)
  }

  #isTooLong(text: string, start: number, end: number): boolean {
    return (end - start) * maxBytesPerCharacter > this.#maxBytes && this.#bytesOf(text, start, end) > this.#maxBytes
  }

  /** Most events have the same name as the one before. */
  #nameOf(text: string, start: number, end: number): string {
    const last = this.#name
    if (end - start === last.length + 1 && text.startsWith(last, start + 1) && text.charCodeAt(start) === space)
      return last
    this.#name = text.slice(startOfValue(text, start), end)
    return this.#name
  }

  #addData(text: string, start: number, end: number): void {
    const value = text.slice(start, end)
    const bytes = this.#bytesOf(text, start, end)
    this.#dataBytes = this.#data === undefined ? bytes : this.#dataBytes + 1 + bytes
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`
    if (this.#dataBytes > this.#maxBytes) this.#failTooLong()
  }

  #dispatch(): void {
    if (this.#data !== undefined) this.#decoded.push({ event: this.#event, data: this.#data })
    this.#event = ""
    this.#data = undefined
  }
}
