// Checks a conversation: its turns, their content, and that calls of tools and their results belong together. Consecutive
// turns of one role count as one, as for the API.
import * as Predicate from "effect/Predicate"
import { refusesPrefill } from "../../models/refuses.ts"
import { checkContent } from "./blocks.ts"
import { type Check, invalid, type Params, type Request } from "./model.ts"

const maxTurns = 100_000
const maxBreakpoints = 4

interface Block {
  readonly block: Params
  readonly at: string
}

/** Consecutive turns of one role, which the API merges. */
interface Group {
  readonly role: string
  readonly at: string
  readonly blocks: ReadonlyArray<Block>
}

const blocksOf = (turn: Params, at: string): ReadonlyArray<Block> =>
  Array.isArray(turn.content)
    ? turn.content.flatMap((block, index) =>
        Predicate.isReadonlyObject(block) ? [{ block, at: `${at}.content.${index}` }] : []
      )
    : typeof turn.content === "string"
      ? [{ block: { type: "text", text: turn.content }, at: `${at}.content` }]
      : []

/** The turns of user and assistant, merged. System messages between them change nothing. */
const groupsOf = (turns: ReadonlyArray<Params>): ReadonlyArray<Group> => {
  const groups: Array<Group> = []
  for (const [index, turn] of turns.entries()) {
    const at = `messages.${index}`
    if (turn.role !== "user" && turn.role !== "assistant") continue
    const last = groups.at(-1)
    const blocks = blocksOf(turn, at)
    if (last?.role === turn.role) groups[groups.length - 1] = { ...last, blocks: [...last.blocks, ...blocks] }
    else groups.push({ role: turn.role, at, blocks })
  }
  return groups
}

const idsOf = (blocks: ReadonlyArray<Block>, type: string, field: string): ReadonlyArray<string> =>
  blocks.flatMap(({ block }) => (block.type === type ? [String(block[field])] : []))

/** The results at the beginning of a turn. Those after another block do not count. */
const leadingResults = (blocks: ReadonlyArray<Block>): ReadonlyArray<Block> => {
  const end = blocks.findIndex(({ block }) => block.type !== "tool_result")
  return end === -1 ? blocks : blocks.slice(0, end)
}

function* checkCalls(groups: ReadonlyArray<Group>): Check {
  const seen = new Set<string>()
  for (const [index, group] of groups.entries()) {
    const calls = group.role === "assistant" ? idsOf(group.blocks, "tool_use", "id") : []
    for (const id of calls) {
      if (seen.has(id)) yield invalid(`${group.at}: \`tool_use\` ids must be unique, found ${id} again`)
      seen.add(id)
    }
    const answers = idsOf(leadingResults(groups[index + 1]?.blocks ?? []), "tool_result", "tool_use_id")
    const open = calls.filter((id) => !answers.includes(id))
    if (open.length > 0) {
      yield invalid(
        `${group.at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`
      )
    }
  }
}

function* checkResults(groups: ReadonlyArray<Group>): Check {
  for (const [index, group] of groups.entries()) {
    const before = groups[index - 1]
    const calls = before?.role === "assistant" ? idsOf(before.blocks, "tool_use", "id") : []
    const answered = new Set<string>()
    for (const { at, block } of group.blocks) {
      if (block.type !== "tool_result") continue
      const id = String(block.tool_use_id)
      if (!calls.includes(id)) {
        yield invalid(
          `${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`
        )
      }
      if (answered.has(id)) {
        yield invalid(
          `${at}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`
        )
      }
      answered.add(id)
    }
  }
}

const isServerResult = (type: unknown): type is string =>
  typeof type === "string" && type.endsWith("_tool_result") && type !== "mcp_tool_result"

function* checkServerResults(groups: ReadonlyArray<Group>): Check {
  const calls = new Set<string>()
  for (const { at, block } of groups.flatMap(({ blocks }) => blocks)) {
    if (block.type === "server_tool_use") calls.add(String(block.id))
    if (isServerResult(block.type) && !calls.has(String(block.tool_use_id))) {
      yield invalid(
        `${at}: unexpected \`tool_use_id\` found in \`${block.type}\` blocks: ${String(block.tool_use_id)}. Each \`${block.type}\` block must have a corresponding \`server_tool_use\` block before it.`
      )
    }
  }
}

