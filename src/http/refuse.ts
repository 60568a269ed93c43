// The error of a call that is refused before anything is sent, with one reason. The writer of a batch, which collects many
// reasons, makes its error itself.
import * as Effect from "effect/Effect"
import { RequestRefusedError } from "../AnthropicError.ts"

export const refuse = (operation: string, path: string, description: string): RequestRefusedError =>
  new RequestRefusedError({ operation, reasons: [{ path, description }], omitted: 0 })

/** Refuses a limit in bytes below 1, and NaN, which would be no limit. */
export const checkLimit = (operation: string, path: string, bytes: number): Effect.Effect<void, RequestRefusedError> =>
  bytes >= 1 ? Effect.void : Effect.fail(refuse(operation, path, `${bytes} is not a number of at least 1`))
