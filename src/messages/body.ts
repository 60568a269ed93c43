import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { RequestRefusedError } from "../AnthropicError.ts"
import { writeJson } from "../decode/json.ts"
import { fromPieces, type RequestBody } from "../http/body.ts"
import { refuse } from "../http/refuse.ts"

/** Writes the parameters of an answer as JSON; what cannot be written is refused. */
export const encode = (operation: string, params: object): Effect.Effect<RequestBody, RequestRefusedError> =>
  Effect.suspend(() => {
    const json = writeJson(params)
    return Result.isSuccess(json)
      ? Effect.succeed(fromPieces("application/json", [new TextEncoder().encode(json.success)]))
      : refuse(operation, "params", json.failure)
  })
