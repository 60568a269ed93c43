// The options of a run, and their conversion to the configuration of the driver.

import * as BigDecimal from "effect/BigDecimal"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { BatchRequest, Issue } from "../BatchRequest.ts"
import { maxBytes, maxRequests } from "../BatchRequest.ts"
import * as Pricing from "../Pricing.ts"
import type { Money } from "../run/chunk.ts"
import { RunOptionsError } from "../run/errors.ts"
import type { RunEvent } from "../run/event.ts"
import { makeNonce } from "../run/ids.ts"
import { type DecodeAnswer, mayPass, type Outcome } from "../run/outcome.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { Config, UnknownAnswer, UnknownCreate } from "./config.ts"

/**
 * An amount in USD: a number, decimal text, or a decimal.
 *
 * @category models
 * @since 0.1.0
 */
export type Usd = number | string | BigDecimal.BigDecimal

/**
 * Which items are sent again, and how.
 *
 * @category options
 * @since 0.1.0
 */
export interface RetryOptions<A, B> {
  /** The most times that an item is sent again. Default: 2. */
  readonly times?: number | undefined
  /**
   * Whether an item is sent again after an outcome. Default: after `Expired`, `Missing` with the reason `absent`, and a
   * retryable `Errored`. An outcome that was charged is then charged again.
   */
  readonly while?: ((outcome: Outcome<A, B>) => boolean) | undefined
  /**
   * Sends the last items as single calls when fewer than `below` are left, `concurrency` at a time (default: 4). They cost
   * the full price. After a crash during a single call it is unknown whether it was charged.
   */
  readonly finishWith?: { readonly below: number; readonly concurrency?: number | undefined } | undefined
}

/**
 * The budget of a run.
 *
 * Before a batch is created, the most that it can cost is reserved: the input bounded by its bytes or counted by the API,
 * and `max_tokens` of output. A cost without a bound fails with `UnboundedCostError`. Requests that were sent before the run
 * had a budget do not count.
 *
 * @category options
 * @since 0.1.0
 */
export interface BudgetOptions<A, E, R> {
  readonly limit: Usd
  /** The share of the limit at which the event `BudgetWarning` is emitted, once. Default: 0.8. */
  readonly warnAt?: number | undefined
  /**
   * What is known about the size of an item's request, such as the tokens of its input, or the uses of server tools.
   * Default: it is bounded by its bytes. An input that bytes cannot bound, such as an image, is counted by the API.
   */
  readonly size?: ((item: A) => Pricing.RequestSize | undefined) | undefined
  /** Called when nothing more fits. Returns a new limit, or undefined to stop sending. Default: stop. */
  readonly onLimit?:
    | ((amounts: {
        readonly limit: BigDecimal.BigDecimal
        readonly spent: BigDecimal.BigDecimal
        readonly reserved: BigDecimal.BigDecimal
      }) => Effect.Effect<Usd | undefined, E, R>)
    | undefined
}

/**
 * The limits of what is under way at once. The value of `Organization.limits` can be passed unchanged.
 *
 * @category options
 * @since 0.1.0
 */
export interface WindowOptions {
  /** Default: 8. */
  readonly batches?: number | undefined
  /** Default: `queuedBatchRequests`, or 100 000 if that is not given either. */
  readonly requests?: number | undefined
  /**
   * How many requests of batches may wait at once, by the limits of the organization. No more are sent, even if `requests`
   * is larger.
   */
  readonly queuedBatchRequests?: number | undefined
}

/**
 * The options of a run.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<A, B = undefined, E = never, R = never> {
  /**
   * Makes the request of an item. Its `custom_id` is the caller's id of the item: any string of up to 1 000 characters. It
   * is called again when an item is sent again, and must then return the same id.
   */
  readonly request: (item: A) => BatchRequest
  /** Names the run in its journal: running it again under the same id continues it. Default: a random name. */
  readonly id?: string | undefined
  /**
   * Asks for answers that fit a schema, and decodes them. Steps of the schema may be asynchronous and need services. Up to
   * 16 answers are then decoded at once. If a step dies, the outcome is `Invalid`.
   */
  readonly output?: Schema.ConstraintCodec<B, unknown, unknown, unknown> | undefined
  readonly retry?: RetryOptions<A, B> | undefined
  /** Default: no limit. */
  readonly budget?: BudgetOptions<A, E, R> | undefined
  /** Finds issues of a request before it is sent, for example `Models.checker`. An item with an issue is `Unsent`. */
  readonly check?: ((request: BatchRequest) => ReadonlyArray<Pick<Issue, "path" | "description">>) | undefined
  /** How much is under way at once. Default: 8 batches, and 100 000 requests in them. */
  readonly window?: WindowOptions | undefined
  /**
   * The largest batch. Default: 10 000 items, and 64 000 000 bytes. The answers of a batch can be read only when all of it
   * has ended, so smaller batches give answers earlier. Sizes vary by up to a tenth. A larger item is a separate batch, up
   * to the limit of the API.
   */
  readonly chunk?: { readonly items?: number | undefined; readonly bytes?: number | undefined } | undefined
  /** The longest wait between two looks at a batch. Looks begin one second apart. Default: 1 minute. */
  readonly pollEvery?: Duration.Input | undefined
  /**
   * What to do when it is unknown whether a batch was created. `reconcile`: search for it, and create it again only when it
   * surely does not exist. A function is called after each search that has not found it. Default: `reconcile`.
   */
  readonly onUnknownCreate?: "reconcile" | ((unknown: UnknownCreate) => Effect.Effect<UnknownAnswer, E, R>) | undefined
  /**
   * What happens to batches when the run is interrupted, ended early or fails. `cancel`: each is canceled, within 30
   * seconds. `detach`: they continue. Default: `detach` if the journal survives the process, otherwise `cancel`.
   */
  readonly onInterrupt?: "cancel" | "detach" | undefined
  /** Called with every event. The run waits for it. */
  readonly onEvent?: ((event: RunEvent) => Effect.Effect<unknown, never, R>) | undefined
}

