// Pages of a listing: by an opaque cursor, by the ids of its items, or by both.
// Items are newest first.
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { type ApiError, invalidRequest } from "./wire.ts"

const readLimit = (query: URLSearchParams, pageSizeDefault: number): number | ApiError => {
  const text = query.get("limit")
  if (text === null) return pageSizeDefault
  const limit = Number(text)
  return /^\d+$/.test(text) && limit >= 1 && limit <= 1000
    ? limit
    : invalidRequest("limit: Input should be an integer between 1 and 1000")
}

interface Listing<A, B> {
  /** The items, newest first. They may include deleted ones, so that a cursor stays valid after the deletion of its item. */
  readonly items: ReadonlyArray<A>
  readonly isListed: (item: A) => boolean
  readonly toWire: (item: A) => B
  readonly query: URLSearchParams
  readonly pageSizeDefault: number
}

const tokenOf = (id: string): string => `page_${btoa(id)}`

/** Makes one page of a listing with an opaque cursor `page`. */
export const cursorPage = Effect.fnUntraced(function* <A extends { readonly id: string }, B>(options: Listing<A, B>) {
  const limit = readLimit(options.query, options.pageSizeDefault)
  if (typeof limit !== "number") return yield* limit
  const token = options.query.get("page")
  const at = token === null ? -1 : options.items.findIndex((item) => tokenOf(item.id) === token)
  if (token !== null && at === -1) return yield* invalidRequest("page: not a cursor of this listing")
  const candidates = options.items.slice(at + 1).filter(options.isListed)
  const page = candidates.slice(0, limit)
  const last = page.at(-1)
  return {
    data: page.map(options.toWire),
    next_page: last !== undefined && candidates.length > page.length ? tokenOf(last.id) : null
  }
})

/** Makes one page of a listing with the cursors `after_id` and `before_id`. */
export const idPage = Effect.fnUntraced(function* <A extends { readonly id: string }, B>(options: Listing<A, B>) {
  const limit = readLimit(options.query, options.pageSizeDefault)
  if (typeof limit !== "number") return yield* limit
  const after = options.query.get("after_id")
  const before = options.query.get("before_id")
  if (after !== null && before !== null) return yield* invalidRequest("Only one of after_id and before_id may be given")
  const cursor = after ?? before
  const at = cursor === null ? -1 : options.items.findIndex((item) => item.id === cursor)
  if (cursor !== null && at === -1) {
    return yield* invalidRequest(`${after === null ? "before_id" : "after_id"}: no object with the id ${cursor}`)
  }
  const candidates = (before === null ? options.items.slice(at + 1) : options.items.slice(0, at)).filter(
    options.isListed
  )
  const page = before === null ? candidates.slice(0, limit) : candidates.slice(-limit)
  return {
    data: page.map(options.toWire),
    has_more: candidates.length > page.length,
    first_id: page.at(0)?.id ?? null,
    last_id: page.at(-1)?.id ?? null
  }
})

/** Makes one page of a listing that takes the cursors of both kinds, and answers the fields of both. */
export const bothPage = Effect.fnUntraced(function* <A extends { readonly id: string }, B>(options: Listing<A, B>) {
  const page = options.query.get("page")
  if (page === null) {
    const byId = yield* idPage(options)
    const { has_more, last_id } = byId
    const hasNext = has_more && !options.query.has("before_id")
    return { ...byId, next_page: hasNext && last_id !== null ? tokenOf(last_id) : null }
  }
  const { data, next_page } = yield* cursorPage(options)
  const idOf = (item: B | undefined) => (Predicate.hasProperty(item, "id") ? item.id : null)
  return { data, next_page, has_more: next_page !== null, first_id: idOf(data.at(0)), last_id: idOf(data.at(-1)) }
})
