// Bounds the input of a request by its bytes, because no token is shorter than a byte. Input that the API adds or fetches by
// itself has no such bound.
import * as Predicate from "effect/Predicate"
import { namesOf } from "../facts/models.ts"
import { toolDefinitions, toolPrompts } from "../facts/tokens.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import { isUnknownMember } from "../schema/UnknownMember.ts"

/** What is known about an input without calling the API. */
export interface InputBound {
  /** The most tokens that the API adds to those of the JSON. */
  readonly added: number
  /** The first place whose tokens are not bounded by its bytes. */
  readonly unbounded: string | undefined
  /** The longest time to live that the breakpoints ask for. */
  readonly cache: "5m" | "1h" | undefined
}

/** A margin for input that the API adds without documentation, such as the instructions of structured outputs. */
const margin = 1_000

const toolPrompt = (model: string): number => {
  const [id = model] = namesOf(model)
  const own = toolPrompts.find(({ models }) => models.includes(id))
  return own?.forced ?? Math.max(...toolPrompts.map(({ forced }) => forced))
}

/** The tokens of a definition that is not in the request, or undefined if they are unknown. */
const definitionTokens = (tool: { readonly [key: string]: unknown }): number | undefined => {
  const { type } = tool
  if (type === undefined || type === null || type === "custom") return 0
  return toolDefinitions.find(({ prefix }) => typeof type === "string" && type.startsWith(prefix))?.tokens
}

/** Whether a value is content by reference, of another medium, or found by tools of the API. */
const isUnbounded = (key: string, value: { readonly [key: string]: unknown }): boolean => {
  const { type } = value
  if (isUnknownMember(value)) return true
  if (key === "source") return type !== "text" && type !== "content"
  return (
    typeof type === "string" &&
    (type === "container_upload" || /^(web_search|web_fetch|code_execution|tool_search)_/.test(type))
  )
}

/** Parameters by which the API adds input that the request does not hold. */
const addsInput: ReadonlyArray<string> = ["mcp_servers", "container", "thread"]

export const inputBound = (params: MessageParams): InputBound => {
  let unbounded: string | undefined
  let cache: "5m" | "1h" | undefined
  const visit = (value: unknown, key: string, path: string): void => {
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) visit(value[index], "", `${path}[${index}]`)
      return
    }
    if (!Predicate.isReadonlyObject(value)) return
    if (key === "cache_control") cache = cache === "1h" || value.ttl === "1h" ? "1h" : "5m"
    if (isUnbounded(key, value)) unbounded ??= path
    // Inputs and descriptions of tools are text, even if their fields have such names.
    if (key === "input" || key === "input_schema" || key === "schema") return
    for (const name in value) visit(value[name], name, path === "" ? name : `${path}.${name}`)
  }
  visit(params, "", "")
  const tools: unknown = params.tools
  let added = margin
  if (Array.isArray(tools) && tools.length > 0) {
    added += toolPrompt(params.model)
    for (const [index, tool] of tools.entries()) {
      const tokens = Predicate.isReadonlyObject(tool) ? definitionTokens(tool) : undefined
      if (tokens === undefined) unbounded ??= `tools[${index}]`
      added += tokens ?? 0
    }
  }
  for (const name of addsInput) {
    if (Predicate.hasProperty(params, name) && (params[name] ?? undefined) !== undefined) unbounded ??= name
  }
  return { added, unbounded, cache }
}
