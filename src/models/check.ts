import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { BatchRequest, Issue } from "../BatchRequest.ts"
import { UnknownMember } from "../schema/checked.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { ModelInfo } from "../schema/Model.ts"
import { type CapabilityPath, capability, type UnlistedPath } from "./capability.ts"
import { find, retiresBefore } from "./lifecycle.ts"

export interface CheckOptions {
  /** Whether the request is to be part of a batch. */
  readonly batch?: boolean | undefined
  /** A day on which the model still has to be there, as far as is announced. */
  readonly notRetiringBefore?: DateTime.DateTime | undefined
  /** The tokens of the input, from `Messages.countTokens`; when left out, they are guessed from the length of its text. */
  readonly inputTokens?: number | undefined
  /** The values of `anthropic-beta` that the request will be sent with. */
  readonly betas?: ReadonlyArray<string> | undefined
}

/** With this beta, a batch takes a larger `max_tokens`: https://platform.claude.com/docs/en/models/overview. */
const longOutput = { beta: "output-300k-2026-03-24", maxTokens: 300_000 }

/** How many characters make a token, roughly: for a warning, not for an error. */
const charactersPerToken = 4

interface Use {
  readonly path: string
  readonly capability: CapabilityPath | UnlistedPath
}

/** What a content block needs of its model. */
const blockNeeds = (block: { readonly [key: string]: unknown }): ReadonlyArray<CapabilityPath> => {
  if (block.type === "image") return ["image_input"]
  if (block.type !== "document") return []
  const { citations, source } = block
  // By its URL, a document is always a PDF; a file may be text.
  const isPdf = Predicate.isReadonlyObject(source) && (source.media_type === "application/pdf" || source.type === "url")
  const isCited = Predicate.isReadonlyObject(citations) && citations.enabled === true
  return [...(isPdf ? ["pdf_input" as const] : []), ...(isCited ? ["citations" as const] : [])]
}

const toolNeeds = (tool: { readonly [key: string]: unknown }): ReadonlyArray<CapabilityPath> => {
  const needs: Array<CapabilityPath> = []
  if (typeof tool.type === "string" && tool.type.startsWith("web_search_")) needs.push("server_tools.web_search")
  if (typeof tool.type === "string" && tool.type.startsWith("code_execution_")) {
    needs.push("server_tools.code_execution")
  }
  const callers: unknown = tool.allowed_callers
  if (Array.isArray(callers) && callers.some((caller) => caller !== "direct")) needs.push("code_execution")
  if (tool.strict === true) needs.push("structured_outputs")
  return needs
}

/** Goes through content, nested content included, and gathers what it needs and how long its text is. */
const readContent = (content: unknown, path: string, uses: Array<Use>): number => {
  if (typeof content === "string") return content.length
  if (content instanceof UnknownMember) return 0
  if (Array.isArray(content)) {
    return content.reduce((sum: number, item, index) => sum + readContent(item, `${path}[${index}]`, uses), 0)
  }
  if (!Predicate.isReadonlyObject(content)) return 0
  for (const capability of blockNeeds(content)) uses.push({ path, capability })
  const inner =
    Predicate.isReadonlyObject(content.source) && content.source.type === "content"
      ? content.source.content
      : content.content
  const text = typeof content.text === "string" ? content.text.length : 0
  return text + readContent(inner, `${path}.content`, uses)
}

const usesOf = (params: MessageParams, uses: Array<Use>): number => {
  const { output_config: output, thinking, tools } = params
  if (Predicate.isReadonlyObject(thinking)) {
    uses.push({ path: "thinking.type", capability: { unlisted: `thinking.types.${thinking.type}` } })
  }
  const effort = output?.effort ?? undefined
  if (effort !== undefined) uses.push({ path: "output_config.effort", capability: { unlisted: `effort.${effort}` } })
  if (output?.format !== undefined && output.format !== null) {
    uses.push({ path: "output_config.format", capability: "structured_outputs" })
  }
  for (const [index, tool] of (tools ?? []).entries()) {
    for (const capability of Predicate.isReadonlyObject(tool) ? toolNeeds(tool) : [])
      uses.push({ path: `tools[${index}]`, capability })
  }
  const extra: { readonly [key: string]: unknown } = { ...params }
  const edits = Predicate.isReadonlyObject(extra.context_management) ? extra.context_management.edits : undefined
  for (const [index, edit] of Array.isArray(edits) ? edits.entries() : []) {
    if (!Predicate.isReadonlyObject(edit)) continue
    uses.push({
      path: `context_management.edits[${index}]`,
      capability: { unlisted: `context_management.${String(edit.type)}` }
    })
  }
  // A turn that is not one is for the API to refuse.
  const turns: ReadonlyArray<unknown> = Array.isArray(params.messages) ? params.messages : []
  return turns.reduce<number>(
    (sum, turn, index) =>
      sum + (Predicate.isReadonlyObject(turn) ? readContent(turn.content, `messages[${index}].content`, uses) : 0),
    readContent(params.system, "system", uses)
  )
}

