import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Journal from "effect-anthropic/Journal"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { recording } from "../support/fileSystem.ts"
import { creates, Emulator, idOf, itemsOf, onServer, requestOf, sent } from "./support/world.ts"

const options = { id: "run", request: requestOf, chunk: { items: 3 }, onInterrupt: "detach" } as const

/** A server, a journal that outlives runs, and a file in a directory of its own. */
const withFile = <A, E>(
  use: (
    path: string,
    fs: FileSystem.FileSystem
  ) => Effect.Effect<A, E, HttpClient.HttpClient | AnthropicEmulator.Emulator | FileSystem.FileSystem | Scope.Scope>,
  emulator: AnthropicEmulator.Options = {}
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    return yield* use(`${directory}/out.jsonl`, fs)
  }).pipe(
    Effect.scoped,
    Effect.provide(NodeFileSystem.layer),
    Effect.provide(Layer.fresh(Journal.layerMemory)),
    (effect) => onServer(emulator)(effect)
  )

interface Row {
  readonly position: number
  readonly id: string
  readonly outcome: string
  readonly [field: string]: unknown
}

const rowsOf = (text: string): ReadonlyArray<Row> =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Row => JSON.parse(line))

const positions = (rows: ReadonlyArray<Row>) => rows.map(({ position }) => position).sort((a, b) => a - b)

const range = (count: number) => Array.from({ length: count }, (_, index) => index)

const resultCalls = Effect.gen(function* () {
  const requests = yield* (yield* Emulator).requests
  return requests.filter(({ path }) => path.endsWith("/results")).length
})

