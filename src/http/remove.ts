// Deletes a resource. That it is deleted is what the status says: the usual fields of the answer are not needed.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { ConnectionError, DecodeError, IdleTimeoutError, RequestError } from "../AnthropicError.ts"
import { parseJson } from "../decode/json.ts"
import { decodeError } from "./decodeError.ts"
import type { Failure } from "./retry.ts"
import { type ApiResponse, openWith } from "./transport.ts"

/**
 * Sends a DELETE and returns its answer, or `deleted` when it was answered 204 or with an object without the usual fields.
 * An answer that is cut off is not believed, and one that is not the API's (a proxy's page, nothing) fails with `DecodeError`.
 */
export const remove = <A>(
  operation: { readonly name: string; readonly path: ReadonlyArray<string> },
  schema: Schema.ConstraintDecoder<A>,
  deleted: A
): Effect.Effect<A, RequestError, HttpClient.HttpClient> => {
  const read = Effect.fnUntraced(function* (
    response: ApiResponse
  ): Effect.fn.Return<A, Failure<ConnectionError | IdleTimeoutError | DecodeError>> {
    if (response.status === 204) return deleted
    const text = yield* Effect.mapError(
      Stream.mkString(Stream.decodeText(response.body)),
      (error): Failure<never> => ({ fate: "answered", error })
    )
    const json = parseJson(text)
    if (Result.isSuccess(json) && Predicate.isReadonlyObject(json.success)) {
      return Option.getOrElse(Schema.decodeUnknownOption(schema)(json.success), () => deleted)
    }
    const description = Result.isFailure(json) ? json.failure : "it is not an object"
    return yield* Effect.fail<Failure<DecodeError>>({
      fate: "final",
      error: decodeError(operation.name, response, { text, description })
    })
  })
  return openWith({ ...operation, kind: "idempotent", method: "DELETE" }, read)
}
