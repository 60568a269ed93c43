// The tokens of a text and of an input, as the emulator counts them.
// Four characters are a token.
import * as Predicate from "effect/Predicate"

type Params = { readonly [key: string]: unknown }

export const charactersPerToken = 4

export const tokensOf = (text: string): number => Math.max(1, Math.ceil(text.length / charactersPerToken))

/** The text of a content: of its text blocks, and of the text blocks of its tool results. */
export const textOf = (content: unknown): string => {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return ""
  return content.map(textOfBlock).join("")
}

const textOfBlock = (block: unknown): string => {
  if (!Predicate.isReadonlyObject(block)) return ""
  return block.type === "tool_result" ? textOf(block.content) : typeof block.text === "string" ? block.text : ""
}

export const turnsOf = (params: Params) =>
  Array.isArray(params.messages) ? params.messages.filter(Predicate.isReadonlyObject) : []

/** How many tokens the text of an input has. */
export const inputTokens = (params: Params): number =>
  tokensOf(
    textOf(params.system) +
      turnsOf(params)
        .map((turn) => textOf(turn.content))
        .join("") +
      (params.tools === undefined ? "" : JSON.stringify(params.tools))
  )
