// Answers the calls of one answer with the handlers of a toolkit.
// An error of one call becomes its result for the model, so that the others still run.
import * as AiError from "effect/ai/AiError"
import * as Tool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { resultContent, type ToolOutput } from "../ai/blocks.ts"
import { resultEncoder, toToolParams } from "../ai/tools.ts"
import type { Reason } from "../params/json.ts"
import { UnknownMember } from "../schema/checked.ts"
import type { Message, ToolUseBlock } from "../schema/Message.ts"
import type { ToolResultBlockParam } from "../schema/MessageParams.ts"

/**
 * The input of a call is not JSON, or does not fit the schema of its tool.
 *
 * @category models
 * @since 0.1.0
 */
export interface Mismatch {
  readonly _tag: "Mismatch"
  readonly description: string
}

/**
 * The handler of a call failed, or returned what does not fit the schema of its tool.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failed<out E = unknown> {
  readonly _tag: "Failed"
  readonly error: E
}

/**
 * The outcome of one call. All except `Answered` are sent to the model as a failed result (`is_error`).
 *
 * - `Answered`: the handler returned.
 * - `Incomplete`: the input is cut off; no handler ran.
 * - `Mismatch`: the input is not JSON or does not fit the schema of the tool; no handler ran.
 * - `Failed`: the handler failed, or returned what does not fit the schema of the tool. `error` is its failure.
 * - `Denied`: the tool needs an approval, which was not given; no handler ran.
 * - `NotFound`: the toolkit has no handler of that name.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome<E = unknown> =
  | { readonly _tag: "Answered" | "Incomplete" | "Denied" | "NotFound" }
  | Mismatch
  | Failed<E>

/**
 * A call that was answered.
 *
 * @category models
 * @since 0.1.0
 */
export interface AnsweredCall<out E = unknown> {
  readonly call: ToolUseBlock
  /** The result for the model. */
  readonly result: ToolResultBlockParam
  readonly outcome: Outcome<E>
}

/**
 * Options of `answer`.
 *
 * @category options
 * @since 0.1.0
 */
export interface AnswerOptions<out R = never> {
  /** How many handlers run at once. Default: 4. */
  readonly concurrency?: number | "unbounded" | undefined
  /**
   * Whether a call of a tool with `needsApproval` may run. Default: none may. It is called for every call of such a tool,
   * also if `needsApproval` is a function.
   */
  readonly approve?: ((call: ToolUseBlock) => Effect.Effect<boolean, never, R>) | undefined
}

/** The handling of calls by a toolkit with any tools. */
export interface Handling<out R> {
  readonly tools: { readonly [name: string]: Tool.Any }
  readonly handle: (
    name: string,
    params: unknown,
    toolCallId?: string
  ) => Effect.Effect<Stream.Stream<Tool.HandlerResult<Tool.Any>, unknown, R>, AiError.AiError, R>
}

const isToolUse = (block: Message["content"][number]): block is ToolUseBlock => block.type === "tool_use"

/** The calls that wait for a result. */
export const callsOf = (message: Message): ReadonlyArray<ToolUseBlock> => message.content.filter(isToolUse)

const cuts = new Set<string | null>(["max_tokens", "model_context_window_exceeded"])

/**
 * Whether the input of a call may be incomplete. It is if its text was not decoded. It may be if the answer was cut off and
 * this is its last block: an answer that is not streamed does not show whether the block is complete.
 */
const isIncomplete = (answer: Message, block: ToolUseBlock): boolean =>
  cuts.has(answer.stop_reason) && (typeof block.input === "string" || answer.content.at(-1) === block)

type Content = ToolResultBlockParam["content"]

/** The result and the outcome of a call. */
interface Told {
  readonly content: Content
  readonly outcome: Outcome
}

const mismatch = (description: string): Told => ({
  content: `The input does not fit: ${description}`,
  outcome: { _tag: "Mismatch", description }
})

const failed = (error: unknown, content: Content): Told => ({
  // The API refuses a failed result without content.
  content: content === undefined || content.length === 0 ? "The tool failed" : content,
  outcome: { _tag: "Failed", error }
})

/** Why an input cannot fit any tool. */
const wrongInput = ({ input }: ToolUseBlock): string | undefined => {
  if (Predicate.isReadonlyObject(input)) return undefined
  if (typeof input !== "string") return `it is ${Array.isArray(input) ? "a list" : String(input)}, not a JSON object`
  return input.trim() === "" ? "it is blank" : "it is a text, not a JSON object"
}

/** The output or the failure of a tool, as the content of a result. */
const contentOf = (schema: Schema.Constraint, output: ToolOutput): Result.Result<Content, string> =>
  output.result === undefined
    ? resultContent(output)
    : Result.flatMap(
        Result.mapError(resultEncoder(schema)(output.result), () => "the result cannot be written as JSON"),
        (result) => resultContent({ ...output, result })
      )

/** The blocks that the handler of a toolset returned. */
const blocksOf = (tool: Tool.Any, result: unknown): Content =>
  Tool.isProviderDefined(tool) && Array.isArray(result) && result.every(Predicate.hasProperty("type"))
    ? result.map((block) =>
        Predicate.isReadonlyObject(block) ? new UnknownMember({ ...block, type: String(block.type) }) : block
      )
    : undefined

