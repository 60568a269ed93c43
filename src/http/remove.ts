// Deletes a resource. That it is deleted is what the status says: the usual fields of the answer are not needed.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { RequestError } from "../AnthropicError.ts"
import { parseJson } from "../decode/json.ts"
import { decodeText } from "./answer.ts"
import type { Failure } from "./retry.ts"
import { type ApiResponse, type Operation, openWith } from "./transport.ts"

/**
 * Sends a DELETE and returns its answer, or `deleted` when it was answered 204 or with an object without the usual fields.
 * An answer that is cut off is not believed, and one that is not the API's (a proxy's page, nothing) fails with `DecodeError`.
 */
export const remove = <A>(
  operation: Pick<Operation, "name" | "path" | "betas">,
  schema: Schema.ConstraintDecoder<A>,
  deleted: A
): Effect.Effect<A, RequestError, HttpClient.HttpClient> => {
  const read = Effect.fnUntraced(function* (response: ApiResponse): Effect.fn.Return<A, Failure<RequestError>> {
    if (response.status === 204) return deleted
    const text = yield* Effect.mapError(
      Stream.mkString(Stream.decodeText(response.body)),
      (error): Failure<never> => ({ fate: "answered", error })
    )
    const isObject = Predicate.isReadonlyObject(Result.getOrUndefined(parseJson(text)))
    const decoded = decodeText(response, schema, text)
    return yield* isObject ? Effect.orElseSucceed(decoded, () => deleted) : decoded
  })
  return openWith({ ...operation, kind: "idempotent", method: "DELETE" }, read)
}
