// Memory for bodies that are written one after another.
// Bytes outside the heap are given back only when the engine collects its old objects, which is late: so they are used again.

/** The length of a block, in bytes. */
export const blockBytes = 256 * 1024

/** The most blocks that wait to be used again: 16 MiB. */
const maxFree = 64

/** Lends blocks. A block that was given back may be overwritten at any time. */
export class Blocks {
  readonly #free: Array<Uint8Array<ArrayBuffer>> = []

  take(): Uint8Array<ArrayBuffer> {
    return this.#free.pop() ?? new Uint8Array(blockBytes)
  }

  /** Gives back those pieces that are the beginning of a block. */
  give(pieces: ReadonlyArray<Uint8Array<ArrayBuffer>>): void {
    for (const { buffer } of pieces) {
      if (buffer.byteLength === blockBytes && this.#free.length < maxFree) this.#free.push(new Uint8Array(buffer))
    }
  }
}
