// The loop of tool calls: asks, answers the calls, and asks again, up to a number of turns. Every answer is kept. A loop
// that ends without an answer fails with the conversation to continue with.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { RequestRefusedError, ToolLoopError } from "../AnthropicError.ts"
import { toParams } from "../ai/tools.ts"
import * as Messages from "../Messages.ts"
import { MessageBuilder } from "../messages/accumulate.ts"
import { continued } from "../messages/turns.ts"
import type { Reason } from "../params/json.ts"
import type { Message } from "../schema/Message.ts"
import type { MessageEvent } from "../schema/MessageEvent.ts"
import type { MessageParam, MessageParams } from "../schema/MessageParams.ts"
import { type AnsweredCall, type AnswerOptions, answerCalls, callsOf, type Handling, wrongOptions } from "./answer.ts"

/**
 * Options of a loop.
 *
 * @category options
 * @since 0.1.0
 */
export interface LoopOptions<out R = never> extends AnswerOptions<R> {
  /** The most answers of the model. Default: 20. */
  readonly maxTurns?: number | undefined
}

/**
 * The end of a loop: the last answer, and all answers and turns before it.
 *
 * @category models
 * @since 0.1.0
 */
export interface LoopResult {
  /** The last answer, which calls no tool. */
  readonly message: Message
  /** All answers of the loop, for example for their usage. */
  readonly answers: ReadonlyArray<Message>
  /** The whole conversation, the last answer included. */
  readonly messages: ReadonlyArray<MessageParam>
}

/**
 * An event of an answer that is being streamed.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamedEvent {
  readonly type: "event"
  readonly turn: number
  readonly event: MessageEvent
}

/**
 * A complete answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface WholeMessage {
  readonly type: "message"
  readonly turn: number
  readonly message: Message
}

/**
 * A call that was answered, in its turn of the loop.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResultEvent<out E = unknown> extends AnsweredCall<E> {
  readonly type: "result"
  readonly turn: number
}

/**
 * The end of a loop.
 *
 * @category models
 * @since 0.1.0
 */
export interface EndEvent extends LoopResult {
  readonly type: "end"
  readonly turn: number
}

/**
 * What happens in a loop. `turn` counts the answers from 1.
 *
 * - `event`: an event of the answer that is being streamed.
 * - `message`: an answer is complete.
 * - `result`: a call was answered. The calls of one answer come in the order in which they are answered.
 * - `end`: the last event, with the result of `loop`.
 *
 * @category models
 * @since 0.1.0
 */
export type LoopEvent<E = unknown> = StreamedEvent | WholeMessage | ResultEvent<E> | EndEvent

const ends = new Set<string | null>(["end_turn", "stop_sequence"])

/** The container that code runs in is the same for all turns. */
const containerOf = (params: MessageParams, answer: Message | undefined): MessageParams["container"] => {
  const id = answer?.container?.id
  if (id === undefined) return params.container
  return typeof params.container === "object" ? { ...params.container, id } : id
}

/** A choice that forces a call is used for the first turn only, because otherwise the model could never end its turn. */
const choiceOf = ({ tool_choice: choice }: MessageParams, turn: number): MessageParams["tool_choice"] => {
  if (turn === 1 || (choice?.type !== "any" && choice?.type !== "tool")) return choice
  const { disable_parallel_tool_use: alone } = choice
  return { type: "auto", ...(alone === undefined ? {} : { disable_parallel_tool_use: alone }) }
}

const wrongTurns = ({ maxTurns }: LoopOptions<unknown>): ReadonlyArray<Reason> =>
  maxTurns === undefined || (Number.isSafeInteger(maxTurns) && maxTurns > 0)
    ? []
    : [{ path: "options.maxTurns", description: `${maxTurns} is not a whole number of at least 1` }]

type Failure = ToolLoopError | RequestRefusedError

/** Asks for one answer: the events up to it, and the answer. */
type Ask = (
  params: MessageParams,
  turn: number,
  onMessage: (message: Message) => void
) => Stream.Stream<LoopEvent, Messages.CreateError, HttpClient.HttpClient>

/** Asks for a whole answer. */
export const askWhole: Ask = (params, turn, onMessage) =>
  Stream.fromEffect(
    Effect.map(Messages.create(params), (message) => {
      onMessage(message)
      return { type: "message", turn, message }
    })
  )

/** Asks for a stream of events. */
export const askStream: Ask = (params, turn, onMessage) =>
  Stream.suspend(() => {
    const builder = new MessageBuilder()
    return Stream.flattenIterable(
      Stream.map(Messages.stream(params), (event): ReadonlyArray<LoopEvent> => {
        builder.push(event)
        const message = event.type === "message_stop" ? builder.build() : undefined
        if (message === undefined) return [{ type: "event", turn, event }]
        onMessage(message)
        return [
          { type: "event", turn, event },
          { type: "message", turn, message }
        ]
      })
    )
  })

