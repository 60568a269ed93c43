// Finds ids that come twice, with at most 16 bytes an id for any length. Only 72 bits of a hash are compared. Two different
// ids count as equal about once in 10^10 runs of a million items, and once in 10^12 batches of 100 000.
import { hashOf } from "./hash.ts"

const segments = 256
const firstSlots = 8
const maxLoad = 0.85
const growth = 1.4

/** An open-addressed table of 64-bit keys. Zero marks an empty slot. */
class Segment {
  #slots: Uint32Array
  #size = 0

  constructor(slots: number) {
    this.#slots = new Uint32Array(2 * slots)
  }

  get byteLength(): number {
    return this.#slots.byteLength
  }

  /** Adds a key. Returns whether it was absent. */
  add(high: number, low: number): boolean {
    if (this.#size + 1 > (this.#slots.length / 2) * maxLoad) this.#grow()
    if (!insert(this.#slots, high, low)) return false
    this.#size += 1
    return true
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(2 * Math.ceil((old.length / 2) * growth))
    for (let i = 0; i < old.length; i += 2) {
      const high = old[i] ?? 0
      const low = old[i + 1] ?? 0
      if (high !== 0 || low !== 0) insert(this.#slots, high, low)
    }
  }
}

const insert = (slots: Uint32Array, high: number, low: number): boolean => {
  const length = slots.length
  let at = 2 * Math.floor((low / 0x1_0000_0000) * (length / 2))
  while (slots[at] !== 0 || slots[at + 1] !== 0) {
    if (slots[at] === high && slots[at + 1] === low) return false
    at = at + 2 === length ? 0 : at + 2
  }
  slots[at] = high
  slots[at + 1] = low
  return true
}

/** The ids that were seen. Memory grows with them, except for as many as are expected. */
export class SeenIds {
  readonly #expected: number
  readonly #segments: Array<Segment | undefined> = []

  constructor(expected = 0) {
    this.#expected = expected
  }

  /** Adds an id. Returns whether it is new. */
  add(id: string): boolean {
    // The number of the segment stands for eight more bits, which are not in the key.
    const [high, low, other] = hashOf(id)
    return this.#segment(other % segments).add(high, high === 0 && low === 0 ? 1 : low)
  }

  #segment(index: number): Segment {
    const existing = this.#segments[index]
    if (existing !== undefined) return existing
    const segment = new Segment(this.#slotsOf(index))
    this.#segments[index] = segment
    return segment
  }

  /** They start with different lengths, so that they grow one after another and not all at once. */
  #slotsOf(index: number): number {
    const expected = this.#expected / segments / maxLoad
    return Math.ceil(Math.max(expected, firstSlots) * growth ** (index / segments))
  }

  get byteLength(): number {
    return this.#segments.reduce((sum, segment) => sum + (segment?.byteLength ?? 0), 0)
  }
}
