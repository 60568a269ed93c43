// The items of a chunk, kept by columns, because they are what a run keeps of its window: 16 bytes each beside the item and
// its id, where an object in an array takes 72.
import * as Arr from "effect/Array"
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

/** The index of the last number that is not above a limit, in ascending numbers. -1 if all are above it. */
const lastUpTo = (numbers: ReadonlyArray<number>, limit: number): number => {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (Arr.getUnsafe(numbers, middle) <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** A list of items with their places in the run. */
export class SlotList<A, B> implements Iterable<Slot<A, B>> {
  readonly #items = new Column<A>()
  readonly #ids = new Column<string>()
  /** Where consecutive positions start: the index of the first, and its position. */
  readonly #starts: Array<number> = []
  readonly #firsts: Array<number> = []
  #next = 0
  #isInOrder = true
  /** What differs from an item that is sent for the first time, by its index. */
  readonly #sent = new Map<number, Pick<Slot<A, B>, "attempts" | "last">>()

  static of<A, B>(slots: Iterable<Slot<A, B>>): SlotList<A, B> {
    const list = new SlotList<A, B>()
    for (const slot of slots) list.add(slot)
    return list
  }

  add({ attempts, id, item, last, position }: Slot<A, B>): void {
    if (attempts !== 1 || last !== undefined) this.#sent.set(this.length, { attempts, last })
    if (this.length === 0 || position !== this.#next) {
      this.#isInOrder &&= this.length === 0 || position > this.#next
      this.#starts.push(this.length)
      this.#firsts.push(position)
    }
    this.#next = position + 1
    this.#items.add(item)
    this.#ids.add(id)
  }

  get length(): number {
    return this.#ids.length
  }

  *positions(): Generator<number> {
    for (const { position } of this) yield position
  }

  #at(index: number): Slot<A, B> {
    const range = lastUpTo(this.#starts, index)
    const sent = this.#sent.get(index)
    return {
      item: this.#items.at(index),
      id: this.#ids.at(index),
      position: Arr.getUnsafe(this.#firsts, range) + index - Arr.getUnsafe(this.#starts, range),
      attempts: sent?.attempts ?? 1,
      last: sent?.last
    }
  }

  *[Symbol.iterator](): Generator<Slot<A, B>> {
    for (let index = 0; index < this.length; index++) yield this.#at(index)
  }

  /** The item of a position. Only in a list in the order of positions. */
  ofPosition(position: number): Slot<A, B> | undefined {
    const range = lastUpTo(this.#firsts, position)
    if (range === -1) return undefined
    const index = Arr.getUnsafe(this.#starts, range) + position - Arr.getUnsafe(this.#firsts, range)
    return index < (this.#starts[range + 1] ?? this.length) ? this.#at(index) : undefined
  }

  /** The same items in the order of their positions. */
  get inOrder(): SlotList<A, B> {
    return this.#isInOrder ? this : SlotList.of([...this].sort((a, b) => a.position - b.position))
  }
}
