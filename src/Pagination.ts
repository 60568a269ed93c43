/**
 * Listings as one `Stream`: a pager over any cursor that detects repeated cursors, and the page envelopes of the API.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { PaginationError, RequestError, type RequestRefusedError } from "./AnthropicError.ts"
import { decodeError } from "./http/decodeError.ts"
import { refuse } from "./http/refuse.ts"
import { requestWithResponse } from "./http/transport.ts"
import type { Wire } from "./schema/checked.ts"
import type { CursorPage, IdPage, ReportEnvelope } from "./schema/Page.ts"

/**
 * One page of a listing. Save `cursor` or `next` to start a listing there again.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page<out Item> {
  readonly data: ReadonlyArray<Item>
  /** The cursor of this page. Undefined for the first page. */
  readonly cursor: string | undefined
  /** The cursor of the next page. Undefined at the end. */
  readonly next: string | undefined
}

/**
 * One page of a report.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReportPage<out Item> extends Page<Item> {
  /** The data of the report are complete up to this time. Undefined if the server does not report it. */
  readonly refreshedAt: DateTime.Utc | undefined
}

/**
 * Where a listing starts and how large its pages are.
 *
 * @category options
 * @since 0.1.0
 */
export interface ListOptions {
  /** Items in a page, from 1 to 1000. Default: 20, decided by the API. */
  readonly pageSize?: number | undefined
  /** Where to start: `cursor` or `next` of a page, or the id of an item. Default: the newest item. */
  readonly cursor?: string | undefined
  /**
   * Whether to continue to older or to newer items. Default: `older`. `newer` needs a cursor. Every page is then reversed,
   * so that the items of the stream come oldest first.
   */
  readonly direction?: "older" | "newer" | undefined
}

/**
 * What every listing can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type ListError = RequestError | PaginationError

/**
 * The schema of what every listing can fail with.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ListError: Schema.Codec<ListError, unknown> = Schema.Union([RequestError, PaginationError])

/**
 * Options of `paginate`.
 *
 * @category options
 * @since 0.1.0
 */
export interface PaginateOptions {
  /** Where to start: the cursor of a page. Default: the first page. */
  readonly cursor?: string | undefined
  /** The name of the operation, for errors. Default: `Pagination.paginate`. */
  readonly operation?: string | undefined
}

/**
 * Turns a function that fetches one page into a stream of pages.
 *
 * A page is fetched when it is pulled. An empty page with a `next` is emitted, and the listing continues. When a cursor is
 * repeated, the page that names it is emitted, and then the stream fails with `PaginationError`.
 *
 * @example
 * import * as Pagination from "effect-anthropic/Pagination"
 * import * as Effect from "effect/Effect"
 *
 * const numbers = Pagination.paginate((cursor) =>
 *   Effect.succeed({ data: [Number(cursor ?? 0)], cursor, next: cursor === "2" ? undefined : String(Number(cursor ?? 0) + 1) })
 * )
 *
 * @category constructors
 * @since 0.1.0
 */
export const paginate = <Item, E, R>(
  fetchPage: (cursor: string | undefined) => Effect.Effect<Page<Item>, E, R>,
  options: PaginateOptions = {}
): Stream.Stream<Page<Item>, E | PaginationError, R> =>
  walk(
    options.operation ?? "Pagination.paginate",
    (cursor) => Effect.map(fetchPage(cursor), (page) => ({ page, problem: undefined })),
    options.cursor,
    asPage
  )

/**
 * Returns the items of a stream of pages, in order.
 *
 * @category combinators
 * @since 0.1.0
 */
export const items = <Item, E, R>(pages: Stream.Stream<Page<Item>, E, R>): Stream.Stream<Item, E, R> =>
  Stream.flattenIterable(Stream.map(pages, (page) => page.data))

/** A page, and why the page after it cannot be reached, if it cannot. */
interface Fetched<out P, out E> {
  readonly page: P
  readonly problem: E | undefined
}

/** Where a listing continues, or why it does not. */
type Step<E> = { readonly cursor: string | undefined } | { readonly problem: E }

/** Returns what a stream emits for a page. */
type Emit<P, A> = (page: P) => ReadonlyArray<A>

const asPage = <P>(page: P): ReadonlyArray<P> => [page]

const asItems = <Item>({ data }: Page<Item>): ReadonlyArray<Item> => data

