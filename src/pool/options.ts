// The options of a pool as the caller gives them, and with their defaults.
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Batches from "../Batches.ts"
import { maxBytes, maxRequests } from "../BatchRequest.ts"
import { PoolOptionsError } from "./errors.ts"

/**
 * The options of a pool: how it collects calls, and how it follows its batches.
 *
 * @category options
 * @since 0.1.0
 */
export interface Options<R = never> {
  /** How long calls are collected, beginning with the first one. Default: 5 seconds. */
  readonly window?: Duration.Input | undefined
  /**
   * The most requests of one batch. A full batch is sent at once. Default: 10 000. Sizes vary by up to a tenth, so that the
   * batch of an unanswered create can be distinguished from other batches.
   */
  readonly maxRequests?: number | undefined
  /** The most bytes of the body of one batch. Default: 64 000 000. */
  readonly maxBytes?: number | undefined
  /** The most calls that are in no batch yet. Further calls wait before they are checked. Default: 100 000. */
  readonly maxWaiting?: number | undefined
  /** The most batches under way. While this number is reached, calls are collected for longer than the window. Default: 8. */
  readonly maxInFlight?: number | undefined
  /** How a batch is watched. The defaults are those of `Batches.watch`. */
  readonly watch?: Omit<Batches.WatchOptions<R>, "isKnown"> | undefined
  /** Finds issues of a request before it is sent, for example `Models.checker`. Only the call with an issue fails. */
  readonly check?: Batches.CreateOptions["check"]
}

export interface Config<R> {
  /** In milliseconds. */
  readonly window: number
  readonly maxRequests: number
  readonly maxBytes: number
  readonly maxWaiting: number
  readonly maxInFlight: number
  readonly watch: Batches.WatchOptions<R>
  readonly check: Batches.CreateOptions["check"]
}

const count = (option: string, value: number | undefined, fallback: number, most: number) => {
  const given = value ?? fallback
  return Number.isSafeInteger(given) && given >= 1 && given <= most
    ? Result.succeed(given)
    : Result.fail(new PoolOptionsError({ option, description: `is not a whole number from 1 to ${most}` }))
}

const millis = (option: string, value: Duration.Input) => {
  const given = Option.map(Duration.fromInput(value), Duration.toMillis)
  return Option.isSome(given) && Number.isFinite(given.value)
    ? Result.succeed(given.value)
    : Result.fail(new PoolOptionsError({ option, description: "is not a finite duration" }))
}

/** Adds the defaults, or says which option is invalid. */
export const resolve = <R>(options: Options<R>): Result.Result<Config<R>, PoolOptionsError> =>
  Result.gen(function* () {
    return {
      window: yield* millis("window", options.window ?? "5 seconds"),
      maxRequests: yield* count("maxRequests", options.maxRequests, 10_000, maxRequests),
      maxBytes: yield* count("maxBytes", options.maxBytes, 64_000_000, maxBytes),
      maxWaiting: yield* count("maxWaiting", options.maxWaiting, 100_000, 10_000_000),
      maxInFlight: yield* count("maxInFlight", options.maxInFlight, 8, 10_000),
      watch: { ...options.watch, isKnown: true },
      check: options.check
    }
  })
