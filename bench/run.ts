// A million items through a run, on a server in the same process: memory, stalls, and both halves of the work beside a
// plain loop of JSON.stringify or JSON.parse over the same data.
import { firstMessage, start } from "./support/child.ts"
import { atMost, type Report, type Row } from "./support/report.ts"
import type { Taken } from "./support/runner.ts"

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`

export const run = async (): Promise<Report> => {
  const taken = await firstMessage<Taken>(start("bench/support/runner.ts"))
  const over = (taken.liveBytes - taken.windowBytes) / 1024 / 1024
  const speed = (what: string, { ours, plain }: Taken["encode"]): Row => ({
    what,
    ours: `${ours.toFixed(0)} MB/s`,
    official: "-",
    ratio: `${(ours / plain).toFixed(2)} of a plain loop (${plain.toFixed(0)} MB/s)`,
    atLeast: "",
    aim: "",
    met: "-"
  })
  return {
    rows: [
      {
        what: "a run of 1 000 000 items: memory over base",
        ours: mib(taken.liveBytes),
        official: "-",
        ratio: `the window is ${mib(taken.windowBytes)} of it`,
        atLeast: "64 MiB + window",
        aim: "",
        met: atMost(over, 64)
      },
      {
        what: "  peak of the resident memory over base",
        ours: mib(taken.peakBytes),
        official: "-",
        ratio: "garbage included",
        atLeast: "",
        aim: "",
        met: "-"
      },
      {
        what: "  event loop stall, p99",
        ours: `${taken.p99.toFixed(1)} ms`,
        official: "-",
        ratio: `longest ${taken.max.toFixed(0)} ms`,
        atLeast: "50 ms",
        aim: "",
        met: atMost(taken.p99, 50)
      },
      speed("  splitting and encoding", taken.encode),
      speed("  reading and joining", taken.read)
    ],
    notes: [
      `run: ${(taken.milliseconds / 1000).toFixed(0)} s for ${taken.items} items of about 600 bytes and answers of about 2 KB, with the server's own work in it.`,
      "  The window is 100 000 requests. Memory is heap and buffers after collecting garbage every 250 ms of a quarter of the",
      "  items; the resident set (VmHWM) holds garbage, too. The plain loop encodes to bytes and decodes from them."
    ]
  }
}
