// Models: list them, ask them questions, choose one for a job, price the job, and check a request before it is sent.
//
//   npm run example -- examples/models.ts [--live]
import * as BigDecimal from "effect/BigDecimal"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Messages from "effect-anthropic/Messages"
import * as Models from "effect-anthropic/Models"
import * as Pricing from "effect-anthropic/Pricing"
import { job } from "./support/costs.ts"
import { run } from "./support/example.ts"
import { table } from "./support/table.ts"

const yesNo = Option.match({ onNone: () => "?", onSome: (known: boolean) => (known ? "yes" : "no") })

const program = Effect.gen(function* () {
  const at = yield* DateTime.now
  const catalogue = yield* Models.Catalogue
  const { models } = yield* catalogue.listing

  yield* Console.log("Models, and the price of a million tokens today (USD)")
  const questions = ["batch", "thinking.types.adaptive", "effort.xhigh", "structured_outputs"] as const
  const rows = models.map((model) => {
    const price = Pricing.lookup(model.id, { at })
    const usd = (kind: Pricing.TokenKind) => (Result.isSuccess(price) ? Pricing.formatUsd(price.success[kind]) : "?")
    return [
      model.id,
      model.lifecycle ?? "?",
      String(model.max_input_tokens ?? "?"),
      usd("input"),
      usd("output"),
      ...questions.map((path) => yesNo(Models.capability(model, path)))
    ]
  })
  yield* Console.log(`${table([["id", "stage", "context", "input", "output", ...questions], ...rows])}\n`)

  for (const model of models) {
    if (!Option.contains(Models.retiresWithin(model, "90 days", at), true) || model.lifecycle === "retired") continue
    const next = Option.match(Models.successor(model, models), { onNone: () => "nothing", onSome: ({ id }) => id })
    yield* Console.log(`${model.id} retires within 90 days; the newest of its line is ${next}\n`)
  }

  yield* Console.log(`A job: ${job.requests} requests in a batch, with structured answers`)
  const { choices, excluded } = yield* Effect.fromResult(
    Models.recommend(models, {
      at,
      needs: { capabilities: ["batch", "structured_outputs", "thinking.types.adaptive"], outputTokens: 100_000 },
      prefer: { by: "price", usage: job.usage, batch: true }
    })
  )
  const times = (amount: BigDecimal.BigDecimal) =>
    Pricing.formatUsd(BigDecimal.multiply(amount, BigDecimal.make(BigInt(job.requests), 0)), 2)
  const offers = choices.slice(0, 5).map(({ cost, model }) => [model.id, cost === undefined ? "?" : times(cost.total)])
  yield* Console.log(table([["model", "USD"], ...offers]))
  for (const { model, reasons } of excluded.slice(0, 3)) {
    yield* Console.log(`  not ${model.id}: ${reasons.map(({ description }) => description).join("; ")}`)
  }

  const [{ model: best }] = choices
  const { byBatch, byCache } = yield* Effect.fromResult(Pricing.savings(job.usage, { model: best.id, at, batch: true }))
  yield* Console.log(`  with ${best.id}, batching saves ${times(byBatch)} USD and the cache ${times(byCache)} USD\n`)

  yield* Console.log("A request that would be refused, found before it is sent")
  const params = {
    model: "claude-sonnet-4-5",
    max_tokens: 100_000,
    output_config: { effort: "max" as const },
    messages: [Messages.user("Read the whole archive.")]
  }
  const model = yield* catalogue.find(params.model)
  for (const { description, path, severity } of Models.check(model, params, { batch: true, inputTokens: 250_000 })) {
    yield* Console.log(`  ${severity} ${path}: ${description}`)
  }
}).pipe(Effect.provide(Models.layerCatalogue({ timeToLive: "10 minutes" })))

run(program)
