// Pieces of bytes.
import * as Bytes from "effect/Bytes"

/** Joins pieces. A single piece is not copied. */
export const join = (pieces: ReadonlyArray<Uint8Array>): Uint8Array =>
  (pieces.length === 1 ? pieces[0] : undefined) ?? Bytes.concat(pieces)
