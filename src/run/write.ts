// Writes the requests of one chunk as the body of a batch, up to the limits of the chunk and of the API.
// The requests have ids of the run, and the chunk knows its items by position.
import * as Effect from "effect/Effect"
import { type Addition, BatchWriter, type WriterOptions } from "../batches/body.ts"
import { BytesDigest, Digest } from "../hash/digest.ts"
import type { RequestBody } from "../http/body.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import { wireId } from "./ids.ts"
import { pack, type Ranges } from "./positions.ts"
import type { Slot } from "./slot.ts"
import { SlotList } from "./slots.ts"

/** A chunk that is ready to be sent. */
export interface Written<out A, out B> {
  readonly number: number
  /** In the order of their positions. */
  readonly slots: SlotList<A, B>
  readonly positions: Ranges
  readonly digest: string
  /** The digest of the body. */
  readonly bodyDigest: string
  readonly body: RequestBody
  readonly bytes: number
  /** Gives the memory of the body back, for the body of a later chunk. Only once it will not be sent any more. */
  readonly release: () => void
}

export class ChunkWriter<A, B> {
  readonly number: number
  readonly #nonce: string
  readonly #writer: BatchWriter
  /** The items, each with one more attempt than before. */
  readonly #slots = new SlotList<A, B>()

  constructor(nonce: string, number: number, options: WriterOptions) {
    this.number = number
    this.#nonce = nonce
    this.#writer = new BatchWriter({ ...options, hasUniqueIds: true })
  }

  get count(): number {
    return this.#slots.length
  }

  /** Whether it has as many items as it may have. */
  get isFull(): boolean {
    return this.#writer.isFull
  }

  /** The length of the body so far. */
  get bytes(): number {
    return this.#writer.bytes
  }

  /** Adds an item, unless the chunk is full or its request is refused. */
  add(slot: Slot<A, B>, params: MessageParams): Addition {
    const addition = this.#writer.add({ custom_id: wireId(this.#nonce, this.number, slot.position), params })
    if (addition._tag === "Added") this.#slots.add({ ...slot, attempts: slot.attempts + 1 })
    return addition
  }

  get pause(): Effect.Effect<void> {
    return this.#writer.pause
  }

  /** The items so far, as they were added. */
  get slots(): ReadonlyArray<Slot<A, B>> {
    return Array.from(this.#slots, (slot) => ({ ...slot, attempts: slot.attempts - 1 }))
  }

  /** The chunk. Its items are in the order of their positions, with one more attempt. */
  get written(): Effect.Effect<Written<A, B>> {
    return Effect.suspend(() => {
      const digest = new BytesDigest()
      const slots = this.#slots.inOrder
      const add = (piece: Uint8Array) =>
        Effect.andThen(
          Effect.sync(() => digest.add(piece)),
          Effect.yieldNow
        )
      return Effect.map(Effect.forEach(this.#writer.pieces, add, { discard: true }), () => ({
        number: this.number,
        slots,
        positions: pack(slots.positions),
        digest: digestOf(slots),
        bodyDigest: digest.value,
        body: this.#writer.finish(),
        bytes: this.#writer.bytes,
        release: () => this.#writer.release()
      }))
    })
  }
}

export const digestOf = (slots: Iterable<Slot<unknown>>): string => {
  const digest = new Digest()
  for (const { id, position } of slots) digest.add(position, id)
  return digest.value
}
