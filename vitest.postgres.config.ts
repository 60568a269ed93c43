// The tests that need a PostgreSQL database, which DATABASE_URL names. Each test makes a database of its own there.
import "./scripts/node20.mjs"
import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: { include: ["test/postgres/runners.ts"], testTimeout: 600_000 }
})
