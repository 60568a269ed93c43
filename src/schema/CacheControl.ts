// Breakpoints of the prompt cache, as they are sent.

/**
 * A breakpoint of the prompt cache. Default of `ttl`: 5 minutes.
 *
 * @category models
 * @since 0.1.0
 */
export interface CacheControl {
  readonly type: "ephemeral"
  readonly ttl?: "5m" | "1h" | undefined
}

/**
 * A part of an input that can end a cached prefix.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cacheable {
  readonly cache_control?: CacheControl | null | undefined
}
