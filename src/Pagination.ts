/**
 * Listings as one `Stream`: a guarded pager over any cursor, and the two page envelopes of the API behind it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { PaginationError, type RequestError, type RequestRefusedError } from "./AnthropicError.ts"
import { refuse } from "./http/refuse.ts"
import { request } from "./http/transport.ts"
import type { Wire } from "./schema/checked.ts"
import type { CursorPage, IdPage } from "./schema/Page.ts"

/**
 * One page of a listing. `cursor` is where this page was read from and `next` where the page after it is, undefined at
 * the end: save one of them, and a listing can start there again.
 *
 * @since 0.1.0
 */
export interface Page<out Item> {
  readonly data: ReadonlyArray<Item>
  readonly cursor: string | undefined
  readonly next: string | undefined
}

/**
 * Where a listing starts and how large its pages are.
 *
 * `pageSize` is the wire's `limit`, from 1 to 1000 (20 when left out). A listing begins with the newest and goes on to
 * the `older`; from a cursor it can also go to the `newer`, and then every page is reversed, so that the items of the
 * stream only get newer.
 *
 * @since 0.1.0
 */
export interface ListOptions {
  readonly pageSize?: number | undefined
  readonly cursor?: string | undefined
  readonly direction?: "older" | "newer" | undefined
}

/**
 * Turns a function that fetches one page into a stream of pages.
 *
 * Pages are fetched as they are pulled. An empty page with a `next` is passed on and the listing continues. A cursor that
 * comes back fails with `PaginationError`, where others go round for ever.
 *
 * @example
 * import * as Pagination from "effect-anthropic/Pagination"
 * import * as Effect from "effect/Effect"
 *
 * const numbers = Pagination.paginate((cursor) =>
 *   Effect.succeed({ data: [Number(cursor ?? 0)], cursor, next: cursor === "2" ? undefined : String(Number(cursor ?? 0) + 1) })
 * )
 *
 * @since 0.1.0
 */
export const paginate = <Item, E, R>(
  fetchPage: (cursor: string | undefined) => Effect.Effect<Page<Item>, E, R>,
  options?: { readonly cursor?: string | undefined }
): Stream.Stream<Page<Item>, E | PaginationError, R> =>
  Stream.suspend(() => {
    const visited = new Set<string>()
    const step = (cursor: string | undefined) => {
      if (cursor !== undefined) visited.add(cursor)
      return Effect.flatMap(fetchPage(cursor), (page) =>
        page.next !== undefined && visited.has(page.next)
          ? Effect.fail(new PaginationError({ cursor: page.next, description: `the cursor ${page.next} came back` }))
          : Effect.succeed([[page], Option.fromUndefinedOr(page.next)] as const)
      )
    }
    return Stream.paginate(options?.cursor, step)
  })

/**
 * The items of a stream of pages, in order.
 *
 * @since 0.1.0
 */
export const items = <Item, E, R>(pages: Stream.Stream<Page<Item>, E, R>): Stream.Stream<Item, E, R> =>
  Stream.flattenIterable(Stream.map(pages, (page) => page.data))

/**
 * What every listing can fail with.
 *
 * @since 0.1.0
 */
export type ListError = RequestError | PaginationError

const issue = (options: ListOptions): { readonly path: string; readonly description: string } | undefined => {
  const { cursor, direction, pageSize } = options
  if (pageSize !== undefined && !(Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= 1000)) {
    return { path: "pageSize", description: `${pageSize} is not a whole number from 1 to 1000` }
  }
  if (cursor === "") return { path: "cursor", description: "it is empty" }
  if (direction === "newer" && cursor === undefined) {
    return { path: "cursor", description: `direction "newer" starts from a cursor` }
  }
  return undefined
}

interface Listing<Envelope> {
  readonly name: string
  readonly path: ReadonlyArray<string>
  readonly page: Wire<Envelope>
  readonly query?: ReadonlyArray<readonly [string, string]>
}

const checkOptions = (listing: Listing<unknown>, options: ListOptions): Effect.Effect<void, RequestRefusedError> => {
  const reason = issue(options)
  return reason === undefined ? Effect.void : Effect.fail(refuse(listing.name, reason.path, reason.description))
}

/**
 * Reads one page of a listing that goes by `after_id` and `before_id`.
 *
 * @internal
 */
export const idPage = Effect.fnUntraced(function* <Item>(
  listing: Listing<IdPage<Item>>,
  options: ListOptions
): Effect.fn.Return<Page<Item>, ListError, HttpClient.HttpClient> {
  const { cursor, direction, pageSize } = options
  yield* checkOptions(listing, options)
  const isNewer = direction === "newer"
  const query = [...(listing.query ?? [])]
  if (pageSize !== undefined) query.push(["limit", String(pageSize)])
  if (cursor !== undefined) query.push([isNewer ? "before_id" : "after_id", cursor])
  const page = yield* request(
    { name: listing.name, kind: "idempotent", method: "GET", path: listing.path, query },
    listing.page
  )
  const data = isNewer ? page.data.toReversed() : page.data
  if (!page.has_more) return { data, cursor, next: undefined }
  const next = isNewer ? page.first_id : page.last_id
  if (next === null || next === "") {
    return yield* new PaginationError({ cursor, description: "there is more, but no cursor to it" })
  }
  return { data, cursor, next }
})

/**
 * Reads one page of a listing that goes by an opaque `page`.
 *
 * @internal
 */
export const cursorPage = Effect.fnUntraced(function* <Item>(
  listing: Listing<CursorPage<Item>>,
  options: { readonly pageSize?: number | undefined; readonly cursor?: string | undefined }
): Effect.fn.Return<Page<Item>, ListError, HttpClient.HttpClient> {
  const { cursor, pageSize } = options
  yield* checkOptions(listing, { cursor, pageSize })
  const query = [...(listing.query ?? [])]
  if (pageSize !== undefined) query.push(["limit", String(pageSize)])
  if (cursor !== undefined) query.push(["page", cursor])
  const page = yield* request(
    { name: listing.name, kind: "idempotent", method: "GET", path: listing.path, query },
    listing.page
  )
  return { data: page.data, cursor, next: page.next_page || undefined }
})
