/**
 * Typed tools: a tool is a name and a `Schema` for its input; its calls are decoded from a message, and a small helper
 * answers them. The loop stays yours.
 *
 * @since 0.1.0
 */
import { toCodecAnthropic } from "effect/ai/AnthropicStructuredOutput"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { AnswerIncompleteError, AnswerMismatchError, AnswerRefusedError } from "./AnthropicError.ts"
import { explain } from "./decode/json.ts"
import type { ContentBlock, Message, ToolUseBlock } from "./schema/Message.ts"
import type { ToolResultBlockParam } from "./schema/MessageParams.ts"
import type { ToolParam } from "./schema/ToolParams.ts"

/**
 * A tool of your own: `param` goes into `tools`, `decodeInput` takes the input of a call.
 *
 * @since 0.1.0
 */
export interface Tool<out Name extends string, out Input> {
  readonly name: Name
  readonly param: ToolParam
  readonly decodeInput: (input: unknown) => Result.Result<Input, Schema.SchemaError>
}

/**
 * @since 0.1.0
 */
export interface Options<Input> {
  /** What it does and when to call it: the more a model is told, the better. */
  readonly description?: string | undefined
  /** The input: a struct. A tool without input takes `Schema.Struct({})`. */
  readonly input: Schema.ConstraintCodec<Input, unknown>
  /**
   * Whether the API makes inputs fit the schema, of which it then takes a subset (see `StructuredOutput`). When left out, the
   * model is shown the whole schema and may miss it.
   */
  readonly strict?: boolean | undefined
  /** Further fields of the tool, such as `cache_control` or `input_examples`. */
  readonly param?: Omit<ToolParam, "name" | "description" | "input_schema" | "strict"> | undefined
}

type Keywords = { readonly [keyword: string]: unknown }

const plainJsonSchema = (schema: Schema.ConstraintCodec<unknown, unknown>): Keywords => {
  const { schema: root, definitions } = Schema.toJsonSchemaDocument(schema, { onExcessProperty: "error" })
  // A class stands among the definitions.
  const resolved = (typeof root.$ref === "string" ? definitions[root.$ref.replace("#/$defs/", "")] : undefined) ?? root
  return Object.keys(definitions).length === 0 ? resolved : { ...resolved, $defs: definitions }
}

const objectSchema = (name: string, schema: Keywords): ToolParam["input_schema"] => {
  // Effect writes a struct without fields as anything, or as anything but null.
  const isEmpty = Object.keys(schema).every((keyword) => keyword === "not")
  if (isEmpty) return { type: "object", properties: {}, additionalProperties: false }
  if (schema.type !== "object") throw new Error(`the input of the tool ${name} is not an object`)
  return { ...schema, type: "object" }
}

/**
 * Defines a tool. An input that is not an object, or with `strict` a recursive one, is a defect.
 *
 * @example
 * import * as Tool from "effect-anthropic/Tool"
 * import * as Schema from "effect/Schema"
 *
 * const weather = Tool.make("get_weather", {
 *   description: "The weather in a city, in degrees Celsius",
 *   input: Schema.Struct({ city: Schema.String })
 * })
 *
 * @since 0.1.0
 */
export const make = <const Name extends string, Input>(name: Name, options: Options<Input>): Tool<Name, Input> => {
  const { codec, jsonSchema } =
    options.strict === true
      ? toCodecAnthropic(options.input)
      : { codec: Schema.toCodecJson(options.input), jsonSchema: plainJsonSchema(options.input) }
  return {
    name,
    param: {
      ...options.param,
      name,
      ...(options.description === undefined ? {} : { description: options.description }),
      input_schema: objectSchema(name, jsonSchema),
      ...(options.strict === undefined ? {} : { strict: options.strict })
    },
    decodeInput: Schema.decodeUnknownResult(codec)
  }
}

/**
 * Why a call cannot be answered with its input: the model refused, the input was cut off, or it does not fit. Each error
 * keeps the message.
 *
 * @since 0.1.0
 */
export type CallError = AnswerRefusedError | AnswerIncompleteError | AnswerMismatchError

/**
 * A call of a tool: its id, its block as received, and its input, decoded or why not.
 *
 * @since 0.1.0
 */
export interface Call<Input> {
  readonly id: string
  readonly block: ToolUseBlock
  readonly input: Result.Result<Input, CallError>
}

const isToolUse = (block: ContentBlock): block is ToolUseBlock => block.type === "tool_use"

const cuts = new Set<string | null>(["max_tokens", "model_context_window_exceeded"])

/**
 * Whether the input of a call may not be all of it: a stream left it as text, or the answer was cut off at this block,
 * which an answer that came whole does not tell from one cut off after it.
 */
const isIncomplete = (answer: Message, block: ToolUseBlock): boolean =>
  typeof block.input === "string" || (cuts.has(answer.stop_reason) && answer.content.at(-1) === block)

const refusal = (answer: Message, block: ToolUseBlock): AnswerRefusedError | AnswerIncompleteError | undefined => {
  if (answer.stop_reason === "refusal") return new AnswerRefusedError({ answer, toolUseId: block.id })
  return isIncomplete(answer, block) ? new AnswerIncompleteError({ answer, toolUseId: block.id }) : undefined
}

const decodeInput = <Input>(
  tool: Tool<string, Input>,
  answer: Message,
  block: ToolUseBlock
): Result.Result<Input, AnswerMismatchError> =>
  Result.mapError(tool.decodeInput(block.input), (error) => {
    const { description, path } = explain(error)
    return new AnswerMismatchError({
      answer,
      toolUseId: block.id,
      description,
      path
    })
  })

