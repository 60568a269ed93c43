// The values of a durable run that the engine stores: small values with schemas, without requests and answers.
import * as BigDecimal from "effect/BigDecimal"
import * as Schema from "effect/Schema"
import { maxBytes, maxRequests } from "../BatchRequest.ts"
import type { Summary } from "../run/summary.ts"

const count = (most: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: most }))

const runOptions = Schema.Struct({
  /** The largest batch. Default: 10 000 items, and 64 000 000 bytes. Sizes vary by up to a tenth. */
  chunk: Schema.optionalKey(
    Schema.Struct({ items: Schema.optionalKey(count(maxRequests)), bytes: Schema.optionalKey(count(maxBytes)) })
  ),
  /**
   * The limits of what is under way at once. Default: 8 batches, and in them `queuedBatchRequests` or 100 000 requests. The
   * value of `Organization.limits` can be passed unchanged. `queuedBatchRequests` of the first start is used, and no more
   * requests are sent.
   */
  window: Schema.optionalKey(
    Schema.Struct({
      batches: Schema.optionalKey(count(10_000)),
      requests: Schema.optionalKey(count(10_000_000)),
      queuedBatchRequests: Schema.optional(count(Number.MAX_SAFE_INTEGER))
    })
  ),
  /** The most times that an item is sent again. Default: 2. */
  retry: Schema.optionalKey(
    Schema.Struct({ times: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))) })
  ),
  /** The most that the run may cost, in USD, as decimal text. Default: no limit. */
  budget: Schema.optionalKey(
    Schema.Struct({ limit: Schema.String.check(Schema.isPattern(/^\d{1,15}(?:\.\d{1,12})?$/)) })
  )
})

/**
 * The options of a durable run that are data. They are kept with the run, and cannot be changed under its id.
 *
 * @category options
 * @since 0.1.0
 */
export interface RunOptions extends Schema.Schema.Type<typeof runOptions> {}

/**
 * The schema of `RunOptions`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RunOptions: Schema.Codec<RunOptions> = runOptions

export const payload = Schema.Struct({
  /** Names the run. Starting it again under the same id joins it. */
  runId: Schema.String.check(Schema.isNonEmpty()),
  /** The reference that `RequestSource` opens: a path, a key, the name of a table. */
  source: Schema.String,
  options: Schema.optionalKey(RunOptions)
})

/**
 * The payload of a durable run: its id, a reference to its items, and options. It is stored as plain JSON, so it must not
 * contain a secret.
 *
 * @category models
 * @since 0.1.0
 */
export interface Payload extends Schema.Schema.Type<typeof payload> {}

/**
 * The schema of `Payload`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Payload: Schema.Codec<Payload> = payload

const Counts = Schema.Struct({
  Succeeded: Schema.Int,
  Invalid: Schema.Int,
  Incomplete: Schema.Int,
  Errored: Schema.Int,
  Canceled: Schema.Int,
  Expired: Schema.Int,
  Missing: Schema.Int,
  Unsent: Schema.Int
})

/** Sums of outcomes that were written. */
export const Tally = Schema.Struct({
  items: Schema.Int,
  outcomes: Counts,
  usage: Schema.Struct({
    input: Schema.Int,
    cacheWrite: Schema.Int,
    cacheRead: Schema.Int,
    output: Schema.Int
  }),
  /** The cost of the answers, in USD. Answers without a known price are counted in `unpriced`. */
  cost: Schema.BigDecimal,
  /** How much more the same answers would have cost outside of batches, in USD. */
  savedByBatch: Schema.BigDecimal,
  unpriced: Schema.Int,
  /** Items that were sent more than once. */
  retried: Schema.Int
})
export type Tally = typeof Tally.Type

export const tallyOf = ({ cost, items, outcomes, retried, savedByBatch, unpriced, usage }: Summary): Tally => ({
  items,
  outcomes,
  usage,
  cost,
  savedByBatch,
  unpriced,
  retried
})

const sumOf = <Key extends string>(
  one: { readonly [key in Key]: number },
  other: { readonly [key in Key]: number },
  keys: ReadonlyArray<Key>
): { readonly [key in Key]: number } => {
  const sum: { [key in Key]: number } = { ...one }
  for (const key of keys) sum[key] = one[key] + other[key]
  return sum
}

export const addTallies = (one: Tally, other: Tally): Tally => ({
  items: one.items + other.items,
  outcomes: sumOf(one.outcomes, other.outcomes, [
    "Succeeded",
    "Invalid",
    "Incomplete",
    "Errored",
    "Canceled",
    "Expired",
    "Missing",
    "Unsent"
  ]),
  usage: sumOf(one.usage, other.usage, ["input", "cacheWrite", "cacheRead", "output"]),
  cost: BigDecimal.sum(one.cost, other.cost),
  savedByBatch: BigDecimal.sum(one.savedByBatch, other.savedByBatch),
  unpriced: one.unpriced + other.unpriced,
  retried: one.retried + other.retried
})

const runResult = Schema.Struct({
  runId: Schema.String,
  ...Tally.fields,
  /** The batches whose results were read. */
  batches: Schema.Int,
  /** Batches that appeared only after none was found and a second one was created. Both are charged. */
  paidTwice: Schema.Array(Schema.String),
  /** The place of the outcomes in the sink. */
  location: Schema.String
})

