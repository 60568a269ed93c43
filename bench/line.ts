// Reads one very long line in small chunks.
import { atMost, noLess, type Report } from "./support/report.ts"
import { endpoint, readOfficial, readOurs } from "./support/results.ts"
import { alternate, median, ratioOf } from "./support/rounds.ts"
import { resultLine, text } from "./support/wire.ts"

const rounds = 9
/** As long is the official SDK given, in milliseconds: far more than 100 times what ours takes. */
const officialLimit = 15_000

const encodeLine = (megabytes: number): Uint8Array =>
  new TextEncoder().encode(resultLine(0, [{ type: "text", text: text(megabytes * 1_000_000), citations: null }]))

const source = (bytes: Uint8Array, deadline?: number) =>
  endpoint({ bytes, lines: 1, chunkSize: 16 * 1024, ...(deadline === undefined ? {} : { deadline }) })

/** The time of the official SDK in milliseconds, or the limit when it takes longer. */
const timeOfficial = async (bytes: Uint8Array): Promise<{ readonly time: number; readonly isCut: boolean }> => {
  const start = performance.now()
  const isCut = await readOfficial(source(bytes, start + officialLimit), 1).then(
    () => false,
    () => true
  )
  return { time: performance.now() - start, isCut }
}

/** Reads one very long line in small chunks. */
export const run = async (): Promise<Report> => {
  const ten = encodeLine(10)
  const twenty = encodeLine(20)
  const times = await alternate(rounds, {
    ten: () => readOurs(source(ten), 1),
    twenty: () => readOurs(source(twenty), 1)
  })
  const ms = { ten: median(times("ten")), twenty: median(times("twenty")) }
  const official = await timeOfficial(ten)
  const ratio = official.time / ms.ten
  const growth = ratioOf(times("twenty"), times("ten"))
  const bound = official.isCut ? ">= " : ""
  return {
    rows: [
      {
        what: "one 10 MB line, 16 KiB chunks",
        ours: `${ms.ten.toFixed(0)} ms`,
        official: `${bound}${official.time.toFixed(0)} ms`,
        ratio: `${bound}${ratio.toFixed(0)} x`,
        atLeast: "100 x",
        aim: "",
        met: noLess(ratio, 100)
      },
      {
        what: "  20 MB against 10 MB",
        ours: `${ms.twenty.toFixed(0)} ms`,
        official: "",
        ratio: `${growth.toFixed(2)} x`,
        atLeast: "2.3 x",
        aim: "",
        met: atMost(growth, 2.3)
      }
    ],
    notes: [`one line: prose with quotes and line feeds; ${rounds} rounds of ours in turn, one of the official SDK.`]
  }
}
