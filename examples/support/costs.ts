// The costs that the examples compute. test/models/examples.test.ts compares them with figures computed by hand.
import * as BigDecimal from "effect/BigDecimal"
import type * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import type * as Batches from "effect-anthropic/Batches"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import * as Pricing from "effect-anthropic/Pricing"
import type { AnthropicEmulator } from "effect-anthropic/testing"

/** Ten thousand letters of 6 000 tokens, 4 000 of them the same in all and cached, each answered with 400 tokens. */
export const job = {
  requests: 10_000,
  usage: { input_tokens: 2_000, cache_read_input_tokens: 4_000, output_tokens: 400 }
}

export interface ModelReport {
  readonly model: string
  readonly answers: number
  readonly cost: Pricing.Cost
}

export interface Report {
  readonly models: ReadonlyArray<ModelReport>
  readonly cost: Pricing.Cost
  readonly savedByBatch: BigDecimal.BigDecimal
  readonly savedByCache: BigDecimal.BigDecimal
  /** Requests that were errored, canceled or expired: they are not billed. */
  readonly unbilled: number
}

/** The cost of the results of a batch, with the prices of the day `at`. */
export const report = (
  results: Iterable<Batches.MessageBatchIndividualResponse>,
  options: { readonly at: DateTime.DateTime; readonly book?: Pricing.PriceBook }
): Result.Result<Report, Pricing.CostError> =>
  Result.gen(function* () {
    const costs = new Map<string, Array<Pricing.Cost>>()
    let savedByBatch = BigDecimal.fromBigInt(0n)
    let savedByCache = BigDecimal.fromBigInt(0n)
    let unbilled = 0
    // Results come in any order, and the report has a fixed one.
    const sorted = [...results].sort((a, b) => (a.custom_id < b.custom_id ? -1 : 1))
    for (const { result } of sorted) {
      if (result.type !== "succeeded") {
        unbilled += 1
        continue
      }
      const { message } = result
      const cost = yield* Pricing.messageCost(message, { ...options, batch: true })
      costs.set(message.model, [...(costs.get(message.model) ?? []), cost])
      // A refusal that is free saved nothing.
      if (cost.items.length === 0) continue
      const saved = yield* Pricing.savings(message.usage, { ...options, batch: true, model: message.model })
      savedByBatch = BigDecimal.sum(savedByBatch, saved.byBatch)
      savedByCache = BigDecimal.sum(savedByCache, saved.byCache)
    }
    const models = [...costs].map(([model, list]) => ({ model, answers: list.length, cost: Pricing.sum(list) }))
    return { models, cost: Pricing.sum(models.map(({ cost }) => cost)), savedByBatch, savedByCache, unbilled }
  })

const ask = (id: string, model: string) =>
  BatchRequest.make(id, { model, max_tokens: 2_000, messages: [Messages.user(`Summarize contract ${id}.`)] })

/** A batch for the emulator: three models, the cache in use, a refusal, a search, a request that failed. */
export const requests = [
  ask("lease", "claude-haiku-5-5"),
  ask("merger", "claude-haiku-5-5"),
  ask("licence", "claude-sonnet-5-5"),
  ask("patent", "claude-sonnet-5-5"),
  ask("supply", "claude-sonnet-5-5"),
  ask("treaty", "claude-opus-5-5"),
  ask("refused", "claude-opus-5-5"),
  ask("broken", "claude-opus-5-5")
]

const cached = { input_tokens: 200, output_tokens: 500, cache_read_input_tokens: 50_000 }
const write = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 50_000 }

export const outcomes: { readonly [customId: string]: AnthropicEmulator.Outcome } = {
  lease: { type: "succeeded", message: { usage: { input_tokens: 100_000, output_tokens: 1_000 } } },
  // Over 100 000 tokens, this model costs five times as much.
  merger: { type: "succeeded", message: { usage: { input_tokens: 100_001, output_tokens: 1_000 } } },
  licence: {
    type: "succeeded",
    message: {
      usage: { input_tokens: 200, output_tokens: 500, cache_creation_input_tokens: 50_000, cache_creation: write }
    }
  },
  patent: { type: "succeeded", message: { usage: cached } },
  supply: { type: "succeeded", message: { usage: cached } },
  treaty: {
    type: "succeeded",
    message: { usage: { input_tokens: 10_000, output_tokens: 2_000, server_tool_use: { web_search_requests: 4 } } }
  },
  refused: {
    type: "succeeded",
    message: {
      content: [],
      stop_reason: "refusal",
      stop_details: { type: "refusal", category: "cyber", explanation: null },
      usage: { input_tokens: 9_000, output_tokens: 0 }
    }
  },
  broken: { type: "errored", error: { type: "invalid_request_error", message: "a contract that cannot be read" } }
}
