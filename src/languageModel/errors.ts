// Converts the errors of `Messages` and of `Pool` to errors of `effect/ai`. The original error is the `cause` of the reason.
// Calls were already retried as the settings say: a caller that retries multiplies these retries.
import * as AiError from "effect/ai/AiError"
import type * as AnthropicError from "../AnthropicError.ts"
import type { ErrorMetadata } from "../ai/metadata.ts"
import type * as Pool from "../Pool.ts"

/** The errors of a direct or a pooled call. */
export type CallError =
  | AnthropicError.RequestError
  | AnthropicError.SpendLimitError
  | AnthropicError.MessageInterruptedError
  | Pool.PoolError

interface Told {
  readonly type?: string | undefined
  readonly errorCode?: string | undefined
  readonly requestId?: string | undefined
}

const metadataOf = (error: Told): { anthropic: ErrorMetadata } => ({
  anthropic: {
    errorType: error.type ?? null,
    errorCode: error.errorCode ?? null,
    requestId: error.requestId ?? null
  }
})

const networkError = (error: { readonly message: string; readonly operation: string }): AiError.AiErrorReason =>
  new AiError.NetworkError({
    reason: "TransportError",
    method: "POST",
    url: "/v1/messages",
    description: error.message
  })

const reasonOf = (error: CallError): AiError.AiErrorReason => {
  switch (error._tag) {
    case "RateLimitError":
      return new AiError.RateLimitError({ retryAfter: error.retryAfter, metadata: metadataOf(error) })
    case "SpendLimitError":
    case "BillingError":
      return new AiError.QuotaExhaustedError({ metadata: metadataOf(error) })
    case "AuthenticationError":
      return new AiError.AuthenticationError({
        kind: "InvalidKey",
        description: error.description,
        metadata: metadataOf(error)
      })
    case "PermissionError":
      return new AiError.AuthenticationError({
        kind: "InsufficientPermissions",
        description: error.description,
        metadata: metadataOf(error)
      })
    case "CredentialsError":
      return new AiError.AuthenticationError({
        kind: error.reason === "missing" ? "MissingKey" : error.reason === "malformed" ? "InvalidKey" : "Unknown",
        description: error.description
      })
    case "InvalidRequestError":
    case "NotFoundError":
    case "ConflictError":
    case "RequestTooLargeError":
      return new AiError.InvalidRequestError({ description: error.description, metadata: metadataOf(error) })
    case "RequestRefusedError":
      return new AiError.InvalidUserInputError({ description: error.message })
    case "OverloadedError":
    case "InternalServerError":
    case "GatewayTimeoutError":
      return new AiError.InternalProviderError({ description: error.description, metadata: metadataOf(error) })
    case "ConnectionError":
    case "ResponseTimeoutError":
    case "IdleTimeoutError":
      return networkError(error)
    case "DecodeError":
      return new AiError.InvalidResponseError({ description: error.message, metadata: metadataOf(error) })
    case "MessageInterruptedError":
      if (error.reason === "malformed") {
        return new AiError.InvalidResponseError({ description: error.message, metadata: metadataOf(error) })
      }
      return error.reason === "error" && error.cause !== undefined ? reasonOf(error.cause) : networkError(error)
    // It was not charged.
    case "RequestExpiredError":
      return new AiError.InternalProviderError({ description: error.message })
    // The request may be charged, or its batch was canceled on purpose: it is not repeated.
    case "IndeterminateError":
    case "RequestCanceledError":
    case "AnswerMissingError":
    case "AnswerUnreadError":
    case "PoolClosedError":
    case "RedirectError":
      return new AiError.UnknownError({ description: error.message })
    case "UnknownApiError":
      return new AiError.UnknownError({ description: error.message, metadata: metadataOf(error) })
  }
}

/** Makes the error of a method of the language model. */
export const fail = (method: string, reason: AiError.AiErrorReason): AiError.AiError =>
  AiError.make({ module: "AnthropicLanguageModel", method, reason })

/** Makes the error of a prompt, tool or file that the API does not take. */
export const invalidInput = (method: string, description: string): AiError.AiError =>
  fail(method, new AiError.InvalidUserInputError({ description }))

/** Makes an error of `effect/ai` from the error of a call. */
export const fromAnthropic =
  (method: string) =>
  (error: CallError): AiError.AiError => {
    const reason = reasonOf(error)
    Object.defineProperty(reason, "cause", { value: error, configurable: true })
    return fail(method, reason)
  }
