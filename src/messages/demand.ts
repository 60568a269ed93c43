// Estimates what a request uses of the rate limits of its model, for a limiter that decides before the server counts. Text
// counts by its characters. Media count as a fixed figure, independent of the length of their data.
import * as Predicate from "effect/Predicate"
import { tokenEstimates } from "../facts/tokens.ts"
import type { Demand } from "../http/call.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import { isUnknownMember } from "../schema/UnknownMember.ts"

/** Fields that are not input of the model. */
const notText = new Set(["type", "signature", "cache_control", "media_type", "encrypted_content", "id", "tool_use_id"])

/** Counts in the order of the prompt, and begins again after each breakpoint, because the input before it is cached. */
class Estimate {
  characters = 0
  media = 0

  visit(value: unknown): void {
    if (typeof value === "string") this.characters += value.length
    else if (Array.isArray(value)) for (const item of value) this.visit(item)
    else if (isUnknownMember(value)) this.visit(value.raw)
    else if (Predicate.isReadonlyObject(value)) this.visitObject(value)
  }

  visitObject(value: { readonly [key: string]: unknown }): void {
    const { source, type } = value
    const kind = Predicate.hasProperty(source, "type") ? source.type : undefined
    if (type === "image" || type === "base64") this.media += tokenEstimates.image
    else if (type === "document" && kind !== "text" && kind !== "content") this.media += tokenEstimates.document
    else for (const name in value) if (!notText.has(name)) this.visit(value[name])
    if (Predicate.isReadonlyObject(value.cache_control)) this.clear()
  }

  clear(): void {
    this.characters = 0
    this.media = 0
  }

  get tokens(): number {
    return Math.ceil(this.characters / tokenEstimates.charactersPerToken) + this.media
  }
}

const inputTokens = ({ cache_control, messages, system, tools }: MessageParams): number => {
  const estimate = new Estimate()
  estimate.visit(tools)
  estimate.visit(system)
  const turns: ReadonlyArray<unknown> = Array.isArray(messages) ? messages : []
  for (const [index, turn] of turns.entries()) {
    // A breakpoint of the whole request is at its end, so only the last turn is new.
    if (Predicate.isReadonlyObject(cache_control) && index === turns.length - 1) estimate.clear()
    if (Predicate.isReadonlyObject(turn)) estimate.visit(turn.content)
  }
  return estimate.tokens
}

/** Returns what a request uses. It is computed only once, when a limiter first asks. */
export const demandOf = (params: MessageParams): (() => Demand) => {
  let demand: Demand | undefined
  return () => {
    demand ??= { inputTokens: inputTokens(params), speed: params.speed ?? undefined }
    return demand
  }
}
