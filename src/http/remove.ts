// Deletes a resource. The status says that it is deleted, so the usual fields of the answer are not needed.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { RequestError } from "../AnthropicError.ts"
import { parseJson } from "../decode/json.ts"
import { decodeText, readText } from "./answer.ts"
import type { Failure } from "./retry.ts"
import { type ApiResponse, type Operation, openWith } from "./transport.ts"

/** The longest answer that is read, in bytes. It has only an id. */
const maxAnswerBytes = 1024 * 1024

/**
 * Sends a DELETE and returns its answer, or `deleted` after a 204 or an object without the usual fields. An answer that is
 * cut off or is not the API's (a page of a proxy, an empty body) fails with `DecodeError`.
 */
export const remove = <A>(
  operation: Pick<Operation, "name" | "path" | "betas">,
  schema: Schema.ConstraintDecoder<A>,
  deleted: A
): Effect.Effect<A, RequestError, HttpClient.HttpClient> => {
  const read = Effect.fnUntraced(function* (response: ApiResponse): Effect.fn.Return<A, Failure<RequestError>> {
    if (response.status === 204) return deleted
    const text = yield* readText(response, maxAnswerBytes)
    const isObject = Predicate.isReadonlyObject(Result.getOrUndefined(parseJson(text)))
    const decoded = decodeText(response, schema, text)
    return yield* isObject ? Effect.orElseSucceed(decoded, () => deleted) : decoded
  })
  return openWith({ ...operation, kind: "idempotent", method: "DELETE" }, read)
}
