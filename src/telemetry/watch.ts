// The watch of one call, which writes to the span of the operation, the metrics and the log. A failure of telemetry does not
// fail the call.
import * as BigDecimal from "effect/BigDecimal"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Tracer from "effect/Tracer"
import type { CallWatch, ObservedCall } from "../Anthropic.ts"
import { MessageBuilder } from "../messages/accumulate.ts"
import * as Pricing from "../Pricing.ts"
import type { Message } from "../schema/Message.ts"
import type { MessageEvent } from "../schema/MessageEvent.ts"
import {
  type Attributes,
  batchAttributes,
  inputTokens,
  isBatch,
  isChat,
  isMessage,
  messageAttributes,
  paramsOf,
  requestAttributes,
  tokenClasses
} from "./attributes.ts"
import { inputContent, outputContent } from "./content.ts"
import * as metrics from "./metrics.ts"

export interface WatchOptions {
  /** The most bytes of each attribute with content. Undefined if content is off. */
  readonly maxContentBytes: number | undefined
  /** Counts the usage of results of a batch. */
  readonly countResults: CallWatch["results"]
}

/** The name of an error: its tag. */
const typeOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "_tag") && typeof error._tag === "string") return error._tag
  return "_OTHER"
}

const isFailure = (value: unknown): value is { readonly error: unknown; readonly fate: string } =>
  Predicate.hasProperty(value, "error") && Predicate.hasProperty(value, "fate")

class Watch {
  readonly #call: ObservedCall
  readonly #options: WatchOptions
  readonly #isChat: boolean
  readonly #builder = new MessageBuilder()
  #span: Tracer.Span | undefined
  #startedAt = 0
  #retries = 0
  #waitingSince: number | undefined
  #waited = 0
  #isStarted = false
  #isEnded = false

  constructor(call: ObservedCall, options: WatchOptions) {
    this.#call = call
    this.#options = options
    this.#isChat = isChat(call)
  }

