// The items of a chunk, kept by columns, because they are what a run keeps of its window: 16 bytes each beside the item and
// its id, where an object in an array takes 72.
import * as Arr from "effect/Array"
import { find, unpack } from "./positions.ts"
import type { Slot } from "./slot.ts"

const pageLength = 512

/** Values in pages. One array is copied whenever it grows, and copies live as long as items before they are collected. */
class Column<V> {
  readonly #pages: Array<Array<V>> = []
  #length = 0

  get length(): number {
    return this.#length
  }

  add(value: V): void {
    const at = this.#length % pageLength
    if (at === 0) this.#pages.push(new Array<V>(pageLength))
    Arr.getUnsafe(this.#pages, this.#pages.length - 1)[at] = value
    this.#length += 1
  }

  at(index: number): V {
    return Arr.getUnsafe(Arr.getUnsafe(this.#pages, Math.floor(index / pageLength)), index % pageLength)
  }
}

/** A list of items with their places in the run. */
export class SlotList<A, B> implements Iterable<Slot<A, B>> {
  readonly #items = new Column<A>()
  readonly #ids = new Column<string>()
  /** Consecutive positions, as they were added, and how many items are before them. */
  readonly #intervals: Array<{ readonly start: number; end: number; readonly before: number }> = []
  /** What differs from an item that is sent for the first time, by its index. */
  readonly #sent = new Map<number, Pick<Slot<A, B>, "attempts" | "last">>()

  static of<A, B>(slots: Iterable<Slot<A, B>>): SlotList<A, B> {
    const list = new SlotList<A, B>()
    for (const slot of slots) list.add(slot)
    return list
  }

  add({ attempts, id, item, last, position }: Slot<A, B>): void {
    if (attempts !== 1 || last !== undefined) this.#sent.set(this.length, { attempts, last })
    const interval = this.#intervals.at(-1)
    if (interval?.end === position) interval.end += 1
    else this.#intervals.push({ start: position, end: position + 1, before: this.length })
    this.#items.add(item)
    this.#ids.add(id)
  }

  get length(): number {
    return this.#ids.length
  }

  get positions(): Iterable<number> {
    return unpack(this.#intervals)
  }

  #slot(index: number, position: number): Slot<A, B> {
    const sent = this.#sent.get(index)
    return {
      item: this.#items.at(index),
      id: this.#ids.at(index),
      position,
      attempts: sent?.attempts ?? 1,
      last: sent?.last
    }
  }

  *[Symbol.iterator](): Generator<Slot<A, B>> {
    let index = 0
    for (const position of this.positions) yield this.#slot(index++, position)
  }

  /** The item of a position. Only in a list in the order of positions. */
  ofPosition(position: number): Slot<A, B> | undefined {
    const interval = this.#intervals[find(this.#intervals, position)]
    return interval && this.#slot(interval.before + position - interval.start, position)
  }

  /** The same items in the order of their positions. */
  get inOrder(): SlotList<A, B> {
    const isInOrder = this.#intervals.every(({ start }, at) => start >= (this.#intervals[at - 1]?.end ?? 0))
    return isInOrder ? this : SlotList.of([...this].sort((a, b) => a.position - b.position))
  }
}
