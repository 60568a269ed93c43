/**
 * Tools of `effect/ai` for `Messages`: the tools of a toolkit as parameters, calls answered by its handlers, and the loop of
 * calls.
 *
 * A tool is a `Tool` of `effect/ai`: a name, schemas of its parameters, result and failure. A `Toolkit` has the handlers. The
 * parameters may be a struct, a class, a recursive schema, a struct with rest, or have transformations that need services.
 * Parameters that are not an object at the root are sent in a field `value`.
 *
 * `Tool.Strict` makes the API enforce the schema, of which it supports a subset (see `StructuredOutput`).
 *
 * @since 0.1.0
 */
import type * as Tool from "effect/ai/Tool"
import type * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { AnswerRefusedError, RequestRefusedError, ToolLoopError } from "./AnthropicError.ts"
import { toParams } from "./ai/tools.ts"
import type { Message } from "./schema/Message.ts"
import type { MessageParams, ToolResultBlockParam } from "./schema/MessageParams.ts"
import type { AnyToolParam } from "./schema/ToolParams.ts"
import { type AnswerOptions, answerCalls, type Handling, wrongOptions } from "./tools/answer.ts"
import { askStream, askWhole, endOf, type LoopEvent, type LoopOptions, type LoopResult, run } from "./tools/loop.ts"

export { ToolFields } from "./ai/tools.ts"
export type { AnsweredCall, AnswerOptions, Failed, Mismatch, Outcome } from "./tools/answer.ts"
export type {
  EndEvent,
  LoopEvent,
  LoopOptions,
  LoopResult,
  ResultEvent,
  StreamedEvent,
  WholeMessage
} from "./tools/loop.ts"

/**
 * A toolkit with its handlers, or a `Toolkit`, whose handlers are then required services.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolkitInput<Tools extends Record<string, Tool.Any>, E, R> =
  | Toolkit.WithHandler<Tools>
  | Effect.Effect<Toolkit.WithHandler<Tools>, E, R>

/**
 * Returns the tools of a toolkit in the form of the API, for the field `tools` of parameters.
 *
 * Fails with `RequestRefusedError`, which names every tool that the API would refuse: for its name, for a name that another
 * tool has, or for its schema. `before` are tools that the request has already. They stay first, and their names count.
 *
 * @example
 * import * as Tools from "effect-anthropic/Tools"
 * import * as Tool from "effect/ai/Tool"
 * import * as Toolkit from "effect/ai/Toolkit"
 * import * as Schema from "effect/Schema"
 *
 * const toolkit = Toolkit.make(
 *   Tool.make("get_weather", {
 *     description: "The weather in a city, in degrees Celsius",
 *     parameters: Schema.Struct({ city: Schema.String }),
 *     success: Schema.String
 *   })
 * )
 *
 * const tools = Tools.params(toolkit)
 *
 * @category constructors
 * @since 0.1.0
 */
export const params = (
  toolkit: { readonly tools: { readonly [name: string]: Tool.Any } },
  before: ReadonlyArray<AnyToolParam> = []
): Result.Result<ReadonlyArray<AnyToolParam>, RequestRefusedError> =>
  Result.mapError(
    toParams(Object.values(toolkit.tools), before),
    (reasons) => new RequestRefusedError({ operation: "Tools.params", reasons, omitted: 0 })
  )

type Loose = Handling<unknown> | Effect.Effect<Handling<unknown>, unknown, unknown>

const resolve = (toolkit: Loose): Effect.Effect<Handling<unknown>, unknown, unknown> =>
  Effect.isEffect(toolkit) ? toolkit : Effect.succeed(toolkit)

/**
 * Answers every call of a message by the handlers of a toolkit. Returns the results in the order of the calls, which are the
 * next turn of the user. There are none if the message calls no tool.
 *
 * An error of one call becomes its result (`is_error`), so that the others still run and the model can continue:
 *
 * - an input that is cut off, that is not JSON, or that does not fit the schema
 * - a handler that fails, in both failure modes
 * - a tool that the toolkit does not have, or that needs an approval and has none
 *
 * A handler that dies is not caught.
 *
 * Fails with `AnswerRefusedError` if the model refused. No handler is run then. Fails with `RequestRefusedError` if an
 * option is wrong.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Tools from "effect-anthropic/Tools"
 * import * as Tool from "effect/ai/Tool"
 * import * as Toolkit from "effect/ai/Toolkit"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const toolkit = Toolkit.make(
 *   Tool.make("get_weather", { parameters: Schema.Struct({ city: Schema.String }), success: Schema.String })
 * )
 * const handlers = toolkit.toLayer({ get_weather: ({ city }) => Effect.succeed(`18 degrees in ${city}`) })
 *
 * const nextTurns = (message: Messages.Message) =>
 *   Tools.answer(message, toolkit).pipe(
 *     Effect.map((results) => [Messages.assistant(message), Messages.user(results)]),
 *     Effect.provide(handlers)
 *   )
 *
 * @category operations
 * @since 0.1.0
 */
export function answer<Tools extends Record<string, Tool.Any>, E = never, R = never, R2 = never>(
  message: Message,
  toolkit: ToolkitInput<Tools, E, R>,
  options?: AnswerOptions<R2>
): Effect.Effect<
  ReadonlyArray<ToolResultBlockParam>,
  AnswerRefusedError | RequestRefusedError | E,
  Tool.HandlerServices<Tools[keyof Tools]> | R | R2