const told = (tool: Tool.Any, given: Tool.HandlerResult<Tool.Any>): Told => {
  const { encodedResult, isFailure, modelOutput, result } = given
  if (!isFailure) {
    const blocks = blocksOf(tool, encodedResult)
    if (blocks !== undefined) return { content: blocks, outcome: { _tag: "Answered" } }
    const content = contentOf(tool.successSchema, { modelOutput, result: encodedResult })
    return Result.isSuccess(content)
      ? { content: content.success, outcome: { _tag: "Answered" } }
      : failed(content.failure, `The tool failed: ${content.failure}`)
  }
  if (AiError.isAiError(result)) return toldOf(result)
  return failed(
    result,
    Result.getOrElse(contentOf(tool.failureSchema, { result: encodedResult }), () => undefined)
  )
}

const toldOf = (error: AiError.AiError): Told =>
  error.reason._tag === "ToolParameterValidationError"
    ? mismatch(error.reason.description)
    : failed(error, error.message)

/** The failure of a handler, as a text or as JSON of the schema of its failures. */
const toldFailure = (tool: Tool.Any, error: unknown): Effect.Effect<Told, never, unknown> => {
  if (AiError.isAiError(error)) return Effect.succeed(toldOf(error))
  const encoded: Effect.Effect<unknown, Schema.SchemaError, unknown> = Schema.encodeUnknownEffect(tool.failureSchema)(
    error
  )
  return Effect.match(encoded, {
    onFailure: () => failed(error, error instanceof Error ? error.message : undefined),
    onSuccess: (result) =>
      failed(
        error,
        Result.getOrElse(contentOf(tool.failureSchema, { result }), () => undefined)
      )
  })
}

/** Runs the handler of a call. A handler that dies is not caught. */
const handle = <R>(toolkit: Handling<R>, tool: Tool.Any, block: ToolUseBlock) =>
  toolkit.handle(tool.name, toToolParams(tool, block), block.id).pipe(
    Effect.flatMap((results) => Stream.runLast(Stream.filter(results, ({ preliminary }) => !preliminary))),
    Effect.map((last) => (Option.isSome(last) ? told(tool, last.value) : failed(undefined, undefined))),
    Effect.catch((error) => toldFailure(tool, error))
  )

/** The tool of a call. The members of a toolset have the name of their set. */
const toolOf = (tools: Handling<unknown>["tools"], block: ToolUseBlock): Tool.Any | undefined => {
  const called = block.toolset_name ?? block.name
  return Object.values(tools).find((tool) =>
    Tool.isProviderDefined(tool) ? tool.requiresHandler && tool.providerName === called : tool.name === called
  )
}

const needsApproval = (tool: Tool.Any): boolean => tool.needsApproval !== undefined && tool.needsApproval !== false

const respond = Effect.fnUntraced(function* <R>(
  message: Message,
  toolkit: Handling<R>,
  block: ToolUseBlock,
  options: AnswerOptions<unknown>
): Effect.fn.Return<Told, never, unknown> {
  if (isIncomplete(message, block)) {
    return { content: "The input was cut off", outcome: { _tag: "Incomplete" } }
  }
  const tool = toolOf(toolkit.tools, block)
  if (tool === undefined) {
    return { content: `There is no tool ${block.toolset_name ?? block.name}`, outcome: { _tag: "NotFound" } }
  }
  const wrong = wrongInput(block)
  if (wrong !== undefined) return mismatch(wrong)
  if (needsApproval(tool)) {
    const isApproved = options.approve === undefined ? false : yield* options.approve(block)
    if (!isApproved) return { content: "The call was not approved", outcome: { _tag: "Denied" } }
  }
  return yield* handle(toolkit, tool, block)
})

const toResult = (block: ToolUseBlock, { content, outcome }: Told): AnsweredCall => ({
  call: block,
  result: {
    type: "tool_result",
    tool_use_id: block.id,
    ...(typeof block.toolset_name === "string" ? { toolset_name: block.toolset_name } : {}),
    ...(content === undefined ? {} : { content }),
    ...(outcome._tag === "Answered" ? {} : { is_error: true })
  },
  outcome
})

/** Why options are invalid. */
export const wrongOptions = ({ concurrency }: AnswerOptions<unknown>): ReadonlyArray<Reason> =>
  concurrency === undefined || concurrency === "unbounded" || (Number.isSafeInteger(concurrency) && concurrency > 0)
    ? []
    : [{ path: "options.concurrency", description: `${concurrency} is not a whole number of at least 1` }]

/** Answers every call of an answer. `onAnswered` is called for each as soon as it is answered. */
export const answerCalls = <R>(
  message: Message,
  toolkit: Handling<R>,
  options: AnswerOptions<unknown>,
  onAnswered: (answered: AnsweredCall) => Effect.Effect<unknown> = () => Effect.void
): Effect.Effect<ReadonlyArray<AnsweredCall>, never, unknown> =>
  Effect.forEach(
    callsOf(message),
    (block) =>
      Effect.tap(
        Effect.map(respond(message, toolkit, block, options), (given) => toResult(block, given)),
        onAnswered
      ),
    { concurrency: options.concurrency ?? 4 }
  )
