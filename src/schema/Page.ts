// The envelopes of listings.
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { checked, Timestamp, type Wire } from "./checked.ts"

/**
 * The envelope of listings with the cursors `after_id` and `before_id`. Only the items are checked here. The pager reports a
 * wrong cursor after the items.
 */
export interface IdPage<out Item> {
  readonly data: ReadonlyArray<Item>
  readonly has_more?: unknown
  readonly first_id?: unknown
  readonly last_id?: unknown
}

/** Makes the schema of a page with the cursors `after_id` and `before_id`. */
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

/** The envelope of listings with an opaque cursor `page`. Only the items are checked here. */
export interface CursorPage<out Item> {
  readonly data: ReadonlyArray<Item>
  readonly next_page?: unknown
  readonly has_more?: unknown
}

/** Makes the schema of a page with an opaque cursor `page`. */
export const CursorPage = <Item>(identifier: string, item: Schema.ConstraintDecoder<Item>): Wire<CursorPage<Item>> =>
  checked(
    identifier,
    Schema.Struct({
      data: Schema.Array(item),
      next_page: Schema.optionalKey(Schema.Unknown),
      has_more: Schema.optionalKey(Schema.Unknown)
    })
  )

/** The envelope of reports, which also has the time up to which its rows are complete. */
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
