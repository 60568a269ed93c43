// Sets of positions as the journal keeps them: ascending, as pairs of a gap and a length.
// `[0, 3, 2, 1]` is 0, 1, 2, 5: three positions from 0 on, a gap of two, and one position.

/** Positions as pairs of gap and length. */
export type Ranges = ReadonlyArray<number>

/** Consecutive positions from `start` to `end`, which is not included. */
export interface Interval {
  readonly start: number
  readonly end: number
}

/** Packs ascending positions. */
export const pack = (positions: Iterable<number>): Ranges => {
  const ranges: Array<number> = []
  let next = 0
  let length = 0
  for (const position of positions) {
    if (length > 0 && position === next) length += 1
    else {
      if (length > 0) ranges.push(length)
      ranges.push(position - next)
      length = 1
    }
    next = position + 1
  }
  if (length > 0) ranges.push(length)
  return ranges
}

/** The intervals of packed positions, or undefined if they are not well formed. */
export const intervals = (ranges: Ranges): ReadonlyArray<Interval> | undefined => {
  if (ranges.length % 2 === 1) return undefined
  const result: Array<Interval> = []
  let next = 0
  for (let i = 0; i < ranges.length; i += 2) {
    const gap = ranges[i] ?? -1
    const length = ranges[i + 1] ?? -1
    if (!(Number.isSafeInteger(gap) && gap >= 0 && Number.isSafeInteger(length) && length > 0)) return undefined
    const start = next + gap
    next = start + length
    result.push({ start, end: next })
  }
  return result
}

/** The positions of intervals, one by one. */
export function* unpack(list: ReadonlyArray<Interval>): Generator<number> {
  for (const { end, start } of list) for (let position = start; position < end; position++) yield position
}

export const countOf = (list: ReadonlyArray<Interval>): number =>
  list.reduce((sum, { end, start }) => sum + end - start, 0)

/** The interval of a position in ascending intervals, or -1 if it is in none. */
export const find = (list: ReadonlyArray<Interval>, position: number): number => {
  let low = 0
  let high = list.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const interval = list[middle]
    if (interval === undefined) return -1
    if (position < interval.start) high = middle - 1
    else if (position >= interval.end) low = middle + 1
    else return middle
  }
  return -1
}

/** Whether a position is in ascending intervals. */
export const includes = (list: ReadonlyArray<Interval>, position: number): boolean => find(list, position) !== -1

/** A set of positions of ascending intervals, with one bit each. */
export class PositionSet {
  readonly #list: ReadonlyArray<Interval>
  /** How many positions are before each interval. */
  readonly #before: ReadonlyArray<number>
  readonly #bits: Uint8Array
  size = 0

  constructor(list: ReadonlyArray<Interval>) {
    let count = 0
    this.#list = list
    this.#before = list.map(({ end, start }) => {
      count += end - start
      return count - (end - start)
    })
    this.#bits = new Uint8Array(Math.ceil(count / 8))
  }

  /** Adds a position. Returns whether it was absent. Positions outside of the intervals are never part of the set. */
  add(position: number): boolean {
    const bit = this.#bitOf(position)
    if (bit === -1 || this.#isSet(bit)) return false
    this.#bits[bit >> 3] = (this.#bits[bit >> 3] ?? 0) | (1 << (bit & 7))
    this.size += 1
    return true
  }

  has(position: number): boolean {
    const bit = this.#bitOf(position)
    return bit !== -1 && this.#isSet(bit)
  }

  #isSet(bit: number): boolean {
    return ((this.#bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0
  }

  #bitOf(position: number): number {
    const index = find(this.#list, position)
    return index === -1 ? -1 : (this.#before[index] ?? 0) + position - (this.#list[index]?.start ?? 0)
  }
}
