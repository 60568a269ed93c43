// Sets of positions as the journal keeps them: ascending, as pairs of a gap and a length.
// `[0, 3, 2, 1]` is 0, 1, 2, 5: three from 0 on, then, two further, one.

/** Positions as pairs of gap and length. */
export type Ranges = ReadonlyArray<number>

/** Consecutive positions from `start` up to and without `end`. */
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

/** Whether a position is in ascending intervals. */
export const includes = (list: ReadonlyArray<Interval>, position: number): boolean => {
  let low = 0
  let high = list.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const interval = list[middle]
    if (interval === undefined) return false
    if (position < interval.start) high = middle - 1
    else if (position >= interval.end) low = middle + 1
    else return true
  }
  return false
}
