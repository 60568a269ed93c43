// Moves a gibibyte up or down, from and to the disk, each time in a process of its own.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { firstMessage, start } from "./support/child.ts"
import { atMost, noLess, type Report, type Row } from "./support/report.ts"
import { median } from "./support/rounds.ts"
import type { Side, TransferCost } from "./support/transfer.ts"

const rounds = 3
const gibibyte = 2 ** 30
/** The API takes no file of more than 500 MB: a gibibyte goes up in three. */
const third = Math.ceil(gibibyte / 3)
const sides = ["ours", "official", "documented"] as const

const mebibytes = (cost: TransferCost): number => cost.extraBytes / 2 ** 20

const rowsOf = (direction: string, costs: { readonly [side in Side]: ReadonlyArray<TransferCost> }): Report["rows"] => {
  const of = (side: Side, figure: (cost: TransferCost) => number): number => median(costs[side].map(figure))
  const memory = { ours: of("ours", mebibytes), official: of("official", mebibytes) }
  const time = { ours: of("ours", (c) => c.milliseconds), official: of("official", (c) => c.milliseconds) }
  const ratio = (pair: { readonly ours: number; readonly official: number }) => pair.official / pair.ours
  return [
    {
      what: `${direction} 1 GiB: memory over base`,
      ours: `${memory.ours.toFixed(0)} MiB`,
      official: `${memory.official.toFixed(0)} MiB`,
      ratio: `${ratio(memory).toFixed(2)} x`,
      atLeast: "48 MiB",
      aim: "32 MiB",
      met: atMost(memory.ours, 48, 32)
    },
    {
      what: "  time",
      ours: `${time.ours.toFixed(0)} ms`,
      official: `${time.official.toFixed(0)} ms`,
      ratio: `${ratio(time).toFixed(2)} x`,
      atLeast: "1.0 x",
      aim: "",
      met: noLess(ratio(time), 1)
    } satisfies Row
  ]
}

const measure = async (direction: "upload" | "download"): Promise<Report> => {
  const directory = mkdtempSync(join(tmpdir(), "effect-anthropic-bench-"))
  const server = start("bench/support/fileServer.ts")
  try {
    const path = join(directory, "third.bin")
    writeFileSync(path, "")
    truncateSync(path, third)
    writeFileSync(join(directory, "small.bin"), new Uint8Array(1_000_000))
    const baseUrl = await firstMessage<string>(server)
    const costs: { [side in Side]: Array<TransferCost> } = { ours: [], official: [], documented: [] }
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) {
        if (side === "documented" && (direction === "download" || round > 0)) continue
        const child = start("bench/support/transfer.ts", side, direction, baseUrl, path, String(gibibyte))
        costs[side].push(await firstMessage<TransferCost>(child))
      }
    }
    return { rows: rowsOf(direction, costs), notes: notesOf(costs.documented[0]) }
  } finally {
    server.disconnect()
    rmSync(directory, { recursive: true })
  }
}

const notesOf = (documented: TransferCost | undefined): ReadonlyArray<string> => [
  `files: to and from a server in a process of its own, ${rounds} rounds in turn, each in a new process, after 1 MB to warm up.`,
  "  The upload is three files of 341 MiB, since the API takes none over 500 MB; the download is one, to disk: ours checked,",
  "  flushed and renamed, the official SDK's response piped to a file and flushed. Memory is the peak of the resident set.",
  ...(documented === undefined
    ? []
    : [
        "  The official SDK is given its best, a blob of the path. Given a read stream, as in its documentation, it took",
        `  ${mebibytes(documented).toFixed(0)} MiB and ${documented.milliseconds.toFixed(0)} ms.`
      ])
]

export const upload = () => measure("upload")

export const download = () => measure("download")
