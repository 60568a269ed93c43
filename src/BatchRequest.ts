/**
 * One request of a message batch, as plain data, and the checks that the API would make only later or too late.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type { MessageParams } from "./schema/MessageParams.ts"

/**
 * One request of a batch: an id of your own and the parameters of a message.
 *
 * @since 0.1.0
 */
export interface BatchRequest {
  /** 1 to 64 letters, digits, `_` or `-`; unique in its batch. */
  readonly custom_id: string
  readonly params: MessageParams
}

/**
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
 * @since 0.1.0
 */
export const make = (customId: string, params: MessageParams): BatchRequest => ({ custom_id: customId, params })

/**
 * The most requests that one batch takes.
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing.
 *
 * @since 0.1.0
 */
export const maxRequests = 100_000

/**
 * The most bytes that the body of one batch may have: 256 MB.
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing.
 *
 * @since 0.1.0
 */
export const maxBytes = 256_000_000

/**
 * Something in a request that the API refuses, or may refuse: where it is, and why.
 *
 * @since 0.1.0
 */
export interface Issue {
  /** The place, for example `params.max_tokens`; empty for the request itself. */
  readonly path: string
  readonly description: string
  /** `error`: the API refuses the request. `warning`: the request may be accepted. */
  readonly severity: "error" | "warning"
}

const customId = /^[a-zA-Z0-9_-]{1,64}$/

const show = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : typeof value === "number" ? `${value}` : typeof value

/**
 * What the Batches API is known to refuse in one request. The parameters themselves are checked by the API while the
 * batch runs, and come back as `errored` results.
 *
 * @since 0.1.0
 */
export const check = (request: BatchRequest): ReadonlyArray<Issue> => {
  if (!Predicate.isReadonlyObject(request)) return [{ path: "", description: "it is not an object", severity: "error" }]
  const issues: Array<Issue> = []
  const refuse = (path: string, description: string) => issues.push({ path, description, severity: "error" })
  const { custom_id, params } = request
  if (typeof custom_id !== "string" || !customId.test(custom_id)) {
    refuse("custom_id", `${show(custom_id)} is not 1 to 64 letters, digits, "_" or "-"`)
  }
  if (!Predicate.isReadonlyObject(params)) {
    refuse("params", "it is not an object")
    return issues
  }
  const { max_tokens, speed, stream } = params
  if (stream === true) {
    refuse("params.stream", "a batch does not stream")
  }
  if (speed !== undefined && speed !== null) {
    refuse("params.speed", "a batch takes no speed")
  }
  if (!(Number.isFinite(max_tokens) && max_tokens >= 1)) {
    refuse("params.max_tokens", `${show(max_tokens)} is not a number of at least 1`)
  }
  return issues
}
