// Measures this SDK beside the official one: `npm run bench`, or only some rows, as in `npm run bench -- results sse-first`.
// `--cpu` takes the processor time of the main thread for what is read from memory, not the time of the clock on the wall.
import { availableParallelism, cpus } from "node:os"
import { rows as known } from "./rows.ts"
import { firstMessage, start } from "./support/child.ts"
import { type Report, type Row, table } from "./support/report.ts"

const isNamed = (row: string, name: string): boolean => row === name || row.startsWith(`${name}-`)

const all = [...known.keys()]
const options = process.argv.slice(2)
if (options.includes("--cpu")) process.env.BENCH_CPU = "1"
const named = options.filter((option) => option !== "--cpu")
const unknown = named.filter((name) => !all.some((row) => isNamed(row, name)))
if (unknown.length > 0) {
  console.error(`no ${unknown.join(", ")}: there are ${all.join(", ")}, and what stands before a dash, for several`)
  process.exit(2)
}

console.log(`node ${process.version}, ${availableParallelism()} of ${cpus()[0]?.model ?? "an unknown processor"}\n`)
const rows: Array<Row> = []
const notes = new Set<string>()
for (const row of all) {
  if (named.length > 0 && !named.some((name) => isNamed(row, name))) continue
  // One process a row: what the engine has compiled for one would change the figures of the next.
  const report = await firstMessage<Report>(start("bench/support/row.ts", row))
  rows.push(...report.rows)
  for (const note of report.notes) notes.add(note)
}
console.log(`${table(rows)}\n\n${[...notes].join("\n")}`)
if (rows.some((row) => row.met === "NO")) process.exitCode = 1
