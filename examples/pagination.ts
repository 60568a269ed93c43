// Listings: all items, the first few, page by page, from a saved cursor, and towards newer items.
//
//   npm run example -- examples/pagination.ts [--live]
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as Files from "effect-anthropic/Files"
import * as Models from "effect-anthropic/Models"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { run } from "./support/example.ts"

const models = Effect.gen(function* () {
  const active = yield* Models.list({ lifecycle: ["active"] }).pipe(Stream.runCollect)
  yield* Console.log(`${active.length} active models`)
  for (const model of active) {
    yield* Console.log(`  ${model.id.padEnd(28)} ${DateTime.formatIsoDateUtc(model.created_at)}  ${model.display_name}`)
  }

  // Pages are fetched as they are pulled: this makes one request.
  const newest = yield* Models.list({ pageSize: 2 }).pipe(Stream.take(2), Stream.runCollect)
  yield* Console.log(`The newest two: ${newest.map((model) => model.id).join(", ")}\n`)
})

const batches = Effect.gen(function* () {
  yield* Console.log("Batches, 20 to a page")
  yield* Batches.listPages({ pageSize: 20 }).pipe(
    Stream.take(5),
    Stream.runForEach((page) =>
      Console.log(`  ${page.data.length} batches, ${page.data.at(0)?.id} to ${page.data.at(-1)?.id}`)
    )
  )

  const first = yield* Batches.listPage({ pageSize: 20 })
  if (first.next === undefined) return yield* Console.log("They all fit on one page: there is nothing to resume.")

  // `first.next` is a string: save it, and continue from there later or in another process.
  const saved = first.next
  const rest = yield* Batches.list({ cursor: saved, pageSize: 20 }).pipe(Stream.take(100), Stream.runCount)
  yield* Console.log(`From the saved cursor ${saved} there are ${rest}${rest === 100 ? " or more" : ""} older ones\n`)

  // The id of a batch is a cursor, too. With the direction "newer" the items come oldest first.
  const known = first.data[3]
  if (known === undefined) return
  const newer = yield* Batches.list({ cursor: known.id, direction: "newer" }).pipe(Stream.runCollect)
  yield* Console.log(`Newer than ${known.id}`)
  for (const batch of newer) yield* Console.log(`  ${batch.id} ${batch.processing_status}`)
})

const files = Effect.gen(function* () {
  // Files have another kind of cursor. The functions are the same.
  const tables = yield* Files.list({ pageSize: 50 }).pipe(
    Stream.filter((file) => file.mime_type === "text/csv"),
    Stream.take(3),
    Stream.runCollect
  )
  yield* Console.log("\nThe newest three tables among the files")
  for (const file of tables) yield* Console.log(`  ${file.id}  ${file.filename}`)

  // Files that are asked for by id come on one page, without those that are gone.
  const known = yield* Files.listPage({ ids: [...tables.map((file) => file.id), "file_of_yesterday"] })
  yield* Console.log(`${known.data.length} of ${tables.length + 1} known files are still there`)
})

run(Effect.andThen(Effect.andThen(models, batches), files), {
  seed: Effect.flatMap(AnthropicEmulator.Emulator, (emulator) =>
    Effect.andThen(
      emulator.seedBatches(45),
      emulator.seedFiles(
        Array.from({ length: 120 }, (_, index) =>
          index % 3 === 0
            ? { filename: `table-${index}.csv`, mimeType: "text/csv" }
            : { filename: `notes-${index}.txt` }
        )
      )
    )
  )
})
