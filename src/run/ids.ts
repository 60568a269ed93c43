// Ids on the wire: the run's nonce, the number of the chunk, the position of the item.
// They are legal whatever the caller's ids are, and tell whose batch a batch is.
import { hashNumber } from "./hash.ts"

/** Makes the random name of a run: 80 bits, as hexadecimal digits. Derived from an id, two journals would share it. */
export const makeNonce = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, "0")).join("")

/** What the ids of one chunk begin with. */
export const tagOf = (nonce: string, chunk: number): string => `${nonce}-${chunk.toString(36)}-`

export const wireId = (nonce: string, chunk: number, position: number): string =>
  `${tagOf(nonce, chunk)}${position.toString(36)}`

const pattern = /^([0-9a-f]{20})-([0-9a-z]{1,11})-([0-9a-z]{1,11})$/

/** The chunk and the position that an id of this run names, if it is one. */
export const parseWireId = (
  nonce: string,
  id: string
): { readonly chunk: number; readonly position: number } | undefined => {
  if (!id.startsWith(nonce)) return undefined
  const match = pattern.exec(id)
  if (match === null) return undefined
  const chunk = Number.parseInt(match[2] ?? "", 36)
  const position = Number.parseInt(match[3] ?? "", 36)
  return wireId(nonce, chunk, position) === id ? { chunk, position } : undefined
}

/**
 * The size of a chunk: up to a tenth under `items`, by run and chunk. Batches of one program then have different counts,
 * so that a stranger's batch is rarely mistaken for a candidate.
 */
export const sizeOf = (items: number, nonce: string, chunk: number): number =>
  items - (hashNumber(tagOf(nonce, chunk)) % (Math.floor(items / 10) + 1))
