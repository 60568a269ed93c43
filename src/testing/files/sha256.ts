// SHA-256 of bytes that come in pieces, for files that are too large to keep.
// The Web Crypto of the platform takes only all bytes at once.

/** The first 32 bits of the fractional parts of a root of the first primes, as FIPS 180-4 has them. */
const fractions = (count: number, root: number): Int32Array => {
  const found: Array<number> = []
  for (let candidate = 2; found.length < count; candidate++) {
    let isPrime = true
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) isPrime &&= candidate % divisor !== 0
    if (isPrime) found.push(Math.floor((candidate ** (1 / root) % 1) * 2 ** 32) | 0)
  }
  return Int32Array.from(found)
}

const constants = fractions(64, 3)
const initial = fractions(8, 2)

const at = (words: Int32Array, index: number): number => words[index] ?? 0

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** SHA-256 of bytes that come in pieces, which WebCrypto cannot do. */
export class Sha256 {
  readonly #state = initial.slice()
  readonly #schedule = new Int32Array(64)
  readonly #block = new Uint8Array(64)
  readonly #view = new DataView(this.#block.buffer)
  #filled = 0
  #length = 0

  update(bytes: Uint8Array): void {
    this.#length += bytes.length
    let from = 0
    if (this.#filled > 0) {
      from = Math.min(64 - this.#filled, bytes.length)
      this.#block.set(bytes.subarray(0, from), this.#filled)
      this.#filled += from
      if (this.#filled < 64) return
      this.#compress(this.#view, 0)
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (; from + 64 <= bytes.length; from += 64) this.#compress(view, from)
    this.#block.set(bytes.subarray(from))
    this.#filled = bytes.length - from
  }

  /** Returns the hash in hexadecimal digits. Nothing can be added afterwards. */
  digest(): string {
    const length = this.#length
    const padding = new Uint8Array(((119 - (length % 64)) % 64) + 9)
    const view = new DataView(padding.buffer)
    padding[0] = 0x80
    view.setBigUint64(padding.length - 8, BigInt(length) * 8n)
    this.update(padding)
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("")
  }

  #compress(view: DataView, offset: number): void {
    const w = this.#schedule
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(offset + i * 4)
    for (let i = 16; i < 64; i++) {
      const early = at(w, i - 15)
      const late = at(w, i - 2)
      const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
      const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
      w[i] = (at(w, i - 16) + s0 + at(w, i - 7) + s1) | 0
    }
    const state = this.#state
    let a = at(state, 0)
    let b = at(state, 1)
    let c = at(state, 2)
    let d = at(state, 3)
    let e = at(state, 4)
    let f = at(state, 5)
    let g = at(state, 6)
    let h = at(state, 7)
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + at(constants, i) + at(w, i)) | 0
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    state[0] = at(state, 0) + a
    state[1] = at(state, 1) + b
    state[2] = at(state, 2) + c
    state[3] = at(state, 3) + d
    state[4] = at(state, 4) + e
    state[5] = at(state, 5) + f
    state[6] = at(state, 6) + g
    state[7] = at(state, 7) + h
  }
}
