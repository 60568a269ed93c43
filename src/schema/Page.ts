// The two envelopes of listings. A cursor that is null may be left out.
import * as Schema from "effect/Schema"
import { checked, nullable, type Wire } from "./checked.ts"

/** The envelope of listings that go by `after_id` and `before_id`. */
export interface IdPage<out Item> {
  readonly data: ReadonlyArray<Item>
  readonly has_more: boolean
  readonly first_id: string | null
  readonly last_id: string | null
}

/** Makes the schema of a page that goes by `after_id` and `before_id`: batches and models. */
export const IdPage = <Item>(identifier: string, item: Wire<Item, unknown>): Wire<IdPage<Item>> =>
  checked(
    identifier,
    Schema.Struct({
      data: Schema.Array(item),
      has_more: Schema.Boolean,
      first_id: Schema.NullOr(Schema.String),
      last_id: Schema.NullOr(Schema.String)
    })
  )

/** The envelope of listings that go by an opaque `page` cursor. */
export interface CursorPage<out Item> {
  readonly data: ReadonlyArray<Item>
  readonly next_page?: string | null
}

/** Makes the schema of a page that goes by an opaque `page` cursor: files. */
export const CursorPage = <Item>(identifier: string, item: Wire<Item, unknown>): Wire<CursorPage<Item>> =>
  checked(identifier, Schema.Struct({ data: Schema.Array(item), next_page: nullable(Schema.String) }))
