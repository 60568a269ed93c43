// The calls of the Message Batches API: create, retrieve, list, cancel, delete.
// Operations of several calls are in other files of this folder: watching, reading results, scopes.
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Schema from "effect/Schema"
import { IndeterminateError, RequestError, SpendLimitError } from "../AnthropicError.ts"
import type { BatchRequest, Issue } from "../BatchRequest.ts"
import * as Endpoint from "../Endpoint.ts"
import { spendLimitCodes } from "../http/errors.ts"
import { type IdOf, idOf } from "../http/path.ts"
import * as Pagination from "../Pagination.ts"
import { DeletedMessageBatch, MessageBatch, MessageBatchPage } from "../schema/Batch.ts"
import { encode } from "./body.ts"

const root = ["messages", "batches"] as const

/**
 * What `create` and `createScoped` can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type CreateError = RequestError | SpendLimitError | IndeterminateError

/**
 * The schema of `CreateError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CreateError: Schema.Codec<CreateError, unknown> = Schema.Union([
  RequestError,
  SpendLimitError,
  IndeterminateError
])

/**
 * Options of `create` and `createScoped`.
 *
 * @category options
 * @since 0.1.0
 */
export interface CreateOptions {
  /**
   * Finds further issues of one request, for example with `Models.checker`. Runs only on requests that pass the built-in
   * checks. With an issue nothing is sent, and the call fails with `RequestRefusedError`.
   */
  readonly check?: ((request: BatchRequest) => ReadonlyArray<Pick<Issue, "path" | "description">>) | undefined
}

/**
 * Creates one batch of requests (`POST /v1/messages/batches`).
 *
 * Fails with `RequestRefusedError` before anything is sent, with every reason: no request, more than 100 000, a body over
 * 256 MB, an id that comes twice, and what `BatchRequest.check` finds. Other parameters are checked by the API while the
 * batch runs and come back as `errored` results.
 *
 * The call is repeated only if surely nothing was created. If that is unknown, it fails with `IndeterminateError`: the batch
 * may exist, so look at `list` before you create it again.
 *
 * @example
 * import * as Batches from "effect-anthropic/Batches"
 * import * as BatchRequest from "effect-anthropic/BatchRequest"
 * import * as Messages from "effect-anthropic/Messages"
 *
 * const batch = Batches.create(
 *   ["Lyon", "Turin"].map((city) =>
 *     BatchRequest.make(city, {
 *       model: "claude-haiku-5-5",
 *       max_tokens: 200,
 *       messages: [Messages.user(`One sentence about ${city}.`)]
 *     })
 *   )
 * )
 *
 * @category operations
 * @since 0.1.0
 */
export const create = (
  requests: Iterable<BatchRequest>,
  options: CreateOptions = {}
): Effect.Effect<MessageBatch, CreateError, HttpClient.HttpClient> =>
  Endpoint.request({
    name: "Batches.create",
    method: "POST",
    kind: "creating",
    path: root,
    takesUserProfile: true,
    body: (name) => encode(name, requests, options.check),
    codes: spendLimitCodes,
    response: MessageBatch
  })

/**
 * What `retrieve` can fail with.
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

/**
 * Returns the newest state of a batch (`GET /v1/messages/batches/{message_batch_id}`).
 *
 * @category operations
 * @since 0.1.0
 */
export const retrieve = (batch: IdOf): Effect.Effect<MessageBatch, RetrieveError, HttpClient.HttpClient> =>
  Endpoint.request({ name: "Batches.retrieve", method: "GET", path: [...root, batch], response: MessageBatch })

/**
 * What `list`, `listPages` and `listPage` can fail with.
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

// It uses the pager below `Endpoint.list`, because the query of that and its other schemas would add 1 to 2 kB to programs
// that only list batches.
const listing = Pagination.makeIdListing<MessageBatch, Pagination.ListOptions>({
  name: "Batches.list",
  path: root,
  page: MessageBatchPage
})

/**
 * Returns one page of the workspace's batches, the newest first (`GET /v1/messages/batches`).
 *
 * @category operations
 * @since 0.1.0
 */
export const listPage = listing.listPage

/**
 * Returns the pages of the listing. A page is fetched when it is pulled.
 *
 * @category operations
 * @since 0.1.0
 */
export const listPages = listing.listPages

/**
 * Returns the workspace's batches, the newest first.
 *
 * @category operations
 * @since 0.1.0
 */
export const list = listing.list

/**
 * What `cancel` can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type CancelError = RequestError

/**
 * The schema of `CancelError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CancelError: Schema.Codec<CancelError, unknown> = RequestError

/**
 * Begins to cancel a batch (`POST /v1/messages/batches/{message_batch_id}/cancel`).
 *
 * The batch ends some time later. Requests that were under way may still succeed, and are then billed.
 *
 * @category operations
 * @since 0.1.0
 */
export const cancel = (batch: IdOf): Effect.Effect<MessageBatch, CancelError, HttpClient.HttpClient> =>
  Endpoint.request({
    name: "Batches.cancel",
    method: "POST",
    kind: "idempotent",
    path: [...root, batch, "cancel"],
    response: MessageBatch
  })

/**
 * What `delete` can fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type DeleteError = RequestError

/**
 * The schema of `DeleteError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const DeleteError: Schema.Codec<DeleteError, unknown> = RequestError

const delete_ = (batch: IdOf): Effect.Effect<DeletedMessageBatch, DeleteError, HttpClient.HttpClient> =>
  Endpoint.remove({
    name: "Batches.delete",
    path: [...root, batch],
    response: DeletedMessageBatch,
    deleted: { id: idOf(batch), type: "message_batch_deleted" }
  })

export {
  /**
   * Deletes a batch that has ended, and its results (`DELETE /v1/messages/batches/{message_batch_id}`). Cancel a batch that
   * is still running first.
   *
   * A 204 and an object without the usual fields count as deleted. After a lost answer the call is repeated. It may then
   * fail with `NotFoundError` although the batch was deleted.
   *
   * @category operations
   * @since 0.1.0
   */
  delete_ as delete
}
