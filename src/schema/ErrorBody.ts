// The body of a failed call, which results and events carry, too.
import * as Schema from "effect/Schema"
import { checked, nullable, OpenEnum, type Wire } from "./checked.ts"

const errorDetails = Schema.Struct({ error_code: nullable(Schema.String) })

/**
 * Machine-readable detail of an error: an `error_code`, and fields of that code.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorDetails extends Schema.Schema.Type<typeof errorDetails> {}

const apiError = Schema.Struct({
  type: OpenEnum([
    "invalid_request_error",
    "authentication_error",
    "billing_error",
    "permission_error",
    "not_found_error",
    "conflict_error",
    "request_too_large",
    "rate_limit_error",
    "timeout_error",
    "api_error",
    "overloaded_error"
  ]),
  message: Schema.String,
  details: nullable(checked<ErrorDetails>("ErrorDetails", errorDetails))
})

/**
 * The broad category of an error, its text, and details. The set of categories is open.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorInfo extends Schema.Schema.Type<typeof apiError> {}

const errorBody = Schema.Struct({
  type: Schema.Literal("error"),
  error: checked<ErrorInfo>("ErrorInfo", apiError),
  request_id: nullable(Schema.String)
})

/**
 * The body of a failed call, of an `errored` batch result and of an `error` event: the category is at `error.type`.
 *
 * @category models
 * @since 0.1.0
 */
export interface ErrorBody extends Schema.Schema.Type<typeof errorBody> {}

/**
 * The schema of the body of a failed call. Unknown fields are kept.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ErrorBody: Wire<ErrorBody> = checked("ErrorBody", errorBody)
