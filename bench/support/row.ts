// Runs one row of the benchmark and tells its parent what it found.
import { rows } from "../rows.ts"

const run = rows.get(process.argv[2] ?? "")
if (run === undefined) throw new Error(`no row ${process.argv[2]}`)
process.send?.(await run(), () => process.disconnect())
