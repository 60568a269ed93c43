// The body of a call that takes the parameters of a message, written as one piece.
// Parameters that the API surely refuses, or that JSON would change, are refused before anything is sent.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { RequestRefusedError } from "../AnthropicError.ts"
import { fromPieces, type RequestBody } from "../http/body.ts"
import * as params from "../params/check.ts"

/** Writes the parameters of an answer, or of a count of tokens, as JSON. */
export const encode = (
  operation: string,
  input: object,
  use: params.Use = "message"
): Effect.Effect<RequestBody, RequestRefusedError> =>
  Effect.suspend(() => {
    const json = params.encode(input, use)
    if (Result.isSuccess(json)) {
      return Effect.succeed(fromPieces("application/json", [new TextEncoder().encode(json.success)]))
    }
    const reasons = json.failure.map(({ description, path }) => ({ path: path === "" ? "params" : path, description }))
    return Effect.fail(new RequestRefusedError({ operation, reasons, omitted: 0 }))
  })
