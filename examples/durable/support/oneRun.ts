// Runs reviews on an engine, with the emulator as the API, and prints creates, outcomes and the bill.
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Layer from "effect/Layer"
import type * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as BatchWorkflow from "effect-anthropic/BatchWorkflow"
import * as Pricing from "effect-anthropic/Pricing"
import { isLive, option, run } from "../../support/example.ts"
import { makeRow } from "../../support/rows.ts"
import { Reviews } from "./reviews.ts"

const rows = Number(option("rows") ?? (isLive ? 10 : 1_000))

/** Counts the outcomes of a run in the files of the sink. */
export const countOutcomes = Effect.fnUntraced(function* (location: string) {
  const fs = yield* FileSystem.FileSystem
  const files = (yield* fs.readDirectory(location)).filter((file) => file.endsWith(".jsonl"))
  const texts = yield* Effect.forEach(files, (file) => fs.readFileString(`${location}/${file}`))
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line !== "")
  return { lines: lines.length, items: new Set(lines.map((line) => JSON.parse(line).position)).size }
})

export const oneRun = <E extends Error>(
  layerOf: (outcomes: string) => Layer.Layer<WorkflowEngine.WorkflowEngine, E, HttpClient.HttpClient>
): void => {
  const directory = mkdtempSync(join(tmpdir(), "durable-"))
  const source = join(directory, "rows.jsonl")
  const program = Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    yield* fs.writeFileString(
      source,
      Array.from({ length: rows }, (_, index) => `${JSON.stringify(makeRow(index))}\n`).join("")
    )
    const payload = {
      runId: "reviews",
      source,
      options: { chunk: { items: Math.ceil(rows / 4) }, budget: { limit: "5" } }
    }
    yield* Console.log(`${rows} reviews: ${yield* BatchWorkflow.start(Reviews, payload)}`)
    const { batches, cost, location, outcomes } = yield* BatchWorkflow.run(Reviews, payload)
    const { items, lines } = yield* countOutcomes(location)
    yield* Console.log(`${batches} batches created`)
    yield* Console.log(`${lines} outcomes of ${items} rows, ${outcomes.Succeeded} of them succeeded, in ${location}`)
    yield* Console.log(`$${Pricing.formatUsd(cost, 4)} paid`)
  })
  run(program.pipe(Effect.provide(layerOf(join(directory, "outcomes"))), Effect.provide(NodeFileSystem.layer)), {
    emulator: { plan: { endsAfter: "3 seconds" } },
    cost: `This sends ${rows} short requests in batches, for at most $5.`
  })
}
