import type * as Model from "../../schema/Model.ts"

export type WireModel = typeof Model.ModelInfo.Encoded

type Level = "low" | "medium" | "high" | "xhigh" | "max"
type Thinking = "adaptive" | "enabled" | "disabled" | "between_tools"

const leaf = (supported: boolean) => ({ supported })

const capabilities = (options: {
  readonly effort: ReadonlyArray<Level>
  readonly thinking: ReadonlyArray<Thinking>
  readonly compact: boolean
  readonly structuredOutputs: boolean
}): Model.ModelCapabilities => ({
  batch: leaf(true),
  citations: leaf(true),
  code_execution: leaf(true),
  context_management: {
    supported: true,
    clear_thinking_20251015: leaf(true),
    clear_tool_uses_20250919: leaf(true),
    compact_20260112: options.compact ? leaf(true) : null
  },
  effort: {
    supported: options.effort.length > 0,
    low: leaf(options.effort.includes("low")),
    medium: leaf(options.effort.includes("medium")),
    high: leaf(options.effort.includes("high")),
    xhigh: options.effort.includes("xhigh") ? leaf(true) : null,
    max: leaf(options.effort.includes("max"))
  },
  image_input: leaf(true),
  pdf_input: leaf(true),
  server_tools: { supported: true, web_search: leaf(true), code_execution: leaf(true) },
  structured_outputs: leaf(options.structuredOutputs),
  thinking: {
    supported: options.thinking.some((type) => type !== "disabled"),
    types: {
      adaptive: leaf(options.thinking.includes("adaptive")),
      enabled: leaf(options.thinking.includes("enabled")),
      disabled: leaf(options.thinking.includes("disabled")),
      between_tools: leaf(options.thinking.includes("between_tools"))
    }
  }
})

const efforts: ReadonlyArray<Level> = ["low", "medium", "high", "xhigh", "max"]

const model = (
  id: string,
  display_name: string,
  line: string,
  released: string,
  limits: { readonly input: number; readonly output: number | null },
  can: Model.ModelCapabilities | null
) => ({
  id,
  type: "model" as const,
  display_name,
  created_at: `${released}T00:00:00Z`,
  line,
  lifecycle: "active",
  deprecated_at: null,
  retires_at: null,
  max_input_tokens: limits.input,
  max_tokens: limits.output,
  capabilities: can
})

const large = { input: 1_000_000, output: 128_000 }
const small = { input: 200_000, output: 64_000 }

const alwaysThinking = capabilities({ effort: efforts, thinking: ["adaptive"], compact: true, structuredOutputs: true })
const adaptive = capabilities({
  effort: efforts,
  thinking: ["adaptive", "disabled"],
  compact: true,
  structuredOutputs: true
})
const bothThinking = capabilities({
  effort: ["low", "medium", "high", "max"],
  thinking: ["adaptive", "enabled", "disabled"],
  compact: true,
  structuredOutputs: true
})
const extended = (effort: ReadonlyArray<Level>) =>
  capabilities({ effort, thinking: ["enabled", "disabled"], compact: false, structuredOutputs: true })

/**
 * The models an emulator knows unless told otherwise, newest first: ids, limits and stages as documented in November
 * 2026, capabilities as far as they are documented and plausible beyond.
 *
 * `claude-sonnet-4-5-20250929` and `claude-mythos-preview` are deprecated (of the latter, little is known: no day of
 * release or retirement, no capabilities), `claude-opus-4-1-20250805` and `claude-sonnet-4-20250514` retired.
 *
 * @since 0.1.0
 */
export const models: ReadonlyArray<WireModel> = [
  model("claude-fable-5-2", "Claude Fable 5.2", "fable", "2026-11-09", large, alwaysThinking),
  model("claude-mythos-5-2", "Claude Mythos 5.2", "mythos", "2026-11-09", large, alwaysThinking),
  model("claude-haiku-5-5", "Claude Haiku 5.5", "haiku", "2026-10-07", large, adaptive),
  model(
    "claude-sonnet-5-5",
    "Claude Sonnet 5.5",
    "sonnet",
    "2026-09-28",
    large,
    capabilities({
      effort: efforts,
      thinking: ["adaptive", "disabled", "between_tools"],
      compact: true,
      structuredOutputs: true
    })
  ),
  model("claude-opus-5-5", "Claude Opus 5.5", "opus", "2026-09-22", large, alwaysThinking),
  model("claude-fable-5-1", "Claude Fable 5.1", "fable", "2026-09-01", large, alwaysThinking),
  model("claude-opus-5", "Claude Opus 5", "opus", "2026-07-24", large, adaptive),
  model("claude-sonnet-5", "Claude Sonnet 5", "sonnet", "2026-06-30", large, adaptive),
  model("claude-opus-4-8", "Claude Opus 4.8", "opus", "2026-05-28", large, adaptive),
  model("claude-opus-4-7", "Claude Opus 4.7", "opus", "2026-04-16", large, adaptive),
  model("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet", "2026-02-17", large, bothThinking),
  model("claude-opus-4-6", "Claude Opus 4.6", "opus", "2026-02-05", large, bothThinking),
  model(
    "claude-opus-4-5-20251101",
    "Claude Opus 4.5",
    "opus",
    "2025-11-24",
    small,
    extended(["low", "medium", "high"])
  ),
  model("claude-haiku-4-5-20251001", "Claude Haiku 4.5", "haiku", "2025-10-15", small, extended([])),
  {
    ...model("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "sonnet", "2025-09-29", small, extended([])),
    lifecycle: "deprecated",
    deprecated_at: "2026-09-30T00:00:00Z",
    retires_at: "2026-11-30T00:00:00Z"
  },
  {
    ...model(
      "claude-opus-4-1-20250805",
      "Claude Opus 4.1",
      "opus",
      "2025-08-05",
      { input: 200_000, output: 32_000 },
      capabilities({ effort: [], thinking: ["enabled", "disabled"], compact: false, structuredOutputs: false })
    ),
    lifecycle: "retired",
    deprecated_at: "2026-06-05T00:00:00Z",
    retires_at: "2026-08-05T00:00:00Z"
  },
  {
    ...model(
      "claude-sonnet-4-20250514",
      "Claude Sonnet 4",
      "sonnet",
      "2025-05-22",
      small,
      capabilities({ effort: [], thinking: ["enabled", "disabled"], compact: false, structuredOutputs: false })
    ),
    lifecycle: "retired",
    deprecated_at: "2026-04-14T00:00:00Z",
    retires_at: "2026-06-15T00:00:00Z"
  },
  {
    ...model(
      "claude-mythos-preview",
      "Claude Mythos Preview",
      "mythos",
      "1970-01-01",
      { input: 1_000_000, output: null },
      null
    ),
    lifecycle: "deprecated",
    deprecated_at: "2026-06-09T00:00:00Z"
  }
]
