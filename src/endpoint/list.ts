// A listing of any endpoint, by the envelopes of the API.
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { RequestRefusedError } from "../AnthropicError.ts"
import { type IdOf, idOf } from "../http/path.ts"
import * as Pagination from "../Pagination.ts"
import { CursorPage, IdPage, ReportEnvelope } from "../schema/Page.ts"
import { wireOf } from "../schema/wireOf.ts"
import { checkBetas } from "./call.ts"
import { encodeQuery, type Query } from "./query.ts"

/**
 * Where a listing with an opaque cursor starts and how large its pages are.
 *
 * @category options
 * @since 0.1.0
 */
export type CursorOptions = Pick<Pagination.ListOptions, "pageSize" | "cursor">

/**
 * A listing of the API.
 *
 * @category options
 * @since 0.1.0
 */
export interface ListEndpoint<out Item, in Options> {
  /** Names the operation in errors and spans, for example `Skills.list`. The span of one page is `Skills.listPage`. */
  readonly name: string
  /** The segments of the path after `/v1`. Each is encoded. A resource counts as its id. */
  readonly path: ReadonlyArray<IdOf>
  /**
   * How its pages are linked: by the ids of items (`after_id`, `before_id`, `has_more`), or by an opaque cursor (`page`,
   * `next_page`). The pages of a `report` have a cursor, too, and the time up to which they are complete
   * (`data_refreshed_at`).
   */
  readonly envelope: "id" | "cursor" | "report"
  /** Decodes one item. Decoding has to be synchronous. */
  readonly item: Schema.ConstraintDecoder<Item>
  /**
   * Makes the query, without cursor and page size, from the options of the caller. Their type is given as
   * `Endpoint.list<Item, Options>`. Undefined means that nothing can match: the listing is then empty, and nothing is sent.
   */
  readonly query?:
    | ((options: Partial<NoInfer<Options>>) => Effect.Effect<Query | undefined, RequestRefusedError>)
    | undefined
  /** Values of `anthropic-beta` that the call needs, in addition to those of the settings. */
  readonly betas?: ReadonlyArray<string> | undefined
  /** Values of `anthropic-beta` that ask for other shapes. If the settings contain one, the listing is refused. */
  readonly refusedBetas?: ReadonlyArray<string> | undefined
}

/**
 * Makes a listing of its pages and of its items: `listPage`, `listPages` and `list`.
 *
 * A page is fetched when it is pulled. A cursor that is repeated fails with `PaginationError`, after the items of its page.
 *
 * @example
 * import * as Endpoint from "effect-anthropic/Endpoint"
 * import * as Schema from "effect/Schema"
 *
 * const Profile = Schema.Struct({ id: Schema.String, name: Schema.NullOr(Schema.String) })
 *
 * const { list } = Endpoint.list({ name: "UserProfiles.list", path: ["user_profiles"], envelope: "cursor", item: Profile })
 *
 * const profiles = list({ pageSize: 100 })
 *
 * @category operations
 * @since 0.1.0
 */
export function list<Item, Options extends Pagination.ListOptions = Pagination.ListOptions>(
  endpoint: ListEndpoint<Item, Options> & { readonly envelope: "id" }
): Pagination.Listing<Item, Options>
export function list<Item, Options extends CursorOptions = CursorOptions>(
  endpoint: ListEndpoint<Item, Options> & { readonly envelope: "cursor" }
): Pagination.Listing<Item, Options>
export function list<Item, Options extends CursorOptions = CursorOptions>(
  endpoint: ListEndpoint<Item, Options> & { readonly envelope: "report" }
): Pagination.Listing<Item, Options, Pagination.ReportPage<Item>>
export function list<Item, Options extends Pagination.ListOptions>({
  betas,
  envelope,
  item,
  name,
  path,
  query,
  refusedBetas
}: ListEndpoint<Item, Options>): Pagination.Listing<Item, Options> {
  const wire = wireOf(item)
  const endpoint = {
    name,
    path: path.map(idOf),
    betas,
    query: (options: Partial<Options>) => {
      const pairs =
        query === undefined
          ? Effect.succeed([])
          : Effect.flatMap(query(options), (found) =>
              found === undefined ? Effect.succeed(undefined) : encodeQuery(name, found)
            )
      return Effect.andThen(checkBetas(name, refusedBetas), pairs)
    }
  }
  const page = `${name} page`
  switch (envelope) {
    case "id":
      return Pagination.makeIdListing({ ...endpoint, page: IdPage(page, wire) })
    case "cursor":
      return Pagination.makeCursorListing({ ...endpoint, page: CursorPage(page, wire) })
    case "report":
      return Pagination.makeReportListing({ ...endpoint, page: ReportEnvelope(page, wire) })
  }
}