function* checkEmpty(turns: ReadonlyArray<Params>): Check {
  for (const [index, { content, role }] of turns.entries()) {
    const isEmpty = content === "" || (Array.isArray(content) && content.length === 0)
    const isFinalAssistant = role === "assistant" && index === turns.length - 1
    if (isEmpty && !isFinalAssistant) {
      yield invalid(
        `messages.${index}: all messages must have non-empty content except for the optional final assistant message`
      )
    }
  }
}

/** Whether the server paused a turn. It is then sent back to be continued, and is not a prefill. */
const isPaused = (turn: Params): boolean =>
  blocksOf(turn, "").some(({ block }) => block.type === "server_tool_use" || isServerResult(block.type))

function* checkPrefill(turns: ReadonlyArray<Params>, { model }: Request): Check {
  const last = turns.at(-1)
  if (last?.role !== "assistant" || isPaused(last)) return
  if (refusesPrefill(model)) {
    yield invalid(
      "This model does not support assistant message prefill. The conversation must end with a user message."
    )
  }
  const text = blocksOf(last, "").at(-1)?.block.text
  if (typeof text === "string" && /\s$/.test(text)) {
    yield invalid("messages: final assistant content cannot end with trailing whitespace")
  }
}

const breakpointsIn = (value: unknown): number => {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + breakpointsIn(item), 0)
  if (!Predicate.isReadonlyObject(value)) return 0
  return (Predicate.isReadonlyObject(value.cache_control) ? 1 : 0) + breakpointsIn(value.content)
}

function* checkBreakpoints({ params }: Request): Check {
  const found = [params.tools, params.system, params.messages].reduce(
    (sum: number, value) => sum + breakpointsIn(value),
    Predicate.isReadonlyObject(params.cache_control) ? 1 : 0
  )
  if (found > maxBreakpoints) {
    yield invalid(`A maximum of ${maxBreakpoints} blocks with cache_control may be provided. Found ${found}.`)
  }
}

function* checkSystem({ params }: Request): Check {
  const { system } = params
  if (system === undefined || typeof system === "string") return
  if (!Array.isArray(system)) return yield invalid("system: Input should be a string or a list of text blocks")
  for (const [index, block] of system.entries()) {
    if (!Predicate.isReadonlyObject(block) || block.type !== "text" || typeof block.text !== "string") {
      return yield invalid(`system.${index}: Input should be a text block`)
    }
    if (block.text.trim() === "") yield invalid("system: text content blocks must contain non-whitespace text")
  }
}

const roles = ["user", "assistant", "system"]

export function* checkTurns(request: Request): Check {
  const { messages } = request.params
  yield* checkSystem(request)
  if (messages === undefined) return yield invalid("messages: Field required")
  if (!Array.isArray(messages)) return yield invalid("messages: Input should be a valid list")
  if (messages.length === 0) return yield invalid("messages: at least one message is required")
  if (messages.length > maxTurns) {
    return yield invalid(`messages: List should have at most ${maxTurns} items, not ${messages.length}`)
  }
  const turns: Array<Params> = []
  for (const [index, turn] of messages.entries()) {
    const at = `messages.${index}`
    if (!Predicate.isReadonlyObject(turn)) return yield invalid(`${at}: Input should be an object`)
    if (typeof turn.role !== "string" || !roles.includes(turn.role)) {
      return yield invalid(`${at}.role: Input should be 'user', 'assistant' or 'system'`)
    }
    turns.push(turn)
  }
  yield* checkEmpty(turns)
  for (const [index, turn] of turns.entries()) {
    if (!(turn.role === "assistant" && index === turns.length - 1 && turn.content === "")) {
      yield* checkContent(turn, `messages.${index}`, request)
    }
  }
  const groups = groupsOf(turns)
  yield* checkResults(groups)
  yield* checkCalls(groups)
  yield* checkServerResults(groups)
  yield* checkPrefill(turns, request)
  yield* checkBreakpoints(request)
}
