// Which models share their rate limits, and what limits the size and the time of a request.
import { pages, type Sourced } from "./Sourced.ts"

/** Models that share one rate limit. Every other model has a separate one. */
interface LimitClass extends Sourced {
  readonly name: string
  readonly models: ReadonlyArray<string>
}

const read = pages.rateLimits("2026-09-26")

/** That Fable 5.2 and Mythos 5.2 share the limits of their lines is likely, not documented. */
export const limitClasses: ReadonlyArray<LimitClass> = [
  { name: "claude-fable-5", models: ["claude-fable-5", "claude-fable-5-1", "claude-fable-5-2"], ...read },
  { name: "claude-mythos-5", models: ["claude-mythos-5", "claude-mythos-5-1", "claude-mythos-5-2"], ...read },
  {
    name: "claude-opus-4",
    models: ["claude-opus-4-5-20251101", "claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8"],
    ...read
  },
  { name: "claude-sonnet-4", models: ["claude-sonnet-4-5-20250929", "claude-sonnet-4-6"], ...read },
  { name: "claude-haiku-4-5", models: ["claude-haiku-4-5-20251001"], ...read }
]

/** The beta that raises `max_tokens` in a batch, and the models for which it does. */
export const longOutput = {
  beta: "output-300k-2026-03-24",
  maxTokens: 300_000,
  models: [
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-opus-4-6",
    "claude-sonnet-5-5",
    "claude-sonnet-5",
    "claude-sonnet-4-6",
    "claude-haiku-5-5"
  ],
  ...pages.models("2026-10-07")
}

/** Without streaming, an answer that may take longer than `minutes` at this rate may lose its connection. */
export const longRequest = { minutes: 10, tokensPerHour: 128_000, ...pages.errors("2026-08-21") }

/** Models of cloud platforms that return at most this many tokens without streaming. */
export const shortAnswers = {
  maxTokens: 8_192,
  models: ["claude-opus-4@20250514", "claude-opus-4-1@20250805", "anthropic.claude-opus-4-1-20250805-v1:0"],
  ...pages.sdk("2026-11-24")
}

/** The bounds of `thinking.budget_tokens`: at least `min`, and below `max_tokens` unless the beta is sent. */
export const thinkingBudget = {
  min: 1_024,
  unboundedBeta: "interleaved-thinking-2025-05-14",
  ...pages.extendedThinking("2026-08-22")
}

/** The most requests and bytes of one batch. The 256 MB are taken as 256 000 000 bytes. */
export const batchLimits = { requests: 100_000, bytes: 256_000_000, ...pages.batches("2026-09-26") }

/**
 * The most characters of Base64 of one image, and the most bytes of a request that is not a batch. The 10 MB and 32 MB are
 * taken as multiples of 1 048 576, so that nothing is refused that the API may take.
 */
export const inlineLimits = { imageBase64: 10_485_760, request: 33_554_432, ...pages.vision("2026-08-22") }

/** The most bytes and the longest name of a file, and the seconds after which it may expire. */
export const fileLimits = {
  bytes: 500_000_000,
  nameLength: 255,
  minExpiresIn: 3_600,
  maxExpiresIn: 7_776_000,
  ...pages.files("2026-09-26")
}

/** The limits of the files of a skill. The 30 MB are taken as 30 000 000 bytes. */
export const skillLimits = {
  bytes: 30_000_000,
  nameLength: 64,
  reservedWords: ["anthropic", "claude"],
  descriptionLength: 1_024,
  displayNameLength: 255,
  ...pages.skills("2026-08-22")
}

/** The most skills in the container of one request. */
export const containerLimits = { skills: 20, ...pages.skills("2026-08-22") }

/**
 * The limits of the schemas of one request, those of its output and of its strict tools together: fields that may be left
 * out, fields of a union type, and strict tools.
 */
export const schemaLimits = { optional: 24, unions: 16, strictTools: 20, ...pages.structuredOutputs("2026-11-30") }
