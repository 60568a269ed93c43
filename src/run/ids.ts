// Ids on the wire: the run's nonce, the number of the chunk, the position of the item.
// They are valid for any ids of the caller, and show to which run and chunk a batch belongs.
import { hashNumber } from "../hash/hash.ts"

/** Makes the random name of a run: 80 bits, as hexadecimal digits. If it was derived from an id, two journals would share it. */
export const makeNonce = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => byte.toString(16).padStart(2, "0")).join("")

/** The prefix of the ids of one chunk. */
export const tagOf = (nonce: string, chunk: number): string => `${nonce}-${chunk.toString(36)}-`

export const wireId = (nonce: string, chunk: number, position: number): string =>
  `${tagOf(nonce, chunk)}${position.toString(36)}`

/** Reads digits of base 36 as `toString(36)` writes them. Returns undefined for anything else. */
const readDigits = (text: string, start: number, end: number): number | undefined => {
  if (end <= start || end - start > 10 || (text.charCodeAt(start) === 48 && end - start > 1)) return undefined
  let value = 0
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    const digit = code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 122 ? code - 87 : -1
    if (digit === -1) return undefined
    value = value * 36 + digit
  }
  return value
}

/** The position in an id, if it has this tag. */
export const positionIn = (tag: string, id: string): number | undefined =>
  id.startsWith(tag) ? readDigits(id, tag.length, id.length) : undefined

/** The chunk and the position in an id, if it belongs to this run. */
export const parseWireId = (
  nonce: string,
  id: string
): { readonly chunk: number; readonly position: number } | undefined => {
  if (!id.startsWith(`${nonce}-`)) return undefined
  const dash = id.indexOf("-", nonce.length + 1)
  if (dash === -1) return undefined
  const chunk = readDigits(id, nonce.length + 1, dash)
  const position = readDigits(id, dash + 1, id.length)
  return chunk === undefined || position === undefined ? undefined : { chunk, position }
}

/**
 * The size of a chunk: up to a tenth below `items`, by run and chunk. Batches of one program then have different counts, so
 * that another program's batch is rarely a candidate.
 */
export const sizeOf = (items: number, nonce: string, chunk: number): number =>
  items - (hashNumber(tagOf(nonce, chunk)) % (Math.floor(items / 10) + 1))