/** Goes from page to page. An error of a page's cursor comes after the items of the page. */
const walk = <P extends Page<unknown>, A, E, R>(
  operation: string,
  fetch: (cursor: string | undefined) => Effect.Effect<Fetched<P, E>, E, R>,
  start: string | undefined,
  emit: Emit<P, A>
): Stream.Stream<A, E | PaginationError, R> =>
  Stream.suspend(() => {
    const visited = new Set<string>()
    const after = ({ page: { next }, problem }: Fetched<P, E>): Option.Option<Step<E | PaginationError>> => {
      if (problem !== undefined) return Option.some({ problem })
      if (next === undefined) return Option.none()
      if (!visited.has(next)) return Option.some({ cursor: next })
      const description = `the cursor ${next} was repeated`
      return Option.some({ problem: new PaginationError({ operation, cursor: next, description }) })
    }
    const first: Step<E | PaginationError> = { cursor: start }
    return Stream.paginate<Step<E | PaginationError>, A, E | PaginationError, R>(first, (step) => {
      if ("problem" in step) return Effect.fail(step.problem)
      if (step.cursor !== undefined) visited.add(step.cursor)
      return Effect.map(fetch(step.cursor), (fetched) => [emit(fetched.page), after(fetched)])
    })
  })

type Query = ReadonlyArray<readonly [name: string, value: string]>

/** A listing of the API. */
interface Endpoint<Envelope, Options> {
  /** The name of the operation, for example `Batches.list`. */
  readonly name: string
  readonly path: ReadonlyArray<string>
  readonly betas?: ReadonlyArray<string> | undefined
  readonly page: Wire<Envelope>
  /** The query beside cursor and page size. Undefined means that there is nothing to list and nothing is sent. */
  readonly query?: ((options: Partial<Options>) => Effect.Effect<Query | undefined, RequestRefusedError>) | undefined
}

/** How the cursor of an envelope is sent and read. */
interface Reader<in Envelope, Item, out P> {
  /** Makes a page from its items and its envelope. There is no envelope if nothing was sent. */
  readonly page: (page: Page<Item>, envelope: Envelope | undefined) => P
  readonly parameter: (options: ListOptions) => string
  /** The items in the order of the stream. */
  readonly items: (page: Envelope, options: ListOptions) => ReadonlyArray<Item>
  /** The cursor of the next page, undefined at the end, or why it is missing or malformed. */
  readonly next: (page: Envelope, options: ListOptions) => Result.Result<string | undefined, "missing" | Malformed>
}

/** A field of an envelope that is not what it should be. */
interface Malformed {
  readonly field: string
  readonly expected: string
}

/**
 * A listing as its pages and as its items. `Endpoint.list` makes one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listing<out Item, in Options, out P = Page<Item>> {
  readonly listPage: (options?: Options) => Effect.Effect<P, ListError, HttpClient.HttpClient>
  readonly listPages: (options?: Options) => Stream.Stream<P, ListError, HttpClient.HttpClient>
  readonly list: (options?: Options) => Stream.Stream<Item, ListError, HttpClient.HttpClient>
}

/**
 * Makes a listing with the cursors `after_id` and `before_id`.
 *
 * @internal
 */
export const makeIdListing = <Item, Options extends ListOptions>(
  endpoint: Endpoint<IdPage<Item>, Options>
): Listing<Item, Options> =>
  makeListing(endpoint, {
    page: (page) => page,
    parameter: ({ direction }) => (direction === "newer" ? "before_id" : "after_id"),
    items: ({ data }, { direction }) => (direction === "newer" ? data.toReversed() : data),
    next: ({ data, first_id, has_more, last_id }, { direction }) => {
      if (has_more === false) return Result.succeed(undefined)
      if (has_more !== true) return Result.fail({ field: "has_more", expected: "a boolean" })
      const [field, cursor, item] =
        direction === "newer" ? ["first_id", first_id, data[0]] : ["last_id", last_id, data.at(-1)]
      if (!isAbsent(cursor)) return readCursor(field, cursor)
      // A gateway may leave out what the API documents as nullable: then the id of an item is the cursor.
      const id = Predicate.isReadonlyObject(item) ? item.id : undefined
      return isAbsent(id) ? Result.fail("missing") : readCursor(field, id)
    }
  })

/**
 * Makes a listing with an opaque cursor `page`.
 *
 * @internal
 */
export const makeCursorListing = <Item, Options extends ListOptions>(
  endpoint: Endpoint<CursorPage<Item>, Options>
): Listing<Item, Options> => makeListing(endpoint, { ...byCursor<Item>(), page: (page) => page })

/**
 * Makes a listing of the rows of a report, with an opaque cursor `page`.
 *
 * @internal
 */
