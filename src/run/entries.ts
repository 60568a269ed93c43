// The entries of a journal: a few small ones for each chunk, as JSON.
// No request, no answer and no text of an error is ever part of an entry.
import * as Schema from "effect/Schema"

/** The version of the entries. A journal of a newer version is refused. */
export const version = 1

const Positions = Schema.Array(Schema.Int)
const Count = Schema.Int
/** Milliseconds since the epoch, by the clock of the machine that wrote the entry. */
const Time = Schema.Finite
/** An amount of a `Pricing.Meter` as text, because it may be too large for a number. */
const Amount = Schema.String.check(Schema.isPattern(/^\d{1,100}$/))

/** The first entry of a run: its random nonce, and the organization and workspace of the credential. */
export const Opened = Schema.Struct({
  entry: Schema.Literal("opened"),
  version: Schema.Int,
  runId: Schema.String,
  nonce: Schema.String.check(Schema.isPattern(/^[0-9a-f]{20}$/)),
  organization: Schema.optionalKey(Schema.String),
  workspace: Schema.optionalKey(Schema.String),
  at: Time
})
export interface Opened extends Schema.Schema.Type<typeof Opened> {}

/** A chunk that is about to be sent. `direct` chunks are single calls, without a batch. */
export const Intent = Schema.Struct({
  entry: Schema.Literal("intent"),
  chunk: Count,
  kind: Schema.Literals(["batch", "direct"]),
  positions: Positions,
  count: Count,
  /** The digest of the positions and ids of the items. */
  digest: Schema.String,
  /** The digest of the bytes of the body. Absent for direct calls. */
  body: Schema.optionalKey(Schema.String),
  /** The most that the chunk can cost, if the run has a budget. */
  reserve: Schema.optionalKey(Amount),
  at: Time
})
export interface Intent extends Schema.Schema.Type<typeof Intent> {}

/** The chunk was surely refused; its items go into other chunks. */
export const Void = Schema.Struct({ entry: Schema.Literal("void"), chunk: Count })

/** No batch of the chunk was found: it is created again. */
export const Renewed = Schema.Struct({ entry: Schema.Literal("renewed"), chunk: Count, at: Time })

/** The batch of the chunk, from the answer of its create. */
export const Created = Schema.Struct({ entry: Schema.Literal("created"), chunk: Count, batch: Schema.String, at: Time })

/**
 * The batch of the chunk, found among the batches of the workspace. `isCertain` is false if its results do not show whose it
 * is. Otherwise it is absent.
 */
export const Adopted = Schema.Struct({
  entry: Schema.Literal("adopted"),
  chunk: Count,
  batch: Schema.String,
  isCertain: Schema.optionalKey(Schema.Boolean),
  at: Time
})

/** How the batch of a chunk ended. After `archived` and `deleted` there are no results. */
export const Ended = Schema.Struct({
  entry: Schema.Literal("ended"),
  chunk: Count,
  how: Schema.Literals(["ended", "archived", "deleted"]),
  at: Time
})
export interface Ended extends Schema.Schema.Type<typeof Ended> {}
export interface Adopted extends Schema.Schema.Type<typeof Adopted> {}
export interface Created extends Schema.Schema.Type<typeof Created> {}
export interface Renewed extends Schema.Schema.Type<typeof Renewed> {}
export interface Void extends Schema.Schema.Type<typeof Void> {}

/** The results of a chunk were read. `again` lists the positions that are sent again. */
export const Settled = Schema.Struct({
  entry: Schema.Literal("settled"),
  chunk: Count,
  again: Positions,
  spend: Schema.optionalKey(Amount),
  at: Time
})
export interface Settled extends Schema.Schema.Type<typeof Settled> {}

/** One entry of a journal. */
export const Entry = Schema.Union([Opened, Intent, Void, Renewed, Created, Adopted, Ended, Settled])
export type Entry = Opened | Intent | Void | Renewed | Created | Adopted | Ended | Settled
