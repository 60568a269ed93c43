// Reads the results of a batch: lines of 2 KB in large and in small chunks, and lines of 270 bytes.
import { withOpenStreams } from "./support/open.ts"
import { type Budget, noLess, type Report, type Row, ratioColumns } from "./support/report.ts"
import { endpoint, readOfficial, readOurs } from "./support/results.ts"
import { alternate, median, ratioOf } from "./support/rounds.ts"
import { resultLine, shortResultLine } from "./support/wire.ts"

const rounds = 13

interface Setup {
  readonly what: string
  readonly count: number
  readonly write: (index: number) => string
  readonly chunkSize: number
  readonly budget: Budget
  /** What part of the speed of `JSON.parse` alone is asked. */
  readonly partOfBound?: number
}

const measure = ({ budget, chunkSize, count, partOfBound, what, write }: Setup): Promise<Report> =>
  withOpenStreams(async () => {
    const lines = Array.from({ length: count }, (_, index) => write(index))
    const bytes = new TextEncoder().encode(lines.join("\n"))
    const source = endpoint({ bytes, lines: count, chunkSize })
    const times = await alternate(rounds, {
      ours: () => readOurs(source, count),
      official: () => readOfficial(source, count),
      parse: async () => {
        for (const line of lines) JSON.parse(line)
      }
    })
    const rate = (name: "ours" | "official" | "parse"): string =>
      `${(bytes.length / 1000 / median(times(name))).toFixed(0)} MB/s`
    const part = ratioOf(times("parse"), times("ours"))
    const bound: Row = {
      what: `  of JSON.parse alone, ${rate("parse")}`,
      ours: part.toFixed(2),
      official: ratioOf(times("parse"), times("official")).toFixed(2),
      ratio: "",
      atLeast: partOfBound === undefined ? "" : `${partOfBound}`,
      aim: "",
      met: partOfBound === undefined ? "-" : noLess(part, partOfBound)
    }
    return {
      rows: [
        {
          what,
          ours: rate("ours"),
          official: rate("official"),
          ...ratioColumns(ratioOf(times("official"), times("ours")), budget)
        },
        bound
      ],
      notes: [
        `batch results: 40 MB in lines of 2 KB, or 16 MB in lines of 270 bytes, ${rounds} rounds in turn. Both sides read a fetch`,
        "  that gives chunks from memory, since over a socket two cores measure the kernel. Ours checks every field; the official",
        "  SDK checks none. The bound starts from strings: no chunks, no UTF-8."
      ]
    }
  })

export const long = () =>
  measure({
    what: "batch results, 2 KB lines, 64 KiB chunks",
    count: 20_000,
    write: (index) => resultLine(index),
    chunkSize: 64 * 1024,
    budget: { atLeast: 1.3, aim: 1.5 },
    partOfBound: 0.55
  })

export const smallChunks = () =>
  measure({
    what: "batch results, 2 KB lines, 16 KiB chunks",
    count: 20_000,
    write: (index) => resultLine(index),
    chunkSize: 16 * 1024,
    budget: { atLeast: 1.2 }
  })

export const short = () =>
  measure({
    what: "batch results, 270-byte lines, 64 KiB chunks",
    count: 60_000,
    write: shortResultLine,
    chunkSize: 64 * 1024,
    budget: { atLeast: 0.9, aim: 1.2 }
  })
