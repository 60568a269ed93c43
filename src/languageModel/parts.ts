// Converts an answer to parts of `effect/ai`: one for each block, then one for each source that it cites.
import type * as Response from "effect/ai/Response"
import type * as Tool from "effect/ai/Tool"
import * as Predicate from "effect/Predicate"
import { toJson, toRawBlock } from "../ai/metadata.ts"
import { toToolParams } from "../ai/tools.ts"
import type { Citation, ContentBlock, Message, Usage } from "../schema/Message.ts"

/** The context that the parts of an answer need. */
export interface PartContext {
  readonly tools: ReadonlyMap<string, Tool.Any>
  /** The name in the toolkit of a tool that the API knows by another name. */
  readonly customName: (name: string) => string
  /** The documents of the prompt, in the order in which citations count them. */
  readonly documents: ReadonlyArray<{ readonly title: string; readonly mediaType: string }>
  readonly newId: () => string
}

const finishReasons = new Map<string | null, Response.FinishReason>([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["tool_use", "tool-calls"],
  ["pause_turn", "pause"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["refusal", "content-filter"]
])

const whole = (count: number | null | undefined): number => (Number.isSafeInteger(count) ? Number(count) : 0)

const toUsage = (usage: Usage): Response.FinishPartEncoded["usage"] => {
  const uncached = whole(usage.input_tokens)
  const cacheRead = whole(usage.cache_read_input_tokens)
  const cacheWrite = whole(usage.cache_creation_input_tokens)
  const output = whole(usage.output_tokens)
  const reasoning = usage.output_tokens_details?.thinking_tokens
  return {
    inputTokens: { uncached, total: uncached + cacheRead + cacheWrite, cacheRead, cacheWrite },
    outputTokens: {
      total: output,
      ...(reasoning === undefined ? {} : { reasoning: whole(reasoning), text: Math.max(output - whole(reasoning), 0) })
    }
  }
}

/** Makes the last part of an answer: the reason of the stop, and the usage. */
export const finishPart = (
  message: Message,
  response: Response.FinishPartEncoded["response"]
): Response.FinishPartEncoded => ({
  type: "finish",
  reason: finishReasons.get(message.stop_reason) ?? "unknown",
  usage: toUsage(message.usage),
  ...(response === undefined ? {} : { response }),
  metadata: {
    anthropic: {
      stopReason: message.stop_reason,
      stopSequence: message.stop_sequence ?? null,
      stopDetails: toJson(message.stop_details),
      container: toJson(message.container),
      serviceTier: message.usage.service_tier ?? null,
      usage: toJson(message.usage)
    }
  }
})

/** The first part of an answer. */
export const metadataPart = (
  message: Pick<Message, "id" | "model">,
  timestamp: string
): Response.ResponseMetadataPartEncoded => ({
  type: "response-metadata",
  id: message.id,
  modelId: message.model,
  timestamp
})

type SourcePart = Response.DocumentSourcePartEncoded | Response.UrlSourcePartEncoded

/** The source that a citation names. Empty for a citation of an unknown kind. */
export const sourcePart = (citation: Citation, context: PartContext): ReadonlyArray<SourcePart> => {
  const metadata = { anthropic: { citation: toRawBlock(citation) } }
  const id = context.newId()
  switch (citation.type) {
    case "web_search_result_location":
      return [
        { type: "source", sourceType: "url", id, url: citation.url, title: citation.title ?? citation.url, metadata }
      ]
    case "search_result_location":
      return [
        {
          type: "source",
          sourceType: "document",
          id,
          mediaType: "text/plain",
          title: citation.title ?? citation.source,
          metadata
        }
      ]
    case "char_location":
    case "page_location":
    case "content_block_location": {
      const document = context.documents[citation.document_index]
      return [
        {
          type: "source",
          sourceType: "document",
          id,
          mediaType: document?.mediaType ?? (citation.type === "page_location" ? "application/pdf" : "text/plain"),
          title: citation.document_title ?? document?.title ?? `document ${citation.document_index}`,
          metadata
        }
      ]
    }
    default:
      return []
  }
}

/** The name of the tool of a call. The members of a toolset have the name of their set. */
export const calledName = (
  block: { readonly name: string; readonly toolset_name?: string | null | undefined },
  context: Pick<PartContext, "customName">
): string => context.customName(block.toolset_name ?? block.name)

/** The server tool of a result, by the type of its block. */
const resultTools = new Map<string, string>([
  ["web_search_tool_result", "web_search"],
  ["web_fetch_tool_result", "web_fetch"],
  ["code_execution_tool_result", "code_execution"],
  ["bash_code_execution_tool_result", "code_execution"],
  ["text_editor_code_execution_tool_result", "code_execution"],
  ["tool_search_tool_result", "tool_search"]
])

/** The names under which the API calls the parts of its own tools, by the name of the tool that was given. */
const serverNames = new Map<string, string>([
  ["bash_code_execution", "code_execution"],
  ["text_editor_code_execution", "code_execution"]
])

const serverToolName = (name: string, context: Pick<PartContext, "tools" | "customName">): string => {
  const whole = serverNames.get(name) ?? name
  const custom = context.customName(whole)
  return context.tools.has(custom) ? custom : context.customName(name)
}

type ToolResultBlock = Extract<ContentBlock, { readonly tool_use_id: string }>

const isFailedResult = (content: unknown): boolean =>
  Predicate.isReadonlyObject(content) && typeof content.type === "string" && content.type.endsWith("_error")

/** The result of a tool that the API ran. */
export const resultPart = (
  block: ToolResultBlock,
  callNames: ReadonlyMap<string, string>,
  context: PartContext
): Response.ToolResultPartEncoded => ({
  type: "tool-result",
  id: block.tool_use_id,
  name: callNames.get(block.tool_use_id) ?? serverToolName(resultTools.get(block.type) ?? block.type, context),
  isFailure: isFailedResult(block.content),
  result: toJson(block.content),
  providerExecuted: true,
  metadata: { anthropic: { block: toRawBlock(block) } }
})

/** The fields of a block of a call. */
interface Called {
  readonly type: unknown
  readonly name: string
  readonly input: unknown
  readonly toolset_name?: string | null | undefined
}

/** The name and the parameters of a call, as a toolkit takes them. */
export const callOf = (
  block: Called,
  context: Pick<PartContext, "tools" | "customName">
): Pick<Response.ToolCallPartEncoded, "name" | "params" | "providerExecuted"> => {
  if (block.type === "server_tool_use") {
    return { name: serverToolName(block.name, context), params: toJson(block.input), providerExecuted: true }
  }
  const name = calledName(block, context)
  return { name, params: toToolParams(context.tools.get(name), block), providerExecuted: false }
}

/** The part of a call, run by the caller or by the API. */
export const callPart = (
  block: Extract<ContentBlock, { readonly type: "tool_use" | "server_tool_use" }>,
  context: PartContext
): Response.ToolCallPartEncoded => ({
  type: "tool-call",
  id: block.id,
  ...callOf(block, context),
  metadata: { anthropic: { block: toRawBlock(block) } }
})

/**
 * Whether a block belongs to a server tool that is not among the tools of the call. `effect/ai` refuses such parts, which
 * must not fail the answer.
 */
export const isUndeclared = (
  part: Response.ToolCallPartEncoded | Response.ToolResultPartEncoded,
  context: PartContext
) => part.providerExecuted === true && !context.tools.has(part.name)

/**
 * The part of a block that has no kind of part in `effect/ai`: an empty text in its place, so that the block is sent back
 * with the next turn.
 */
const carrier = (block: ContentBlock): Response.TextPartEncoded => ({
  type: "text",
  text: "",
  metadata: { anthropic: { block: toRawBlock(block) } }
})

const blockParts = (
  block: ContentBlock,
  callNames: Map<string, string>,
  context: PartContext
): ReadonlyArray<Response.PartEncoded> => {
  const metadata = { anthropic: { block: toRawBlock(block) } }
  switch (block.type) {
    case "text":
      return [
        { type: "text", text: block.text, metadata },
        ...(block.citations ?? []).flatMap((citation) => sourcePart(citation, context))
      ]
    case "thinking":
      return [{ type: "reasoning", text: block.thinking, metadata }]
    case "redacted_thinking":
      return [{ type: "reasoning", text: "", metadata }]
    case "tool_use":
    case "server_tool_use": {
      const part = callPart(block, context)
      callNames.set(part.id, part.name)
      return [isUndeclared(part, context) ? carrier(block) : part]
    }
    case "container_upload":
    case "unknown":
      return [carrier(block)]
    default: {
      const part = resultPart(block, callNames, context)
      return [isUndeclared(part, context) ? carrier(block) : part]
    }
  }
}

/** The parts of an answer, in the order of its blocks, without its first and last part. */
export const contentParts = (message: Message, context: PartContext): ReadonlyArray<Response.PartEncoded> => {
  const callNames = new Map<string, string>()
  return message.content.flatMap((block) => blockParts(block, callNames, context))
}
