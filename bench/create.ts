// Creates one batch of 100 000 requests, each time in a process of its own.
import { firstMessage, start } from "./support/child.ts"
import type { Cost } from "./support/creator.ts"
import { atMost, type Report, ratioColumns } from "./support/report.ts"
import { median } from "./support/rounds.ts"

const rounds = 3

const spend = (side: "ours" | "official", baseUrl: string): Promise<Cost> =>
  firstMessage<Cost>(start("bench/support/creator.ts", side, baseUrl))

const milliseconds = (value: number): string => `${value.toFixed(0)} ms`

export const run = async (): Promise<Report> => {
  const server = start("bench/support/server.ts")
  const baseUrl = await firstMessage<string>(server)
  const ours: Array<Cost> = []
  const official: Array<Cost> = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await spend("ours", baseUrl))
    official.push(await spend("official", baseUrl))
  }
  server.disconnect()
  const of = (costs: ReadonlyArray<Cost>, figure: (cost: Cost) => number): number => median(costs.map(figure))
  const memory = (cost: Cost): number => cost.extraBytes / cost.bodyBytes
  const extra = { ours: of(ours, memory), official: of(official, memory) }
  const p99 = { ours: of(ours, (cost) => cost.p99), official: of(official, (cost) => cost.p99) }
  const longest = { ours: of(ours, (cost) => cost.max), official: of(official, (cost) => cost.max) }
  const time = { ours: of(ours, (cost) => cost.milliseconds), official: of(official, (cost) => cost.milliseconds) }
  const ratio = (pair: { readonly ours: number; readonly official: number }): string =>
    `${(pair.official / pair.ours).toFixed(1)} x`
  const unbudgeted = (what: string, pair: { readonly ours: number; readonly official: number }) =>
    ({
      what,
      ours: milliseconds(pair.ours),
      official: milliseconds(pair.official),
      ratio: ratio(pair),
      atLeast: "",
      aim: "",
      met: "-"
    }) as const
  return {
    rows: [
      {
        what: "create 100 000 requests: extra memory",
        ours: `${extra.ours.toFixed(2)} bodies`,
        official: `${extra.official.toFixed(2)} bodies`,
        ratio: ratio(extra),
        atLeast: "1.1 bodies",
        aim: "",
        met: atMost(extra.ours, 1.1)
      },
      {
        what: "  event loop stall, p99",
        ours: milliseconds(p99.ours),
        official: milliseconds(p99.official),
        ratio: ratio(p99),
        atLeast: "50 ms",
        aim: "",
        met: atMost(p99.ours, 50)
      },
      unbudgeted("  event loop stall, longest", longest),
      {
        what: "  time",
        ours: milliseconds(time.ours),
        official: milliseconds(time.official),
        ...ratioColumns(time.official / time.ours, { atLeast: 1.5 })
      }
    ],
    notes: [
      `create: a body of ${((ours[0]?.bodyBytes ?? 0) / 1e6).toFixed(0)} MB to a server in a process of its own, ${rounds} rounds in turn, each in a new process.`,
      "  Memory is the peak of the resident set (VmHWM) over what it was with the requests in place. A p99 of the event",
      "  loop passes over a few long stalls among many short ones, so the longest is printed, too."
    ]
  }
}
