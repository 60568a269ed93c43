// Prompts of `effect/ai` as the parameters of a message.
// A part that came from the API is sent as the block that came, as long as the part still says what the block says.
import type * as Prompt from "effect/ai/Prompt"
import type * as Tool from "effect/ai/Tool"
import * as Base64 from "effect/encoding/Base64"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Cacheable } from "../schema/CacheControl.ts"
import { UnknownMember } from "../schema/checked.ts"
import type {
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
  ImageMediaType,
  MessageParam,
  TextBlockParam,
  ToolResultBlockParam
} from "../schema/MessageParams.ts"
import { type CacheableOptions, cacheControlOf, type RawBlock } from "./metadata.ts"

/** A prompt in the form of the wire. */
export interface WirePrompt {
  readonly system: ReadonlyArray<TextBlockParam>
  readonly messages: ReadonlyArray<MessageParam>
  /** The documents of the prompt, in the order in which citations count them. */
  readonly documents: ReadonlyArray<{ readonly title: string; readonly mediaType: string }>
}

type Names = Pick<Tool.NameMapper<ReadonlyArray<Tool.Any>>, "getProviderName">

type Blocks<A> = Result.Result<ReadonlyArray<A>, string>

const isBlank = (text: string): boolean => text.trim() === ""

const imageTypes = new Map<string, ImageMediaType>([
  ["image/jpeg", "image/jpeg"],
  ["image/jpg", "image/jpeg"],
  ["image/png", "image/png"],
  ["image/gif", "image/gif"],
  ["image/webp", "image/webp"]
])

const essence = (mediaType: string): string => mediaType.replace(/;.*/s, "").trim().toLowerCase()

const isTextType = (type: string): boolean => type.startsWith("text/") || type === "application/json"

type FileData = { readonly kind: "url"; readonly url: string } | { readonly kind: "base64"; readonly data: string }

const dataOf = ({ data }: Prompt.FilePart): FileData => {
  if (data instanceof Uint8Array) return { kind: "base64", data: Base64.encode(data) }
  const text = typeof data === "string" ? data : data.href
  const inline = /^data:[^,]*;base64,/i.exec(text)
  if (inline !== null) return { kind: "base64", data: text.slice(inline[0].length) }
  return /^https?:\/\//i.test(text) ? { kind: "url", url: text } : { kind: "base64", data: text }
}

/** The text of a file, of which the part holds bytes or their Base64. */
const textOf = (part: Prompt.FilePart, data: string): Result.Result<string, string> =>
  Result.mapError(Base64.decodeString(data), () => `the data of ${part.mediaType} is not Base64 of UTF-8 text`)

const imageBlock = (part: Prompt.FilePart, type: string): Result.Result<ImageBlockParam, string> => {
  const cache = cacheControlOf(part.options.anthropic)
  const data = dataOf(part)
  if (data.kind === "url") return Result.succeed({ type: "image", source: { type: "url", url: data.url }, ...cache })
  const media_type = imageTypes.get(type)
  if (media_type === undefined) return Result.fail(`${part.mediaType} is not an image type that the API takes`)
  return Result.succeed({ type: "image", source: { type: "base64", media_type, data: data.data }, ...cache })
}

const documentFields = (part: Prompt.FilePart): Omit<DocumentBlockParam, "type" | "source"> => {
  const options = part.options.anthropic
  const title = options?.title ?? part.fileName
  return {
    ...(title === undefined ? {} : { title }),
    ...(options?.context === undefined || options.context === null ? {} : { context: options.context }),
    ...(options?.citations === undefined || options.citations === null ? {} : { citations: options.citations }),
    ...cacheControlOf(options)
  }
}

const documentBlock = (part: Prompt.FilePart, type: string): Result.Result<DocumentBlockParam, string> => {
  const data = dataOf(part)
  const fields = documentFields(part)
  if (type === "application/pdf") {
    const source =
      data.kind === "url"
        ? ({ type: "url", url: data.url } as const)
        : ({ type: "base64", media_type: "application/pdf", data: data.data } as const)
    return Result.succeed({ type: "document", source, ...fields })
  }
  if (!isTextType(type)) return Result.fail(`the API takes no file of type ${part.mediaType} in a message`)
  if (data.kind === "url") return Result.fail(`the API takes no ${part.mediaType} by URL: give its text`)
  return Result.map(textOf(part, data.data), (text) => ({
    type: "document",
    source: { type: "text", media_type: "text/plain", data: text },
    ...fields
  }))
}

const uploadedBlock = (part: Prompt.FilePart, file_id: string, type: string): ContentBlockParam => {
  const options = part.options.anthropic
  const cache = cacheControlOf(options)
  if (options?.containerUpload === true) return { type: "container_upload", file_id, ...cache }
  if (type.startsWith("image/")) return { type: "image", source: { type: "file", file_id }, ...cache }
  return type === "application/pdf" || isTextType(type)
    ? { type: "document", source: { type: "file", file_id }, ...documentFields(part) }
    : { type: "container_upload", file_id, ...cache }
}

const fileBlock = (part: Prompt.FilePart): Result.Result<ContentBlockParam, string> => {
  const type = essence(part.mediaType)
  const fileId = part.options.anthropic?.fileId
  if (fileId !== undefined && fileId !== null) return Result.succeed(uploadedBlock(part, fileId, type))
  return type.startsWith("image/") ? imageBlock(part, type) : documentBlock(part, type)
}

/** Puts the `cache_control` of a message on its last block, unless the block has its own. */
const withCache = <Block extends ContentBlockParam>(
  blocks: ReadonlyArray<Block>,
  options: CacheableOptions | null | undefined
): ReadonlyArray<Block> => {
  const cache = cacheControlOf(options)
  const last = blocks.at(-1)
  if (cache === undefined || last === undefined || last instanceof UnknownMember) return blocks
  return [...blocks.slice(0, -1), { ...cache, ...last }]
}