/**
 * The calls of one tool in a message, in their order.
 *
 * @since 0.1.0
 */
export const calls = <Input>(message: Message, tool: Tool<string, Input>): ReadonlyArray<Call<Input>> =>
  message.content
    .filter(isToolUse)
    .filter((block) => nameOf(block) === tool.name)
    .map((block) => {
      const refused = refusal(message, block)
      return {
        id: block.id,
        block,
        input: refused === undefined ? decodeInput(tool, message, block) : Result.fail(refused)
      }
    })

/** The tool a call is of; the members of a toolset go by the name of their set. */
const nameOf = (block: ToolUseBlock): string => block.toolset_name ?? block.name

/**
 * What a handler answers a call with: text or blocks, or a `failure`.
 *
 * @since 0.1.0
 */
export type Answer = NonNullable<ToolResultBlockParam["content"]> | Failure

/**
 * An answer that tells the model that the call failed (`is_error`).
 *
 * @since 0.1.0
 */
export interface Failure {
  readonly isFailure: true
  readonly content: NonNullable<ToolResultBlockParam["content"]>
}

/**
 * Tells the model that a call failed, and why.
 *
 * @since 0.1.0
 */
export const failure = (content: Failure["content"]): Failure => ({ isFailure: true, content })

/**
 * Answers the calls of one tool.
 *
 * @since 0.1.0
 */
export interface Handler<out E, out R> {
  readonly name: string
  readonly run: (message: Message, block: ToolUseBlock) => Effect.Effect<Answer, E, R>
}

/**
 * A handler for the calls of a typed tool. Where an input does not fit, the model is told so and the handler is not run.
 *
 * @since 0.1.0
 */
export const handle = <Input, E, R>(
  tool: Tool<string, Input>,
  run: (input: Input, call: ToolUseBlock) => Effect.Effect<Answer, E, R>
): Handler<E, R> => ({
  name: tool.name,
  run: (message, block) => {
    const input = decodeInput(tool, message, block)
    return Result.isSuccess(input)
      ? run(input.success, block)
      : Effect.succeed(
          failure(`The input does not fit: ${input.failure.description} at ${input.failure.path.join(".")}`)
        )
  }
})

/**
 * A handler for the calls of a tool that the API defines and you run, by name: `bash`, `memory`, or `browser` and
 * `computer` for all members of these toolsets.
 *
 * @since 0.1.0
 */
export const handleNamed = <E, R>(
  name: string,
  run: (call: ToolUseBlock) => Effect.Effect<Answer, E, R>
): Handler<E, R> => ({ name, run: (_, block) => run(block) })

const toResult = (block: ToolUseBlock, answer: Answer): ToolResultBlockParam => ({
  type: "tool_result",
  tool_use_id: block.id,
  ...(typeof block.toolset_name === "string" ? { toolset_name: block.toolset_name } : {}),
  ...(typeof answer === "object" && "isFailure" in answer
    ? { content: answer.content, is_error: true }
    : { content: answer })
})

/**
 * @since 0.1.0
 */
export interface AnswerOptions {
  /** How many handlers run at once: one when left out. */
  readonly concurrency?: number | "unbounded" | undefined
}

type ErrorOf<H> = H extends Handler<infer E, unknown> ? E : never
type ServicesOf<H> = H extends Handler<unknown, infer R> ? R : never

/**
 * Answers every call of a message, in their order: the blocks of the user's next turn. Empty when there is no call.
 *
 * An input that does not fit and a tool without a handler are answered as errors, from which the model can go on. Fails,
 * before any handler is run, when the model refused or an input was cut off: such calls have no answer.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Tool from "effect-anthropic/Tool"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const weather = Tool.make("get_weather", { input: Schema.Struct({ city: Schema.String }) })
 * const handlers = [Tool.handle(weather, ({ city }) => Effect.succeed(`18 degrees in ${city}`))]
 *
 * const nextTurn = (message: Messages.Message) => Effect.map(Tool.answer(message, handlers), Messages.user)
 *
 * @since 0.1.0
 */
export function answer<const H extends Handler<unknown, unknown>>(
  message: Message,
  handlers: ReadonlyArray<H>,
  options?: AnswerOptions
): Effect.Effect<
  ReadonlyArray<ToolResultBlockParam>,
  AnswerRefusedError | AnswerIncompleteError | ErrorOf<H>,
  ServicesOf<H>
>
export function answer<E, R>(
  message: Message,
  handlers: ReadonlyArray<Handler<E, R>>,
  options: AnswerOptions = {}
): Effect.Effect<ReadonlyArray<ToolResultBlockParam>, AnswerRefusedError | AnswerIncompleteError | E, R> {
  const blocks = message.content.filter(isToolUse)
  for (const block of blocks) {
    const refused = refusal(message, block)
    if (refused !== undefined) return Effect.fail(refused)
  }
  const respond = (block: ToolUseBlock): Effect.Effect<Answer, E, R> => {
    const handler = handlers.find(({ name }) => name === nameOf(block))
    return handler === undefined
      ? Effect.succeed(failure(`There is no tool ${nameOf(block)}`))
      : handler.run(message, block)
  }
  return Effect.forEach(blocks, (block) => Effect.map(respond(block), (given) => toResult(block, given)), {
    concurrency: options.concurrency ?? 1
  })
}
