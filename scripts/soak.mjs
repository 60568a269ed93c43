// Plays 10 000 random histories of runs, or as many as the first argument says.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url))
const env = { ...process.env, HISTORIES: process.argv[2] ?? "10000" }
const { status } = spawnSync(process.execPath, [vitest, "run", "test/run/histories"], { stdio: "inherit", env })
process.exit(status ?? 1)
