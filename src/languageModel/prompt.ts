// Converts prompts of `effect/ai` to parameters of a message. A part that came from the API is sent as its original block,
// while the part still has the same content.
import type * as Prompt from "effect/ai/Prompt"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { type Blocks, essence, fileBlock, isBlank, resultContent, textBlock } from "../ai/blocks.ts"
import { type CacheableOptions, cacheControlOf, type RawBlock } from "../ai/metadata.ts"
import { sendableCall } from "../messages/turns.ts"
import type { Cacheable } from "../schema/CacheControl.ts"
import { UnknownMember } from "../schema/checked.ts"
import type { ContentBlockParam, MessageParam, TextBlockParam, ToolResultBlockParam } from "../schema/MessageParams.ts"
import { callOf, type PartContext } from "./parts.ts"

/** A prompt in the form of the wire. */
export interface WirePrompt {
  readonly system: ReadonlyArray<TextBlockParam>
  readonly messages: ReadonlyArray<MessageParam>
  /** The documents of the prompt, in the order in which citations count them. */
  readonly documents: ReadonlyArray<{ readonly title: string; readonly mediaType: string }>
}

/** The tools of a call, with their names in the toolkit and in the API. */
export interface Tools extends Pick<PartContext, "tools" | "customName"> {
  readonly providerName: (name: string) => string
}

/** Adds the `cache_control` of a message to its last block, unless the block has its own. */
const withCache = <Block extends ContentBlockParam>(
  blocks: ReadonlyArray<Block>,
  options: CacheableOptions | null | undefined
): ReadonlyArray<Block> => {
  const cache = cacheControlOf(options)
  const last = blocks.at(-1)
  if (cache === undefined || last === undefined || last instanceof UnknownMember) return blocks
  return [...blocks.slice(0, -1), { ...cache, ...last }]
}

const userBlocks = (message: Prompt.UserMessage): Blocks<ContentBlockParam> =>
  Result.map(
    Result.all(
      message.content.map(
        (part): Blocks<ContentBlockParam> =>
          part.type === "text" ? Result.succeed(textBlock(part)) : Result.map(fileBlock(part), (block) => [block])
      )
    ),
    (blocks) => withCache(blocks.flat(), message.options.anthropic)
  )

/** Writes JSON, also of parameters that have another form for a toolkit. */
const written = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? `${member}n` : member))

const isSame = (one: unknown, other: unknown): boolean => written(one) === written(other)

/**
 * Whether a call still has the name and the parameters of its block. The name of a tool that no longer exists cannot be
 * compared.
 */
const isSameCall = ({ id, name, params }: Prompt.ToolCallPart, block: RawBlock, tools: Tools): boolean => {
  if (id !== block.id || typeof block.name !== "string") return false
  const { input, toolset_name, type } = block
  const call = callOf(
    { type, name: block.name, input, ...(typeof toolset_name === "string" ? { toolset_name } : {}) },
    tools
  )
  return (name === call.name || !tools.tools.has(name)) && isSame(params, call.params)
}

/** Whether a part still has the content of its original block. */
const isUnchanged = (part: Prompt.AssistantMessagePart, block: RawBlock, tools: Tools): boolean => {
  switch (part.type) {
    case "text":
      return part.text === (block.type === "text" ? block.text : "")
    case "reasoning":
      return part.text === (block.type === "thinking" ? block.thinking : "")
    case "tool-call":
      return isSameCall(part, block, tools)
    case "tool-result":
      return part.id === block.tool_use_id && isSame(part.result, block.content)
    default:
      return false
  }
}

const reasoningBlock = (part: Prompt.ReasoningPart): ReadonlyArray<ContentBlockParam> => {
  const info = part.options.anthropic?.info
  if (info?.type === "thinking") return [{ type: "thinking", thinking: part.text, signature: info.signature }]
  if (info?.type === "redacted_thinking") return [{ type: "redacted_thinking", data: info.redactedData }]
  // The API refuses thinking without its signature.
  return []
}

const resultTypes = new Map([
  ["web_search", "web_search_tool_result"],
  ["web_fetch", "web_fetch_tool_result"],
  ["code_execution", "code_execution_tool_result"],
  ["tool_search_tool_regex", "tool_search_tool_result"],
  ["tool_search_tool_bm25", "tool_search_tool_result"]
])

const serverResult = (part: Prompt.ToolResultPart, tools: Tools): Blocks<ContentBlockParam> => {
  const name = tools.providerName(part.name)
  const type = resultTypes.get(name)
  return type === undefined
    ? Result.fail(`the result of ${part.name} has no block to be sent as`)
    : Result.succeed([new UnknownMember({ type, tool_use_id: part.id, content: part.result })])
}

