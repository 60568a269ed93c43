// What a batch cost: usage and price per model, and what batching and the cache saved.
//
//   npm run example -- examples/cost-report.ts [--live] [--batch msgbatch_…]
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as Pricing from "effect-anthropic/Pricing"
import { AnthropicEmulator } from "effect-anthropic/testing"
import { outcomes, report, requests } from "./support/costs.ts"
import { option, run } from "./support/example.ts"
import { table } from "./support/table.ts"

const usd = (amount: Pricing.Cost["total"]) => Pricing.formatUsd(amount, 6)

const program = Effect.gen(function* () {
  const asked = option("batch")
  const newest = Batches.list().pipe(
    Stream.filter((batch) => batch.processing_status === "ended" && batch.archived_at === null),
    Stream.runHead
  )
  const batch = asked === undefined ? yield* newest : Option.some(yield* Batches.retrieve(asked))
  if (Option.isNone(batch)) return yield* Console.log("There is no batch that has ended.")
  const { created_at: at, id } = batch.value
  const results = yield* Batches.results(batch.value).pipe(Stream.runCollect)

  // The prices of that day. The price book can be replaced: see docs/prices.md.
  const book = yield* Pricing.PriceBook
  const { cost, models, savedByBatch, savedByCache, unbilled } = yield* Effect.fromResult(report(results, { at, book }))

  yield* Console.log(`${id} of ${DateTime.formatIsoDateUtc(at)}\n`)
  const lines = models.flatMap(({ answers, cost, model }) => [
    ...cost.items.map(({ amount, kind, per, quantity, unitPrice }) => [
      model,
      kind,
      String(quantity),
      Pricing.formatUsd(unitPrice),
      per,
      usd(amount)
    ]),
    [model, `${answers} answers`, "", "", "", usd(cost.total)]
  ])
  yield* Console.log(table([["model", "what", "quantity", "USD", "per", "amount"], ...lines]))
  yield* Console.log(`
  paid              ${usd(cost.total)} USD
  saved by batching ${usd(savedByBatch)} USD
  saved by caching  ${usd(savedByCache)} USD
  not billed        ${unbilled} requests that did not succeed
`)
})

run(program, {
  emulator: { outcome: ({ custom_id }) => outcomes[custom_id] },
  seed: Effect.flatMap(AnthropicEmulator.Emulator, (emulator) => emulator.seedBatches([{ requests }]))
})
