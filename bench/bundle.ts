// Bundles a program that only lists batches, `effect` included, by two bundlers.
import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { rolldown } from "rolldown"
import { atMost, type Report } from "./support/report.ts"

const programs = {
  ours: `
    import * as Batches from "effect-anthropic/Batches"
    import * as Effect from "effect/Effect"
    import * as FetchHttpClient from "effect/http/FetchHttpClient"
    import * as Stream from "effect/Stream"

    Batches.list().pipe(
      Stream.runForEach((batch) => Effect.sync(() => console.log(batch.id))),
      Effect.provide(FetchHttpClient.layer),
      Effect.runPromise
    )`,
  official: `
    import Anthropic from "@anthropic-ai/sdk"

    for await (const batch of new Anthropic().messages.batches.list()) console.log(batch.id)`
}

type Program = keyof typeof programs

const bundlers = {
  esbuild: async (entry: string): Promise<string> => {
    const options = {
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      target: "es2022",
      platform: "browser"
    } as const
    const { outputFiles } = await build({ ...options, entryPoints: [entry] })
    return outputFiles.map((file) => file.text).join("")
  },
  rolldown: async (entry: string): Promise<string> => {
    const bundle = await rolldown({ input: entry, platform: "browser", logLevel: "silent" })
    const { output } = await bundle.generate({ format: "esm", minify: true })
    return output.map((file) => (file.type === "chunk" ? file.code : "")).join("")
  }
}

/** A copy of the package, built as it is published: the repository's own `dist` stays as it is. */
const publish = (): string => {
  const copy = mkdtempSync(join(tmpdir(), "effect-anthropic-bench-"))
  for (const name of ["package.json", "scripts", "src", "tsconfig.json", "tsconfig.src.json"]) {
    cpSync(name, join(copy, name), { recursive: true })
  }
  symlinkSync(resolve("node_modules"), join(copy, "node_modules"))
  execFileSync(process.execPath, [join(copy, "scripts/build.mjs")], { stdio: "inherit" })
  // Its paths would lead the bundlers to the sources.
  rmSync(join(copy, "tsconfig.json"))
  return copy
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`

/** Bundles a program that only lists batches, `effect` included. */
export const run = async (): Promise<Report> => {
  const directory = publish()
  const size = async (program: Program, bundle: (entry: string) => Promise<string>): Promise<number> => {
    const entry = join(directory, `${program}.mjs`)
    writeFileSync(entry, programs[program])
    return gzipSync(await bundle(entry), { level: 9 }).length
  }
  const rows: Array<Report["rows"][number]> = []
  for (const [name, bundle] of Object.entries(bundlers)) {
    const ours = await size("ours", bundle)
    const official = await size("official", bundle)
    rows.push({
      what: `list batches, bundled by ${name}`,
      ours: kilobytes(ours),
      official: kilobytes(official),
      ratio: `${((100 * ours) / official).toFixed(0)} %`,
      atLeast: "72 %",
      aim: "65 %",
      met: atMost(ours / official, 0.72, 0.65)
    })
  }
  rmSync(directory, { recursive: true })
  return {
    rows,
    notes: ["bundle: for browsers, minified and gzipped (-9), `effect` included, from the package as it is published."]
  }
}
