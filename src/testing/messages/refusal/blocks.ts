// Checks the content of one turn: its blocks, each by its kind, and its texts.
// Kinds of betas are known by name, and their content is not checked.
import * as Predicate from "effect/Predicate"
import { type Check, invalid, oneOf, type Params, type Request } from "./model.ts"

/** The kinds of blocks of the API and of its betas. */
const kinds = new Set([
  "text",
  "image",
  "document",
  "search_result",
  "thinking",
  "redacted_thinking",
  "tool_use",
  "tool_result",
  "server_tool_use",
  "web_search_tool_result",
  "web_fetch_tool_result",
  "code_execution_tool_result",
  "bash_code_execution_tool_result",
  "text_editor_code_execution_tool_result",
  "tool_search_tool_result",
  "container_upload",
  "mcp_tool_use",
  "mcp_tool_result",
  "mcp_tool_listing",
  "advisor_tool_result",
  "compaction",
  "fallback",
  "tool_addition",
  "tool_removal"
])

const resultKinds = new Set(["text", "image", "search_result", "document", "tool_reference", "browser_state"])

const toolName = /^[a-zA-Z0-9_-]{1,128}$/
const toolUseId = /^[a-zA-Z0-9_-]+$/

function* checkString(block: Params, field: string, at: string): Check {
  if (block[field] === undefined) yield invalid(`${at}.${field}: Field required`)
  else if (typeof block[field] !== "string") yield invalid(`${at}.${field}: Input should be a valid string`)
}

function* checkText(text: unknown): Check {
  if (text === "") yield invalid("messages: text content blocks must be non-empty")
  else if (typeof text === "string" && text.trim() === "") {
    yield invalid("messages: text content blocks must contain non-whitespace text")
  }
}

function* checkTextBlock(block: Params, at: string): Check {
  yield* checkString(block, "text", `${at}.text`)
  yield* checkText(block.text)
}

/** A list of blocks that may hold texts. */
function* checkTexts(blocks: unknown, at: string): Check {
  if (!Array.isArray(blocks)) return
  for (const [index, block] of blocks.entries()) {
    if (Predicate.isReadonlyObject(block) && block.type === "text") yield* checkTextBlock(block, `${at}.${index}`)
  }
}

const imageTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"]

/** The media types of the data and of the files that a block takes. */
const media = {
  image: { data: imageTypes, files: imageTypes },
  document: { data: ["application/pdf"], files: ["application/pdf", "text/plain"] }
}

function* checkFile(id: unknown, allowed: ReadonlyArray<string> | undefined, at: string, { context }: Request): Check {
  const file = context.fileOf(String(id))
  if (file === undefined) return yield { type: "not_found_error", message: `${at}: File not found: ${String(id)}` }
  if (file.isExpired) yield invalid(`${at}: File ${String(id)} has expired`)
  const isAllowed =
    allowed?.includes(file.mimeType) ?? ![...imageTypes, ...media.document.files].includes(file.mimeType)
  if (!isAllowed) yield invalid(`${at}: a file of the type ${file.mimeType} does not fit this kind of block`)
}

function* checkSource(block: Params, kind: "image" | "document", at: string, request: Request): Check {
  const { source } = block
  if (!Predicate.isReadonlyObject(source)) return yield invalid(`${at}.source: Field required`)
  const path = `${at}.source`
  switch (source.type) {
    case "base64":
      yield* checkString(source, "data", `${path}.base64`)
      if (!media[kind].data.includes(String(source.media_type))) {
        yield invalid(`${path}.base64.media_type: Input should be one of ${oneOf(media[kind].data)}`)
      }
      return
    case "url":
      return yield* checkString(source, "url", `${path}.url`)
    case "file":
      yield* checkString(source, "file_id", `${path}.file`)
      return yield* checkFile(source.file_id, media[kind].files, `${path}.file`, request)
    case "text":
      if (kind === "document") {
        yield* checkString(source, "data", `${path}.text`)
        if (source.media_type !== "text/plain") yield invalid(`${path}.text.media_type: Input should be 'text/plain'`)
        return
      }
      break
    case "content":
      if (kind === "document") return yield* checkTexts(source.content, `${path}.content.content`)
  }
  yield invalid(
    `${path}: Input tag '${String(source.type)}' found using 'type' does not match any of the expected tags`
  )
}

