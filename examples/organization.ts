// The billed cost of batches beside the estimate of the price book, and the limits that are in force.
// With --live it needs an admin key in ANTHROPIC_ADMIN_KEY. The key of a workspace is not enough.
import * as BigDecimal from "effect/BigDecimal"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as BatchRun from "effect-anthropic/BatchRun"
import * as Messages from "effect-anthropic/Messages"
import * as Organization from "effect-anthropic/Organization"
import * as Pricing from "effect-anthropic/Pricing"
import * as RateLimit from "effect-anthropic/RateLimit"
import type { AnthropicEmulator } from "effect-anthropic/testing"
import { isLive, run } from "./support/example.ts"

/** The emulator bills by the price book, with a discount of a tenth. */
const price = (charge: AnthropicEmulator.Charge) => {
  const cost = Pricing.cost(charge.usage, { model: charge.model, at: DateTime.makeUnsafe(charge.at), batch: true })
  const cents = BigDecimal.multiply(
    Result.getOrElse(
      Result.map(cost, ({ total }) => total),
      () => BigDecimal.fromBigInt(0n)
    ),
    BigDecimal.fromBigInt(100n)
  )
  return {
    amount: Pricing.formatUsd(BigDecimal.multiply(cents, BigDecimal.make(9n, 1))),
    listAmount: Pricing.formatUsd(cents)
  }
}

const request = (city: string) =>
  BatchRequest.make(city, {
    model: "claude-haiku-5-5",
    max_tokens: 200,
    messages: [Messages.user(`One sentence about ${city}.`)]
  })

/** A batch, so that there is something to pay for. */
const batch = Effect.gen(function* () {
  const { id } = yield* Batches.create(["Lyon", "Turin", "Ghent"].map(request))
  yield* Batches.waitUntilEnded(id)
})

const inUsd = (cents: BigDecimal.BigDecimal) => BigDecimal.multiply(cents, BigDecimal.make(1n, 2))

const usd = (amount: BigDecimal.BigDecimal | undefined): string =>
  amount === undefined ? "unknown" : `$${Pricing.formatUsd(amount)}`

const program = Effect.gen(function* () {
  if (!isLive) yield* batch
  const { name } = yield* Organization.me
  yield* Console.log(`Organization: ${name}`)
  const limits = yield* Organization.limits
  yield* Console.log(`Requests of batches that may wait: ${limits.queuedBatchRequests ?? "unknown"}`)
  yield* Effect.forEach(Object.entries(limits.pools), ([pool, windows]) => Console.log(`  ${pool}`, windows))
  if (!isLive) {
    // Both the limiter and a run accept them unchanged.
    const { outcomes } = yield* BatchRun.run(["Riga", "Split"], { request, window: limits }).pipe(
      Stream.run(BatchRun.summary),
      Effect.provide(RateLimit.layer({ limits }))
    )
    yield* Console.log(`A run within these limits: ${outcomes.Succeeded} answers`)
  }
  yield* Stream.runForEach(Organization.spendLimits(), (limit) =>
    Console.log(
      `Spend limit of ${limit.scope.type}: ${limit.amount === null ? "none" : usd(inUsd(limit.amount))} (${limit.period})`
    )
  )
  const now = yield* DateTime.now
  const costs = yield* Organization.batchCost({ from: DateTime.subtract(now, { days: 7 }), to: now })
  const [first] = costs
  const complete = first?.refreshedAt === undefined ? "unknown" : DateTime.formatIso(first.refreshedAt)
  yield* Console.log(
    `Batches of the last days: billed, at list prices, by the price book, difference. Complete up to: ${complete}`
  )
  yield* Effect.forEach(costs, ({ billed, day, difference, estimated, listed, model, unpriced }) =>
    Console.log(
      `  ${DateTime.formatIsoDateUtc(day)} ${model}: ${usd(billed)}, ${usd(listed)}, ${usd(estimated)}, ${unpriced ?? usd(difference)}`
    )
  )
})

run(isLive ? program : Effect.provide(program, Organization.layer({ adminKey: "sk-ant-admin01-of-the-emulator" })), {
  emulator: { plan: { endsAfter: "100 millis" }, organization: { price } }
})
