// The errors of the calls of messages, as types and as schemas.
import * as Schema from "effect/Schema"
import { MessageInterruptedError, RequestError, SpendLimitError } from "../AnthropicError.ts"
import { OutputError } from "../StructuredOutput.ts"

/**
 * The errors of `stream` and `streamText`: the error of the call before the first event, `MessageInterruptedError` after it.
 *
 * @category errors
 * @since 0.1.0
 */
export type StreamError = RequestError | SpendLimitError | MessageInterruptedError

/**
 * The schema of `StreamError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const StreamError: Schema.Codec<StreamError, unknown> = Schema.Union([
  RequestError,
  SpendLimitError,
  MessageInterruptedError
])

/**
 * The errors of `create`. `MessageInterruptedError` occurs only if `create` streams.
 *
 * @category errors
 * @since 0.1.0
 */
export type CreateError = StreamError

/**
 * The schema of `CreateError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CreateError: Schema.Codec<CreateError, unknown> = StreamError

/**
 * The errors of `createAs`.
 *
 * @category errors
 * @since 0.1.0
 */
export type CreateAsError = CreateError | OutputError

/**
 * The schema of `CreateAsError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CreateAsError: Schema.Codec<CreateAsError, unknown> = Schema.Union([CreateError, OutputError])

/**
 * The errors of `countTokens`.
 *
 * @category errors
 * @since 0.1.0
 */
export type CountTokensError = RequestError | SpendLimitError

/**
 * The schema of `CountTokensError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CountTokensError: Schema.Codec<CountTokensError, unknown> = Schema.Union([RequestError, SpendLimitError])
