// The money of a run: the spent amount, the amount reserved for chunks that are not settled, and the rest. Every chunk is
// reserved at its worst case before it is sent, so no answer can exceed the limit.
import type { Chunk, Money } from "./chunk.ts"

/** The amount that the earlier creates of a chunk may still cost. */
const givenUp = (chunk: Chunk): Money => chunk.reserve * BigInt(chunk.creates - 1)

/** The amounts of a run, computed from its chunks. */
export class Budget {
  limit: Money
  readonly #chunks: ReadonlyMap<number, Chunk>

  constructor(limit: Money, chunks: ReadonlyMap<number, Chunk>) {
    this.limit = limit
    this.#chunks = chunks
  }

  get spent(): Money {
    let sum = 0n
    for (const chunk of this.#chunks.values()) if (chunk.phase === "Settled") sum += chunk.spend
    return sum
  }

  get reserved(): Money {
    let sum = 0n
    for (const chunk of this.#chunks.values()) {
      sum += givenUp(chunk)
      if (chunk.phase !== "Settled") sum += chunk.reserve
    }
    return sum
  }

  get left(): Money {
    return this.limit - this.spent - this.reserved
  }
}

/** The worst case of one item, if its own is unknown. */
export const averageOf = ({ count, reserve }: Pick<Chunk, "count" | "reserve">): Money =>
  (reserve + BigInt(count) - 1n) / BigInt(count)
