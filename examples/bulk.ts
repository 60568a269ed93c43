// Ten thousand rows from JSONL to JSONL as one run of message batches, with a live view. Stop it at any moment, also with
// kill -9, and start it again: it continues, every row has one outcome, and nothing is paid twice.
//
//   npm run example -- examples/bulk.ts [--rows 10000] [--in rows.jsonl] [--out outcomes.jsonl] [--journal runs] [--live]
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import * as Pricing from "effect-anthropic/Pricing"
import { option, run } from "./support/example.ts"
import { fastClock } from "./support/fastClock.ts"
import { ask, makeRow, readRows } from "./support/rows.ts"
import { statusLine } from "./support/statusLine.ts"

const place = option("in") === undefined ? mkdtempSync(join(tmpdir(), "bulk-")) : "."
const input = option("in") ?? join(place, "rows.jsonl")
const output = option("out") ?? join(place, "outcomes.jsonl")
const journal = option("journal") ?? join(place, "runs")
const count = Number(option("rows") ?? 10_000)
/** How many times as fast the clock runs, for demonstrations. */
const speed = Number(option("speed") ?? 1)
const began = Number(option("began") ?? Date.now())

/** Writes the rows, unless the file exists. */
const writeRows = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  if (yield* fs.exists(input)) return
  const lines = Array.from({ length: count }, (_, index) => `${JSON.stringify(makeRow(index))}\n`)
  yield* fs.writeFileString(input, lines.join(""))
})

/** The state of the run, as one line. */
const describe = ({ batches, budget, done, outcomes, read, sent, waiting }: BatchRun.Progress): string =>
  [
    `${read} read, ${sent} sent, ${done} done`,
    `${batches.submitted} batches, ${batches.ended} ended`,
    `${outcomes.Succeeded} succeeded`,
    ...(batches.unknown === 0 ? [] : [`${batches.unknown} unknown`]),
    ...(budget === undefined
      ? []
      : [`$${Pricing.formatUsd(budget.spent, 2)} of $${Pricing.formatUsd(budget.limit, 2)}`]),
    ...(waiting === undefined ? [] : [`waits: ${waiting.reason}`])
  ].join(" · ")

const program = Effect.gen(function* () {
  yield* writeRows
  const line = yield* statusLine
  let progress = BatchRun.noProgress
  const { kept, summary } = yield* BatchRun.toFile(readRows(input), output, {
    id: "reviews",
    request: ask,
    chunk: { items: 1_000 },
    budget: { limit: 100 },
    pollEvery: "10 seconds",
    onEvent: (event) => {
      progress = BatchRun.progress(progress, event)
      return line.set(describe(progress))
    },
    // Only the answer is written. By default the whole message would be.
    line: (outcome) => ({ answer: outcome._tag === "Succeeded" ? outcome.message.content : undefined })
  })
  yield* Console.log(`${output}: ${kept} outcomes were there, ${summary.items} were added`)
  yield* Console.log(
    `$${Pricing.formatUsd(summary.cost, 4)} paid this time, $${Pricing.formatUsd(summary.savedByBatch, 4)} saved`
  )
  for (const { cause, count, example, hint } of summary.failures) {
    yield* Console.log(`${count} × ${cause}, such as ${example.id}: ${hint}`)
  }
}).pipe(
  Effect.scoped,
  Effect.provide(Journal.layerDirectory(journal)),
  Effect.provide(NodeFileSystem.layer),
  speed === 1 ? (effect) => effect : Effect.provideService(Clock.Clock, fastClock(speed, began))
)

run(program, {
  emulator: { plan: (_, index) => ({ endsAfter: `${2 + (index % 4)} seconds` }) },
  cost: "Each row costs about $0.0001."
})
