// What this provider adds to the options of prompts and to the metadata of responses, under the key `anthropic`.
// Everything is JSON, because chats are exported and imported as JSON.
import type {} from "effect/ai/AiError"
import type {} from "effect/ai/Prompt"
import type {} from "effect/ai/Response"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type { CacheControl } from "../schema/CacheControl.ts"

/**
 * A content block as the API sent it.
 *
 * @category models
 * @since 0.1.0
 */
export type RawBlock = { readonly [field: string]: Schema.Json }

/**
 * Options of a message or of a part that can end a cached prefix.
 *
 * @category options
 * @since 0.1.0
 */
export type CacheableOptions = {
  /** Ends a cached prefix here. Default time to live: 5 minutes. */
  readonly cacheControl?: { readonly type: "ephemeral"; readonly ttl?: "5m" | "1h" } | null
}

/**
 * Options of a part that came from the API. `block` is sent instead of the part while both have the same content.
 *
 * @category options
 * @since 0.1.0
 */
export type PartOptions = CacheableOptions & {
  readonly block?: RawBlock | null
}

/**
 * Reasoning as other providers for this API store it.
 *
 * @category models
 * @since 0.1.0
 */
export type ReasoningInfo =
  | { readonly type: "thinking"; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly redactedData: string }

/**
 * Options of a reasoning part. `info` is what other providers for this API store.
 *
 * @category options
 * @since 0.1.0
 */
export type ReasoningOptions = PartOptions & {
  readonly info?: ReasoningInfo | null
}

/**
 * Options of a file: an uploaded file by its id, and how a document is shown to the model.
 *
 * @category options
 * @since 0.1.0
 */
export type FileOptions = CacheableOptions & {
  /** The id of a file of the Files API. The data of the part is not sent. */
  readonly fileId?: string | null
  /** Puts the file into the container of the code execution tool. Needs `fileId`. */
  readonly containerUpload?: boolean | null
  /** The title of a document. Default: the name of the file. */
  readonly title?: string | null
  /** A text about the document for the model, which is not cited. */
  readonly context?: string | null
  /** Whether the model cites the document. */
  readonly citations?: { readonly enabled: boolean } | null
}

/**
 * Metadata of a part that came from the API.
 *
 * @category models
 * @since 0.1.0
 */
export type PartMetadata = {
  /** The block as received, to be sent back. */
  readonly block?: RawBlock | null
}

/**
 * Metadata of a cited source: the citation as received.
 *
 * @category models
 * @since 0.1.0
 */
export type SourceMetadata = {
  readonly citation?: RawBlock | null
}

/**
 * Metadata of the end of an answer.
 *
 * @category models
 * @since 0.1.0
 */
export type FinishMetadata = {
  readonly stopReason: string | null
  readonly stopSequence: string | null
  readonly stopDetails: Schema.Json
  readonly container: Schema.Json
  readonly serviceTier: string | null
  /** The usage as received, with every count. */
  readonly usage: Schema.Json
}

/**
 * Metadata of an error, from the answer of the API.
 *
 * @category models
 * @since 0.1.0
 */
export type ErrorMetadata = {
  errorType: string | null
  errorCode: string | null
  requestId: string | null
}

declare module "effect/ai/Prompt" {
  export interface SystemMessageOptions extends ProviderOptions {
    readonly anthropic?: CacheableOptions | null
  }
  export interface UserMessageOptions extends ProviderOptions {
    readonly anthropic?: CacheableOptions | null
  }
  export interface AssistantMessageOptions extends ProviderOptions {
    readonly anthropic?: CacheableOptions | null
  }
  export interface ToolMessageOptions extends ProviderOptions {
    readonly anthropic?: CacheableOptions | null
  }
  export interface TextPartOptions extends ProviderOptions {
    readonly anthropic?: PartOptions | null
  }
  export interface ReasoningPartOptions extends ProviderOptions {
    readonly anthropic?: ReasoningOptions | null
  }
  export interface FilePartOptions extends ProviderOptions {
    readonly anthropic?: FileOptions | null
  }
  export interface ToolCallPartOptions extends ProviderOptions {
    readonly anthropic?: PartOptions | null
  }
  export interface ToolResultPartOptions extends ProviderOptions {
    readonly anthropic?: PartOptions | null
  }
}

declare module "effect/ai/Response" {
  export interface TextPartMetadata extends ProviderMetadata {
    readonly anthropic?: PartMetadata | null
  }
  export interface TextEndPartMetadata extends ProviderMetadata {
    readonly anthropic?: PartMetadata | null
  }
  export interface ReasoningPartMetadata extends ProviderMetadata {
    readonly anthropic?: PartMetadata | null
  }
  export interface ReasoningEndPartMetadata extends ProviderMetadata {
    readonly anthropic?: PartMetadata | null
  }
  export interface ToolCallPartMetadata extends ProviderMetadata {
    readonly anthropic?: PartMetadata | null
  }
  export interface ToolResultPartMetadata extends ProviderMetadata {
    readonly anthropic?: PartMetadata | null
  }
  export interface DocumentSourcePartMetadata extends ProviderMetadata {
    readonly anthropic?: SourceMetadata | null
  }
  export interface UrlSourcePartMetadata extends ProviderMetadata {
    readonly anthropic?: SourceMetadata | null
  }
  export interface FinishPartMetadata extends ProviderMetadata {
    readonly anthropic?: FinishMetadata | null
  }
}

declare module "effect/ai/AiError" {
  export interface RateLimitErrorMetadata extends ProviderMetadata {
    anthropic?: ErrorMetadata | null
  }
  export interface QuotaExhaustedErrorMetadata extends ProviderMetadata {
    anthropic?: ErrorMetadata | null
  }
  export interface AuthenticationErrorMetadata extends ProviderMetadata {
    anthropic?: ErrorMetadata | null
  }
  export interface ContentPolicyErrorMetadata extends ProviderMetadata {
    anthropic?: ErrorMetadata | null
  }
  export interface InvalidRequestErrorMetadata extends ProviderMetadata {
    anthropic?: ErrorMetadata | null
  }
  export interface InvalidResponseErrorMetadata extends ProviderMetadata {
    anthropic?: ErrorMetadata | null
  }
  export interface InternalProviderErrorMetadata extends ProviderMetadata {
    anthropic?: ErrorMetadata | null
  }
  export interface UnknownErrorMetadata extends ProviderMetadata {
    anthropic?: ErrorMetadata | null
  }
}

const parseJson = (text: string): Schema.Json => JSON.parse(text)

/** A received value as plain JSON. Unknown parts are as the server sent them. */
export const toJson = (value: unknown): Schema.Json => (value === undefined ? null : parseJson(JSON.stringify(value)))

const isRawBlock = (json: Schema.Json): json is RawBlock => Predicate.isReadonlyObject(json)

/** A received block as plain JSON. */
export const toRawBlock = (block: object): RawBlock => {
  const json = toJson(block)
  return isRawBlock(json) ? json : {}
}

/** The `cache_control` of a part or message as it is sent, if it has one. */
export const cacheControlOf = (
  options: CacheableOptions | null | undefined
): { readonly cache_control: CacheControl } | undefined =>
  options?.cacheControl === undefined || options.cacheControl === null
    ? undefined
    : { cache_control: options.cacheControl }
