// The digests by which a run notices that a chunk is not what it was.
import { digitsOf, Hash, mix, rotate } from "./hash.ts"

/** The digest of the positions and ids of a chunk: 128 bits, as hexadecimal digits. */
export class Digest {
  readonly #hash = new Hash()
  count = 0

  add(position: number, id: string): void {
    this.#hash.number(position % 0x1_0000_0000)
    this.#hash.number(Math.floor(position / 0x1_0000_0000))
    this.#hash.text(id)
    this.count += 1
  }

  get value(): string {
    return digitsOf(this.#hash.words)
  }
}

const step = (value: number, word: number): number => rotate(Math.imul(value ^ word, 0x9e3779b1), 13)

/**
 * The digest of a body in pieces of fixed lengths: 32 bits, as hexadecimal digits. It is fast, because it only has to detect
 * changes.
 */
export class BytesDigest {
  #value = 0x811c9dc5

  add(piece: Uint8Array): void {
    const bytes = piece.byteOffset % 4 === 0 ? piece : piece.slice()
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
    let value = this.#value
    for (let i = 0; i < words.length; i++) value = step(value, words[i] ?? 0)
    for (let i = words.length * 4; i < bytes.byteLength; i++) value = step(value, bytes[i] ?? 0)
    this.#value = mix(value ^ bytes.byteLength)
  }

  get value(): string {
    return digitsOf([this.#value])
  }
}
