import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { parseJson } from "../decode/json.ts"
import { UnknownMember } from "../schema/checked.ts"
import type { Citation, ContentBlock, Message } from "../schema/Message.ts"
import type { ContentBlockDelta, MessageDeltaEvent, MessageEvent } from "../schema/MessageEvent.ts"

type Fields = { readonly [field: string]: unknown }

/** The blocks that a delta fits; what else an unknown block takes is not known. */
const targets = {
  text_delta: new Set(["text", "unknown"]),
  citations_delta: new Set(["text", "unknown"]),
  thinking_delta: new Set(["thinking", "unknown"]),
  signature_delta: new Set(["thinking", "unknown"]),
  input_json_delta: new Set(["tool_use", "server_tool_use", "unknown"])
}

const append = (start: unknown, piece: string): string => (typeof start === "string" ? start : "") + piece

/** A block that is put together from its deltas; the block that came first stays as it was. */
class BlockBuilder {
  readonly #start: ContentBlock
  #text = ""
  #thinking = ""
  #signature: string | undefined
  #json: string | undefined
  readonly #citations: Array<Citation> = []
  /** Fields of kinds that this version does not know, as their deltas say. */
  #assigned: Fields = {}
  #built: ContentBlock | undefined
  #isStopped = false

  constructor(start: ContentBlock) {
    this.#start = start
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  stop(): void {
    this.#isStopped = true
    this.#built = undefined
  }

  /** Whether it is a call of a tool whose input has not begun. */
  get isBareCall(): boolean {
    return this.#start.type === "tool_use" && (this.#json ?? "") === "" && isEmptyObject(this.#start.input)
  }

  /** Marks the input as cut off although nothing of it came. */
  setIncomplete(): void {
    this.#assigned = { input: "" }
    this.#built = undefined
  }

  /** Whether the delta fits: none is left out of the message in silence. */
  apply(delta: ContentBlockDelta): boolean {
    this.#built = undefined
    if (delta.type === "unknown") {
      if (delta.raw.type === "compaction_delta") this.#compact(delta.raw)
      return true
    }
    if (!targets[delta.type].has(this.#start.type)) return false
    switch (delta.type) {
      case "text_delta":
        this.#text += delta.text
        break
      case "citations_delta":
        this.#citations.push(delta.citation)
        break
      case "thinking_delta":
        this.#thinking += delta.thinking
        break
      case "signature_delta":
        this.#signature = delta.signature
        break
      case "input_json_delta":
        this.#json = (this.#json ?? "") + delta.partial_json
        break
    }
    return true
  }

  #compact({ content, encrypted_content }: Fields): void {
    this.#assigned = {
      ...this.#assigned,
      ...(content === undefined ? {} : { content }),
      ...(encrypted_content === undefined || encrypted_content === null ? {} : { encrypted_content })
    }
  }

  /** The block so far. It does not change any more: a later delta makes another one. */
  build(): ContentBlock {
    this.#built ??= this.#make()
    return this.#built
  }

  #make(): ContentBlock {
    const start = this.#start
    switch (start.type) {
      case "text":
        return {
          ...start,
          text: start.text + this.#text,
          ...(this.#citations.length === 0 ? {} : { citations: [...(start.citations ?? []), ...this.#citations] })
        }
      case "thinking":
        return {
          ...start,
          thinking: start.thinking + this.#thinking,
          ...(this.#signature === undefined ? {} : { signature: this.#signature })
        }
      case "tool_use":
      case "server_tool_use":
        return { ...start, ...this.#input(), ...this.#assigned }
      case "unknown":
        return new UnknownMember({ ...start.raw, ...this.#unknownFields(start.raw), ...this.#assigned })
      default:
        return start
    }
  }

  /** The input once it is whole; until then, and when it is not JSON, the text that came. */
  #input(): Fields {
    const json = this.#json
    if (json === undefined || json === "") return {}
    return { input: this.#isStopped ? Result.getOrElse(parseJson(json), () => json) : json }
  }

  #unknownFields(raw: Fields): Fields {
    return {
      ...(this.#text === "" ? {} : { text: append(raw.text, this.#text) }),
      ...(this.#thinking === "" ? {} : { thinking: append(raw.thinking, this.#thinking) }),
      ...(this.#signature === undefined ? {} : { signature: this.#signature }),
      ...(this.#citations.length === 0
        ? {}
        : { citations: [...(Array.isArray(raw.citations) ? raw.citations : []), ...this.#citations] }),
      ...this.#input()
    }
  }
}

const isEmptyObject = (value: unknown): boolean => Predicate.isReadonlyObject(value) && Object.keys(value).length === 0

/** The fields that say something: `null` says nothing, 0 does. */
const told = (fields: Fields, except: ReadonlyArray<string> = []): Fields =>
  Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== null && value !== undefined && !except.includes(name))
  )

/** Stop fields are assigned when they are there, `null` too. */
const stopFields = ["stop_reason", "stop_sequence", "stop_details"] as const

const notOpen = (index: number, block: BlockBuilder | undefined): string =>
  `block ${index} has ${block === undefined ? "not started" : "already stopped"}`

/** The model that a beta `fallback` block says has taken over. */
const fallbackModel = (block: ContentBlock): string | undefined => {
  if (block.type !== "unknown" || block.raw.type !== "fallback" || !Predicate.isReadonlyObject(block.raw.to))
    return undefined
  return typeof block.raw.to.model === "string" ? block.raw.to.model : undefined
}

/**
 * Folds the events of one answer into its message. Gives nothing, or what is wrong with an event: an index that does not
 * exist or is not the next one, a delta that does not fit its block or comes after its end, a second start.
 */
export class MessageBuilder {
  #message: Message | undefined
  #blocks: Array<BlockBuilder> = []
  #isComplete = false

  /** Whether `message_stop` has come; events after it are none of this message. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** The message so far, which later events do not change; nothing before `message_start`. */
  build(): Message | undefined {
    return this.#message === undefined
      ? undefined
      : { ...this.#message, content: this.#blocks.map((block) => block.build()) }
  }

  push(event: MessageEvent): string | undefined {
    if (event.type === "message_start") return this.#begin(event.message)
    // Nothing can be said about what has no message yet.
    if (this.#message === undefined || this.#isComplete) return undefined
    switch (event.type) {
      case "content_block_start":
        return this.#startBlock(event.index, event.content_block)
      case "content_block_delta":
        return this.#applyDelta(event.index, event.delta)
      case "content_block_stop":
        return this.#stopBlock(event.index)
      case "message_delta":
        this.#message = changed(this.#message, event)
        return undefined
      case "message_stop":
        this.#complete(this.#message)
        return undefined
      case "unknown":
        return undefined
    }
  }

  #begin(message: Message): string | undefined {
    if (this.#isComplete) return undefined
    if (this.#message !== undefined) return "a second message_start"
    this.#message = message
    this.#blocks = message.content.map((block) => {
      const builder = new BlockBuilder(block)
      builder.stop()
      return builder
    })
    return undefined
  }

  #startBlock(index: number, block: ContentBlock): string | undefined {
    if (index !== this.#blocks.length)
      return `content_block_start of block ${index} where ${this.#blocks.length} is next`
    this.#blocks.push(new BlockBuilder(block))
    const model = fallbackModel(block)
    if (model !== undefined && this.#message !== undefined) this.#message = { ...this.#message, model }
    return undefined
  }

  #applyDelta(index: number, delta: ContentBlockDelta): string | undefined {
    const block = this.#blocks[index]
    if (block === undefined || block.isStopped) return notOpen(index, block)
    return block.apply(delta) ? undefined : `${delta.type} does not fit block ${index}`
  }

  #stopBlock(index: number): string | undefined {
    const block = this.#blocks[index]
    if (block === undefined || block.isStopped) return notOpen(index, block)
    block.stop()
    return undefined
  }

  #complete(message: Message): void {
    this.#isComplete = true
    const last = this.#blocks.at(-1)
    // A call without input that was made in full ends with the stop reason `tool_use`.
    if (message.stop_reason === "max_tokens" && last?.isBareCall === true) last.setIncomplete()
    for (const block of this.#blocks) block.stop()
  }
}

const changed = (message: Message, { type: _, delta, usage, ...rest }: MessageDeltaEvent): Message => {
  const stops = Object.fromEntries(
    stopFields.filter((name) => delta[name] !== undefined).map((name) => [name, delta[name]])
  )
  return {
    ...message,
    ...told(rest),
    ...told(delta, stopFields),
    ...stops,
    usage: { ...message.usage, ...told(usage) }
  }
}
