// Reads parameters: the capabilities that their content, tools and settings need, and the length of their text.
import * as Predicate from "effect/Predicate"
import type { MessageParams } from "../schema/MessageParams.ts"
import { isUnknownMember } from "../schema/UnknownMember.ts"
import type { CapabilityPath, UnlistedPath } from "./capability.ts"

/** A capability that a request needs, and the place that needs it. */
export interface Use {
  readonly path: string
  readonly capability: CapabilityPath | UnlistedPath
}

export interface Content {
  readonly uses: ReadonlyArray<Use>
  /** The characters of its text. */
  readonly characters: number
}

/** The capabilities that a content block needs. */
const blockNeeds = (block: { readonly [key: string]: unknown }): ReadonlyArray<CapabilityPath> => {
  if (block.type === "image") return ["image_input"]
  if (block.type !== "document") return []
  const { citations, source } = block
  // A document by its URL is always a PDF. A file may be text.
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

/** Reads content, nested content included. Collects the capabilities that it needs, and returns the length of its text. */
const readContent = (content: unknown, path: string, uses: Array<Use>): number => {
  if (typeof content === "string") return content.length
  if (isUnknownMember(content)) return 0
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

export const readParams = (params: MessageParams): Content => {
  const uses: Array<Use> = []
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
  const management = Predicate.hasProperty(params, "context_management") ? params.context_management : undefined
  const edits = Predicate.isReadonlyObject(management) ? management.edits : undefined
  for (const [index, edit] of Array.isArray(edits) ? edits.entries() : []) {
    if (!Predicate.isReadonlyObject(edit)) continue
    uses.push({
      path: `context_management.edits[${index}]`,
      capability: { unlisted: `context_management.${String(edit.type)}` }
    })
  }
  // A malformed turn is left to the API.
  const turns: ReadonlyArray<unknown> = Array.isArray(params.messages) ? params.messages : []
  const characters = turns.reduce<number>(
    (sum, turn, index) =>
      sum + (Predicate.isReadonlyObject(turn) ? readContent(turn.content, `messages[${index}].content`, uses) : 0),
    readContent(params.system, "system", uses)
  )
  return { uses, characters }
}
