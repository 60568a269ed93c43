// Converts texts and files of `effect/ai` to content blocks, and the output of a tool to the content of its result.
// A file of a type that the API does not take there becomes an error text.
import type * as Prompt from "effect/ai/Prompt"
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import { write } from "../params/json.ts"
import type {
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
  ImageMediaType,
  TextBlockParam,
  ToolResultBlockParam
} from "../schema/MessageParams.ts"
import { cacheControlOf } from "./metadata.ts"

/** Blocks, or why the API does not take them. */
export type Blocks<A> = Result.Result<ReadonlyArray<A>, string>

export const isBlank = (text: string): boolean => text.trim() === ""

const imageTypes = new Map<string, ImageMediaType>([
  ["image/jpeg", "image/jpeg"],
  ["image/jpg", "image/jpeg"],
  ["image/png", "image/png"],
  ["image/gif", "image/gif"],
  ["image/webp", "image/webp"]
])

export const essence = (mediaType: string): string => mediaType.replace(/;.*/s, "").trim().toLowerCase()

const isTextType = (type: string): boolean => type.startsWith("text/") || type === "application/json"

type FileData = { readonly kind: "url"; readonly url: string } | { readonly kind: "base64"; readonly data: string }

const dataOf = ({ data }: Prompt.FilePart): FileData => {
  if (data instanceof Uint8Array) return { kind: "base64", data: Base64.encode(data) }
  const text = typeof data === "string" ? data : data.href
  const inline = /^data:[^,]*;base64,/i.exec(text)
  if (inline !== null) return { kind: "base64", data: text.slice(inline[0].length) }
  return /^https?:\/\//i.test(text) ? { kind: "url", url: text } : { kind: "base64", data: text }
}

/** The text of a file, whose part holds bytes or their Base64. */
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
  if (!isTextType(type)) return Result.fail(`the API does not take files of type ${part.mediaType} in a message`)
  if (data.kind === "url") return Result.fail(`the API does not take ${part.mediaType} by URL: pass its text`)
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

/** The block of a file: an image, a document, or a file of the Files API. */
export const fileBlock = (part: Prompt.FilePart): Result.Result<ContentBlockParam, string> => {
  const type = essence(part.mediaType)
  const fileId = part.options.anthropic?.fileId
  if (fileId !== undefined && fileId !== null) return Result.succeed(uploadedBlock(part, fileId, type))
  return type.startsWith("image/") ? imageBlock(part, type) : documentBlock(part, type)
}

/** The block of a text. A blank text has none, because the API refuses it. */
export const textBlock = (part: Prompt.TextPart): ReadonlyArray<TextBlockParam> =>
  isBlank(part.text) ? [] : [{ type: "text", text: part.text, ...cacheControlOf(part.options.anthropic) }]

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
          return Result.fail(`a tool result cannot contain a block of type ${block.type}`)
        }
        content.push(block)
      }
      return Result.succeed(content)
    }
  )

/** What a tool returned. */
export interface ToolOutput {
  readonly modelOutput?: Prompt.ToolResultPart["modelOutput"]
  /** In the encoded form of the tool. */
  readonly result: unknown
}

/** The content of a tool result: blocks, an unchanged string, or else JSON. Undefined for undefined and for an empty text. */
export const resultContent = ({
  modelOutput,
  result
}: ToolOutput): Result.Result<ToolResultBlockParam["content"], string> => {
  if (modelOutput !== undefined) return outputBlocks(modelOutput)
  if (result === undefined || result === "") return Result.succeed(undefined)
  if (typeof result === "string") return Result.succeed(result)
  return Result.mapError(write(result), ([reason]) => `the result is not JSON: ${reason?.description ?? "unknown"}`)
}
