// The envelopes of listings.
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { checked, Timestamp, type Wire } from "./checked.ts"

/**
 * The envelope of listings that go by `after_id` and `before_id`. Only the items are checked here: what is wrong with a cursor
 * is told after the items, by the pager.
 */
export interface IdPage<out Item> {
  readonly data: ReadonlyArray<Item>
  readonly has_more?: unknown
  readonly first_id?: unknown
  readonly last_id?: unknown
}

/** Makes the schema of a page that goes by `after_id` and `before_id`. */
export const IdPage = <Item>(identifier: string, item: Schema.ConstraintDecoder<Item>): Wire<IdPage<Item>> =>
  checked(
    identifier,
    Schema.Struct({
      data: Schema.Array(item),
      has_more: Schema.optionalKey(Schema.Unknown),
      first_id: Schema.optionalKey(Schema.Unknown),
      last_id: Schema.optionalKey(Schema.Unknown)
    })
  )

/** The envelope of listings that go by an opaque `page` cursor, of which the items are checked here. */
export interface CursorPage<out Item> {
  readonly data: ReadonlyArray<Item>
  readonly next_page?: unknown
  readonly has_more?: unknown
}

/** Makes the schema of a page that goes by an opaque `page` cursor. */
export const CursorPage = <Item>(identifier: string, item: Schema.ConstraintDecoder<Item>): Wire<CursorPage<Item>> =>
  checked(
    identifier,
    Schema.Struct({
      data: Schema.Array(item),
      next_page: Schema.optionalKey(Schema.Unknown),
      has_more: Schema.optionalKey(Schema.Unknown)
    })
  )

/** The envelope of reports, which also tells how fresh its rows are. */
export interface ReportEnvelope<out Item> extends CursorPage<Item> {
  readonly data_refreshed_at?: DateTime.Utc | null
}

/** Makes the schema of a page of a report. */
export const ReportEnvelope = <Item>(
  identifier: string,
  item: Schema.ConstraintDecoder<Item>
): Wire<ReportEnvelope<Item>> =>
  checked(
    identifier,
    Schema.Struct({
      data: Schema.Array(item),
      next_page: Schema.optionalKey(Schema.Unknown),
      has_more: Schema.optionalKey(Schema.Unknown),
      data_refreshed_at: Schema.optionalKey(Schema.NullOr(Timestamp))
    })
  )