const hasCitations = (block: unknown): boolean =>
  Predicate.isReadonlyObject(block) && Array.isArray(block.citations) && block.citations.length > 0

function* checkToolUse(block: Params, at: string): Check {
  yield* checkString(block, "id", at)
  yield* checkString(block, "name", at)
  if (!toolUseId.test(String(block.id))) {
    yield invalid(`${at}.id: String should match pattern '${toolUseId.source}'`)
  }
  if (!toolName.test(String(block.name))) {
    yield invalid(`${at}.name: String should match pattern '${toolName.source}'`)
  }
  if (block.input === undefined) yield invalid(`${at}.input: Field required`)
  else if (!Predicate.isReadonlyObject(block.input) || Array.isArray(block.input)) {
    yield invalid(`${at}.input: Input should be a valid dictionary`)
  }
}

function* checkToolResult(block: Params, at: string, request: Request): Check {
  yield* checkString(block, "tool_use_id", at)
  const { content } = block
  const isEmpty = content === undefined || content === "" || (Array.isArray(content) && content.length === 0)
  if (isEmpty && block.is_error === true) yield invalid(`${at}: content cannot be empty if \`is_error\` is true`)
  if (content === undefined || typeof content === "string") return
  if (!Array.isArray(content)) return yield invalid(`${at}.content: Input should be a string or a list of blocks`)
  for (const [index, inner] of content.entries()) {
    const path = `${at}.content.${index}`
    if (!Predicate.isReadonlyObject(inner)) return yield invalid(`${path}: Input should be an object`)
    if (typeof inner.type !== "string" || !resultKinds.has(inner.type)) {
      return yield invalid(`${path}: Input tag '${String(inner.type)}' found using 'type' is not allowed here`)
    }
    yield* checkKind(inner, path, request)
  }
}

function* checkKind(block: Params, at: string, request: Request): Check {
  switch (block.type) {
    case "text":
      return yield* checkTextBlock(block, at)
    case "image":
    case "document":
      return yield* checkSource(block, block.type, `${at}.${block.type}`, request)
    case "search_result":
      return yield* checkTexts(block.content, `${at}.search_result.content`)
    case "thinking":
      yield* checkString(block, "thinking", `${at}.thinking`)
      yield* checkString(block, "signature", `${at}.thinking`)
      if (block.signature === "") yield invalid(`${at}.thinking.signature: Invalid \`signature\` in \`thinking\` block`)
      return
    case "redacted_thinking":
      return yield* checkString(block, "data", `${at}.redacted_thinking`)
    case "tool_use":
    case "server_tool_use":
    case "mcp_tool_use":
      return yield* checkToolUse(block, `${at}.${block.type}`)
    case "tool_result":
      return yield* checkToolResult(block, `${at}.tool_result`, request)
    case "container_upload":
      yield* checkString(block, "file_id", `${at}.container_upload`)
      return yield* checkFile(block.file_id, undefined, `${at}.container_upload`, request)
  }
}

/** Checks whether a block is allowed in a turn of its role, under the current API version. */
function* checkPlace(block: Params, role: unknown, at: string): Check {
  if (block.type === "document" && role === "assistant") {
    yield invalid(`${at}: document blocks are not allowed in assistant messages`)
  }
  const cited = block.type === "search_result" && Array.isArray(block.content) ? block.content : [block]
  if (role === "user" && cited.some(hasCitations)) {
    yield invalid(`${at}: citations are not allowed in user messages`)
  }
}

/** Checks the content of the turn at `at`. */
export function* checkContent(turn: Params, at: string, request: Request): Check {
  const { content, role } = turn
  if (typeof content === "string") return yield* checkText(content)
  if (!Array.isArray(content)) {
    return yield invalid(`${at}.content: Input should be a string or a list of content blocks`)
  }
  for (const [index, block] of content.entries()) {
    const path = `${at}.content.${index}`
    if (!Predicate.isReadonlyObject(block)) return yield invalid(`${path}: Input should be an object`)
    if (typeof block.type !== "string" || !kinds.has(block.type)) {
      return yield invalid(
        `${path}: Input tag '${String(block.type)}' found using 'type' does not match any of the expected tags`
      )
    }
    yield* checkKind(block, path, request)
    if (request.context.version !== "2023-06-01") yield* checkPlace(block, role, path)
  }
}