const textBlock = (part: Prompt.TextPart): ReadonlyArray<TextBlockParam> =>
  isBlank(part.text) ? [] : [{ type: "text", text: part.text, ...cacheControlOf(part.options.anthropic) }]

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

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Whether a part still says what the block says that it came with. */
const isUnchanged = (part: Prompt.AssistantMessagePart, block: RawBlock, names: Names): boolean => {
  switch (part.type) {
    case "text":
      return part.text === (block.type === "text" ? block.text : "")
    case "reasoning":
      return part.text === (block.type === "thinking" ? block.thinking : "")
    case "tool-call":
      // The parameters of a strict tool have another form than its input, which they were made from.
      return part.id === block.id && names.getProviderName(part.name) === (block.toolset_name ?? block.name)
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

const serverResult = (part: Prompt.ToolResultPart, names: Names): Blocks<ContentBlockParam> => {
  const name = names.getProviderName(part.name)
  const type = resultTypes.get(name)
  return type === undefined
    ? Result.fail(`the result of ${part.name} has no block to send it as`)
    : Result.succeed([new UnknownMember({ type, tool_use_id: part.id, content: part.result })])
}

const rebuilt = (part: Prompt.AssistantMessagePart, names: Names): Blocks<ContentBlockParam> => {
  switch (part.type) {
    case "text":
      return Result.succeed(textBlock(part))
    case "reasoning":
      return Result.succeed(reasoningBlock(part))
    case "tool-call": {
      const call = { id: part.id, name: names.getProviderName(part.name), input: part.params }
      const cache = cacheControlOf(part.options.anthropic)
      return Result.succeed([
        part.providerExecuted ? { type: "server_tool_use", ...call, ...cache } : { type: "tool_use", ...call, ...cache }
      ])
    }
    case "tool-result":
      return serverResult(part, names)
    case "tool-approval-request":
      return Result.succeed([])
    case "file":
      return Result.fail("the API takes no file in a turn of the assistant")
  }
}

const blockOf = (part: Prompt.AssistantMessagePart): RawBlock | undefined => {
  const options = part.options.anthropic
  return Predicate.isReadonlyObject(options) && "block" in options ? (options.block ?? undefined) : undefined
}

const assistantBlocks = (message: Prompt.AssistantMessage, names: Names): Blocks<ContentBlockParam> =>
  Result.map(
    Result.all(
      message.content.map((part): Blocks<ContentBlockParam> => {
        const block = blockOf(part)
        return block !== undefined && isUnchanged(part, block, names)
          ? Result.succeed([new UnknownMember(block)])
          : rebuilt(part, names)
      })
    ),
    (blocks) => withCache(blocks.flat(), message.options.anthropic)
  )

const outputBlocks = (
  output: NonNullable<Prompt.ToolResultPart["modelOutput"]>
): Result.Result<NonNullable<ToolResultBlockParam["content"]>, string> =>
  Result.flatMap(
    Result.all(
      output.map(
        (part): Blocks<ContentBlockParam> =>
          part.type === "text" ? Result.succeed(textBlock(part)) : Result.map(fileBlock(part), (block) => [block])
      )
    ),
    (blocks) => {
      const content: Array<TextBlockParam | ImageBlockParam | DocumentBlockParam> = []
      for (const block of blocks.flat()) {
        if (block.type !== "text" && block.type !== "image" && block.type !== "document") {
          return Result.fail(`a tool result holds no ${block.type}`)
        }
        content.push(block)
      }
      return Result.succeed(content)
    }
  )

const resultContent = (part: Prompt.ToolResultPart): Result.Result<ToolResultBlockParam["content"], string> => {
  if (part.modelOutput !== undefined) return outputBlocks(part.modelOutput)
  if (typeof part.result === "string") return Result.succeed(part.result)
  return Result.succeed(part.result === undefined ? undefined : JSON.stringify(part.result))
}

const toolBlocks = (message: Prompt.ToolMessage, toolsets: ReadonlyMap<string, string>): Blocks<ContentBlockParam> =>
  Result.map(
    Result.all(
      message.content.map((part): Blocks<ToolResultBlockParam> => {
        if (part.type !== "tool-result") return Result.succeed([])
        const toolset = toolsets.get(part.id)
        return Result.map(resultContent(part), (content) => [
          {
            type: "tool_result",
            tool_use_id: part.id,
            ...(content === undefined || content === "" ? {} : { content }),
            ...(part.isFailure ? { is_error: true } : {}),
            ...(toolset === undefined ? {} : { toolset_name: toolset }),
            ...cacheControlOf(part.options.anthropic)
          }
        ])
      })
    ),
    (blocks) => withCache(blocks.flat(), message.options.anthropic)
  )

/** Remembers which calls are of the members of a toolset: their results name the set. */
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
  names: Names
): Result.Result<MessageParam, string> => {
  switch (message.role) {
    case "user":
      return Result.map(userBlocks(message), (content) => ({ role: "user", content }))
    case "assistant":
      noteToolsets(message, toolsets)
      return Result.map(assistantBlocks(message, names), (content) => ({ role: "assistant", content }))
    case "tool":
      return Result.map(toolBlocks(message, toolsets), (content) => ({ role: "user", content }))
  }
}

/** The prompt in the form of the wire, or what the API does not take of it. */
export const toWire = (prompt: Prompt.Prompt, names: Names): Result.Result<WirePrompt, string> =>
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
      const turn = yield* turnOf(message, toolsets, names)
      if (turn.content.length > 0) messages.push(turn)
    }
    return { system, messages, documents: prompt.content.flatMap(documentsOf) }
  })
