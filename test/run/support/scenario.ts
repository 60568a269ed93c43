// What a random history is about: items and what the server makes of them, options of the run, and how its lives end.
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as BatchRequest from "effect-anthropic/BatchRequest"
import * as Messages from "effect-anthropic/Messages"
import * as Pricing from "effect-anthropic/Pricing"
import type { End } from "./process.ts"
import { Random } from "./random.ts"

/** What the server makes of one attempt of an item. `absent`: answered and charged, but without a line. */
export type Made = "ok" | "transient" | "permanent" | "expired" | "absent"

export interface Item {
  readonly id: string
  readonly results: ReadonlyArray<Made>
}

/** What somebody does to the run in its last life. */
export type Visit = "cancels" | "starts it, too" | undefined

export interface Scenario {
  readonly seed: number
  readonly items: ReadonlyArray<Item>
  readonly chunkItems: number
  readonly windowBatches: number
  readonly retries: number
  readonly sink: "stream" | "file"
  /** How many requests at their worst the budget has room for; undefined without one. */
  readonly room: number | undefined
  /** Whether creates may be accepted later than anybody waits for. Then there is no promise but the budget. */
  readonly isVeryLate: boolean
  /** Whether many answers of creates are lost, listings lag, and strangers of the same size are archived at once. */
  readonly isMisleading: boolean
  /** How each life but the last one ends; a step is a journal entry, a write or a call, before or after it. */
  readonly ends: ReadonlyArray<End>
  readonly visit: Visit
}

export const start = Date.parse("2026-11-25T12:00:00Z")

const weighted = (random: Random, trouble: number): Made => {
  if (!random.chance(trouble)) return "ok"
  return random.pick<Made>("transient", "expired", "absent", "permanent")
}

export const scenarioOf = (seed: number): Scenario => {
  const random = new Random(seed)
  const trouble = random.pick(0, 0.1, 0.4)
  const count = random.pick(0, 1, 2, 5, random.int(1, 30))
  const room = random.chance(0.25) ? random.int(1, 2 * count + 1) : undefined
  return {
    seed,
    items: Array.from({ length: count }, (_, index) => ({
      id: `item ${index}`,
      results: Array.from({ length: 4 }, () => weighted(random, trouble))
    })),
    chunkItems: random.pick(1, 2, 3, 7, 12),
    windowBatches: random.pick(1, 2, 4),
    retries: random.pick(0, 1, 2),
    sink: random.pick("stream", "file"),
    room,
    isVeryLate: room !== undefined && random.chance(0.3),
    isMisleading: random.chance(0.15),
    ends: Array.from({ length: random.pick(0, 1, 1, 2, 3) }, () => {
      const how = random.chance(0.75) ? "dies" : "freezes"
      // Calls are far more than entries of the journal, and what happens at an entry is what matters most.
      return random.chance(0.5)
        ? { step: random.int(1, random.pick(6, 25, 60)), how }
        : {
            step: random.int(1, 8),
            how,
            of: random.pick("opened", "intent", "created", "adopted", "ended", "settled", "file")
          }
    }),
    visit: random.pick<Visit>("cancels", "starts it, too", undefined, undefined, undefined, undefined)
  }
}

export const requestOf = (item: Item, text: string, user: string) =>
  BatchRequest.make(item.id, {
    model: "claude-haiku-5-5",
    max_tokens: 50,
    metadata: { user_id: user },
    messages: [Messages.user(text)]
  })

/** The number of the item of a request on the wire; -1 for those of others. */
export const itemOf = (params: { readonly [key: string]: unknown }): number => {
  const metadata: unknown = params.metadata
  return typeof metadata === "object" && metadata !== null && "user_id" in metadata ? Number(metadata.user_id) : -1
}

/** What an answer uses: nearly as much as a budget reserves for it. */
export const usage = { input_tokens: 400, output_tokens: 50 }

const at = DateTime.makeUnsafe(start)

const { model } = requestOf({ id: "item 0", results: [] }, "item 0", "0").params

const dollars = (result: Result.Result<{ readonly total: BigDecimal.BigDecimal }, unknown>): number =>
  Number(BigDecimal.format(Result.getOrThrow(result).total))

/** What a request costs at most, and what an answer to it costs, in USD. */
export const worst = dollars(
  Pricing.upperBound(requestOf({ id: "item 10", results: [] }, "item 10", "10").params, { at, batch: true })
)
export const paid = dollars(Pricing.cost(usage, { model, at, batch: true }))
