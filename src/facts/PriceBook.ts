/** Where a figure comes from. */
interface Sourced {
  /** The page that states it. */
  readonly source: string
  /** The day on which that page was read, as `2026-11-22`. */
  readonly read: string
}

/**
 * What one model costs, in a period, at one speed, for prompts of a length: decimals as strings, in USD per million
 * tokens, before the share of a batch and the factor of a region.
 */
export interface PriceRow extends Sourced {
  /** The exact id of the model. */
  readonly model: string
  /** Other names of the same model: the id that it is an alias of, or its dated id. */
  readonly aliases?: ReadonlyArray<string> | undefined
  /** The first day (UTC) of this price, as `2026-10-07`. */
  readonly from: string
  /** The first day (UTC) on which it no longer holds. */
  readonly until?: string | undefined
  /** `standard` when left out. */
  readonly speed?: string | undefined
  /** Holds for prompts of more tokens than this, cached ones included. */
  readonly promptOver?: number | undefined
  /** Holds for prompts of at most so many tokens. */
  readonly promptUpTo?: number | undefined
  readonly input: string
  readonly output: string
  readonly cacheWrite5m: string
  readonly cacheWrite1h: string
  readonly cacheRead: string
  /** Factors of regions other than `global`, by the value of `inference_geo`. A region that is not listed has no price. */
  readonly regions?: { readonly [inferenceGeo: string]: string } | undefined
}

/** What one use of a server tool costs, beside tokens, in USD. */
export interface ToolRow extends Sourced {
  /** The counter in `usage.server_tool_use`, or `code_execution_hours`. */
  readonly counter: string
  readonly from: string
  readonly until?: string | undefined
  readonly price: string
}

/** From when on a refusal before any output is free, and for which categories it is billed all the same. */
export interface RefusalRow extends Sourced {
  readonly from: string
  readonly until?: string | undefined
  readonly billed: ReadonlyArray<string>
}

/** Dated prices as plain data. Where several rows apply, the last one does. */
export interface PriceBook {
  readonly rows: ReadonlyArray<PriceRow>
  readonly tools: ReadonlyArray<ToolRow>
  readonly freeRefusals: ReadonlyArray<RefusalRow>
  /** What a batch costs of the direct price of its tokens. */
  readonly batch: Sourced & { readonly share: string }
}
