// The live view of a run: state, time, outcomes, tokens, cost, and what batching saved.
import * as Pricing from "effect-anthropic/Pricing"
import type { Ledger } from "./ledger.ts"
import { accent, bad, dim, good, type Line, plain, strong, textOf } from "./lines.ts"
import type { PanelState } from "./panel.ts"

const number = (value: number): string => value.toLocaleString("en-US")

const usd = (value: Parameters<typeof Pricing.formatUsd>[0]): string => `$${Pricing.formatUsd(value, 4)}`

export const duration = (millis: number): string => {
  const seconds = Math.max(0, Math.floor(millis / 1000))
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, "0"))
    .join(":")
}

const barWidth = 30

const bar = (done: number, total: number): Line => {
  const filled = total === 0 ? 0 : Math.floor((done / total) * barWidth)
  return [good("━".repeat(filled)), dim("━".repeat(barWidth - filled)), plain(` ${number(done)} of ${number(total)}`)]
}

const reasons = {
  reconcile: "a create got no answer: its batch is looked for, and not paid twice",
  queue: "the queue of the API is full",
  refused: "a create was refused and will be repeated",
  budget: "the budget is reserved until batches under way are settled",
  outage: "a batch cannot be looked at for now"
}

const stateOf = ({ progress }: Ledger, total: number): string => {
  if (progress.done === total) return "done"
  if (progress.waiting !== undefined) return "waiting"
  return progress.batches.submitted === 0 ? "starting" : "running"
}

const row = (name: string, ...spans: ReadonlyArray<Line[number]>): Line => [dim(`  ${name.padEnd(10)}`), ...spans]

/** The view of a run of `total` items. `now` returns the time of the program. */
export const viewOf = (name: string, total: number, ledger: Ledger, now: () => number): PanelState => {
  const { progress } = ledger
  const { batches, done, outcomes, waiting } = progress
  const others = Object.entries(outcomes).filter(([tag, count]) => tag !== "Succeeded" && count > 0)
  const lines = (): ReadonlyArray<Line> => {
    const sums = ledger.total
    const elapsed = duration(now() - (progress.startedAt ?? now()))
    return [
      [strong(`Run ${name}`), plain("  "), accent(stateOf(ledger, total)), dim(`  ${elapsed}`)],
      [plain("  "), ...bar(done, total)],
      row(
        "batches",
        plain(`${batches.submitted} submitted, ${batches.ended} ended`),
        ...(batches.unknown === 0 ? [] : [bad(`, ${batches.unknown} unknown`)])
      ),
      row(
        "outcomes",
        good(`${number(outcomes.Succeeded)} succeeded`),
        ...others.map(([tag, count]) => bad(`, ${number(count)} ${tag.toLowerCase()}`)),
        ...(progress.retried === 0 ? [] : [dim(`, ${number(progress.retried)} sent again`)])
      ),
      row("tokens", plain(`${number(sums.input)} in, ${number(sums.output)} out`)),
      row("cost", strong(usd(sums.cost)), good(`, ${usd(sums.saved)} saved by batching`)),
      row("waits", waiting === undefined ? dim("-") : bad(reasons[waiting.reason]))
    ]
  }
  return {
    lines,
    key: `${batches.ended} ${batches.unknown} ${waiting?.reason} ${done === total}`,
    plain: () => {
      const [head = [], , ...rest] = lines()
      const values = rest.filter((line) => line.at(-1)?.text !== "-").map((line) => textOf(line.slice(1)))
      return `${textOf(head)}  ${number(done)} of ${number(total)} · ${values.join(" · ")}`
    }
  }
}