const count = (option: string, value: number | undefined, fallback: number, most: number) => {
  const given = value ?? fallback
  return Number.isSafeInteger(given) && given >= 1 && given <= most
    ? Result.succeed(given)
    : Result.fail(new RunOptionsError({ option, description: `is not a whole number from 1 to ${most}` }))
}

/** Checks what types alone do not ensure. */
const ensure = (option: string, isOne: boolean, description: string) =>
  isOne ? Result.void : Result.fail(new RunOptionsError({ option, description }))

const millis = (option: string, value: Duration.Input) => {
  const given = Option.map(Duration.fromInput(value), Duration.toMillis)
  return Option.isSome(given) && Number.isFinite(given.value) && given.value > 0
    ? Result.succeed(given.value)
    : Result.fail(new RunOptionsError({ option, description: "is not a finite duration above zero" }))
}

const money = (option: string, value: Usd): Result.Result<Money, RunOptionsError> => {
  const text = typeof value === "number" ? String(value) : value
  const parsed = BigDecimal.isBigDecimal(text) ? text : Option.getOrUndefined(BigDecimal.fromString(text))
  return parsed === undefined || BigDecimal.isNegative(parsed)
    ? Result.fail(new RunOptionsError({ option, description: "is not an amount in USD" }))
    : Result.succeed(Pricing.fromUsd(parsed))
}

const budgetOf = <A, E, R>(options: BudgetOptions<A, E, R>) =>
  Result.gen(function* () {
    const { onLimit, size, warnAt = 0.8 } = options
    yield* ensure("budget.warnAt", warnAt >= 0 && warnAt <= 1, "is not a share from 0 to 1")
    const budget: Config<A, unknown, E | RunOptionsError, R>["budget"] = {
      limit: yield* money("budget.limit", options.limit),
      warnAt,
      size,
      onLimit: ({ limit, reserved, spent }) => {
        if (onLimit === undefined) return Effect.succeed(undefined)
        const amounts = { limit: Pricing.toUsd(limit), spent: Pricing.toUsd(spent), reserved: Pricing.toUsd(reserved) }
        return Effect.flatMap(onLimit(amounts), (more) =>
          more === undefined ? Effect.succeed(undefined) : Effect.fromResult(money("budget.onLimit", more))
        )
      }
    }
    return budget
  })

const mostRequests = 10_000_000

const requestsIn = ({ queuedBatchRequests, requests }: WindowOptions) =>
  Result.gen(function* () {
    const queued = yield* count(
      "window.queuedBatchRequests",
      queuedBatchRequests,
      Number.MAX_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER
    )
    const fallback = queuedBatchRequests === undefined ? 100_000 : Math.min(queued, mostRequests)
    return Math.min(yield* count("window.requests", requests, fallback, mostRequests), queued)
  })

/** Adds the defaults, or says which option is invalid. */
export const resolve = <A, B, E, R>(
  options: Omit<Options<A, B, E, R>, "output">,
  decode: DecodeAnswer<B, R>,
  prepare: (params: MessageParams) => MessageParams
): Effect.Effect<Config<A, B, E | RunOptionsError, R>, RunOptionsError> =>
  Effect.fromResult(
    Result.gen(function* () {
      const { chunk, onEvent, onInterrupt, onUnknownCreate = "reconcile", retry, window } = options
      yield* ensure(
        "onUnknownCreate",
        onUnknownCreate === "reconcile" || typeof onUnknownCreate === "function",
        "is neither `reconcile` nor a function"
      )
      yield* ensure(
        "onInterrupt",
        onInterrupt === undefined || onInterrupt === "cancel" || onInterrupt === "detach",
        "is neither `cancel` nor `detach`"
      )
      const windowRequests = yield* requestsIn(window ?? {})
      const chunkItems = yield* count("chunk.items", chunk?.items, 10_000, maxRequests)
      const times = retry?.times ?? 2
      if (!(Number.isSafeInteger(times) && times >= 0)) {
        return yield* Result.fail(
          new RunOptionsError({ option: "retry.times", description: "is not a whole number from 0 on" })
        )
      }
      const { finishWith } = retry ?? {}
      return {
        runId: options.id ?? makeNonce(),
        request: options.request,
        prepare,
        decode,
        check: options.check,
        retryTimes: times,
        retryWhile: retry?.while ?? mayPass,
        finishWith:
          finishWith === undefined
            ? undefined
            : {
                below: yield* count("retry.finishWith.below", finishWith.below, 1, 1_000_000),
                concurrency: yield* count("retry.finishWith.concurrency", finishWith.concurrency, 4, 1_000)
              },
        budget: options.budget === undefined ? undefined : yield* budgetOf(options.budget),
        windowBatches: yield* count("window.batches", window?.batches, 8, 10_000),
        windowRequests,
        chunkItems: Math.min(chunkItems, windowRequests),
        chunkBytes: yield* count("chunk.bytes", chunk?.bytes, 64_000_000, maxBytes),
        pollEvery: yield* millis("pollEvery", options.pollEvery ?? "1 minute"),
        onUnknownCreate,
        onInterrupt,
        onEvent: onEvent ?? (() => Effect.void)
      }
    })
  )
