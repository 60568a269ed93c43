// Deletes a resource. A 2xx says that it is deleted, so that an answer without the usual body is no failure.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { DecodeError, RequestError } from "../AnthropicError.ts"
import { parseJson } from "../decode/json.ts"
import { decodeError } from "./decodeError.ts"
import type { Failure } from "./retry.ts"
import { type ApiResponse, openWith } from "./transport.ts"

/**
 * Sends a DELETE and returns its answer, or `deleted` when the answer is empty, was cut off, or is an object without the
 * usual fields. Fails with `DecodeError` when something else than the API seems to have answered, such as a proxy's page.
 */
export const remove = <A>(
  operation: { readonly name: string; readonly path: ReadonlyArray<string> },
  schema: Schema.ConstraintDecoder<A>,
  deleted: A
): Effect.Effect<A, RequestError, HttpClient.HttpClient> => {
  const read = Effect.fnUntraced(function* (response: ApiResponse): Effect.fn.Return<A, Failure<DecodeError>> {
    const body = yield* Effect.result(Stream.mkString(Stream.decodeText(response.body)))
    if (Result.isFailure(body) || body.success.trim() === "") return deleted
    const text = body.success
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
