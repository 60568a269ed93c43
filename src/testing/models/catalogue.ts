// The models an emulator knows by default: ids, limits, stages and capabilities.
// From the documentation and the official SDK 1.14.0, read on 2026-11-25.
import type * as Model from "../../schema/Model.ts"

/**
 * A model as the API writes it: timestamps are strings.
 *
 * @category models
 * @since 0.1.0
 */
export interface WireModel extends Model.ModelInfoEncoded {}

type Level = "low" | "medium" | "high" | "xhigh" | "max"
type Thinking = "adaptive" | "enabled" | "disabled" | "between_tools"

const leaf = (supported: boolean) => ({ supported })

const capabilities = (options: {
  readonly effort: ReadonlyArray<Level>
  readonly thinking: ReadonlyArray<Thinking>
  readonly compact: boolean
  readonly structuredOutputs: boolean
  readonly programmaticTools: boolean
}): Model.ModelCapabilities => ({
  batch: leaf(true),
  citations: leaf(true),
  code_execution: leaf(options.programmaticTools),
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

const current = { compact: true, structuredOutputs: true, programmaticTools: true }
const alwaysThinking = capabilities({ ...current, effort: efforts, thinking: ["adaptive"] })
const adaptive = capabilities({ ...current, effort: efforts, thinking: ["adaptive", "disabled"] })
const betweenTools = capabilities({ ...current, effort: efforts, thinking: ["adaptive", "between_tools"] })
const bothThinking = capabilities({
  ...current,
  effort: ["low", "medium", "high", "max"],
  thinking: ["adaptive", "enabled", "disabled"]
})
const extended = (effort: ReadonlyArray<Level>, programmaticTools: boolean) =>
  capabilities({ ...current, compact: false, programmaticTools, effort, thinking: ["enabled", "disabled"] })
const first = capabilities({
  compact: false,
  structuredOutputs: false,
  programmaticTools: false,
  effort: [],
  thinking: ["enabled", "disabled"]
})

/**
 * The models that an emulator knows by default, newest first.
 *
 * Ids, limits and stages are as documented in November 2026. Capabilities are as documented, and otherwise plausible. Of
 * `claude-mythos-preview` no day of release or retirement and no capabilities are known.
 *
 * @category constants
 * @since 0.1.0
 */
export const models: ReadonlyArray<WireModel> = [
  model("claude-fable-5-2", "Claude Fable 5.2", "fable", "2026-11-09", large, alwaysThinking),
  model("claude-mythos-5-2", "Claude Mythos 5.2", "mythos", "2026-11-09", large, alwaysThinking),
  model("claude-haiku-5-5", "Claude Haiku 5.5", "haiku", "2026-10-07", large, adaptive),
  model("claude-sonnet-5-5", "Claude Sonnet 5.5", "sonnet", "2026-09-28", large, betweenTools),
  model("claude-opus-5-5", "Claude Opus 5.5", "opus", "2026-09-22", large, alwaysThinking),
  model("claude-fable-5-1", "Claude Fable 5.1", "fable", "2026-09-01", large, alwaysThinking),
  model("claude-mythos-5-1", "Claude Mythos 5.1", "mythos", "2026-09-01", large, alwaysThinking),
  model("claude-opus-5", "Claude Opus 5", "opus", "2026-07-24", large, adaptive),
  model("claude-sonnet-5", "Claude Sonnet 5", "sonnet", "2026-06-30", large, adaptive),
  model("claude-fable-5", "Claude Fable 5", "fable", "2026-06-09", large, alwaysThinking),
  model("claude-mythos-5", "Claude Mythos 5", "mythos", "2026-06-09", large, alwaysThinking),
  model("claude-opus-4-8", "Claude Opus 4.8", "opus", "2026-05-28", large, adaptive),
  model("claude-opus-4-7", "Claude Opus 4.7", "opus", "2026-04-16", large, adaptive),
  model("claude-sonnet-4-6", "Claude Sonnet 4.6", "sonnet", "2026-02-17", large, bothThinking),
  model("claude-opus-4-6", "Claude Opus 4.6", "opus", "2026-02-05", large, bothThinking),
  {
    ...model(
      "claude-opus-4-5-20251101",
      "Claude Opus 4.5",
      "opus",
      "2025-11-24",
      small,
      extended(["low", "medium", "high"], true)
    ),
    lifecycle: "deprecated",
    deprecated_at: "2026-11-23T00:00:00Z",
    retires_at: "2027-01-22T00:00:00Z"
  },
  model("claude-haiku-4-5-20251001", "Claude Haiku 4.5", "haiku", "2025-10-15", small, extended([], false)),
  {
    ...model("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", "sonnet", "2025-09-29", small, extended([], true)),
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
      first
    ),
    lifecycle: "retired",
    deprecated_at: "2026-06-05T00:00:00Z",
    retires_at: "2026-08-05T00:00:00Z"
  },
  {
    ...model("claude-sonnet-4-20250514", "Claude Sonnet 4", "sonnet", "2025-05-22", small, first),
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
