// Reads an answer for its price: its usage, and facts that only its content shows. Refusals before any output are free, and
// some blocks show calls or containers that a usage may leave out.
import type * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as schema from "../schema/Message.ts"
import { isUnknownMember } from "../schema/UnknownMember.ts"
import { defaultBook, type PriceBook } from "./book.ts"
import { type CostError, UnknownPriceError } from "./errors.ts"
import { inForce } from "./lookup.ts"
import { type Billed, type Call, readUsage, type Usage, type UsageContext } from "./usage.ts"

/**
 * The part of an answer that its cost depends on.
 *
 * @category models
 * @since 0.1.0
 */
export interface Message extends Pick<schema.Message, "model" | "content" | "stop_reason" | "stop_details"> {
  readonly container?: object | null | undefined
  readonly usage: Usage
}

type Block = { readonly [field: string]: unknown }

const blocksOf = (content: Message["content"]): ReadonlyArray<Block> =>
  content.flatMap((block) => {
    const raw: unknown = isUnknownMember(block) ? block.raw : block
    return Predicate.isReadonlyObject(raw) ? [raw] : []
  })

/** Blocks of model calls that only `usage.iterations` counts. */
const needsIterations = new Set<unknown>(["compaction", "fallback", "advisor_tool_result"])

const isCode = ({ name, type }: Block): boolean =>
  (type === "server_tool_use" && typeof name === "string" && name.endsWith("code_execution")) ||
  (typeof type === "string" && type.endsWith("code_execution_tool_result"))

/** One call that was refused before any output. If the model is undefined, it is that of the last call. */
interface Refusal {
  readonly model: string | undefined
  readonly category: unknown
}

const refusalsOf = (message: Message, blocks: ReadonlyArray<Block>): ReadonlyArray<Refusal> => {
  const refusals: Array<Refusal> = []
  for (const { from, trigger, type } of blocks) {
    if (type !== "fallback") break
    const model = Predicate.hasProperty(from, "model") && typeof from.model === "string" ? from.model : undefined
    refusals.push({ model, category: Predicate.hasProperty(trigger, "category") ? trigger.category : undefined })
  }
  if (message.stop_reason === "refusal" && refusals.length === blocks.length) {
    const details = message.stop_details
    refusals.push({ model: undefined, category: Predicate.hasProperty(details, "category") ? details.category : null })
  }
  return refusals
}

const isModelCall = ({ type }: Call): boolean => type === "message" || type === "fallback_message"

/** Marks the calls that are free. A refusal that fits no call is billed. */
const markFree = (
  calls: ReadonlyArray<Call>,
  refusals: ReadonlyArray<Refusal>,
  billed: ReadonlyArray<string>
): ReadonlyArray<Call> => {
  const marked = [...calls]
  for (const { category, model } of refusals) {
    if (typeof category === "string" && billed.includes(category)) continue
    const index =
      model === undefined
        ? marked.findLastIndex(isModelCall)
        : marked.findIndex((call) => isModelCall(call) && call.model === model && !call.isFree)
    const call = marked[index]
    if (call !== undefined) marked[index] = { ...call, isFree: true }
  }
  return marked
}

/** Reads the billed parts of an answer. */
export const readMessage = (
  message: Message,
  options: UsageContext & { readonly at: DateTime.DateTime; readonly book?: PriceBook | undefined }
): Result.Result<Billed, CostError> => {
  const read = readUsage(message.usage, options)
  if (Result.isFailure(read)) return read
  const blocks = blocksOf(message.content)
  const hidden = blocks.find(({ type }) => needsIterations.has(type))
  if (hidden !== undefined && (message.usage.iterations ?? []).length === 0) {
    const description = `the content has a ${String(hidden.type)} block, and usage.iterations does not count its tokens`
    return Result.fail(new UnknownPriceError({ model: message.model, reason: "usage", description }))
  }
  const reading = read.success
  const rule = inForce((options.book ?? defaultBook).freeRefusals, options.at).at(-1)
  const refusals = rule === undefined ? [] : refusalsOf(message, blocks)
  return Result.succeed({
    ...reading,
    calls: refusals.length === 0 ? reading.calls : markFree(reading.calls, refusals, rule?.billed ?? []),
    ranCode: reading.ranCode || (message.container ?? null) !== null || blocks.some(isCode)
  })
}
