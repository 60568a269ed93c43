/**
 * The models that a credential can use: https://platform.claude.com/docs/en/api/models.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Stream from "effect/Stream"
import type { RequestError } from "./AnthropicError.ts"
import { type IdOf, idOf } from "./internal/path.ts"
import { request } from "./internal/transport.ts"
import * as Pagination from "./Pagination.ts"
import { ModelInfo, type ModelLifecycle } from "./schema/Model.ts"

export {
  /**
   * What a model can do; every leaf is `{ supported }`.
   *
   * @since 0.1.0
   */
  ModelCapabilities,
  /**
   * One model: its limits in tokens, its life cycle and what it can do. Timestamps are `DateTime.Utc`; fields and
   * capabilities that this version does not know are kept.
   *
   * @since 0.1.0
   */
  ModelInfo,
  /**
   * @since 0.1.0
   */
  ModelLifecycle,
  /**
   * @since 0.1.0
   */
  ModelLine
} from "./schema/Model.ts"

/**
 * Which models to list, and how. Without `lifecycle` the API leaves out retired models.
 *
 * @since 0.1.0
 */
export interface ListOptions extends Pagination.ListOptions {
  readonly lifecycle?: ReadonlyArray<ModelLifecycle> | undefined
}

/**
 * @since 0.1.0
 */
export type ListError = Pagination.ListError

/**
 * @since 0.1.0
 */
export type RetrieveError = RequestError

/**
 * One page of models, newest release first.
 *
 * @since 0.1.0
 */
export const listPage = Effect.fn("Models.listPage")(function* (
  options: ListOptions = {}
): Effect.fn.Return<Pagination.Page<ModelInfo>, ListError, HttpClient.HttpClient> {
  const query = (options.lifecycle ?? []).map((lifecycle) => ["lifecycle[]", lifecycle] as const)
  return yield* Pagination.idPage({ name: "Models.list", path: ["models"], item: ModelInfo, query }, options)
})

/**
 * The pages of the listing, fetched as they are pulled.
 *
 * @since 0.1.0
 */
export const listPages = (
  options: ListOptions = {}
): Stream.Stream<Pagination.Page<ModelInfo>, ListError, HttpClient.HttpClient> =>
  Pagination.paginate((cursor) => listPage({ ...options, cursor }), options)

/**
 * Every model, newest release first.
 *
 * @example
 * import * as Models from "effect-anthropic/Models"
 * import * as Stream from "effect/Stream"
 *
 * const ids = Models.list({ lifecycle: ["active"] }).pipe(Stream.map((model) => model.id), Stream.runCollect)
 *
 * @since 0.1.0
 */
export const list = (options: ListOptions = {}): Stream.Stream<ModelInfo, ListError, HttpClient.HttpClient> =>
  Pagination.items(listPages(options))

/**
 * One model by its id or an alias; the answer has the id that an alias stands for.
 *
 * @since 0.1.0
 */
export const retrieve = Effect.fn("Models.retrieve")(function* (
  model: IdOf
): Effect.fn.Return<ModelInfo, RetrieveError, HttpClient.HttpClient> {
  return yield* request(
    { name: "Models.retrieve", kind: "idempotent", method: "GET", path: ["models", idOf(model)] },
    ModelInfo
  )
})
