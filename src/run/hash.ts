// A synchronous hash of text: 64 bits over UTF-16 units, so that lone surrogates differ. It finds equal ids and changed
// sources. It does not protect against deliberate collisions.

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

const mix = (value: number): number => {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** An incremental hash. `high` and `low` are its two halves so far, as unsigned 32-bit numbers. */
export class Hash {
  #a: number
  #b: number
  #length = 0

  constructor(seed = 0) {
    this.#a = seed | 0
    this.#b = ~seed
  }

  /** Adds 32 bits. */
  number(value: number): void {
    let one = Math.imul(value, 0x239b961b)
    one = Math.imul(rotate(one, 15), 0xab0e9789)
    this.#a = (Math.imul(rotate(this.#a ^ one, 19) + this.#b, 5) + 0x561ccd1b) | 0
    let two = Math.imul(value, 0x38b34ae5)
    two = Math.imul(rotate(two, 17), 0xa1e38b93)
    this.#b = (Math.imul(rotate(this.#b ^ two, 13) + this.#a, 5) + 0x0bcaa747) | 0
    this.#length += 1
  }

  /** Adds the length of a text and then the text, so that two texts never count as two others. */
  text(text: string): void {
    this.number(text.length)
    for (let i = 0; i < text.length; i++) this.number(text.charCodeAt(i))
  }

  get high(): number {
    return mix(this.#a + mix(this.#b ^ this.#length)) >>> 0
  }

  get low(): number {
    return mix(this.#b + mix(this.#a + this.#length)) >>> 0
  }
}

const hex = (value: number): string => value.toString(16).padStart(8, "0")

/** The digest of the positions and ids of a chunk: 128 bits, as hexadecimal digits. */
export class Digest {
  readonly #hashes = [new Hash(0x2545f491), new Hash(0x6c078965)] as const
  count = 0

  add(position: number, id: string): void {
    for (const hash of this.#hashes) {
      hash.number(position % 0x1_0000_0000)
      hash.number(Math.floor(position / 0x1_0000_0000))
      hash.text(id)
    }
    this.count += 1
  }

  get value(): string {
    return this.#hashes.map(({ high, low }) => hex(high) + hex(low)).join("")
  }
}

/** The digest of a body in pieces. It is fast, because it only has to detect changes. */
export class BytesDigest {
  #value = 0x811c9dc5

  add(bytes: Uint8Array): void {
    const words =
      bytes.byteOffset % 4 === 0 ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2) : []
    let value = this.#value
    for (let i = 0; i < words.length; i++) value = Math.imul(value ^ (words[i] ?? 0), 0x01000193)
    for (let i = words.length * 4; i < bytes.byteLength; i++) value = Math.imul(value ^ (bytes[i] ?? 0), 0x01000193)
    this.#value = mix(value ^ bytes.byteLength)
  }

  get value(): string {
    return hex(this.#value >>> 0)
  }
}

/** The 64-bit hash of one text as hexadecimal digits, for names of files and keys. */
export const hashText = (text: string): string => {
  const one = new Hash()
  const two = new Hash(0x9e3779b9)
  one.text(text)
  two.text(text)
  return hex(one.high) + hex(one.low) + hex(two.high) + hex(two.low)
}

/** A 32-bit hash of one text. */
export const hashNumber = (text: string): number => {
  const hash = new Hash()
  hash.text(text)
  return hash.high
}
