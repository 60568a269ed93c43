// One try to create the batch of a chunk, and its result. It is `Refused` only if surely nothing was created. Everything
// else without an answer is `Unknown`.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Anthropic from "../Anthropic.ts"
import type { DecodeError, IndeterminateError, RequestError, SpendLimitError } from "../AnthropicError.ts"
import * as Endpoint from "../Endpoint.ts"
import type { RequestBody } from "../http/body.ts"
import { spendLimitCodes } from "../http/errors.ts"
import { MessageBatch } from "../schema/Batch.ts"

/** The errors of a create. */
export type CreateError = RequestError | SpendLimitError | IndeterminateError

/**
 * Why a create was refused: the queue may be full or a rate limit was reached (`limited`), the refusal is temporary
 * (`passing`), the body is too large, or repeating does not help (`final`).
 */
export type Refusal = "limited" | "passing" | "tooLarge" | "final"

export type Attempt =
  | { readonly _tag: "Created"; readonly batch: MessageBatch }
  | { readonly _tag: "Unknown"; readonly error: CreateError }
  | {
      readonly _tag: "Refused"
      readonly refusal: Refusal
      readonly error: Exclude<CreateError, IndeterminateError | DecodeError>
    }

const statusOf = (error: { readonly status?: number | undefined }): number | undefined => error.status

const classify = (error: CreateError): Attempt => {
  const refused = (refusal: Refusal, error: Exclude<CreateError, IndeterminateError | DecodeError>): Attempt => ({
    _tag: "Refused",
    refusal,
    error
  })
  switch (error._tag) {
    case "RequestRefusedError":
    case "CredentialsError":
    case "RedirectError":
    case "SpendLimitError":
      return refused("final", error)
    case "IndeterminateError":
    case "DecodeError":
    case "ResponseTimeoutError":
    case "IdleTimeoutError":
      return { _tag: "Unknown", error }
    case "ConnectionError":
      if (error.phase !== "connect") return { _tag: "Unknown", error }
      return refused(error.isRetryable ? "passing" : "final", error)
    default: {
      const status = statusOf(error)
      if (status === 429) return refused(error.isRetryable ? "limited" : "final", error)
      if (status === 529) return refused("passing", error)
      if (status === 413) return refused("tooLarge", error)
      if (status === undefined || status === 408 || status === 409 || status >= 500) return { _tag: "Unknown", error }
      return refused("final", error)
    }
  }
}

/** Sends one create. The transport does not repeat it, so that the run controls its calls. */
export const create = (body: RequestBody): Effect.Effect<Attempt, never, HttpClient.HttpClient> =>
  Endpoint.request({
    name: "Batches.create",
    method: "POST",
    kind: "creating",
    path: ["messages", "batches"],
    takesUserProfile: true,
    body: () => Effect.succeed(body),
    codes: spendLimitCodes,
    response: MessageBatch
  }).pipe(
    Anthropic.withSettings({ retry: { maxRetries: 0 } }),
    Effect.match({
      onSuccess: (batch): Attempt => ({ _tag: "Created", batch }),
      onFailure: classify
    })
  )
