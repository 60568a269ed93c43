// A DELETE, whose status says that the resource is deleted.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Schema from "effect/Schema"
import type { RequestError } from "../AnthropicError.ts"
import { type IdOf, idOf } from "../http/path.ts"
import * as http from "../http/remove.ts"
import { wireOf } from "../schema/wireOf.ts"

/**
 * Options of `remove`.
 *
 * @category options
 * @since 0.1.0
 */
export interface RemoveOptions<A> {
  /** Names the operation in errors and spans, for example `Skills.delete`. */
  readonly name: string
  /** The segments of the path after `/v1`. Each is encoded. A resource counts as its id. */
  readonly path: ReadonlyArray<IdOf>
  /** Decodes the JSON of the answer. Decoding has to be synchronous. */
  readonly response: Schema.ConstraintDecoder<A>
  /** The value that is returned for a 204 and for an object without the usual fields. */
  readonly deleted: NoInfer<A>
  /** Values of `anthropic-beta` that the call needs, in addition to those of the settings. */
  readonly betas?: ReadonlyArray<string> | undefined
}

/**
 * Deletes a resource (`DELETE`). A 204 and an object without the usual fields count as deleted.
 *
 * After a lost answer the call is repeated. It may then fail with `NotFoundError` although the resource was deleted.
 *
 * @category operations
 * @since 0.1.0
 */
export const remove = <A>(options: RemoveOptions<A>): Effect.Effect<A, RequestError, HttpClient.HttpClient> => {
  const { betas, deleted, name, path, response } = options
  return Effect.suspend(() => http.remove({ name, path: path.map(idOf), betas }, wireOf(response), deleted)).pipe(
    Effect.withSpan(name)
  )
}
