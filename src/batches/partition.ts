// Sorts results by their type, for results that fit into memory. `Batches.join` and `Batches.explain` work on single results.
import type { MessageBatchIndividualResponse } from "../schema/Batch.ts"
import type { UnknownMember } from "../schema/checked.ts"
import type { ErrorBody } from "../schema/ErrorBody.ts"
import type { Message } from "../schema/Message.ts"

/**
 * Results by type, each by `custom_id`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Partition {
  /** Answers. A refusal is one of them: `message.stop_reason` is `refusal`. */
  readonly succeeded: ReadonlyMap<string, Message>
  readonly errored: ReadonlyMap<string, ErrorBody>
  readonly canceled: ReadonlySet<string>
  readonly expired: ReadonlySet<string>
  /** Results of an unknown type, as received. */
  readonly unknown: ReadonlyMap<string, UnknownMember["raw"]>
}

/**
 * Sorts results by their type.
 *
 * @example
 * import * as Batches from "effect-anthropic/Batches"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Batches.results("msgbatch_01").pipe(Stream.runCollect, Effect.map(Batches.partition))
 *
 * @category combinators
 * @since 0.1.0
 */
export const partition = (responses: Iterable<MessageBatchIndividualResponse>): Partition => {
  const succeeded = new Map<string, Message>()
  const errored = new Map<string, ErrorBody>()
  const canceled = new Set<string>()
  const expired = new Set<string>()
  const unknown = new Map<string, UnknownMember["raw"]>()
  for (const { custom_id, result } of responses) {
    switch (result.type) {
      case "succeeded":
        succeeded.set(custom_id, result.message)
        break
      case "errored":
        errored.set(custom_id, result.error)
        break
      case "canceled":
        canceled.add(custom_id)
        break
      case "expired":
        expired.add(custom_id)
        break
      case "unknown":
        unknown.set(custom_id, result.raw)
        break
    }
  }
  return { succeeded, errored, canceled, expired, unknown }
}
