// The source of every fact of this folder: the page that states it, and the day on which that page was read. A fact may be
// outdated when its page changes: `npm run facts:check` lists those that were read more than 90 days ago.

/**
 * Where a fact comes from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sourced {
  /** The page that states it. */
  readonly source: string
  /** The day on which that page was read, for example `2026-11-22`. */
  readonly read: string
}

const docs = "https://platform.claude.com/docs/en"

/** Makes a function from the day of reading to the source of facts of one page. */
const on =
  (source: string) =>
  (read: string): Sourced => ({ source, read })

/** The pages that are cited here. */
export const pages = {
  pricing: on(`${docs}/about-claude/pricing`),
  releaseNotes: on(`${docs}/release-notes/overview`),
  batches: on(`${docs}/build-with-claude/batch-processing`),
  files: on(`${docs}/build-with-claude/files`),
  fastMode: on("https://code.claude.com/docs/en/fast-mode"),
  models: on(`${docs}/models/overview`),
  deprecations: on(`${docs}/about-claude/model-deprecations`),
  rateLimits: on(`${docs}/api/rate-limits`),
  errors: on(`${docs}/api/errors`),
  versioning: on(`${docs}/api/versioning`),
  dataResidency: on(`${docs}/manage-claude/data-residency`),
  refusals: on(`${docs}/build-with-claude/refusals-and-fallback`),
  structuredOutputs: on(`${docs}/build-with-claude/structured-outputs`),
  skills: on(`${docs}/build-with-claude/skills-guide`),
  vision: on(`${docs}/build-with-claude/vision`),
  extendedThinking: on(`${docs}/build-with-claude/extended-thinking`),
  sonnet55: on(`${docs}/models/sonnet-5-5/migration-guide`),
  opus55: on(`${docs}/models/opus-5-5/migration-guide`),
  haiku55: on(`${docs}/models/haiku-5-5/migration-guide`),
  sdk: on("https://github.com/anthropics/anthropic-sdk-typescript")
}
