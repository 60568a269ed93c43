// The money of a run: what is spent, what is reserved for chunks that are not settled, and what is left.
// Every chunk is reserved at its worst case before it is sent, so the limit holds whatever the answers are.
import type { Chunk, Money } from "./chunk.ts"

/** What the creates of a chunk that were given up may still cost. */
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

/** The worst case of one item where its own is not known. */
export const averageOf = ({ count, reserve }: Pick<Chunk, "count" | "reserve">): Money =>
  (reserve + BigInt(count) - 1n) / BigInt(count)