describe("BatchRun.toFile", () => {
  it.live("writes each outcome once, with its position, and sums them", () =>
    withFile((path, fs) =>
      Effect.gen(function* () {
        const items = [...itemsOf(8), { id: "item 0" }]
        const { kept, summary } = yield* BatchRun.toFile(items, path, options)
        const rows = rowsOf(yield* fs.readFileString(path))
        assert.strictEqual(kept, 0)
        assert.strictEqual(summary.items, 9)
        assert.deepStrictEqual(positions(rows), range(9))
        assert.deepInclude(
          rows.find(({ position }) => position === 8),
          { outcome: "Unsent", reason: "duplicate", id: "item 0" }
        )
        const first = rows.find(({ position }) => position === 0)
        assert.deepInclude(first, { outcome: "Succeeded", id: "item 0", attempts: 1 })
        assert.nestedProperty(first, "message.content")
      })
    )
  )

  it.live("continues a file, writes nothing twice, and does not read its outcomes again", () =>
    withFile((path, fs) =>
      Effect.gen(function* () {
        yield* BatchRun.toFile(itemsOf(8), path, options)
        const before = yield* fs.readFileString(path)
        const downloads = yield* resultCalls
        const { kept, summary } = yield* BatchRun.toFile(itemsOf(8), path, options)
        assert.strictEqual(kept, 8)
        assert.strictEqual(summary.items, 0)
        assert.strictEqual(yield* fs.readFileString(path), before)
        assert.strictEqual(yield* resultCalls, downloads)
        yield* BatchRun.toFile(itemsOf(10), path, options)
        assert.deepStrictEqual(positions(rowsOf(yield* fs.readFileString(path))), range(10))
      })
    )
  )

  it.live("completes a file that was cut at any byte", () =>
    withFile((path, fs) =>
      Effect.gen(function* () {
        yield* BatchRun.toFile(itemsOf(7), path, options)
        const whole = yield* fs.readFile(path)
        for (let length = 0; length < whole.length; length += 211) {
          yield* fs.writeFile(path, whole.subarray(0, length))
          yield* BatchRun.toFile(itemsOf(7), path, options)
          const text = yield* fs.readFileString(path)
          assert.deepStrictEqual(positions(rowsOf(text)), range(7), `cut at ${length}`)
        }
        assert.isAtMost(yield* creates, 4)
      })
    )
  )

  it.live("continues after a crash between two pieces of a batch, or in the middle of one", () =>
    withFile((path, fs) =>
      Effect.gen(function* () {
        // Lines so long that a few of them make a piece.
        const long = { ...options, chunk: { items: 60 }, line: () => ({ pad: "x".repeat(400_000) }) } as const
        for (const pieces of [1, 1]) {
          const { layer, log } = recording("writeAll", pieces)
          yield* Effect.flip(BatchRun.toFile(itemsOf(60), path, long).pipe(Effect.provide(layer)))
          assert.strictEqual(log.filter((call) => call.startsWith("writeAll")).length, pieces + 1)
        }
        const text = yield* fs.readFileString(path)
        const before = rowsOf(text.slice(0, text.lastIndexOf("\n"))).length
        assert.isAbove(before, 3)
        assert.isBelow(before, 60)
        const { kept } = yield* BatchRun.toFile(itemsOf(60), path, long)
        assert.strictEqual(kept, before)
        assert.deepStrictEqual(positions(rowsOf(yield* fs.readFileString(path))), range(60))
        assert.strictEqual((yield* sent).flat().length, 60)
      })
    )
  )

  it.live("removes lines that a frozen owner has written a second time", () =>
    withFile((path, fs) =>
      Effect.gen(function* () {
        yield* BatchRun.toFile(itemsOf(4), path, options)
        const whole = yield* fs.readFileString(path)
        yield* fs.writeFileString(path, whole + whole)
        const { kept } = yield* BatchRun.toFile(itemsOf(4), path, options)
        assert.strictEqual(kept, 4)
        assert.strictEqual(yield* fs.readFileString(path), whole)
      })
    )
  )

  it.live("refuses a file that is not of a run, or is of other items", () =>
    withFile((path, fs) =>
      Effect.gen(function* () {
        yield* fs.writeFileString(path, "name,age\n")
        assert.deepInclude(yield* Effect.flip(BatchRun.toFile(itemsOf(2), path, options)), {
          _tag: "OutcomeFileError",
          reason: "corrupt"
        })
        yield* fs.writeFileString(path, '{"position":1,"id":"other","outcome":"Succeeded"}\n')
        assert.strictEqual((yield* Effect.flip(BatchRun.toFile(itemsOf(2), path, options)))._tag, "ItemsChangedError")
        assert.strictEqual(yield* creates, 0)
      })
    )
  )

  it.live("sends items that did not fit the budget when it is raised, and writes each once", () =>
    withFile(
      (path, fs) =>
        Effect.gen(function* () {
          const first = yield* BatchRun.toFile(itemsOf(8), path, { ...options, budget: { limit: 0.0003 } })
          assert.isAbove(first.summary.outcomes.Unsent, 0)
          assert.isAbove(first.summary.outcomes.Succeeded, 0)
          const second = yield* BatchRun.toFile(itemsOf(8), path, { ...options, budget: { limit: 1 } })
          assert.strictEqual(second.kept, first.summary.outcomes.Succeeded)
          const rows = rowsOf(yield* fs.readFileString(path))
          assert.deepStrictEqual(positions(rows), range(8))
          assert.deepStrictEqual(new Set(rows.map(({ outcome }) => outcome)), new Set(["Succeeded"]))
        }),
      { outcome: () => ({ type: "succeeded", message: { usage: { input_tokens: 500, output_tokens: 50 } } }) }
    )
  )

  it.live("does not send an item again that the file has, although retries are left", () =>
    withFile(
      (path, fs) =>
        Effect.gen(function* () {
          yield* BatchRun.toFile(itemsOf(2), path, { ...options, retry: { times: 0 } })
          // As if the run had died before it wrote that the chunk is settled.
          yield* BatchRun.toFile(itemsOf(2), path, { ...options, retry: { times: 2 } })
          const rows = rowsOf(yield* fs.readFileString(path))
          assert.deepStrictEqual(
            rows.map(({ outcome }) => outcome),
            ["Expired", "Expired"]
          )
          assert.strictEqual(yield* creates, 1)
        }),
      { outcome: () => ({ type: "expired" }) }
    )
  )

  it.live("writes the fields of the caller, in addition to those that a run needs", () =>
    withFile((path, fs) =>
      Effect.gen(function* () {
        yield* BatchRun.toFile(itemsOf(2), path, {
          ...options,
          line: (outcome) => ({ name: outcome.item.id.toUpperCase(), outcome: "mine" })
        })
        const rows = rowsOf(yield* fs.readFileString(path)).toSorted((a, b) => a.position - b.position)
        assert.deepStrictEqual(rows, [
          { position: 0, id: "item 0", outcome: "Succeeded", name: "ITEM 0" },
          { position: 1, id: "item 1", outcome: "Succeeded", name: "ITEM 1" }
        ])
        const { kept } = yield* BatchRun.toFile(itemsOf(2), path, options)
        assert.strictEqual(kept, 2)
      })
    )
  )

  it.live("writes decoded answers, and answers that do not fit", () =>
    withFile(
      (path, fs) =>
        Effect.gen(function* () {
          const output = Schema.Struct({ stars: Schema.Int })
          assert.strictEqual((yield* BatchRun.plan(itemsOf(3), { request: requestOf, output })).requests, 3)
          yield* BatchRun.toFile(itemsOf(3), path, { ...options, output })
          const rows = rowsOf(yield* fs.readFileString(path)).toSorted((a, b) => a.position - b.position)
          assert.deepInclude(rows[0], { outcome: "Succeeded", value: { stars: 4 } })
          assert.deepInclude(rows[1], { outcome: "Invalid" })
          assert.include(String(rows[1]?.error), "does not fit")
          assert.deepInclude(rows[2], { outcome: "Incomplete", reason: "refusal" })
        }),
      {
        outcome: ({ params }) => {
          if (idOf(params) === "item 2") return { type: "succeeded", message: { stop_reason: "refusal", content: [] } }
          return { type: "succeeded", message: idOf(params) === "item 0" ? '{"stars":4}' : '{"stars":"many"}' }
        }
      }
    )
  )

  it.live("does not settle a chunk whose lines could not be flushed to the disk", () =>
    withFile((path) =>
      Effect.gen(function* () {
        const { layer } = recording("sync")
        const error = yield* Effect.flip(BatchRun.toFile(itemsOf(3), path, options).pipe(Effect.provide(layer)))
        assert.deepInclude(error, { _tag: "OutcomeFileError", reason: "unavailable" })
        const status = yield* BatchRun.status("run")
        assert.deepInclude(status, { _tag: "Some" })
        assert(status._tag === "Some")
        assert.strictEqual(status.value.chunks.settled, 0)
        const { summary } = yield* BatchRun.toFile(itemsOf(3), path, options)
        assert.strictEqual(summary.items, 0)
        assert.strictEqual(yield* creates, 1)
      })
    )
  )
})