>
export function answer(
  message: Message,
  toolkit: Loose,
  options: AnswerOptions<unknown> = {}
): Effect.Effect<ReadonlyArray<ToolResultBlockParam>, unknown, unknown> {
  return Effect.gen(function* () {
    const reasons = wrongOptions(options)
    if (reasons.length > 0) return yield* new RequestRefusedError({ operation: "Tools.answer", reasons, omitted: 0 })
    if (message.stop_reason === "refusal") return yield* new AnswerRefusedError({ answer: message })
    const answered = yield* answerCalls(message, yield* resolve(toolkit), options)
    return answered.map(({ result }) => result)
  }).pipe(Effect.withSpan("Tools.answer"))
}

/**
 * What `loop` and `stream` fail with.
 *
 * @category errors
 * @since 0.1.0
 */
export type LoopError = ToolLoopError | RequestRefusedError

/**
 * The schema of `LoopError`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const LoopError: Schema.Codec<LoopError, unknown> = Schema.Union([ToolLoopError, RequestRefusedError])

/**
 * Asks for an answer, answers the calls of tools in it, and asks again, until the model ends its turn.
 *
 * The tools of the toolkit are added to those of the parameters. Calls are answered as by `answer`, which lists the errors
 * that the model receives. An answer with the stop reason `pause_turn` is sent back to be continued. A container is used
 * again. A `tool_choice` that forces a call is used for the first turn only. Blank texts of an answer are not sent back,
 * because the API would refuse them.
 *
 * Fails with `ToolLoopError` when the model refuses, an answer is cut off, a request fails, or the turns are used up. The
 * error has all answers and the conversation to continue with. Fails with `RequestRefusedError` before the first request
 * when a tool or an option is wrong.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Tools from "effect-anthropic/Tools"
 * import * as Tool from "effect/ai/Tool"
 * import * as Toolkit from "effect/ai/Toolkit"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const toolkit = Toolkit.make(
 *   Tool.make("get_weather", { parameters: Schema.Struct({ city: Schema.String }), success: Schema.String })
 * )
 * const handlers = toolkit.toLayer({ get_weather: ({ city }) => Effect.succeed(`18 degrees in ${city}`) })
 *
 * const program = Tools.loop(
 *   { model: "claude-opus-5-5", max_tokens: 1024, messages: [Messages.user("Do I need a jacket in Lyon?")] },
 *   toolkit,
 *   { maxTurns: 10 }
 * ).pipe(
 *   Effect.map(({ message }) => Messages.text(message)),
 *   Effect.provide(handlers)
 * )
 *
 * @category operations
 * @since 0.1.0
 */
export function loop<Tools extends Record<string, Tool.Any>, E = never, R = never, R2 = never>(
  params: MessageParams,
  toolkit: ToolkitInput<Tools, E, R>,
  options?: LoopOptions<R2>
): Effect.Effect<LoopResult, LoopError | E, HttpClient.HttpClient | Tool.HandlerServices<Tools[keyof Tools]> | R | R2>
export function loop(
  params: MessageParams,
  toolkit: Loose,
  options: LoopOptions<unknown> = {}
): Effect.Effect<LoopResult, unknown, unknown> {
  return Effect.flatMap(resolve(toolkit), (handling) =>
    endOf(run("Tools.loop", askWhole, params, handling, options))
  ).pipe(Effect.withSpan("Tools.loop"))
}

/**
 * Runs the same loop as `loop`, as a stream: the events of every answer as they come, every answer, every result, and the end.
 *
 * A stream that does not fail ends with `{ type: "end" }`, which has the last answer. Fails as `loop` does.
 *
 * @example
 * import * as Messages from "effect-anthropic/Messages"
 * import * as Tools from "effect-anthropic/Tools"
 * import * as Toolkit from "effect/ai/Toolkit"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const params: Messages.MessageParams = {
 *   model: "claude-haiku-5-5",
 *   max_tokens: 1024,
 *   messages: [Messages.user("Tell me about Lyon.")]
 * }
 *
 * const program = Tools.stream(params, Toolkit.empty).pipe(
 *   Stream.runForEach((event) =>
 *     event.type === "event" ? Console.log(Messages.textDelta(event.event)) : Effect.void
 *   )
 * )
 *
 * @category operations
 * @since 0.1.0
 */
export function stream<Tools extends Record<string, Tool.Any>, E = never, R = never, R2 = never>(
  params: MessageParams,
  toolkit: ToolkitInput<Tools, E, R>,
  options?: LoopOptions<R2>
): Stream.Stream<LoopEvent, LoopError | E, HttpClient.HttpClient | Tool.HandlerServices<Tools[keyof Tools]> | R | R2>
export function stream(
  params: MessageParams,
  toolkit: Loose,
  options: LoopOptions<unknown> = {}
): Stream.Stream<LoopEvent, unknown, unknown> {
  return Stream.unwrap(
    Effect.map(resolve(toolkit), (handling) => run("Tools.stream", askStream, params, handling, options))
  ).pipe(Stream.withSpan("Tools.stream"))
}
