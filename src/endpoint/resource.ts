// The calls that most resources have: a listing, and one resource by its id, to retrieve or to delete.
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Schema from "effect/Schema"
import type { RequestError } from "../AnthropicError.ts"
import { type IdOf, idOf } from "../http/path.ts"
import type * as Pagination from "../Pagination.ts"
import { type CursorOptions, type ListEndpoint, list } from "./list.ts"
import { remove } from "./remove.ts"
import { request } from "./request.ts"

/**
 * A resource of the API: the options of its listing, and the answer of a deletion.
 *
 * @category options
 * @since 0.1.0
 */
export interface ResourceEndpoint<out Item, out Deleted, in Options> extends ListEndpoint<Item, Options> {
  /** Names the operations in errors and spans: `Skills` makes `Skills.list`, `Skills.retrieve` and `Skills.delete`. */
  readonly name: string
  /** The segments of the path after `/v1`, without the id. */
  readonly path: ReadonlyArray<IdOf>
  /** The answer of a deletion, and the value that is returned for a 204. */
  readonly deleted: {
    readonly response: Schema.ConstraintDecoder<Deleted>
    readonly of: (id: string) => NoInfer<Deleted>
  }
}

/**
 * The calls on a resource: its listing, and retrieving and deleting it by its id.
 *
 * @category models
 * @since 0.1.0
 */
export interface Resource<out Item, out Deleted, in Options> extends Pagination.Listing<Item, Options> {
  readonly retrieve: (id: IdOf) => Effect.Effect<Item, RequestError, HttpClient.HttpClient>
  readonly delete: (id: IdOf) => Effect.Effect<Deleted, RequestError, HttpClient.HttpClient>
}

/**
 * Makes the calls that most resources have from one schema: `list`, `listPages`, `listPage`, `retrieve` and `delete`.
 *
 * @example
 * import * as Endpoint from "effect-anthropic/Endpoint"
 * import * as Schema from "effect/Schema"
 *
 * const profiles = Endpoint.resource({
 *   name: "UserProfiles",
 *   path: ["user_profiles"],
 *   envelope: "cursor",
 *   item: Schema.Struct({ id: Schema.String, name: Schema.NullOr(Schema.String) }),
 *   deleted: { response: Schema.Struct({ id: Schema.String }), of: (id) => ({ id }) }
 * })
 *
 * @category operations
 * @since 0.1.0
 */
export function resource<Item, Deleted, Options extends Pagination.ListOptions = Pagination.ListOptions>(
  endpoint: ResourceEndpoint<Item, Deleted, Options> & { readonly envelope: "id" }
): Resource<Item, Deleted, Options>
export function resource<Item, Deleted, Options extends CursorOptions = CursorOptions>(
  endpoint: ResourceEndpoint<Item, Deleted, Options> & { readonly envelope: "cursor" }
): Resource<Item, Deleted, Options>
export function resource<Item, Deleted, Options extends Pagination.ListOptions>(
  endpoint: ResourceEndpoint<Item, Deleted, Options>
): Resource<Item, Deleted, Options> {
  const { betas, deleted, envelope, item, name, path, refusedBetas } = endpoint
  const listed = { ...endpoint, name: `${name}.list` }
  return {
    ...(envelope === "id" ? list({ ...listed, envelope }) : list({ ...listed, envelope: "cursor" })),
    retrieve: (id) =>
      request({ name: `${name}.retrieve`, method: "GET", path: [...path, id], betas, refusedBetas, response: item }),
    delete: (id) =>
      remove({
        name: `${name}.delete`,
        path: [...path, id],
        betas,
        response: deleted.response,
        deleted: deleted.of(idOf(id))
      })
  }
}
