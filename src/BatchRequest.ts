/**
 * One request of a message batch, as plain data, and checks before it is sent. The API makes most of them only after the
 * creation.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { batchLimits } from "./facts/limits.ts"
import { encodeRequest } from "./params/check.ts"
import type { Wire } from "./schema/checked.ts"
import { MessageParams } from "./schema/MessageParams.ts"
import { object } from "./schema/object.ts"

export type { Wire } from "./schema/checked.ts"

/**
 * One request of a batch: an id of your own and the parameters of a message.
 *
 * @category models
 * @since 0.1.0
 */
export interface BatchRequest {
  /** 1 to 64 letters, digits, `_` or `-`. Unique in its batch. */
  readonly custom_id: string
  readonly params: MessageParams
}

/**
 * The schema of one request of a batch, for queues, activities, RPC and stored requests.
 *
 * It checks the types of the fields. `check` finds what the API would refuse.
 *
 * @category schemas
 * @since 0.1.0
 */
export const BatchRequest: Wire<BatchRequest> = object("BatchRequest", {
  custom_id: Schema.String,
  params: MessageParams
})

/**
 * A place in a request that the API refuses, or may refuse, and the reason.
 *
 * @category models
 * @since 0.1.0
 */
export interface Issue {
  /** The place, for example `params.max_tokens`. Empty for the request itself. */
  readonly path: string
  readonly description: string
  /** `error`: the API refuses the request. `warning`: the request may be accepted. */
  readonly severity: "error" | "warning"
}

/**
 * The most requests that one batch takes: 100 000.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxRequests: number = batchLimits.requests

/**
 * The most bytes that the body of one batch may have: 256 MB, taken as 256 000 000 bytes.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxBytes: number = batchLimits.bytes

/**
 * Makes a request of an id and the parameters of a message.
 *
 * @example
 * import * as BatchRequest from "effect-anthropic/BatchRequest"
 * import * as Messages from "effect-anthropic/Messages"
 *
 * const request = BatchRequest.make("review-17", {
 *   model: "claude-haiku-5-5",
 *   max_tokens: 1024,
 *   messages: [Messages.user("Is this review positive? …")]
 * })
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (customId: string, params: MessageParams): BatchRequest => ({ custom_id: customId, params })

/**
 * Checks one request for what the API is known to refuse. Returns an empty array for a request that is fine.
 *
 * It checks `custom_id`, `model`, `messages`, and that `max_tokens` is a whole number of at least 1. `stream` and `speed`
 * are refused. Every text and key in the parameters must be well-formed Unicode, and every number finite.
 *
 * Other parameters are checked by the API while the batch runs, and come back as `errored` results.
 *
 * @category predicates
 * @since 0.1.0
 */
export const check = (request: BatchRequest): ReadonlyArray<Issue> => {
  const json = encodeRequest(request)
  return Result.isSuccess(json) ? [] : json.failure.map((reason): Issue => ({ ...reason, severity: "error" }))
}