const checkLimits = (model: ModelInfo, params: MessageParams, options: CheckOptions): ReadonlyArray<Issue> => {
  const issues: Array<Issue> = []
  const error = (path: string, description: string) => issues.push({ path, description, severity: "error" })
  const { max_tokens: maxTokens, thinking } = params
  const isLong = options.batch === true && options.betas?.includes(longOutput.beta) === true
  const largest = isLong ? Math.max(model.max_tokens ?? 0, longOutput.maxTokens) : (model.max_tokens ?? undefined)
  if (!Number.isInteger(maxTokens) || maxTokens < 0) error("max_tokens", `${maxTokens} is not a number of tokens`)
  else if (largest !== undefined && maxTokens > largest) {
    error("max_tokens", `${maxTokens} is over the ${largest} that ${model.id} writes at most`)
  }
  if (thinking?.type === "enabled" && !(thinking.budget_tokens >= 1_024 && thinking.budget_tokens < maxTokens)) {
    error("thinking.budget_tokens", `${thinking.budget_tokens} is not from 1024 to below max_tokens`)
  }
  return issues
}

const checkStage = (model: ModelInfo, options: CheckOptions): ReadonlyArray<Issue> => {
  const day = options.notRetiringBefore
  if (model.lifecycle === "retired") {
    return [{ path: "model", description: `${model.id} is retired`, severity: "error" }]
  }
  const retires = model.retires_at ? `, to be retired on ${DateTime.formatIsoDateUtc(model.retires_at)}` : ""
  if (day !== undefined && Option.getOrElse(retiresBefore(model, day), () => false)) {
    const before = DateTime.formatIsoDateUtc(day)
    return [{ path: "model", description: `${model.id} retires before ${before}${retires}`, severity: "error" }]
  }
  return model.lifecycle === "deprecated"
    ? [{ path: "model", description: `${model.id} is deprecated${retires}`, severity: "warning" }]
    : []
}

const checkWindow = (model: ModelInfo, characters: number, inputTokens: number | undefined): ReadonlyArray<Issue> => {
  const window = model.max_input_tokens ?? Number.POSITIVE_INFINITY
  if (inputTokens !== undefined) {
    const description = `${inputTokens} input tokens are over the ${window} that ${model.id} reads at most`
    return inputTokens > window ? [{ path: "messages", description, severity: "error" }] : []
  }
  const guess = Math.ceil(characters / charactersPerToken)
  const description = `about ${guess} input tokens, by their characters, are over the ${window} that ${model.id} reads at most`
  return guess > window ? [{ path: "messages", description, severity: "warning" }] : []
}

export const check = (model: ModelInfo, params: MessageParams, options: CheckOptions = {}): ReadonlyArray<Issue> => {
  const uses: Array<Use> = []
  const characters = usesOf(params, uses)
  if (options.batch === true) uses.push({ path: "model", capability: "batch" })
  const unsupported = uses.flatMap(({ path, capability: needed }): ReadonlyArray<Issue> => {
    const name = typeof needed === "string" ? needed : needed.unlisted
    return Option.contains(capability(model, needed), false)
      ? [{ path, description: `${model.id} does not support ${name}`, severity: "error" }]
      : []
  })
  return [
    ...checkStage(model, options),
    ...checkLimits(model, params, options),
    ...unsupported,
    ...checkWindow(model, characters, options.inputTokens)
  ]
}

export const checker = (
  models: ReadonlyArray<ModelInfo>,
  options: Omit<CheckOptions, "batch" | "inputTokens"> & { readonly warnings?: boolean | undefined } = {}
): ((request: BatchRequest) => ReadonlyArray<Issue>) => {
  return ({ params }) => {
    const model = find(models, params.model)
    const issues: ReadonlyArray<Issue> = Option.isNone(model)
      ? [{ path: "model", description: `${params.model} is not among the models known here`, severity: "error" }]
      : check(model.value, params, { ...options, batch: true })
    return issues
      .filter(({ severity }) => severity === "error" || options.warnings === true)
      .map((issue) => ({ ...issue, path: `params.${issue.path}` }))
  }
}
