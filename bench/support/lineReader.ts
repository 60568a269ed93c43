// Reads one very long line with one of the two SDKs and tells its parent how long that took.
import { withOpenStreams } from "./open.ts"
import { endpoint, readOfficial, readOurs } from "./results.ts"
import { resultLine, text } from "./wire.ts"

export interface Reading {
  readonly milliseconds: number
  /** Whether the time was over before the line was read. */
  readonly isCut: boolean
}

const chunkSize = 16 * 1024
const ordinaryLines = 5000
/** The longest time that a side may take, in milliseconds. */
const limit = 30_000

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const [side, megabytes = "10"] = process.argv.slice(2)
const read = side === "ours" ? readOurs : readOfficial

const measure = async (): Promise<Reading> => {
  const lines = Array.from({ length: ordinaryLines }, (_, index) => resultLine(index))
  const ordinary = endpoint({ bytes: encode(lines.join("\n")), lines: ordinaryLines, chunkSize })
  const content = [{ type: "text", text: text(Number(megabytes) * 1_000_000), citations: null }]
  const bytes = encode(resultLine(0, content))
  for (let round = 0; round < 3; round++) await read(ordinary, ordinaryLines)
  globalThis.gc?.()
  const start = performance.now()
  const isCut = await read(endpoint({ bytes, lines: 1, chunkSize, deadline: start + limit }), 1).then(
    () => false,
    (error) => {
      if (side === "ours" || performance.now() < start + limit) throw error
      return true
    }
  )
  return { milliseconds: performance.now() - start, isCut }
}

const reading = await withOpenStreams(measure)
process.send?.(reading, () => process.disconnect())
