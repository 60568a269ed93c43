// Builds the message of an answer from the events of its stream. Blocks of an unknown kind are built, too, from the deltas
// that are known.
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { parseJson } from "../decode/json.ts"
import { UnknownMember } from "../schema/checked.ts"
import type { Citation, ContentBlock, Message } from "../schema/Message.ts"
import type { ContentBlockDelta, MessageDeltaEvent, MessageEvent } from "../schema/MessageEvent.ts"

type Fields = { readonly [field: string]: unknown }

/** The types of blocks that each type of delta fits. A block of an unknown type accepts any delta. */
const targets = {
  text_delta: new Set(["text", "unknown"]),
  citations_delta: new Set(["text", "unknown"]),
  thinking_delta: new Set(["thinking", "unknown"]),
  signature_delta: new Set(["thinking", "unknown"]),
  input_json_delta: new Set(["tool_use", "server_tool_use", "unknown"])
}

const append = (start: unknown, piece: string): string => (typeof start === "string" ? start : "") + piece

/** Builds a block from its deltas. The initial block is not changed. */
class BlockBuilder {
  readonly #start: ContentBlock
  #text = ""
  #thinking = ""
  #signature: string | undefined
  #json: string | undefined
  readonly #citations: Array<Citation> = []
  /** Fields that are set as a whole, and not built from pieces. */
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

  /** Whether the block is a call of a tool without received input. */
  get isBareCall(): boolean {
    return this.#start.type === "tool_use" && (this.#json ?? "") === "" && isEmptyObject(this.#start.input)
  }

  /** Sets the input to an empty text, like that of a call whose input was cut off. */
  setIncomplete(): void {
    this.#assigned = { input: "" }
    this.#built = undefined
  }

  /**
   * Adds a delta. Returns false if it does not fit the block. The caller then fails, because a lost delta makes a wrong
   * answer.
   */
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

  /** Returns the block so far. Later deltas do not change it: they make a new one. */
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

  /** The input of a call, decoded when the block has stopped. Before that, or if it is not JSON, it is the text so far. */
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

/** Returns the fields that have a value. `null` means that the event does not have it. 0 is a value. */
const told = (fields: Fields, except: ReadonlyArray<string> = []): Fields =>
  Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== null && value !== undefined && !except.includes(name))
  )

/** The fields that replace earlier ones whenever an event has them, also with `null`. */
const stopFields = ["stop_reason", "stop_sequence", "stop_details"] as const

const notOpen = (index: number, block: BlockBuilder | undefined): string =>
  `block ${index} has ${block === undefined ? "not started" : "already stopped"}`

/** The model that answers from this block on, if it is a beta `fallback` block that names one. */
const fallbackModel = (block: ContentBlock): string | undefined => {
  if (block.type !== "unknown" || block.raw.type !== "fallback" || !Predicate.isReadonlyObject(block.raw.to))
    return undefined
  return typeof block.raw.to.model === "string" ? block.raw.to.model : undefined
}

/**
 * Builds the message of one answer from its events. `push` returns the error of an event, or undefined.
 *
 * These are errors: an index that does not exist or is not the next one, a second start, a delta that does not fit its
 * block, and a delta after its block has stopped.
 */
export class MessageBuilder {
  #message: Message | undefined
  #blocks: Array<BlockBuilder> = []
  #isComplete = false

  /** Whether `message_stop` was received. Events after it are ignored. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Returns the message so far, or undefined before `message_start`. Later events do not change it. */
  build(): Message | undefined {
    return this.#message === undefined
      ? undefined
      : { ...this.#message, content: this.#blocks.map((block) => block.build()) }
  }

  push(event: MessageEvent): string | undefined {
    if (event.type === "message_start") return this.#begin(event.message)
    // Without a message an event cannot be checked.
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
    // A complete call without input ends with the stop reason `tool_use`. With `max_tokens` its input was cut off.
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
