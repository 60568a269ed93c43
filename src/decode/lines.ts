/** One line of a stream of bytes, without its line end. `number` counts from 1, `offset` is the byte it starts at. */
export interface Line {
  readonly number: number
  readonly offset: number
  /** The bytes, or nothing when there are more than the cap. */
  readonly bytes: Uint8Array | undefined
  readonly byteLength: number
  /** Whether a line feed ended it; only the last line can lack one. */
  readonly isTerminated: boolean
}

const lineFeed = 10

/**
 * Cuts chunks into lines in time linear in their length, holding no more than one unfinished line of at most `maxBytes`.
 */
export class LineSplitter {
  readonly #maxBytes: number
  #pieces: Array<Uint8Array> = []
  #length = 0
  #number = 1
  #offset = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The lines that end in this chunk. */
  push(chunk: Uint8Array): Array<Line> {
    const lines: Array<Line> = []
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#keep(chunk.subarray(start, end))
      lines.push(this.#take(true))
      start = end + 1
    }
    if (start < chunk.byteLength) this.#keep(chunk.subarray(start))
    return lines
  }

  /** The last line, when no line feed ended it. */
  end(): Array<Line> {
    return this.#length === 0 ? [] : [this.#take(false)]
  }

  #keep(piece: Uint8Array): void {
    this.#length += piece.byteLength
    if (this.#length > this.#maxBytes) this.#pieces = []
    else this.#pieces.push(piece)
  }

  #take(isTerminated: boolean): Line {
    const length = this.#length
    const line: Line = {
      number: this.#number,
      offset: this.#offset,
      bytes: length > this.#maxBytes ? undefined : join(this.#pieces, length),
      byteLength: length,
      isTerminated
    }
    this.#pieces = []
    this.#length = 0
    this.#number += 1
    this.#offset += length + (isTerminated ? 1 : 0)
    return line
  }
}

const join = (pieces: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const first = pieces[0]
  if (first !== undefined && pieces.length === 1) return first
  const joined = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.byteLength
  }
  return joined
}
