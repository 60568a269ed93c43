// The report of a run: one HTML file that loads nothing. Outcomes, failures by cause, cost by model, batches.
import { writeFileSync } from "node:fs"
import type * as BatchRun from "effect-anthropic/BatchRun"
import * as Pricing from "effect-anthropic/Pricing"
import type { BatchTime, Ledger } from "./ledger.ts"
import { duration } from "./runView.ts"

export interface Report {
  readonly name: string
  readonly ledger: Ledger
  readonly summary: BatchRun.Summary
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const number = (value: number): string => value.toLocaleString("en-US")

const usd = (value: Parameters<typeof Pricing.formatUsd>[0]): string => `$${Pricing.formatUsd(value, 4)}`

const style = `
:root { color-scheme: light dark; --line: #8884; --good: #2a9d5c; --bad: #d1495b; --soft: #777 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: .2rem } h2 { font-size: 1.1rem; margin-top: 2rem }
p { margin: .3rem 0 } .soft { color: var(--soft) }
.facts { display: flex; flex-wrap: wrap; gap: .8rem; margin-top: 1rem }
.fact { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; min-width: 8rem }
.fact b { display: block; font-size: 1.3rem } .good { color: var(--good) } .bad { color: var(--bad) }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line) }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.share { display: flex; height: 14px; border-radius: 7px; overflow: hidden; background: var(--line); margin: .6rem 0 }
.share i { background: var(--good) } .share i.bad { background: var(--bad) }
svg { width: 100%; height: auto } svg text { font: 12px system-ui, sans-serif; fill: currentColor }`

const fact = (value: string, name: string, kind = ""): string =>
  `<div class="fact"><b class="${kind}">${escape(value)}</b>${escape(name)}</div>`

const table = (
  heads: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  numbers: ReadonlySet<number>
) => {
  const cell = (tag: "td" | "th") => (text: string, index: number) =>
    `<${tag}${numbers.has(index) ? ' class="n"' : ""}>${escape(text)}</${tag}>`
  const body = rows.map((row) => `<tr>${row.map(cell("td")).join("")}</tr>`).join("\n")
  return `<table><thead><tr>${heads.map(cell("th")).join("")}</tr></thead><tbody>\n${body}</tbody></table>`
}

const shares = ({ items, outcomes }: BatchRun.Summary): string => {
  const part = (count: number, kind: string) =>
    `<i class="${kind}" style="width:${(100 * count) / Math.max(items, 1)}%"></i>`
  return `<div class="share">${part(outcomes.Succeeded, "")}${part(items - outcomes.Succeeded, "bad")}</div>`
}

const timeline = (batches: ReadonlyArray<BatchTime>): string => {
  const from = Math.min(...batches.map(({ submitted }) => submitted))
  const to = Math.max(...batches.map(({ ended, submitted }) => ended ?? submitted), from + 1)
  const [left, width, height] = [230, 700, 22]
  const x = (time: number) => left + ((time - from) / (to - from)) * width
  const bars = batches.map(({ batchId, count, ended, submitted, wasUnknown }, index) => {
    const end = ended ?? to
    const y = 24 + index * height
    const name = `${batchId.slice(-12)} · ${number(count)} requests`
    const said = `${batchId}: ${number(count)} requests, ${duration(end - submitted)}${wasUnknown ? ", found after its create got no answer" : ""}`
    return `<g><title>${escape(said)}</title><text x="0" y="${y + 13}">${escape(name)}</text>
<rect x="${x(submitted).toFixed(1)}" y="${y + 3}" width="${Math.max(2, x(end) - x(submitted)).toFixed(1)}" height="${height - 8}" rx="3" fill="${wasUnknown ? "var(--bad)" : "var(--good)"}"/></g>`
  })
  const marks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${left + share * width}" y="12" text-anchor="${share === 1 ? "end" : share === 0 ? "start" : "middle"}">${duration(share * (to - from))}</text>`
  )
  return `<svg viewBox="0 0 ${left + width} ${30 + batches.length * height}" role="img" aria-label="When each batch ran">
${marks.join("")}
${bars.join("\n")}
</svg>`
}

/** The report as HTML. */
export const reportOf = ({ ledger, name, summary }: Report): string => {
  const { failures, items, outcomes } = summary
  const batches = [...ledger.batches.values()].sort((one, other) => one.submitted - other.submitted)
  const ended = batches.map((batch) => batch.ended ?? batch.submitted)
  const elapsed = Math.max(...ended, 0) - (ledger.progress.startedAt ?? 0)
  const counts = Object.entries(outcomes).filter(([, count]) => count > 0)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Run ${escape(name)}</title><style>${style}</style></head><body>
<h1>Run ${escape(name)}</h1>
<p class="soft">${number(items)} items, ${number(batches.length)} batches, ${duration(elapsed)} from the start to the last result.</p>
<div class="facts">${fact(number(outcomes.Succeeded), "succeeded", "good")}${fact(number(items - outcomes.Succeeded), "other outcomes", items === outcomes.Succeeded ? "" : "bad")}${fact(usd(summary.cost), "cost")}${fact(usd(summary.savedByBatch), "saved by batching", "good")}${fact(number(summary.retried), "sent more than once")}</div>
<h2>Outcomes</h2>
${shares(summary)}
${table(
  ["outcome", "items"],
  counts.map(([tag, count]) => [tag, number(count)]),
  new Set([1])
)}
<h2>Failures by cause</h2>
${
  failures.length === 0
    ? "<p>None.</p>"
    : table(
        ["items", "outcome", "cause", "example", "what to do"],
        failures.map(({ cause, count, example, hint, outcome }) => [number(count), outcome, cause, example.id, hint]),
        new Set([0])
      )
}
<h2>Cost by model</h2>
${table(
  ["model", "answers", "tokens in", "tokens out", "cost", "saved"],
  [...ledger.models].map(([model, sums]) => [
    model,
    number(sums.answers),
    number(sums.input),
    number(sums.output),
    usd(sums.cost),
    usd(sums.saved)
  ]),
  new Set([1, 2, 3, 4, 5])
)}
${summary.unpriced === 0 ? "" : `<p>${number(summary.unpriced)} answers have no known price and are not in these sums.</p>`}
<h2>Batches in time</h2>
${batches.length === 0 ? "<p>No batch was created.</p>" : timeline(batches)}
<p class="soft">A red bar is a batch whose create got no answer. It was found again and not paid twice.</p>
</body></html>
`
}

/** Writes the report to a file. */
export const writeReport = (path: string, report: Report): void => writeFileSync(path, reportOf(report))
