// Unknown members of an open union: how they are represented, recognised and written again. A copy made by
// `structuredClone`, by spread or from JSON has lost its class, and is recognised by its shape.
import * as Predicate from "effect/Predicate"

/**
 * A member of an open union that this version cannot read: it has an unknown kind, or does not fit its kind.
 *
 * `raw` is the value that the server sent. `JSON.stringify`, the JSON codec of every schema and every request write it again.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnknownMember {
  readonly type: "unknown"
  readonly raw: { readonly [key: string]: unknown }
}

class Member implements UnknownMember {
  readonly type = "unknown"
  readonly raw: { readonly [key: string]: unknown }

  constructor(raw: { readonly [key: string]: unknown }) {
    this.raw = raw
  }

  toJSON(): unknown {
    return this.raw
  }
}

/**
 * The constructor of an `UnknownMember`: with it `JSON.stringify` writes `raw`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const UnknownMember: new (raw: { readonly [key: string]: unknown }) => UnknownMember = Member

/** Whether a value is an unknown member, or has the shape of one that lost its class. */
export const isUnknownMember = (value: unknown): value is UnknownMember =>
  value instanceof UnknownMember || (isMarked(value) && Object.keys(value).length === 2)

/** Whether a value has the fields of an unknown member. It may have additional fields. */
export const isMarked = (value: unknown): value is UnknownMember =>
  Predicate.isReadonlyObject(value) && value.type === "unknown" && Predicate.isReadonlyObject(value.raw)