describe("BatchRun.summary", () => {
  it.live("groups failures by their cause, with an example and a hint, and prices the answers", () =>
    withFile(
      (path) =>
        Effect.gen(function* () {
          const { summary } = yield* BatchRun.toFile(itemsOf(10), path, { ...options, retry: { times: 0 } })
          assert.deepStrictEqual(
            summary.failures.map(({ cause, count, outcome }) => [outcome, cause, count]),
            [
              ["Errored", "invalid_request_error", 3],
              ["Incomplete", "max_tokens", 2],
              ["Expired", "expired", 1]
            ]
          )
          const [first] = summary.failures
          assert.match(first?.example.id ?? "", /^item [012]$/)
          assert.include(first?.hint, "Messages API")
          assert.strictEqual(summary.outcomes.Succeeded, 4)
          assert.strictEqual(summary.usage.output, 6 * 50)
          assert.strictEqual(summary.unpriced, 0)
          assert.isTrue(summary.cost.value > 0n)
          assert.deepStrictEqual(summary.cost, summary.savedByBatch)
        }),
      {
        outcome: ({ params }) => {
          const index = Number(idOf(params).slice(5))
          const usage = { input_tokens: 100, output_tokens: 50 }
          if (index < 3) return { type: "errored" }
          if (index < 5) return { type: "succeeded", message: { stop_reason: "max_tokens", usage } }
          if (index === 5) return { type: "expired" }
          return { type: "succeeded", message: { usage } }
        }
      }
    )
  )
})
