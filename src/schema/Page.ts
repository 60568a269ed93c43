import * as Schema from "effect/Schema"

/** The envelope of listings that go by `after_id` and `before_id`: batches and models. */
export const IdPage = <Item extends Schema.Constraint>(item: Item) =>
  Schema.Struct({
    data: Schema.Array(item),
    has_more: Schema.Boolean,
    first_id: Schema.NullOr(Schema.String),
    last_id: Schema.NullOr(Schema.String)
  })

/** The envelope of listings that go by an opaque `page` cursor: files. */
export const CursorPage = <Item extends Schema.Constraint>(item: Item) =>
  Schema.Struct({
    data: Schema.Array(item),
    next_page: Schema.optionalKey(Schema.NullOr(Schema.String))
  })
