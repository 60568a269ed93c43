// Node 20 cannot run TypeScript: bundles one file of this repository, packages left outside, and runs it in this process.
// With SOURCE_MAPS=0 without the map of the bundle. Node keeps that in the heap, which then grows further than the program's.
import { rmSync } from "node:fs"
import { basename, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { buildSync } from "esbuild"

const [entry, ...args] = process.argv.slice(2)
if (entry === undefined) {
  console.error("usage: node scripts/run.mjs <file.ts> [arguments]")
  process.exit(2)
}

const hasMap = process.env.SOURCE_MAPS !== "0"
const root = fileURLToPath(new URL("..", import.meta.url))
const outfile = resolve(root, "node_modules/.cache", `${basename(entry, ".ts")}-${process.pid}.mjs`)
buildSync({
  entryPoints: [resolve(entry)],
  outfile,
  tsconfig: resolve(root, "tsconfig.json"),
  bundle: true,
  packages: "external",
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: hasMap && "inline"
})

process.on("exit", () => rmSync(outfile))
process.setSourceMapsEnabled(hasMap)
process.argv.splice(1, process.argv.length, outfile, ...args)
await import(pathToFileURL(outfile).href)
