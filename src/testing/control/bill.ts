// The bill of an emulator: what the API would have charged, with one row for each message, and its totals. It has no prices:
// a caller prices the usage of each row.
import type { Usage } from "../../schema/Message.ts"

/**
 * One message that would have been charged: of a request of a batch that succeeded, or of a direct call.
 *
 * @category models
 * @since 0.1.0
 */
export interface Charge {
  /** The id of the batch, or `undefined` for a direct call. */
  readonly batchId: string | undefined
  /** The `custom_id` of the request, or `undefined` for a direct call. */
  readonly customId: string | undefined
  readonly messageId: string
  readonly model: string
  readonly usage: Usage
  /** The parameters of the request, as they were sent. */
  readonly params: { readonly [key: string]: unknown }
  /** When the message was made, in milliseconds of the emulator's clock: for a batch, when the batch ended. */
  readonly at: number
}

/**
 * The sums of a bill: the number of messages, and tokens by kind.
 *
 * @category models
 * @since 0.1.0
 */
export interface Totals {
  readonly messages: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cache_creation_input_tokens: number
  readonly cache_read_input_tokens: number
}

/**
 * Returns the sums of the rows of a bill.
 *
 * @category getters
 * @since 0.1.0
 */
export const totals = (bill: Iterable<Charge>): Totals => {
  const sums = {
    messages: 0,
    input_tokens: 0,
    output_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0
  }
  for (const { usage } of bill) {
    sums.messages += 1
    sums.input_tokens += usage.input_tokens
    sums.output_tokens += usage.output_tokens
    sums.cache_creation_input_tokens += usage.cache_creation_input_tokens ?? 0
    sums.cache_read_input_tokens += usage.cache_read_input_tokens ?? 0
  }
  return sums
}
