// Computes the most that a request can cost.
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import type { RequestError, SpendLimitError } from "../AnthropicError.ts"
import * as Messages from "../Messages.ts"
import type * as Pricing from "../Pricing.ts"
import type { MessageParams } from "../schema/MessageParams.ts"
import type { Money } from "./chunk.ts"

export type BoundError = Pricing.UpperBoundError | RequestError | SpendLimitError

/** Whether one count gives the whole input. If the API runs tools, it calls the model more than once. */
const isCountable = ({ tools }: MessageParams): boolean =>
  (tools ?? []).every((tool) => !("type" in tool) || tool.type === undefined || tool.type === "custom")

/**
 * Computes the most that a request can cost. An input that cannot be bounded by its bytes is counted by the API, unless the
 * caller knows its size. `before` runs before that call, if there is one.
 */
export const boundOf = <E = never>(
  meter: Pricing.Meter,
  params: MessageParams,
  size: Pricing.RequestSize | undefined,
  before: Effect.Effect<void, E> = Effect.void
): Effect.Effect<Money, BoundError | E, HttpClient.HttpClient> => {
  const bound = meter.upperBound(params, size)
  if (Result.isSuccess(bound)) return Effect.succeed(bound.success)
  const { failure } = bound
  if (failure._tag !== "UnboundedCostError" || failure.option !== "inputTokens" || !isCountable(params)) {
    return Effect.fail(failure)
  }
  return Effect.flatMap(Effect.andThen(before, Messages.countTokens(params)), ({ input_tokens: inputTokens }) =>
    Effect.fromResult(meter.upperBound(params, { ...size, inputTokens }))
  )
}
