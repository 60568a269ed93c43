// Members of an open union that this version does not know: how they are held, recognised and written again.
// A copy made by `structuredClone`, by spread or from JSON has lost its class, and is recognised by its shape.
import * as Predicate from "effect/Predicate"

/**
 * A member of an open union that this version cannot read: of a kind that it does not know, or not as its kind should be.
 *
 * `raw` is what the server sent. `JSON.stringify`, the JSON codec of every schema and every request write it again.
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

/** Whether it is an unknown member, or has the shape of one that lost its class. */
export const isUnknownMember = (value: unknown): value is UnknownMember =>
  value instanceof UnknownMember || (isMarked(value) && Object.keys(value).length === 2)

/** Whether it has the fields of an unknown member. Further fields may have been added to it. */
export const isMarked = (value: unknown): value is UnknownMember =>
  Predicate.isReadonlyObject(value) && value.type === "unknown" && Predicate.isReadonlyObject(value.raw)
