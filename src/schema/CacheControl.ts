/** A prompt-cache breakpoint; five minutes when `ttl` is left out. */
export interface CacheControl {
  readonly type: "ephemeral"
  readonly ttl?: "5m" | "1h" | undefined
}

export interface Cacheable {
  readonly cache_control?: CacheControl | null | undefined
}
