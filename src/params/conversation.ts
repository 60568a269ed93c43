// Finds what the API refuses in a conversation with any model: texts without content, calls without results, and results
// without calls. Consecutive turns of one role count as one turn. System messages between them change nothing.
import * as Predicate from "effect/Predicate"
import { isUnknownMember } from "../schema/UnknownMember.ts"
import type { Reason } from "./json.ts"

type Fields = { readonly [field: string]: unknown }

interface Block {
  readonly fields: Fields
  readonly path: string
}

interface Turn {
  readonly role: string
  readonly path: string
  readonly blocks: ReadonlyArray<Block>
}

const isBlank = (text: unknown): boolean => typeof text === "string" && text.trim() === ""

const isEmpty = (content: unknown): boolean =>
  content === undefined || content === "" || (Array.isArray(content) && content.length === 0)

/** The blocks of a content. Unknown ones are in the form in which they are sent. */
const blocksOf = (content: unknown, path: string): ReadonlyArray<Block> => {
  if (typeof content === "string") return [{ fields: { type: "text", text: content }, path }]
  if (!Array.isArray(content)) return []
  return content.flatMap((block: unknown, index) => {
    const fields = isUnknownMember(block) ? block.raw : block
    return Predicate.isReadonlyObject(fields) ? [{ fields, path: `${path}[${index}]` }] : []
  })
}

const turnsOf = (messages: ReadonlyArray<unknown>): ReadonlyArray<Turn> =>
  messages.flatMap((turn, index) =>
    Predicate.isReadonlyObject(turn) && typeof turn.role === "string"
      ? [{ role: turn.role, path: `messages[${index}]`, blocks: blocksOf(turn.content, `messages[${index}].content`) }]
      : []
  )

/** The turns of user and assistant. Consecutive turns of one role are merged. */
const merged = (turns: ReadonlyArray<Turn>): ReadonlyArray<Turn> => {
  const all: Array<Turn> = []
  for (const turn of turns) {
    if (turn.role === "system") continue
    const last = all.at(-1)
    if (last?.role === turn.role) all[all.length - 1] = { ...last, blocks: [...last.blocks, ...turn.blocks] }
    else all.push(turn)
  }
  return all
}

type Refuse = (path: string, description: string) => void

const checkBlock = ({ fields, path }: Block, refuse: Refuse): void => {
  switch (fields.type) {
    case "text":
      if (isBlank(fields.text)) refuse(path, "the text is blank")
      return
    case "thinking":
      if (isBlank(fields.signature)) refuse(path, "the thinking has no signature")
      return
    case "tool_use":
    case "server_tool_use":
      if (!Predicate.isReadonlyObject(fields.input)) refuse(`${path}.input`, "the input of the call is not an object")
      return
    case "tool_result":
      if (fields.is_error === true && isEmpty(fields.content)) {
        refuse(`${path}.content`, "a result that is an error has no content")
      }
      for (const inner of Array.isArray(fields.content) ? blocksOf(fields.content, `${path}.content`) : []) {
        checkBlock(inner, refuse)
      }
  }
}

const ofType = ({ blocks }: Turn, type: string): ReadonlyArray<Block> =>
  blocks.filter(({ fields }) => fields.type === type)

/** The results at the beginning of a turn. The API ignores those after another block. */
const leadingResults = (turn: Turn | undefined): ReadonlyArray<Block> => {
  const blocks = turn?.role === "user" ? turn.blocks : []
  const end = blocks.findIndex(({ fields }) => fields.type !== "tool_result")
  return end === -1 ? blocks : blocks.slice(0, end)
}

const checkCalls = (turns: ReadonlyArray<Turn>, refuse: Refuse): void => {
  const seen = new Set<unknown>()
  for (const [index, turn] of turns.entries()) {
    const answered = new Set(leadingResults(turns[index + 1]).map(({ fields }) => fields.tool_use_id))
    for (const { fields, path } of turn.role === "assistant" ? ofType(turn, "tool_use") : []) {
      const call = `the call ${String(fields.id)}`
      if (seen.has(fields.id)) refuse(`${path}.id`, `${call} has the id of another call`)
      seen.add(fields.id)
      if (!answered.has(fields.id)) refuse(path, `${call} has no result at the beginning of the next turn`)
    }
  }
}

const checkResults = (turns: ReadonlyArray<Turn>, refuse: Refuse): void => {
  for (const [index, turn] of turns.entries()) {
    const before = turns[index - 1]
    const calls = new Set(before?.role === "assistant" ? ofType(before, "tool_use").map(({ fields }) => fields.id) : [])
    for (const { fields, path } of ofType(turn, "tool_result")) {
      const id = fields.tool_use_id
      if (!calls.delete(id))
        refuse(path, `the result of ${String(id)} has no call in the turn before, or is its second`)
    }
  }
}

const isServerResult = (type: unknown): boolean =>
  typeof type === "string" && type.endsWith("_tool_result") && type !== "mcp_tool_result"

const checkServerResults = (turns: ReadonlyArray<Turn>, refuse: Refuse): void => {
  const calls = new Set<unknown>()
  for (const { fields, path } of turns.flatMap(({ blocks }) => blocks)) {
    if (fields.type === "server_tool_use") calls.add(fields.id)
    if (isServerResult(fields.type) && !calls.has(fields.tool_use_id)) {
      refuse(path, `the result of ${String(fields.tool_use_id)} has no call before it`)
    }
  }
}

/** A last turn of the assistant is continued: it may be empty, and must not end with white space. */
const checkLast = (turns: ReadonlyArray<Turn>, refuse: Refuse): void => {
  const last = turns.at(-1)
  const block = last?.role === "assistant" ? last.blocks.at(-1) : undefined
  const text = block?.fields.type === "text" ? block.fields.text : undefined
  if (block !== undefined && typeof text === "string" && !isBlank(text) && /\s$/.test(text)) {
    refuse(block.path, "the last turn of the assistant ends with white space")
  }
}

/** Every place of a conversation that the API refuses. Other malformed values are left to the API. */
export const checkConversation = (params: {
  readonly messages: unknown
  readonly system?: unknown
}): ReadonlyArray<Reason> => {
  const reasons: Array<Reason> = []
  const refuse: Refuse = (path, description) => {
    reasons.push({ path, description })
  }
  for (const block of Array.isArray(params.system) ? blocksOf(params.system, "system") : []) checkBlock(block, refuse)
  const messages: ReadonlyArray<unknown> = Array.isArray(params.messages) ? params.messages : []
  for (const [index, turn] of messages.entries()) {
    if (!Predicate.isReadonlyObject(turn)) continue
    const isPrefill = turn.role === "assistant" && index === messages.length - 1
    if (isEmpty(turn.content)) {
      if (!isPrefill) refuse(`messages[${index}].content`, "the turn is empty")
    } else {
      for (const block of blocksOf(turn.content, `messages[${index}].content`)) checkBlock(block, refuse)
    }
  }
  const turns = turnsOf(messages)
  const groups = merged(turns)
  checkCalls(groups, refuse)
  checkResults(groups, refuse)
  checkServerResults(groups, refuse)
  checkLast(turns, refuse)
  return reasons
}