const rebuilt = (part: Prompt.AssistantMessagePart, tools: Tools): Blocks<ContentBlockParam> => {
  switch (part.type) {
    case "text":
      return Result.succeed(textBlock(part))
    case "reasoning":
      return Result.succeed(reasoningBlock(part))
    case "tool-call": {
      const call = sendableCall({ id: part.id, name: tools.providerName(part.name), input: part.params })
      const cache = cacheControlOf(part.options.anthropic)
      return Result.succeed([
        part.providerExecuted ? { type: "server_tool_use", ...call, ...cache } : { type: "tool_use", ...call, ...cache }
      ])
    }
    case "tool-result":
      return serverResult(part, tools)
    case "tool-approval-request":
      return Result.succeed([])
    case "file":
      return Result.fail("the API does not take files in a turn of the assistant")
  }
}

const blockOf = (part: Prompt.AssistantMessagePart): RawBlock | undefined => {
  const options = part.options.anthropic
  return Predicate.isReadonlyObject(options) && "block" in options ? (options.block ?? undefined) : undefined
}

const assistantBlocks = (message: Prompt.AssistantMessage, tools: Tools): Blocks<ContentBlockParam> =>
  Result.map(
    Result.all(
      message.content.map((part): Blocks<ContentBlockParam> => {
        const block = blockOf(part)
        return block !== undefined && isUnchanged(part, block, tools)
          ? Result.succeed([new UnknownMember("input" in block ? sendableCall(block) : block)])
          : rebuilt(part, tools)
      })
    ),
    (blocks) => withCache(blocks.flat(), message.options.anthropic)
  )

/** The content of the result of a toolset, whose handler may return blocks. */
const setContent = (part: Prompt.ToolResultPart): ReturnType<typeof resultContent> =>
  isRecords(part.result) ? Result.succeed(part.result.map((block) => new UnknownMember(block))) : resultContent(part)

const isRecords = (value: unknown): value is ReadonlyArray<{ readonly [field: string]: unknown }> =>
  Array.isArray(value) && value.every(Predicate.isReadonlyObject)

const toolBlocks = (message: Prompt.ToolMessage, toolsets: ReadonlyMap<string, string>): Blocks<ContentBlockParam> =>
  Result.map(
    Result.all(
      message.content.map((part): Blocks<ToolResultBlockParam> => {
        if (part.type !== "tool-result") return Result.succeed([])
        const toolset = toolsets.get(part.id)
        return Result.map(toolset === undefined ? resultContent(part) : setContent(part), (content) => [
          {
            type: "tool_result",
            tool_use_id: part.id,
            ...(content === undefined ? {} : { content }),
            ...(part.isFailure ? { is_error: true } : {}),
            ...(toolset === undefined ? {} : { toolset_name: toolset }),
            ...cacheControlOf(part.options.anthropic)
          }
        ])
      })
    ),
    (blocks) => withCache(blocks.flat(), message.options.anthropic)
  )

/** Records which calls belong to members of a toolset, because their results need the name of the set. */
const noteToolsets = (message: Prompt.AssistantMessage, toolsets: Map<string, string>): void => {
  for (const part of message.content) {
    const name = blockOf(part)?.toolset_name
    if (part.type === "tool-call" && typeof name === "string") toolsets.set(part.id, name)
  }
}

const documentsOf = (message: Prompt.Message): WirePrompt["documents"] =>
  message.role !== "user"
    ? []
    : message.content.flatMap((part) =>
        part.type === "file" && !essence(part.mediaType).startsWith("image/")
          ? [{ title: part.options.anthropic?.title ?? part.fileName ?? "untitled", mediaType: part.mediaType }]
          : []
      )

const systemBlock = (message: Prompt.SystemMessage): TextBlockParam & Cacheable => ({
  type: "text",
  text: message.content,
  ...cacheControlOf(message.options.anthropic)
})

const turnOf = (
  message: Exclude<Prompt.Message, Prompt.SystemMessage>,
  toolsets: Map<string, string>,
  tools: Tools
): Result.Result<MessageParam, string> => {
  switch (message.role) {
    case "user":
      return Result.map(userBlocks(message), (content) => ({ role: "user", content }))
    case "assistant":
      noteToolsets(message, toolsets)
      return Result.map(assistantBlocks(message, tools), (content) => ({ role: "assistant", content }))
    case "tool":
      return Result.map(toolBlocks(message, toolsets), (content) => ({ role: "user", content }))
  }
}

/** Converts a prompt to the form of the API, or returns why the API does not take it. */
export const toWire = (prompt: Prompt.Prompt, tools: Tools): Result.Result<WirePrompt, string> =>
  Result.gen(function* () {
    const system: Array<TextBlockParam> = []
    const messages: Array<MessageParam> = []
    const toolsets = new Map<string, string>()
    for (const message of prompt.content) {
      if (message.role === "system") {
        if (isBlank(message.content)) continue
        if (messages.length === 0) system.push(systemBlock(message))
        else messages.push({ role: "system", content: [systemBlock(message)] })
        continue
      }
      const turn = yield* turnOf(message, toolsets, tools)
      if (turn.content.length > 0) messages.push(turn)
    }
    return { system, messages, documents: prompt.content.flatMap(documentsOf) }
  })
