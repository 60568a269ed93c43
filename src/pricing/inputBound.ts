import * as Predicate from "effect/Predicate"
import { UnknownMember } from "../schema/checked.ts"
import type { MessageParams } from "../schema/MessageParams.ts"

/** What is known of an input without asking the API. */
interface InputBound {
  /** The most tokens it has, if `unbounded` is undefined. */
  readonly tokens: number
  /** Where the first thing stands whose tokens its bytes do not bound. */
  readonly unbounded: string | undefined
  /** The longest time to live that its breakpoints ask for. */
  readonly cache: "5m" | "1h" | undefined
}

/**
 * What the API may add by itself, such as the system prompt for tools, of which 804 tokens is the most that is published:
 * https://platform.claude.com/docs/en/about-claude/pricing.
 */
const allowance = 1_000

/** Content by reference or of another medium, and tools that the API runs and feeds with what they find. */
const isUnbounded = (key: string, value: { readonly [key: string]: unknown }): boolean => {
  const { type } = value
  if (value instanceof UnknownMember) return true
  if (key === "source") return type !== "text" && type !== "content"
  return (
    typeof type === "string" &&
    (type === "container_upload" || /^(web_search|web_fetch|code_execution|tool_search|computer|browser)_/.test(type))
  )
}

/** Parameters by which the API puts in what the request does not hold. */
const addsInput = new Set(["mcp_servers", "container", "thread", "fallbacks"])

/**
 * Bounds the tokens of an input by its bytes, since no token is shorter than a byte.
 */
export const inputBound = (params: MessageParams): InputBound => {
  let unbounded: string | undefined
  let cache: "5m" | "1h" | undefined
  const visit = (value: unknown, key: string, path: string): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, "", `${path}[${index}]`)
      return
    }
    if (!Predicate.isReadonlyObject(value)) return
    if (key === "cache_control") cache = cache === "1h" || value.ttl === "1h" ? "1h" : "5m"
    if (isUnbounded(key, value)) unbounded ??= path
    // What a tool was given or is described by is text, whatever its fields are called.
    if (key === "input" || key === "input_schema") return
    for (const [name, field] of Object.entries(value)) visit(field, name, path === "" ? name : `${path}.${name}`)
  }
  visit(params, "", "")
  for (const [name, value] of Object.entries(params)) {
    if (addsInput.has(name) && value !== undefined && value !== null) unbounded ??= name
  }
  return { tokens: new TextEncoder().encode(JSON.stringify(params)).byteLength + allowance, unbounded, cache }
}
