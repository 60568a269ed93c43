// A million items through a run, on a server in the same process: memory, stalls, and both halves of the work beside a
// plain loop of JSON.stringify or JSON.parse over the same data.
import { firstMessage, start } from "./support/child.ts"
import { atMost, type Report, type Row } from "./support/report.ts"
import type { Run, Server, Speed } from "./support/runner.ts"

const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`

/** Each in a process of its own, because what one leaves behind would be the base of the next. */
const take = <A>(what: "run" | "server" | "speed") => firstMessage<A>(start("bench/support/runner.ts", what))

export const run = async (): Promise<Report> => {
  const taken = await take<Run>("run")
  const server = await take<Server>("server")
  const { encode, read } = await take<Speed>("speed")
  const peak = taken.peakBytes - server.peakBytes
  const speed = (what: string, { ours, plain }: Speed["encode"]): Row => ({
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
        what: "a run of 1 000 000 items: peak of resident memory over base",
        ours: mib(peak),
        official: "-",
        ratio: `window ${mib(taken.windowBytes)}, server ${mib(server.peakBytes)} subtracted`,
        atLeast: "64 MiB + window",
        aim: "",
        met: atMost((peak - taken.windowBytes) / 1024 / 1024, 64)
      },
      {
        what: "  of it still needed, after collecting garbage",
        ours: mib(taken.liveBytes),
        official: "-",
        ratio: "with the server's",
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
      speed("  splitting and encoding", encode),
      speed("  reading and joining", read)
    ],
    notes: [
      `run: ${(taken.milliseconds / 1000).toFixed(0)} s for ${taken.items} items of about 600 bytes and answers of about 2 KB, with the server's own work in it.`,
      "  The window is 100 000 requests. The resident memory (VmHWM) is that of a process of its own, garbage included; the server's is",
      "  that of the same calls without a run. The plain loop encodes to bytes and decodes from them."
    ]
  }
}