  readonly run: CallWatch["run"] = (call) =>
    Effect.flatMap(Effect.all([Effect.option(Effect.currentSpan), Clock.currentTimeMillis]), ([span, now]) => {
      this.#span = Option.getOrUndefined(span)
      this.#startedAt = now
      const params = this.#isChat ? paramsOf(this.#call) : undefined
      this.#annotate(requestAttributes(this.#call, params))
      const { maxContentBytes } = this.#options
      if (maxContentBytes !== undefined) this.#annotate(inputContent(params, maxContentBytes))
      return Effect.onExit(call, (exit) => this.#ran(exit))
    })

  readonly onRetry: CallWatch["onRetry"] = (error, delay) =>
    Effect.flatMap(Clock.currentTimeNanos, (now) => {
      const { name } = this.#call
      const errorType = typeOf(error)
      this.#retries += 1
      const millis = Duration.toMillis(delay)
      this.#annotate({ "http.request.resend_count": this.#retries })
      const attributes = { "error.type": errorType, "anthropic.retry.delay_ms": millis, attempt: this.#retries }
      this.#span?.event("anthropic.retry", now, attributes)
      return Effect.andThen(
        metrics.countRetry(name, errorType),
        Effect.logDebug(`${name}: attempt ${this.#retries} failed (${errorType}), the next one is in ${millis} ms`)
      )
    })

  readonly onWait: CallWatch["onWait"] = (isWaiting, now) => {
    if (isWaiting) this.#waitingSince = now
    else if (this.#waitingSince !== undefined) {
      this.#waited += now - this.#waitingSince
      this.#waitingSince = undefined
    }
  }

  readonly results: CallWatch["results"] = (batch, results) => this.#options.countResults(batch, results)

  readonly events = <A extends ReadonlyArray<MessageEvent>, E, R>(
    pull: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> =>
    Effect.onExit(pull, (exit) => {
      if (Exit.isSuccess(exit)) return this.#read(exit.value)
      if (Pull.isDoneCause(exit.cause)) return Effect.void
      return this.#end(Cause.hasInterruptsOnly(exit.cause) ? undefined : this.#told(Cause.squash(exit.cause)))
    })

  #annotate(attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) this.#span?.attribute(name, value)
  }

  #told(error: unknown): string {
    const errorType = typeOf(error)
    this.#annotate({ "error.type": errorType })
    return errorType
  }

  /** Called when the call has its answer, or its body can be read, or it has failed. */
  #ran(exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> {
    const wait = this.#waited === 0 ? Effect.void : this.#tellWait
    if (Exit.isFailure(exit)) {
      if (Cause.hasInterruptsOnly(exit.cause)) return wait
      return Effect.andThen(wait, this.#end(this.#told(this.#errorOf(Cause.squash(exit.cause)))))
    }
    const { value } = exit
    if (isBatch(value)) this.#annotate(batchAttributes(value))
    if (isMessage(value)) return Effect.andThen(wait, Effect.andThen(this.#answered(value), this.#end(undefined)))
    // For a stream of events, the call ends later.
    return this.#isChat ? wait : Effect.andThen(wait, this.#end(undefined))
  }

  /** The error of the caller: for a create whose result is unknown, an `IndeterminateError`. */
  #errorOf(failure: unknown): unknown {
    if (!isFailure(failure)) return failure
    const isUnknown = failure.fate === "unknown" || failure.fate === "answered"
    return this.#call.kind === "creating" && isUnknown ? { _tag: "IndeterminateError" } : failure.error
  }

  readonly #tellWait = Effect.suspend(() => {
    const { name } = this.#call
    this.#annotate({ "anthropic.queue.wait_ms": this.#waited })
    return Effect.andThen(
      metrics.countWait(name, this.#waited),
      Effect.logDebug(`${name}: waited ${this.#waited} ms for the limiter`)
    )
  })

  #read(events: ReadonlyArray<MessageEvent>): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      if (!this.#isStarted) {
        this.#isStarted = true
        this.#annotate({ "gen_ai.response.time_to_first_chunk": (now - this.#startedAt) / 1000 })
      }
      let isWorthTelling = false
      for (const event of events) {
        this.#builder.push(event)
        if (event.type === "message_start" || event.type === "message_delta") isWorthTelling = true
      }
      if (!isWorthTelling && !this.#builder.isComplete) return Effect.void
      const message = this.#builder.build()
      if (message === undefined) return Effect.void
      this.#annotate(messageAttributes(message))
      if (!this.#builder.isComplete || this.#isEnded) return Effect.void
      return Effect.andThen(this.#answered(message), this.#end(undefined))
    })
  }

  #answered(message: Message): Effect.Effect<void> {
    this.#annotate(messageAttributes(message))
    const { maxContentBytes } = this.#options
    if (maxContentBytes !== undefined) this.#annotate(outputContent(message, maxContentBytes))
    const { model } = message
    return Effect.gen({ self: this }, function* () {
      const price = Pricing.messageCost(message, { at: yield* DateTime.now, book: yield* Pricing.PriceBook })
      const usd = Result.match(price, {
        onFailure: () => 0,
        onSuccess: ({ total }) => BigDecimal.toNumberUnsafe(total)
      })
      yield* metrics.makeUsage(
        "direct",
        this.#call.model ?? "",
        model
      )({
        classes: tokenClasses(message),
        answers: [{ input: inputTokens(message), output: message.usage.output_tokens }],
        usd,
        unpriced: Result.isFailure(price) ? 1 : 0
      })
    })
  }

  #end(errorType: string | undefined): Effect.Effect<void> {
    if (this.#isEnded) return Effect.void
    this.#isEnded = true
    const counted = metrics.countCall(this.#call.name, errorType)
    if (!this.#isChat) return counted
    const labels = {
      ...metrics.labelsOf("direct", this.#call.model ?? ""),
      ...(errorType === undefined ? {} : { "error.type": errorType })
    }
    return Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.andThen(counted, metrics.countDuration(labels, now - this.#startedAt))
    )
  }
}

export const makeWatch = (call: ObservedCall, options: WatchOptions): CallWatch => new Watch(call, options)
