// A synchronous hash of text: 128 bits over UTF-16 units, so that lone surrogates differ. It finds equal ids and changed
// sources. It does not protect against deliberate collisions.

export const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

export const mix = (value: number): number => {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

// The four lanes do not depend on each other, so that a processor computes them at the same time.
const stepA = (a: number, value: number): number => rotate(Math.imul(a ^ value, 0x9e3779b1), 13)
const stepB = (b: number, value: number): number => rotate(Math.imul(b ^ value, 0x85ebca77), 15)
const stepC = (c: number, value: number): number => rotate(Math.imul(c ^ value, 0xc2b2ae3d), 17)
const stepD = (d: number, value: number): number => rotate(Math.imul(d ^ value, 0x27d4eb2f), 11)

/** The four numbers of a hash, unsigned and of 32 bits. */
export type Words = readonly [number, number, number, number]

/** An incremental hash. */
export class Hash {
  #a = 0
  #b = 0
  #c = 0
  #d = 0
  #length = 0

  constructor() {
    this.reset()
  }

  /** Starts again. */
  reset(): void {
    this.#a = 0x51ed270b
    this.#b = 0x2545f491
    this.#c = 0x6c078965
    this.#d = 0x1b873593
    this.#length = 0
  }

  /** Adds 32 bits. */
  number(value: number): void {
    this.#a = stepA(this.#a, value)
    this.#b = stepB(this.#b, value)
    this.#c = stepC(this.#c, value)
    this.#d = stepD(this.#d, value)
    this.#length += 1
  }

  /** Adds the length of a text and then the text, so that two texts never count as two others. */
  text(text: string): void {
    this.number(text.length)
    let a = this.#a
    let b = this.#b
    let c = this.#c
    let d = this.#d
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      a = stepA(a, unit)
      b = stepB(b, unit)
      c = stepC(c, unit)
      d = stepD(d, unit)
    }
    this.#a = a
    this.#b = b
    this.#c = c
    this.#d = d
    this.#length += text.length
  }

  /** The hash so far. */
  get words(): Words {
    const length = this.#length
    return [mix(this.#a ^ length), mix(this.#b + length), mix(this.#c ^ ~length), mix(this.#d - length)]
  }
}

/** One hash for all texts, because V8 discards the code of a class that has no object at a collection of garbage. */
const shared = /* @__PURE__ */ new Hash()

/** The hash of one text. */
export const hashOf = (text: string): Words => {
  shared.reset()
  shared.text(text)
  return shared.words
}

/** Unsigned 32-bit numbers as hexadecimal digits. */
export const digitsOf = (words: ReadonlyArray<number>): string =>
  words.map((word) => word.toString(16).padStart(8, "0")).join("")

/** The hash of one text as hexadecimal digits, for names of files and keys. */
export const hashText = (text: string): string => digitsOf(hashOf(text))

/** A 32-bit hash of one text. */
export const hashNumber = (text: string): number => hashOf(text)[0]
