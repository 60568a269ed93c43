// Lists the rows of the price book that are in force and whose source was read more than 90 days ago.
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"

// `| head` is no error.
process.stdout.on("error", () => process.exit())

const maxAgeDays = 90
const table = fileURLToPath(new URL("../src/facts/prices.ts", import.meta.url))
const { outputFiles } = buildSync({ entryPoints: [table], bundle: true, write: false, format: "esm" })
const { batchShare, freeRefusals, priceRows, toolRows } = await import(
  `data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`
)

const ageOf = ({ read }) => Math.floor((Date.now() - Date.parse(read)) / 86_400_000)

const rows = [
  ...priceRows.map((row) => ({ ...row, name: `${row.model}${row.speed ? ` (${row.speed})` : ""}` })),
  ...toolRows.map((row) => ({ ...row, name: row.counter })),
  ...freeRefusals.map((row) => ({ ...row, name: "free refusals" })),
  { ...batchShare, from: "", name: "batch share" }
]
// What is over does not change any more.
const isOver = ({ until }) => until !== undefined && Date.parse(until) <= Date.now()
const old = rows.filter((row) => !isOver(row) && ageOf(row) > maxAgeDays).sort((a, b) => ageOf(b) - ageOf(a))

for (const row of old) {
  const period = `${row.from}${row.until ? ` to ${row.until}` : ""}`
  console.log([`${ageOf(row)} days`.padStart(9), row.name.padEnd(34), period.padEnd(24), row.source].join("  "))
}
console.log(`${old.length} of ${rows.length} rows are in force and were read more than ${maxAgeDays} days ago.`)
