// A call of the API before it is sent: its path, its body, and the effect of repeating it. And an opened response for its
// reader.
import type * as Stream from "effect/Stream"
import type { CallWatch, ResponseInfo, Settings } from "../Anthropic.ts"
import type { ConnectionError, IdleTimeoutError } from "../AnthropicError.ts"
import type { RequestBody } from "./body.ts"
import type { Demand } from "./call.ts"
import type { CodeClasses } from "./errors.ts"
import type { OperationKind } from "./retry.ts"

/** One call of the API, ready to be sent any number of times. */
export interface Operation<Coded = never, BodyError = never> {
  /** Names the operation in errors and spans, for example `Batches.create`. */
  readonly name: string
  /** The model of the call, if it uses the rate limits of a model. */
  readonly model?: string | undefined
  /** Returns what the call uses of those limits, for a limiter. */
  readonly demand?: (() => Demand) | undefined
  readonly kind: OperationKind
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Path segments after `/v1`, not yet encoded. */
  readonly path: ReadonlyArray<string>
  readonly query?: ReadonlyArray<readonly [string, string]> | undefined
  readonly body?: RequestBody<BodyError> | undefined
  /** Values of `anthropic-beta` that the call needs, in addition to those of the settings. */
  readonly betas?: ReadonlyArray<string> | undefined
  /** A secret of the body, which is sent in place of the credential. It is in no error. */
  readonly secret?: string | undefined
  readonly accept?: string | undefined
  /** The `accept-encoding` header, also after a redirect. Default: the encodings that the client can decode. */
  readonly acceptEncoding?: string | undefined
  /** Whether the call is attributed to the user profile of the settings: messages, counts of tokens, creating a batch. */
  readonly takesUserProfile?: boolean | undefined
  readonly codes?: CodeClasses<Coded> | undefined
}

/** An operation that can be repeated without harm, except for its cost. */
export type Repeatable<Coded, BodyError = never> = Operation<Coded, BodyError> & {
  readonly kind: "idempotent" | "generating"
}

/** The settings of one call, and its watch. */
export interface CallSettings extends Settings {
  readonly watch?: CallWatch | undefined
}

/**
 * A response whose headers have come. Its body is not read yet.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApiResponse extends ResponseInfo {
  /** The watch of the call. */
  readonly watch: CallWatch | undefined
  /** The body, with the idle timeout. Closing it early closes the connection. */
  readonly body: Stream.Stream<Uint8Array, ConnectionError | IdleTimeoutError>
  /** Removes the credential from a text of an error. */
  readonly scrub: (text: string) => string
}
