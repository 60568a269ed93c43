// The items of a chunk, kept by columns, because they are what a run keeps of its window: 24 bytes each beside the item and
// its id, where an object in an array takes 72.
import * as Arr from "effect/Array"
import type { Slot } from "./slot.ts"

/** A list of items with their places in the run. */
export class SlotList<A, B> implements Iterable<Slot<A, B>> {
  readonly #items: Array<A> = []
  readonly #ids: Array<string> = []
  readonly #positions: Array<number> = []
  /** What differs from an item that is sent for the first time, by its index. */
  readonly #sent = new Map<number, Pick<Slot<A, B>, "attempts" | "last">>()

  static of<A, B>(slots: Iterable<Slot<A, B>>): SlotList<A, B> {
    const list = new SlotList<A, B>()
    for (const slot of slots) list.add(slot)
    return list
  }

  add({ attempts, id, item, last, position }: Slot<A, B>): void {
    if (attempts !== 1 || last !== undefined) this.#sent.set(this.length, { attempts, last })
    this.#items.push(item)
    this.#ids.push(id)
    this.#positions.push(position)
  }

  get length(): number {
    return this.#ids.length
  }

  get positions(): ReadonlyArray<number> {
    return this.#positions
  }

  #at(index: number): Slot<A, B> {
    const sent = this.#sent.get(index)
    return {
      item: Arr.getUnsafe(this.#items, index),
      id: Arr.getUnsafe(this.#ids, index),
      position: Arr.getUnsafe(this.#positions, index),
      attempts: sent?.attempts ?? 1,
      last: sent?.last
    }
  }

  *[Symbol.iterator](): Generator<Slot<A, B>> {
    for (let index = 0; index < this.length; index++) yield this.#at(index)
  }

  /** The item of a position. Only in a list in the order of positions. */
  ofPosition(position: number): Slot<A, B> | undefined {
    let low = 0
    let high = this.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = Arr.getUnsafe(this.#positions, middle)
      if (found === position) return this.#at(middle)
      if (found < position) low = middle + 1
      else high = middle - 1
    }
    return undefined
  }

  /** The same items in the order of their positions. */
  get inOrder(): SlotList<A, B> {
    const isInOrder = this.#positions.every(
      (position, index) => index === 0 || (this.#positions[index - 1] ?? 0) < position
    )
    return isInOrder ? this : SlotList.of([...this].sort((a, b) => a.position - b.position))
  }
}