/** One loop over a conversation. */
class Loop {
  readonly #ask: Ask
  readonly #params: MessageParams
  readonly #toolkit: Handling<unknown>
  readonly #options: LoopOptions<unknown>
  readonly #answers: Array<Message> = []
  #messages: ReadonlyArray<MessageParam>
  #turn = 0
  #isDone = false

  constructor(ask: Ask, params: MessageParams, toolkit: Handling<unknown>, options: LoopOptions<unknown>) {
    this.#ask = ask
    this.#params = params
    this.#toolkit = toolkit
    this.#options = options
    this.#messages = params.messages
  }

  /** The events of the next turn. Undefined after the last one. */
  next(): Stream.Stream<LoopEvent, ToolLoopError, unknown> | undefined {
    if (this.#isDone) return undefined
    this.#turn += 1
    const turn = this.#turn
    const params: MessageParams = {
      ...this.#params,
      messages: this.#messages,
      tool_choice: choiceOf(this.#params, turn),
      container: containerOf(this.#params, this.#answers.at(-1))
    }
    return Stream.concat(
      Stream.mapError(
        this.#ask(params, turn, (message) => this.#answers.push(message)),
        (cause) => this.#end("failed", cause)
      ),
      Stream.suspend(() => this.#goOn(turn))
    )
  }

  #end(reason: ToolLoopError["reason"], cause?: Messages.CreateError): ToolLoopError {
    return new ToolLoopError({
      reason,
      answers: [...this.#answers],
      messages: this.#messages,
      ...(cause === undefined ? {} : { cause })
    })
  }

  #goOn(turn: number): Stream.Stream<LoopEvent, ToolLoopError, unknown> {
    const message = this.#answers.at(-1)
    if (message === undefined) return Stream.fail(this.#end("incomplete"))
    const { stop_reason: stop } = message
    if (ends.has(stop)) {
      this.#isDone = true
      const messages = [...this.#messages, continued(message)]
      return Stream.succeed({ type: "end", turn, message, answers: [...this.#answers], messages })
    }
    if (stop === "pause_turn") {
      this.#messages = [...this.#messages, continued(message)]
      return this.#isLast(turn) ? Stream.fail(this.#end("turns")) : Stream.empty
    }
    if (stop === "tool_use" && callsOf(message).length > 0) return this.#answer(turn, message)
    return Stream.fail(this.#end(stop === "refusal" ? "refused" : "incomplete"))
  }

  #isLast(turn: number): boolean {
    return turn >= (this.#options.maxTurns ?? 20)
  }

  /** Answers the calls, also those of the last turn, because otherwise the conversation could not be continued. */
  #answer(turn: number, message: Message): Stream.Stream<LoopEvent, ToolLoopError, unknown> {
    return Stream.concat(
      Stream.callback<LoopEvent, never, unknown>((queue) =>
        answerCalls(message, this.#toolkit, this.#options, (answered) =>
          Queue.offer(queue, { type: "result", turn, ...answered })
        ).pipe(
          Effect.tap((answered) => {
            const results = Messages.user(answered.map(({ result }) => result))
            this.#messages = [...this.#messages, continued(message), results]
            return Queue.end(queue)
          })
        )
      ),
      Stream.suspend(() => (this.#isLast(turn) ? Stream.fail(this.#end("turns")) : Stream.empty))
    )
  }
}

/** The events of a loop, up to its end. */
export const run = (
  operation: string,
  ask: Ask,
  params: MessageParams,
  toolkit: Handling<unknown>,
  options: LoopOptions<unknown>
): Stream.Stream<LoopEvent, Failure, unknown> =>
  Stream.suspend((): Stream.Stream<LoopEvent, Failure, unknown> => {
    const tools = toParams(Object.values(toolkit.tools), params.tools)
    const reasons = [
      ...(tools._tag === "Failure" ? tools.failure : []),
      ...wrongOptions(options),
      ...wrongTurns(options)
    ]
    if (tools._tag === "Failure" || reasons.length > 0) {
      return Stream.fail(new RequestRefusedError({ operation, reasons, omitted: 0 }))
    }
    const all = tools.success.length === 0 ? params : { ...params, tools: tools.success }
    const loop = new Loop(ask, all, toolkit, options)
    return Stream.flatten(
      Stream.unfold(undefined, () =>
        Effect.sync(() => {
          const turn = loop.next()
          return turn === undefined ? undefined : ([turn, undefined] as const)
        })
      )
    )
  })

/** The end of a loop. */
export const endOf = <E, R>(events: Stream.Stream<LoopEvent, E, R>): Effect.Effect<LoopResult, E, R> =>
  events.pipe(
    Stream.filter((event) => event.type === "end"),
    Stream.runHead,
    // A loop that does not fail has an end.
    Effect.flatMap((end) => Effect.orDie(Effect.fromOption(end))),
    Effect.map(({ answers, message, messages }) => ({ answers, message, messages }))
  )
