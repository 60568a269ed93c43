// Measures this SDK beside the official one: `npm run bench`, or one part of it, as in `npm run bench -- results`.
import { availableParallelism, cpus } from "node:os"
import * as bundle from "./bundle.ts"
import * as create from "./create.ts"
import * as files from "./files.ts"
import * as line from "./line.ts"
import * as results from "./results.ts"
import * as sse from "./sse.ts"
import { type Row, table } from "./support/report.ts"

const parts = new Map(Object.entries({ results, line, sse, create, files, bundle }))

const named = process.argv.slice(2)
const unknown = named.filter((name) => !parts.has(name))
if (unknown.length > 0) {
  console.error(`no ${unknown.join(", ")}: there are ${[...parts.keys()].join(", ")}`)
  process.exit(2)
}

console.log(`node ${process.version}, ${availableParallelism()} of ${cpus()[0]?.model ?? "an unknown processor"}\n`)
const rows: Array<Row> = []
const notes: Array<string> = []
for (const [name, { run }] of parts) {
  if (named.length > 0 && !named.includes(name)) continue
  const report = await run()
  rows.push(...report.rows)
  notes.push(...report.notes)
}
console.log(`${table(rows)}\n\n${notes.join("\n")}`)
if (rows.some((row) => row.met === "NO")) process.exitCode = 1
