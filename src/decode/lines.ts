// Cuts chunks of bytes at line feeds. The lines that a chunk completes are one block, and only a line that began in an
// earlier chunk is copied. Blocks are cut into lines only if single lines are needed.
import { join } from "./bytes.ts"

/** Complete lines, one after another. Each ends with a line feed, except possibly the last line of all. */
export interface Block {
  /** The bytes of the lines. Undefined for one line that is longer than the limit. */
  readonly bytes: Uint8Array | undefined
  readonly byteLength: number
  readonly isTerminated: boolean
}

/** One line without its line feed. */
export interface Line {
  /** Counts from 1. */
  readonly number: number
  /** The byte where the line starts. */
  readonly offset: number
  /** Undefined if the line is longer than the limit. */
  readonly bytes: Uint8Array | undefined
  readonly byteLength: number
  /** Whether a line feed ended the line. Only the last line may have none. */
  readonly isTerminated: boolean
}

const lineFeed = 10

/** Cuts chunks into blocks, in linear time. Memory holds one unfinished line of at most `maxLineBytes`. */
export class BlockCutter {
  readonly #maxLineBytes: number
  #pieces: Array<Uint8Array> = []
  #length = 0

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes
  }

  /** The lines that this chunk completes: the one that began earlier, and those within the chunk. */
  push(chunk: Uint8Array): ReadonlyArray<Block> {
    const end = chunk.lastIndexOf(lineFeed) + 1
    const blocks: Array<Block> = []
    let start = 0
    if (end > 0 && this.#length > 0) {
      start = chunk.indexOf(lineFeed) + 1
      this.#keep(chunk.subarray(0, start))
      blocks.push(this.#take(true))
    }
    if (start < end) blocks.push({ bytes: chunk.subarray(start, end), byteLength: end - start, isTerminated: true })
    if (end < chunk.byteLength) this.#keep(chunk.subarray(end))
    return blocks
  }

  /** The last line, if no line feed ended it. */
  end(): ReadonlyArray<Block> {
    return this.#length === 0 ? [] : [this.#take(false)]
  }

  #keep(piece: Uint8Array): void {
    this.#length += piece.byteLength
    // One byte more than the limit may be the line feed.
    if (this.#length > this.#maxLineBytes + 1) this.#pieces = []
    else this.#pieces.push(piece)
  }

  #take(isTerminated: boolean): Block {
    const byteLength = this.#length
    const isTooLong = byteLength - (isTerminated ? 1 : 0) > this.#maxLineBytes
    const bytes = isTooLong ? undefined : join(this.#pieces)
    this.#pieces = []
    this.#length = 0
    return { bytes, byteLength, isTerminated }
  }
}

/** The lines of a block, whose first line has this number and begins at this byte. */
export const linesOf = (
  { byteLength, bytes, isTerminated }: Block,
  first: { readonly number: number; readonly offset: number },
  maxLineBytes: number
): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  let start = 0
  while (start < byteLength) {
    const feed = bytes === undefined ? byteLength - (isTerminated ? 1 : 0) : bytes.indexOf(lineFeed, start)
    const end = feed === -1 ? byteLength : feed
    lines.push({
      number: first.number + lines.length,
      offset: first.offset + start,
      bytes: end - start > maxLineBytes ? undefined : bytes?.subarray(start, end),
      byteLength: end - start,
      isTerminated: end < byteLength
    })
    start = end + 1
  }
  return lines
}

/** Cuts chunks into single lines, in linear time. */
export class LineSplitter {
  readonly #cutter: BlockCutter
  readonly #maxLineBytes: number
  #number = 1
  #offset = 0

  constructor(maxLineBytes: number) {
    this.#cutter = new BlockCutter(maxLineBytes)
    this.#maxLineBytes = maxLineBytes
  }

  /** The lines that end in this chunk. */
  push(chunk: Uint8Array): ReadonlyArray<Line> {
    return this.#cutter.push(chunk).flatMap((block) => {
      const lines = linesOf(block, { number: this.#number, offset: this.#offset }, this.#maxLineBytes)
      this.#number += lines.length
      this.#offset += block.byteLength
      return lines
    })
  }
}
