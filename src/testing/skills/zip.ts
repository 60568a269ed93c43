// Writes a zip archive whose files are not compressed.
// It has no extensions and names in UTF-8, so that most readers accept it.

/** A file of an archive. */
export interface Entry {
  readonly path: string
  readonly bytes: Uint8Array
}

const table = Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb88320
  return value
})

const crc32 = (bytes: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** Numbers of two and of four bytes, one after another. */
const numbers = (...values: ReadonlyArray<readonly [bytes: 2 | 4, value: number]>): Uint8Array => {
  const view = new DataView(new ArrayBuffer(values.reduce((sum, [bytes]) => sum + bytes, 0)))
  let at = 0
  for (const [bytes, value] of values) {
    if (bytes === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += bytes
  }
  return new Uint8Array(view.buffer)
}

/** The bit that says that names are UTF-8, and the day 1980-01-01. */
const utf8Names = 0x0800
const epoch = 0x0021

export const zip = (entries: ReadonlyArray<Entry>): ReadonlyArray<Uint8Array> => {
  const pieces: Array<Uint8Array> = []
  const directory: Array<Uint8Array> = []
  let offset = 0
  const add = (piece: Uint8Array): void => {
    pieces.push(piece)
    offset += piece.length
  }
  for (const { bytes, path } of entries) {
    const name = new TextEncoder().encode(path)
    const common = [
      [2, 20],
      [2, utf8Names],
      [2, 0],
      [2, 0],
      [2, epoch],
      [4, crc32(bytes)],
      [4, bytes.length],
      [4, bytes.length],
      [2, name.length],
      [2, 0]
    ] as const
    directory.push(numbers([4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name)
    for (const piece of [numbers([4, 0x04034b50], ...common), name, bytes]) add(piece)
  }
  const size = directory.reduce((sum, piece) => sum + piece.length, 0)
  const count = entries.length
  return [
    ...pieces,
    ...directory,
    numbers([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0])
  ]
}
