import "./scripts/node20.mjs"
import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ["test/**/*.test.ts"],
    // A loaded machine is slow; a test that hangs is found all the same.
    testTimeout: 60_000,
    reporters: ["default", ["json", { outputFile: "node_modules/.cache/vitest.json" }]],
    coverage: {
      include: ["src/**/*.ts"],
      reporter: ["text-summary", ["text", { skipFull: true }]],
      thresholds: { lines: 95, functions: 95, statements: 95, branches: 95 }
    }
  }
})
