import * as Schema from "effect/Schema"
import { checked, OpenEnum } from "./checked.ts"

/** The broad category of an error; the set is open. */
export const ErrorType = OpenEnum([
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
])
export type ErrorType = typeof ErrorType.Type

/** Machine-readable detail: an `error_code` and fields of that code. */
export const ErrorDetails = Schema.Struct({ error_code: Schema.optionalKey(Schema.String) })

/**
 * The body of every failed call, of an `errored` batch result and of an `error` event: the category is at `error.type`.
 */
export const ErrorBody = checked(
  Schema.Struct({
    type: Schema.Literal("error"),
    error: Schema.Struct({
      type: ErrorType,
      message: Schema.String,
      details: Schema.optionalKey(Schema.NullOr(ErrorDetails))
    }),
    request_id: Schema.optionalKey(Schema.NullOr(Schema.String))
  })
)
export type ErrorBody = typeof ErrorBody.Type
