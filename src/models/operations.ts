// The calls of the Models API: listing models, and one model by its id or alias. Functions on models that were already
// listed are in the other files of this folder.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Schema from "effect/Schema"
import { RequestError } from "../AnthropicError.ts"
import * as Endpoint from "../Endpoint.ts"
import type { IdOf } from "../http/path.ts"
import * as Pagination from "../Pagination.ts"
import { ModelInfo, type ModelLifecycle } from "../schema/Model.ts"

/**
 * Options of a listing of models.
 *
 * @category options
 * @since 0.1.0
 */
export interface ListOptions extends Pagination.ListOptions {
  /** The stages to list. Default: `active` and `deprecated`. */
  readonly lifecycle?: ReadonlyArray<ModelLifecycle> | undefined
}

/**
 * The errors of a listing of models.
 *
 * @category errors
 * @since 0.1.0
 */
export type ListError = Pagination.ListError

/**
 * The schema of `ListError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ListError: Schema.Codec<ListError, unknown> = Pagination.ListError

/**
 * The errors of `retrieve`.
 *
 * @category errors
 * @since 0.1.0
 */
export type RetrieveError = RequestError

/**
 * The schema of `RetrieveError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const RetrieveError: Schema.Codec<RetrieveError, unknown> = RequestError

const listing = Endpoint.list<ModelInfo, ListOptions>({
  name: "Models.list",
  path: ["models"],
  envelope: "id",
  item: ModelInfo,
  query: ({ lifecycle }) => Effect.succeed({ lifecycle })
})

/**
 * Fetches one page of models, newest release first.
 *
 * @category operations
 * @since 0.1.0
 */
export const listPage = listing.listPage

/**
 * Streams the pages of the listing. A page is fetched when it is pulled.
 *
 * @category operations
 * @since 0.1.0
 */
export const listPages = listing.listPages

/**
 * Streams every model, newest release first.
 *
 * @example
 * import * as Models from "effect-anthropic/Models"
 * import * as Stream from "effect/Stream"
 *
 * const ids = Models.list({ lifecycle: ["active"] }).pipe(Stream.map((model) => model.id), Stream.runCollect)
 *
 * @category operations
 * @since 0.1.0
 */
export const list = listing.list

/**
 * Fetches one model by its id or an alias. The answer has the id of the model, also for an alias.
 *
 * @category operations
 * @since 0.1.0
 */
export const retrieve = (model: IdOf): Effect.Effect<ModelInfo, RetrieveError, HttpClient.HttpClient> =>
  Endpoint.request({ name: "Models.retrieve", method: "GET", path: ["models", model], response: ModelInfo })