export const makeReportListing = <Item, Options extends ListOptions>(
  endpoint: Endpoint<ReportEnvelope<Item>, Options>
): Listing<Item, Options, ReportPage<Item>> => {
  const reader = byCursor<Item>()
  return makeListing(endpoint, {
    ...reader,
    // The page of a report says itself whether it is the last, even if it names a next one.
    next: (page, options) => (page.has_more === false ? Result.succeed(undefined) : reader.next(page, options)),
    page: (page, envelope) => ({ ...page, refreshedAt: envelope?.data_refreshed_at ?? undefined })
  })
}

const byCursor = <Item>(): Omit<Reader<CursorPage<Item>, Item, never>, "page"> => ({
  parameter: () => "page",
  items: ({ data }) => data,
  next: ({ has_more, next_page }) => {
    if (!isAbsent(next_page)) return readCursor("next_page", next_page)
    return has_more === true ? Result.fail("missing") : Result.succeed(undefined)
  }
})

const isAbsent = (cursor: unknown): boolean => cursor === undefined || cursor === null || cursor === ""

const readCursor = (field: string, cursor: unknown): Result.Result<string, Malformed> =>
  typeof cursor === "string" ? Result.succeed(cursor) : Result.fail({ field, expected: "a string" })

const makeListing = <Envelope extends object, Item, Options extends ListOptions, P extends Page<Item>>(
  endpoint: Endpoint<Envelope, Options>,
  reader: Reader<Envelope, Item, P>
): Listing<Item, Options, P> => {
  const { name } = endpoint
  const fetch = Effect.fnUntraced(function* (
    options: Partial<Options>
  ): Effect.fn.Return<Fetched<P, ListError>, ListError, HttpClient.HttpClient> {
    const { cursor, pageSize } = options
    const reason = issue(options)
    if (reason !== undefined) return yield* refuse(name, reason.path, reason.description)
    const own = endpoint.query === undefined ? [] : yield* endpoint.query(options)
    if (own === undefined) {
      return { page: reader.page({ data: [], cursor, next: undefined }, undefined), problem: undefined }
    }
    const query = [...own]
    if (pageSize !== undefined) query.push(["limit", String(pageSize)])
    if (cursor !== undefined) query.push([reader.parameter(options), cursor])
    const { response, value } = yield* requestWithResponse(
      { name, kind: "idempotent", method: "GET", path: endpoint.path, query, betas: endpoint.betas },
      endpoint.page
    )
    const { scrub } = response
    const failed = (description: string) =>
      new PaginationError({ operation: name, cursor: cursor === undefined ? undefined : scrub(cursor), description })
    const next = reader.next(value, options)
    const data = reader.items(value, options)
    const end = reader.page({ data, cursor, next: undefined }, value)
    if (Result.isFailure(next)) {
      if (next.failure === "missing") return { page: end, problem: failed("there are more items, but no cursor") }
      const { expected, field } = next.failure
      const text = JSON.stringify({ ...value, data: undefined })
      const problem = decodeError(name, response, { text, description: `Expected ${expected}`, path: [field] })
      return { page: end, problem }
    }
    // A server may send the credential back. In a URL it would be seen by proxies, logs and traces.
    if (next.success !== undefined && scrub(next.success) !== next.success) {
      return { page: end, problem: failed("the cursor of the next page contains the credential") }
    }
    return { page: reader.page({ data, cursor, next: next.success }, value), problem: undefined }
  })
  const span = Effect.withSpan(`${name}Page`)
  const listPage = (options: Partial<Options> = {}) =>
    span(
      Effect.flatMap(fetch(options), ({ page, problem }) =>
        problem === undefined ? Effect.succeed(page) : Effect.fail(problem)
      )
    )
  const walkAs =
    <A>(emit: Emit<P, A>) =>
    (options: Partial<Options> = {}) =>
      walk(name, (cursor) => span(fetch({ ...options, cursor })), options.cursor, emit)
  return { listPage, listPages: walkAs(asPage), list: walkAs(asItems) }
}

const issue = (options: ListOptions): { readonly path: string; readonly description: string } | undefined => {
  const { cursor, direction, pageSize } = options
  if (pageSize !== undefined && !(Number.isInteger(pageSize) && pageSize >= 1 && pageSize <= 1000)) {
    return { path: "pageSize", description: `${pageSize} is not a whole number from 1 to 1000` }
  }
  if (cursor === "") return { path: "cursor", description: "`cursor` is empty" }
  if (cursor !== undefined && /[\ud800-\udfff]/u.test(cursor)) {
    return { path: "cursor", description: "`cursor` is not well-formed Unicode" }
  }
  if (direction === "newer" && cursor === undefined) {
    return { path: "cursor", description: `direction "newer" starts from a cursor` }
  }
  return undefined
}
