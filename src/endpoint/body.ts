// The bodies of calls: JSON, and forms.
// A value that would arrive changed is refused before anything is sent.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { RequestRefusedError } from "../AnthropicError.ts"
import { fromPieces, type RequestBody } from "../http/body.ts"
import { write } from "../params/json.ts"

/**
 * Makes the body of a call for an operation. `json` and `form` return one.
 *
 * @category models
 * @since 0.1.0
 */
export type Body<out E = never, out R = never> = (
  operation: string
) => Effect.Effect<RequestBody<E>, RequestRefusedError | E, R>

/**
 * Sends a value as JSON. Properties that are undefined are left out.
 *
 * The call fails with `RequestRefusedError` for what JSON cannot hold: numbers that are not finite, bigints, cycles, and texts
 * that are not well-formed Unicode.
 *
 * @category bodies
 * @since 0.1.0
 */
export const json =
  (value: unknown): Body =>
  (operation) =>
    Effect.suspend(() => {
      const text = write(value)
      if (Result.isSuccess(text)) {
        return Effect.succeed(fromPieces("application/json", [new TextEncoder().encode(text.success)]))
      }
      const reasons = text.failure.map(({ description, path }) => ({
        path: path === "" || path.startsWith("[") ? `body${path}` : `body.${path}`,
        description
      }))
      return Effect.fail(new RequestRefusedError({ operation, reasons, omitted: 0 }))
    })