/**
 * The result of a durable run, and the place of its outcomes.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunResult extends Schema.Schema.Type<typeof runResult> {}

/**
 * The schema of `RunResult`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RunResult: Schema.Codec<RunResult> = runResult

const Amount = Schema.String.check(Schema.isPattern(/^\d{1,100}$/))
const Positions = Schema.Array(Schema.Int)

/** A chunk as it was planned. */
export const Planned = Schema.Struct({
  number: Schema.Int,
  /** How often its items were sent, this chunk included. */
  attempts: Schema.Int,
  positions: Positions,
  count: Schema.Int,
  digest: Schema.String,
  body: Schema.String,
  /** The most that it can cost. 0 without a budget. */
  reserve: Amount
})
export type Planned = typeof Planned.Type

/** The beginning of a run. */
export const Opened = Schema.Struct({
  nonce: Schema.String,
  organization: Schema.optionalKey(Schema.String),
  workspace: Schema.optionalKey(Schema.String),
  at: Schema.Finite
})
export type Opened = typeof Opened.Type

/** The chunks of a run, and the sums of the items that cannot be sent. */
export const Plan = Schema.Struct({ chunks: Schema.Array(Planned), tally: Tally })
export type Plan = typeof Plan.Type

/** The chunks of items that were in the chunks `from` before. */
export const Again = Schema.Struct({ from: Schema.Array(Schema.Int), chunks: Schema.Array(Planned) })
export type Again = typeof Again.Type

/**
 * What the run does next with a chunk. It is stored, so that a replay does the same although it knows more.
 *
 * `Wait` until more chunks than `completed` have ended; `Split` it into chunks of at most `items`, or of what is `left` of
 * the budget.
 */
export const Decision = Schema.Union([
  Schema.TaggedStruct("Send", { boot: Schema.String, at: Schema.Finite }),
  Schema.TaggedStruct("Wait", { completed: Schema.Int }),
  Schema.TaggedStruct("Split", { items: Schema.optionalKey(Schema.Int), left: Schema.optionalKey(Amount) }),
  Schema.TaggedStruct("GiveUp", { reason: Schema.Literals(["budget", "canceled"]) })
])
export type Decision = typeof Decision.Type

/** The result of one create. */
export const Creation = Schema.Union([
  Schema.TaggedStruct("Created", { batchId: Schema.String, at: Schema.Finite }),
  /** This process or an earlier one may have created it. */
  Schema.TaggedStruct("Unknown", { at: Schema.Finite }),
  /** It was not sent, because the decision was too old. */
  Schema.TaggedStruct("Late", {}),
  Schema.TaggedStruct("Refused", {
    refusal: Schema.Literals(["limited", "passing", "tooLarge", "final"]),
    /** Whether batches of the run were under way. When one ends, there is room in the queue. */
    hasBatches: Schema.Boolean,
    error: Schema.String,
    requestId: Schema.optionalKey(Schema.String),
    isRetryable: Schema.Boolean,
    /** How long the API asked to wait, in milliseconds. */
    retryAfter: Schema.Finite,
    at: Schema.Finite
  })
])
export type Creation = typeof Creation.Type

/** The result of one search for the batch of an unknown create. */
export const Search = Schema.Union([
  /** `isCertain` is false if the results of the batch do not show whose it is. Otherwise it is absent. */
  Schema.TaggedStruct("Found", { batchId: Schema.String, isCertain: Schema.optionalKey(Schema.Boolean) }),
  Schema.TaggedStruct("Create", {}),
  Schema.TaggedStruct("Wait", {})
])
export type Search = typeof Search.Type

/** The result of one look at a batch. */
export const Poll = Schema.Union([
  Schema.TaggedStruct("Running", {}),
  Schema.TaggedStruct("Ended", { how: Schema.Literals(["ended", "archived"]) }),
  Schema.TaggedStruct("NotFound", { at: Schema.Finite }),
  Schema.TaggedStruct("Outage", { at: Schema.Finite, error: Schema.String })
])
export type Poll = typeof Poll.Type

/** The result of reading a chunk. */
export const Settlement = Schema.Struct({
  batchId: Schema.String,
  /** False if the batch is used for the chunk although it is unknown whose it is. Otherwise absent. */
  isCertain: Schema.optionalKey(Schema.Boolean),
  again: Positions,
  spend: Amount,
  tally: Tally,
  /** A batch of the chunk that was not found before a second one was created. */
  other: Schema.optionalKey(Schema.String)
})
export type Settlement = typeof Settlement.Type

/** The payload of the workflow of one chunk. */
export const ChunkPayload = Schema.Struct({
  runId: Schema.String,
  source: Schema.String,
  opened: Opened,
  chunk: Planned,
  /** How often it was created, this time included. */
  create: Schema.Int,
  /** How often the workflow of the chunk failed before. */
  failures: Schema.Int,
  retryTimes: Schema.Int,
  hasBudget: Schema.Boolean,
  intendedAt: Schema.Finite,
  /** Absent if it is unknown whether there is one. */
  batchId: Schema.optionalKey(Schema.String),
  /** The last moment at which a create may have been under way. */
  underWayUntil: Schema.Finite,
  /** The batches of other chunks, if this one has to be found. */
  known: Schema.Array(Schema.Struct({ chunk: Schema.Int, batchId: Schema.String }))
})
export type ChunkPayload = typeof ChunkPayload.Type

/** The result of a chunk: settled, or no batch was found. */
export const ChunkResult = Schema.Union([
  Schema.TaggedStruct("Settled", { settlement: Settlement, how: Schema.Literals(["ended", "archived", "deleted"]) }),
  Schema.TaggedStruct("None", {})
])
export type ChunkResult = typeof ChunkResult.Type
