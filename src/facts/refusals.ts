// What the API refuses by model, if the capabilities of the Models API do not say it. Each rule names its models. A model
// that no rule names is not checked.
import { pages, type Sourced } from "./Sourced.ts"

/** A rule that applies to some models. */
interface ModelRule extends Sourced {
  readonly models: ReadonlyArray<string>
}

const fable = ["claude-fable-5", "claude-fable-5-1", "claude-fable-5-2"]
const mythos = ["claude-mythos-5", "claude-mythos-5-1", "claude-mythos-5-2"]
const before46 = [
  "claude-opus-4-5-20251101",
  "claude-sonnet-4-5-20250929",
  "claude-haiku-4-5-20251001",
  "claude-opus-4-1-20250805",
  "claude-opus-4-20250514",
  "claude-sonnet-4-20250514"
]

/** `thinking.type` by the models that refuse it. The capabilities in the Models API take precedence. */
export const refusedThinking: { readonly [type: string]: ModelRule } = {
  disabled: {
    models: [...fable, ...mythos, "claude-mythos-preview", "claude-opus-5-5", "claude-sonnet-5-5"],
    ...pages.sonnet55("2026-10-07")
  },
  enabled: {
    models: [
      ...fable,
      ...mythos,
      "claude-opus-5-5",
      "claude-opus-5",
      "claude-opus-4-8",
      "claude-opus-4-7",
      "claude-sonnet-5-5",
      "claude-sonnet-5",
      "claude-haiku-5-5"
    ],
    ...pages.haiku55("2026-10-07")
  }
}

/** Types of thinking that some models take only up to the effort `high`. */
export const thinkingByEffort: ReadonlyArray<
  ModelRule & { readonly type: string; readonly refusedEfforts: ReadonlyArray<string> }
> = [
  {
    type: "disabled",
    refusedEfforts: ["xhigh", "max"],
    models: ["claude-opus-5", "claude-haiku-5-5"],
    ...pages.haiku55("2026-10-07")
  },
  {
    type: "between_tools",
    refusedEfforts: ["xhigh", "max"],
    models: ["claude-sonnet-5-5"],
    ...pages.sonnet55("2026-10-07")
  }
]

/** Models that refuse a conversation whose last turn is the assistant's. */
export const noPrefill: ModelRule = {
  models: [
    ...fable,
    ...mythos,
    "claude-mythos-preview",
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
  ...pages.sonnet55("2026-10-07")
}

/** Models that refuse the tool choices `any` and `tool`. */
export const noForcedTool: ModelRule = {
  models: [
    "claude-fable-5-1",
    "claude-fable-5-2",
    "claude-mythos-5-1",
    "claude-mythos-5-2",
    "claude-opus-5-5",
    "claude-sonnet-5-5"
  ],
  ...pages.releaseNotes("2026-09-26")
}

/** A type of thinking that no model takes together with the tool choices `any` and `tool`. */
export const noForcedToolWith = { type: "enabled", ...pages.extendedThinking("2026-08-22") }

/** Models that refuse the older tools for computer use, and what replaces them. */
export const noComputerTool: ModelRule & { readonly tools: ReadonlyArray<string>; readonly instead: string } = {
  tools: ["computer_20241022", "computer_20250124", "computer_20251124"],
  instead: "computer_toolset_20260801",
  models: ["claude-fable-5-2", "claude-mythos-5-2", "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"],
  ...pages.opus55("2026-10-07")
}

/** Models that refuse the parameter `inference_geo`. */
export const noInferenceGeo: ModelRule = { models: before46, ...pages.dataResidency("2026-08-20") }

/** Types of thinking that only these models are documented to take. The capabilities in the Models API take precedence. */
export const onlyThinking: { readonly [type: string]: ModelRule } = {
  between_tools: { models: ["claude-sonnet-5-5"], ...pages.sonnet55("2026-10-07") }
}

/** The tools that skills need: a request with skills must have one of them. */
export const skillTools = { prefix: "code_execution_", ...pages.skills("2026-08-22") }

/** Models that refuse `fallbacks` as a list, in addition to those whose `allowed_fallback_models` is empty. */
export const noFallbackList: ModelRule = { models: ["claude-haiku-5-5"], ...pages.haiku55("2026-10-07") }

/** Sampling parameters, and the first API version that refuses them for every model. */
export const noSampling = {
  parameters: ["temperature", "top_p", "top_k"],
  since: "2026-10-21",
  ...pages.versioning("2026-10-21")
}

/** Models that refuse sampling parameters in every version of the API, except a `temperature` of 1. */
export const neverSampling: ModelRule = {
  models: [
    ...fable,
    ...mythos,
    "claude-opus-5-5",
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-sonnet-5-5",
    "claude-sonnet-5",
    "claude-haiku-5-5"
  ],
  ...pages.sdk("2026-10-20")
}

/** Parameters that a batch refuses, or that make a request of it an `errored` result. */
export const notInBatch: ReadonlyArray<
  Sourced & {
    readonly parameter: string
    /** Whether this is documented, and not only expected. */
    readonly isCertain: boolean
  }
> = [
  { parameter: "stream", isCertain: true, ...pages.batches("2026-09-26") },
  { parameter: "speed", isCertain: true, ...pages.batches("2026-09-26") },
  { parameter: "fallbacks", isCertain: true, ...pages.refusals("2026-08-22") },
  { parameter: "thread", isCertain: false, ...pages.batches("2026-09-26") }
]

/** What models do with `speed: "fast"`. */
export const fastMode: ReadonlyArray<
  ModelRule & {
    readonly takes: "yes" | "beta" | "ignored" | "no"
    /** The last day on which the model takes it. */
    readonly until?: string
  }
> = [
  { models: ["claude-fable-5-2", "claude-opus-5-5"], takes: "yes", ...pages.fastMode("2026-11-12") },
  { models: ["claude-opus-5"], takes: "beta", ...pages.fastMode("2026-11-01") },
  { models: ["claude-opus-4-8"], takes: "beta", until: "2026-11-29", ...pages.fastMode("2026-11-01") },
  { models: ["claude-opus-4-6"], takes: "ignored", ...pages.fastMode("2026-08-22") },
  {
    models: [
      "claude-fable-5",
      "claude-fable-5-1",
      ...mythos,
      "claude-opus-4-7",
      "claude-sonnet-5-5",
      "claude-sonnet-5",
      "claude-sonnet-4-6",
      "claude-haiku-5-5",
      ...before46
    ],
    takes: "no",
    ...pages.fastMode("2026-11-01")
  }
]

/** The beta that some models need for any value of `speed`. */
export const fastModeBeta = { beta: "fast-mode-2026-02-01", ...pages.fastMode("2026-08-22") }
