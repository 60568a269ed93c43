// How many tokens text and media have, and how many tools add. Usages have exact counts. Only estimates need these figures.
import { pages, type Sourced } from "./Sourced.ts"

/** The system prompt that the API adds when a request has tools, by model. */
export interface ToolPrompt extends Sourced {
  readonly models: ReadonlyArray<string>
  /** Tokens with the tool choice `auto` or `none`. */
  readonly auto: number
  /** Tokens with the tool choice `any` or `tool`. */
  readonly forced: number
}

const read = pages.pricing("2026-08-21")

/** No figures are published for Fable, Mythos, Opus 5.5 and Sonnet 5.5. */
export const toolPrompts: ReadonlyArray<ToolPrompt> = [
  { models: ["claude-opus-5"], auto: 286, forced: 406, ...read },
  { models: ["claude-opus-4-8"], auto: 290, forced: 410, ...read },
  { models: ["claude-opus-4-7"], auto: 675, forced: 804, ...read },
  { models: ["claude-opus-4-6"], auto: 497, forced: 589, ...read },
  { models: ["claude-opus-4-5-20251101"], auto: 496, forced: 588, ...read },
  { models: ["claude-sonnet-5"], auto: 354, forced: 474, ...read },
  { models: ["claude-sonnet-4-6"], auto: 497, forced: 589, ...read },
  { models: ["claude-sonnet-4-5-20250929"], auto: 496, forced: 588, ...read },
  { models: ["claude-haiku-5-5"], auto: 286, forced: 406, ...pages.pricing("2026-10-07") },
  { models: ["claude-haiku-4-5-20251001"], auto: 496, forced: 588, ...read }
]

/** The tokens of the definition of a tool of the API that the client runs, by the start of its type. */
export interface ToolDefinition extends Sourced {
  readonly prefix: string
  /** The most tokens that the page states for it. */
  readonly tokens: number
}

export const toolDefinitions: ReadonlyArray<ToolDefinition> = [
  { prefix: "bash_", tokens: 325, ...read },
  { prefix: "text_editor_", tokens: 700, ...read }
]

/** From this version on, the web tools make code execution free in their request. */
export const freeCodeExecution = { version: "20260209", ...read }

/** Estimates of the tokens of a text or a medium. Newer tokenizers count about 30 % more than older ones. */
export const tokenEstimates = {
  charactersPerToken: 3,
  image: 1_600,
  /** A document of a few pages. A request does not say how many pages a PDF has. */
  document: 6_000,
  ...pages.vision("2026-08-22")
}
