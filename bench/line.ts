// Reads one very long line in small chunks, each time in a process of its own: the memory that one reading has freed makes
// the next one faster, whichever side it was.
import { firstMessage, start } from "./support/child.ts"
import type { Reading } from "./support/lineReader.ts"
import { atMost, noLess, type Report } from "./support/report.ts"
import { median } from "./support/rounds.ts"

const rounds = 5

const readLine = (side: "ours" | "official", megabytes: number): Promise<Reading> =>
  firstMessage<Reading>(start("bench/support/lineReader.ts", side, `${megabytes}`))

/** Reads one very long line in small chunks. */
export const run = async (): Promise<Report> => {
  const ten: Array<number> = []
  const twenty: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    ten.push((await readLine("ours", 10)).milliseconds)
    twenty.push((await readLine("ours", 20)).milliseconds)
  }
  const ms = { ten: median(ten), twenty: median(twenty) }
  const official = await readLine("official", 10)
  const ratio = official.milliseconds / ms.ten
  const growth = ms.twenty / ms.ten
  const bound = official.isCut ? ">= " : ""
  return {
    rows: [
      {
        what: "one 10 MB line, 16 KiB chunks",
        ours: `${ms.ten.toFixed(0)} ms`,
        official: `${bound}${official.milliseconds.toFixed(0)} ms`,
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
    notes: [
      `one line: prose with quotes and line feeds, each time in a new process that has read ordinary results; ${rounds} processes`,
      "  of ours, one of the official SDK."
    ]
  }
}
